# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/compatibility.py: what is selected, what is refused, and why."""

import pytest
from ai_edge_litert import schema_py_generated as generated

from tflite.model import Operator
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, branching, build_graphs
from tflm import compatibility
from tflm.capabilities import Registration, Tflm
from tflm.verdict import RUNS, Verdict

CONV = Operator(3, "CONV_2D", 3)
SOFTMAX = Operator(25, "SOFTMAX", 2)
CUSTOM = Operator(32, "MyOp", 1, custom=True)
REGISTRATIONS = {
    "CONV_2D": Registration("AddConv2D", 3),
    "SOFTMAX": Registration("AddSoftmax"),
    "custom:MyOp": Registration("AddMyOp"),
    "ADD": Registration("AddAdd", 2),
    "TANH": Registration("AddTanh", missing="its kernel is not compiled"),
}


def test_selects_exactly_the_operators_in_order():
    assert compatibility.select([SOFTMAX, CUSTOM, CONV], REGISTRATIONS, "m") == [
        (CONV, REGISTRATIONS["CONV_2D"]),
        (SOFTMAX, REGISTRATIONS["SOFTMAX"]),
        (CUSTOM, REGISTRATIONS["custom:MyOp"]),
    ]


def test_one_registration_serves_several_versions():
    older = Operator(3, "CONV_2D", 1)
    assert compatibility.select([CONV, older], REGISTRATIONS, "m") == [
        (CONV, REGISTRATIONS["CONV_2D"])
    ]


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (
            Operator(39, "TRANSPOSE", 2),
            "m.tflite: the linked TFLM has no operator TRANSPOSE version 2",
        ),
        (
            Operator(77, "SHAPE", 1),
            "m.tflite: the linked TFLM has no operator SHAPE version 1",
        ),
        (
            Operator(3, "CONV_2D", 5),
            "m.tflite: the linked TFLM has no operator CONV_2D version 5: its newest is version 3",
        ),
        (
            Operator(28, "TANH", 1),
            "m.tflite: the linked TFLM has no operator TANH version 1: its kernel is not compiled",
        ),
        (
            Operator(32, "SOFTMAX", 1, custom=True),
            "m.tflite: the linked TFLM has no custom operator SOFTMAX version 1",
        ),
    ],
)
def test_refuses_what_tflm_does_not_have(operator, message):
    with pytest.raises(compatibility.UnsupportedOperatorError) as error:
        compatibility.select([operator], REGISTRATIONS, "m.tflite")
    assert str(error.value) == message


TFLM = Tflm(
    {
        name: Registration("Add" + name, dispatch=dispatch, types=types)
        for name, dispatch, types in (
            ("CONV_2D", "input", ("float32", "int8")),
            ("TRANSPOSE_CONV", "input", ("float32", "int16")),
            ("FULLY_CONNECTED", "input", ("float32", "int8")),
            ("ADD", "output", ("int8",)),
            ("SPLIT", "input", ("int8",)),
            ("IF", None, ()),
        )
    }
)


REFUSED = Verdict(False, "allocate", "refused", log=("a.cc:1 it says so",))
SAID = "the linked TFLM refuses it when it prepares the model: it says so (a.cc:1)"


def explained(graph, tflm):
    """What is said of a model that TFLM refuses, before what TFLM said."""
    *reasons, last = compatibility.refusals(graph, tflm, REFUSED)
    assert last == SAID
    return reasons


def silent(graph, tflm):
    """What is said of a model that TFLM runs."""
    return compatibility.refusals(graph, tflm, RUNS)


def model(tensors, *nodes, inputs=(0,), outputs=None, more=(), name="m"):
    outputs = nodes[-1].outputs if outputs is None else outputs
    return parse_model(build_graphs(GraphSpec(tensors, nodes, inputs, outputs), *more), name)


def conv(dtype, weights, operator="CONV_2D"):
    return model(
        [
            TensorSpec((1, 4, 4, 1), dtype, "in"),
            TensorSpec((1, 3, 3, 1), weights, "w", data=bytes(36)),
            TensorSpec((1, 2, 2, 1), dtype, "out"),
        ],
        NodeSpec(operator, (0, 1, -1), (2,)),
    )


def test_accepts_what_tflm_runs_whatever_its_sources_say():
    for graph in (
        conv("int8", "int8"),
        conv("float32", "float32"),
        conv("int16", "int8"),
        conv("int8", "int8", "GATHER"),
    ):
        assert silent(graph, TFLM) == []


def test_passes_on_what_tflm_says_if_nothing_else_is_known():
    assert explained(conv("int8", "int8"), TFLM) == []


@pytest.mark.parametrize("operator", ["CONV_2D", "FULLY_CONNECTED"])
@pytest.mark.parametrize("weights", ["int8", "uint8", "int4"])
def test_refuses_hybrid_operators(operator, weights):
    (reason,) = silent(conv("float32", weights, operator), TFLM)
    assert reason.startswith(
        f"operator 0 of subgraph 0 ({operator}) has {weights} weights but float32 activations"
    )


def dense(scales, operator="FULLY_CONNECTED"):
    inner = (1, 1) if operator == "CONV_2D" else ()
    return model(
        [
            TensorSpec((1, *inner, 4), scales=(0.5,), zero_points=(0,)),
            TensorSpec(
                (2, *inner, 4), data=bytes(8), scales=scales, zero_points=(0,) * len(scales), axis=0
            ),
            TensorSpec((1, *inner, 2), scales=(0.5,), zero_points=(0,)),
        ],
        NodeSpec(operator, (0, 1, -1), (2,)),
    )


def test_refuses_scales_per_channel_where_the_kernel_takes_the_first_for_all():
    for operator, option in (
        ("FULLY_CONNECTED", "_experimental_disable_per_channel_quantization_for_dense_layers"),
        ("CONV_2D", "_experimental_disable_per_channel"),
    ):
        assert silent(dense((0.5, 0.25), operator), TFLM) == [
            f"operator 0 of subgraph 0 ({operator}) has 2 scales in tensor 1: the linked TFLM's"
            f" kernel takes one only; convert with converter.{option} = True"
        ]
    assert silent(dense((0.5, 0.5)), TFLM) == []
    assert silent(dense((0.5,)), TFLM) == []
    knows = Registration("A", dispatch="input", types=("int8",), per_channel=True)
    assert silent(dense((0.5, 0.25)), Tflm({"FULLY_CONNECTED": knows})) == []


def test_refuses_what_a_kernel_computes_otherwise():
    grouped = model(
        [
            TensorSpec((1, 4, 4, 2), "float32", "in"),
            TensorSpec((2, 3, 3, 1), "float32", "w", data=bytes(72)),
            TensorSpec((1, 2, 2, 2), "float32", "out"),
        ],
        NodeSpec("CONV_2D", (0, 1, -1), (2,)),
    )
    old = Tflm({"CONV_2D": Registration("AddConv2D", max_version=3)})
    (reason,) = silent(grouped, old)
    assert reason.startswith("operator 0 of subgraph 0 (CONV_2D) is a convolution in groups (2 ")
    assert explained(grouped, old) == [reason]
    assert silent(grouped, TFLM) == []


def test_refuses_inputs_that_a_kernel_does_not_take_though_it_chooses_by_the_output():
    quantize = Registration("A", dispatch="output", types=("int8",), insists=("float32", "int16"))
    tensors = [TensorSpec((2,)), TensorSpec((2,), "float32"), TensorSpec((2,), "uint8")]
    for read, written, told in (
        (0, 0, "input of type int8: the linked TFLM's kernel knows float32, int16"),
        (1, 2, "output of type uint8: the linked TFLM's kernel knows int8"),
        (1, 0, None),
    ):
        graph = model(tensors, NodeSpec("QUANTIZE", (read,), (written,)), inputs=(read,))
        assert explained(graph, Tflm({"QUANTIZE": quantize})) == (
            [f"operator 0 of subgraph 0 (QUANTIZE) has {told}"] if told else []
        )


def test_refuses_types_that_a_kernel_does_not_know():
    fact, reason = explained(conv("int16", "int8"), TFLM)
    assert fact.startswith("has int16 activations: quantize them to int8")
    assert reason == (
        "operator 0 of subgraph 0 (CONV_2D) has input of type int16: the linked TFLM's kernel knows"
        " float32, int8"
    )
    add = model([TensorSpec((2,), "float32")] * 2, NodeSpec("ADD", (0, 0), (1,)))
    assert explained(add, TFLM) == [
        "operator 0 of subgraph 0 (ADD) has output of type float32: the linked TFLM's kernel knows"
        " int8"
    ]


def test_finds_the_data_among_the_inputs():
    split = model(
        [TensorSpec((), "int32", data=bytes(4)), TensorSpec((2,)), TensorSpec((2,))],
        NodeSpec("SPLIT", (0, 1), (2,)),
        inputs=(1,),
    )
    assert explained(split, TFLM) == []
    transposed = model(
        [
            TensorSpec((4,), "int32", data=bytes(16)),
            TensorSpec((1, 3, 3, 1), data=bytes(9)),
            TensorSpec((1, 4, 4, 1), "int16"),
            TensorSpec((1, 6, 6, 1), "int16"),
        ],
        NodeSpec("TRANSPOSE_CONV", (0, 1, 2), (3,)),
        inputs=(2,),
    )
    assert explained(transposed, TFLM) == []


def test_refuses_several_subgraphs_where_tflm_has_none():
    branch = GraphSpec([TensorSpec((2,))], [], outputs=(0,))
    several = model(
        [TensorSpec((1,), "bool"), TensorSpec((2,)), TensorSpec((2,))],
        branching((0, 1), (2,)),
        inputs=(0, 1),
        more=(branch, branch),
    )
    assert explained(several, TFLM) == []
    assert explained(several, Tflm(TFLM.registrations, one_subgraph=True)) == [
        "has 3 subgraphs: the linked TFLM runs models of one only"
    ]


def test_refuses_lifetimes_that_the_planner_does_not_know():
    tensors = [TensorSpec((2,), name=name) for name in ("in", "unused", "never", "out")]
    loose = model(tensors, NodeSpec("ADD", (0, 2), (3,)), inputs=(0, 1))
    assert explained(loose, TFLM) == []
    assert explained(loose, Tflm(TFLM.registrations, whole_lifetimes=True)) == [
        "tensor 1 of subgraph 0 ('unused') is used by nothing: the linked TFLM does not plan such"
        " tensors",
        "tensor 2 of subgraph 0 ('never') is read, but neither an input, an output of an operator"
        " nor constant",
    ]
    variable = model(
        [TensorSpec((2,)), TensorSpec((2,), variable=True), TensorSpec((2,))],
        NodeSpec("ADD", (0, 1), (2,)),
    )
    assert explained(variable, Tflm(TFLM.registrations, whole_lifetimes=True)) == []


def test_refuses_tensors_that_tflm_cannot_hold():
    odd = model(
        [TensorSpec((2,), "string", "s"), TensorSpec((2,), sparse=True, data=b"12", name="w")],
        NodeSpec("ADD", (0, 1), (1,)),
    )
    known = Tflm({"ADD": Registration("AddAdd")}, tensor_types=("int8",))
    sparse = (
        "tensor 1 of subgraph 0 ('w') is sparse, which no TFLM has kernels for: convert without"
        " tf.lite.Optimize.EXPERIMENTAL_SPARSITY"
    )
    assert silent(odd, known) == [sparse]
    assert explained(odd, known) == [
        sparse,
        "tensor 0 of subgraph 0 ('s') has the type string, which the linked TFLM does not know",
    ]


def test_refuses_constants_that_are_shorter_than_their_shape():
    short = model(
        [TensorSpec((3,)), TensorSpec((3,), data=b"12", name="w"), TensorSpec((3,))],
        NodeSpec("ADD", (0, 1), (2,)),
    )
    assert silent(short, TFLM) == [
        "tensor 1 of subgraph 0 ('w') has 2 bytes of data, but its shape needs 3: the file is"
        " damaged"
    ]


def test_selects_every_operator_once():
    assert compatibility.select_all(Tflm(REGISTRATIONS)) == [
        (name, REGISTRATIONS[name]) for name in ("ADD", "CONV_2D", "SOFTMAX", "custom:MyOp")
    ]


def test_selects_for_several_models_together():
    add = model([TensorSpec((2,))] * 2, NodeSpec("ADD", (0, 0), (1,)), name="b")
    selected = compatibility.select_for_models([conv("int8", "int8"), add], TFLM, [RUNS, RUNS])
    assert [registration.method for _, registration in selected] == ["AddADD", "AddCONV_2D"]


@pytest.mark.parametrize(
    ("models", "int8"),
    [
        ([conv("int8", "int8")], True),
        ([conv("int8", "int8"), conv("int8", "int8")], True),
        ([conv("float32", "float32")], False),
        ([conv("int8", "int8"), conv("float32", "float32")], False),
        ([conv("int16", "int8")], False),
        ([conv("int8", "int4")], False),
    ],
)
def test_takes_the_kernel_for_int8_only_if_nothing_else_is_there(models, int8):
    registration = Registration("AddConv2D", int8="Register_CONV_2D_INT8")
    ((_, selected),) = compatibility.select_for_models(
        models, Tflm({"CONV_2D": registration}), [RUNS] * len(models)
    )
    assert selected.int8 == ("Register_CONV_2D_INT8" if int8 else "")


def test_names_the_model_that_it_refuses():
    good = conv("int8", "int8")
    other = model([TensorSpec((2,))] * 2, NodeSpec("Mine", (0,), (1,)), name="b.tflite")
    with pytest.raises(compatibility.UnsupportedModelError) as error:
        compatibility.select_for_models([good, other], TFLM, [RUNS, REFUSED])
    assert str(error.value) == "b.tflite: the linked TFLM has no custom operator Mine version 1"
    with pytest.raises(compatibility.UnsupportedModelError, match="^m: has int16 activations"):
        compatibility.select_for_models([good, conv("int16", "int8")], TFLM, [RUNS, REFUSED])


def test_says_which_tflm_is_linked_and_which_would_run_the_model():
    old = Tflm({"CONV_2D": Registration("AddConv2D")}, name="of July 2020, crate x")
    abs_ = model([TensorSpec((2,), "float32")] * 2, NodeSpec("ABS", (0,), (1,)), name="b.tflite")
    with pytest.raises(compatibility.UnsupportedModelError) as error:
        compatibility.select_for_models([abs_], old, [REFUSED])
    assert str(error.value) == (
        "b.tflite: the linked TFLM (of July 2020, crate x) has no operator ABS version 1; today's"
        " TFLM has kernels for it: build with --repo_env=MNIST_MICRO_SOURCES=upstream"
    )


def test_a_code_that_old_tflms_do_not_see():
    content = bytearray(
        build_graphs(
            GraphSpec([TensorSpec((2,))] * 2, [NodeSpec("RELU", (0,), (1,))], outputs=(1,))
        )
    )
    table = generated.Model.GetRootAs(bytes(content), 0).OperatorCodes(0)._tab
    content[table.Pos + table.Offset(4)] = 0
    relu = parse_model(bytes(content), "m")
    registrations = {"RELU": Registration("AddRelu")}
    (reason,) = compatibility.refusals(relu, Tflm(registrations, old_codes=True), RUNS)
    assert reason.startswith("has the code of RELU only in the schema's newer field, which the")
    assert not compatibility.refusals(relu, Tflm(registrations), RUNS)


def test_no_other_tflm_is_named_for_what_takes_too_long_or_too_much():
    old = Tflm({"ADD": Registration("AddAdd")}, name="of July 2020, crate x")
    add = model([TensorSpec((2,))] * 2, NodeSpec("ADD", (0, 0), (1,)))
    for answer in (
        Verdict(False, "invoke", "timed out", 24, "ADD"),
        Verdict(False, "allocate", "refused", log=("Failed to resize buffer. Requested: 9",)),
    ):
        (reason,) = compatibility.refusals(add, old, answer)
        assert "today" not in reason
    (reason,) = compatibility.refusals(add, old, Verdict(False, "invoke", "refused"))
    assert "; today's TFLM may run it" in reason


def test_the_kind_of_a_model_is_told_before_the_versions_that_come_of_it():
    old = Tflm(
        {"CONV_2D": Registration("AddConv2D", 0, dispatch="input", types=("float32", "int8"))},
        one_subgraph=True,
    )
    version = "the linked TFLM has no operator CONV_2D version 1: its newest is version 0"
    for activations, weights, told in (
        ("float32", "int8", "operator 0 of subgraph 0 (CONV_2D) has int8 weights but float32"),
        ("int16", "int8", "has int16 activations"),
    ):
        first, *_, last = explained(conv(activations, weights), old)
        assert first.startswith(told)
        assert last == version
    assert explained(conv("int8", "int8"), old) == [version]
