# SPDX-License-Identifier: Apache-2.0

import pytest

from aot import graph
from aot.graph import Graph, Op, Value


def _chain() -> tuple[Graph, list[Value]]:
    values = [Value(name, (2,), "int8") for name in "abcd"]
    ops = tuple(
        Op("RESHAPE", (values[i],), (values[i + 1],), {"new_shape": (2,)}, i) for i in range(3)
    )
    return Graph(ops, (values[0],), (values[3],)), values


def test_values_users_and_producers():
    made, values = _chain()
    assert list(made.values()) == values
    assert made.users()[values[1]] == [made.ops[1]]
    assert values[3] not in made.users()
    assert made.producers()[values[1]] is made.ops[0]
    assert values[0] not in made.producers()


def test_a_value_in_place_of_another_is_followed():
    made, values = _chain()
    # c is what b is, and b what a is.
    changed = graph.rewrite(made, made.ops, {values[2]: values[1], values[1]: values[0]})
    assert [op.inputs for op in changed.ops] == [(values[0],)]
    assert changed.outputs == (values[3],)


def test_an_output_may_be_replaced():
    made, values = _chain()
    changed = graph.rewrite(made, made.ops, {values[3]: values[2]})
    assert changed.outputs == (values[2],)
    assert len(changed.ops) == 2


def test_what_nobody_reads_is_left_out():
    made, values = _chain()
    unread = Op("RESHAPE", (values[0],), (Value("e", (2,), "int8"),))
    assert graph.rewrite(made, (*made.ops, unread)).ops == made.ops
    variable = Value("v", (2,), "int8", is_variable=True)
    writes = Op("RESHAPE", (values[0],), (variable,))
    assert graph.rewrite(made, (*made.ops, writes)).ops == (*made.ops, writes)


def test_an_input_that_is_left_out():
    op = Op("CONV_2D", (Value("a", (), "int8"), None), (Value("b", (), "int8"),), {}, 7)
    assert op.optional_input(1) is None
    assert op.optional_input(2) is None
    assert op.label == "operator 7 (CONV_2D)"
    with pytest.raises(IndexError, match="input 1 of CONV_2D is left out"):
        op.input(1)


def test_text():
    made, _ = _chain()
    assert graph.as_text(made) == (
        "inputs a:int8[2]\n"
        "b:int8[2] = RESHAPE(a:int8[2]) {new_shape=(2,)}\n"
        "c:int8[2] = RESHAPE(b:int8[2]) {new_shape=(2,)}\n"
        "d:int8[2] = RESHAPE(c:int8[2]) {new_shape=(2,)}\n"
        "outputs d:int8[2]\n"
    )


def _with_block() -> tuple[Graph, Op]:
    """Makes a branch that reads a value from outside, with an operator of its own."""
    source, test, output = (
        Value("a", (2,), "int8"),
        Value("t", (1,), "bool"),
        Value("o", (2,), "int8"),
    )
    middle = Value("m", (2,), "int8")
    before = Op("RESHAPE", (source,), (middle,))
    inner = Op("COPY", (middle,), (output,))
    branch = Op("IF", (test, middle), (output,), blocks=((inner,), ()), condition=test)
    return Graph((before, branch), (source, test), (output,)), inner


def test_operators_in_blocks_are_listed_after_what_has_them():
    made, inner = _with_block()
    assert list(graph.walk(made.ops)) == [*made.ops, inner]
    assert made.users()[inner.input(0)] == [made.ops[1]]
    assert made.producers()[inner.output] is made.ops[1]


def test_values_are_replaced_in_blocks():
    made, inner = _with_block()
    changed = graph.rewrite(made, made.ops, {inner.input(0): made.inputs[0]})
    (branch,) = changed.ops
    assert branch.inputs == (made.inputs[1], made.inputs[0])
    assert [op.inputs for op in branch.blocks[0]] == [(made.inputs[0],)]
    other = Value("u", (1,), "bool")
    assert graph.rewrite(made, made.ops, {made.inputs[1]: other}).ops[1].condition is other


def test_a_block_may_write_a_variable():
    made, _ = _with_block()
    variable = Value("v", (2,), "int8", is_variable=True)
    writes = Op("COPY", (made.inputs[0],), (variable,))
    branch = Op("IF", made.inputs, (), blocks=((), (writes,)), condition=made.inputs[1])
    assert graph.writes_variable(branch)
    kept = graph.rewrite(made, (*made.ops, branch)).ops
    assert kept[-1].blocks == branch.blocks


def test_text_of_blocks():
    made, _ = _with_block()
    assert graph.as_text(made) == (
        "inputs a:int8[2], t:bool[1]\n"
        "m:int8[2] = RESHAPE(a:int8[2])\n"
        "o:int8[2] = IF(t:bool[1], m:int8[2])\n"
        "  block 0, condition t:bool[1]\n"
        "    o:int8[2] = COPY(m:int8[2])\n"
        "  block 1, condition t:bool[1]\n"
        "outputs o:int8[2]\n"
    )
