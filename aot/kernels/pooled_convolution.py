# SPDX-License-Identifier: Apache-2.0
"""A convolution and MAX_POOL_2D in one, operators that a pass makes: the feature map is not stored.

Their outputs are the maxima of sums, scaled afterwards. It is exact because scaling is monotonic:
for a factor that is not negative, the doubling high multiplication, the rounding shift, the sum
with the zero point and the limits keep the order of what they get, as long as nothing wraps. So the
largest of what several sums become is what the largest sum becomes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Argument, Body, Constant, Scratch, Struct
from aot.graph import Op, Value
from aot.kernels import common, convolution, depthwise_convolution, in_place, pooling
from aot.kernels.int8_layer import BLOCK, Int8Layer, rounding
from aot.kernels.kernel import Distance, Kernel

_KINDS = {
    "CONV_2D": "CONV_2D_MAX_POOL_2D",
    "DEPTHWISE_CONV_2D": "DEPTHWISE_CONV_2D_MAX_POOL_2D",
}
_PREFIX = "pool_"


def fused(layer: Op, pool: Op) -> Op | None:
    """Puts a pooling into the convolution before it.

    Args:
      layer: CONV_2D or DEPTHWISE_CONV_2D.
      pool: MAX_POOL_2D of its output.

    Returns:
      One operator for both; None if that is not proved to be exact, or would take more time.
    """
    if layer.kind not in _KINDS or not _is_fast(layer, pool):
        return None
    options = {**layer.options, **{_PREFIX + name: value for name, value in pool.options.items()}}
    return Op(_KINDS[layer.kind], layer.inputs, pool.outputs, options, layer.index, (layer.output,))


def rows_window(op: Op) -> common.Window:
    """Finds which rows of the input a pooled row is made of: a window without dilation."""
    fields = fields_of(op)
    return common.Window(fields["seen_h"], fields["step_h"], 1, fields["pad_h"])


def some_rows(op: Op, source: Value, output: Value, before: int) -> Op:
    """Makes the operator that makes some rows of the output.

    Args:
      op: the operator.
      source: the rows of the input that these see.
      output: the rows.
      before: how many rows of padding they see above of those.

    Returns:
      The operator.
    """
    layer, pool = parts(op)
    down = pooling.windows(pool)[0]
    height = (output.shape[1] - 1) * down.stride + down.size
    map_ = dataclasses.replace(
        layer.output, shape=(1, height, *layer.output.shape[2:]), tensor=None
    )
    return dataclasses.replace(
        op,
        inputs=(source, *op.inputs[1:]),
        outputs=(output,),
        options={**op.options, "pad_h": before},
        intermediates=(map_,),
    )


def parts(op: Op) -> tuple[Op, Op]:
    """Gives the two operators that are in one."""
    (map_,) = op.intermediates
    assert map_ is not None
    ours = {k: v for k, v in op.options.items() if not k.startswith(_PREFIX)}
    pools = {k.removeprefix(_PREFIX): v for k, v in op.options.items() if k.startswith(_PREFIX)}
    kind = op.kind.removesuffix("_MAX_POOL_2D")
    return (
        Op(kind, op.inputs, (map_,), ours, op.index),
        Op("MAX_POOL_2D", (map_,), op.outputs, pools),
    )


def _is_fast(layer: Op, pool: Op) -> bool:
    """Whether the fast functions compute it, each sum but once."""
    found = layer_of(layer)
    # Below 2^30 nothing wraps; `int8_layer` sees to that.
    if found is None or (found.multipliers < 0).any():
        return False
    for one, places, outputs in zip(
        pooling.windows(pool), layer.output.shape[1:3], pool.output.shape[1:3], strict=True
    ):
        # Windows that overlap need sums several times.
        apart = one.stride >= one.size or outputs == 1
        if not apart or one.before or one.start(outputs - 1) + one.size > places:
            return False
    if layer.kind == "DEPTHWISE_CONV_2D":
        return _is_plain(layer)
    # Rows of a window lie in the image as they are, and two places are computed at a time.
    in_rows = layer.input(0).shape[3] == layer.input(1).shape[3]
    in_rows = in_rows and convolution.windows(layer)[1].dilation == 1
    return in_rows and any(one.size % 2 == 0 for one in pooling.windows(pool))


def _is_plain(layer: Op) -> bool:
    return layer.option("depth_multiplier") == 1 and layer.output.shape[3] >= BLOCK


def layer_of(layer: Op) -> Int8Layer | None:
    weights = layer.input(1).data
    if weights is None:
        return None
    if layer.kind == "DEPTHWISE_CONV_2D":
        return convolution.layer_of(layer, weights.reshape(-1, weights.shape[3]).T, folded=False)
    return convolution.layer_of(layer, weights.reshape(len(weights), -1))


def limits(op: Op) -> tuple[int, int]:
    """Finds the limits of both activations, one after the other."""
    layer, pool = parts(op)
    low, high = np.clip(common.integer_activation(layer), *common.integer_activation(pool))
    return int(low), int(high)


class PooledConvolution(Kernel):
    """CONV_2D and MAX_POOL_2D.

    The options are those of both, MAX_POOL_2D's with a prefix; `intermediates` has what the
    convolution makes.
    """

    convolution: Kernel = convolution.KERNELS["CONV_2D"]

    def problems(self, op: Op) -> Iterator[str]:
        """See Kernel. Models that ask for it don't exist."""
        del op
        yield "is made by the compiler alone"

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """See Kernel."""
        layer, pool = parts(op)
        made = self.convolution.evaluate(layer, inputs)
        return pooling.KERNELS["MAX_POOL_2D"].evaluate(pool, made)

    def explain(self, op: Op) -> Iterator[str]:
        """See Kernel."""
        layer, _ = parts(op)
        yield from self.convolution.explain(layer)
        yield "the largest sums are scaled"

    def in_place_of(self, op: Op) -> Mapping[str, tuple[Op, ...]]:
        """See Kernel."""
        return {"with the pooling apart": parts(op)}

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        f = fields_of(op)
        return 0 if _inside(f) else f["seen_h"] * f["seen_w"] * f["in_c"]

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        shape, outputs = self.window(op), op.output.shape[3]
        if in_place.is_too_large(shape):
            return {}
        # What is not copied is read again for the last outputs.
        last = outputs - 1 if is_small(op) or outputs % BLOCK else outputs - BLOCK
        lowest = in_place.lowest_seen(shape, shape["in_c"])
        written = in_place.places(lowest) * outputs + in_place.inside(shape) * last
        return {0: Distance(in_place.distance(written, lowest))}

    def window(self, op: Op) -> dict[str, int]:
        """Describes all that an output sees as one window: see `in_place.lowest_seen`."""
        fields = fields_of(op)
        sides = {f"filter_{side}": fields[f"seen_{side}"] for side in "hw"}
        sides |= {f"stride_{side}": fields[f"step_{side}"] for side in "hw"}
        return {**fields, **sides}

    def layer(self, op: Op) -> Int8Layer:
        """Gives the convolution, with the input's zero point in its bias."""
        prepared = layer_of(parts(op)[0])
        assert prepared is not None
        return prepared

    def map(self, op: Op) -> Value:
        """Gives what the convolution makes."""
        return parts(op)[0].output

    def shape(self, op: Op) -> Struct:
        """Gives the argument `shape` of its functions."""
        layer, pool = parts(op)
        f = fields_of(op)
        line, copied_line = f["in_w"] * f["in_c"], f["seen_w"] * f["in_c"]
        fields: dict[str, int | float | Sequence[int]] = {
            **f,
            "direct": _window(layer, line),
            "direct_places": _places(layer, pool, line),
            "copied": _window(layer, copied_line),
            "copied_places": _places(layer, pool, copied_line),
        }
        return Struct("conv_2d_max", fields)

    def fields(self, op: Op) -> dict[str, int]:
        """Gives the fields of a `struct conv_2d`, whose outputs are those after pooling."""
        layer, _ = parts(op)
        placed = convolution.windows(layer)
        return convolution.conv_2d(layer.input(0).shape, op.output.shape, placed, 1)

    def places(self, op: Op) -> dict[str, int]:
        """Gives the fields of a `struct max_places`."""
        down, across = pooling.windows(parts(op)[1])
        places = {"filter_h": down.size, "filter_w": across.size}
        return places | {"stride_h": down.stride, "stride_w": across.stride}

    def patch(self, op: Op) -> Argument:
        """Gives the argument `patch` of its functions."""
        return "NULL" if _inside(fields_of(op)) else Scratch("int8")

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        prepared = self.layer(op)
        function, constants = "conv_2d_max_int8", prepared.constants()
        if is_small(op):
            function, constants = "conv_3x3_max_2x2_int8", _in_order(prepared, prepared.weights)
        body.call(
            function,
            self.shape(op),
            op.input(0).zero_point,
            rounding(parts(op)[0]),
            op.input(0),
            *constants,
            self.patch(op),
            op.output,
        )
        self.emit_clamp(op, body)

    def emit_clamp(self, op: Op, body: Body) -> None:
        """Writes C that clamps the output, which is within the type's limits."""
        found = limits(op)
        if found != (-128, 127):
            body.call("clamp_int8", op.output.size, *found, op.output)


class PooledDepthwiseConvolution(PooledConvolution):
    """DEPTHWISE_CONV_2D and MAX_POOL_2D: see PooledConvolution."""

    convolution: Kernel = depthwise_convolution.KERNELS["DEPTHWISE_CONV_2D"]

    def scratch_bytes(self, op: Op) -> int:
        """See Kernel."""
        return op.output.shape[3] * np.dtype("int32").itemsize

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """See Kernel."""
        # The sums of all channels are there before one is written.
        return {0: Distance(in_place.patches(self.window(op), pairs=False))}

    def emit(self, op: Op, body: Body) -> None:
        """See Kernel."""
        layer, _ = parts(op)
        prepared = layer_of(layer)
        assert prepared is not None
        source, output = layer.input(0), op.output
        placed = convolution.windows(layer)
        shape = convolution.conv_2d(source.shape, output.shape, placed, source.shape[3])
        fields = {k: v for k, v in shape.items() if k not in ("out_c", "groups")}
        body.call(
            "depthwise_conv_2d_max_int8",
            Struct("depthwise_conv_2d", {**fields, "multiplier": 1}),
            Struct("max_places", self.places(op)),
            source.zero_point,
            rounding(layer),
            source,
            *_in_order(prepared, prepared.weights.T),
            Scratch("int32"),
            output,
        )
        self.emit_clamp(op, body)


def is_small(op: Op) -> bool:
    """Whether there is a function for it alone: 3 x 3 of one channel at 2 x 2 places."""
    layer, pool = parts(op)
    small = all(
        (one.size, one.stride, one.dilation, places.size) == (3, 1, 1, 2)
        for one, places in zip(convolution.windows(layer), pooling.windows(pool), strict=True)
    )
    return small and layer.input(0).shape[3] == 1


def _in_order(prepared: Int8Layer, weights: np.ndarray) -> tuple[Argument, ...]:
    """Gives arguments of functions that have factors for each output."""
    return (
        Constant("weights", weights),
        Constant("bias", prepared.bias),
        Constant("multipliers", prepared.multipliers),
        Constant("shifts", prepared.shifts),
    )


def fields_of(op: Op) -> dict[str, int]:
    """Gives the numbers in a `struct conv_2d_max`."""
    layer, pool = parts(op)
    batches, in_h, in_w, in_c = layer.input(0).shape
    _, out_h, out_w, out_c = pool.output.shape
    fields = {"batches": batches, "in_h": in_h, "in_w": in_w, "in_c": in_c}
    fields |= {"out_h": out_h, "out_w": out_w, "out_c": out_c}
    for side, one, places in zip(
        "hw", convolution.windows(layer), pooling.windows(pool), strict=True
    ):
        fields[f"step_{side}"] = places.stride * one.stride
        reach = (one.size - 1) * one.dilation + 1
        fields[f"seen_{side}"] = (places.size - 1) * one.stride + reach
        fields[f"pad_{side}"] = one.before
    return fields


def _inside(fields: Mapping[str, int]) -> bool:
    """Whether all that outputs see is inside of the image."""
    return all(
        not fields[f"pad_{side}"]
        and (fields[f"out_{side}"] - 1) * fields[f"step_{side}"] + fields[f"seen_{side}"]
        <= fields[f"in_{side}"]
        for side in "hw"
    )


def _window(layer: Op, line: int) -> tuple[int, ...]:
    """Gives a `struct window_int8` of an image of which a line has so many elements."""
    down, across = convolution.windows(layer)
    run = across.size * layer.input(0).shape[3]
    return down.size, run, down.dilation * line - run


def _places(layer: Op, pool: Op, line: int) -> tuple[int, ...]:
    """Gives a `struct window_pairs` of an image of which a line has so many elements."""
    down, across = convolution.windows(layer)
    steps = [(pooling.windows(pool)[0].size, down.stride * line)]
    steps.append((pooling.windows(pool)[1].size, across.stride * layer.input(0).shape[3]))
    # Pairs lie where there is an even number of places: side by side, or one above the other.
    (lines, next_line), (paired, step) = steps if steps[1][0] % 2 == 0 else steps[::-1]
    return step, paired // 2, 2 * step, lines, next_line


KERNELS: dict[str, Kernel] = {
    "CONV_2D_MAX_POOL_2D": PooledConvolution(),
    "DEPTHWISE_CONV_2D_MAX_POOL_2D": PooledDepthwiseConvolution(),
}
