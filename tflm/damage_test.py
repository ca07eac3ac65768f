# SPDX-License-Identifier: Apache-2.0
"""What of a damaged model is refused although TFLM would run it."""

import struct
import time

import pytest

from tflite.model import Model, Node, Operator, Quantization, Subgraph, Tensor
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tflm import damage

BROKEN = "the file is damaged, or has open shapes"
FINE = Quantization((0.5,), (-128,))
COARSE = Quantization((1.0,), (3,))


def tensor(index, shape, quantization=None, dtype="int8"):
    return Tensor(index, f"t{index}", shape, dtype, quantization=quantization)


def found(name, *tensors, **options):
    """Of an operator whose last tensor is its output."""
    last = len(tensors) - 1
    node = Node(0, Operator(0, name, 1), tuple(range(last)), (last,), options=options)
    subgraph = Subgraph(0, "", tensors, (node,), (), ())
    return list(damage.of_node(Model("m", b"", (node.operator,), (subgraph,)), subgraph, node))


def test_damage():
    image, weights, output = (
        tensor(0, (1, 3, 3, 1), COARSE),
        tensor(1, (2, 1, 1, 1), FINE),
        tensor(2, (1, 3, 3, 2), COARSE),
    )
    assert not found("CONV_2D", image, weights, output, stride_w=1)
    (reason,) = found("CONV_2D", image, weights, output, stride_w=1 << 30)
    assert reason == ("has stride_w 1073741824, dilation_w 1 and filters of 1: the file is damaged")
    # As wide as an input of 80 KB is.
    assert not found("MAX_POOL_2D", image, tensor(1, (1, 1, 1, 1)), stride_w=80_000)
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
        assert reason == (
            "has filters for 4 channels, but an output of 5: the file is damaged, or has open"
            " shapes"
        )
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


@pytest.mark.parametrize(
    ("bias", "products", "overflows"),
    [
        (2**31 - 1, 1, True),
        (-(2**31), 1, True),
        (2**31 - 255 * 128 * 4 - 1, 4, False),
        (2**31 - 255 * 128 * 4, 4, True),
        # A large number of products alone is not damage.
        (5, 100_000, False),
    ],
)
def test_a_bias_to_which_nothing_can_be_added(bias, products, overflows):
    tensors = [
        TensorSpec((1, products)),
        TensorSpec((2, products)),
        TensorSpec((2,), "int32", data=struct.pack("<2i", 0, bias)),
        TensorSpec((1, 2)),
    ]
    node = NodeSpec("FULLY_CONNECTED", (0, 1, 2), (3,))
    content = build_graphs(GraphSpec(tensors, [node], inputs=(0, 1), outputs=(3,)))
    model = parse_model(content, "m")
    reasons = list(damage.of_node(model, model.main, model.main.nodes[0]))
    assert bool(reasons) == overflows
    if overflows:
        (reason,) = reasons
        assert reason.startswith(f"has a bias of {abs(bias)}, to which nothing can be added")


def test_filters_in_groups():
    def groups(channels, filters, outputs):
        return found(
            "CONV_2D",
            tensor(0, (1, 3, 3, channels)),
            tensor(1, (outputs, 1, 1, filters)),
            tensor(2, (1, 3, 3, outputs)),
        )

    assert not groups(4, 2, 6) and not groups(4, 4, 5) and not groups(4, 1, 4)
    for odd in ((4, 2, 5), (5, 2, 6), (4, 8, 4), (4, 0, 4)):
        (reason,) = groups(*odd)
        assert reason.startswith(f"has {odd[2]} filters of {odd[1]} channels for {odd[0]} channels")


def test_empty_means():
    assert found("MEAN", tensor(0, (1, 4)), tensor(1, (1,)), tensor(2, (1, 0)))
    assert not found("MEAN", tensor(0, (1, 4)), tensor(1, (1,)), tensor(2, (1, 1)))
    nothing = Node(0, Operator(0, "READ_VARIABLE", 1), (0,), ())
    subgraph = Subgraph(0, "", (tensor(0, ()),), (nothing,), (), ())
    model = Model("m", b"", (nothing.operator,), (subgraph,))
    assert list(damage.of_node(model, subgraph, nothing)) == ["has no output: the file is damaged"]


def test_damaged_joins():
    joined = (tensor(0, (1, 2)), tensor(1, (1, 3)), tensor(2, (1, 5)))
    assert not found("CONCATENATION", *joined, axis=1)
    (reason,) = found("CONCATENATION", *joined, axis=0)
    assert reason == (
        "joins int8 of shape [1, 2] to int8 of shape [1, 5] along axis 0: the file is damaged, or"
        " has open shapes"
    )
    (reason,) = found("CONCATENATION", tensor(0, (1, 2), dtype="bool"), *joined[1:], axis=1)
    assert reason.startswith("joins bool of shape [1, 2] to int8 of shape [1, 5]")
    (reason,) = found("CONCATENATION", tensor(0, (1, 2)), tensor(1, (1, 9)), tensor(2, (1, 5)))
    assert reason == "joins 11 elements to 5: the file is damaged, or has open shapes"
    assert not found("CONCATENATION", *joined, axis=-1)
    for axis in (2, -3, 1 << 30):
        (reason,) = found("CONCATENATION", *joined, axis=axis)
        assert reason == f"joins along axis {axis} of 2: the file is damaged"


def test_numbers_of_elements():
    four, six = tensor(0, (4,)), tensor(1, (2, 3))
    assert not found("RESHAPE", tensor(0, (6,)), six)
    for name in ("RESHAPE", "SOFTMAX", "TRANSPOSE"):
        (reason,) = found(name, four, six)
        assert reason == (
            "makes 6 elements, but its inputs give 4: the file is damaged, or has open shapes"
        )
    assert not found("SPLIT", tensor(0, ()), tensor(1, (4,)), tensor(2, (4,)))
    assert found("SPLIT", tensor(0, ()), tensor(1, (6,)), tensor(2, (4,)))
    assert found("UNPACK", tensor(0, (6,)), tensor(1, (4,)))
    for one, other, output in (
        ((2, 3), (3,), (2, 3)),
        ((), (2, 3), (2, 3)),
        ((2, 1), (1, 3), (2, 3)),
        ((2, 3), (2, 3), (6,)),
        ((0, 3), (1, 3), (0, 3)),
    ):
        assert not found("ADD", tensor(0, one), tensor(1, other), tensor(2, output))
    (reason,) = found("ADD", tensor(0, (2, 3)), tensor(1, (2, 3)), tensor(2, (3,)))
    assert reason.startswith("makes 3 elements, but its inputs give 6")
    (reason,) = found("LESS", tensor(0, (2, 3)), tensor(1, (2,)), tensor(2, (2, 3)))
    assert reason.startswith("combines the shapes [2, 3] and [2]: the file is damaged")
    # Kernels that repeat an input go by the dimensions of the output.
    (reason,) = found("ADD", tensor(0, (2, 1)), tensor(1, (3,)), tensor(2, (6,)))
    assert reason.startswith("combines the shapes [2, 1] and [3] to [6]: ")
    assert not found("ADD", tensor(0, (2, 1)), tensor(1, (3,)), tensor(2, (1, 1, 2, 3)))
    assert not found("PRELU", tensor(0, (2, 1)), tensor(1, (3,)), tensor(2, (2, 3)))
    dense = tensor(0, (3, 2, 4)), tensor(1, (5, 4))
    assert not found("FULLY_CONNECTED", *dense, tensor(2, (3, 2, 5)))
    assert not found("FULLY_CONNECTED", *dense, tensor(2, (6, 5)))
    assert found("FULLY_CONNECTED", *dense, tensor(2, (5, 6)))
    (reason,) = found("FULLY_CONNECTED", *dense, tensor(2, (3, 5)))
    assert reason.startswith("makes int8 of shape [3, 5] of int8 of shape [3, 2, 4] by weights of")
    (reason,) = found("MAX_POOL_2D", tensor(0, (1, 4, 4, 1)), tensor(1, (2, 4, 4, 1)))
    assert reason.startswith("makes 2 pictures of 1: ")
    (reason,) = found("AVERAGE_POOL_2D", tensor(0, (1, 4, 4, 3)), tensor(1, (1, 4, 4, 2)))
    assert reason.startswith("makes 2 channels of 3: ")


@pytest.mark.parametrize(
    ("name", "first"), [("MEAN", False), ("SPLIT", True), ("TRANSPOSE", False)]
)
def test_axes_are_those_of_the_input(name, first):
    def axes_of(*axes, count=None):
        data = TensorSpec((2, 2))
        contents = struct.pack(f"<{len(axes)}i", *axes)
        axes = TensorSpec((count or len(axes),), "int32", data=contents)
        tensors = [axes, data] if first else [data, axes]
        graph = GraphSpec(
            [*tensors, TensorSpec((2, 2))],
            [NodeSpec(name, (0, 1), (2,))],
            inputs=(1 if first else 0,),
            outputs=(2,),
        )
        model = parse_model(build_graphs(graph), "m")
        return list(damage.of_node(model, model.main, model.main.nodes[0]))

    assert axes_of(*[0] * 17) == ["has 17 axes: the file is damaged"]
    # What follows in the buffer is not read.
    assert axes_of(1, 7, count=1) == []
    for axis in (0, 1, -1, -2, 2, -3, 1 << 30):
        sound = -2 <= axis < 2
        assert axes_of(axis) == (
            [] if sound else [f"has the axis {axis} of 2: the file is damaged"]
        )


def test_many_operators_that_share_their_constants_take_no_time(monkeypatch):
    many = struct.pack("<i", 5) * 40_000
    tensors = [
        TensorSpec((1, 4, 4, 1)),
        TensorSpec((40_000, 1, 1, 1), data=bytes(40_000)),
        TensorSpec((40_000,), "int32", data=many),
        TensorSpec((1, 4, 4, 40_000)),
    ]
    # Indices for GATHER_ND, the last of which is not of its tensor.
    indices = struct.pack("<i", 0) * 39_999 + struct.pack("<i", 9)
    tensors.append(TensorSpec((40_000, 1), "int32", data=indices))
    nodes = [
        NodeSpec("CONV_2D", (0, 1, 2), (3,)),
        NodeSpec("MEAN", (0, 2), (3,)),
        NodeSpec("GATHER_ND", (0, 4), (3,)),
    ] * 2_000
    model = parse_model(build_graphs(GraphSpec(tensors, nodes, outputs=(3,))), "m")
    reads = []
    read = Model._whole_buffer
    monkeypatch.setattr(Model, "_whole_buffer", lambda m, t: reads.append(t) or read(m, t))
    start = time.process_time()
    reasons = [r for node in model.main.nodes for r in damage.of_node(model, model.main, node)]
    assert len(reasons) == 4_000
    # The biases and the indices, each once.
    assert len(reads) == 2
    # Read for each it would be some minutes.
    assert time.process_time() - start < 10


def scaled(index, *scales):
    return tensor(index, (4,), Quantization(scales, (0,) * len(scales)))


def test_a_rescaling_that_overflows_is_damage():
    one, small = scaled(0, 1e6), scaled(1, 1e-7)
    (reason,) = found("QUANTIZE", one, small)
    assert reason.startswith("rescales by 1e+06 / 1e-07, which overflows in TFLM's kernel")
    # All factors count, of the channels the largest; and only in kernels that rescale so.
    output = scaled(2, 1e-7)
    assert not found("MUL", one, scaled(1, 1e-5), output)
    assert found("MUL", one, scaled(1, 1e-2), output)
    for largest, overflows in ((1e-5, False), (1e-2, True)):
        weights = tensor(1, (2, 4), Quantization((1e-5, largest), (0, 0)))
        row = tensor(2, (2,), output.quantization)
        assert bool(found("FULLY_CONNECTED", one, weights, row)) == overflows
    assert found("TRANSPOSE_CONV", scaled(0, 1e-20), one, one, scaled(3, 1e-7))
    assert found("RSQRT", scaled(0, 1e-30), scaled(1, 1e-7))
    assert found("RSQRT", scaled(0, 1e20), scaled(1, 0.01))
    assert not found("RSQRT", scaled(0, 1e-3), scaled(1, 0.1))
    assert found("SQUARED_DIFFERENCE", one, one, output)
    assert not found("SQUARED_DIFFERENCE", scaled(0, 10.0), scaled(1, 1.0), scaled(2, 0.1))
    for name in ("ADD", "CONCATENATION", "EXP", "DIV"):
        assert not [reason for reason in found(name, one, one, output) if "rescales" in reason]
    assert not found("QUANTIZE", tensor(0, (4,)), small)


@pytest.mark.parametrize(("bias", "overflows"), [("int64", True), (None, True), ("int32", False)])
def test_sums_of_int16_are_shifted_to_the_right_alone(bias, overflows):
    def of(scale):
        data = tensor(0, (1, 4), Quantization((1.0,), (0,)), "int16")
        weights = tensor(1, (2, 4), Quantization((1.0,), (0,)))
        output = tensor(3, (1, 2), Quantization((scale,), (0,)), "int16")
        given = (data, weights) if bias is None else (data, weights, tensor(2, (2,), dtype=bias))
        return found("FULLY_CONNECTED", *given, output)

    assert not of(2.0**-13)
    assert bool(of(2.0**-14)) == overflows


@pytest.mark.parametrize("name", ["LOGISTIC", "TANH"])
def test_an_exponent_that_no_shift_has(name):
    output = tensor(1, (4,), Quantization((2.0**-8,), (-128,)))
    for exponent, damaged in ((-28, False), (-29, True), (34, False), (35, True)):
        assert bool(found(name, scaled(0, 2.0**exponent), output)) == damaged, exponent
    # Others have another kernel.
    wide = tensor(0, (4,), Quantization((2.0**-30,), (0,)), "int16")
    assert not found(name, wide, tensor(1, (4,), Quantization((2.0**-15,), (0,)), "int16"))


@pytest.mark.parametrize(
    ("indices", "reason"),
    [
        ((0, 0, 1, 2), None),
        ((0, 3, 1, 2), f"has the index 3 of 3: {BROKEN}"),
        ((0, 0, -1, 2), f"has the index -1 of 2: {BROKEN}"),
        ((0, 0, 1, 1 << 30), f"has the index {1 << 30} of 3: {BROKEN}"),
    ],
)
def test_constant_indices_are_of_the_tensor(indices, reason):
    tensors = [
        TensorSpec((2, 3), "float32"),
        TensorSpec((2, 2), "int32", data=struct.pack("<4i", *indices)),
        TensorSpec((2,), "float32"),
    ]
    model = parse_model(
        build_graphs(GraphSpec(tensors, [NodeSpec("GATHER_ND", (0, 1), (2,))])), "m"
    )
    (node,) = model.main.nodes
    assert list(damage.of_node(model, model.main, node)) == ([reason] if reason else [])


@pytest.mark.parametrize("after", [7.8e-9, 3.59e-43])
def test_an_output_that_was_always_zero_is_a_warning(after):
    tensors = scaled(0, 30.0), scaled(1, after)
    node = Node(0, Operator(0, "QUANTIZE", 1), (0,), (1,))
    subgraph = Subgraph(0, "", tensors, (node,), (), ())
    assert not found("QUANTIZE", *tensors)
    (warning,) = damage.dead_outputs(subgraph, node)
    assert warning.startswith(f"rescales by 30 / {after:.3g}: its output was always zero")
    healthy = Subgraph(0, "", (tensors[0], scaled(1, 0.1)), (node,), (), ())
    assert not list(damage.dead_outputs(healthy, node))


def lstm(data=0.1, weights=0.01, state=0.1, cell=2.0**-11, bias=5):
    """The inputs of an int8 LSTM, with what the converter gives them."""
    tensors = [TensorSpec((1, 2), scales=(data,), zero_points=(0,))]
    tensors += [TensorSpec((2, 2), data=bytes(4), scales=(weights,), zero_points=(0,))] * 8
    tensors += [TensorSpec((2,), "int32", data=struct.pack("<2i", 0, bias))] * 4
    tensors += [
        TensorSpec((1, 2), variable=True, scales=(state,), zero_points=(0,)),
        TensorSpec((1, 2), "int16", variable=True, scales=(cell,), zero_points=(0,)),
        TensorSpec((1, 2), scales=(state,), zero_points=(0,)),
    ]
    given = (*range(9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14, -1, -1, -1, -1)
    node = NodeSpec("UNIDIRECTIONAL_SEQUENCE_LSTM", given, (15,))
    model = parse_model(build_graphs(GraphSpec(tensors, [node], outputs=(15,))), "m")
    return list(damage.of_node(model, model.main, model.main.nodes[0]))


def test_damaged_lstms():
    assert not lstm()
    for odd in ({"data": 1e9}, {"weights": 1e9}, {"state": 1e9}):
        (reason,) = lstm(**odd)
        assert reason.startswith("rescales by ")
    for cell in (2.0**-16, 2.0):
        (reason,) = lstm(cell=cell)
        assert reason == f"has the cell scale {cell:.3g}: the file is damaged"
    (reason,) = lstm(state=2.0**-60)
    assert reason.startswith("has the state scale 8.67e-19")
    (reason,) = lstm(bias=-(1 << 31))
    assert reason.startswith("has a bias of 2147483648, to which nothing can be added")


@pytest.mark.parametrize("dtype", ["bool", "int8"])
def test_conditions_are_bools(dtype):
    body = GraphSpec([TensorSpec((1,))], [], outputs=(0,))
    asks = GraphSpec([TensorSpec((1,)), TensorSpec((1,), dtype)], [], outputs=(1,))
    loop = NodeSpec(
        "WHILE",
        (0,),
        (1,),
        options_type="WhileOptions",
        options={"CondSubgraphIndex": 1, "BodySubgraphIndex": 2},
    )
    main = GraphSpec([TensorSpec((1,)), TensorSpec((1,))], [loop], outputs=(1,))
    model = parse_model(build_graphs(main, asks, body), "m")
    reasons = list(damage.of_node(model, model.main, model.main.nodes[0]))
    assert reasons == (
        [] if dtype == "bool" else ["has a condition of type int8: the file is damaged"]
    )
    branch = [
        reason
        for reason in found("IF", tensor(0, (1,), dtype=dtype), tensor(1, (4,)), tensor(2, (4,)))
        if "condition" in reason
    ]
    assert bool(branch) == (dtype != "bool")
