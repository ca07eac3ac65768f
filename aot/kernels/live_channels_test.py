# SPDX-License-Identifier: Apache-2.0
"""Channels whose scale makes no difference: they agree with the wheel, whatever the scale is."""

import functools
import os
import pathlib

import numpy as np
import pytest

from aot.testing import fuzz, one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from tflite.model import Model

_OPTIONS = {
    "Padding": PADDING.SAME,
    "StrideW": 1,
    "StrideH": 1,
    "DilationWFactor": 1,
    "DilationHFactor": 1,
    "FusedActivationFunction": ACTIVATION.RELU,
}
# What RELU of a layer that never fires has; its converter writes the smallest number for a 0.
_TINY = 2.0**-141


def _model(
    kind: str,
    factor: float,
    *,
    bias: int = -(1 << 28),
    activation: int = ACTIVATION.RELU,
    operator: str = "CONV_2D",
    zero_point: int = 0,
) -> Model:
    """Makes a convolution of three channels, one with a scale that is sound.

    Args:
      kind: of input and output.
      factor: of the others: input * weights / output.
      bias: of the others.
      activation: that is fused.
      operator: CONV_2D or DEPTHWISE_CONV_2D.
      zero_point: of input and output.

    Returns:
      The model.
    """
    random = np.random.default_rng(1)
    depthwise = operator == "DEPTHWISE_CONV_2D"
    shape = (1, 3, 3, 3) if depthwise else (3, 3, 3, 2)
    scales = [1e-3 * _TINY, factor * _TINY, factor * _TINY]
    return one_operator.model(
        operator,
        [
            tensor((1, 4, 5, shape[3]), kind, scale=1.0, zero_point=zero_point),
            tensor(
                shape,
                scale=scales,
                axis=3 if depthwise else 0,
                data=random.integers(-127, 128, shape),
            ),
            tensor(
                (3,),
                "int32" if kind == "int8" else "int64",
                scale=[1.0] * 3,
                data=np.array([17, bias, bias]),
            ),
        ],
        [tensor((1, 4, 5, 3), kind, scale=_TINY, zero_point=zero_point)],
        {**_OPTIONS, "FusedActivationFunction": activation, "DepthMultiplier": 1}
        if depthwise
        else {**_OPTIONS, "FusedActivationFunction": activation},
    )


def _accepted(made: Model) -> bool:
    try:
        one_operator.refusal(made)
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("operator", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize(("kind", "zero_point"), [("int8", -128), ("int8", 5), ("int16", 0)])
def test_layers_that_never_fire_agree(operator: str, kind: str, zero_point: int):
    models = [
        functools.partial(
            _model, kind, 2.0**power * 1.4, bias=bias, operator=operator, zero_point=zero_point
        )
        # Sums of the second bias stay below 0 by little.
        for bias in (-(1 << 28), -(2 * 9 * 127 * (255 if kind == "int8" else 1 << 15)))
        # A third of the factors every day.
        for power in range(20, 126, 3 if os.environ.get("ALL_SEEDS") else 9)
    ]
    accepted = [make for make in models if _accepted(make())]
    # Of some factors, this machine and others make something else.
    assert len(models) // 4 < len(accepted) < len(models)
    outcomes = {i: outcome for i, outcome in fuzz.check(accepted)}
    assert {i: o for i, o in outcomes.items() if o.kind != fuzz.SAME} == {}


def test_what_a_converter_writes_is_compiled(tmp_path: pathlib.Path):
    one_operator.check(_model("int16", 1.8e36), tmp_path)


@pytest.mark.parametrize("kind", ["int8", "int16"])
def test_other_channels_are_refused(kind: str):
    message = "has scales of which the quotient is 1.8e+36: too large"
    # Sums on both sides of 0, above 0, and what no activation cuts off.
    assert one_operator.refusal(_model(kind, 1.8e36, bias=0)) == message
    assert one_operator.refusal(_model(kind, 1.8e36, bias=1 << 28)) == message
    assert one_operator.refusal(_model(kind, 1.8e36, activation=ACTIVATION.NONE)) == message


def test_where_outputs_are_cut_off_at_another_number_is_refused():
    # TFLM does not add a zero point to int16, but finds the activation's limits with it.
    assert "too large" in one_operator.refusal(_model("int16", 1.8e36, zero_point=-5))


@pytest.mark.parametrize("kind", ["int8", "int16"])
def test_transposed_convolutions_agree(kind: str, tmp_path: pathlib.Path):
    weights = np.random.default_rng(1).integers(-127, 128, (3, 3, 3, 2))
    weights[1] = 0
    made = one_operator.model(
        "TRANSPOSE_CONV",
        [
            one_operator.constant(1, 4, 5, 3),
            tensor((3, 3, 3, 2), scale=[0.02, 1e36, 0.01], data=weights),
            tensor((1, 4, 5, 2), kind, scale=0.05),
        ],
        [tensor((1, 4, 5, 3), kind, scale=0.05)],
        {"Padding": PADDING.SAME, "StrideW": 1, "StrideH": 1},
    )
    one_operator.check(made, tmp_path)
