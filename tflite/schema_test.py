# SPDX-License-Identifier: Apache-2.0
"""Tests of generated_schema.py, and that schema.py is what it makes."""

import ast
import os
import pathlib

import pytest

from tflite import generated_schema, schema

CODE = """
class Kind(object):
    NONE = 0
    SOME = 1

class Thing(object):
    def GetRootAs(cls, buf, offset=0):
        return cls
    def Init(self, buf, pos):
        self._tab = flatbuffers.table.Table(buf, pos)
    def AdjX(self):
        o = flatbuffers.number_types.UOffsetTFlags.py_type(self._tab.Offset(8))
        if o != 0:
            return bool(self._tab.Get(flatbuffers.number_types.BoolFlags, o + self._tab.Pos))
        return False
    def Beta(self):
        o = flatbuffers.number_types.UOffsetTFlags.py_type(self._tab.Offset(4))
        if o != 0:
            return self._tab.Get(flatbuffers.number_types.Float32Flags, o + self._tab.Pos)
        return -1.5
"""


def test_reads_fields_by_number_with_their_defaults():
    tables = generated_schema.tables(ast.parse(CODE))
    assert tables == {"Thing": {"beta": (0, "f", -1.5), "adj_x": (2, "?", False)}}
    assert list(tables["Thing"]) == ["beta", "adj_x"]


def test_reads_enumerations():
    found = generated_schema.enumerations(ast.parse(CODE))
    assert found == {"Kind": {0: "NONE", 1: "SOME"}}


def test_refuses_an_accessor_of_no_known_form():
    code = CODE.replace("Get(flatbuffers.number_types.Float32Flags", "Take(something")
    with pytest.raises(generated_schema.SchemaError, match=r"^Thing\.Beta: "):
        generated_schema.tables(ast.parse(code))


def test_schema_is_that_of_the_package():
    text = pathlib.Path(os.environ["SCHEMA"]).read_text()
    made = generated_schema.render(*generated_schema.generated_code())
    assert text == made, "./bazelw run //tflite:update_schema"


def test_every_kind_of_options_can_be_read():
    for kinds in (schema.BUILTIN_OPTIONS, schema.BUILTIN_OPTIONS_2):
        for number, kind in kinds.items():
            fields = schema.TABLES[kind] if number else {}
            # Tables within them would need a kind of their own in Node.options.
            assert not [name for name, field in fields.items() if "t" in field[1]], kind
