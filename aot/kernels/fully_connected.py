# SPDX-License-Identifier: Apache-2.0
"""FULLY_CONNECTED of any rank.

Source: reference_integer_ops/fully_connected.h, reference/fully_connected.h of TFLM. The factor of
weights with one scale is a product of doubles since October 2026, as that of convolutions; TFLM
multiplied the scales of input and weights as floats before.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op
from aot.kernels import common, convolution, in_place
from aot.kernels.int8_layer import Int8Layer, rounding
from aot.kernels.kernel import Distance, Kernel


class FullyConnected(Kernel):
    """FULLY_CONNECTED."""

    # Shapes are those of the file, whether dimensions are kept or not. Nothing is quantized at run
    # time.
    options = (
        "asymmetric_quantize_inputs",
        "fused_activation_function",
        "keep_num_dims",
        "quantized_bias_type",
        "weights_format",
    )
    types = convolution.TYPES
    operands = convolution.OPERANDS
    limits = (
        "any rank; weights have one scale, and then may have a zero point, or one an output; "
        "an int32 bias beside int16 is constant"
    )

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        found = list(convolution.check_tensors(op, self.types))
        if found:
            yield from found
            return
        if op.options["weights_format"] != 0:
            yield "has weights in another format: not supported"
        found = list(_check_shapes(op))
        yield from found
        if not found and op.output.dtype != "float32":
            yield from convolution.check_layer(op, op.output.shape[-1])

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        source, weights, bias = convolution.given(inputs)
        rows, depth, outputs = _sizes(op)
        weights = weights.reshape(outputs, depth)
        source = convolution.without_zero_point(op, source).ravel()[: rows * depth]
        source = source.reshape(rows, depth)
        if op.output.dtype == "float32":
            total = np.zeros((rows, outputs), np.float32)
            convolution.add_products(total, source, np.ascontiguousarray(weights.T))
        else:
            total = source @ (weights.astype(np.int64) - convolution.weights_zero_point(op)).T
        result = convolution.finished(op, total, bias)
        return [result.reshape(op.output.shape)]

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        weights = op.input(1).data
        if weights is not None:
            _, depth, outputs = _sizes(op)
            yield from convolution.explain_sums(op, weights.reshape(outputs, depth), self.layer(op))

    def layer(self, op: Op) -> Int8Layer | None:
        """Prepares the fast functions; None if they can't compute a use of it."""
        weights = op.input(1).data
        if weights is None or convolution.weights_zero_point(op) or op.output.dtype == "float32":
            return None
        _, depth, outputs = _sizes(op)
        return convolution.layer_of(op, weights.reshape(outputs, depth))

    def rows(self, op: Op) -> int:
        """Counts its rows of inputs."""
        return _sizes(op)[0]

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        weights = op.input(1)
        rows, depth, outputs = _sizes(op)
        if op.output.dtype == "float32":
            body.call(
                "fully_connected_float",
                rows,
                depth,
                outputs,
                *common.float_activation(op),
                op.input(0),
                common.weights_argument("weights", weights),
                common.weights_argument("bias", op.optional_input(2)),
                op.output,
            )
            return
        layer = self.layer(op)
        if layer is not None:
            convolution.emit_dense(op, body, layer, rows)
            return
        convolution.emit_any(op, body, _fields(op), (depth, depth))

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        if self.layer(op) is None:
            return convolution.distances_any(op, _fields(op))
        return {0: Distance(in_place.rows_int8(*_sizes(op)))}

    def adds_up(self, op: Op) -> bool:
        """Whether its sums can be made of some inputs after others: see the next functions."""
        return op.output.dtype == "int8" and self.rows(op) == 1 and self.layer(op) is not None

    def first_sums(self, op: Op) -> np.ndarray:
        """Gives what its sums begin with, 32 bits each."""
        layer = self.layer(op)
        assert layer is not None
        return layer.bias

    def emit_products(self, op: Op, body: Body, some: Inputs, sums: str) -> None:
        """Writes C that adds products of some inputs to its sums.

        Args:
          op: a use that `adds_up`.
          body: where to write.
          some: the inputs.
          sums: what points to the sums, as int32_t.
        """
        layer = self.layer(op)
        assert layer is not None
        outputs, depth = layer.weights.shape
        body.call(
            "add_products_int8",
            depth,
            outputs,
            some.first(1),
            some.count,
            some.pointer,
            layer.constants()[0],
            sums,
        )

    def emit_outputs(self, op: Op, body: Body, sums: str) -> None:
        """Writes C that makes its outputs of its sums: see `emit_products`."""
        layer = self.layer(op)
        assert layer is not None
        outputs = len(layer.weights)
        factors = layer.constants()[2:]
        body.call("scale_sums_int8", outputs, rounding(op), sums, *factors, op.output)
        convolution.emit_clamp(op, body)


@dataclasses.dataclass(frozen=True)
class Inputs:
    """Some inputs of a dense layer, which move on in a loop.

    Attributes:
      pointer: what points to them, in C.
      start: the number of the first one.
      count: how many.
      step: by how many they move on.
      variable: of the loop.
    """

    pointer: str
    start: int
    count: int
    step: int
    variable: str

    def first(self, unit: int) -> str:
        """Writes the number of the first one, counted in units."""
        if not self.step:
            return str(self.start // unit)
        moved = f"{self.variable} * {self.step // unit}"
        return f"{self.start // unit} + {moved}" if self.start else moved


def _fields(op: Op) -> dict[str, int]:
    """Gives the fields of the `struct conv_2d` of the same layer as a convolution."""
    rows, depth, outputs = _sizes(op)
    point = common.Window(1, 1, 1, 0)
    return convolution.conv_2d((rows, 1, 1, depth), (rows, 1, 1, outputs), (point, point), groups=1)


def _check_shapes(op: Op) -> Iterator[str]:
    source, weights, output = op.input(0).shape, op.input(1).shape, op.output.shape
    bias = op.optional_input(2)
    if len(weights) < 2 or not all(weights) or any(n != 1 for n in weights[:-2]):
        yield f"has weights of {common.shape_text(weights)}: not two dimensions"
        return
    outputs, depth = weights[-2:]
    # TFLM makes as many rows as the output has.
    if not output or output[-1] != outputs or not all(output):
        yield f"has an output of {common.shape_text(output)}: it does not fit its weights"
    elif op.input(0).size < op.output.size // outputs * depth:
        yield (
            f"has the shapes {common.shape_text(source)} and {common.shape_text(output)}:"
            " they do not fit its weights"
        )
    if bias is not None and bias.size != outputs:
        yield f"has {bias.size} biases for {outputs} outputs"


def _sizes(op: Op) -> tuple[int, int, int]:
    """Finds how many rows there are, their inputs and their outputs."""
    outputs, depth = op.input(1).shape[-2:]
    return math.prod(op.output.shape[:-1]), depth, outputs


KERNEL = FullyConnected()

KERNELS: dict[str, Kernel] = {
    "FULLY_CONNECTED": KERNEL,
}
