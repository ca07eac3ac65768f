# SPDX-License-Identifier: Apache-2.0
"""Models that use every file of the runtime: to ask compilers what they say about all of the C."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
from collections.abc import Callable, Mapping

import numpy as np

from aot import compiler, emit, importer
from aot.compiler import Compiled
from aot.passes.chains import RAM, SPEED
from aot.targets import PORTABLE, TARGETS
from aot.testing import edge_layers, one_operator
from aot.testing.image_networks import image_network
from aot.testing.one_operator import ACTIVATION, Quantized, constant, options_type, tensor
from aot.testing.random_images import random_images
from aot.testing.random_operators import random_model
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs

# A file is in one random model of a hundred, at least; or else in one of those below.
_SEEDS = 400
# What runs by rows is in some of so many networks for images.
_IMAGES = 12


def _broadcast_args(dtype: str) -> Model:
    inputs = [constant(1, 1, 1, dtype=dtype), tensor((3,), dtype)]
    return one_operator.model("BROADCAST_ARGS", inputs, [tensor((3,), dtype)])


def _cast(before: str, after: str) -> Model:
    return one_operator.model("CAST", [tensor((5,), before)], [tensor((5,), after)])


def _div(dtype: str) -> Model:
    options = {"FusedActivationFunction": ACTIVATION.RELU6}
    scale: Quantized = {"scale": 0.05} if dtype == "int8" else {}
    numbers = np.arange(1, 6)
    divisor = tensor((5,), dtype, data=numbers, **scale)
    one = tensor((5,), dtype, **scale)
    return one_operator.model("DIV", [one, divisor], [one], options)


def _dynamic_update_slice(dtype: str) -> Model:
    inputs = [tensor((3, 4)), tensor((2, 2)), tensor((2,), dtype)]
    return one_operator.model("DYNAMIC_UPDATE_SLICE", inputs, [tensor((3, 4))])


def _lstm() -> Model:
    random = np.random.default_rng(0)
    batches, times, depth, cells = 2, 3, 4, 5

    def weights(*shape: int):
        return tensor(shape, "float32", data=random.normal(size=shape))

    state = tensor((batches, cells), "float32", variable=True)
    inputs = [
        tensor((batches, times, depth), "float32"),
        *(weights(cells, depth) for _ in range(4)),
        *(weights(cells, cells) for _ in range(4)),
        *[None] * 3,
        *(weights(cells) for _ in range(4)),
        *[None] * 2,
        state,
        state,
        *[None] * 4,
    ]
    return one_operator.model(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        inputs,
        [tensor((batches, times, cells), "float32")],
        {"FusedActivationFunction": ACTIVATION.TANH, "CellClip": 10.0},
    )


def _pooled(operator: str, channels: int, same: bool) -> Model:
    """A convolution of 3 x 3 and the pooling after it."""
    depthwise = operator == "DEPTHWISE_CONV_2D"
    weights = np.random.default_rng(0).integers(-127, 128, (4, 3, 3, channels))
    if depthwise:
        weights = weights.reshape(1, 3, 3, -1)[..., :channels]
    size = 6 if same else 4
    outputs = weights.shape[3] if depthwise else 4
    tensors = [
        tensor((1, 6, 6, channels), scale=0.1),
        tensor(weights.shape, scale=0.01, data=weights),
        tensor((1, size, size, outputs), scale=0.2),
        tensor((1, size // 2, size // 2, outputs), scale=0.2),
    ]
    padding = one_operator.PADDING
    window = {"Padding": padding.SAME if same else padding.VALID, "StrideH": 1, "StrideW": 1}
    pool = {"FilterHeight": 2, "FilterWidth": 2, "StrideH": 2, "StrideW": 2}
    pool["Padding"] = padding.VALID
    if depthwise:
        window["DepthMultiplier"] = 1
    nodes = [
        NodeSpec(kind, inputs, [made], options=options, options_type=options_type(kind))
        for kind, inputs, made, options in (
            (operator, [0, 1], 2, window),
            ("MAX_POOL_2D", [2], 3, pool),
        )
    ]
    return parse_model(build_graphs(GraphSpec(tensors, nodes, [0], [3])), "pooled.tflite")


def _rsqrt() -> Model:
    one = tensor((5,), "int16", scale=0.01)
    return one_operator.model("RSQRT", [one], [one])


def _same_input_twice(operator: str) -> Model:
    one = tensor((5,), "bool")
    graph = GraphSpec([one, one], [NodeSpec(operator, [0, 0], [1])], [0], [1])
    return parse_model(build_graphs(graph), "twice.tflite")


def _variable_as_input_and_output() -> Model:
    tensors = [
        tensor((1, 3), "float32"),
        tensor((4, 3), "float32", data=np.ones((4, 3))),
        tensor((4, 2), "float32", data=np.ones((4, 2))),
        tensor((4,), "float32", data=np.ones(4)),
        tensor((1, 8), "float32", variable=True),
        tensor((1, 4), "float32"),
    ]
    options = {"Rank": 1}
    node = NodeSpec("SVDF", [0, 1, 2, 3, 4], [5], options=options, options_type="SVDFOptions")
    return parse_model(build_graphs(GraphSpec(tensors, [node], [0, 4], [5, 4])), "svdf.tflite")


# What random models don't have, or hardly ever.
_RARE: dict[str, Callable[[], Model]] = {
    "broadcast_args_int32": functools.partial(_broadcast_args, "int32"),
    "broadcast_args_int64": functools.partial(_broadcast_args, "int64"),
    "cast_int16_bool": functools.partial(_cast, "int16", "bool"),
    "cast_float_uint32": functools.partial(_cast, "float32", "uint32"),
    "cast_uint32_float": functools.partial(_cast, "uint32", "float32"),
    "div_int32": functools.partial(_div, "int32"),
    "div_int8": functools.partial(_div, "int8"),
    "dense_of_many_outputs": edge_layers.LAYERS["dense_1x16x64"].model,
    "dynamic_update_slice_int64": functools.partial(_dynamic_update_slice, "int64"),
    "lstm_float": _lstm,
    "pooled_small": functools.partial(_pooled, "CONV_2D", 1, False),
    "pooled_padded": functools.partial(_pooled, "CONV_2D", 3, True),
    "pooled_depthwise": functools.partial(_pooled, "DEPTHWISE_CONV_2D", 4, False),
    "rsqrt_int16": _rsqrt,
    "same_input_equal": functools.partial(_same_input_twice, "EQUAL"),
    "same_input_or": functools.partial(_same_input_twice, "LOGICAL_OR"),
    "variable_as_input": _variable_as_input_and_output,
}


@dataclasses.dataclass(frozen=True)
class _Choice:
    """A model that uses what no other one does, and what it is compiled for."""

    make: Callable[[], Model]
    target: str = PORTABLE
    optimize: str = SPEED

    def compile(self, name: str, *, trace: bool = False, section: str = "") -> Compiled:
        """Compiles it."""
        return compiler.compile_model(
            self.make(),
            name=name,
            trace=trace,
            section=section,
            target=self.target,
            optimize=self.optimize,
        )


def models(*, trace: bool = False, section: str = "") -> Mapping[str, Compiled]:
    """Compiles models so that every file of the runtime is in the C of one of them.

    Args:
      trace: call the user's function with each tensor.
      section: the section that weights are put in; "" for the usual one.

    Returns:
      The models, by what they are named after.

    Raises:
      AssertionError: a file is in none.
    """
    found = {
        name: choice.compile(name, trace=trace, section=section)
        for name, choice in _choices().items()
    }
    left = set(emit.runtime_files(trace=trace).items())
    for compiled in found.values():
        left = {(file, text) for file, text in left if text not in compiled.sources.source}
    names = ", ".join(sorted(file for file, _ in left))
    assert not left, f"no model uses {names} of aot/runtime: add one"
    return found


@functools.cache
def _choices() -> Mapping[str, _Choice]:
    """Looks for models until each file of the runtime is in one, or until all were looked at."""
    left = emit.runtime_files(trace=False)
    found: dict[str, _Choice] = {}

    def add(name: str, choice: _Choice, always: bool = False) -> None:
        source = choice.compile(name).sources.source
        new = [file for file, text in left.items() if text in source]
        for file in new:
            del left[file]
        if new or always:
            found[name] = choice

    for name, make in _RARE.items():
        add(name, _Choice(make), always=True)
        for target in TARGETS:
            if target != PORTABLE:
                add(f"{name}_{target}", _Choice(make, target))
    for channels, target in itertools.product((3, 4), TARGETS):
        make = functools.partial(
            image_network, (3, 1, channels), size=12, channels=2, dense=2 * channels
        )
        add(f"rows{channels}_{target}", _Choice(make, target, RAM), always=True)
    for seed, target in itertools.product(range(_IMAGES), TARGETS):
        add(f"images{seed}_{target}", _Choice(random_images(seed).model, target, RAM))
    # Portable C first: few files are of one target, and in more models of it.
    for target, seed in itertools.product(TARGETS, range(_SEEDS)):
        if not left:
            break
        # What is refused uses nothing.
        with contextlib.suppress(importer.CompileError):
            add(f"model{seed}_{target}", _Choice(random_model(seed).model, target))
    return found
