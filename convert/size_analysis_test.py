# SPDX-License-Identifier: Apache-2.0
"""Tests of convert/size_analysis.py."""

from convert.size_analysis import SizeAnalysis


def test_text_is_that_of_the_brief():
    assert SizeAnalysis("tflite-int8", 25_304, 292_792).to_text() == (
        "[Size Analysis]\n"
        "- tflite-int8 (.tflite): 24.71 KB\n"
        "- Keras (.keras): 285.93 KB\n"
        "- Compression ratio (keras/tflite-int8): 11.57x\n"
    )


def test_json_has_bytes_and_ratio():
    assert SizeAnalysis("x", 3, 10).to_json() == {
        "tflite_bytes": 3,
        "keras_bytes": 10,
        "compression_ratio": 3.33,
    }
