# SPDX-License-Identifier: Apache-2.0
"""What is refused although TFLM would run it."""

import pytest

from tflite.model import Node, Operator, Quantization, Subgraph, Tensor
from tflm import silent_faults
from tflm.capabilities import Registration, Tflm

OF_2020 = Tflm(
    {
        "CONV_2D": Registration("AddConv2D", 3),
        "FULLY_CONNECTED": Registration("AddFullyConnected", 4),
        "RELU": Registration("AddRelu", 1),
        "RELU6": Registration("AddRelu6", 1),
        "RESIZE_NEAREST_NEIGHBOR": Registration("AddResizeNearestNeighbor", 2),
    }
)
TODAYS = Tflm(
    {name: Registration(one.method) for name, one in OF_2020.registrations.items()}
    | {"SPACE_TO_BATCH_ND": Registration("AddSpaceToBatchNd")}
)
FINE = Quantization((0.5,), (-128,))
COARSE = Quantization((1.0,), (3,))
CENTERED = Quantization((1.0,), (-1,))


def tensor(index, shape, quantization=None, dtype="int8", buffer_size=0):
    return Tensor(
        index, f"t{index}", shape, dtype, quantization=quantization, buffer_size=buffer_size
    )


def faults(tflm, name, *tensors, **options):
    """Of an operator whose last tensor is its output."""
    last = len(tensors) - 1
    node = Node(0, Operator(0, name, 1), tuple(range(last)), (last,), options=options)
    subgraph = Subgraph(0, "", tensors, (node,), tuple(range(last)), (last,))
    return list(silent_faults.of_node(subgraph, node, tflm))


def departures(tflm, name, *tensors):
    """Like `faults`, for what every TFLM does."""
    last = len(tensors) - 1
    node = Node(0, Operator(0, name, 1), tuple(range(last)), (last,))
    subgraph = Subgraph(0, "", tensors, (node,), tuple(range(last)), (last,))
    return list(silent_faults.departures(subgraph, node, tflm))


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_convolution_in_groups(dtype):
    tensors = [
        tensor(0, (1, 5, 5, 4), dtype=dtype),
        tensor(1, (6, 3, 3, 2), dtype=dtype),
        tensor(2, (1, 5, 5, 6), dtype=dtype),
    ]
    (reason,) = faults(OF_2020, "CONV_2D", *tensors)
    assert reason.startswith("is a convolution in groups (4 channels, filters of 2)")
    assert not faults(TODAYS, "CONV_2D", *tensors)
    tensors[1] = tensor(1, (6, 3, 3, 4), dtype=dtype)
    assert not faults(OF_2020, "CONV_2D", *tensors)


def test_dense_layer_of_many_rows():
    data, weights, output = tensor(0, (1, 4, 6)), tensor(1, (5, 6)), tensor(2, (1, 4, 5))
    (reason,) = faults(OF_2020, "FULLY_CONNECTED", data, weights, output)
    assert "computes only the first 4 of its 20 values" in reason
    assert not faults(TODAYS, "FULLY_CONNECTED", data, weights, output)
    # These it computes correctly.
    assert not faults(OF_2020, "FULLY_CONNECTED", data, weights, tensor(2, (4, 5)))
    assert not faults(OF_2020, "FULLY_CONNECTED", data, weights, tensor(2, (4, 5, 1)))
    floats = [tensor(i, t.shape, dtype="float32") for i, t in enumerate((data, weights, output))]
    assert not faults(OF_2020, "FULLY_CONNECTED", *floats)
    per_channel = tensor(1, (5, 6), Quantization((0.1, 0.2, 0.3, 0.4, 0.5), (0,) * 5))
    assert not faults(OF_2020, "FULLY_CONNECTED", data, per_channel, output)


@pytest.mark.parametrize(
    ("name", "tflm", "wrong"),
    [
        ("RELU", OF_2020, True),
        ("RELU", TODAYS, False),
        ("RELU6", OF_2020, False),
        ("RELU6", TODAYS, False),
    ],
)
def test_activation_to_another_scale(name, tflm, wrong):
    reasons = faults(tflm, name, tensor(0, (4,), COARSE), tensor(1, (4,), FINE))
    assert [reason.startswith("has an output of another scale") for reason in reasons] == [
        True
    ] * wrong
    assert not faults(tflm, name, tensor(0, (4,), FINE), tensor(1, (4,), FINE))
    assert not faults(
        tflm, name, tensor(0, (4,), dtype="float32"), tensor(1, (4,), dtype="float32")
    )


def test_padded_blocks():
    sizes = [tensor(1, (2,), dtype="int32"), tensor(2, (2, 2), dtype="int32")]
    padded = [tensor(0, (1, 3, 3, 1), COARSE), *sizes, tensor(3, (4, 2, 2, 1), COARSE)]
    assert not faults(TODAYS, "SPACE_TO_BATCH_ND", *padded)
    (reason,) = departures(TODAYS, "SPACE_TO_BATCH_ND", *padded)
    assert "its input's zero point is 3" in reason
    whole = [tensor(0, (1, 4, 4, 1), COARSE), *sizes, tensor(3, (4, 2, 2, 1), COARSE)]
    assert not departures(TODAYS, "SPACE_TO_BATCH_ND", *whole)
    centered = [tensor(0, (1, 3, 3, 1), CENTERED), *sizes, tensor(3, (4, 2, 2, 1), CENTERED)]
    assert not departures(TODAYS, "SPACE_TO_BATCH_ND", *centered)
    floats = [tensor(i, t.shape, dtype="float32") for i, t in enumerate(padded)]
    assert not departures(TODAYS, "SPACE_TO_BATCH_ND", *floats)


@pytest.mark.parametrize("tflm", [OF_2020, TODAYS])
def test_relu6_to_another_scale_is_a_departure_of_every_tflm(tflm):
    (warning,) = departures(tflm, "RELU6", tensor(0, (4,), COARSE), tensor(1, (4,), FINE))
    assert warning.startswith("has an output of another scale")
    assert not departures(tflm, "RELU6", tensor(0, (4,), FINE), tensor(1, (4,), FINE))


def test_pixel_centers():
    tensors = [tensor(0, (1, 3, 4, 1)), tensor(1, (2,), dtype="int32"), tensor(2, (1, 5, 8, 1))]
    name = "RESIZE_NEAREST_NEIGHBOR"
    (reason,) = faults(OF_2020, name, *tensors, half_pixel_centers=True)
    assert "half_pixel_centers" in reason
    assert not faults(OF_2020, name, *tensors, half_pixel_centers=False)
    assert not faults(TODAYS, name, *tensors, half_pixel_centers=True)
    # To a multiple of the size the centers make no difference.
    tensors[2] = tensor(2, (1, 6, 8, 1))
    assert not faults(OF_2020, name, *tensors, half_pixel_centers=True)
    assert faults(OF_2020, name, *tensors, half_pixel_centers=True, align_corners=True)


def test_other_operators_and_odd_ones():
    assert not faults(OF_2020, "ADD", tensor(0, (4,)), tensor(1, (4,)))
    node = Node(0, Operator(0, "CONV_2D", 1), (-1, -1), (0,))
    subgraph = Subgraph(0, "", (tensor(0, (4,)),), (node,), (), (0,))
    assert not list(silent_faults.of_node(subgraph, node, OF_2020))
    for name in OF_2020.registrations:
        for few in (
            Node(0, Operator(0, name, 1), (), ()),
            Node(0, Operator(0, name, 1), (0,), (0,)),
        ):
            assert not list(silent_faults.of_node(subgraph, few, OF_2020))
