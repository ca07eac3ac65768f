"""Tests of micro/op_resolver.py: goldens, and the linked TFLM's real header."""

import os
import pathlib

import pytest

from micro import op_resolver
from micro.op_resolver import Registration
from micro.tflite_model import Operator

GOLDEN = pathlib.Path(__file__).parent / "testdata" / "tiny_model_op_resolver.h.golden"
CONV = Operator(3, "CONV_2D", 3)
SOFTMAX = Operator(25, "SOFTMAX", 2)
CUSTOM = Operator(32, "MyOp", 1, custom=True)
REGISTRATIONS = {
    "CONV_2D": Registration("AddConv2D", 3),
    "SOFTMAX": Registration("AddSoftmax"),
    "custom:MyOp": Registration("AddMyOp"),
    "ADD": Registration("AddAdd", 2),
}
HEADER = """
  TfLiteStatus AddConv2D() {
    return AddBuiltin(BuiltinOperator_CONV_2D, ops::micro::Register_CONV_2D(), 1, 3);
  }
  TfLiteStatus AddSoftmax(
      const TFLMRegistration& registration = Register_SOFTMAX()) {
    return AddBuiltin(BuiltinOperator_SOFTMAX, registration,
                      ParseSoftmax);
  }
  TfLiteStatus AddMyOp() {
    // TODO: a comment
    return AddCustom("MyOp", tflite::Register_MY_OP());
  }
  TfLiteStatus AddBuiltin(tflite::BuiltinOperator op, TfLiteRegistration* r, int version = 1) {
    return AddBuiltin(op, r, version, version);
  }
"""


def test_parses_both_kinds_of_header():
    assert op_resolver.parse_registrations(HEADER) == {
        "CONV_2D": Registration("AddConv2D", 3),
        "SOFTMAX": Registration("AddSoftmax"),
        "custom:MyOp": Registration("AddMyOp"),
    }


def test_linked_tflm_has_the_operators_it_must_have():
    registrations = op_resolver.parse_registrations(
        pathlib.Path(os.environ["TFLM_HEADER"]).read_text()
    )
    assert len(registrations) >= 52
    for name, method in (
        ("CONV_2D", "AddConv2D"),
        ("MAX_POOL_2D", "AddMaxPool2D"),
        ("RESHAPE", "AddReshape"),
        ("FULLY_CONNECTED", "AddFullyConnected"),
        ("SOFTMAX", "AddSoftmax"),
        ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D"),
        ("RESIZE_NEAREST_NEIGHBOR", "AddResizeNearestNeighbor"),
    ):
        assert registrations[name].method == method


def test_selects_exactly_the_operators_in_order():
    assert op_resolver.select([SOFTMAX, CUSTOM, CONV], REGISTRATIONS, "m") == [
        (CONV, REGISTRATIONS["CONV_2D"]),
        (SOFTMAX, REGISTRATIONS["SOFTMAX"]),
        (CUSTOM, REGISTRATIONS["custom:MyOp"]),
    ]


def test_one_registration_serves_several_versions():
    older = Operator(3, "CONV_2D", 1)
    assert op_resolver.select([CONV, older], REGISTRATIONS, "m") == [
        (CONV, REGISTRATIONS["CONV_2D"])
    ]


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (
            Operator(39, "TRANSPOSE", 2),
            "m.tflite: the linked TFLM has no operator TRANSPOSE version 2",
        ),
        (
            Operator(3, "CONV_2D", 5),
            "m.tflite: the linked TFLM has no operator CONV_2D version 5: its newest is version 3",
        ),
        (
            Operator(32, "SOFTMAX", 1, custom=True),
            "m.tflite: the linked TFLM has no custom operator SOFTMAX version 1",
        ),
    ],
)
def test_refuses_what_tflm_does_not_have(operator, message):
    with pytest.raises(op_resolver.UnsupportedOperatorError) as error:
        op_resolver.select([operator], REGISTRATIONS, "m.tflite")
    assert str(error.value) == message


def test_equals_the_golden():
    text = op_resolver.render(
        op_resolver.select([CONV, SOFTMAX, CUSTOM], REGISTRATIONS, "m"),
        source_name="tiny.tflite",
        name="tiny_model",
        namespace="app::models",
        header_path="app/tiny_model_op_resolver.h",
    )
    assert text == GOLDEN.read_text()
