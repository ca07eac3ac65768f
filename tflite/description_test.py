# SPDX-License-Identifier: Apache-2.0
"""Tests of micro/model_description.py."""

import hashlib
import math

import pytest

from tflite import description as model_description
from tflite.model import ModelError
from tflite.reader import parse_model
from tflite.testing import model_builder
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec


def _describe(content: bytes) -> dict:
    return model_description.describe(parse_model(content, "some/model.tflite"))


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
    assert tensor == {
        "name": "",
        "dtype": "int8",
        "shape": [1, 24],
        "constant": True,
        "quantization": None,
    }
    assert description["outputs"] == [tensor]
    assert description["tensors"] == [tensor]


def _layer(
    *tensors: TensorSpec, inputs: tuple[int, ...] = (0,), outputs: tuple[int, ...] = (1,)
) -> bytes:
    nodes = [NodeSpec("LOGISTIC", (0,), (1,))]
    return model_builder.build_graphs(GraphSpec(tensors, nodes, inputs, outputs))


def test_describes_names_types_shapes_and_quantization():
    scales = {"scales": (0.5, 0.25), "zero_points": (1, -2), "axis": 3}
    description = _describe(
        _layer(
            TensorSpec((), "float32", name="one\nline\u2028", scales=(0.5,), zero_points=(0,)),
            TensorSpec((1, 2, 3, 4), "int8", name="scores", **scales),
            TensorSpec((1, 2), "int32", scales=(0.0,), zero_points=(0,)),
            TensorSpec((2,), "complex64"),
            outputs=(1, 2, 3),
        )
    )
    (scalar,) = description["inputs"]
    # What is printed or written into a comment stays in its line.
    assert scalar.pop("name").isprintable()
    assert scalar == {"dtype": "float32", "shape": [], "constant": False, "quantization": None}
    quantization = {"scale": [0.5, 0.25], "zero_point": [1, -2], "dimension": 3}
    expected = [
        {"name": "scores", "dtype": "int8", "shape": [1, 2, 3, 4], "quantization": quantization},
        {"name": "", "dtype": "int32", "shape": [1, 2], "quantization": None},
        {"name": "", "dtype": "complex64", "shape": [2], "quantization": None},
    ]
    assert description["outputs"] == [tensor | {"constant": False} for tensor in expected]
    assert description["tensors"][1:] == description["outputs"]


SOUND = TensorSpec((1, 2))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_layer(SOUND, SOUND, inputs=()), "has no inputs: convert it with one at least"),
        (_layer(SOUND, SOUND, outputs=()), "has no outputs: convert it with one at least"),
        (
            _layer(SOUND, SOUND, outputs=(7,)),
            "is damaged: an output of subgraph 0 has tensor index 7, of 2",
        ),
        (
            _layer(SOUND, SOUND, inputs=(-1,)),
            "is damaged: an input of subgraph 0 has tensor index -1, of 2",
        ),
        (
            _layer(SOUND, TensorSpec((3, 0))),
            "output 0 has the shape [3, 0]: TFLM needs fixed, positive dimensions",
        ),
        (
            _layer(TensorSpec((-1, 2)), SOUND),
            "tensor 0 of subgraph 0 has the shape [-1, 2]: convert the model with fixed shapes",
        ),
        (
            _layer(SOUND, TensorSpec((1,), scales=(0.5, 0.25), zero_points=(0,))),
            "is damaged: tensor 1 of subgraph 0 has 2 scales and 1 zero points",
        ),
        (
            _layer(SOUND, TensorSpec((1,), scales=(-0.5,), zero_points=(0,))),
            "is damaged: output 0 has the scale -0.5, which is not a positive number",
        ),
        (
            _layer(SOUND, TensorSpec((1,), scales=(math.nan,), zero_points=(0,))),
            "tensor 1 of subgraph 0 has a scale that is not a number: the file is damaged, or what"
            " comes before was always zero with the representative dataset",
        ),
    ],
)
def test_refuses_in_one_line_with_the_file_and_the_reason(content, message):
    with pytest.raises(ModelError) as error:
        _describe(content)
    assert str(error.value) == f"some/model.tflite: {message}"


def test_counts_subgraphs():
    assert _describe(model_builder.build_model(subgraphs=3))["subgraphs"] == 3


def test_refuses_a_model_without_subgraphs():
    with pytest.raises(ModelError, match=r"^some/model\.tflite: .* has no subgraph$"):
        _describe(model_builder.build_model(subgraphs=0))


def test_every_damaged_byte_is_described_or_refused():
    content = model_builder.build_model()
    described = refused = 0
    for i in range(8, len(content)):
        damaged = bytearray(content)
        damaged[i] ^= 0x81
        try:
            _describe(bytes(damaged))
            described += 1
        except ModelError as error:
            assert "\n" not in str(error)
            refused += 1
    assert described > 0
    assert refused > 0
