# SPDX-License-Identifier: Apache-2.0
"""Tests of codegen/c_array.py against goldens."""

import pathlib

import pytest

from codegen import c_array

GOLDENS = pathlib.Path(__file__).parent / "testdata"
ARGUMENTS = {
    "source_name": "tiny.tflite",
    "name": "tiny_model",
    "namespace": "app::models",
    "header_path": "app/tiny_model_data.h",
}


@pytest.mark.parametrize(
    ("render", "golden"),
    [
        (c_array.render_header, "tiny_model_data.h.golden"),
        (c_array.render_source, "tiny_model_data.cc.golden"),
    ],
)
def test_equals_the_golden(render, golden):
    assert render(bytes(range(240, 256)), **ARGUMENTS) == (GOLDENS / golden).read_text()


def test_a_files_name_stays_a_comment():
    name = "m\nint x;\u2028.tflite"
    for render in (c_array.render_header, c_array.render_source):
        text = render(b"0123", **(ARGUMENTS | {"source_name": name}))
        assert text.splitlines()[0] == r"// Generated from m\nint x;\u2028.tflite, do not edit."


def test_every_byte_is_in_the_source_in_its_place():
    content = bytes(i * 7 % 256 for i in range(1000))
    source = c_array.render_source(content, **ARGUMENTS)
    body = source[source.index("{\n    0x") + 1 : source.index("};")]
    assert bytes(int(word, 16) for word in body.replace("\n", " ").split(",") if word.strip()) == (
        content
    )
