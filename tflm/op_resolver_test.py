# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/op_resolver.py against goldens."""

import pathlib

from tflite.model import Operator
from tflm import op_resolver
from tflm.capabilities import Registration

GOLDEN = pathlib.Path(__file__).parent / "testdata" / "tiny_model_op_resolver.h.golden"
SELECTED = [
    (Operator(3, "CONV_2D", 3), Registration("AddConv2D", 3)),
    (Operator(25, "SOFTMAX", 2), Registration("AddSoftmax")),
    (Operator(32, "MyOp", 1, custom=True), Registration("AddMyOp")),
]


def test_equals_the_golden():
    text = op_resolver.render(
        SELECTED,
        source_name="tiny.tflite",
        name="tiny_model",
        namespace="app::models",
        header_path="app/tiny_model_op_resolver.h",
    )
    assert text == GOLDEN.read_text()


def test_an_operator_with_int8_only_gets_its_own_kernel():
    registration = Registration("AddConv2D", int8="Register_CONV_2D_INT8")
    names = {"source_name": "m", "name": "m", "namespace": "app", "header_path": "m.h"}
    text = op_resolver.render([(Operator(3, "CONV_2D", 3), registration)], **names)
    assert "resolver.AddConv2D(::tflite::Register_CONV_2D_INT8())" in text


def test_a_resolver_without_operators_is_sound_cpp():
    text = op_resolver.render([], source_name="m", name="m", namespace="app", header_path="m.h")
    assert "using MOpResolver = ::tflite::MicroMutableOpResolver<1>;" in text
