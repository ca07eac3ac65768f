# SPDX-License-Identifier: Apache-2.0
"""Distances from outputs to inputs: the C runs at all of them, and is right where it has to be.

That is seen without knowing in which order the C reads and writes: at a distance that is too small
it reads what it has written, and the output is another one.
"""

import functools
import pathlib
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from aot import importer
from aot.graph import Graph, Op
from aot.kernels import dsp, pooled_convolution
from aot.kernels.registry import KERNELS
from aot.targets import TARGETS, X86_64
from aot.testing import edge_layers, one_operator, parity, random_layers
from aot.testing.one_operator import ACTIVATION, PADDING, tensor
from aot.testing.shared_memory import SharedMemory
from tflite.model import Model

_RUNS = 4


def _op(made: Model) -> Op:
    return importer.import_model(made, KERNELS).ops[0]


def _number(random: np.random.Generator, low: int, high: int) -> int:
    return int(random.integers(low, high + 1))


def _geometry(
    random: np.random.Generator, *, filters: tuple[int, int] = (0, 0), dilated: bool = True
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int], dict[str, int]]:
    """Makes input, window and output sizes, and options; 0: any window."""
    size, window, output, options = [], [], [], {}
    same = bool(random.integers(2))
    for letter, given in zip("HW", filters, strict=True):
        taps = given or _number(random, 1, 4)
        stride = _number(random, 1, 2)
        dilation = 2 if dilated and random.integers(4) == 0 else 1
        reach = (taps - 1) * dilation + 1
        length = _number(random, reach, reach + 6)
        size.append(length)
        window.append(taps)
        output.append(-(-length // stride) if same else (length - reach) // stride + 1)
        options[f"Stride{letter}"] = stride
        if dilated:
            options[f"Dilation{letter}Factor"] = dilation
    options["Padding"] = PADDING.SAME if same else PADDING.VALID
    return (size[0], size[1]), (window[0], window[1]), (output[0], output[1]), options


def _convolution(
    random: np.random.Generator,
    *,
    kind: str = "int8",
    filters: tuple[int, int] = (0, 0),
    groups: int = 1,
) -> Op:
    size, window, made, options = _geometry(random, filters=filters)
    batches, channels, outputs = (_number(random, 1, most) for most in (2, 6, 9))
    source = (batches, *size, channels * groups)
    weights = (outputs * groups, *window, channels)
    output = (batches, *made, outputs * groups)
    if kind == "int8":
        return _op(edge_layers.layer("CONV_2D", source, weights, output, **options).model())
    layer = random_layers.tensors(kind, source, weights, output, random, bias=False)
    return _op(one_operator.model("CONV_2D", layer.inputs, [layer.output], options))


def _depthwise(
    random: np.random.Generator,
    *,
    kind: str = "int8",
    filters: tuple[int, int] = (0, 0),
    multiplier: int = 1,
) -> Op:
    size, window, made, options = _geometry(random, filters=filters, dilated=filters == (0, 0))
    options["DepthMultiplier"] = multiplier
    batches, channels = _number(random, 1, 3), _number(random, 1, 9)
    source, output = (batches, *size, channels), (batches, *made, channels * multiplier)
    weights = (1, *window, channels * multiplier)
    if kind == "int8":
        layer = edge_layers.layer("DEPTHWISE_CONV_2D", source, weights, output, **options)
        return _op(layer.model())
    made_of = random_layers.tensors(kind, source, weights, output, random, axis=3, bias=False)
    return _op(one_operator.model("DEPTHWISE_CONV_2D", made_of.inputs, [made_of.output], options))


def _dense(random: np.random.Generator, *, kind: str = "int8", rows: int = 0) -> Op:
    rows = rows or _number(random, 2, 5)
    inputs, outputs = _number(random, 1, 12), _number(random, 1, 12)
    source, weights, output = (rows, inputs), (outputs, inputs), (rows, outputs)
    if kind == "int8":
        return _op(edge_layers.layer("FULLY_CONNECTED", source, weights, output).model())
    layer = random_layers.tensors(kind, source, weights, output, random, bias=False)
    return _op(one_operator.model("FULLY_CONNECTED", layer.inputs, [layer.output]))


def _quantized(dtype: str) -> one_operator.Quantized:
    return {} if dtype == "float32" else {"scale": 0.04}


def _pooling(random: np.random.Generator, *, kind: str, dtype: str = "int8") -> Op:
    size, window, made, options = _geometry(random, dilated=False)
    options |= {"FilterHeight": window[0], "FilterWidth": window[1]}
    batches, channels = _number(random, 1, 2), _number(random, 1, 9)
    given = tensor((batches, *size, channels), dtype, **_quantized(dtype))
    output = tensor((batches, *made, channels), dtype, **_quantized(dtype))
    return _op(one_operator.model(kind, [given], [output], options))


def _pooled(random: np.random.Generator, *, small: bool = False, depthwise: bool = False) -> Op:
    while True:
        filters = (3, 3) if small else (0, 0)
        op = _depthwise(random) if depthwise else _convolution(random, filters=filters)
        batches, height, width, channels = op.output.shape
        if small and op.input(0).shape[3] != 1:
            continue
        options = {"FilterHeight": 2, "FilterWidth": 2, "StrideH": 2, "StrideW": 2}
        options["Padding"] = PADDING.VALID
        made = (batches, max(height // 2, 1), max(width // 2, 1), channels)
        given, output = (tensor(one, scale=0.7, zero_point=11) for one in (op.output.shape, made))
        pool = _op(one_operator.model("MAX_POOL_2D", [given], [output], options))
        fused = pooled_convolution.fused(op, pool)
        if fused is not None:
            return fused


def _elementwise(random: np.random.Generator, *, kind: str, types: tuple[str, str]) -> Op:
    shape = one_operator.random_shape(random, (1, 2, 3))
    given, output = (tensor(shape, dtype, **_quantized(dtype)) for dtype in types)
    inputs = [given]
    if kind == "ADD":
        options = {"FusedActivationFunction": ACTIVATION.NONE}
        data = random.integers(-99, 99, shape[-1:])
        inputs.append(tensor(shape[-1:], types[0], scale=0.03, data=data))
        return _op(one_operator.model(kind, inputs, [output], options))
    return _op(one_operator.model(kind, inputs, [output]))


_MAKERS: Mapping[str, Callable[[np.random.Generator], Op]] = {
    "convolution": _convolution,
    "convolution 1x1": functools.partial(_convolution, filters=(1, 1)),
    "convolution 3x3": functools.partial(_convolution, filters=(3, 3)),
    "convolution in groups": functools.partial(_convolution, groups=2),
    "convolution for all scales": functools.partial(_convolution, kind="int8 extreme", groups=2),
    "convolution of floats": functools.partial(_convolution, kind="float32"),
    "convolution of int16": functools.partial(_convolution, kind="int16", groups=2),
    "depthwise": _depthwise,
    "depthwise 3x3": functools.partial(_depthwise, filters=(3, 3)),
    "depthwise with a multiplier": functools.partial(_depthwise, multiplier=2),
    "depthwise of floats": functools.partial(_depthwise, kind="float32", multiplier=2),
    "depthwise of int16": functools.partial(_depthwise, kind="int16"),
    "dense": functools.partial(_dense, rows=1),
    "dense rows": _dense,
    "dense of floats": functools.partial(_dense, kind="float32"),
    "dense of int16": functools.partial(_dense, kind="int16"),
    "maximum": functools.partial(_pooling, kind="MAX_POOL_2D"),
    "average": functools.partial(_pooling, kind="AVERAGE_POOL_2D"),
    "maximum of floats": functools.partial(_pooling, kind="MAX_POOL_2D", dtype="float32"),
    "average of int16": functools.partial(_pooling, kind="AVERAGE_POOL_2D", dtype="int16"),
    "sum": functools.partial(_elementwise, kind="ADD", types=("int8", "int8")),
    "sum of int16": functools.partial(_elementwise, kind="ADD", types=("int16", "int16")),
    "table": functools.partial(_elementwise, kind="TANH", types=("int8", "int8")),
    "quantize": functools.partial(_elementwise, kind="QUANTIZE", types=("float32", "int8")),
    "dequantize": functools.partial(_elementwise, kind="DEQUANTIZE", types=("int8", "float32")),
    "pooled": _pooled,
    "pooled 3x3": functools.partial(_pooled, small=True),
    "pooled depthwise": functools.partial(_pooled, depthwise=True),
}  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("seed", range(20))
def test_outputs_are_right_at_each_distance_from_the_least_on(
    seed: int, target: str, tmp_path: pathlib.Path
):
    random = np.random.default_rng(seed)
    ops = {name: make(random) for name, make in _MAKERS.items()}
    tight, loose = _check(ops, target, tmp_path, random)
    # A PC has the memory: most functions for it give no distance, and a few say little.
    assert target == X86_64 or tight >= 4 * max(loose, 1), (tight, loose)


def test_strips_of_rows_are_right_at_each_distance(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    # Four rows at a time.
    monkeypatch.setattr(dsp, "_STRIP_BYTES", 0)
    random = np.random.default_rng(0)
    ops = {str(i): _depthwise(random, filters=(3, 3)) for i in range(40)}
    kernels = TARGETS["armv7em"]
    # Outputs that must not begin at any place behind their inputs.
    least = [kernels[op.kind].distances(op)[0].least for op in ops.values()]
    assert sum(-op.input(0).size < n for op, n in zip(ops.values(), least, strict=True)) > 5
    tight, loose = _check(ops, "armv7em", tmp_path, random)
    assert tight >= 4 * max(loose, 1), (tight, loose)


def _check(
    ops: Mapping[str, Op], target: str, folder: pathlib.Path, random: np.random.Generator
) -> tuple[int, int]:
    """Runs operators at all distances: they must be right at those that their kernels claim.

    Returns:
      Of how many an element less is seen, and of how many its output happens to be the same.
    """
    kernels = TARGETS[target]
    memory = SharedMemory(list(ops.values()), kernels, folder)
    tight = loose = 0
    for i, (name, op) in enumerate(ops.items()):
        claimed = kernels[op.kind].distances(op).get(0)
        if claimed is None:
            continue
        graph = Graph((op,), (op.input(0),), (op.output,))
        inputs = [parity.random_inputs(graph, random)[0] for _ in range(_RUNS)]
        wrong = memory.wrong(i, inputs, claimed.step)
        assert not [d for d in wrong if d >= claimed.least], (name, op, claimed)
        unit = int(np.lcm(claimed.step, np.dtype(op.output.dtype).itemsize))
        # No kernel claims less than 0 but those whose output may begin behind the input.
        if claimed.least != 0 and -op.input(0).byte_size < claimed.least < op.output.byte_size:
            tight += claimed.least - unit in wrong
            loose += claimed.least - unit not in wrong
    return tight, loose
