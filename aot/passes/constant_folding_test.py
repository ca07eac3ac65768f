# SPDX-License-Identifier: Apache-2.0

import numpy as np

from aot.graph import Graph, Op, Value
from aot.kernels.registry import KERNELS
from aot.passes.constant_folding import fold_constants

_DATA = np.arange(6, dtype=np.int8).reshape(2, 3)


def test_what_depends_on_constants_alone_is_computed():
    constant = Value("c", (2, 3), "int8", data=_DATA)
    flat, back = Value("flat", (6,), "int8"), Value("back", (3, 2), "int8")
    source, result = Value("in", (6,), "int8"), Value("out", (6,), "int8")
    ops = (
        Op("RESHAPE", (constant,), (flat,), {}),
        Op("RESHAPE", (flat,), (back,), {}),
        Op("RESHAPE", (source, back), (result,), {}),
    )
    folded = fold_constants(Graph(ops, (source,), (result,)), KERNELS)
    assert [op.inputs[0] for op in folded.ops] == [source]
    made = folded.ops[0].input(1)
    assert made.name == "back"
    assert made.data is not None
    np.testing.assert_array_equal(made.data, _DATA.reshape(3, 2))


def test_a_scalar_stays_one():
    constant = Value("c", (), "float32", data=np.array(2, np.float32))
    negative, end = Value("n", (), "float32"), Value("e", (), "float32")
    source, result = Value("in", (), "float32"), Value("out", (), "float32")
    ops = (
        Op("NEG", (constant,), (negative,), {}),
        Op("NEG", (negative,), (end,), {}),
        Op("ADD", (source, end), (result,), {"fused_activation_function": "NONE"}),
    )
    folded = fold_constants(Graph(ops, (source,), (result,)), KERNELS)
    made = folded.ops[0].input(1)
    assert made.data is not None
    assert (made.data.shape, made.data.tolist()) == ((), 2)


def test_an_output_of_the_model_is_still_written():
    constant = Value("c", (2, 3), "int8", data=_DATA)
    result = Value("out", (6,), "int8")
    graph = Graph((Op("RESHAPE", (constant,), (result,), {}),), (), (result,))
    assert fold_constants(graph, KERNELS).ops == graph.ops


def test_what_writes_a_variable_stays():
    constant = Value("c", (6,), "int8", data=_DATA.ravel())
    variable = Value("v", (6,), "int8", is_variable=True)
    graph = Graph((Op("RESHAPE", (constant,), (variable,), {}),), (), (), (variable,))
    assert fold_constants(graph, KERNELS).ops == graph.ops
