# SPDX-License-Identifier: Apache-2.0
"""LSTM: compiled C, the specification and the wheel agree; what can't be compiled is refused.

With floats, compiled C and the wheel agree to the bit where both call the same C library's expf and
tanhf; a compiler that knows a cell's clip may call them while it compiles, and rounds better then.
The specification rounds better, too, by one step now and then. Sums in which much cancels make more
of it, so that the error is measured against the outputs' range, from -1 to 1.
"""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
import pytest

from aot import compiler, importer, interpreter
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.compiled_program import CompiledProgram
from aot.testing.one_operator import ACTIVATION, Quantized, tensor
from tflite.testing.model_builder import TensorSpec

_OPERATOR = "UNIDIRECTIONAL_SEQUENCE_LSTM"
# Measured: 3e-7 after 2000 models.
_MAX_ERROR = 1e-6


def _options(random: np.random.Generator) -> dict[str, int | float]:
    return {
        "FusedActivationFunction": ACTIVATION.TANH,
        "TimeMajor": int(random.integers(2)),
        "CellClip": float(random.choice([0.0, 0.3, 10.0])),
    }


def _tensors(
    random: np.random.Generator,
    kind: str,
    time_major: int,
    sizes: tuple[int, ...] = (),
    spreads: Sequence[float] = (1.0, 1.0, 1.0, 0.01, 30.0),
) -> tuple[list[TensorSpec | None], TensorSpec]:
    """Makes the operator's inputs and its output."""
    sizes = sizes or tuple(int(n) for n in random.integers(1, (4, 6, 12, 10)))
    batches, times, size, cells = sizes
    lead = (times, batches) if time_major else (batches, times)
    is_float = kind == "float32"

    def zero_point() -> int:
        limits = np.iinfo(kind)
        anywhere = int(random.integers(limits.min, limits.max + 1))
        return int(random.choice([0, limits.min, limits.max, anywhere]))

    def outer(scale: float) -> Quantized:
        return {} if is_float else {"scale": scale, "zero_point": zero_point()}

    def weights(depth: int, source: float) -> TensorSpec:
        if is_float:
            data = random.normal(size=(cells, depth))
            return tensor((cells, depth), kind, data=data)
        data = random.integers(-127, 128, (cells, depth))
        # Gates of about -4 to 4, now and then far too large or small.
        spread = random.choice(spreads)
        scale = spread / (source * np.iinfo(kind).max * 60 * np.sqrt(depth))
        return tensor((cells, depth), scale=scale, data=data)

    def bias(source: float, one: TensorSpec) -> TensorSpec:
        if is_float:
            return tensor((cells,), kind, data=random.normal(size=cells))
        scale = source * one.scales[0]
        data = np.rint(random.normal(size=cells) / scale)
        wide = "int32" if kind == "int8" else "int64"
        return tensor((cells,), wide, scale=scale, data=data)

    source = random.uniform(0.001, 0.1)
    hidden = 0.0 if is_float else random.uniform(0.3, 1.5) / np.iinfo(kind).max
    input_weights = [weights(size, source) for _ in range(4)]
    hidden_weights = [weights(cells, hidden) for _ in range(4)]
    state = outer(hidden)
    cell_scale: Quantized = {}
    if not is_float:
        cell_scale = {"scale": 2.0 ** int(random.choice([-11, -12, -15, -18, -6]))}
    inputs = [
        tensor((*lead, size), kind, **outer(source)),
        *input_weights,
        *hidden_weights,
        *[None] * 3,
        *(bias(source, one) for one in input_weights),
        *[None] * 2,
        tensor((batches, cells), kind, variable=True, **state),
        tensor((batches, cells), "float32" if is_float else "int16", variable=True, **cell_scale),
        *[None] * 4,
    ]
    return inputs, tensor((*lead, cells), kind, **state)


def _model(random: np.random.Generator, kind: str):
    options = _options(random)
    inputs, output = _tensors(random, kind, int(options["TimeMajor"]))
    return one_operator.model(_OPERATOR, inputs, [output], options)


@pytest.mark.parametrize("kind", ["int8", "int16"])
# With the last one scales that are multiplied as floats make other outputs of int16.
@pytest.mark.parametrize("seed", [*range(10), 10561])
def test_integers_agree(kind: str, seed: int, tmp_path: pathlib.Path):
    one_operator.check(_model(np.random.default_rng(seed), kind), tmp_path, seed=seed, runs=4)


@pytest.mark.parametrize("kind", ["int8", "int16"])
def test_gates_that_are_far_too_large_agree(kind: str, tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    inputs, output = _tensors(random, kind, 0, (2, 4, 9, 7), spreads=[100.0])
    made = one_operator.model(
        _OPERATOR, inputs, [output], {"FusedActivationFunction": ACTIVATION.TANH}
    )
    one_operator.check(made, tmp_path, runs=4)


@pytest.mark.parametrize("kind", ["int8", "int16"])
@pytest.mark.parametrize("place", range(9))
def test_scales_of_0_agree(kind: str, place: int, tmp_path: pathlib.Path):
    inputs, output = _tensors(np.random.default_rng(place), kind, time_major=0)
    chosen = inputs[place]
    assert chosen is not None
    inputs[place] = dataclasses.replace(chosen, scales=(0.0,))
    options = {"FusedActivationFunction": ACTIVATION.TANH}
    made = one_operator.model(_OPERATOR, inputs, [output], options)
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("seed", range(10))
def test_floats_agree(seed: int, tmp_path: pathlib.Path):
    made = _model(np.random.default_rng(seed), "float32")
    flags = ("-O1", "-fno-builtin-expf", "-fno-builtin-tanhf")
    found = parity.compare(made, tmp_path, runs=4, seed=seed, flags=flags)
    assert [str(one) for one in found if one.who == "wheel and C"] == []


def _float_error(random: np.random.Generator, folder: pathlib.Path) -> float:
    """Finds by how much the specification and C differ."""
    compiled = compiler.compile_model(_model(random, "float32"), name="model", trace=True)
    specification = interpreter.Interpreter(compiled.graph, KERNELS)
    program = CompiledProgram(compiled, "model", folder)
    output = compiled.graph.outputs[0]
    assert output.tensor is not None
    errors = []
    for _ in range(4):
        inputs = parity.random_inputs(compiled.graph, random)
        c = program.run(inputs)[output.tensor]
        errors.append(np.abs(specification.run(inputs)[output] - c).max())
    return float(max(errors))


@pytest.mark.parametrize("seed", range(10))
def test_floats_agree_with_the_specification(seed: int, tmp_path: pathlib.Path):
    assert _float_error(np.random.default_rng(seed), tmp_path) <= _MAX_ERROR


def _refusal(kind: str, replaced: dict[int, TensorSpec | None], **options: int) -> str:
    random = np.random.default_rng(1)
    inputs, output = _tensors(random, kind, 0, (2, 3, 9, 7))
    for i, one in replaced.items():
        inputs[i] = one
    made = one_operator.model(
        _OPERATOR, inputs, [output], {"FusedActivationFunction": ACTIVATION.TANH} | options
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    prefix = f"{_OPERATOR}.tflite: operator 0 ({_OPERATOR}) "
    return str(caught.value).replace(prefix, "")


def test_refused():
    one = tensor((1,), "float32", data=np.ones(1))
    assert _refusal("float32", {9: one}) == (
        "has peepholes, a projection or normalized layers: not supported"
    )
    assert _refusal("float32", {1: None}) == "has no input 1: not supported"
    assert _refusal("float32", {}, FusedActivationFunction=ACTIVATION.RELU) == (
        "has the activation RELU: not supported"
    )
    assert _refusal("float32", {}, DiagonalRecurrentTensors=1) == (
        "has the option diagonal_recurrent_tensors = True: not supported"
    )
    weights = tensor((7, 9), "float32", name="weights")
    assert _refusal("float32", {1: weights}) == "has an input 1 that is not constant: not supported"


@pytest.mark.parametrize(
    ("place", "state", "message"),
    [
        (18, tensor((2, 7), "float32"), "has a state, input 18, that is not a variable"),
        (19, tensor((2, 7), "float32"), "has a state, input 19, that is not a variable"),
        (
            18,
            tensor((14,), "float32", variable=True),
            "has an input of [2, 3, 9] and a state of [14]: not three and two dimensions, or one is"
            " empty",
        ),
        (19, tensor((13,), "float32", variable=True), "has cells of [13]: they do not fit"),
        (
            14,
            tensor((1, 7), "float32", data=np.ones((1, 7)), name="bias"),
            "has a tensor of [1, 7] in place of [7] ('bias')",
        ),
    ],
)
def test_states_and_shapes_are_refused(place: int, state: TensorSpec, message: str):
    assert _refusal("float32", {place: state}) == message


def _cells(scale: float) -> TensorSpec:
    return tensor((2, 7), "int16", scale=scale, variable=True, name="cells")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (_cells(0.0), "has a tensor with a scale of 0 ('cells'): the result is not defined"),
        (_cells(0.7), "has cells with the scale 0.7, not a power of two that fits"),
        (_cells(8.0), "has cells with the scale 8, not a power of two that fits"),
        (_cells(2.0**-31), "has scales of which the quotient is 2: too large"),
    ],
)
def test_cells_are_refused(cells: TensorSpec, message: str):
    assert _refusal("int8", {19: cells}) == message


def test_cells_of_another_type_are_refused():
    found = _refusal("int8", {19: tensor((2, 7), "int8", scale=0.5, variable=True)})
    assert found.endswith("and an output of int8: not supported")
