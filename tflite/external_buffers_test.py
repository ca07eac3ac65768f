# SPDX-License-Identifier: Apache-2.0
"""Tests of micro/external_buffers.py; //tests/fixes has files that TensorFlow's converter makes."""

import random
import struct

import flatbuffers
import pytest
from ai_edge_litert import schema_py_generated as generated

from tflite import external_buffers
from tflite.flatbuffer import DamagedError
from tflite.model import ModelError
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

WEIGHTS = (bytes(range(48)), b"", bytes(range(100, 117)), b"\xc8\xc9\xca\xcb")
GRAPH = GraphSpec(
    [
        TensorSpec((1, len(data)), name=f"t{i}", data=data, scales=(0.5,), zero_points=(3,))
        for i, data in enumerate(WEIGHTS)
    ],
    [
        NodeSpec("ADD", (0, 1), (1,), options_type="AddOptions", options={}),
        NodeSpec("Mine", (1, 2), (2,), custom_options=b"of mine"),
    ],
    inputs=(1,),
    outputs=(2,),
    name="main",
)
NOTE = b"a longer note"
CONTENTS = b"".join((*WEIGHTS, NOTE))


def inside(outside_at: int | None = None) -> bytes:
    return build_graphs(
        GRAPH,
        signatures={"serve": (0, {"x": 1}, {"y": 2})},
        metadata={"note": NOTE},
        outside_at=outside_at,
    )


def outside() -> bytes:
    tables = inside(outside_at=2)
    size = len(tables)
    tables = inside(outside_at=size)
    # A place with more digits takes no more room.
    assert len(tables) == size
    return tables + CONTENTS


def contents(content: bytes) -> list[bytes]:
    root = generated.Model.GetRootAs(content, 0)
    buffers = map(root.Buffers, range(root.BuffersLength()))
    return [b.DataAsNumpy().tobytes() if b.DataLength() else b"" for b in buffers]


def test_what_is_inside_stays_as_it_is():
    content = inside()
    assert external_buffers.inline_external_buffers(content) is content
    assert parse_model(content, "m").content is content
    assert not parse_model(content, "m").was_inlined


def test_contents_come_inside_and_nothing_else_changes():
    expected = parse_model(inside(), "m")
    model = parse_model(outside(), "m")
    assert contents(outside()) == [b""] * 5
    assert contents(model.content) == contents(expected.content)
    assert model.was_inlined and not expected.was_inlined
    for field in ("operators", "subgraphs", "signatures", "metadata", "buffer_sizes"):
        assert getattr(model, field) == getattr(expected, field)
    # Where they lie is as the schema wants it, and the same each time.
    for data in contents(model.content):
        assert not data or model.content.count(data) == 1
        assert model.content.find(data) % 16 == 0
    assert parse_model(outside(), "m").content == model.content
    assert external_buffers.inline_external_buffers(model.content) is model.content


def test_buffers_may_share_contents():
    content = bytearray(outside())
    root = generated.Model.GetRootAs(bytes(content), 0)
    for i in (1, 2, 3):
        table = root.Buffers(i)._tab
        for field, value in ((1, len(content) - len(CONTENTS)), (2, 17)):
            struct.pack_into("<Q", content, table.Pos + table.Offset(4 + 2 * field), value)
    model = parse_model(bytes(content), "m")
    assert contents(model.content)[1:4] == [WEIGHTS[0][:17]] * 3
    assert model.content.count(WEIGHTS[0][:17]) == 1


def custom_options_outside(count: int = 1) -> bytes:
    """A model of custom operators whose options lie outside, as of models above 2 GB."""
    builder = flatbuffers.Builder(256)

    def vector(items):
        builder.StartVector(4, len(items), 4)
        for item in items:
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    name = builder.CreateString("Mine")
    generated.OperatorCodeStart(builder)
    generated.OperatorCodeAddBuiltinCode(builder, generated.BuiltinOperator.CUSTOM)
    generated.OperatorCodeAddDeprecatedBuiltinCode(builder, generated.BuiltinOperator.CUSTOM)
    generated.OperatorCodeAddCustomCode(builder, name)
    codes = vector([generated.OperatorCodeEnd(builder)])
    operators = []
    for i in range(count):
        generated.OperatorStart(builder)
        generated.OperatorAddLargeCustomOptionsOffset(builder, 0x77770000)
        generated.OperatorAddLargeCustomOptionsSize(builder, 9 + i)
        operators.append(generated.OperatorEnd(builder))
    operators = vector(operators)
    generated.SubGraphStart(builder)
    generated.SubGraphAddOperators(builder, operators)
    graphs = vector([generated.SubGraphEnd(builder)])
    generated.ModelStart(builder)
    generated.ModelAddVersion(builder, 3)
    generated.ModelAddOperatorCodes(builder, codes)
    generated.ModelAddSubgraphs(builder, graphs)
    builder.Finish(generated.ModelEnd(builder), file_identifier=b"TFL3")
    tables = bytes(builder.Output())
    place = struct.pack("<I", len(tables))
    return tables.replace(b"\0\0\x77\x77", place) + b"123456789" + bytes(count - 1)


def test_custom_options_come_inside():
    model = parse_model(custom_options_outside(), "m")
    assert model.was_inlined
    assert model.main.nodes[0].custom_options_size == 9
    operator = generated.Model.GetRootAs(model.content, 0).Subgraphs(0).Operators(0)
    assert operator.CustomOptionsAsNumpy().tobytes() == b"123456789"
    assert (operator.LargeCustomOptionsOffset(), operator.LargeCustomOptionsSize()) == (0, 0)
    with pytest.raises(ModelError, match="m: is truncated or damaged: contents of byte"):
        parse_model(custom_options_outside()[:-1], "m")


def test_contents_that_overlap_are_refused():
    # Each its own length from one start: together as much as the square of their number.
    content = custom_options_outside(500)
    with pytest.raises(ModelError, match="m: is truncated or damaged: .*overlap"):
        parse_model(content, "m")
    parse_model(custom_options_outside(2), "m")


def test_tables_that_go_on_behind_the_contents_are_refused():
    content = bytearray(outside())
    expected = parse_model(bytes(content), "m").subgraphs
    table = generated.Model.GetRootAs(bytes(content), 0).Buffers(1)._tab
    place = table.Pos + table.Offset(6)
    refused = 0
    # Contents in the middle of the tables: what follows them would be lost.
    for start in range(2, len(content) - len(CONTENTS)):
        struct.pack_into("<Q", content, place, start)
        try:
            assert parse_model(bytes(content), "m").subgraphs == expected
        except ModelError:
            refused += 1
    assert refused > start / 2


def test_hostile_files_end_in_one_error_and_never_grow_far():
    for seed, sound in enumerate([outside(), custom_options_outside()] * 1500):
        mutated = bytearray(sound)
        choose = random.Random(seed)
        for _ in range(choose.randint(1, 4)):
            mutated[choose.randrange(8, len(mutated))] = choose.choice((0, 1, 16, 127, 128, 255))
        try:
            inlined = external_buffers.inline_external_buffers(bytes(mutated))
        except DamagedError:
            continue
        assert len(inlined) < 3 * len(mutated) + 4096
        try:
            model = parse_model(bytes(mutated), "m")
        except ModelError:
            continue
        assert not parse_model(model.content, "m").was_inlined
