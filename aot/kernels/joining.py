# SPDX-License-Identifier: Apache-2.0
"""CONCATENATION, PACK, PAD, PADV2, MIRROR_PAD: tensors that become part of a larger one.

Source: concatenation.cc, pack.cc, pad_common.cc, mirror_pad.cc of TFLM.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aot.graph import Op
from aot.kernels import common, movement
from aot.kernels.kernel import Kernel
from aot.kernels.movement import Arrays, Move, Movement

# TFLM's kMaxInputNum.
_MAX_INPUTS = 10


class Concatenation(Movement):
    """CONCATENATION, which does not rescale."""

    options = ("axis", "fused_activation_function")
    types = ("float32", "int8", "int16", "int32", "int64", "bool")
    limits = (
        "up to 10 inputs, int8 of one scale and zero point, int16 without zero points; no "
        "fused activation"
    )

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, range(1, _MAX_INPUTS + 1)),
            common.check_data(op, self.types, self._with_elements(op)),
            self._check_shapes(op),
            self._check_quantization(op),
            self.check_loops(op),
        )

    def _with_elements(self, op: Op) -> list[int]:
        return [i for i in range(len(op.inputs)) if op.input(i).size]

    def _check_shapes(self, op: Op) -> Iterator[str]:
        if op.options["fused_activation_function"] != "NONE":
            yield (
                f"has the fused activation {op.options['fused_activation_function']}: not supported"
            )
        shape, axis = op.output.shape, op.option("axis")
        yield from common.check_rank(op.output, range(1, 7))
        yield from common.check_axis(axis, len(shape))
        if not -len(shape) <= axis < len(shape):
            return
        axis %= len(shape)
        total = 0
        for i in range(len(op.inputs)):
            given = op.input(i).shape
            if (*given[:axis], *given[axis + 1 :]) != (*shape[:axis], *shape[axis + 1 :]) or len(
                given
            ) != len(shape):
                yield (
                    f"has an input of the shape {common.shape_text(given)}, which does not fit its"
                    f" output of {common.shape_text(shape)}"
                )
                return
            total += given[axis]
        if total != shape[axis]:
            yield f"joins {total} elements to {shape[axis]}"

    def _check_quantization(self, op: Op) -> Iterator[str]:
        output = op.output
        for i in range(len(op.inputs)):
            value = op.input(i)
            if output.dtype == "int8" and (value.scale, value.zero_point) != (
                output.scale,
                output.zero_point,
            ):
                yield "has an input and an output of different quantization: not supported"
                return
            if output.dtype == "int16" and (value.zero_point or output.zero_point):
                yield "has a zero point of int16 that is not 0: not supported"
                return

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        axis = op.option("axis") % len(op.output.shape)
        sources = [op.input(i) for i in self._with_elements(op)]
        lengths = [value.shape[axis] for value in sources]
        parts = movement.consecutive(arrays[op.output], axis, lengths)
        for value, part in zip(sources, parts, strict=True):
            yield Move(value, arrays[value], op.output, part)


class Pack(Movement):
    """PACK."""

    options = ("values_count", "axis")
    types = ("float32", "int8", "int16", "int32", "int64")

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, max(1, len(op.inputs))),
            common.check_data(op, self.types),
            self._check_axis(op),
            self._check_shapes(op),
            self.check_loops(op),
        )

    def _check_axis(self, op: Op) -> Iterator[str]:
        yield from common.check_axis(op.option("axis"), len(op.output.shape))

    def _check_shapes(self, op: Op) -> Iterator[str]:
        shape = op.output.shape
        axis = op.option("axis") % len(shape)
        if not len(op.inputs) == op.option("values_count") == shape[axis]:
            yield (
                f"packs {len(op.inputs)} inputs as {op.option('values_count')} into"
                f" {shape[axis]} elements"
            )
        for i in range(len(op.inputs)):
            if op.input(i).shape != shape[:axis] + shape[axis + 1 :]:
                yield (
                    f"has an input of the shape {common.shape_text(op.input(i).shape)}, which does"
                    f" not fit its output of {common.shape_text(shape)}"
                )

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        axis = op.option("axis") % len(op.output.shape)
        parts = movement.consecutive(arrays[op.output], axis, [1] * len(op.inputs))
        for i, part in enumerate(parts):
            source = op.input(i)
            yield Move(source, arrays[source].reshape(part.shape), op.output, part)


def _paddings(op: Op) -> list[tuple[int, int]]:
    """Finds what comes before and after each dimension."""
    numbers = common.integers(op, 1)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _check_paddings(op: Op) -> Iterator[str]:
    paddings = _paddings(op)
    if any(amount < 0 for pair in paddings for amount in pair):
        yield "has a padding below 0: not supported"
    yield from common.check_shape(
        op.output, [n + sum(pair) for n, pair in zip(op.input(0).shape, paddings, strict=True)]
    )


def _inside(op: Op) -> tuple[slice, ...]:
    """Finds where in the output the input lies."""
    return tuple(
        slice(before, before + length)
        for length, (before, _) in zip(op.input(0).shape, _paddings(op), strict=True)
    )


class Pad(Movement):
    """PAD and PADV2, with a value or without."""

    types = ("float32", "int8", "int16", "int32")
    limits = "constant paddings, 1 to 5 dimensions; a value has the output's scale and zero point"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, range(2, 4), optional=(2,)),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            _check_paddings(op),
            self._check_value(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        yield from common.check_rank(op.input(0), range(1, 6))
        yield from common.check_constant(op, 1, "paddings", shape=(len(op.input(0).shape), 2))

    def _check_value(self, op: Op) -> Iterator[str]:
        value, output = op.optional_input(2), op.output
        if value is None:
            if output.dtype == "int8" and not -128 <= output.zero_point <= 127:
                yield f"has the zero point {output.zero_point}, which is not an int8"
        elif value.size != 1 or value.dtype != output.dtype:
            yield (
                f"pads with {value.dtype} of the shape {common.shape_text(value.shape)}:"
                " not supported"
            )
        elif output.dtype == "int8" and (value.scale, value.zero_point) != (
            output.scale,
            output.zero_point,
        ):
            yield "pads with a value of another quantization: not supported"

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        source, value, output = op.input(0), op.optional_input(2), op.output
        whole, inside = arrays[output], arrays[output][_inside(op)]
        if source.shape != output.shape:
            if value is None:
                # TFLM pads int16 and int32 with 0, whatever the zero point is.
                yield movement.filled(
                    output, whole, output.zero_point if output.dtype == "int8" else 0
                )
            else:
                read = np.broadcast_to(arrays[value].reshape(()), whole.shape)
                yield Move(value, read, output, whole)
        yield Move(source, arrays[source], output, inside)


class MirrorPad(Movement):
    """MIRROR_PAD: the input is put into the output, which is then mirrored in each dimension."""

    options = ("mode",)
    types = ("float32", "int8")
    limits = "constant paddings"

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        yield from common.in_order(
            common.check_counts(op, 2),
            common.check_data(op, self.types, [0]),
            self._check_constants(op),
            _check_paddings(op),
            self._check_mirror(op),
            self.check_loops(op),
        )

    def _check_constants(self, op: Op) -> Iterator[str]:
        if op.option("mode") not in (0, 1):
            yield f"has the mode {op.option('mode')}: not supported"
        shape = (len(op.input(0).shape), 2)
        yield from common.check_constant(op, 1, "paddings", ("int32", "int64"), shape)

    def _check_mirror(self, op: Op) -> Iterator[str]:
        for length, pair in zip(op.input(0).shape, _paddings(op), strict=True):
            if max(pair) > length - self._edge(op):
                yield f"pads {length} elements with {max(pair)} others: not supported"

    def _edge(self, op: Op) -> int:
        """Whether the mirror is at the middle of the outermost element (REFLECT): 1, else 0."""
        return 1 - op.option("mode")

    def moves(self, op: Op, arrays: Arrays) -> Iterator[Move]:
        """See Movement."""
        output, edge = op.output, self._edge(op)
        whole, inside = arrays[output], _inside(op)
        yield Move(op.input(0), arrays[op.input(0)], output, whole[inside])
        # What lies beyond later dimensions is there already when it is mirrored in one.
        for axis in reversed(range(len(inside))):
            start, end = inside[axis].start, inside[axis].stop
            before, after = _paddings(op)[axis]
            for size, written, mirrored in (
                (before, 0, start + edge),
                (after, end, end - edge - after),
            ):
                if size:
                    read = whole[(*inside[:axis], slice(mirrored, mirrored + size))]
                    yield Move(
                        output,
                        np.flip(read, axis),
                        output,
                        whole[(*inside[:axis], slice(written, written + size))],
                    )


KERNELS: dict[str, Kernel] = {
    "CONCATENATION": Concatenation(),
    "MIRROR_PAD": MirrorPad(),
    "PACK": Pack(),
    "PAD": Pad(),
    "PADV2": Pad(),
}
