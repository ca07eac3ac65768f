# SPDX-License-Identifier: Apache-2.0
"""Scales of 0, which converters write for tensors of zeros: of all operators of integers.

TFLM makes the factor 0 of a scale that it multiplies by, and of some scales it makes nothing. Both
are compiled. What it divides by 0 is different in each of its builds, and refused.
"""

import collections
import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.testing import fuzz, one_operator
from aot.testing.one_operator import ACTIVATION, PADDING, constant, tensor
from tflite.model import Model
from tflite.testing.model_builder import TensorSpec

_WINDOW = {"Padding": PADDING.SAME, "StrideW": 1, "StrideH": 1}
_DILATED = {**_WINDOW, "DilationWFactor": 1, "DilationHFactor": 1}
_POOL = {**_WINDOW, "FilterWidth": 2, "FilterHeight": 2}
# What becomes of a model that is refused.
_REFUSED = {fuzz.KNOWN_REFUSAL, fuzz.REFUSED_BY_BOTH, fuzz.WHEEL_DIES}


@dataclasses.dataclass(frozen=True)
class _Case:
    """An operator.

    Attributes:
      operator: its name.
      inputs: its inputs.
      output: its output.
      zero: of inputs, then of the output, those whose scales may be 0, alone and together.
      options: its options.
    """

    operator: str
    inputs: Sequence[TensorSpec]
    output: TensorSpec
    zero: tuple[int, ...]
    options: Mapping[str, int | float] = dataclasses.field(default_factory=dict)

    def model(self, zero: Sequence[int]) -> Model:
        """Makes the model with scales of 0 in some tensors."""
        tensors = [
            dataclasses.replace(t, scales=(0.0,) * len(t.scales)) if i in zero else t
            for i, t in enumerate((*self.inputs, self.output))
        ]
        return one_operator.model(self.operator, tensors[:-1], tensors[-1:], self.options)

    def scaled(self) -> list[int]:
        """Lists the tensors that have scales."""
        return [i for i, t in enumerate((*self.inputs, self.output)) if t.scales]


def _layers(kind: str, random: np.random.Generator) -> Iterator[_Case]:
    """Makes layers with weights."""

    def activation(*shape: int) -> TensorSpec:
        return tensor(shape, kind, scale=0.05, zero_point=3 if kind == "int8" else 0)

    def weights(*shape: int, axis: int | None = 0) -> TensorSpec:
        scales = 0.02 if axis is None else random.uniform(0.01, 0.03, shape[axis])
        return tensor(shape, scale=scales, axis=axis or 0, data=random.integers(-127, 128, shape))

    def bias(of: TensorSpec) -> TensorSpec:
        size = of.shape[3] if of.axis else of.shape[0]
        data = random.integers(-900, 900, size)
        scales = [0.05 * s for s in of.scales]
        return tensor((size,), "int32" if kind == "int8" else "int64", scale=scales, data=data)

    image = activation(1, 4, 5, 2)
    for of in (weights(3, 3, 3, 2), weights(3, 3, 3, 2, axis=None)):
        for fused in (ACTIVATION.NONE, ACTIVATION.RELU, ACTIVATION.RELU6):
            yield _Case(
                "CONV_2D",
                [image, of, bias(of)],
                activation(1, 4, 5, 3),
                (0, 1, 2),
                {**_DILATED, "FusedActivationFunction": fused},
            )
        shape = constant(1, 4, 5, 3)
        output = activation(1, 4, 5, 3)
        yield _Case("TRANSPOSE_CONV", [shape, of, image, bias(of)], output, (1, 2, 3), _WINDOW)
    of = weights(1, 3, 3, 2, axis=3)
    options = {**_DILATED, "DepthMultiplier": 1}
    yield _Case(
        "DEPTHWISE_CONV_2D", [image, of, bias(of)], activation(1, 4, 5, 2), (0, 1, 2), options
    )
    rows, of = activation(2, 6), weights(3, 6)
    yield _Case("FULLY_CONNECTED", [rows, of, bias(of)], activation(2, 3), (0, 1, 2))
    yield _Case("FULLY_CONNECTED", [rows, weights(3, 6, axis=None)], activation(2, 3), (0, 1))
    left, right = activation(2, 3, 4), activation(2, 4, 3)
    yield _Case("BATCH_MATMUL", [left, right], activation(2, 3, 3), (0, 1))


def _elementwise(kind: str, random: np.random.Generator) -> Iterator[_Case]:
    """Makes operators of one input, or of several of the same shape."""
    value = tensor((3, 7), kind, scale=0.05, zero_point=3 if kind == "int8" else 0)
    for fused in (ACTIVATION.NONE, ACTIVATION.RELU):
        options = {"FusedActivationFunction": fused}
        yield _Case("MUL", [value, value], value, (0, 1), options)
        for operator in ("ADD", "SUB"):
            yield _Case(operator, [value, value], value, (), options)
    yield _Case("SQUARED_DIFFERENCE", [value, value], value, ())
    for operator in ("MAXIMUM", "MINIMUM"):
        yield _Case(operator, [value, value], value, (0, 1, 2))
    yield _Case("RELU", [value], value, (0,))
    yield _Case("RELU6", [value], value, (1,))
    for alpha in (0.1, -0.5):
        yield _Case("LEAKY_RELU", [value], value, (0,), {"Alpha": alpha})
    slopes = tensor((7,), scale=0.02, data=random.integers(-127, 128, 7))
    yield _Case("PRELU", [value, slopes], value, (0, 1))
    yield _Case("ABS", [value], value, (0,))
    yield _Case("DEQUANTIZE", [value], tensor((3, 7), "float32"), (0,))
    yield _Case("QUANTIZE", [tensor((3, 7), "float32")], value, ())
    for to in ("int8", "int16", "int32"):
        yield _Case("QUANTIZE", [value], tensor((3, 7), to, scale=0.03), (0,))


def _others(kind: str) -> Iterator[_Case]:
    """Makes operators that move elements or take several together."""
    value = tensor((3, 8), kind, scale=0.05, zero_point=3 if kind == "int8" else 0)

    def like(*shape: int) -> TensorSpec:
        return dataclasses.replace(value, shape=shape)

    for operator in ("MEAN", "SUM"):
        yield _Case(operator, [value, constant(1)], like(3, 1), (0,), {"KeepDims": 1})
    image = like(1, 4, 6, 1)
    for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        yield _Case(operator, [image], image, (), {**_POOL, "FusedActivationFunction": 1})
    scale, zero_point = (1 / 256, -128) if kind == "int8" else (1 / 32768, 0)
    output = tensor((3, 8), kind, scale=scale, zero_point=zero_point)
    softmax = (0,) if kind == "int16" else ()
    yield _Case("SOFTMAX", [value], output, softmax, {"Beta": 1.0})
    # Of int16, TFLM takes the factor 0 for a power of two.
    yield _Case("LOGISTIC", [value], output, () if kind == "int16" else (0, 1))
    yield _Case("TANH", [value], output, () if kind == "int16" else (0, 1))
    yield _Case("RESHAPE", [value, constant(4, 6)], like(4, 6), (0, 2))
    paddings = tensor((2, 2), "int32", data=np.array([[1, 1], [0, 2]]))
    if kind == "int16":
        yield _Case("PAD", [value, paddings], like(5, 10), (0, 2))


def _int8() -> Iterator[_Case]:
    """Makes operators that TFLM has for int8 and not for int16."""
    value = tensor((3, 7), scale=0.05, zero_point=3)
    for operator in ("ELU", "HARD_SWISH"):
        yield _Case(operator, [value], value, (0,))
    # With other divisors, TFLM shifts further than C defines.
    divisors = tensor((3, 7), scale=1.0, data=np.ones((3, 7)))
    yield _Case("DIV", [value, divisors], dataclasses.replace(value, scales=(0.06,)), (0,))
    for operator in ("EQUAL", "LESS"):
        yield _Case(operator, [value, value], tensor((3, 7), "bool"), ())
    yield _Case("ADD_N", [value, value], value, ())
    yield _Case("CUMSUM", [value, constant(1)], value, ())
    output = tensor((3, 7), scale=1 / 16, zero_point=127)
    yield _Case("LOG_SOFTMAX", [value], output, ())
    output = tensor((3, 7), "int16", scale=1 / 65536, zero_point=-(1 << 15))
    yield _Case("SOFTMAX", [value], output, (), {"Beta": 1.0})
    yield _Case("L2_NORMALIZATION", [value], tensor((3, 7), scale=1 / 128), (0, 1))
    unsigned = tensor((3, 7), "uint8", scale=0.03, zero_point=128)
    yield _Case("QUANTIZE", [value], unsigned, (0,))
    yield _Case("QUANTIZE", [unsigned], value, (0,))
    yield _Case("QUANTIZE", [tensor((3, 7), "int32", scale=0.03)], value, (0,))
    yield _Case("DEQUANTIZE", [unsigned], tensor((3, 7), "float32"), (0,))


def _cases() -> list[_Case]:
    random = np.random.default_rng(1)
    found = list(_int8())
    for kind in ("int8", "int16"):
        found += [*_layers(kind, random), *_elementwise(kind, random), *_others(kind)]
    return found


def _outcomes(chosen: Sequence[tuple[_Case, tuple[int, ...]]]) -> Iterator[tuple[str, str]]:
    """Checks cases with scales of 0; yields the name of each and what became of it."""
    sources = [functools.partial(case.model, zero) for case, zero in chosen]
    for place, outcome in fuzz.check(sources):
        case, zero = chosen[place]
        name = f"{case.operator} {case.inputs[0].dtype} {case.output.dtype} {list(zero)}"
        yield f"{name}: {outcome.text}", outcome.kind


def test_what_is_not_divided_by_is_compiled():
    chosen = []
    for case in _cases():
        # The last one: none is 0, so that the case is sound by itself.
        for zero in dict.fromkeys(((), *((i,) for i in case.zero), case.zero)):
            chosen.append((case, zero))
    found = dict(_outcomes(chosen))
    assert {name: kind for name, kind in found.items() if kind != fuzz.SAME} == {}


def test_what_is_divided_by_is_refused():
    chosen = [(case, (i,)) for case in _cases() for i in case.scaled() if i not in case.zero]
    counts: collections.Counter[str] = collections.Counter()
    for name, kind in _outcomes(chosen):
        assert kind in _REFUSED, f"{name}: {kind}"
        counts[kind] += 1
    assert counts[fuzz.KNOWN_REFUSAL] > 30, counts


def test_equal_scales_are_not_divided():
    chosen = []
    for kind in ("int8", "int16"):
        value = tensor((1, 4, 6, 1), kind, scale=0.05)
        for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            chosen.append((_Case(operator, [value], value, (), _POOL), (0, 1)))
        chosen.append((_Case("ABS", [value], value, ()), (0, 1)))
    value = tensor((3, 7), scale=0.05, zero_point=3)
    options = {"Axis": 0}
    joined = dataclasses.replace(value, shape=(6, 7))
    chosen.append((_Case("CONCATENATION", [value, value], joined, (), options), (0, 1, 2)))
    chosen.append(
        (
            _Case("REDUCE_MAX", [value, constant(1)], tensor((3,), scale=0.05, zero_point=3), ()),
            (0, 2),
        )
    )
    found = dict(_outcomes(chosen))
    assert {name: kind for name, kind in found.items() if kind != fuzz.SAME} == {}


def test_limits_that_tflm_does_not_find_are_refused():
    value = tensor((1, 4, 6, 1), scale=0.05)
    for fused in (ACTIVATION.RELU, ACTIVATION.RELU6):
        case = _Case("MAX_POOL_2D", [value], value, (), {**_POOL, "FusedActivationFunction": fused})
        for line in one_operator.refusal(case.model((0, 1))).splitlines():
            assert line.endswith(": the result is not defined")
