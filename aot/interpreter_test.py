# SPDX-License-Identifier: Apache-2.0
"""The interpreter: values, variables and blocks, with kernels of its own."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from aot.c_text import Body
from aot.graph import Graph, Op, Value
from aot.interpreter import Interpreter
from aot.kernels.kernel import Kernel


class _Function(Kernel):
    """A kernel of a function of arrays."""

    def __init__(self, function: Callable[..., list[np.ndarray]], changed: tuple[int, ...] = ()):
        self._function = function
        self._changed = changed

    def problems(self, op: Op) -> Iterator[str]:
        del op
        return iter(())

    def emit(self, op: Op, body: Body) -> None:
        raise NotImplementedError

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        del op
        return self._function(*inputs)

    def changed(self, op: Op) -> tuple[int, ...]:
        del op
        return self._changed


_KERNELS: dict[str, Kernel] = {
    "ADD": _Function(lambda a, b: [a + b]),
    "BELOW_10": _Function(lambda a: [a < 10]),
    # Gives what was there, and puts another number there.
    "EXCHANGE": _Function(lambda new, state: [state, new], (1,)),
    "LEFT_OUT": _Function(lambda a, b: [a if b is None else b]),
    "SAME": _Function(lambda a: [a]),
    "TOO_LARGE": _Function(lambda a: [np.concatenate([a, a])]),
}


def _value(dtype: str = "int32", data: int | None = None, *, variable: bool = False) -> Value:
    contents = None if data is None else np.array([data], dtype)
    return Value("", (1,), dtype, data=contents, is_variable=variable)


def _run(graph: Graph, *inputs: int) -> list[int]:
    known = Interpreter(graph, _KERNELS).run([np.array([i], np.int32) for i in inputs])
    return [int(known[value][0]) for value in graph.outputs]


def test_values_and_constants():
    a, b, c = _value(), _value(), _value()
    ops = (Op("ADD", (a, _value(data=5)), (b,)), Op("ADD", (b, a), (c,)))
    assert _run(Graph(ops, (a,), (c, b, a)), 2) == [9, 7, 2]


def test_an_input_is_left_out():
    a, b = _value(), _value()
    assert _run(Graph((Op("LEFT_OUT", (a, None), (b,)),), (a,), (b,)), 3) == [3]


def test_there_must_be_as_many_inputs():
    with pytest.raises(ValueError):
        _run(Graph((), (_value(),), ()))


def test_a_kernel_must_keep_to_the_shape():
    a = _value()
    op = Op("TOO_LARGE", (a,), (_value(),), index=7)
    with pytest.raises(AssertionError, match=r"operator 7 \(TOO_LARGE\)"):
        _run(Graph((op,), (a,), ()), 1)


def _stateful() -> tuple[Graph, Value]:
    source, state, output = _value(), _value(variable=True), _value()
    op = Op("EXCHANGE", (source, state), (output,))
    start = np.array([-4], np.int32)
    return Graph((op,), (source,), (output,), (state,), {state: start}), output


def test_a_variable_has_what_the_run_before_left():
    graph, output = _stateful()
    interpreter = Interpreter(graph, _KERNELS)
    runs = [interpreter.run([np.array([i], np.int32)])[output][0] for i in (1, 2, 3)]
    assert runs == [-4, 1, 2]
    interpreter.reset()
    assert interpreter.run([np.array([9], np.int32)])[output][0] == -4


def test_a_variable_that_is_an_output():
    state = _value(variable=True)
    graph = Graph(
        (Op("ADD", (state, _value(data=2)), (state,)),), (), (state,), (state,),
        {state: np.array([1], np.int32)},
    )  # fmt: skip
    interpreter = Interpreter(graph, _KERNELS)
    assert [int(interpreter.run([])[state][0]) for _ in range(3)] == [3, 5, 7]


def test_a_variable_that_is_an_input():
    state, output = _value(variable=True), _value()
    graph = Graph(
        (Op("SAME", (state,), (output,)),), (state,), (output,), (state,),
        {state: np.array([1], np.int32)},
    )  # fmt: skip
    assert _run(graph, 8) == [8]


@pytest.mark.parametrize(("source", "expected"), [(3, 4), (11, 13)])
def test_if(source: int, expected: int):
    a, test, output = _value(), _value("bool"), _value()
    blocks = tuple((Op("ADD", (a, _value(data=i)), (output,)),) for i in (1, 2))
    branch = Op("IF", (test, a), (output,), blocks=blocks, condition=test)
    graph = Graph((Op("BELOW_10", (a,), (test,)), branch), (a,), (output,))
    assert _run(graph, source) == [expected]


@pytest.mark.parametrize(("constant", "expected"), [(True, 4), (False, 5)])
def test_if_with_a_constant(constant: bool, expected: int):
    a, test, output = _value(), _value("bool", constant), _value()
    blocks = tuple((Op("ADD", (a, _value(data=i)), (output,)),) for i in (1, 2))
    branch = Op("IF", (a,), (output,), blocks=blocks, condition=test)
    assert _run(Graph((branch,), (a,), (output,)), 3) == [expected]


@pytest.mark.parametrize(("source", "expected"), [(1, 13), (9, 13), (10, 10)])
def test_while(source: int, expected: int):
    a, carried, test, new = _value(), _value(), _value("bool"), _value()
    blocks = (
        (Op("SAME", (a,), (carried,)),),
        (Op("BELOW_10", (carried,), (test,)),),
        (Op("ADD", (carried, _value(data=4)), (new,)), Op("SAME", (new,), (carried,))),
    )
    loop = Op("WHILE", (a,), (carried,), blocks=blocks, condition=test)
    assert _run(Graph((loop,), (a,), (carried,)), source) == [expected]
