# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/model_facts.py on hand-made models; //tests/fixes tries what the messages say."""

import struct

import pytest

from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tflm import model_facts
from tflm.capabilities import Registration, Tflm

OLD = Tflm({"ADD": Registration("AddAdd")}, name="of July 2020, crate x")


def model(tensors, *nodes, inputs=(0,)):
    return parse_model(build_graphs(GraphSpec(tensors, nodes, inputs, nodes[-1].outputs)), "m")


def keys(*arguments, **named):
    return [fact.key for fact in model_facts.find_facts(model(*arguments, **named))]


def weighted(data="float32", weights="float32", operator="CONV_2D", constant=True, **named):
    return keys(
        [
            TensorSpec((1, 4, 4, 1), data),
            TensorSpec((1, 3, 3, 1), weights, data=bytes(36) if constant else b""),
            TensorSpec((1, 2, 2, 1), data),
        ],
        NodeSpec(operator, (0, 1, -1), (2,)),
        inputs=(0,) if constant else (0, 1),
        **named,
    )


def test_most_models_have_no_facts():
    assert weighted() == weighted("int8", "int8") == []
    assert weighted(constant=False) == []


@pytest.mark.parametrize("weights", ["int4", "int8", "uint8", "int16"])
@pytest.mark.parametrize("operator", ["CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV"])
def test_finds_hybrid_operators(operator, weights):
    assert weighted("float32", weights, operator)[:1] == ["hybrid"]
    # Not those that only look alike.
    assert weighted("float32", weights, "GATHER") == weighted("float32", weights, "Mine") == []


def test_an_open_batch_alone_is_not_in_the_way():
    tensors = [
        TensorSpec((1, 4), signature=(-1, 4), name="x"),
        TensorSpec((1, 4)),
        TensorSpec((2,), "int32"),
        TensorSpec((1, 4)),
    ]
    add = NodeSpec("ADD", (0, 0), (1,))
    assert keys(tensors, add) == []
    shape, reshape = NodeSpec("SHAPE", (0,), (2,)), NodeSpec("RESHAPE", (1, 2), (3,))
    asked = model(tensors, add, shape, reshape)
    (fact,) = model_facts.find_facts(asked)
    assert fact.operators == {"SHAPE", "RESHAPE"}
    assert "give its Input batch_size=1 and convert" in fact.text
    # ADD has nothing to do with it; and names are compared as a whole.
    assert model_facts.explain(asked, ["operator 0 (ADD) failed"], OLD) == [
        "operator 0 (ADD) failed"
    ]
    assert model_facts.explain(asked, ["operator 0 (REVERSE_SHAPE) failed"], OLD) == [
        "operator 0 (REVERSE_SHAPE) failed"
    ]
    assert len(model_facts.explain(asked, ["operator 2 (RESHAPE) failed"], OLD)) == 2
    # With a fixed one nothing is known of it.
    assert keys([TensorSpec((1, 4)), *tensors[1:]], add, shape, reshape) == []


@pytest.mark.parametrize(
    ("signature", "fix"),
    [
        ((-1, 4), "give its Input batch_size=1 and convert"),
        ((1, -1), "give its Input a whole shape and convert"),
        ((-1, -1), "give its Input batch_size=1 and a whole shape and convert"),
    ],
)
def test_says_which_part_of_a_shape_is_open(signature, fix):
    tensors = [TensorSpec((1, 4), signature=signature), TensorSpec((2,), "int32")]
    (fact,) = model_facts.find_facts(model(tensors, NodeSpec("SHAPE", (0,), (1,))))
    assert fix in fact.text


def test_means_of_part_of_an_image_are_something_else():
    def mean(*axes, data=(1, 4, 4, 4)):
        contents = struct.pack(f"<{len(axes)}i", *axes)
        axes_spec = TensorSpec((len(axes),), "int32", data=contents)
        # Several have as many elements as the mean of an image has: the axes distinguish them.
        tensors = [TensorSpec(data), axes_spec, TensorSpec((1, 4))]
        return keys(tensors, NodeSpec("MEAN", (0, 1), (2,)))

    assert mean(1, 2) == mean(-2, -3) == mean(1, data=(1, 4, 4)) == ["mean"]
    assert mean(-2, data=(1, 4, 4)) == ["mean"]
    for axes in ((1,), (2, 3), (1, 3), (0, 1, 2), (1, 2, 3), ()):
        assert mean(*axes) == []
    assert mean(2, data=(1, 4, 4)) == mean(1, 2, data=(1, 2, 6, 5, 4)) == []


def test_only_dense_layers_of_sequences_could_be_convolutions():
    def dense(*shape):
        tensors = [
            TensorSpec((*shape[:-1], 4)),
            TensorSpec((2, 4), data=bytes(8)),
            TensorSpec(shape),
        ]
        options = {"KeepNumDims": True}
        node = NodeSpec(
            "FULLY_CONNECTED",
            (0, 1, -1),
            (2,),
            options_type="FullyConnectedOptions",
            options=options,
        )
        return keys(tensors, node)

    assert dense(1, 3, 2) == ["dense_of_sequences"]
    assert dense(1, 2) == []


def test_the_state_of_int8_lstms_is_no_int16_model():
    tensors = [TensorSpec((1, 4)), TensorSpec((1, 4), "int16", variable=True), TensorSpec((1, 4))]
    assert keys(tensors, NodeSpec("UNIDIRECTIONAL_SEQUENCE_LSTM", (0, 1), (2,))) == []
    sound = [TensorSpec((1, 4), "int16"), TensorSpec((1, 4), "int16")]
    assert keys(sound, NodeSpec("ADD", (0, 0), (1,))) == []
    assert weighted("int16", "int8") == ["int16"]


def hybrid():
    return model(
        [
            TensorSpec((1, 2), "float32"),
            TensorSpec((2, 2), data=bytes(4)),
            TensorSpec((1, 2), "float32"),
        ],
        NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,)),
    )


def test_what_no_tflm_must_be_given_is_refused_without_another_reason():
    assert len(model_facts.explain(hybrid(), [], OLD, lambda today: [])) == 1
    told, reason = model_facts.explain(hybrid(), ["the linked TFLM has no x"], OLD, lambda _: [])
    assert "float32 activations" in told and "today" not in told
    assert reason == "the linked TFLM has no x"


def pair():
    return model([TensorSpec((1, 4), "int16")] * 2, NodeSpec("ADD", (0, 0), (1,)))


def test_todays_tflm_is_named_where_it_has_what_the_linked_one_lacks():
    reason = "the linked TFLM has no operator X version 1"
    assert model_facts.explain(pair(), [reason], OLD, lambda today: []) == [
        f"{reason}; today's TFLM has kernels for it: build with"
        " --repo_env=MNIST_MICRO_SOURCES=upstream"
    ]
    assert model_facts.explain(pair(), [reason], OLD, lambda today: ["no"]) == [
        f"{reason}, and neither has today's: write the model without it"
    ]
    # Nothing is known of another TFLM, or the linked one is today's.
    assert model_facts.explain(pair(), [reason], OLD) == [reason]
    today = model_facts.todays_tflm()
    assert model_facts.explain(pair(), [reason], today, lambda today: []) == [
        f"{reason}: write the model without it"
    ]
    assert model_facts.explain(pair(), [], OLD, lambda today: []) == []


def test_the_way_that_is_enough_comes_first():
    mean = model(
        [
            TensorSpec((1, 6, 4)),
            TensorSpec((1,), "int32", data=struct.pack("<i", 1)),
            TensorSpec((1, 4)),
        ],
        NodeSpec("MEAN", (0, 1), (2,)),
    )
    known, other = "operator 0 (MEAN) has input of type int8", "the linked TFLM has no operator X"
    told, *_ = model_facts.explain(mean, [known], OLD, lambda today: [])
    assert "AveragePooling1D(6) and Flatten, or build with today's TFLM" in told
    first, second, third = model_facts.explain(mean, [known, other], OLD, lambda today: [])
    assert first.startswith(f"{other}; today's TFLM has kernels for it")
    assert "AveragePooling1D" in second
    assert third == known
    # If today's TFLM can't either, both must be done.
    first, *rest = model_facts.explain(mean, [known, other], OLD, lambda today: ["no"])
    assert "AveragePooling1D" in first
    assert rest == [known, other]


def test_names_the_linked_tflm_once():
    for reason, named in (
        ("the linked TFLM has no x", "the linked TFLM (of July 2020, crate x) has no x"),
        (
            "the linked TFLM's kernel",
            "the linked TFLM's kernel (linked is TFLM of July 2020, crate x)",
        ),
        ("is hybrid", "is hybrid (linked is TFLM of July 2020, crate x)"),
    ):
        assert model_facts.name_linked(reason, OLD) == named
        assert model_facts.name_linked(reason, Tflm({})) == reason
