# SPDX-License-Identifier: Apache-2.0
"""The cases of the corpus: models of one or two operators, over ranks, types and options."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

_Layer = Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Input:
    """An input of a case.

    Attributes:
      shape: its dimensions.
      dtype: its type before quantization.
      low: the smallest value that samples have.
      high: the largest one.
    """

    shape: tuple[int, ...]
    dtype: tf.DType = tf.float32
    low: float = -1.0
    high: float = 1.0


@dataclasses.dataclass(frozen=True)
class Case:
    """A model to convert.

    Attributes:
      name: unique, snake_case.
      build: returns what is converted: a function of tensors, a tf.Module or a Keras model.
      inputs: of the model, in its order.
      to: how to convert it; see make_corpus.convert.
      family: what the case is about, for tables.
    """

    name: str
    build: Callable[..., Callable[..., object]]
    inputs: tuple[Input, ...]
    to: str = "float32"
    family: str = ""


def _case(name: str, function: Callable[..., object], *inputs: Input, to: str = "float32") -> Case:
    return Case(name, lambda: function, inputs, to)


def _weights(name: str, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Draws weights, always the same for a name; channels of their own sizes."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    values = random.normal(0, scale, shape)
    if len(shape) > 1:
        values *= random.uniform(0.5, 2.0, shape[-1])
    return values.astype(np.float32)


def _floats(*shape: int, low: float = -1.0, high: float = 1.0) -> Input:
    return Input(shape, tf.float32, low, high)


def _ints(*shape: int, low: int = -50, high: int = 50, dtype: tf.DType = tf.int32) -> Input:
    return Input(shape, dtype, low, high)


_QUANTIZED = ("int8", "int16")

# Pairs of shapes, by what is special about them.
_PAIRS = {
    "same4": ((1, 4, 5, 3), (1, 4, 5, 3)),
    "channel": ((1, 4, 5, 3), (3,)),
    "column": ((1, 4, 5, 3), (1, 4, 1, 1)),
    "both": ((1, 4, 1, 3), (1, 1, 5, 3)),
    "scalar": ((2, 6), ()),
    "vectors": ((7,), (7,)),
    "rank3": ((1, 5, 3), (5, 1)),
    "same5": ((1, 2, 3, 2, 2), (1, 2, 3, 2, 2)),
    "rank5": ((1, 2, 3, 2, 2), (1, 1, 3, 1, 2)),
    "rank6": ((1, 2, 1, 2, 3, 2), (1, 2, 2, 1, 3, 1)),
}


def _elementwise() -> Iterator[Case]:
    arithmetic = {
        "add": tf.add,
        "sub": tf.subtract,
        "mul": tf.multiply,
        "maximum": tf.maximum,
        "minimum": tf.minimum,
        "squared_difference": tf.math.squared_difference,
        "div": tf.divide,
    }
    for operator, function in arithmetic.items():
        for pair, (a, b) in _PAIRS.items():
            # All of them by one operator; the others share its code.
            if operator not in ("add", "mul") and pair in ("column", "vectors", "rank3", "same5"):
                continue
            second = _floats(*b, low=0.5, high=2.0) if operator == "div" else _floats(*b)
            yield _case(f"{operator}_float32_{pair}", function, _floats(*a), second)
            if operator == "div":
                continue
            for to in _QUANTIZED:
                if pair in ("same4", "channel", "scalar", "rank5"):
                    inputs = (_floats(*a), _floats(*b, low=-2.0, high=3.0))
                    yield _case(f"{operator}_{to}_{pair}", function, *inputs, to=to)
        for dtype in (tf.int32, tf.int64):
            if operator == "div":
                continue
            for pair in ("same4", "channel"):
                a, b = _PAIRS[pair]
                inputs = (_ints(*a, dtype=dtype), _ints(*b, dtype=dtype))
                yield _case(f"{operator}_{dtype.name}_{pair}", function, *inputs)
    for operator, function in {"add": tf.add, "mul": tf.multiply, "sub": tf.subtract}.items():
        for name, activation in {"relu": tf.nn.relu, "relu6": tf.nn.relu6}.items():
            for to in ("float32", *_QUANTIZED):
                inputs = (_floats(1, 3, 4, 2, low=-5, high=9), _floats(1, 3, 4, 2, low=-2, high=2))
                yield _case(
                    f"{operator}_{to}_{name}",
                    lambda a, b, f=function, g=activation: g(f(a, b)),
                    *inputs,
                    to=to,
                )
        for to in ("float32", *_QUANTIZED):
            constant = _weights(f"{operator}_constant", 3)
            yield _case(
                f"{operator}_{to}_constant",
                lambda a, f=function, c=constant: f(a, c),
                _floats(1, 4, 5, 3),
                to=to,
            )
    # A layer that never fires, whose output has the scale that the converter writes for zeros.
    for to, high in (("int8", 30_000.0), ("int16", 1.0)):
        filters = _weights("dead_relu", 3, 3, 2, 4)
        yield _case(
            f"dead_relu_{to}",
            lambda a, w=filters, h=high: tf.nn.relu(tf.nn.conv2d(a, w, 1, "SAME") - 99.0 * h),
            _floats(1, 5, 5, 2, low=-high, high=high),
            to=to,
        )
    yield _case(
        "average_pool_2d_float32_very_wide",
        lambda a: tf.nn.avg_pool2d(a, (1, 70_000), (1, 70_000), "VALID"),
        _floats(1, 1, 70_000, 1),
    )
    for mask in (-1, 0x7FFFFFFF):
        yield _case(
            f"strided_slice_float32_mask_{mask & 0xFFFFFFFF:x}",
            lambda a, m=mask: tf.strided_slice(
                a, [0, 0, 0], [2, 2, 2], [1, 1, 1], begin_mask=m, end_mask=m
            ),
            _floats(1, 4, 3),
        )
    # Scales far apart.
    for factor in (1e6, 5e-10):
        yield _case(
            f"mul_int8_by_{factor:g}".replace("-", "m").replace("+", ""),
            lambda a, k=factor: a * k,
            _floats(1, 4, 3),
            to="int8",
        )
    yield _case("div_int32_same4", tf.math.floordiv, _ints(1, 4, 2), _ints(1, 4, 2, low=1, high=9))
    for operator, function in {
        "floor_div": tf.math.floordiv,
        "floor_mod": tf.math.floormod,
    }.items():
        for pair in ("same4", "channel"):
            a, b = _PAIRS[pair]
            yield _case(
                f"{operator}_float32_{pair}",
                function,
                _floats(*a, low=-9, high=9),
                _floats(*b, low=0.5, high=3),
            )
            yield _case(f"{operator}_int32_{pair}", function, _ints(*a), _ints(*b, low=1, high=9))
    yield _case("pow_float32", tf.pow, _floats(1, 6, low=0.1, high=2), _floats(1, 6))
    yield _case("pow_int32", tf.pow, _ints(1, 6, low=0, high=5), _ints(1, 6, low=0, high=3))
    yield _case("add_n_float32", lambda a, b, c: tf.add_n([a, b, c]), *[_floats(1, 4, 3)] * 3)
    yield _case(
        "add_n_int8", lambda a, b, c: tf.add_n([a, b, c]), *[_floats(1, 4, 3)] * 3, to="int8"
    )
    yield _case("atan2_float32", tf.atan2, _floats(1, 4), _floats(1, 4))


def _comparisons() -> Iterator[Case]:
    compared = {
        "equal": tf.equal,
        "not_equal": tf.not_equal,
        "greater": tf.greater,
        "greater_equal": tf.greater_equal,
        "less": tf.less,
        "less_equal": tf.less_equal,
    }
    for operator, function in compared.items():
        for pair in ("same4", "channel"):
            a, b = _PAIRS[pair]
            yield _case(
                f"{operator}_int32_{pair}",
                function,
                _ints(*a, low=0, high=3),
                _ints(*b, low=0, high=3),
            )
            yield _case(f"{operator}_float32_{pair}", function, _floats(*a), _floats(*b))
        inputs = (_floats(1, 4, 5, 3), _floats(1, 4, 5, 3, low=-3, high=3))
        yield _case(f"{operator}_int8", function, *inputs, to="int8_float_io")
        inputs = (_ints(1, 8, dtype=tf.int64), _ints(1, 8, dtype=tf.int64))
        yield _case(f"{operator}_int64", function, *inputs)
    flags = (Input((1, 4, 3), tf.bool), Input((1, 4, 3), tf.bool))
    row = (Input((1, 4, 3), tf.bool), Input((3,), tf.bool))
    for operator, function in {"and": tf.logical_and, "or": tf.logical_or}.items():
        yield _case(f"logical_{operator}", function, *flags)
        yield _case(f"logical_{operator}_channel", function, *row)
    yield _case("logical_not", tf.logical_not, flags[0])
    yield _case("equal_bool", tf.equal, *flags)
    for operator, function in {
        "and": tf.bitwise.bitwise_and,
        "xor": tf.bitwise.bitwise_xor,
        "shift": tf.bitwise.right_shift,
    }.items():
        yield _case(f"bitwise_{operator}", function, _ints(1, 6), _ints(1, 6, low=0, high=7))


def _unary() -> Iterator[Case]:
    functions: dict[str, tuple[Callable, float, float]] = {
        "abs": (tf.abs, -3, 3),
        "neg": (tf.negative, -3, 3),
        "exp": (tf.exp, -3, 3),
        "log": (tf.math.log, 0.1, 5),
        "sqrt": (tf.sqrt, 0.1, 5),
        "rsqrt": (tf.math.rsqrt, 0.1, 5),
        "square": (tf.square, -3, 3),
        "sin": (tf.sin, -3, 3),
        "cos": (tf.cos, -3, 3),
        "tanh": (tf.tanh, -3, 3),
        "logistic": (tf.sigmoid, -6, 6),
        "relu": (tf.nn.relu, -3, 3),
        "relu6": (tf.nn.relu6, -3, 9),
        "relu_n1_to_1": (lambda x: tf.clip_by_value(x, -1.0, 1.0), -3, 3),
        "relu_0_to_1": (lambda x: tf.clip_by_value(x, 0.0, 1.0), -3, 3),
        "leaky_relu": (lambda x: tf.nn.leaky_relu(x, 0.1), -3, 3),
        "leaky_relu_steep": (lambda x: tf.nn.leaky_relu(x, 1.5), -3, 3),
        "elu": (tf.nn.elu, -3, 3),
        "gelu": (tf.nn.gelu, -3, 3),
        "gelu_approximate": (lambda x: tf.nn.gelu(x, approximate=True), -3, 3),
        "softplus": (tf.nn.softplus, -3, 3),
        "hard_swish": (lambda x: x * tf.nn.relu6(x + 3.0) * (1.0 / 6.0), -6, 6),
        "ceil": (tf.math.ceil, -9, 9),
        "floor": (tf.floor, -9, 9),
        "round": (tf.round, -9, 9),
        "sign": (tf.sign, -3, 3),
        "softmax": (tf.nn.softmax, -3, 3),
        "log_softmax": (tf.nn.log_softmax, -3, 3),
        "l2_normalization": (lambda x: tf.math.l2_normalize(x, axis=-1), -3, 3),
    }
    shapes = {"rank2": (2, 7), "rank4": (1, 3, 4, 5)}
    for operator, (function, low, high) in functions.items():
        for rank, shape in shapes.items():
            yield _case(f"{operator}_float32_{rank}", function, _floats(*shape, low=low, high=high))
        for to in _QUANTIZED:
            for rank in ("rank2", "rank4") if to == "int8" else ("rank4",):
                inputs = _floats(*shapes[rank], low=low, high=high)
                yield _case(f"{operator}_{to}_{rank}", function, inputs, to=to)
    for operator in ("relu", "abs", "softmax", "logistic"):
        function, low, high = functions[operator]
        for shape in ((1, 2, 3, 2, 2), (1, 2, 1, 2, 3, 2)):
            inputs = _floats(*shape, low=low, high=high)
            yield _case(f"{operator}_float32_rank{len(shape)}", function, inputs)
    for operator, function in {"abs": tf.abs, "neg": tf.negative, "square": tf.square}.items():
        for dtype in (tf.int32, tf.int64):
            yield _case(f"{operator}_{dtype.name}", function, _ints(1, 6, dtype=dtype))
    # Not a single operator: the input is the output.
    yield _case("identity_float32", tf.identity, _floats(1, 6))
    yield _case("softmax_float32_beta", lambda x: tf.nn.softmax(x * 3.0), _floats(2, 7))
    yield _case("softmax_float32_axis1", lambda x: tf.nn.softmax(x, axis=1), _floats(1, 4, 3))
    for to in ("float32", "int8"):
        yield _case(f"softmax_{to}_5000", tf.nn.softmax, _floats(1, 5000, low=-6, high=6), to=to)
        yield _case(f"softmax_{to}_3d", tf.nn.softmax, _floats(1, 4, 6, low=-6, high=6), to=to)
    for shape in ((2, 7), (1, 3, 4, 5)):
        alpha = _weights("prelu", *shape[1:], scale=0.3)
        for to in ("float32", "int8"):
            yield _case(
                f"prelu_{to}_rank{len(shape)}",
                lambda x, a=alpha: tf.nn.relu(x) - a * tf.nn.relu(-x),
                _floats(*shape),
                to=to,
            )
    yield Case(
        "prelu_shared_float32",
        lambda: _keras(tf.keras.layers.PReLU(shared_axes=[1, 2]), (3, 4, 5), "prelu_shared"),
        (_floats(1, 3, 4, 5),),
    )
    yield Case(
        "prelu_shared_int8",
        lambda: _keras(tf.keras.layers.PReLU(shared_axes=[1, 2]), (3, 4, 5), "prelu_shared"),
        (_floats(1, 3, 4, 5),),
        "int8",
    )
    types = (tf.float32, tf.int32, tf.int64, tf.int16, tf.int8, tf.uint8, tf.bool, tf.float16)
    for source in types:
        for target in types:
            if source != target and tf.bool not in (source, target)[1:]:
                low, high = (0, 100) if source == tf.uint8 else (-100, 100)
                inputs = Input((1, 6), source, low, high)
                name = f"cast_{source.name}_{target.name}"
                yield _case(name, lambda x, t=target: tf.cast(x, t), inputs)


def _keras(layer: _Layer | list[_Layer], shape: tuple[int, ...], name: str) -> tf.keras.Model:
    """Wraps layers in a model for one sample, with weights that are always the same."""
    inputs = tf.keras.Input(shape, batch_size=1)
    x = inputs
    for each in layer if isinstance(layer, list) else [layer]:
        x = each(x)
    model = tf.keras.Model(inputs, x)
    model.set_weights(
        [_weights(f"{name}{i}", *w.shape, scale=0.3) for i, w in enumerate(model.get_weights())]
    )
    return model


def _convolutions() -> Iterator[Case]:
    # name: (input shape, filter shape, strides, padding, dilations)
    plain = {
        "valid": ((1, 7, 6, 3), (3, 3, 3, 4), 1, "VALID", 1),
        "same": ((1, 7, 6, 3), (3, 3, 3, 4), 1, "SAME", 1),
        "stride2": ((1, 7, 6, 3), (3, 3, 3, 4), 2, "SAME", 1),
        "strides": ((1, 9, 8, 2), (3, 2, 2, 3), (1, 2, 3, 1), "VALID", 1),
        "dilated": ((1, 9, 9, 2), (3, 3, 2, 3), 1, "VALID", 2),
        "dilated_same": ((1, 9, 9, 2), (3, 3, 2, 3), 1, "SAME", (1, 2, 1, 1)),
        "pointwise": ((1, 5, 4, 6), (1, 1, 6, 5), 1, "VALID", 1),
        "row": ((1, 1, 12, 3), (1, 5, 3, 4), 1, "VALID", 1),
        "batch": ((3, 5, 5, 2), (2, 2, 2, 3), 1, "VALID", 1),
        "even": ((1, 6, 6, 2), (4, 2, 2, 3), 2, "SAME", 1),
        "grouped": ((1, 6, 6, 4), (3, 3, 2, 6), 1, "SAME", 1),
        "grouped4": ((1, 5, 5, 8), (2, 2, 2, 4), 1, "VALID", 1),
    }
    for name, (shape, kernel, strides, padding, dilations) in plain.items():
        filters = _weights(f"conv_{name}", *kernel, scale=0.3)
        for to in ("float32", *_QUANTIZED):
            yield _case(
                f"conv_2d_{to}_{name}",
                lambda x, f=filters, s=strides, p=padding, d=dilations: tf.nn.conv2d(
                    x, f, s, p, dilations=d
                ),
                _floats(*shape),
                to=to,
            )
    filters, bias = _weights("conv_bias", 3, 3, 3, 4, scale=0.3), _weights("bias", 4)
    for name, activation in {"relu": tf.nn.relu, "relu6": tf.nn.relu6, "none": tf.identity}.items():
        for to in (
            "float32",
            *_QUANTIZED,
            "per_tensor",
            "hybrid",
            "float16",
            "int8_float_io",
            "uint8",
        ):
            yield _case(
                f"conv_2d_{to}_bias_{name}",
                lambda x, a=activation: a(tf.nn.conv2d(x, filters, 1, "SAME") + bias),
                _floats(1, 6, 5, 3),
                to=to,
            )
    depthwise = {
        "valid": ((1, 7, 6, 3), (3, 3, 3, 1), 1, "VALID", 1),
        "same": ((1, 7, 6, 3), (3, 3, 3, 1), 1, "SAME", 1),
        "multiplier": ((1, 7, 6, 3), (3, 3, 3, 4), 1, "SAME", 1),
        "stride2": ((1, 7, 6, 3), (3, 3, 3, 2), 2, "SAME", 1),
        "dilated": ((1, 9, 9, 2), (3, 3, 2, 2), 1, "VALID", 2),
        "row": ((1, 1, 12, 3), (1, 5, 3, 2), 1, "VALID", 1),
        "one_channel": ((1, 6, 6, 1), (3, 3, 1, 5), 1, "SAME", 1),
    }
    for name, (shape, kernel, stride, padding, dilation) in depthwise.items():
        filters_ = _weights(f"depthwise_{name}", *kernel, scale=0.4)
        for to in ("float32", *_QUANTIZED, "per_tensor"):
            yield _case(
                f"depthwise_conv_2d_{to}_{name}",
                lambda x, f=filters_, s=stride, p=padding, d=dilation: tf.nn.depthwise_conv2d(
                    x, f, (1, s, s, 1), p, dilations=(d, d)
                ),
                _floats(*shape),
                to=to,
            )
    for name, (shape, size, stride, padding, out) in {
        "valid": ((1, 4, 5, 3), 3, 1, "VALID", (1, 6, 7, 2)),
        "same": ((1, 4, 5, 3), 3, 1, "SAME", (1, 4, 5, 2)),
        "stride2": ((1, 4, 5, 3), 3, 2, "SAME", (1, 8, 10, 2)),
        "stride2_valid": ((1, 4, 5, 3), 2, 2, "VALID", (1, 8, 10, 2)),
    }.items():
        filters_ = _weights(f"transpose_{name}", size, size, 2, 3, scale=0.3)
        for to in ("float32", *_QUANTIZED):
            yield _case(
                f"transpose_conv_{to}_{name}",
                lambda x, f=filters_, s=stride, p=padding, o=out: tf.nn.conv2d_transpose(
                    x, f, o, s, p
                ),
                _floats(*shape),
                to=to,
            )
    parts = [_weights(f"conv_part{i}", 3, 3, 2, 3, scale=0.3) for i in range(2)]
    for to in ("float32", "int8"):
        # What to do if there is no convolution in groups.
        yield _case(
            f"conv_2d_{to}_groups_by_hand",
            lambda x: tf.concat(
                [
                    tf.nn.conv2d(part, f, 1, "SAME")
                    for part, f in zip(tf.split(x, 2, 3), parts, strict=True)
                ],
                3,
            ),
            _floats(1, 6, 6, 4),
            to=to,
        )
    layers = tf.keras.layers
    for to in ("float32", *_QUANTIZED):
        yield Case(
            f"conv_1d_{to}",
            lambda: _keras(
                layers.Conv1D(4, 3, padding="same", activation="relu"), (9, 3), "conv1d"
            ),
            (_floats(1, 9, 3),),
            to,
        )
        yield Case(
            f"conv_1d_causal_{to}",
            lambda: _keras(
                layers.Conv1D(4, 3, padding="causal", dilation_rate=2), (9, 3), "causal"
            ),
            (_floats(1, 9, 3),),
            to,
        )
        yield Case(
            f"separable_{to}",
            lambda: _keras(layers.SeparableConv2D(4, 3, padding="same"), (6, 5, 3), "separable"),
            (_floats(1, 6, 5, 3),),
            to,
        )
    yield _case(
        "conv_2d_float32_two_inputs",
        lambda x, f: tf.nn.conv2d(x, f, 1, "VALID"),
        _floats(1, 5, 5, 2),
        _floats(3, 3, 2, 3),
    )
    kernel3 = _weights("conv3d", 2, 2, 2, 2, 3, scale=0.3)
    yield _case(
        "conv_3d_float32",
        lambda x: tf.nn.conv3d(x, kernel3, (1,) * 5, "SAME"),
        _floats(1, 4, 4, 4, 2),
    )


def _dense() -> Iterator[Case]:
    layers = tf.keras.layers
    for name, shape in {"2d": (6,), "3d": (4, 6), "4d": (2, 3, 6)}.items():
        for to in ("float32", *_QUANTIZED, "per_tensor", "hybrid"):
            for bias in (True, False):
                yield Case(
                    f"dense_{to}_{name}{'' if bias else '_no_bias'}",
                    lambda s=shape, b=bias: _keras(layers.Dense(5, use_bias=b), s, "dense"),
                    (_floats(1, *shape),),
                    to,
                )
    for to in ("float32", *_QUANTIZED):
        for activation in ("relu", "sigmoid", "tanh", "softmax", "elu", "swish"):
            yield Case(
                f"dense_{to}_{activation}",
                lambda a=activation: _keras(
                    layers.Dense(5, activation=a), (6,), "dense_activation"
                ),
                (_floats(1, 6),),
                to,
            )
        yield _case(f"matmul_{to}_two_inputs", tf.matmul, _floats(3, 4), _floats(4, 5), to=to)
        for name, (a, b, options) in {
            "3d": ((2, 3, 4), (2, 4, 5), {}),
            "broadcast": ((1, 2, 3, 4), (4, 5), {}),
            "broadcast4": ((2, 1, 3, 4), (1, 3, 4, 2), {}),
            "adjoint": ((2, 3, 4), (2, 5, 4), {"transpose_b": True}),
            "adjoint_x": ((2, 4, 3), (2, 4, 5), {"transpose_a": True}),
            "rank5": ((1, 2, 2, 3, 4), (1, 2, 2, 4, 3), {}),
        }.items():
            yield _case(
                f"batch_matmul_{to}_{name}",
                lambda x, y, o=options: tf.matmul(x, y, **o),
                _floats(*a),
                _floats(*b),
                to=to,
            )
        constant = _weights("batch_matmul", 2, 4, 5)
        yield _case(
            f"batch_matmul_{to}_constant",
            lambda x, c=constant: tf.matmul(x, c),
            _floats(2, 3, 4),
            to=to,
        )
    yield _case("dense_float32_batch", lambda x: x @ _weights("batch", 6, 3), _floats(4, 6))
    yield _case("dense_int8_batch", lambda x: x @ _weights("batch", 6, 3), _floats(4, 6), to="int8")
    yield Case(
        "dense_external_buffers",
        lambda: _keras(layers.Dense(300), (300,), "external"),
        (_floats(1, 300),),
        "external_buffers",
    )
    yield Case(
        "dense_float16_weights",
        lambda: _keras(layers.Dense(40), (40,), "float16"),
        (_floats(1, 40),),
        "float16",
    )


def _pools() -> Iterator[Case]:
    for operator, function in {
        "average_pool_2d": tf.nn.avg_pool2d,
        "max_pool_2d": tf.nn.max_pool2d,
    }.items():
        for name, (size, stride, padding, shape) in {
            "valid": (2, 2, "VALID", (1, 7, 6, 3)),
            "same": (3, 2, "SAME", (1, 7, 6, 3)),
            "stride1": ((2, 3), 1, "SAME", (1, 5, 6, 2)),
            "global": ((5, 6), 1, "VALID", (1, 5, 6, 3)),
            "batch": (2, 1, "VALID", (3, 4, 4, 2)),
        }.items():
            for to in ("float32", *_QUANTIZED):
                yield _case(
                    f"{operator}_{to}_{name}",
                    lambda x, f=function, k=size, s=stride, p=padding: f(x, k, s, p),
                    _floats(*shape, low=-3, high=3),
                    to=to,
                )
        yield _case(
            f"{operator}_float32_relu",
            lambda x, f=function: tf.nn.relu(f(x, 2, 2, "VALID")),
            _floats(1, 6, 6, 2),
        )
    layers = tf.keras.layers
    for to in ("float32", "int8"):
        for name, layer, sizes in (
            ("global_average_1d", layers.GlobalAveragePooling1D, (6, 4)),
            ("global_average_2d", layers.GlobalAveragePooling2D, (5, 6, 4)),
            ("global_max_1d", layers.GlobalMaxPooling1D, (6, 4)),
            ("global_max_2d", layers.GlobalMaxPooling2D, (5, 6, 4)),
        ):
            yield Case(
                f"{name}_{to}",
                lambda make=layer, s=sizes: _keras(make(), s, "pool"),
                (_floats(1, *sizes),),
                to,
            )


def _reductions() -> Iterator[Case]:
    functions = {
        "mean": tf.reduce_mean,
        "sum": tf.reduce_sum,
        "reduce_max": tf.reduce_max,
        "reduce_min": tf.reduce_min,
        "reduce_prod": tf.reduce_prod,
    }
    axes = {
        "hw": ((1, 4, 5, 3), [1, 2]),
        "h": ((1, 4, 5, 3), [1]),
        "c": ((1, 4, 5, 3), [-1]),
        "rank2": ((3, 6), [1]),
        "rank2_first": ((3, 6), [0]),
        "all": ((1, 4, 3), None),
        "rank5": ((1, 2, 3, 2, 2), [1, 3]),
        "chw": ((1, 3, 4, 2), [1, 2, 3]),
        "swapped": ((1, 4, 5, 3), [2, 1]),
        "batch": ((2, 4, 5, 3), [1, 2]),
    }
    for operator, function in functions.items():
        for name, (shape, reduced) in axes.items():
            for keep in (False, True):
                if keep and name not in ("hw", "rank2", "c"):
                    continue
                # All of them by one operator; the others share its code.
                if operator != "mean" and name in ("h", "rank2_first", "chw", "swapped", "batch"):
                    continue
                call = lambda x, f=function, a=reduced, k=keep: f(x, a, keepdims=k)  # noqa: E731
                suffix = f"{name}{'_keep' if keep else ''}"
                yield _case(f"{operator}_float32_{suffix}", call, _floats(*shape, low=-2, high=2))
                if name in ("hw", "c", "rank2", "all") and not (keep and name == "c"):
                    for to in _QUANTIZED if name == "hw" else ("int8",):
                        yield _case(f"{operator}_{to}_{suffix}", call, _floats(*shape), to=to)
        yield _case(
            f"{operator}_int32",
            lambda x, f=function: f(x, [1]),
            _ints(1, 4, 3, low=-3, high=3),
        )
    flags = Input((1, 4, 3), tf.bool)
    yield _case("reduce_any", lambda x: tf.reduce_any(x, 1), flags)
    yield _case("reduce_all", lambda x: tf.reduce_all(x, 1), flags)
    for operator, function in {"arg_max": tf.argmax, "arg_min": tf.argmin}.items():
        for axis in (0, 1, -1):
            for out in (tf.int32, tf.int64):
                yield _case(
                    f"{operator}_float32_axis{axis % 3}_{out.name}",
                    lambda x, f=function, a=axis, o=out: f(x, a, o),
                    _floats(2, 5, 3),
                )
        yield _case(
            f"{operator}_rank4", lambda x, f=function: f(x, 3, tf.int32), _floats(1, 2, 3, 4)
        )
        yield _case(
            f"{operator}_int8",
            lambda x, f=function: f(x, -1, tf.int32),
            _floats(2, 5, 3),
            to="int8_float_io",
        )
        yield _case(f"{operator}_int32", lambda x, f=function: f(x, 1, tf.int32), _ints(2, 5, 3))
    for name, options in {
        "": {},
        "_exclusive": {"exclusive": True},
        "_reverse": {"reverse": True},
    }.items():
        for axis in (0, 1, 2):
            yield _case(
                f"cumsum_float32_axis{axis}{name}",
                lambda x, a=axis, o=options: tf.cumsum(x, a, **o),
                _floats(2, 3, 4),
            )
        yield _case(
            f"cumsum_int8{name}",
            lambda x, o=options: tf.cumsum(x, 1, **o),
            _floats(2, 3, 4),
            to="int8",
        )
        yield _case(
            f"cumsum_int32{name}", lambda x, o=options: tf.cumsum(x, 1, **o), _ints(2, 3, 4)
        )
    yield _case("top_k_float32", lambda x: tf.math.top_k(x, 3), _floats(2, 8))
    yield _case("top_k_int32", lambda x: tf.math.top_k(x, 3), _ints(2, 8))


def _shapes() -> Iterator[Case]:
    for to in ("float32", "int8"):
        yield _case(f"reshape_{to}", lambda x: tf.reshape(x, (2, 6)), _floats(1, 3, 4), to=to)
        yield _case(
            f"reshape_{to}_rank6", lambda x: tf.reshape(x, (1, 2, 1, 3, 2, 1)), _floats(3, 4), to=to
        )
        yield _case(f"squeeze_{to}", lambda x: tf.squeeze(x, [1]) * 2.0, _floats(1, 1, 4, 3), to=to)
        yield _case(f"squeeze_all_{to}", lambda x: tf.squeeze(x), _floats(1, 1, 4, 1), to=to)
        for axis in (0, 1, -1):
            yield _case(
                f"expand_dims_{to}_axis{axis % 4}",
                lambda x, a=axis: tf.expand_dims(x, a),
                _floats(2, 4, 3),
                to=to,
            )
        for order in (
            (1, 0),
            (0, 2, 1),
            (2, 0, 1),
            (0, 2, 3, 1),
            (0, 3, 1, 2),
            (3, 1, 2, 0),
            (0, 4, 1, 2, 3),
            (5, 0, 4, 1, 3, 2),
        ):
            if to == "int8" and len(order) not in (2, 4):
                continue
            shape = (2, 3, 4, 5, 2, 3)[: len(order)]
            yield _case(
                f"transpose_{to}_{''.join(map(str, order))}",
                lambda x, o=order: tf.transpose(x, o),
                _floats(*shape),
                to=to,
            )
        for axis in (0, 1, 3):
            yield _case(
                f"pack_{to}_axis{axis}",
                lambda a, b, i=axis: tf.stack([a, b], i),
                _floats(2, 3, 4),
                _floats(2, 3, 4, low=-2, high=2),
                to=to,
            )
        for axis in (0, 1, 2):
            yield _case(
                f"unpack_{to}_axis{axis}",
                lambda x, i=axis: tf.unstack(x, axis=i),
                _floats(2, 3, 2),
                to=to,
            )
            yield _case(
                f"split_{to}_axis{axis}",
                lambda x, i=axis: tf.split(x, 2, i),
                _floats(2, 4, 6),
                to=to,
            )
        yield _case(f"split_v_{to}", lambda x: tf.split(x, [1, 3, 2], 2), _floats(1, 4, 6), to=to)
        yield _case(f"split_{to}_rank5", lambda x: tf.split(x, 2, 3), _floats(1, 2, 3, 4, 2), to=to)
        for rank in range(1, 7) if to == "float32" else (1, 4):
            shape = (2, 3, 2, 2, 3, 2)[:rank]
            for axis in {0, rank - 1, rank // 2}:
                other = list(shape)
                other[axis] += 1
                yield _case(
                    f"concatenation_{to}_rank{rank}_axis{axis}",
                    lambda a, b, i=axis: tf.concat([a, b], i),
                    _floats(*shape),
                    _floats(*other, low=-2, high=3),
                    to=to,
                )
        yield _case(
            f"concatenation_{to}_many",
            lambda *xs: tf.concat(xs, -1),
            *[_floats(1, 3, i + 1) for i in range(6)],
            to=to,
        )
        yield _case(
            f"concatenation_{to}_constant",
            lambda x: tf.concat([x, _weights("concat", 2, 3)], 0),
            _floats(2, 3),
            to=to,
        )
        # Paddings and slices.
        for digit, paddings in {
            "1": [[1, 2]],
            "2": [[1, 2], [0, 1]],
            "3": [[0, 1], [2, 0], [1, 1]],
            "4": [[0, 0], [1, 2], [3, 0], [1, 1]],
            "5": [[0, 0], [1, 1], [0, 1], [1, 0], [0, 2]],
        }.items():
            if to == "int8" and digit not in "45":
                continue
            shape = (2, 3, 2, 2, 2)[: len(paddings)]
            yield _case(
                f"pad_{to}_rank{digit}", lambda x, p=paddings: tf.pad(x, p), _floats(*shape), to=to
            )
            yield _case(
                f"pad_v2_{to}_rank{digit}",
                lambda x, p=paddings: tf.pad(x, p, constant_values=0.5),
                _floats(*shape),
                to=to,
            )
        for mode in ("REFLECT", "SYMMETRIC"):
            for digit, paddings in {
                "2": [[1, 1], [1, 2]],
                "4": [[0, 0], [1, 2], [2, 1], [1, 1]],
            }.items():
                shape = (3, 4, 3, 2) if digit == "4" else (3, 4)
                yield _case(
                    f"mirror_pad_{to}_{mode.lower()}_rank{digit}",
                    lambda x, p=paddings, m=mode: tf.pad(x, p, m),
                    _floats(*shape),
                    to=to,
                )
        for name, take in {
            "begin_end": lambda x: x[:, 1:3, 2:5],
            "stride": lambda x: x[:, ::2, 1::3],
            "negative_stride": lambda x: x[:, ::-1, ::-2],
            "negative_begin": lambda x: x[:, -3:-1, -4:],
            "shrink": lambda x: x[:, 2],
            "shrink_negative": lambda x: x[0, -1],
            "shrink_all": lambda x: x[0, 1, 2],
            "ellipsis": lambda x: x[..., 1:4],
            "ellipsis_middle": lambda x: x[0, ..., 2],
            "new_axis": lambda x: x[:, tf.newaxis, 1:3],
            "new_axis_last": lambda x: x[:, 1:, :, tf.newaxis],
            "beyond": lambda x: x[:, 2:100],
            "empty_masks": lambda x: x[:1, :2, :3],
        }.items():
            if to == "float32" or name in ("negative_stride", "shrink", "ellipsis", "new_axis"):
                yield _case(f"strided_slice_{to}_{name}", take, _floats(1, 4, 6), to=to)
        yield _case(f"strided_slice_{to}_rank1", lambda x: x[2:7:2], _floats(9), to=to)
        yield _case(
            f"strided_slice_{to}_rank4", lambda x: x[:, 1:3, ::-1, ::2], _floats(1, 4, 5, 3), to=to
        )
        yield _case(
            f"strided_slice_{to}_rank5",
            lambda x: x[:, 1:, :, ::2, 1],
            _floats(1, 2, 3, 4, 2),
            to=to,
        )
        for rank in range(1, 6) if to == "float32" else (3,):
            shape = (4, 3, 5, 4, 3)[:rank]
            yield _case(
                f"slice_{to}_rank{rank}",
                lambda x, r=rank: tf.slice(x, [1] * r, [2] * r),
                _floats(*shape),
                to=to,
            )
        yield _case(
            f"slice_{to}_rest",
            lambda x: tf.slice(x, [0, 1, 0], [-1, 2, -1]),
            _floats(2, 4, 3),
            to=to,
        )
        # Gathering and repeating.
        for axis, batch in ((0, 0), (1, 0), (2, 0), (1, 1)):
            indices = np.array([[0, 1, 1], [1, 0, 1]] if batch else [1, 0, 1, 1], np.int32)
            yield _case(
                f"gather_{to}_axis{axis}_batch{batch}",
                lambda x, i=indices, a=axis, b=batch: tf.gather(x, i, axis=a, batch_dims=b),
                _floats(2, 3, 4),
                to=to,
            )
        yield _case(
            f"gather_{to}_index_input",
            lambda x, i: tf.gather(x, i, axis=1),
            _floats(1, 5, 3),
            _ints(3, low=0, high=4),
            to="int8_float_io" if to == "int8" else to,
        )
        yield _case(
            f"gather_nd_{to}", lambda x: tf.gather_nd(x, [[0, 1], [1, 2]]), _floats(2, 3, 4), to=to
        )
        yield _case(f"tile_{to}", lambda x: tf.tile(x, [2, 1, 3]), _floats(1, 3, 2), to=to)
        yield _case(
            f"tile_{to}_rank5", lambda x: tf.tile(x, [1, 2, 1, 2, 1]), _floats(1, 2, 3, 1, 2), to=to
        )
        yield _case(
            f"broadcast_to_{to}", lambda x: tf.broadcast_to(x, (2, 4, 3)), _floats(2, 1, 3), to=to
        )
        yield _case(
            f"broadcast_to_{to}_rank6",
            lambda x: tf.broadcast_to(x, (1, 2, 2, 1, 4, 3)),
            _floats(4, 1),
            to=to,
        )
        yield _case(f"reverse_{to}", lambda x: tf.reverse(x, [1]), _floats(2, 3, 4), to=to)
        yield _case(
            f"reverse_sequence_{to}",
            lambda x: tf.reverse_sequence(x, [2, 3], 1, 0),
            _floats(2, 3, 4),
            to=to,
        )
        yield _case(
            f"space_to_depth_{to}", lambda x: tf.nn.space_to_depth(x, 2), _floats(1, 4, 6, 3), to=to
        )
        yield _case(
            f"depth_to_space_{to}", lambda x: tf.nn.depth_to_space(x, 2), _floats(1, 2, 3, 8), to=to
        )
        yield _case(
            f"space_to_batch_nd_{to}",
            lambda x: tf.space_to_batch(x, [2, 3], [[1, 1], [0, 2]]),
            _floats(1, 4, 4, 3),
            to=to,
        )
        yield _case(
            f"space_to_batch_nd_{to}_padded_before",
            lambda x: tf.space_to_batch(
                tf.pad(x, [[0, 0], [1, 1], [0, 2], [0, 0]]), [2, 3], [[0, 0], [0, 0]]
            ),
            _floats(1, 4, 4, 3),
            to=to,
        )
        yield _case(
            f"space_to_batch_nd_{to}_rank3",
            lambda x: tf.space_to_batch(x, [2], [[0, 1]]),
            _floats(1, 5, 3),
            to=to,
        )
        yield _case(
            f"batch_to_space_nd_{to}",
            lambda x: tf.batch_to_space(x, [2, 2], [[0, 1], [1, 0]]),
            _floats(4, 3, 3, 2),
            to=to,
        )
        yield _case(
            f"batch_to_space_nd_{to}_rank3",
            lambda x: tf.batch_to_space(x, [2], [[0, 1]]),
            _floats(2, 3, 4),
            to=to,
        )
        for method in ("bilinear", "nearest_neighbor"):
            for name, options in {
                "": {},
                "_align": {"align_corners": True},
                "_half": {"half_pixel_centers": True},
            }.items():
                for size in ((6, 8), (2, 3), (5, 7)):
                    if size == (5, 7) and to != "float32":
                        continue
                    function = getattr(tf.compat.v1.image, f"resize_{method}")
                    yield _case(
                        f"resize_{method}_{to}{name}_{size[0]}x{size[1]}",
                        lambda x, f=function, s=size, o=options: f(x, s, **o),
                        _floats(1, 3, 4, 2),
                        to=to,
                    )
        # Choosing.
        condition = Input((1, 4, 3), tf.bool)
        a, b = _floats(1, 4, 3), _floats(1, 4, 3, low=-2, high=3)
        yield _case(f"select_v2_{to}", lambda c, x, y: tf.where(c, x, y), condition, a, b, to=to)
        yield _case(
            f"select_v2_{to}_broadcast",
            lambda c, x, y: tf.where(c, x, y),
            Input((1, 4, 1), tf.bool),
            a,
            _floats(3),
            to=to,
        )
        yield _case(
            f"dynamic_update_slice_{to}",
            lambda x, u: tf.tensor_scatter_nd_update(x, [[1]], u),
            _floats(3, 4),
            _floats(1, 4),
            to=to,
        )
    # Kernels that copy choose by the size of an element: of int16 one case each.
    movers: dict[str, Callable] = {
        "reshape": lambda x: tf.reshape(x, (2, 6)),
        "transpose": lambda x: tf.transpose(x, (0, 2, 1)),
        "concatenation": lambda x: tf.concat([x, x[:, :2]], 1),
        "pack": lambda x: tf.stack([x, x], 1),
        "unpack": lambda x: tf.unstack(x, axis=1),
        "split": lambda x: tf.split(x, 2, 2),
        "pad": lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1]]),
        "pad_v2": lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1]], constant_values=0.5),
        "mirror_pad": lambda x: tf.pad(x, [[0, 0], [1, 1], [0, 1]], "REFLECT"),
        "strided_slice": lambda x: x[:, ::-1, 1:3],
        "slice": lambda x: tf.slice(x, [0, 1, 1], [1, 2, 2]),
        "gather": lambda x: tf.gather(x, [1, 0], axis=1),
        "tile": lambda x: tf.tile(x, [1, 2, 1]),
        "broadcast_to": lambda x: tf.broadcast_to(x, (2, 3, 4)),
        "reverse": lambda x: tf.reverse(x, [1]),
        "expand_dims": lambda x: tf.expand_dims(x, 1),
        "squeeze": lambda x: tf.squeeze(x, [0]),
        "depth_to_space": lambda x: tf.nn.depth_to_space(tf.reshape(x, (1, 1, 3, 4)), 2),
        "resize_bilinear": lambda x: tf.image.resize(tf.reshape(x, (1, 3, 4, 1)), (6, 8)),
        "resize_nearest": lambda x: tf.image.resize(tf.reshape(x, (1, 3, 4, 1)), (6, 8), "nearest"),
    }
    for name, function in movers.items():
        yield _case(f"{name}_int16_rank3", function, _floats(1, 3, 4), to="int16")
    yield _case("transpose_int32", lambda x: tf.transpose(x, (0, 2, 1)), _ints(1, 3, 4))
    yield _case("concatenation_int32", lambda a, b: tf.concat([a, b], 1), _ints(1, 3), _ints(1, 2))
    yield _case(
        "concatenation_int64",
        lambda a, b: tf.concat([a, b], 1),
        _ints(1, 3, dtype=tf.int64),
        _ints(1, 2, dtype=tf.int64),
    )
    yield _case("pad_int32", lambda x: tf.pad(x, [[0, 0], [1, 2]]), _ints(1, 3))
    yield _case("strided_slice_int32", lambda x: x[:, 1:3], _ints(1, 5))
    yield _case("slice_int32", lambda x: tf.slice(x, [0, 1], [1, 2]), _ints(1, 5))
    yield _case("tile_int32", lambda x: tf.tile(x, [1, 2]), _ints(1, 3))
    yield _case("gather_int32", lambda x: tf.gather(x, [2, 0], axis=1), _ints(1, 3))
    yield _case("split_int32", lambda x: tf.split(x, 2, 1), _ints(1, 4))
    yield _case("pack_int32", lambda a, b: tf.stack([a, b], 1), _ints(1, 4), _ints(1, 4))
    yield _case("unpack_int32", lambda x: tf.unstack(x, axis=1), _ints(1, 2, 3))
    yield _case("reshape_int32", lambda x: tf.reshape(x, (4, 1)), _ints(1, 4))
    yield _case("reshape_bool", lambda x: tf.reshape(x, (4, 1)), Input((1, 4), tf.bool))
    yield _case("strided_slice_bool", lambda x: x[:, 1:3], Input((1, 4), tf.bool))
    yield _case("reverse_int32", lambda x: tf.reverse(x, [1]), _ints(1, 4))
    yield _case("fill_float32", lambda x: tf.fill([2, 3], x), _floats())
    yield _case("fill_dynamic", lambda x: tf.fill([2, 3], x[0, 1]), _floats(1, 3))
    yield _case("where_float32", tf.where, Input((2, 3), tf.bool))
    yield _case("one_hot_float32", lambda i: tf.one_hot(i, 5), _ints(1, 4, low=0, high=4))
    yield _case(
        "one_hot_axis", lambda i: tf.one_hot(i, 5, 2.0, -1.0, axis=1), _ints(2, 3, low=0, high=4)
    )
    yield _case("range_int32", lambda n: tf.range(0, n), _ints(low=3, high=3))
    yield _case("rank_float32", lambda x: tf.cast(tf.rank(x), tf.float32) + x, _floats(2, 3))
    yield _case("shape_float32", lambda x: tf.cast(tf.shape(x), tf.float32)[0] + x, _floats(2, 3))
    yield _case("scatter_nd", lambda u: tf.scatter_nd([[1], [3]], u, (5, 2)), _floats(2, 2))
    yield _case(
        "embedding_lookup",
        lambda i: tf.nn.embedding_lookup(_weights("embedding", 7, 4), i),
        _ints(3, low=0, high=6),
    )
    yield _case(
        "embedding_int8",
        lambda i: tf.nn.embedding_lookup(_weights("embedding", 7, 4), i),
        _ints(3, low=0, high=6),
        to="int8_float_io",
    )
    yield _case("matrix_diag", tf.linalg.diag, _floats(1, 3))
    yield _case("unique", lambda x: tf.unique(x).y, _ints(6, low=0, high=3))


def _two() -> Iterator[Case]:
    """Models of two operators, in which one's output is quantized for the other."""
    filters = _weights("two", 3, 3, 3, 4, scale=0.3)
    for to in ("float32", *_QUANTIZED, "int8_float_io"):
        yield _case(
            f"conv_pool_{to}",
            lambda x: tf.nn.max_pool2d(tf.nn.conv2d(x, filters, 1, "SAME"), 2, 2, "VALID"),
            _floats(1, 6, 6, 3),
            to=to,
        )
        yield _case(
            f"conv_mean_{to}",
            lambda x: tf.reduce_mean(tf.nn.conv2d(x, filters, 1, "SAME"), [1, 2]),
            _floats(1, 6, 6, 3),
            to=to,
        )
        yield _case(
            f"conv_logistic_{to}",
            lambda x: tf.sigmoid(tf.nn.conv2d(x, filters, 1, "SAME")),
            _floats(1, 6, 6, 3),
            to=to,
        )
        yield _case(
            f"conv_add_{to}",
            lambda x, y: tf.nn.conv2d(x, filters, 1, "SAME") + y,
            _floats(1, 5, 5, 3),
            _floats(1, 5, 5, 4),
            to=to,
        )
        yield _case(
            f"tanh_concat_{to}",
            lambda x: tf.concat([tf.tanh(x), x * 2.0], -1),
            _floats(1, 4, 3),
            to=to,
        )
        yield _case(
            f"reshape_dense_{to}",
            lambda x: tf.matmul(tf.reshape(x, (1, 12)), _weights("rd", 12, 3)),
            _floats(1, 3, 4),
            to=to,
        )
        yield _case(
            f"mul_add_{to}", lambda x, y: x * y + x, _floats(1, 4, 3), _floats(1, 4, 3), to=to
        )
        yield _case(
            f"softmax_of_matmul_{to}",
            lambda x: tf.nn.softmax(x @ _weights("sm", 6, 4)),
            _floats(1, 6),
            to=to,
        )
        yield _case(
            f"pad_conv_{to}",
            lambda x: tf.nn.conv2d(
                tf.pad(x, [[0, 0], [1, 2], [1, 2], [0, 0]]), filters, 2, "VALID"
            ),
            _floats(1, 6, 6, 3),
            to=to,
        )
        yield _case(
            f"dequantize_{to}", lambda x: tf.floor(tf.nn.relu(x) * 4.0), _floats(1, 6), to=to
        )
        yield _case(
            f"attention_{to}",
            lambda q, k: tf.matmul(tf.nn.softmax(tf.matmul(q, k, transpose_b=True)), k),
            _floats(1, 3, 4),
            _floats(1, 5, 4),
            to=to,
        )


def _control_and_state() -> Iterator[Case]:
    yield _case(
        "if_float32",
        lambda x: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * 2.0, lambda: tf.nn.relu(x) - 1.0),
        _floats(1, 4),
    )
    yield _case(
        "if_nested",
        lambda x: tf.cond(
            x[0, 0] > 0.0,
            lambda: tf.cond(x[0, 1] > 0.0, lambda: x + 1.0, lambda: x * 3.0),
            lambda: x - 1.0,
        ),
        _floats(1, 4),
    )
    yield _case(
        "if_input",
        lambda c, x: tf.cond(c, lambda: x + 1.0, lambda: x * 3.0),
        Input((), tf.bool),
        _floats(1, 4),
    )
    yield _case(
        "while_float32",
        lambda x: tf.while_loop(lambda v: tf.reduce_sum(v) < 20.0, lambda v: (v * 1.5 + 1.0,), [x])[
            0
        ],
        _floats(1, 4),
    )
    yield _case(
        "while_counter",
        lambda x: tf.while_loop(
            lambda i, v: i < 5, lambda i, v: (i + 1, v * 0.5), [tf.constant(0), x]
        )[1],
        _floats(1, 4),
    )

    class Accumulator(tf.Module):
        """Adds up what it is given."""

        def __init__(self) -> None:
            self.total = tf.Variable(tf.zeros((1, 4)), name="total")

        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            return self.total.assign_add(x)

    class Window(tf.Module):
        """Keeps the last three rows, as streaming models do."""

        def __init__(self) -> None:
            self.rows = tf.Variable(tf.zeros((1, 3, 4)), name="rows")

        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            rows = tf.concat([self.rows[:, 1:], x], 1)
            self.rows.assign(rows)
            return tf.reduce_sum(rows, 1)

    class Counters(tf.Module):
        """Two variables with first values other than 0."""

        def __init__(self) -> None:
            self.ones = tf.Variable(tf.ones((1, 2)), name="ones")
            self.steps = tf.Variable(tf.constant([[3.0, 5.0]]), name="steps")

        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            self.steps.assign(self.steps + self.ones)
            self.ones.assign(self.ones * 1.5)
            return x * self.steps

    yield Case("variable_accumulator", Accumulator, (_floats(1, 4),))
    yield Case("variable_window", Window, (_floats(1, 1, 4),))
    yield Case("variable_two", Counters, (_floats(1, 2),))
    yield Case("variable_accumulator_int8", Accumulator, (_floats(1, 4),), "int8")
    yield Case("variable_window_int8", Window, (_floats(1, 1, 4),), "int8")

    layers = tf.keras.layers

    def recurrent(layer: str, name: str, **options: object) -> tf.keras.Model:
        make = getattr(layers, layer)
        return _keras(make(5, **options), (6, 3), name)

    # The converter's calibration crashes on quantized loops: SimpleRNN and GRU in float32 only.
    for layer in ("gru", "rnn"):
        make = "GRU" if layer == "gru" else "SimpleRNN"
        yield Case(f"{layer}_float32", lambda m=make, n=layer: recurrent(m, n), (_floats(1, 6, 3),))
    for to in ("float32", *_QUANTIZED, "hybrid"):
        yield Case(f"lstm_{to}", lambda: recurrent("LSTM", "lstm"), (_floats(1, 6, 3),), to)
        yield Case(
            f"lstm_sequences_{to}",
            lambda: recurrent("LSTM", "lstm", return_sequences=True),
            (_floats(1, 6, 3),),
            to,
        )
        yield Case(
            f"lstm_unrolled_{to}",
            lambda: recurrent("LSTM", "lstm", unroll=True),
            (_floats(1, 6, 3),),
            to,
        )
    yield Case(
        "lstm_stateful_float32",
        lambda: recurrent("LSTM", "lstm", stateful=True),
        (_floats(1, 6, 3),),
    )
    yield Case(
        "gru_stateful_float32", lambda: recurrent("GRU", "gru", stateful=True), (_floats(1, 6, 3),)
    )
    yield Case(
        "lstm_time_major_float32",
        lambda: recurrent("LSTM", "lstm", time_major=True),
        (_floats(1, 6, 3),),
    )
    yield Case(
        "lstm_backwards_float32",
        lambda: recurrent("LSTM", "lstm", go_backwards=True),
        (_floats(1, 6, 3),),
    )
    yield Case(
        "bidirectional_float32",
        lambda: _keras(layers.Bidirectional(layers.LSTM(4)), (6, 3), "bidirectional"),
        (_floats(1, 6, 3),),
    )


def _other_types() -> Iterator[Case]:
    yield _case("complex_abs", lambda x: tf.abs(tf.complex(x, x)), _floats(1, 4))
    yield _case("complex_input", lambda x: tf.math.real(x), Input((1, 4), tf.complex64))
    yield _case("complex_output", lambda x: tf.complex(x, -x), _floats(1, 4))
    yield _case("rfft2d", lambda x: tf.math.real(tf.signal.rfft2d(x)), _floats(1, 8, 8))
    yield _case("rfft", lambda x: tf.abs(tf.signal.rfft(x)), _floats(1, 16))
    yield _case("string_constant", lambda x: (x + 1.0, tf.constant(["a", "b"])), _floats(1, 4))
    yield _case(
        "string_equal",
        lambda x: tf.equal(tf.constant(["a", "b"]), tf.constant(["a", "c"])) & (x > 0.0),
        _floats(2),
    )
    yield _case("float64_add", tf.add, Input((1, 4), tf.float64), Input((1, 4), tf.float64))
    yield _case("float16_add", tf.add, Input((1, 4), tf.float16), Input((1, 4), tf.float16))
    yield _case("uint8_add", tf.add, Input((1, 4), tf.uint8, 0, 50), Input((1, 4), tf.uint8, 0, 50))
    yield _case(
        "int16_add", tf.add, Input((1, 4), tf.int16, -50, 50), Input((1, 4), tf.int16, -50, 50)
    )
    yield _case(
        "uint32_add", tf.add, Input((1, 4), tf.uint32, 0, 50), Input((1, 4), tf.uint32, 0, 50)
    )
    yield _case("flex_inverse", tf.linalg.inv, _floats(2, 2), to="flex")
    yield _case(
        "flex_and_builtin", lambda x: tf.nn.relu(tf.linalg.inv(x)), _floats(2, 2), to="flex"
    )
    yield _case("dense_uint8_io", lambda x: x @ _weights("u8", 6, 4), _floats(1, 6), to="uint8")
    yield _case(
        "pool_uint8_io",
        lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
        _floats(1, 4, 4, 2),
        to="uint8",
    )
    yield _case(
        "quantize_dequantize",
        lambda x: tf.quantization.fake_quant_with_min_max_args(x, -1, 1),
        _floats(1, 6),
    )
    yield _case("unused_input", lambda x, y: x * 2.0, _floats(1, 4), _floats(1, 3))
    yield _case("input_is_output", lambda x, y: (x, y + 1.0), _floats(1, 4), _floats(1, 3))
    yield _case("constant_output", lambda x: (x + 1.0, tf.constant([1.0, 2.0])), _floats(1, 4))
    yield _case("output_twice", lambda x: (x + 1.0, x + 1.0), _floats(1, 4))
    yield _case("no_operator", tf.identity, _floats(1, 4))
    yield _case("empty_dimension", lambda x: tf.concat([x[:, :0], x], 1), _floats(1, 4))
    yield _case("scalar_input", lambda x: x * 2.0 + 1.0, _floats())
    yield _case("rank0_output", lambda x: tf.reduce_sum(x), _floats(3))
    yield _case("random", lambda x: x + tf.random.stateless_uniform((1, 4), (1, 2)), _floats(1, 4))
    size = math.prod((1, 64, 64, 8))
    yield _case(
        "large_activation", lambda x: tf.nn.relu(tf.reshape(x, (1, size))), _floats(1, 64, 64, 8)
    )


def all_cases() -> Sequence[Case]:
    """Lists all cases.

    Returns:
      The cases, in an order that is always the same; no two have one name.
    """
    families = {
        "elementwise": _elementwise,
        "comparisons": _comparisons,
        "unary": _unary,
        "convolutions": _convolutions,
        "dense": _dense,
        "pools": _pools,
        "reductions": _reductions,
        "shapes": _shapes,
        "two operators": _two,
        "control flow and state": _control_and_state,
        "other types": _other_types,
    }
    found: dict[str, Case] = {}
    for family, make in families.items():
        for case in make():
            if case.name in found:
                raise ValueError(f"two cases are named {case.name}")
            found[case.name] = dataclasses.replace(case, family=family)
    return list(found.values())
