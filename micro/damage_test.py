"""What of a damaged model is refused although TFLM would run it."""

import pytest

from micro import damage
from micro.tflite_model import Node, Operator, Quantization, Subgraph, Tensor

FINE = Quantization((0.5,), (-128,))
COARSE = Quantization((1.0,), (3,))


def tensor(index, shape, quantization=None, dtype="int8"):
    return Tensor(index, f"t{index}", shape, dtype, quantization=quantization)


def found(name, *tensors, **options):
    """Of an operator whose last tensor is its output."""
    last = len(tensors) - 1
    node = Node(0, Operator(0, name, 1), tuple(range(last)), (last,), options=options)
    return list(damage.of_node(Subgraph(0, "", tensors, (node,), (), ()), node))


def test_damage():
    image, weights, output = (
        tensor(0, (1, 3, 3, 1), COARSE),
        tensor(1, (2, 1, 1, 1), FINE),
        tensor(2, (1, 3, 3, 2), COARSE),
    )
    assert not found("CONV_2D", image, weights, output, stride_w=1)
    (reason,) = found("CONV_2D", image, weights, output, stride_w=1 << 30)
    assert reason == "has stride_w 1073741824: the file is damaged"
    assert found("CONV_2D", image, weights, output, stride_w=-1)
    (reason,) = found("CONV_2D", image, tensor(1, (2,), FINE), output)
    assert reason == "has weights of 1 dimensions: the file is damaged"
    (reason,) = found("MAX_POOL_2D", tensor(0, ()), output)
    assert reason == "has a picture of 0 dimensions: the file is damaged"
    for scale in (1e30, float("inf"), float("nan")):
        absurd = tensor(1, (2, 1, 1, 1), Quantization((scale, 1.0), (0, 0)))
        (reason,) = found("CONV_2D", image, absurd, output)
        assert reason.startswith("rescales by ")


def in_tensors(*tensors):
    return list(damage.of_subgraph(Subgraph(3, "", tensors, (), (), ())))


def test_shapes_that_overflow():
    assert in_tensors(tensor(0, (1 << 16, 1 << 16))) == [
        "tensor 0 of subgraph 3 ('t0') has the shape [65536, 65536], which no memory is large"
        " enough for: the file is damaged"
    ]
    assert in_tensors(tensor(0, (1 << 16, 1 << 16, 0)))
    assert not in_tensors(tensor(0, (1 << 16, 0, 3)))
    assert not in_tensors(tensor(0, (1 << 16, 1 << 14)), tensor(1, (), dtype="string"))


@pytest.mark.parametrize(
    ("dtype", "sound", "damaged"),
    [
        ("int8", (-128, 127), (-129, 128)),
        ("uint8", (0, 255), (-1, 256)),
        ("int16", (-32768, 32767), (-32769, 1 << 30)),
        ("int32", (1 << 30,), ()),
    ],
)
def test_zero_points_are_of_their_type(dtype, sound, damaged):
    for zero_point in sound:
        assert not in_tensors(tensor(0, (4,), Quantization((1.0,), (zero_point,)), dtype))
    for zero_point in damaged:
        (reason,) = in_tensors(tensor(0, (4,), Quantization((1.0, 1.0), (0, zero_point)), dtype))
        assert f"has the zero point {zero_point}, which is not of {dtype}" in reason


def test_sizes_that_do_not_agree():
    image, bias = tensor(0, (1, 3, 3, 2)), tensor(2, (4,), dtype="int32")
    for name, filters, options in (
        ("CONV_2D", (4, 1, 1, 2), {}),
        # In groups.
        ("CONV_2D", (4, 1, 1, 1), {}),
        ("DEPTHWISE_CONV_2D", (1, 1, 1, 4), {"depth_multiplier": 2}),
    ):
        output = tensor(3, (1, 3, 3, 4))
        weights = tensor(1, filters, Quantization((1.0, 2.0, 3.0, 4.0), (0,) * 4))
        assert not found(name, image, weights, bias, output, **options)
        (reason,) = found(name, image, weights, bias, tensor(3, (1, 3, 3, 5)), **options)
        assert reason == "has filters for 4 channels, but an output of 5: the file is damaged"
        (reason,) = found(name, image, weights, tensor(2, (3,)), output, **options)
        assert reason == "has a bias of 3 elements for 4 channels: the file is damaged"
        scales = tensor(1, filters, Quantization((1.0, 2.0, 3.0), (0,) * 3))
        (reason,) = found(name, image, scales, bias, output, **options)
        assert reason == "has 3 scales for 4 channels: the file is damaged"
    weights = tensor(1, (1, 1, 1, 4))
    (reason,) = found("DEPTHWISE_CONV_2D", image, weights, bias, output, depth_multiplier=1)
    assert reason == (
        "has filters for 4 channels, but 2 channels and depth_multiplier 1: the file is damaged"
    )
    dense = tensor(0, (1, 2)), tensor(1, (4, 2)), bias
    assert not found("FULLY_CONNECTED", *dense, tensor(3, (1, 4)))
    (reason,) = found("FULLY_CONNECTED", *dense[:2], tensor(2, (5,)), tensor(3, (1, 4)))
    assert reason == "has a bias of 5 elements for 4 channels: the file is damaged"


def test_masks_and_empty_means():
    slice_ = tensor(0, (4,)), tensor(1, (1,)), tensor(2, (1,)), tensor(3, (1,)), tensor(4, (4,))
    assert not found("STRIDED_SLICE", *slice_, begin_mask=1, end_mask=3)
    (reason,) = found("STRIDED_SLICE", *slice_, shrink_axis_mask=-1)
    assert reason == "has shrink_axis_mask -1: the file is damaged"
    assert found("MEAN", tensor(0, (1, 4)), tensor(1, (1,)), tensor(2, (1, 0)))
    assert not found("MEAN", tensor(0, (1, 4)), tensor(1, (1,)), tensor(2, (1, 1)))


def test_damaged_joins():
    assert not found("CONCATENATION", tensor(0, (1, 2)), tensor(1, (1, 3)), tensor(2, (1, 5)))
    (reason,) = found("CONCATENATION", tensor(0, (1, 2)), tensor(1, (1, 9)), tensor(2, (1, 5)))
    assert reason == "joins 11 elements to 5: the file is damaged"
    joined = (tensor(0, (1, 2)), tensor(1, (1, 3)), tensor(2, (1, 5)))
    assert not found("CONCATENATION", *joined, axis=-2)
    for axis in (2, -3, 1 << 30):
        (reason,) = found("CONCATENATION", *joined, axis=axis)
        assert reason == f"joins along axis {axis} of 2: the file is damaged"


def scaled(index, *scales):
    return tensor(index, (4,), Quantization(scales, (0,) * len(scales)))


def test_a_rescaling_that_overflows_is_damage():
    one, tiny = scaled(0, 1.0), scaled(1, 1e-12)
    (reason,) = found("QUANTIZE", one, tiny)
    assert reason.startswith("rescales by 1 / 1e-12, which overflows in TFLM's kernel")
    # All factors count, of the channels the largest; and only in kernels that rescale so.
    output = scaled(2, 1e-12)
    assert not found("MUL", one, scaled(1, 1e-9), output)
    assert found("MUL", one, scaled(1, 1e-1), output)
    assert not found("FULLY_CONNECTED", one, scaled(1, *[1e-9] * 4), output)
    assert found("FULLY_CONNECTED", one, scaled(1, 1e-9, 1e-9, 1e-9, 1e-1), output)
    assert found("TRANSPOSE_CONV", scaled(0, 1e-20), one, one, scaled(3, 1e-12))
    for name in ("ADD", "CONCATENATION", "EXP", "RSQRT", "DIV"):
        assert not [reason for reason in found(name, one, one, output) if "rescales" in reason]
    assert not found("QUANTIZE", tensor(0, (4,)), tiny)
