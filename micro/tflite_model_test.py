"""Tests of micro/tflite_model.py, hostile input included."""

import random

import pytest

from micro import tflite_model
from micro.model_builder import build_model
from micro.tflite_model import ModelError, Operator, parse_model


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


def test_operators_name_themselves():
    assert str(Operator(3, "CONV_2D", 3)) == "operator CONV_2D version 3"
    assert str(Operator(32, "X", 1, custom=True)) == "custom operator X version 1"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty, not a TensorFlow Lite model"),
        (b"\x1c\x00\x00\x00", "is no TensorFlow Lite model: no identifier 'TFL3' at byte 4"),
        (bytes(1000), "is no TensorFlow Lite model: no identifier"),
        (b"\x00\x00\x00\x00TFL3", "is truncated or damaged"),
        (b"\xff\xff\xff\xffTFL3" + bytes(100), "is truncated or damaged"),
        (build_model(schema_version=2), "has schema version 2, only version 3 is supported"),
        (
            build_model(opcode_index=7),
            "is damaged: operator 0 of subgraph 0 has code index 7, of 1",
        ),
        (build_model([]), "has no operators"),
        (build_model([(32, 1)]), "operator code 0 is custom, but has no name"),
        # Found by tests/fuzz: it broke the message, and would have broken out of a C++ comment.
        (build_model([("My\nOp", 1)]), r"operator code 0 has the unprintable name 'My\nOp'"),
        (build_model([(209, 1)], subgraphs=1), "has the unknown builtin operator code 209"),
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


def test_missing_file(tmp_path):
    with pytest.raises(ModelError, match="no.tflite: cannot be read: No such file"):
        tflite_model.read_model(tmp_path / "no.tflite")
