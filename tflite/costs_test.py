# SPDX-License-Identifier: Apache-2.0
import pytest

from tflite import costs
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs


def layer(operator, shapes, output, inputs=None, **options):
    """Builds one layer; all of its inputs but the first are constants."""
    tensors = [TensorSpec(shapes[0])]
    tensors += [TensorSpec(shape, data=bytes(i + 1)) for i, shape in enumerate(shapes[1:])]
    tensors.append(TensorSpec(output))
    node = NodeSpec(
        operator,
        range(len(shapes)) if inputs is None else inputs,
        (len(shapes),),
        options_type=options.pop("options_type", ""),
        options=options,
    )
    subgraph = parse_model(build_graphs(GraphSpec(tensors, [node])), "m").main
    return subgraph.nodes[0], subgraph


@pytest.mark.parametrize(
    ("operator", "shapes", "output", "expected"),
    [
        # By hand: 2 * 3 * 8 outputs, each from a window of 3 * 5 on 4 channels.
        ("CONV_2D", [(1, 9, 9, 4), (8, 3, 5, 4), (8,)], (1, 2, 3, 8), 2 * 3 * 8 * 3 * 5 * 4),
        ("DEPTHWISE_CONV_2D", [(1, 9, 9, 4), (1, 3, 5, 8)], (1, 2, 3, 8), 2 * 3 * 8 * 3 * 5),
        ("FULLY_CONNECTED", [(2, 30), (7, 30), (7,)], (2, 7), 2 * 7 * 30),
        # Each of 2 * 2 * 3 inputs goes to a window of 3 * 5 on 8 channels.
        (
            "TRANSPOSE_CONV",
            [(4,), (8, 3, 5, 3), (1, 2, 2, 3)],
            (1, 4, 4, 8),
            2 * 2 * 3 * 3 * 5 * 8,
        ),
        ("BATCH_MATMUL", [(3, 4, 5), (3, 5, 6)], (3, 4, 6), 3 * 4 * 5 * 6),
        ("SVDF", [(2, 10), (6, 10), (6, 7)], (2, 6), 2 * (6 * 10 + 6 * 7)),
        ("MAX_POOL_2D", [(1, 4, 4, 1)], (1, 2, 2, 1), 0),
        ("ADD", [(5,), (5,)], (5,), 0),
        ("Mine", [(5,)], (5,), None),
        # Shapes that no such operator has.
        ("CONV_2D", [(1, 9, 9, 4), (8,)], (1, 2, 3, 8), None),
        ("FULLY_CONNECTED", [(2, 30)], (2, 7), None),
        ("DEPTHWISE_CONV_2D", [(1, 9, 9, 4), (1, 3)], (1, 2, 3, 8), None),
        ("BATCH_MATMUL", [(), ()], (), None),
    ],
)
def test_counts_multiply_accumulates(operator, shapes, output, expected):
    assert costs.multiply_accumulates(*layer(operator, shapes, output)) == expected


def test_takes_the_depth_of_a_transposed_matrix():
    node, subgraph = layer(
        "BATCH_MATMUL", [(5, 4), (5, 6)], (4, 6), options_type="BatchMatMulOptions", AdjX=True
    )
    assert costs.multiply_accumulates(node, subgraph) == 4 * 5 * 6


def test_counts_an_lstm_by_its_matrices():
    shapes = [(2, 10, 3), *[(4, 3)] * 4, *[(4, 4)] * 4]
    node, subgraph = layer("UNIDIRECTIONAL_SEQUENCE_LSTM", shapes, (2, 10, 4), [*range(9), -1])
    # Without a projection it has 17 inputs and more; with fewer it is not an LSTM.
    assert costs.multiply_accumulates(node, subgraph) is None
    node, subgraph = layer(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", shapes, (2, 10, 4), [*range(9), *[-1] * 15]
    )
    assert costs.multiply_accumulates(node, subgraph) == 2 * 10 * (4 * 4 * 3 + 4 * 4 * 4)


def test_adds_up_weights_once_each():
    node, subgraph = layer("FULLY_CONNECTED", [(1, 2), (3, 2), (3,)], (1, 3), (0, 1, 2, 1, -1))
    assert costs.weight_bytes(node, subgraph) == 1 + 2
