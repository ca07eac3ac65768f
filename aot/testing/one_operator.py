# SPDX-License-Identifier: Apache-2.0
"""Makes models of one operator, and compares them in wheel, specification and compiled C."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from ai_edge_litert import schema_py_generated as generated

from aot import importer
from aot.kernels.registry import KERNELS
from aot.passes.chains import SPEED
from aot.targets import PORTABLE, TARGETS, differ
from aot.testing import parity
from tflite import schema
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

PADDING = generated.Padding
ACTIVATION = generated.ActivationFunctionType

# The schema's kinds of options are mostly named after the operator; these aren't.
_UNUSUAL_OPTIONS = {
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "SUM": "ReducerOptions",
    "REDUCE_ALL": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "PADV2": "PadV2Options",
    "SELECT_V2": "SelectV2Options",
    "SPLIT_V": "SplitVOptions",
    "SVDF": "SVDFOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}


def options_type(operator: str) -> str:
    """Finds the schema's kind of options of an operator; "" if it has none."""
    name = _UNUSUAL_OPTIONS.get(operator)
    name = name or "".join(word.capitalize() for word in operator.split("_")) + "Options"
    return name if name in schema.TABLES else ""


class Quantized(TypedDict, total=False):
    """What `tensor` takes of a quantized tensor; empty for one that is not quantized.

    Attributes:
      scale: one, or one a channel.
      zero_point: one for all scales, or one each.
    """

    scale: float | Sequence[float]
    zero_point: int | Sequence[int]


def tensor(
    shape: Sequence[int],
    dtype: str = "int8",
    *,
    scale: float | Sequence[float] = (),
    zero_point: int | Sequence[int] = 0,
    axis: int = 0,
    data: np.ndarray | None = None,
    name: str = "",
    variable: bool = False,
) -> TensorSpec:
    """Describes a tensor.

    Args:
      shape: its dimensions.
      dtype: numpy's name of its type.
      scale: one, one a channel, or none.
      zero_point: one for all scales, or one each.
      axis: of scales for each channel.
      data: its contents, if it is a constant.
      name: its name.
      variable: whether it is a variable.

    Returns:
      The description.
    """
    scales = (scale,) if isinstance(scale, float | int) else tuple(scale)
    zeros = (zero_point,) * len(scales) if isinstance(zero_point, int) else tuple(zero_point)
    contents = b"" if data is None else np.ascontiguousarray(data, dtype).tobytes()
    return TensorSpec(
        shape,
        dtype,
        name=name,
        data=contents,
        scales=tuple(float(np.float32(s)) for s in scales),
        zero_points=zeros,
        axis=axis,
        variable=variable,
    )


def constant(*numbers: float, dtype: str = "int32") -> TensorSpec:
    """Describes a constant of one dimension, e.g. axes or paddings."""
    return tensor((len(numbers),), dtype, data=np.array(numbers))


def random_shape(
    random: np.random.Generator, ranks: Sequence[int], longest: int = 5
) -> tuple[int, ...]:
    """Makes a shape.

    Args:
      random: where numbers come from.
      ranks: how many dimensions it may have.
      longest: the highest dimension.

    Returns:
      The shape, without a dimension of 0.
    """
    return tuple(int(n) for n in random.integers(1, longest + 1, random.choice(ranks)))


def model(
    operator: str,
    inputs: Sequence[TensorSpec | None],
    outputs: Sequence[TensorSpec],
    options: Mapping[str, int | float | str | np.ndarray] | None = None,
    *,
    version: int = 1,
) -> Model:
    """Makes a model of one operator. Its inputs are those that are not constant nor variables.

    Args:
      operator: its name in the schema.
      inputs: its inputs; None for one that is left out.
      outputs: its outputs.
      options: in camel case, e.g. {"StrideW": 2}.
      version: of the operator.

    Returns:
      The model.
    """
    given = [t for t in inputs if t is not None]
    tensors = [*given, *outputs]
    numbers = iter(range(len(given)))
    places = [-1 if t is None else next(numbers) for t in inputs]
    makes = list(range(len(given), len(tensors)))
    reads = [
        i
        for i in places
        if i >= 0 and not (tensors[i].data or tensors[i].variable or 0 in tensors[i].shape)
    ]
    node = NodeSpec(
        operator,
        places,
        makes,
        version=version,
        options=options or {},
        options_type=options_type(operator),
    )
    return parse_model(build_graphs(GraphSpec(tensors, [node], reads, makes)), f"{operator}.tflite")


def check(
    made: Model,
    folder: pathlib.Path,
    *,
    runs: int = 3,
    seed: int = 0,
    max_ulp: int = 0,
    least: float = 0.0,
    wheel: bool = True,
    flags: Sequence[str] = ("-O1",),
    optimize: str = SPEED,
) -> None:
    """Checks that the wheel, the specification and compiled C agree in all tensors, on all targets.

    Args:
      made: the model.
      folder: where files may be written.
      runs: how many inferences.
      seed: of the inputs.
      max_ulp: how many steps floats may differ.
      least: see `parity.same`.
      wheel: whether the wheel can run it.
      flags: for the C compiler.
      optimize: what counts most, one of chains.OPTIMIZE.

    Raises:
      AssertionError: they don't.
    """
    kinds = [node.operator.name for node in made.main.nodes]
    for target in TARGETS:
        if target != PORTABLE and not differ(target, kinds):
            continue
        found = list(
            parity.compare(
                made,
                folder,
                runs=runs,
                seed=seed,
                max_ulp=max_ulp,
                least=least,
                name="model" if target == PORTABLE else f"model_{target}",
                wheel=wheel,
                flags=flags,
                target=target,
                optimize=optimize,
            )
        )
        assert not found, "\n".join([f"target {target}", *map(str, found[:5])])


def refusal(made: Model) -> str:
    """Gives the reasons why a model of one operator is refused, one a line.

    Args:
      made: the model.

    Returns:
      What comes after the operator's name in each line.

    Raises:
      AssertionError: it is not refused.
    """
    try:
        importer.import_model(made, KERNELS)
    except importer.CompileError as error:
        operator = pathlib.PurePath(made.path).stem
        prefix = f"{made.path}: operator 0 ({operator}) "
        return "\n".join(line.removeprefix(prefix) for line in str(error).splitlines())
    raise AssertionError("it is not refused")
