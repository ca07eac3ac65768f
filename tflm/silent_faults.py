# SPDX-License-Identifier: Apache-2.0
"""Where a TFLM runs a model without a message, but computes something else than the model means.

Found by comparing outputs with the official wheel and LiteRT, over the models of //tests/corpus
as they are and with the operator versions that older converters write. A kernel of a later version
does more; a file that claims an older version gets past TFLM's check of versions all the same.
//tests/corpus:corpus_test fails if one of these is refused although TFLM computes it right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from tflite.model import Node, Subgraph, Tensor
from tflm.capabilities import Registration, Tflm

_QUANTIZED = ("int8", "uint8", "int16")
# No TFLM has memory for more; a damaged file may say so.
_MOST_PIXELS = 1 << 16


def of_node(subgraph: Subgraph, node: Node, tflm: Tflm) -> Iterator[str]:
    """Says why the linked TFLM would compute something else.

    Args:
      subgraph: the node's.
      node: the use of an operator.
      tflm: the linked TFLM.

    Yields:
      Reasons without the operator's name, each a part of a line with what to do.
    """
    yield from _check(subgraph, node, tflm, _CHECKS)


def departures(subgraph: Subgraph, node: Node, tflm: Tflm) -> Iterator[str]:
    """Says where every TFLM computes something else than TensorFlow Lite, the official wheel too.

    That is not a fault of the linked TFLM, which agrees with the others; but the trained model may
    score worse on the target.

    Args:
      subgraph: the node's.
      node: the use of an operator.
      tflm: the linked TFLM.

    Yields:
      Warnings without the operator's name, each a part of a line with what to do.
    """
    yield from _check(subgraph, node, tflm, _DEPARTURES)


def _check(
    subgraph: Subgraph, node: Node, tflm: Tflm, checks: Mapping[str, _Check]
) -> Iterator[str]:
    if node.operator.custom:
        return
    registration = tflm.registrations.get(node.operator.name)
    check = checks.get(node.operator.name)
    if registration is None or check is None:
        return
    inputs, outputs = subgraph.inputs_of(node), subgraph.outputs_of(node)
    # A damaged file may have fewer than the operator has; TFLM has refused that.
    needed = 2 if check in (_grouped, _many_rows) else 1
    given = [tensor for tensor in inputs[:needed] if tensor is not None]
    if len(given) < needed or not outputs:
        return
    if reason := check(node, given, outputs, registration):
        yield reason


def _older_than(registration: Registration, version: int) -> bool:
    """Whether a kernel is from before a version. Today's TFLM names none, and has all of them."""
    return registration.max_version is not None and registration.max_version < version


def _grouped(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    data, weights = inputs[0].shape, inputs[1].shape
    if not _older_than(registration, 6) or len(data) != 4 or len(weights) != 4:
        return None
    if data[3] == weights[3]:
        return None
    return (
        f"is a convolution in groups ({data[3]} channels, filters of {weights[3]}): the linked"
        " TFLM's kernel knows none and would read other weights; split the channels and make one"
        " convolution for each group"
    )


def _many_rows(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    weights, shape = inputs[1], outputs[0].shape
    if not _older_than(registration, 5) or outputs[0].dtype not in ("int8", "int16"):
        return None
    if weights.quantization is not None and weights.quantization.per_channel:
        return (
            None  # The code for those, which our backport brings, goes by the number of elements.
        )
    if len(weights.shape) != 2 or len(shape) < 3:
        return None
    if shape[1] == weights.shape[0] and shape[0] * shape[1] == math.prod(shape):
        return None
    return (
        f"has an output of {len(shape)} dimensions: the linked TFLM's kernel computes only the"
        f" first {shape[0] * shape[1]} of its {math.prod(shape)} values; reshape to 2 dimensions"
        " before the dense layer and back after it"
    )


def _rescaled(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    before, after = inputs[0].quantization, outputs[0].quantization
    if outputs[0].dtype not in _QUANTIZED or before is None or after is None:
        return None
    if (before.scales, before.zero_points) == (after.scales, after.zero_points):
        return None
    return (
        "has an output of another scale than its input: the linked TFLM's kernel copies the"
        " integers as they are; use it as the activation of the layer before, which the converter"
        " joins"
    )


def _rescaled_relu(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    if not _older_than(registration, 2):
        return None
    return _rescaled(node, inputs, outputs, registration)


def _padded_blocks(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    quantization = inputs[0].quantization
    # A step is what rounding costs, too.
    if quantization is None or abs(quantization.zero_points[0]) <= 1:
        return None
    # Without padding there are as many elements as before.
    if outputs[0].element_count == inputs[0].element_count:
        return None
    return (
        "pads with the integer 0, but its input's zero point is"
        f" {quantization.zero_points[0]}: the linked TFLM's kernel doesn't look at it; pad by"
        " tf.pad before, so that this operator need not"
    )


def _pixel_centers(
    node: Node, inputs: Sequence[Tensor], outputs: Sequence[Tensor], registration: Registration
) -> str | None:
    if not _older_than(registration, 3) or not node.options.get("half_pixel_centers"):
        return None
    before, after = inputs[0].shape, outputs[0].shape
    align = bool(node.options.get("align_corners"))
    if len(before) != 4 or len(after) != 4 or max(after) > _MOST_PIXELS:
        return None
    if all(
        _nearest(n, m, align, 1) == _nearest(n, m, align, 0)
        for n, m in zip(before, after, strict=True)
    ):
        return None
    return (
        "has half_pixel_centers, which the linked TFLM's kernel leaves out: resize with"
        " tf.compat.v1.image.resize_nearest_neighbor, which has none, or to a multiple of the size"
    )


def _nearest(before: int, after: int, align: bool, half: int) -> list[int]:
    """The places that each pixel of a row is taken from. half: 1 with half pixel centers."""
    if align and after > 1:
        scale = (before - 1) / (after - 1)
        found = [math.floor((i + half / 2) * scale + 0.5) for i in range(after)]
    else:
        found = [(2 * i + half) * before // (2 * after) for i in range(after)]
    return [min(i, before - 1) for i in found]


_Check = Callable[[Node, Sequence[Tensor], Sequence[Tensor], Registration], "str | None"]

_CHECKS: dict[str, _Check] = {
    "CONV_2D": _grouped,
    "FULLY_CONNECTED": _many_rows,
    "RELU": _rescaled_relu,
    "RESIZE_NEAREST_NEIGHBOR": _pixel_centers,
}
_DEPARTURES: dict[str, _Check] = {
    "RELU6": _rescaled,
    "SPACE_TO_BATCH_ND": _padded_blocks,
}
