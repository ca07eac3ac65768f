# SPDX-License-Identifier: Apache-2.0
"""The importer: what it makes of a file, and each reason for which it refuses one.

What it makes of calls and variables is tested with the wheel: subgraphs_test.py.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from aot import importer
from aot.c_text import Body
from aot.graph import Graph, Op
from aot.kernels.kernel import Kernel
from aot.testing.one_operator import ACTIVATION, options_type, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs


class _Any(Kernel):
    """A kernel that takes everything, but for what a test wants it to refuse."""

    def __init__(self, *options: str, refuses: tuple[str, ...] = (), changes: tuple[int, ...] = ()):
        self.options = options
        self._refuses = refuses
        self._changes = changes

    def problems(self, op: Op) -> Iterator[str]:
        del op
        return iter(self._refuses)

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        raise NotImplementedError

    def emit(self, op: Op, body: Body) -> None:
        raise NotImplementedError

    def changed(self, op: Op) -> tuple[int, ...]:
        del op
        return self._changes


_KERNELS: dict[str, Kernel] = {
    "ADD": _Any("fused_activation_function"),
    "ASSIGN_VARIABLE": _Any(),
    "CONV_2D": _Any("padding", "stride_w", "dilation_h_factor"),
    "LOGISTIC": _Any(),
    "READ_VARIABLE": _Any(),
    "SVDF": _Any(changes=(0,)),
    "TANH": _Any(refuses=("has one fault", "has another one")),
}
_X = tensor((1, 4), "float32")
_BOOL = tensor((1,), "bool")
_RESOURCE = TensorSpec((), "resource")


def _node(operator: str, inputs: list[int], outputs: list[int], **options: object) -> NodeSpec:
    kinds = {"VAR_HANDLE": "VarHandleOptions"}
    kind = kinds.get(operator) or options_type(operator)
    return NodeSpec(operator, inputs, outputs, options=options, options_type=kind)  # type: ignore[arg-type]


def _model(*graphs: GraphSpec) -> Model:
    return parse_model(build_graphs(*graphs), "m.tflite")


def _graph(*graphs: GraphSpec) -> Graph:
    return importer.import_model(_model(*graphs), _KERNELS)


def _refusal(*graphs: GraphSpec) -> str:
    with pytest.raises(importer.CompileError) as caught:
        _graph(*graphs)
    return str(caught.value)


def _one(first: TensorSpec, *nodes: NodeSpec, outputs: Sequence[int] = (1,)) -> GraphSpec:
    """Makes a subgraph of a tensor, four others, and operators on them."""
    return GraphSpec([first, _X, _X, _X, _X], list(nodes), [0], list(outputs))


_LOGISTIC = _node("LOGISTIC", [0], [1])


# --- what it makes --------------------------------------------------------------------------------


def test_values_and_operators():
    weights = tensor((2, 2), "int16", data=np.array([[1, -2], [3, -4]]), scale=0.5, zero_point=7)
    graph = _graph(
        GraphSpec(
            [_X, weights, tensor((3,), "bool", name="made")],
            [_node("ADD", [0, 1], [2], FusedActivationFunction=ACTIVATION.RELU6)],
            [0],
            [2],
        )
    )
    (op,) = graph.ops
    assert (op.kind, op.index, op.label) == ("ADD", 0, "operator 0 (ADD)")
    assert op.options == {"fused_activation_function": "RELU6"}
    assert graph.inputs == (op.input(0),) and graph.outputs == op.outputs
    assert (op.output.name, op.output.shape, op.output.dtype) == ("made", (3,), "bool")
    assert (op.output.tensor, op.output.is_constant, op.output.quantization) == (2, False, None)
    constant = op.input(1)
    assert (constant.scale, constant.zero_point) == (0.5, 7)
    assert constant.data is not None and constant.data.tolist() == [[1, -2], [3, -4]]
    assert not constant.data.flags.writeable


def test_an_input_is_left_out():
    (op,) = _graph(_one(_X, _node("ADD", [-1, 0], [1]))).ops
    assert op.inputs[0] is None and op.optional_input(0) is None


def test_options_that_the_file_does_not_have():
    node = NodeSpec("CONV_2D", [0], [1])
    (op,) = _graph(_one(_X, node)).ops
    assert op.options == {"padding": "SAME", "stride_w": 0, "dilation_h_factor": 0}


def test_options_of_which_the_file_has_a_few():
    (op,) = _graph(_one(_X, _node("CONV_2D", [0], [1], StrideW=3))).ops
    assert op.options == {"padding": "SAME", "stride_w": 3, "dilation_h_factor": 1}


@pytest.mark.parametrize("count", [3, 4])
def test_int4_is_unpacked(count: int):
    # The low half first; of an odd number the last half has no meaning.
    packed = TensorSpec((count,), "int4", data=bytes([0x2F, 0x78]))
    (op,) = _graph(GraphSpec([_X, packed, _X], [_node("ADD", [0, 1], [2])], [0], [2])).ops
    data = op.input(1).data
    assert data is not None and data.dtype == np.int8
    assert data.tolist() == [-1, 2, -8, 7][:count]


def test_float16_is_unpacked():
    halves = np.array([1.5, -2.0, 65504.0], np.float16)
    packed = TensorSpec((3,), "float16", data=halves.tobytes())
    (op,) = _graph(GraphSpec([_X, packed, _X], [_node("ADD", [0, 1], [2])], [0], [2])).ops
    data = op.input(1).data
    assert data is not None and data.dtype == np.float32
    assert data.tolist() == [1.5, -2.0, 65504.0]


def test_contents_that_are_too_long():
    weights = TensorSpec((2,), "int16", data=bytes([1, 0, 2, 0, 3, 0]))
    (op,) = _graph(GraphSpec([_X, weights, _X], [_node("ADD", [0, 1], [2])], [0], [2])).ops
    data = op.input(1).data
    assert data is not None and data.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("dtype", "start"), [("int8", -7), ("int16", 0), ("uint8", 0), ("float32", 0)]
)
def test_variables_begin_as_in_tflm(dtype: str, start: int):
    # Whatever contents the file has.
    state = tensor(
        (2,), dtype, scale=1.0, zero_point=-7 if dtype == "int8" else 7, data=np.ones(2),
        variable=True,
    )  # fmt: skip
    graph = _graph(GraphSpec([_X, state, _X], [_node("ADD", [0, 1], [2])], [0], [2]))
    value = graph.ops[0].input(1)
    assert graph.variables == (value,) and value.is_variable and not value.is_constant
    assert graph.initial[value].tolist() == [start, start]
    assert graph.initial[value].dtype == dtype


def test_variables_that_nothing_uses_are_left_out():
    state = tensor((2,), "float64", variable=True)
    graph = _graph(GraphSpec([_X, _X, state], [_LOGISTIC], [0], [1]))
    assert graph.variables == ()


def test_an_output_may_be_an_input_or_constant():
    graph = _graph(GraphSpec([_X, tensor((1,), "int8", data=np.ones(1))], [], [0], [0, 1]))
    assert graph.ops == () and [v.is_constant for v in graph.outputs] == [False, True]


def test_what_has_no_elements_is_not_computed():
    empty = tensor((1, 0), "int8", scale=0.5)
    graph = _graph(GraphSpec([_X, empty, empty, _X], [_node("LOGISTIC", [0], [1])], [0], [1, 2, 0]))
    assert graph.ops == ()
    assert [(v.is_constant, v.shape) for v in graph.outputs[:2]] == [(True, (1, 0))] * 2


def test_a_shape_without_elements_may_be_too_large():
    empty = tensor((0, 1 << 30, 1 << 30, 1 << 30), "int8", scale=0.5)
    assert "has the shape [0, 1073741824, " in _refusal(GraphSpec([_X, empty], [], [0], [1]))


# --- what it refuses: tensors and operators -------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "nodes", "message"),
    [
        (
            _X,
            [_node("RELU", [0], [1])],
            "operator 0 (RELU), version 1, is not supported: run this model with TFLM"
            " (tflm_cc_library)",
        ),
        (
            _X,
            [NodeSpec("Mine", [0], [1], version=3)],
            "operator 0 (Mine), version 3, is a custom operator: run this model with TFLM"
            " (tflm_cc_library)",
        ),
        (
            _X,
            [NodeSpec("WhileMe", [0], [1], version=1)],
            "operator 0 (WhileMe), version 1, is a custom operator: run this model with TFLM"
            " (tflm_cc_library)",
        ),
        (
            tensor((1,), "float64"),
            [_LOGISTIC],
            "the input tensor 0 of subgraph 0 ('') has the type float64: not supported",
        ),
        (
            tensor((1,), "int8", data=np.ones(1), name="x"),
            [_LOGISTIC],
            "the input tensor 0 of subgraph 0 ('x') has its contents in the file",
        ),
        (
            tensor((1 << 14, (1 << 14) + 1), "int8", name="x"),
            [_LOGISTIC],
            "tensor 0 of subgraph 0 ('x') has 268451840 elements",
        ),
        (
            TensorSpec((1,), "int8", sparse=True, name="x"),
            [_LOGISTIC],
            "tensor 0 of subgraph 0 ('x') is sparse: convert the model without sparse weights",
        ),
        (
            TensorSpec((1,), "int8", external_buffer=1, name="x"),
            [_LOGISTIC],
            "tensor 0 of subgraph 0 ('x') has its contents in another file",
        ),
        (
            TensorSpec((3,), "int16", data=bytes(5), name="x"),
            [_LOGISTIC],
            "tensor 0 of subgraph 0 ('x') has 5 bytes of contents, and its shape [3] takes 6",
        ),
        (
            TensorSpec((3,), "int4", data=bytes(1), name="x"),
            [_LOGISTIC],
            "tensor 0 of subgraph 0 ('x') has 1 bytes of contents, and its shape [3] takes 2",
        ),
        (
            _X,
            [_node("ADD", [0, 0], [1], PotScaleInt16=0)],
            "operator 0 (ADD) has the option pot_scale_int16 = False: not supported",
        ),
        (
            _X,
            [_node("CONV_2D", [0], [1], StrideH=2)],
            "operator 0 (CONV_2D) has the option stride_h = 2: not supported",
        ),
        (
            _X,
            [_node("TANH", [0], [1])],
            "operator 0 (TANH) has one fault\nm.tflite: operator 0 (TANH) has another one",
        ),
        (
            _X,
            [_node("LOGISTIC", [2], [1])],
            "operator 0 (LOGISTIC) reads tensor 2 before an operator has written it",
        ),
        (
            _X,
            [_node("LOGISTIC", [2], [1]), _node("LOGISTIC", [0], [2])],
            "operator 0 (LOGISTIC) reads tensor 2 before an operator has written it",
        ),
        (
            _X,
            [_LOGISTIC, _LOGISTIC],
            "operator 1 (LOGISTIC) writes tensor 1 once more",
        ),
        (
            _X,
            [_LOGISTIC, _node("LOGISTIC", [1], [0])],
            "operator 1 (LOGISTIC) writes tensor 0 once more",
        ),
        (
            _X,
            [_node("LOGISTIC", [0], [2])],
            "no operator writes the output 1",
        ),
    ],
)  # fmt: skip
def test_refused(first: TensorSpec, nodes: list[NodeSpec], message: str):
    assert _refusal(_one(first, *nodes)) == f"m.tflite: {message}"


def test_all_reasons_are_told():
    assert _refusal(_one(_X, _node("RELU", [3], [2]), _node("EXP", [2], [1]))).splitlines() == [
        "m.tflite: operator 0 (RELU), version 1, is not supported: run this model with TFLM"
        " (tflm_cc_library)",
        "m.tflite: operator 0 (RELU) reads tensor 3 before an operator has written it",
        "m.tflite: operator 1 (EXP), version 1, is not supported: run this model with TFLM"
        " (tflm_cc_library)",
    ]


@pytest.mark.parametrize("dtype", ["float16", "int4", "float64", "resource"])
def test_types_that_no_kernel_computes_with_are_refused(dtype: str):
    graph = GraphSpec(
        [_X, tensor((4,), dtype), _X],
        [_node("LOGISTIC", [0], [1]), _node("LOGISTIC", [1], [2])],
        [0],
        [2],
    )
    assert _refusal(graph).splitlines() == [
        f"m.tflite: operator {i} (LOGISTIC) has a tensor of type {dtype}: not supported"
        for i in range(2)
    ]


def test_a_constant_is_not_written():
    constant = tensor((1,), "int8", data=np.ones(1))
    assert _refusal(GraphSpec([_X, constant], [_LOGISTIC], [0], [1])) == (
        "m.tflite: operator 0 (LOGISTIC) writes tensor 1 once more"
    )


def test_an_output_of_another_type_is_refused():
    graph = GraphSpec([_X, tensor((1,), "complex64", name="y")], [_LOGISTIC], [0], [1])
    assert _refusal(graph).splitlines()[0] == (
        "m.tflite: the output tensor 1 of subgraph 0 ('y') has the type complex64: not supported"
    )


@pytest.mark.parametrize("node", [
    _node("LOGISTIC", [1], [1]),
    _node("SVDF", [1, 1], [2]),
    _node("SVDF", [1], [1]),
])  # fmt: skip
def test_a_variable_is_not_read_while_it_is_written(node: NodeSpec):
    state = tensor((1, 4), "float32", variable=True)
    message = _refusal(GraphSpec([_X, state, _X], [node], [0], [0]))
    assert message.splitlines()[0] == (
        f"m.tflite: operator 0 ({node.operator}) has the tensor 1, which it writes, twice: not"
        " supported"
    )


# --- what it refuses: variables -------------------------------------------------------------------


_STATE = _node("VAR_HANDLE", [], [1], SharedName="state")


def _with_handle(*nodes: NodeSpec, handle: TensorSpec = _RESOURCE) -> GraphSpec:
    return GraphSpec([_X, handle, _X, _X], list(nodes), [0], [2])


_ASSIGN = _node("ASSIGN_VARIABLE", [1, 0], [])
_READ = _node("READ_VARIABLE", [1], [2])
_UNKNOWN_SIZE = (
    "uses a variable of unknown size: no ASSIGN_VARIABLE comes after its VAR_HANDLE in the same"
    " subgraph"
)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([_STATE, _READ], f"operator 1 (READ_VARIABLE) {_UNKNOWN_SIZE}"),
        (
            [_ASSIGN, _STATE, _READ],
            "operator 0 (ASSIGN_VARIABLE) has a first input that no VAR_HANDLE makes\n"
            f"m.tflite: operator 2 (READ_VARIABLE) {_UNKNOWN_SIZE}",
        ),
        (
            [_STATE, _ASSIGN, _node("READ_VARIABLE", [0], [2])],
            "operator 2 (READ_VARIABLE) has a first input that no VAR_HANDLE makes",
        ),
        (
            [_STATE, _ASSIGN, _node("READ_VARIABLE", [], [2])],
            "operator 2 (READ_VARIABLE) has a first input that no VAR_HANDLE makes",
        ),
        (
            [_STATE, _ASSIGN, _node("LOGISTIC", [1], [2])],
            "operator 2 (LOGISTIC) has a tensor of type resource: not supported",
        ),
        (
            [_node("VAR_HANDLE", [0], [1], SharedName="state"), _ASSIGN, _READ],
            "operator 0 (VAR_HANDLE) has 1 inputs and 1 outputs: not supported",
        ),
        (
            [_node("VAR_HANDLE", [], [3], SharedName="state"), _ASSIGN, _READ],
            "operator 0 (VAR_HANDLE) has an output that is not a handle: not supported",
        ),
        (
            [
                _STATE,
                _node("VAR_HANDLE", [], [1], SharedName="state", Container="room"),
                _ASSIGN,
                _READ,
            ],
            "operator 1 of subgraph 0 (VAR_HANDLE) has a container, and a variable before it has"
            " none: not supported",
        ),
        (
            [_node("VAR_HANDLE", [], [1], SharedName="a\nb"), _ASSIGN, _READ],
            "operator 0 of subgraph 0 (VAR_HANDLE) has a name with a backslash or unprintable: not"
            " supported",
        ),
    ],
)
def test_variables_are_refused(nodes: list[NodeSpec], message: str):
    found = _refusal(_with_handle(*nodes)).splitlines()
    assert "\n".join(found[: len(message.splitlines())]) == f"m.tflite: {message}"


# --- what it refuses: calls -----------------------------------------------------------------------


def _once(index: int = 1, **more: list[int]) -> NodeSpec:
    return NodeSpec(
        "CALL_ONCE",
        more.get("inputs", []),
        more.get("outputs", []),
        options={"InitSubgraphIndex": index},
        options_type="CallOnceOptions",
    )


_NOTHING = GraphSpec([], [], [], [])


@pytest.mark.parametrize("index", [-1, 2])
def test_there_is_no_such_subgraph(index: int):
    assert _refusal(_one(_X, _once(index), _LOGISTIC), _NOTHING) == (
        f"m.tflite: operator 0 (CALL_ONCE) calls subgraph {index}, of 2"
    )


def test_call_once_calls_itself():
    assert _refusal(_one(_X, _once(0), _LOGISTIC)) == (
        "m.tflite: operator 0 (CALL_ONCE) calls subgraph 0 from within itself, or too deep: not"
        " supported"
    )


def test_call_once_within_a_call():
    once = GraphSpec([], [_once()], [], [])
    assert _refusal(_one(_X, _once(), _LOGISTIC), once) == (
        "m.tflite: operator 0 (CALL_ONCE) of subgraph 1 is in a subgraph that is called: not"
        " supported"
    )


def test_call_once_with_inputs():
    assert _refusal(_one(_X, _once(inputs=[0]), _LOGISTIC), _NOTHING) == (
        "m.tflite: operator 0 (CALL_ONCE) has inputs or outputs: not supported"
    )


def test_call_once_of_a_subgraph_with_inputs():
    assert _refusal(_one(_X, _once(), _LOGISTIC), _one(_X, _LOGISTIC)) == (
        "m.tflite: operator 0 (CALL_ONCE) calls subgraph 1, which has 1 inputs and 1 outputs, with"
        " 0 and 1"
    )


def test_call_once_after_its_variables_were_used():
    constant = tensor((1, 4), "float32", data=np.ones((1, 4)))
    first = GraphSpec(
        [constant, _RESOURCE],
        [_STATE, _node("ASSIGN_VARIABLE", [1, 0], [])],
        [],
        [],
    )
    assert _refusal(_with_handle(_STATE, _READ, _once()), first) == (
        "m.tflite: operator 2 (CALL_ONCE) comes after operators that use the same variables: not"
        " supported"
    )


def _if(inputs: list[int], outputs: list[int], then: int = 1, otherwise: int = 2) -> NodeSpec:
    return _node("IF", inputs, outputs, ThenSubgraphIndex=then, ElseSubgraphIndex=otherwise)


def _while(inputs: list[int], outputs: list[int]) -> NodeSpec:
    return _node("WHILE", inputs, outputs, CondSubgraphIndex=1, BodySubgraphIndex=2)


def _condition(*nodes: NodeSpec, first: TensorSpec = _BOOL) -> GraphSpec:
    return GraphSpec([first, _X, _X, _X], list(nodes), [0, 1], [2])


_SAME = GraphSpec([_X], [], [0], [0])
_LARGER = GraphSpec([tensor((1, 5), "float32")], [], [0], [0])
_TWICE = GraphSpec([_X], [], [0, 0], [0])
_MAKES_NOTHING = GraphSpec([_X, _X], [], [0], [1])


@pytest.mark.parametrize(
    ("graphs", "message"),
    [
        (
            [_condition(_if([1, 1], [2])), _SAME, _SAME],
            "operator 0 (IF) has a condition that is not one boolean",
        ),
        (
            [_condition(_if([0, 1], [2]), first=tensor((2,), "bool")), _SAME, _SAME],
            "operator 0 (IF) has a condition that is not one boolean",
        ),
        (
            [_condition(_if([], [2])), _NOTHING, _NOTHING],
            "operator 0 (IF) calls subgraph 1, which has 0 inputs and 0 outputs, with 0 and 1\n"
            "m.tflite: operator 0 (IF) calls subgraph 2, which has 0 inputs and 0 outputs, with 0"
            " and 1",
        ),
        (
            [_condition(_if([0, 1], [2])), _SAME, _LARGER],
            "operator 0 (IF) can't pass float32[1, 4] on as float32[1, 5]\n"
            "m.tflite: operator 0 (IF) can't pass float32[1, 5] on as float32[1, 4]",
        ),
        (
            [_condition(_if([0, 3], [2])), _SAME, _SAME],
            "operator 0 (IF) reads tensor 3 before an operator has written it",
        ),
        (
            [_condition(_if([0, 1], [1])), _SAME, _SAME],
            "operator 0 (IF) writes tensor 1 once more\nm.tflite: no operator writes the output 2",
        ),
        (
            [_condition(_if([0, 1, 1], [2])), _TWICE, _TWICE],
            "operator 0 (IF) calls subgraph 1, which has an input twice\n"
            "m.tflite: operator 0 (IF) calls subgraph 2, which has an input twice",
        ),
        (
            [_condition(_if([0, 1], [2])), _SAME, _MAKES_NOTHING],
            "no operator writes the output 1 of subgraph 2",
        ),
        (
            [_condition(_if([0, 1], [2], otherwise=0)), _SAME],
            "operator 0 (IF) calls subgraph 0 from within itself, or too deep: not supported",
        ),
        (
            [
                _condition(_if([0, 1], [2])),
                GraphSpec([_X, _X], [_node("RELU", [0], [1])], [0], [1]),
                _SAME,
            ],
            "operator 0 (RELU) of subgraph 1, version 1, is not supported: run this model with TFLM"
            " (tflm_cc_library)",
        ),
        (
            [_condition(_if([0, -1], [2])), _SAME, _SAME],
            "no operator writes the output 0 of subgraph 1\n"
            "m.tflite: no operator writes the output 0 of subgraph 2",
        ),
        (
            [_condition(_while([1, 1], [2])), _SAME, _SAME],
            "operator 0 (WHILE) has 2 inputs and 1 outputs: not supported",
        ),
        (
            [_condition(_while([1], [2])), _SAME, _SAME],
            "operator 0 (WHILE) has a condition that is not one boolean",
        ),
        (
            [_condition(_while([1], [2])), _TWICE, _SAME],
            "operator 0 (WHILE) calls subgraph 1, which has 2 inputs and 1 outputs, with 1 and 1",
        ),
    ],
)
def test_calls_are_refused(graphs: list[GraphSpec], message: str):
    assert _refusal(*graphs) == f"m.tflite: {message}"


def test_calls_within_calls_have_an_end():
    def branch(i: int) -> GraphSpec:
        return GraphSpec([_BOOL, _X, _X], [_if([0, 0, 1], [2], i + 1, i + 1)], [0, 1], [2])

    # Each calls the next one twice.
    last = GraphSpec([_BOOL, _X], [], [0, 1], [1])
    shallow = _refusal(*[branch(i) for i in range(13)], last)
    assert shallow == (
        "m.tflite: calls more than 4096 operators, each counted as often as it is called"
    )
    deep = _refusal(*[branch(i) for i in range(16)], last).splitlines()
    assert deep[0] == (
        "m.tflite: operator 0 (IF) of subgraph 15 calls subgraph 16 from within itself, or too"
        " deep: not supported"
    )


def test_a_branch_does_not_give_a_handle_for_a_tensor():
    branch = GraphSpec([_RESOURCE], [], [0], [0])
    main = GraphSpec([_BOOL, _RESOURCE, _X, _X], [_STATE, _if([0, 1], [2])], [0], [2])
    assert _refusal(main, branch, branch).splitlines() == 2 * [
        "m.tflite: operator 1 (IF) has a handle or nothing where it needs a tensor"
    ]


@pytest.mark.parametrize("shape", [(1, 4), (4,)])
def test_an_argument_is_not_written_to_a_constant(shape: tuple[int, ...]):
    branch = GraphSpec([tensor(shape, "float32", data=np.ones(4)), _X], [], [0], [0])
    found = _refusal(_condition(_if([0, 1], [2])), branch, branch).splitlines()
    assert found[0] == (
        f"m.tflite: operator 0 (IF) can't pass float32[1, 4] on as float32{list(shape)}"
    )


@pytest.mark.parametrize("dtype", ["float16", "int4", "float64"])
def test_an_argument_is_not_of_a_type_that_no_kernel_computes_with(dtype: str):
    branch = GraphSpec([tensor((1, 4), dtype), _X], [], [0], [0])
    found = _refusal(_condition(_if([0, 1], [2])), branch, branch).splitlines()
    assert found[0] == f"m.tflite: operator 0 (IF) can't pass float32[1, 4] on as {dtype}[1, 4]"


def test_a_branch_may_not_choose_the_variable():
    def branch(first: int) -> GraphSpec:
        return GraphSpec([_RESOURCE, _RESOURCE], [], [0, 1], [first])

    main = GraphSpec(
        [_BOOL, _RESOURCE, _RESOURCE, _RESOURCE, _X, _X],
        [
            _STATE,
            _node("VAR_HANDLE", [], [2], SharedName="other"),
            _if([0, 1, 2], [3]),
            _node("READ_VARIABLE", [3], [5]),
        ],
        [0, 4],
        [5],
    )
    found = _refusal(main, branch(0), branch(1)).splitlines()
    assert found[0] == "m.tflite: operator 2 (IF) has a handle or nothing where it needs a tensor"
