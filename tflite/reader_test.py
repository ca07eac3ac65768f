# SPDX-License-Identifier: Apache-2.0
"""Tests of reader.py, hostile input included."""

import math
import os
import random
import subprocess
import sys

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as generated

from tflite.model import ModelError, Operator, Quantization, Signature
from tflite.reader import parse_model, read_model
from tflite.testing import random_models, round_trip
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs, build_model

ABS_WITH_OPTIONS = NodeSpec("ABS", (0,), (0,), options_type="AbsOptions")
CONV = NodeSpec(
    "CONV_2D",
    (0, 1, -1),
    (2,),
    version=3,
    options_type="Conv2DOptions",
    options={
        "Padding": generated.Padding.VALID,
        "StrideW": 2,
        "StrideH": 3,
        "FusedActivationFunction": generated.ActivationFunctionType.RELU6,
    },
)
GRAPH = GraphSpec(
    [
        TensorSpec(
            (1, 8, 8, 1), name="in", scales=(0.5,), zero_points=(-128,), signature=(-1, 8, 8, 1)
        ),
        TensorSpec(
            (2, 3, 3, 1), name="w", data=bytes(18), scales=(0.25, 0.125), zero_points=(0, 0)
        ),
        TensorSpec((1, 2, 3, 2), name="out"),
    ],
    [CONV],
    outputs=(2,),
    name="main",
)


def test_finds_each_operator_once_in_the_order_of_codes():
    model = parse_model(build_model([(25, 2), (3, 3), (9, 4), ("MyOp", 1)]), "m")
    assert model.operators == (
        Operator(3, "CONV_2D", 3),
        Operator(9, "FULLY_CONNECTED", 4),
        Operator(25, "SOFTMAX", 2),
        Operator(32, "MyOp", 1, custom=True),
    )


def test_leaves_out_operators_that_are_only_declared():
    model = parse_model(build_model([(3, 1), (9, 1)], opcode_index=1), "m")
    assert model.operators == (Operator(9, "FULLY_CONNECTED", 1),)


def test_reads_all_subgraphs():
    assert len(parse_model(build_model(subgraphs=3), "m").operators) == 1


def test_reads_codes_above_127_and_old_files():
    assert parse_model(build_model([(150, 1)]), "m").operators[0].name == "GELU"
    old = parse_model(build_model([(3, 1)], deprecated_field_only=True), "m")
    assert old.operators[0].name == "CONV_2D"


def test_reads_tensors_with_their_quantization():
    tensors = parse_model(build_graphs(GRAPH), "m").main.tensors
    assert [(t.index, t.name, t.shape, t.dtype) for t in tensors] == [
        (0, "in", (1, 8, 8, 1), "int8"),
        (1, "w", (2, 3, 3, 1), "int8"),
        (2, "out", (1, 2, 3, 2), "int8"),
    ]
    assert [t.shape_signature for t in tensors] == [(-1, 8, 8, 1), None, None]
    assert tensors[0].quantization == Quantization((0.5,), (-128,))
    assert not tensors[0].quantization.per_channel
    assert tensors[1].quantization == Quantization((0.25, 0.125), (0, 0), 0)
    assert tensors[1].quantization.per_channel
    assert tensors[2].quantization is None
    assert [t.is_constant for t in tensors] == [False, True, False]
    assert [t.buffer_size for t in tensors] == [0, 18, 0]
    assert [t.byte_size for t in tensors] == [64, 18, 12]


@pytest.mark.parametrize(
    ("dtype", "bytes_of_three"),
    [("bool", 3), ("int4", 2), ("int16", 6), ("float32", 12), ("int64", 24), ("string", None)],
)
def test_knows_the_size_of_each_type(dtype, bytes_of_three):
    graph = GraphSpec([TensorSpec((3,), dtype)], [NodeSpec("ABS", (0,), (0,))])
    assert parse_model(build_graphs(graph), "m").main.tensors[0].byte_size == bytes_of_three


def test_reads_operators_in_order_with_their_options():
    graph = GraphSpec(
        GRAPH.tensors,
        [
            CONV,
            NodeSpec("Mine", (2,), (2,), custom_options=b"12345"),
            NodeSpec("SOFTMAX", (2,), (2,)),
        ],
    )
    conv, mine, softmax = parse_model(build_graphs(graph), "m").main.nodes
    assert (conv.index, str(conv.operator)) == (0, "operator CONV_2D version 3")
    assert (conv.inputs, conv.outputs) == ((0, 1, -1), (2,))
    assert conv.options == {
        "padding": "VALID",
        "stride_w": 2,
        "stride_h": 3,
        "fused_activation_function": "RELU6",
        "dilation_w_factor": 1,
        "dilation_h_factor": 1,
        "quantized_bias_type": 0,
    }
    assert (mine.index, mine.operator.custom, mine.custom_options_size) == (1, True, 5)
    assert (softmax.index, softmax.options) == (2, {})


def test_reads_subgraphs_signatures_description_and_metadata():
    content = build_graphs(
        GRAPH,
        GraphSpec([TensorSpec((2,)), TensorSpec((2,))], [NodeSpec("ABS", (0,), (1,))], name="b"),
        signatures={"serve": (1, {"x": 0}, {"y": 1})},
        description="made\nhere",
        metadata={"note": b"1234567"},
    )
    model = parse_model(content, "m")
    assert [(s.index, s.name, s.inputs, s.outputs) for s in model.subgraphs] == [
        (0, "main", (0,), (2,)),
        (1, "b", (0,), ()),
    ]
    assert model.main is model.subgraphs[0]
    assert model.signatures == (Signature("serve", 1, {"x": 0}, {"y": 1}),)
    # In one line, wherever it is printed.
    assert model.description == "made\\nhere"
    assert model.metadata == {"note": 7}
    assert model.buffer_sizes == (0, 18, 7)


def test_reads_contents_behind_the_tables_as_of_files_above_2_gb():
    size = len(build_graphs(GRAPH, outside_at=1 << 20))
    content = build_graphs(GRAPH, outside_at=size) + bytes(18)
    assert parse_model(content, "m").main.tensors[1].buffer_size == 18
    with pytest.raises(ModelError, match="m: is truncated: buffer 1 ends beyond the file's"):
        parse_model(content[:-1], "m")


def test_takes_a_scale_only_with_a_zero_point_as_tflm_does():
    graph = GraphSpec([TensorSpec((2,), scales=(0.5,)), TensorSpec((2,))], [])
    assert parse_model(build_graphs(graph), "m").main.tensors[0].quantization is None


def test_a_model_may_only_hand_its_input_on():
    model = parse_model(build_graphs(GraphSpec([TensorSpec((2,))], [], (0,), (0,))), "m")
    assert (model.operators, model.main.nodes) == ((), ())
    assert model.main.inputs == model.main.outputs == (0,)


def test_reads_all_that_the_code_of_the_schema_reads():
    for content in random_models.make(1000):
        round_trip.check(content, "m")


def test_has_no_options_of_a_kind_that_the_schema_does_not_know():
    content = bytearray(build_graphs(GraphSpec([TensorSpec((2,))], [ABS_WITH_OPTIONS])))
    root = generated.Model.GetRootAs(content, 0)
    operator = root.Subgraphs(0).Operators(0)
    place = operator._tab.Pos + operator._tab.Offset(10)
    assert content[place] == generated.BuiltinOptions.AbsOptions
    content[place] = 250
    (node,) = parse_model(bytes(content), "m").main.nodes
    assert (node.options, node.options_type) == ({}, "unknown 250")


def test_the_names_of_resource_variables_are_printable():
    graph = GraphSpec(
        [TensorSpec((), "resource")],
        [
            NodeSpec("VAR_HANDLE", (), (0,), options_type="VarHandleOptions", options=options)
            for options in ({"Container": "c", "SharedName": "a\nb"}, {"SharedName": "x"}, {})
        ],
    )
    nodes = parse_model(build_graphs(graph), "m").main.nodes
    assert [node.options for node in nodes] == [
        {"container": "c", "shared_name": "a\\nb"},
        {"container": None, "shared_name": "x"},
        {"container": None, "shared_name": None},
    ]


def test_an_operator_has_one_code():
    content = build_model([(99, 1)])
    assert not parse_model(content, "m").operators[0].in_new_field_only
    root = generated.Model.GetRootAs(content, 0)
    table = root.OperatorCodes(0)._tab
    place = table.Pos + table.Offset(4)
    other = bytearray(content)
    other[place] = 2
    with pytest.raises(ModelError, match="m: is damaged: operator code 0 is 2 in one place and 99"):
        parse_model(bytes(other), "m")
    # Not written in old files, or in those of others that leave it out.
    other[place] = 0
    assert parse_model(bytes(other), "m").operators[0].in_new_field_only


def test_long_names_are_cut():
    tensors = [TensorSpec((1,), name="x" * 5000), TensorSpec((1,))]
    content = build_graphs(GraphSpec(tensors, [NodeSpec("ABS", (0,), (1,))], outputs=(1,)))
    assert parse_model(content, "m").main.tensors[0].name == "x" * 199 + "…"


def test_a_model_of_250_kb_is_read_in_well_under_a_second(tmp_path):
    tensors = [TensorSpec((1, 2500), name=f"tensor {i}", data=bytes(2500)) for i in range(101)]
    nodes = [NodeSpec("ADD", (i, i), (i + 1,), options_type="AddOptions") for i in range(100)]
    path = tmp_path / "large.tflite"
    path.write_bytes(build_graphs(GraphSpec(tensors, nodes)))
    program = (
        "import sys, time; from tflite import reader; start = time.process_time();"
        " reader.read_model(sys.argv[1]); print(time.process_time() - start);"
        # Each is more work than all the rest.
        " assert not sys.modules.keys() & {'tensorflow', 'numpy', 'flatbuffers'}"
    )
    seconds = subprocess.run(
        [sys.executable, "-c", program, path],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert float(seconds) < 0.5


def test_operators_name_themselves():
    assert str(Operator(3, "CONV_2D", 3)) == "operator CONV_2D version 3"
    assert str(Operator(32, "X", 1, custom=True)) == "custom operator X version 1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, not a TensorFlow Lite model"),
        (b"\x1c\x00\x00\x00", "is not a TensorFlow Lite model: no identifier 'TFL3' at byte 4"),
        (bytes(1000), "is not a TensorFlow Lite model: no identifier"),
        (b"\x00\x00\x00\x00TFL3", "is truncated or damaged"),
        (b"\xff\xff\xff\xffTFL3" + bytes(100), "is truncated or damaged"),
        (build_model(schema_version=2), "has schema version 2, only version 3 is supported"),
        (
            build_model(opcode_index=7),
            "is damaged: operator 0 of subgraph 0 has code index 7, of 1",
        ),
        (build_graphs(), "is damaged: it has no subgraph"),
        (build_model([(32, 1)]), "operator code 0 is custom, but has no name"),
        # Found by tests/fuzz: it broke the message, and would have broken out of a C++ comment.
        (build_model([("My\nOp", 1)]), r"operator code 0 has the unprintable name 'My\nOp'"),
        (build_model([(1999, 1)], subgraphs=1), "has the unknown builtin operator code 1999"),
        (
            build_graphs(GraphSpec([TensorSpec((1,))], [NodeSpec("ABS", (0,), (1,))])),
            "is damaged: operator 0 of subgraph 0 has tensor index 1, of 1",
        ),
        (
            build_graphs(GraphSpec([TensorSpec((1,))], [NodeSpec("ABS", (-2,), (0,))])),
            "is damaged: operator 0 of subgraph 0 has tensor index -2, of 1",
        ),
        (
            build_graphs(GraphSpec([TensorSpec((1,))], [NodeSpec("ABS", (0,), (0,))], (4,))),
            "is damaged: an input of subgraph 0 has tensor index 4, of 1",
        ),
        (
            build_graphs(GraphSpec([TensorSpec((1, -1))], [NodeSpec("ABS", (0,), (0,))])),
            "tensor 0 of subgraph 0 has the shape [1, -1]: convert the model with fixed shapes",
        ),
        (
            build_graphs(GraphSpec([TensorSpec((1,) * 17)], [NodeSpec("ABS", (0,), (0,))])),
            "is damaged: tensor 0 of subgraph 0 has 17 dimensions",
        ),
        (
            build_graphs(
                GraphSpec(
                    [TensorSpec((1,), scales=(math.nan,), zero_points=(0,))],
                    [NodeSpec("ABS", (0,), (0,))],
                )
            ),
            "tensor 0 of subgraph 0 has a scale that is not a number: the file is damaged",
        ),
        (
            build_graphs(
                GraphSpec(
                    [TensorSpec((2,), scales=(1.0, 2.0), zero_points=(0,))],
                    [NodeSpec("ABS", (0,), (0,))],
                )
            ),
            "is damaged: tensor 0 of subgraph 0 has 2 scales and 1 zero points",
        ),
        (
            build_graphs(GRAPH, signatures={"s": (1, {}, {})}),
            "is damaged: signature 0 is of subgraph 1, of 1",
        ),
        (
            build_graphs(GRAPH, signatures={"s": (0, {"x": 9}, {})}),
            "is damaged: 'x' of signature 0 has tensor index 9, of 3",
        ),
    ],
)
def test_refuses_bad_models_and_names_the_file(content, message):
    with pytest.raises(ModelError) as error:
        parse_model(content, "bad.tflite")
    assert str(error.value).startswith(f"bad.tflite: {message}")
    assert "\n" not in str(error.value)


def test_refuses_every_truncation():
    content = build_model(buffer=bytes(200))
    for size in range(len(content)):
        with pytest.raises(ModelError):
            parse_model(content[:size], "m")


def test_random_damage_is_refused_or_harmless():
    content = build_model([(3, 1), (9, 1), ("MyOp", 1)])
    generator = random.Random(1)
    for _ in range(5_000):
        damaged = bytearray(content)
        for _ in range(generator.randint(1, 8)):
            damaged[generator.randrange(len(damaged))] = generator.choice(
                [0, 1, 127, 128, 255, generator.randrange(256)]
            )
        try:
            parse_model(bytes(damaged), "m")
        except ModelError as error:
            assert "\n" not in str(error)


def test_vectors_that_share_their_tables_are_refused():
    builder = flatbuffers.Builder(1024)

    def same(item, count):
        builder.StartVector(4, count, 4)
        for _ in range(count):
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    generated.TensorStart(builder)
    # A thousand tensors in a thousand subgraphs, in 8 KB.
    tensors = same(generated.TensorEnd(builder), 1_000)
    generated.SubGraphStart(builder)
    generated.SubGraphAddTensors(builder, tensors)
    subgraphs = same(generated.SubGraphEnd(builder), 1_000)
    generated.BufferStart(builder)
    buffers = same(generated.BufferEnd(builder), 1)
    generated.ModelStart(builder)
    generated.ModelAddVersion(builder, 3)
    generated.ModelAddSubgraphs(builder, subgraphs)
    generated.ModelAddBuffers(builder, buffers)
    builder.Finish(generated.ModelEnd(builder), file_identifier=b"TFL3")
    with pytest.raises(ModelError, match="it claims to have more tables than fit into it"):
        parse_model(bytes(builder.Output()), "m")


def test_strings_that_are_shared_too_often_are_refused():
    builder = flatbuffers.Builder(1024)
    name = builder.CreateString("x" * 10_000)
    tensors = []
    for _ in range(1_000):
        generated.TensorStart(builder)
        generated.TensorAddName(builder, name)
        tensors.append(generated.TensorEnd(builder))
    builder.StartVector(4, len(tensors), 4)
    for tensor in tensors:
        builder.PrependUOffsetTRelative(tensor)
    vector = builder.EndVector()
    generated.SubGraphStart(builder)
    generated.SubGraphAddTensors(builder, vector)
    subgraph = generated.SubGraphEnd(builder)
    generated.BufferStart(builder)
    buffer = generated.BufferEnd(builder)
    vectors = []
    for item in (subgraph, buffer):
        builder.StartVector(4, 1, 4)
        builder.PrependUOffsetTRelative(item)
        vectors.append(builder.EndVector())
    generated.ModelStart(builder)
    generated.ModelAddVersion(builder, 3)
    generated.ModelAddSubgraphs(builder, vectors[0])
    generated.ModelAddBuffers(builder, vectors[1])
    builder.Finish(generated.ModelEnd(builder), file_identifier=b"TFL3")
    with pytest.raises(ModelError, match="it claims to have more values than fit into it"):
        parse_model(bytes(builder.Output()), "m")


def test_knows_which_models_keep_state():
    def handle(name, output):
        return NodeSpec(
            "VAR_HANDLE",
            (),
            (output,),
            options_type="VarHandleOptions",
            options={"Container": "", "SharedName": name},
        )

    handles = parse_model(
        build_graphs(
            GraphSpec(
                [TensorSpec((1,), "resource")] * 3,
                [handle("a", 0), handle("b", 1), handle("a", 2)],
                inputs=(),
                outputs=(2,),
            )
        ),
        "m",
    )
    assert (handles.resource_variables, handles.is_stateful) == (2, True)
    nodes = [NodeSpec("SVDF", (0,), (1,))]
    for variable in (True, False):
        tensors = [TensorSpec((1,), variable=variable), TensorSpec((1,))]
        model = parse_model(build_graphs(GraphSpec(tensors, nodes, outputs=(1,))), "m")
        assert (model.resource_variables, model.is_stateful) == (0, variable)


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match="no.tflite: cannot be read: No such file"):
        read_model(tmp_path / "no.tflite")


def test_numbers_of_another_kind_stay_numbers():
    options = {"Padding": np.array([1, 2], np.int64)}
    node = NodeSpec("ABS", (0,), (0,), options_type="StablehloConvolutionOptions", options=options)
    (read,) = parse_model(build_graphs(GraphSpec([TensorSpec((2,))], [node])), "m").main.nodes
    assert read.options["padding"] == (1, 2)


def test_a_nan_among_the_options_is_equal_to_itself():
    options = {"Alpha": math.nan}
    node = NodeSpec("LEAKY_RELU", (0,), (0,), options_type="LeakyReluOptions", options=options)
    content = build_graphs(GraphSpec([TensorSpec((2,))], [node]))
    assert parse_model(content, "m") == parse_model(content, "m")
