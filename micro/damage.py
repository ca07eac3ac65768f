"""What a damaged model has that TFLM runs into without seeing it.

TFLM trusts a model: it reads and writes where shapes, offsets and quantization lead. Some damage
ends in no crash while the build tries the model, but reads foreign memory, or overflows. No sound
model has any of it. Found by running damaged models under sanitizers: //tests/fuzz:model_batches.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from micro.tflite_model import Model, Node, Subgraph, Tensor

# No TFLM has memory for more.
_MOST_PIXELS = 1 << 16
_MOST_BYTES = (1 << 31) - 1
_MAX_RANK = 15
# The integers that a zero point is one of.
_INTEGERS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(1 << 15), (1 << 15) - 1)}
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_SIZES = ("stride_w", "stride_h", "filter_w", "filter_h", "dilation_w", "dilation_h")
# Whose output has as many elements as their input.
_SAME_COUNT = frozenset(
    [
        *("ABS", "CAST", "CEIL", "COS", "CUMSUM", "DEPTH_TO_SPACE", "DEQUANTIZE", "ELU", "EXP"),
        *("EXPAND_DIMS", "FLOOR", "HARD_SWISH", "L2_NORMALIZATION", "LEAKY_RELU", "LOG"),
        *("LOGICAL_NOT", "LOGISTIC", "LOG_SOFTMAX", "NEG", "PRELU", "QUANTIZE", "RELU"),
        *("RELU6", "RESHAPE", "REVERSE_V2", "ROUND", "RSQRT", "SIN", "SOFTMAX", "SPACE_TO_DEPTH"),
        *("SQRT", "SQUARE", "SQUEEZE", "TANH", "TRANSPOSE", "ZEROS_LIKE"),
    ]
)
# Of two inputs, one of which may be repeated along some dimensions.
_BROADCAST = frozenset(
    [
        *("ADD", "ATAN2", "DIV", "EQUAL", "FLOOR_DIV", "FLOOR_MOD", "GREATER", "GREATER_EQUAL"),
        *("LESS", "LESS_EQUAL", "LOGICAL_AND", "LOGICAL_OR", "MAXIMUM", "MINIMUM", "MUL"),
        *("NOT_EQUAL", "POW", "SQUARED_DIFFERENCE", "SUB"),
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
_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
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
            yield (
                f"tensor {tensor.index} of subgraph {subgraph.index} ({tensor.name!r}) {reason}:"
                " the file is damaged"
            )


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
    for name in _SIZES:
        if not 0 <= int(node.options.get(name, 0)) <= _MOST_PIXELS:
            yield f"has {name} {node.options[name]}: the file is damaged"
    for name in _MASKS:
        # One bit for each dimension; kernels keep 16.
        if not 0 <= int(node.options.get(name, 0)) < 1 << _MAX_RANK:
            yield f"has {name} {node.options[name]}: the file is damaged"
    inputs = [subgraph.tensors[i] if i >= 0 else None for i in node.inputs]
    outputs = [subgraph.tensors[i] for i in node.outputs]
    if node.operator.custom or not outputs or not inputs:
        return
    name = node.operator.name
    if name in _CONVOLUTIONS or name in _POOLS:
        yield from _of_pictures(inputs, outputs)
    if name in _CONVOLUTIONS or name == "FULLY_CONNECTED":
        yield from _of_weights(node, inputs, outputs)
        yield from _of_bias(model, inputs)
    if name == "CONCATENATION":
        yield from _of_joins(node, inputs, outputs)
    yield from _of_counts(node, inputs, outputs)
    yield from _of_axes(model, node, inputs)
    if name == "MEAN" and outputs[0].element_count == 0:
        yield "has an output without elements: the file is damaged"
    yield from _of_scales(node, inputs, outputs)


def _of_pictures(inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> Iterator[str]:
    for tensor in (inputs[0], outputs[0]):
        if tensor is not None and len(tensor.shape) != 4:
            yield f"has a picture of {len(tensor.shape)} dimensions: the file is damaged"
            return
    if inputs[0] is not None and inputs[0].shape[0] != outputs[0].shape[0]:
        yield (f"makes {outputs[0].shape[0]} pictures of {inputs[0].shape[0]}: the file is damaged")


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
    if not weights.shape or not outputs[0].shape:
        return
    depthwise = node.operator.name == "DEPTHWISE_CONV_2D"
    channels = weights.shape[3 if depthwise else 0]
    if not dense and outputs[0].shape[-1] != channels:
        yield (
            f"has filters for {channels} channels, but an output of {outputs[0].shape[-1]}: the"
            " file is damaged"
        )
    multiplier = int(node.options.get("depth_multiplier", 0))
    if depthwise and len(data.shape) == 4 and data.shape[3] * multiplier != channels:
        yield (
            f"has filters for {channels} channels, but {data.shape[3]} channels and"
            f" depth_multiplier {multiplier}: the file is damaged"
        )
    if bias is not None and len(weights.shape) > 1 and bias.element_count != channels:
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
    largest = max(map(abs, _int32(model, bias)), default=0)
    # A sum of products is added to it in 32 bits. Sums alone come near them in no sound model.
    products = weights.element_count // max(bias.element_count, 1)
    if largest > 1 << 30 and largest + 255 * 128 * products >= 1 << 31:
        yield f"has a bias of {largest}, to which nothing can be added: the file is damaged"


def _of_joins(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    axis, rank = int(node.options.get("axis", 0)), len(outputs[0].shape)
    if not -rank <= axis < max(rank, 1):
        yield f"joins along axis {axis} of {rank}: the file is damaged"
        return
    total = sum(tensor.element_count for tensor in inputs if tensor is not None)
    if total != outputs[0].element_count:
        yield f"joins {total} elements to {outputs[0].element_count}: the file is damaged"
        return

    def others(tensor: Tensor) -> list[int]:
        return [size for i, size in enumerate(tensor.shape) if i != axis % rank]

    for tensor in inputs:
        if tensor is None or not rank:
            continue
        if tensor.dtype != outputs[0].dtype or others(tensor) != others(outputs[0]):
            yield (
                f"joins {_described(tensor)} to {_described(outputs[0])} along axis {axis}: the"
                " file is damaged"
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
        pair = inputs[:2]
        if len(pair) < 2 or None in pair:
            return
        expected, made = _broadcast_count(*pair), outputs[0].element_count
        if expected is None:
            yield (
                f"combines the shapes {list(pair[0].shape)} and {list(pair[1].shape)}: the file is"
                " damaged"
            )
            return
    elif name == "FULLY_CONNECTED":
        weights = inputs[1] if len(inputs) > 1 else None
        if given is None or weights is None or len(weights.shape) != 2:
            return
        # Each row of the weights gives one element for as many as it has.
        expected = given.element_count * weights.shape[0]
        made = outputs[0].element_count * weights.shape[1]
        if expected != made:
            yield (
                f"makes {_described(outputs[0])} of {_described(given)} by weights of shape"
                f" {list(weights.shape)}: the file is damaged, or has open shapes"
            )
        return
    else:
        return
    if given is not None and expected != made:
        yield (
            f"makes {made} elements where its inputs give {expected}: the file is damaged, or has"
            " open shapes"
        )


def _broadcast_count(one: Tensor, other: Tensor) -> int | None:
    """How many elements two give where each is repeated along the other; None if that can't be."""
    count = 1
    for a, b in itertools.zip_longest(one.shape[::-1], other.shape[::-1], fillvalue=1):
        if a != b and 1 not in (a, b):
            return None
        count *= b if a == 1 else a
    return count


def _of_axes(model: Model, node: Node, inputs: Sequence[Tensor | None]) -> Iterator[str]:
    if node.operator.name not in _AXES:
        return
    axes, data = (inputs[i] if i < len(inputs) else None for i in _AXES[node.operator.name])
    if axes is None or data is None or axes.dtype != "int32" or not axes.is_constant:
        return
    rank = len(data.shape)
    for axis in _int32(model, axes):
        if not -rank <= axis < max(rank, 1):
            yield f"has the axis {axis} of {rank}: the file is damaged"
            return


def _int32(model: Model, tensor: Tensor) -> memoryview:
    contents = model.contents(tensor)
    return memoryview(contents[: len(contents) // 4 * 4]).cast("i")


def _of_scales(
    node: Node, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]
) -> Iterator[str]:
    multiplied = _RESCALED.get(node.operator.name, ())
    tensors = [inputs[i] if i < len(inputs) else None for i in multiplied]
    scales = [t.quantization if t else None for t in (*tensors, outputs[0])]
    if not multiplied or None in scales:
        return
    *before, after = (scale.largest_scale for scale in scales)
    factor = math.prod(before)
    # Beyond that the kernels shift by more than the bits there are.
    if not factor <= after * 2.0**30:
        yield (
            f"rescales by {factor:.3g} / {after:.3g}, which overflows in TFLM's kernel: the file is"
            " damaged, or its output was always zero with the representative dataset"
        )
