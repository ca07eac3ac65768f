"""What the recipe gives with each of five seeds, on all 10,000 test images."""

import json
import os
import pathlib
import statistics


def _correct(model: str) -> list[int]:
    reports = [json.loads(pathlib.Path(path).read_text()) for path in os.environ["REPORTS"].split()]
    assert len(reports) == 5
    assert all(report[model]["images"] == 10_000 for report in reports)
    return [report[model]["correct"] for report in reports]


def test_the_mean_reaches_99_percent_and_the_worst_the_threshold_of_the_tests():
    for model in ("tflite-float32", "tflite-int8"):
        correct = _correct(model)
        print(
            f"{model}: {correct} of 10,000 right: mean {statistics.mean(correct) / 100:.3f} %,"
            f" standard deviation {statistics.stdev(correct) / 100:.3f} points,"
            f" worst {min(correct) / 100:.2f} %"
        )
    assert statistics.mean(_correct("tflite-int8")) >= 9_900
    assert min(_correct("tflite-int8")) >= 9_890


def test_quantization_costs_each_at_most_0_1_points():
    for float32, int8 in zip(_correct("tflite-float32"), _correct("tflite-int8"), strict=True):
        assert int8 >= float32 - 10
