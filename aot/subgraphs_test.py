# SPDX-License-Identifier: Apache-2.0
"""Calls of subgraphs, and variables: compiled C, the specification and the wheel agree."""

import dataclasses
import pathlib

import numpy as np
import pytest

from aot import compiler, importer
from aot.graph import walk
from aot.kernels.registry import KERNELS
from aot.testing import one_operator
from aot.testing.compiled_program import CompiledProgram
from aot.testing.one_operator import tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

_FLAG = tensor((1,), "bool")
_X = tensor((1, 1, 4, 1), "float32")
_HANDLE = TensorSpec((), "resource")


def _node(operator: str, inputs: list[int], outputs: list[int], **options: object) -> NodeSpec:
    kind = {"VAR_HANDLE": "VarHandleOptions", "CALL_ONCE": "CallOnceOptions"}.get(operator)
    kind = kind or one_operator.options_type(operator)
    return NodeSpec(operator, inputs, outputs, options=options, options_type=kind)  # type: ignore[arg-type]


def _average(source: int, output: int) -> NodeSpec:
    """Averages neighbours: exact, and never twice the same."""
    return _node(
        "AVERAGE_POOL_2D", [source], [output],
        StrideW=1, StrideH=1, FilterWidth=2, FilterHeight=1,
    )  # fmt: skip


def _handle(output: int, name: str = "state", **options: str) -> NodeSpec:
    return _node("VAR_HANDLE", [], [output], SharedName=name, **options)


def _read(handle: int, output: int) -> NodeSpec:
    return _node("READ_VARIABLE", [handle], [output])


def _assign(handle: int, value: int) -> NodeSpec:
    return _node("ASSIGN_VARIABLE", [handle, value], [])


def _model(*graphs: GraphSpec) -> Model:
    return parse_model(build_graphs(*graphs), "model.tflite")


def _check(made: Model, folder: pathlib.Path, runs: int = 6) -> None:
    one_operator.check(made, folder, runs=runs)


def _constant(*numbers: float) -> TensorSpec:
    return tensor((1, 1, 4, 1), "float32", data=np.array(numbers))


# --- variables ------------------------------------------------------------------------------------


def _before(kind: str, zero_point: int) -> Model:
    """Makes a model whose output is the input of the run before."""
    # The wheel begins with the zero point's low byte in each byte, whatever the type.
    value = tensor((2, 3), kind, scale=0.5 if kind != "float32" else (), zero_point=zero_point)
    return _model(
        GraphSpec(
            [value, _HANDLE, value],
            [_handle(1), _read(1, 2), _assign(1, 0)],
            [0],
            [2],
        )
    )


@pytest.mark.parametrize(
    ("kind", "zero_point"),
    [("int8", -7), ("int8", 0), ("int16", 300), ("float32", 0), ("uint8", 200)],
)
def test_a_variable_begins_with_its_zero_point(kind: str, zero_point: int, tmp_path: pathlib.Path):
    _check(_before(kind, zero_point), tmp_path)


def test_reset_puts_variables_back(tmp_path: pathlib.Path):
    compiled = compiler.compile_model(_before("int8", -7), name="model", trace=True)
    program = CompiledProgram(compiled, "model", tmp_path)
    ones = [np.ones((2, 3), np.int8)]
    first, second = (program.run(ones)[2].copy() for _ in range(2))
    program.reset()
    assert (first == -7).all() and (second == 1).all()
    assert (program.run(ones)[2] == -7).all()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # The same one, though the handle is another one.
        ({"SharedName": "a"}, {"SharedName": "a"}),
        ({"SharedName": "a"}, {"SharedName": "b"}),
        ({"SharedName": "a", "Container": "x"}, {"SharedName": "a", "Container": "y"}),
        # Without a container any is the same.
        ({"SharedName": "a", "Container": "x"}, {"SharedName": "a"}),
    ],
)
def test_names_of_variables(first: dict[str, str], second: dict[str, str], tmp_path: pathlib.Path):
    made = _model(
        GraphSpec(
            [_X, _HANDLE, _HANDLE, _X, _X],
            [
                _node("VAR_HANDLE", [], [1], **first),
                _node("VAR_HANDLE", [], [2], **second),
                _read(1, 3),
                _assign(1, 0),
                _read(2, 4),
                _assign(2, 3),
            ],
            [0],
            [3, 4],
        )
    )
    _check(made, tmp_path)


def test_a_variable_of_another_type_and_shape(tmp_path: pathlib.Path):
    small = tensor((2, 3), "int8", scale=1.0)
    made = _model(
        GraphSpec(
            [small, _HANDLE, tensor((3,), "int16", scale=1.0)],
            [_handle(1), _assign(1, 0), _read(1, 2)],
            [0],
            [2],
        )
    )
    _check(made, tmp_path)


def test_the_file_says_nothing_of_a_variable(tmp_path: pathlib.Path):
    # The wheel ignores the contents that the file has.
    state = tensor((1, 2), "int8", scale=1.0, zero_point=5, data=np.ones((1, 2)), variable=True)
    made = _model(
        GraphSpec(
            [state, tensor((2, 1), "int8", scale=1.0, zero_point=5), _X],
            [_node("RESHAPE", [0], [1])],
            [2],
            [1],
        )
    )
    _check(made, tmp_path)


def test_an_output_is_a_variable(tmp_path: pathlib.Path):
    state = tensor((1, 1, 4, 1), "float32", variable=True)
    made = _model(GraphSpec([_X, state, _X], [_average(1, 2), _average(0, 1)], [0], [1, 2]))
    _check(made, tmp_path)


def test_an_output_is_a_constant(tmp_path: pathlib.Path):
    constant = dataclasses.replace(_constant(1, 2, 3, 4), name="fixed")
    made = _model(GraphSpec([_X, constant, _X], [_average(0, 2)], [0], [1, 2]))
    _check(made, tmp_path)
    compiled = compiler.compile_model(made, name="model")
    assert "{\n  (void)model;\n  return fixed_;\n}" in compiled.sources.source


# --- CALL_ONCE ------------------------------------------------------------------------------------


def _once(*nodes: NodeSpec, before: tuple[NodeSpec, ...] = ()) -> Model:
    """Makes a model that gives what a variable has, then what another one has."""
    return _model(
        GraphSpec(
            [_X, _HANDLE, _HANDLE, _X, _X],
            [
                *before,
                _node("CALL_ONCE", [], [], InitSubgraphIndex=1),
                _handle(1, "a"),
                _handle(2, "b"),
                _read(1, 3),
                _read(2, 4),
                _assign(1, 0),
                _assign(2, 3),
            ],
            [0],
            [3, 4],
        ),
        GraphSpec([_constant(1, 2, 3, 4), _X, _HANDLE, _HANDLE, _X], list(nodes), [], []),
    )


def test_call_once_makes_the_first_contents(tmp_path: pathlib.Path):
    made = _once(_handle(2, "b"), _assign(2, 0))
    compiled = compiler.compile_model(made, name="model", trace=True)
    program = CompiledProgram(compiled, "model", tmp_path)
    zeros = [np.zeros((1, 1, 4, 1), np.float32)]
    for _ in range(2):
        assert program.run(zeros)[4].ravel().tolist() == [1, 2, 3, 4]
        assert program.run(zeros)[4].ravel().tolist() == [0, 0, 0, 0]
        program.reset()
    _check(made, tmp_path)


def test_call_once_computes(tmp_path: pathlib.Path):
    # What is read here was assigned here, or not at all.
    made = _once(
        _handle(2, "b"),
        _assign(2, 0),
        _handle(3, "a"),
        _read(2, 1),
        _average(1, 4),
        _assign(3, 4),
        _assign(2, 1),
    )
    _check(made, tmp_path)


def test_call_once_after_operators_that_do_not_matter(tmp_path: pathlib.Path):
    made = _once(_handle(2, "a"), _assign(2, 0), before=(_handle(2, "b"),))
    _check(made, tmp_path)


# --- IF -------------------------------------------------------------------------------------------


def _if(inputs: list[int], outputs: list[int]) -> NodeSpec:
    return _node("IF", inputs, outputs, ThenSubgraphIndex=1, ElseSubgraphIndex=2)


def test_if(tmp_path: pathlib.Path):
    made = _model(
        GraphSpec([_FLAG, _X, _X, _X], [_if([0, 1], [2]), _average(2, 3)], [0, 1], [2, 3]),
        GraphSpec([_X, _X], [_average(0, 1)], [0], [1]),
        GraphSpec([_X], [], [0], [0]),
    )
    _check(made, tmp_path, runs=10)


def test_if_with_constants_and_other_shapes(tmp_path: pathlib.Path):
    flat, constant = tensor((4,), "float32"), _constant(1, 2, 3, 4)
    made = _model(
        GraphSpec([_FLAG, _X, constant, _X, flat], [_if([0, 1, 2], [3, 4])], [0, 1], [3, 4]),
        GraphSpec([flat, _X, _X], [_average(1, 2)], [0, 1], [2, 0]),
        GraphSpec([_X, _X, constant], [], [0, 1], [1, 2]),
    )
    _check(made, tmp_path, runs=10)


@pytest.mark.parametrize("condition", [False, True])
def test_if_of_a_constant(condition: bool, tmp_path: pathlib.Path):
    flag = tensor((), "bool", data=np.array(condition))
    made = _model(
        GraphSpec([flag, _X, _X], [_if([0, 1], [2])], [1], [2]),
        GraphSpec([_X, _X], [_average(0, 1)], [0], [1]),
        GraphSpec([_X], [], [0], [0]),
    )
    _check(made, tmp_path)


def test_a_branch_makes_a_constant(tmp_path: pathlib.Path):
    flat = tensor((4,), "float32", data=np.arange(4))
    made = _model(
        GraphSpec([_FLAG, _X, _X], [_if([0, 1], [2])], [0, 1], [2]),
        GraphSpec(
            [_X, flat, _X, _X], [_node("RESHAPE", [1], [2]), _node("ADD", [0, 2], [3])], [0], [3]
        ),
        GraphSpec([_X], [], [0], [0]),
    )
    _check(made, tmp_path, runs=8)
    (branch,) = importer.import_model(made, KERNELS).ops
    assert [[op.kind for op in block] for block in branch.blocks] == [["ADD", "COPY"], ["COPY"]]


def test_if_within_if(tmp_path: pathlib.Path):
    inner = NodeSpec(
        "IF", [0, 1], [2], options={"ThenSubgraphIndex": 3, "ElseSubgraphIndex": 4},
        options_type="IfOptions",
    )  # fmt: skip
    made = _model(
        GraphSpec(
            [_FLAG, _FLAG, _X, _X, _X],
            [_if([0, 1, 2], [3]), _average(3, 4)],
            [0, 1, 2],
            [3, 4],
        ),
        GraphSpec([_FLAG, _X, _X, _X], [inner, _average(2, 3)], [0, 1], [3]),
        GraphSpec([_FLAG, _X], [], [0, 1], [1]),
        GraphSpec([_X, _X], [_average(0, 1)], [0], [1]),
        GraphSpec([_X], [], [0], [0]),
    )
    _check(made, tmp_path, runs=16)


def test_a_branch_has_variables(tmp_path: pathlib.Path):
    """A handle is given to a branch, which has a variable of its own, too."""
    own = tensor((1, 1, 4, 1), "float32", variable=True)
    made = _model(
        GraphSpec(
            [_FLAG, _X, _HANDLE, _X, _X, _X],
            [_handle(2), _assign(2, 1), _if([0, 2, 1], [3, 4]), _read(2, 5)],
            [0, 1],
            [3, 4, 5],
        ),
        GraphSpec(
            [_HANDLE, _X, _X, own, _X],
            [_average(1, 2), _assign(0, 2), _average(3, 4), _average(2, 3)],
            [0, 1],
            [2, 4],
        ),
        GraphSpec([_HANDLE, _X, _X], [_read(0, 2)], [0, 1], [2, 1]),
    )
    _check(made, tmp_path, runs=12)


def test_a_branch_is_called_twice(tmp_path: pathlib.Path):
    """Both calls have the same variable, as in the wheel."""
    own = tensor((1, 1, 4, 1), "float32", variable=True)
    made = _model(
        GraphSpec(
            [_FLAG, _X, _X, _X, _X],
            [_if([0, 1], [2]), _average(2, 3), _if([0, 3], [4])],
            [0, 1],
            [2, 4],
        ),
        GraphSpec([_X, own, _X], [_average(1, 2), _average(0, 1)], [0], [2]),
        GraphSpec([_X, _X], [_average(0, 1)], [0], [1]),
    )
    _check(made, tmp_path, runs=12)


def test_an_input_of_the_model_and_of_a_branch_is_a_variable(tmp_path: pathlib.Path):
    own = tensor((1, 1, 4, 1), "float32", variable=True)
    made = _model(
        GraphSpec([_FLAG, own, _X, _X], [_if([0, 1], [2]), _average(1, 3)], [0, 1], [2, 3]),
        GraphSpec([own, _X], [_average(0, 1)], [0], [1]),
        GraphSpec([own, _X], [_average(0, 1), _average(1, 0)], [0], [0]),
    )
    _check(made, tmp_path, runs=12)


# --- WHILE ----------------------------------------------------------------------------------------


def _while(inputs: list[int], outputs: list[int]) -> NodeSpec:
    return _node("WHILE", inputs, outputs, CondSubgraphIndex=1, BodySubgraphIndex=2)


def _loop(body: GraphSpec, first: int = 0) -> Model:
    """Makes a loop of three flags and a tensor that runs as long as the first flag says."""
    flags = [_FLAG] * 3
    return _model(
        GraphSpec(
            [*flags, _X, *flags, _X, _X],
            [_while([0, 1, 2, 3], [4, 5, 6, 7]), _average(7, 8)],
            [0, 1, 2, 3],
            [4, 5, 6, 7, 8],
        ),
        GraphSpec([*flags, _X], [], [0, 1, 2, 3], [first]),
        body,
    )


_NO = tensor((1,), "bool", data=np.array([False]))


def test_while(tmp_path: pathlib.Path):
    # Flags move on, so that each output is what another input was.
    body = GraphSpec([_FLAG] * 3 + [_X, _NO, _X], [_average(3, 5)], [0, 1, 2, 3], [1, 2, 4, 5])
    _check(_loop(body), tmp_path, runs=16)


def test_while_exchanges(tmp_path: pathlib.Path):
    body = GraphSpec([_FLAG] * 3 + [_X, _NO], [], [0, 1, 2, 3], [2, 0, 4, 3])
    _check(_loop(body), tmp_path, runs=16)


def test_while_with_other_shapes(tmp_path: pathlib.Path):
    flat = tensor((1, 2, 2, 1), "float32")
    body = GraphSpec([_FLAG] * 3 + [flat, _NO, flat], [_average(3, 5)], [0, 1, 2, 3], [1, 2, 4, 5])
    _check(_loop(body), tmp_path, runs=16)


def test_while_has_variables(tmp_path: pathlib.Path):
    """What a round assigns the next one reads, and so does the next run."""
    own = tensor((1, 1, 4, 1), "float32", variable=True)
    main = [
        *[_FLAG] * 3, _X, _HANDLE,
        *[_FLAG] * 3, _X, _HANDLE, _X,
    ]  # fmt: skip
    made = _model(
        GraphSpec(
            main,
            [_handle(4), _while([0, 1, 2, 3, 4], [5, 6, 7, 8, 9]), _read(9, 10)],
            [0, 1, 2, 3],
            [5, 6, 7, 8, 10],
        ),
        GraphSpec([*[_FLAG] * 3, _X, _HANDLE], [], [0, 1, 2, 3, 4], [0]),
        GraphSpec(
            [*[_FLAG] * 3, _X, _HANDLE, _NO, own, _X, _X, _HANDLE],
            [
                _handle(9),
                _read(4, 7),
                _average(6, 8),
                _assign(9, 3),
                _average(7, 6),
            ],
            [0, 1, 2, 3, 4],
            [1, 2, 5, 8, 4],
        ),
    )
    _check(made, tmp_path, runs=16)


def test_a_loop_within_a_loop(tmp_path: pathlib.Path):
    """The inner loop runs as often as there are flags left, and reads what is outside of both."""
    inner = NodeSpec(
        "WHILE", [0, 1, 2, 3], [4, 5, 6, 7],
        options={"CondSubgraphIndex": 1, "BodySubgraphIndex": 3}, options_type="WhileOptions",
    )  # fmt: skip
    flags = [_FLAG] * 3
    made = _model(
        GraphSpec(
            [*flags, _X, *flags, _X, _X],
            [_while([0, 1, 2, 3], [4, 5, 6, 7]), _average(3, 8)],
            [0, 1, 2, 3],
            [4, 5, 6, 7, 8],
        ),
        GraphSpec([*flags, _X], [], [0, 1, 2, 3], [0]),
        GraphSpec(
            [*flags, _X, *flags, _X, _NO, _X],
            [inner, _average(7, 9)],
            [0, 1, 2, 3],
            [1, 2, 8, 9],
        ),
        GraphSpec([*flags, _X, _NO, _X], [_average(3, 5)], [0, 1, 2, 3], [1, 2, 4, 5]),
    )
    _check(made, tmp_path, runs=16)
    ops = importer.import_model(made, KERNELS).ops
    assert [op.kind for op in walk(ops)].count("WHILE") == 2
