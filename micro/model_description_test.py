"""Tests of micro/model_description.py."""

import hashlib

import pytest

from micro import model_builder, model_description, tflite_model


def _describe(content: bytes) -> dict:
    return model_description.describe(tflite_model.parse_model(content, "some/model.tflite"))


def test_describes_size_operators_and_tensors():
    content = model_builder.build_model([(3, 2), ("MyOp", 1)], buffer=bytes(24))
    description = _describe(content)
    assert description["source"] == "model.tflite"
    assert description["size"] == len(content)
    assert description["sha256"] == hashlib.sha256(content).hexdigest()
    assert description["subgraphs"] == 1
    assert [(o["name"], o["version"], o["custom"]) for o in description["operators"]] == [
        ("CONV_2D", 2, False),
        ("MyOp", 1, True),
    ]
    (tensor,) = description["inputs"]
    assert tensor == {"name": "", "dtype": "int8", "shape": [1, 24], "quantization": None}
    assert description["outputs"] == [tensor]


def test_counts_subgraphs():
    assert _describe(model_builder.build_model(subgraphs=3))["subgraphs"] == 3


def test_refuses_a_model_without_subgraphs():
    # The reader finds no operators in it, and says so first.
    with pytest.raises(tflite_model.ModelError, match=r"^some/model\.tflite: has no "):
        _describe(model_builder.build_model(subgraphs=0))


def test_refuses_an_empty_dimension():
    with pytest.raises(
        tflite_model.ModelError, match=r"input 0 has the shape \[1, 0\]: TFLM needs fixed, positive"
    ):
        _describe(model_builder.build_model(buffer=b""))


def test_every_damaged_byte_is_described_or_refused():
    content = model_builder.build_model()
    described = refused = 0
    for i in range(8, len(content)):
        damaged = bytearray(content)
        damaged[i] ^= 0x81
        try:
            _describe(bytes(damaged))
            described += 1
        except tflite_model.ModelError as error:
            assert "\n" not in str(error)
            refused += 1
    assert described > 0
    assert refused > 0
