# SPDX-License-Identifier: Apache-2.0
"""Damage in a model that TFLM does not notice.

TFLM trusts a model: it reads and writes where shapes, offsets and quantization lead. Some damage
causes no crash while the build tries the model, but reads or writes foreign memory, or overflows.
Found by running damaged models under sanitizers (//tests/fuzz:model_batches) and by reading the
kernels. No model of //tests/corpus has any of it.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from tflite.model import Model, Node, Subgraph, Tensor

# A shape that was left open is a 1 in the file.
_BROKEN = "the file is damaged, or has open shapes"
# No TFLM has memory for more.
_MOST_BYTES = (1 << 31) - 1
_MAX_RANK = 16
# The integers that a zero point is one of.
_INTEGERS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(1 << 15), (1 << 15) - 1)}
_NEVER_EMPTY = ("MEAN", "READ_VARIABLE")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
# Whose output has as many elements as their input.
_SAME_COUNT = frozenset(
    [
        *("ABS", "CAST", "CEIL", "COS", "CUMSUM", "DEPTH_TO_SPACE", "DEQUANTIZE", "ELU", "EXP"),
        *("EXPAND_DIMS", "FLOOR", "HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOG"),
        *("LOGICAL_NOT", "LOGISTIC", "LOG_SOFTMAX", "NEG", "QUANTIZE", "RELU"),
        *("RELU6", "RESHAPE", "REVERSE_V2", "ROUND", "RSQRT", "SIN", "SOFTMAX", "SPACE_TO_DEPTH"),
        *("SQRT", "SQUARE", "SQUEEZE", "TANH", "TRANSPOSE", "ZEROS_LIKE"),
    ]
)
# Of two inputs, one of which may be repeated along some dimensions.
_BROADCAST = frozenset(
    [
        *("ADD", "ATAN2", "DIV", "EQUAL", "FLOOR_DIV", "FLOOR_MOD", "GREATER", "GREATER_EQUAL"),
        *("LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM", "MUL"),
        *("NOT_EQUAL", "POW", "PRELU", "SQUARED_DIFFERENCE", "SUB"),
    ]
)
# Whose outputs together have as many elements as this input.
_SPLITS = {"SPLIT": 1, "SPLIT_V": 0, "UNPACK": 0}
# Which constant input says along which dimensions, and which input has these.
_AXES = {
    "ARG_MAX": (1, 0),
    "ARG_MIN": (1, 0),
    "CUMSUM": (1, 0),
    "MEAN": (1, 0),
    "REDUCE_ALL": (1, 0),
    "REDUCE_ANY": (1, 0),
    "REDUCE_MAX": (1, 0),
    "REDUCE_MIN": (1, 0),
    "REDUCE_PROD": (1, 0),
    "REVERSE_V2": (1, 0),
    "SPLIT": (0, 1),
    "SPLIT_V": (2, 0),
    "SUM": (1, 0),
    "TRANSPOSE": (1, 0),
}
# Whose kernels shift by what an int8 input's scale says: a shift must be from 0 to 62 bits.
_BY_EXPONENT = ("LOGISTIC", "TANH")
_EXPONENT_SCALES = (2.0**-28, 2.0**35)
# Whose kernels rescale sums of int16 products in 64 bits, and then shift to the right.
_SUMS = ("BATCH_MATMUL", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
# What converters write for an output that was always zero is not larger: 1e-6 / 127 for int8.
_DEAD_SCALE = 1e-8
# Whose kernels multiply by the product of these inputs' scales, divided by the output's. Others
# check the quotient themselves, as ADD does, or take the scales for tables, as EXP does.
_RESCALED = {
    "ABS": (0,),
    "BATCH_MATMUL": (0, 1),
    "CONV_2D": (0, 1),
    "DEPTHWISE_CONV_2D": (0, 1),
    "FULLY_CONNECTED": (0, 1),
    "HARD_SWISH": (0,),
    "LEAKY_RELU": (0,),
    "MEAN": (0,),
    "MUL": (0, 1),
    "PRELU": (0,),
    "QUANTIZE": (0,),
    "RELU": (0,),
    "RSQRT": (0,),
    "SQUARED_DIFFERENCE": (0, 1),
    "SUM": (0,),
    "TRANSPOSE_CONV": (1, 2),
}


def of_subgraph(subgraph: Subgraph) -> Iterator[str]:
    """Says what is damaged in a subgraph's tensors.

    Args:
      subgraph: the subgraph.

    Yields:
      Reasons, each a part of a line that starts with the tensor's name.
    """
    for tensor in subgraph.tensors:
        for reason in _of_tensor(tensor):
            yield f"{subgraph.tensor_label(tensor)} {reason}: the file is damaged"


def _of_tensor(tensor: Tensor) -> Iterator[str]:
    # TFLM multiplies in 32 bits, one dimension after the other: a 0 at the end mends nothing.
    filled = dataclasses.replace(tensor, shape=tuple(size for size in tensor.shape if size))
    if (filled.byte_size or 0) > _MOST_BYTES:
        yield f"has the shape {list(tensor.shape)}, which no memory is large enough for"
    if tensor.quantization is not None and tensor.dtype in _INTEGERS:
        low, high = _INTEGERS[tensor.dtype]
        for zero_point in tensor.quantization.extreme_zero_points:
            if not low <= zero_point <= high:
                yield f"has the zero point {zero_point}, which is not of {tensor.dtype}"
                break


def of_node(model: Model, subgraph: Subgraph, node: Node) -> Iterator[str]:
    """Says what is damaged in the use of an operator.

    Args:
      model: the model.
      subgraph: the node's.
      node: the use of an operator.

    Yields:
      Reasons without the operator's name, each a part of a line.
    """
    inputs, outputs = subgraph.inputs_of(node), subgraph.outputs_of(node)
    name = node.operator.name
    if name == "READ_VARIABLE" and not outputs:
        yield "has no output: the file is damaged"
    if node.operator.custom or not outputs or not inputs:
        return
    yield from _of_steps(node, inputs, outputs)
    if name in _CONVOLUTIONS or name in _POOLS:
        yield from _of_pictures(node, inputs, outputs)
    if name in _CONVOLUTIONS or name == "FULLY_CONNECTED":
        yield from _of_weights(node, inputs, outputs)
        yield from _of_bias(model, inputs)
    if name == "CONCATENATION":
        yield from _of_joins(node, inputs, outputs)
    yield from _of_counts(node, inputs, outputs)
    yield from _of_axes(model, node, inputs)
    if name == "UNIDIRECTIONAL_SEQUENCE_LSTM":
        yield from _of_lstm(model, inputs)
    if name in _NEVER_EMPTY and outputs[0].element_count == 0:
        yield "has an output without elements: the file is damaged"
    if name in _BY_EXPONENT:
        yield from _of_exponent(inputs)
    if name == "GATHER_ND":
        yield from _of_places(model, inputs)
    yield from _of_conditions(model, node, inputs)
    if overflow := _overflow(node, inputs, outputs):
        factor, after = overflow
        if not math.isfinite(factor) or not 0 < after <= _DEAD_SCALE:
            yield (
                f"rescales by {factor:.3g} / {after:.3g}, which overflows in TFLM's kernel: the"
                " file is damaged"
            )


def dead_outputs(subgraph: Subgraph, node: Node) -> Iterator[str]:
    """Warns of an operator whose kernel overflows if its output is not zero.

    Converters write so small a scale for what was always zero while they calibrated, as behind a
    layer that never fires. All is well as long as it stays zero.

    Args:
      subgraph: the node's.
      node: the use of an operator.

    Yields:
      Warnings without the operator's name, each a part of a line.
    """
    inputs, outputs = subgraph.inputs_of(node), subgraph.outputs_of(node)
    if node.operator.custom or not outputs or not inputs:
        return
    if overflow := _overflow(node, inputs, outputs):
        yield (
            f"rescales by {overflow[0]:.3g} / {overflow[1]:.3g}: its output was always zero with"
            " the representative dataset, and another value overflows in TFLM's kernel; give"
            " samples with which it is not zero, or leave it out"
        )


def _whole_option(node: Node, name: str, default: int) -> int:
    """An option that is a whole number in all tables of the schema that have it."""
    value = node.options.get(name, default)
    return value if isinstance(value, int) else default


def _of_steps(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    """Kernels compute places in a picture in 32 bits."""
    weights = inputs[1].shape if len(inputs) > 1 and inputs[1] is not None else ()
    for place, axis, long_axis in ((1, "h", "height"), (2, "w", "width")):
        stride, size, dilation = (
            _whole_option(node, name, 1)
            for name in (f"stride_{axis}", f"filter_{long_axis}", f"dilation_{axis}_factor")
        )
        if len(weights) == 4:
            size = weights[place]
        made = outputs[0].shape[place] if len(outputs[0].shape) == 4 else 1
        if min(stride, size, dilation) < 0 or stride * made + size * dilation > _MOST_BYTES:
            yield (
                f"has stride_{axis} {stride}, dilation_{axis} {dilation} and filters of {size}: the"
                " file is damaged"
            )


def _of_pictures(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    for tensor in (inputs[0], outputs[0]):
        if tensor is not None and len(tensor.shape) != 4:
            yield f"has a picture of {len(tensor.shape)} dimensions: the file is damaged"
            return
    if inputs[0] is None:
        return
    before, after = inputs[0].shape, outputs[0].shape
    if before[0] != after[0]:
        yield f"makes {after[0]} pictures of {before[0]}: {_BROKEN}"
    if node.operator.name in _POOLS and before[3] != after[3]:
        yield f"makes {after[3]} channels of {before[3]}: {_BROKEN}"


def _of_weights(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    """Sizes that must agree: the kernels take each from another tensor."""
    data, weights, bias = (*inputs, None, None, None)[:3]
    if data is None or weights is None:
        return
    dense = node.operator.name == "FULLY_CONNECTED"
    if not dense and len(weights.shape) != 4:
        yield f"has weights of {len(weights.shape)} dimensions: the file is damaged"
        return
    if (dense and len(weights.shape) != 2) or not outputs[0].shape:
        return
    depthwise = node.operator.name == "DEPTHWISE_CONV_2D"
    channels = weights.shape[3 if depthwise else 0]
    if not dense and outputs[0].shape[-1] != channels:
        yield (
            f"has filters for {channels} channels, but an output of {outputs[0].shape[-1]}:"
            f" {_BROKEN}"
        )
    if node.operator.name == "CONV_2D" and len(data.shape) == 4:
        filters = weights.shape[3]
        groups = data.shape[3] // filters if filters else 0
        if not groups or data.shape[3] % filters or channels % groups:
            yield (
                f"has {channels} filters of {filters} channels for {data.shape[3]} channels:"
                f" {_BROKEN}"
            )
    multiplier = _whole_option(node, "depth_multiplier", 0)
    if depthwise and not multiplier:
        yield (
            "has no depth_multiplier, by which TFLM's kernel goes: convert the model again with"
            " TensorFlow 2"
        )
    elif depthwise and len(data.shape) == 4 and data.shape[3] * multiplier != channels:
        yield (
            f"has filters for {channels} channels, but {data.shape[3]} channels and"
            f" depth_multiplier {multiplier}: the file is damaged"
        )
    if bias is not None and bias.element_count != channels:
        yield (
            f"has a bias of {bias.element_count} elements for {channels} channels: the file is"
            " damaged"
        )
    if weights.quantization and len(weights.quantization.scales) not in (1, channels):
        yield (
            f"has {len(weights.quantization.scales)} scales for {channels} channels: the file is"
            " damaged"
        )


def _of_bias(model: Model, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    data, weights, bias = (*inputs, None, None, None)[:3]
    if data is None or weights is None or bias is None or not bias.is_constant:
        return
    if bias.dtype != "int32" or data.dtype not in ("int8", "uint8"):
        return
    largest = model.largest_number(bias)
    # A sum of products is added to it in 32 bits. Sums alone come near them in no sound model.
    products = weights.element_count // max(bias.element_count, 1)
    if largest > 1 << 30 and largest + 255 * 128 * products >= 1 << 31:
        yield f"has a bias of {largest}, to which nothing can be added: the file is damaged"


def _of_lstm(model: Model, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    """Of one with integers: the scales of its four gates, its biases and its state."""
    if len(inputs) < 20:
        return
    data, state, cell = inputs[0], inputs[18], inputs[19]
    if data is None or state is None or cell is None or data.dtype == "float32":
        return
    if data.quantization is None or state.quantization is None or cell.quantization is None:
        yield "has no scale for its input or its state: the file is damaged"
        return
    if not state.quantization.largest_scale >= 2.0**-50:
        yield f"has the state scale {state.quantization.largest_scale:.3g}: the file is damaged"
    # Kernels shift by what is left of its scale, a power of two.
    if not 2.0**-15 <= cell.quantization.largest_scale <= 1:
        yield f"has the cell scale {cell.quantization.largest_scale:.3g}: the file is damaged"
    for given, weights in ((data.quantization, inputs[1:5]), (state.quantization, inputs[5:9])):
        for tensor in weights:
            if tensor is None or tensor.quantization is None:
                continue
            # Gates are of 2^-12.
            factor = given.largest_scale * tensor.quantization.largest_scale * 2.0**12
            if not factor <= 2.0**30:
                yield f"rescales by {factor:.3g}: the file is damaged"
                return
    for bias in inputs[12:16]:
        if bias is not None and model.largest_number(bias) > 1 << 30:
            yield (
                f"has a bias of {model.largest_number(bias)}, to which nothing can be added: the"
                " file is damaged"
            )
            return


def _of_exponent(inputs: Sequence[Tensor | None]) -> Iterator[str]:
    data = inputs[0]
    if data is None or data.dtype != "int8" or data.quantization is None:
        return
    low, high = _EXPONENT_SCALES
    if not low <= data.quantization.largest_scale < high:
        yield (
            f"has an input of the scale {data.quantization.largest_scale:.3g}, with which TFLM's"
            " kernel computes something else: convert it with a representative dataset that gives"
            " this input normal values"
        )


def _of_places(model: Model, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    """Constant indices of elements: TFLM's kernel computes places from them in 32 bits."""
    data, places = (*inputs, None, None)[:2]
    if data is None or places is None or not places.is_constant or not places.shape:
        return
    sizes, depth = data.shape, places.shape[-1]
    if depth > len(sizes):
        yield f"has indices of {depth} dimensions for {len(sizes)}: {_BROKEN}"
        return
    for (low, high), size in zip(model.column_ranges(places), sizes, strict=False):
        if low < 0 or high >= size:
            yield f"has the index {low if low < 0 else high} of {size}: {_BROKEN}"
            return


def _of_conditions(model: Model, node: Node, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    condition = None
    if node.operator.name == "IF":
        condition = inputs[0]
    if node.operator.name == "WHILE":
        index = _whole_option(node, "cond_subgraph_index", 0)
        if 0 <= index < len(model.subgraphs) and model.subgraphs[index].outputs:
            subgraph = model.subgraphs[index]
            condition = subgraph.tensors[subgraph.outputs[0]]
    if condition is not None and condition.dtype != "bool":
        yield f"has a condition of type {condition.dtype}: the file is damaged"


def _of_joins(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    axis, rank = _whole_option(node, "axis", 0), len(outputs[0].shape)
    if not -rank <= axis < max(rank, 1):
        yield f"joins along axis {axis} of {rank}: the file is damaged"
        return
    total = sum(tensor.element_count for tensor in inputs if tensor is not None)
    if total != outputs[0].element_count:
        yield f"joins {total} elements to {outputs[0].element_count}: {_BROKEN}"
        return

    def others(tensor: Tensor) -> list[int]:
        return [size for i, size in enumerate(tensor.shape) if i != axis % rank]

    for tensor in inputs:
        if tensor is None or not rank:
            continue
        if tensor.dtype != outputs[0].dtype or others(tensor) != others(outputs[0]):
            yield (
                f"joins {_described(tensor)} to {_described(outputs[0])} along axis {axis}:"
                f" {_BROKEN}"
            )
            return


def _described(tensor: Tensor) -> str:
    return f"{tensor.dtype} of shape {list(tensor.shape)}"


def _of_counts(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    """Numbers of elements that must agree: kernels take the one or the other for both."""
    name = node.operator.name
    given = inputs[0]
    if name in _SPLITS:
        given = inputs[_SPLITS[name]] if len(inputs) > _SPLITS[name] else None
        expected = given.element_count if given else 0
        made = sum(output.element_count for output in outputs)
    elif name in _SAME_COUNT:
        expected, made = given.element_count if given else 0, outputs[0].element_count
    elif name in _BROADCAST:
        one, other = (*inputs, None, None)[:2]
        if one is None or other is None:
            return
        shape = _broadcast(one, other)
        if shape is None:
            yield f"combines the shapes {list(one.shape)} and {list(other.shape)}: {_BROKEN}"
            return
        # One dimension after the other, if one input is repeated.
        if one.shape != other.shape and shape != _without_ones(outputs[0].shape):
            yield (
                f"combines the shapes {list(one.shape)} and {list(other.shape)} to"
                f" {list(outputs[0].shape)}: {_BROKEN}"
            )
            return
        expected, made = math.prod(shape), outputs[0].element_count
    elif name == "FULLY_CONNECTED":
        weights = inputs[1] if len(inputs) > 1 else None
        if given is None or weights is None or len(weights.shape) != 2:
            return
        # Each row of the weights gives one element for as many as it has.
        units, depth = weights.shape
        if (
            outputs[0].shape[-1:] != (units,)
            or given.element_count * units != outputs[0].element_count * depth
        ):
            yield (
                f"makes {_described(outputs[0])} of {_described(given)} by weights of shape"
                f" {list(weights.shape)}: {_BROKEN}"
            )
        return
    else:
        return
    if given is not None and expected != made:
        yield f"makes {made} elements, but its inputs give {expected}: {_BROKEN}"


def _broadcast(one: Tensor, other: Tensor) -> tuple[int, ...] | None:
    """The shape that two give, without ones before it; None if they don't go together."""
    shape = []
    for a, b in itertools.zip_longest(one.shape[::-1], other.shape[::-1], fillvalue=1):
        if a != b and 1 not in (a, b):
            return None
        shape.append(b if a == 1 else a)
    return _without_ones(tuple(shape[::-1]))


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(itertools.dropwhile(lambda size: size == 1, shape))


def _of_axes(model: Model, node: Node, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    if node.operator.name not in _AXES:
        return
    axes, data = (inputs[i] if i < len(inputs) else None for i in _AXES[node.operator.name])
    if axes is None or data is None or not axes.is_constant:
        return
    rank = len(data.shape)
    if axes.element_count > _MAX_RANK:
        yield f"has {axes.element_count} axes: the file is damaged"
        return
    for axis in model.numbers(axes):
        if not -rank <= axis < max(rank, 1):
            yield f"has the axis {axis} of {rank}: the file is damaged"
            return


def _overflow(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> tuple[float, float] | None:
    """What a kernel multiplies and divides by, if it shifts by more than the bits there are."""
    multiplied = _RESCALED.get(node.operator.name)
    if multiplied is None:
        return None
    tensors = [inputs[i] for i in multiplied if i < len(inputs)]
    scales = [t.quantization for t in (*tensors, outputs[0]) if t is not None]
    known = [scale for scale in scales if scale is not None]
    if len(known) <= len(multiplied):
        return None
    *before, after = (scale.largest_scale for scale in known)
    factor = math.prod(before)
    # Their kernels divide what is left by powers of two before.
    if node.operator.name == "RSQRT":
        factor = 2.0**-20 / math.sqrt(factor) if factor > 0 else math.inf
        # Here it shifts to the right too: no rounding is left to zero.
        if not factor >= after * 2.0**-30:
            return factor, after
    if node.operator.name == "SQUARED_DIFFERENCE":
        factor = 2.0**-12 * max(before) ** 2
    most = 2.0**30
    if node.operator.name in _SUMS and outputs[0].dtype == "int16":
        place = 3 if node.operator.name == "TRANSPOSE_CONV" else 2
        bias = inputs[place] if len(inputs) > place else None
        # With a bias of 32 bits the sums have 32, too.
        if bias is None or bias.dtype != "int32":
            # A multiplier that rounds up to the next power of two needs one bit more.
            most = 2.0**14 * (1 - 2.0**-31)
    return None if factor <= after * most else (factor, after)
