# SPDX-License-Identifier: Apache-2.0
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


def test_the_mean_and_each_seed_reach_what_was_measured():
    for model in ("tflite-float32", "tflite-int8"):
        correct = _correct(model)
        print(
            f"{model}: {correct} of 10,000 right: mean {statistics.mean(correct) / 100:.3f} %,"
            f" standard deviation {statistics.stdev(correct) / 100:.3f} points,"
            f" worst {min(correct) / 100:.2f} %"
        )
    assert statistics.mean(_correct("tflite-int8")) >= int(os.environ["LEAST_MEAN_INT8"])
    assert min(_correct("tflite-int8")) >= int(os.environ["LEAST_INT8"])
    assert min(_correct("tflite-float32")) >= int(os.environ["LEAST_FLOAT32"])


def test_quantization_costs_each_what_was_measured():
    for float32, int8 in zip(_correct("tflite-float32"), _correct("tflite-int8"), strict=True):
        assert int8 - float32 >= int(os.environ["LEAST_GAINED"])
