# SPDX-License-Identifier: Apache-2.0

from collections.abc import Sequence

import numpy as np
import pytest

from aot import compiler
from aot.graph import Graph, Op, Value
from aot.interpreter import Interpreter
from aot.kernels.registry import KERNELS
from aot.passes.variables_in_place import use_variables_in_place


def _value(name: str, *, variable: bool = False, shape: tuple[int, ...] = (4,)) -> Value:
    return Value(name, shape, "float32", is_variable=variable)


_STATE, _SECOND = (_value(name, variable=True) for name in ("state", "second"))
_X, _READ, _MADE, _OTHER = map(_value, ("x", "read", "made", "other"))


def _read(output: Value = _READ) -> Op:
    return Op("READ_VARIABLE", (_STATE,), (output,))


def _softmax(source: Value, output: Value) -> Op:
    return Op("SOFTMAX", (source,), (output,), {"beta": 1.0})


def _assign(value: Value) -> Op:
    return Op("ASSIGN_VARIABLE", (value,), (_STATE,))


def _kinds(ops: Sequence[Op], *outputs: Value) -> list[str]:
    """Runs the pass, checks that it makes no difference, and lists what is left."""
    start = {v: np.arange(4, dtype=np.float32) for v in (_STATE, _SECOND)}
    graph = Graph(tuple(ops), (_X,), outputs, (_STATE, _SECOND), start)
    made = use_variables_in_place(graph, KERNELS)
    one, two = Interpreter(graph, KERNELS), Interpreter(made, KERNELS)
    for run in range(3):
        x = np.array([run, 1, -run, 0], np.float32)
        first, second = one.run([x]), two.run([x])
        for value in (_STATE, _SECOND, *outputs):
            assert (first[value] == second[value]).all()
    return [op.kind for op in made.ops]


def test_a_variable_is_read_in_place():
    assert _kinds([_read(), _softmax(_READ, _MADE), _assign(_X)], _MADE) == [
        "SOFTMAX",
        "ASSIGN_VARIABLE",
    ]


def test_it_is_not_if_it_changes_before_the_last_use():
    ops = [_read(), _assign(_X), _softmax(_READ, _MADE)]
    assert _kinds(ops, _MADE) == [op.kind for op in ops]


def test_it_is_not_if_the_model_gives_it():
    assert _kinds([_read(), _assign(_X)], _READ) == ["READ_VARIABLE", "ASSIGN_VARIABLE"]


def test_it_is_not_if_it_has_another_shape():
    other = _value("other", shape=(2, 2))
    ops = [_read(other), _softmax(other, _value("made", shape=(2, 2)))]
    assert _kinds(ops, ops[1].output) == ["READ_VARIABLE", "SOFTMAX"]


def test_a_variable_is_written_in_place():
    assert _kinds([_softmax(_X, _MADE), _assign(_MADE), _read()], _READ) == [
        "SOFTMAX",
        "READ_VARIABLE",
    ]


def test_others_may_read_what_was_assigned():
    ops = [_softmax(_X, _MADE), _assign(_MADE), _softmax(_MADE, _OTHER)]
    assert _kinds(ops, _OTHER) == ["SOFTMAX", "SOFTMAX"]


def test_one_value_is_assigned_to_two_variables():
    ops = [_softmax(_X, _MADE), _assign(_MADE), Op("ASSIGN_VARIABLE", (_MADE,), (_SECOND,))]
    assert _kinds(ops, _X) == ["SOFTMAX", "ASSIGN_VARIABLE"]


def test_it_is_not_written_while_the_old_contents_are_needed():
    ops = [_softmax(_X, _MADE), _read(), _softmax(_READ, _OTHER), _assign(_MADE)]
    assert _kinds(ops, _OTHER) == ["SOFTMAX", "SOFTMAX", "ASSIGN_VARIABLE"]


def test_it_is_not_written_by_what_reads_it():
    ops = [_read(), _softmax(_READ, _MADE), _assign(_MADE)]
    assert _kinds(ops, _X) == ["SOFTMAX", "ASSIGN_VARIABLE"]


def test_it_is_not_written_if_it_changes_before_the_last_use():
    ops = [_softmax(_X, _MADE), _assign(_MADE), _assign(_X), _softmax(_MADE, _OTHER)]
    assert _kinds(ops, _OTHER) == [op.kind for op in ops]


@pytest.mark.parametrize("outputs", [(_MADE,), (_X,)])
def test_what_the_model_gives_or_has_is_copied(outputs: tuple[Value, ...]):
    source = outputs[0]
    ops = [_softmax(_X, _MADE), _assign(source)]
    assert _kinds(ops, source)[-1] == "ASSIGN_VARIABLE"


def test_a_block_that_writes_counts():
    test = Value("test", (1,), "bool", data=np.array([True]))
    branch = Op("IF", (_X,), (), blocks=((_assign(_X),), ()), condition=test)
    ops = [_read(), branch, _softmax(_READ, _MADE)]
    assert _kinds(ops, _MADE) == ["READ_VARIABLE", "IF", "SOFTMAX"]


def test_it_is_one_of_the_passes():
    assert "use_variables_in_place" in compiler.STAGES


def test_it_is_not_written_if_it_has_another_shape():
    source, made = _value("x", shape=(2, 2)), _value("made", shape=(2, 2))
    reshape = Op("RESHAPE", (_X,), (source,), {})
    assert _kinds([reshape, _softmax(source, made), _assign(made)], _X) == [
        "RESHAPE",
        "SOFTMAX",
        "ASSIGN_VARIABLE",
    ]
