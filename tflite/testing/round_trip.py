# SPDX-License-Identifier: Apache-2.0
"""Compares what the reader reads with what the schema's own generated code reads."""

from __future__ import annotations

from ai_edge_litert import schema_py_generated as generated

from tflite import flatbuffer, schema
from tflite.reader import parse_model
from tflite.testing.model_builder import accessor

_NAMES = {"fused_activation_function": schema.ACTIVATIONS, "padding": schema.PADDINGS}


def check(content: bytes, path: str) -> None:
    """Compares every field of every table, and then the model that is made of them.

    Args:
      content: a sound model.
      path: what to call it in messages.

    Raises:
      AssertionError: something differs.
    """
    root = generated.Model.GetRootAs(content, 0)
    _compare(flatbuffer.File(content).root(), root, "Model", path)
    model = parse_model(content, path)
    # With all contents inside of its tables.
    root = generated.Model.GetRootAs(model.content, 0)
    assert len(model.subgraphs) == root.SubgraphsLength(), path
    for subgraph in model.subgraphs:
        table = root.Subgraphs(subgraph.index)
        assert subgraph.inputs == (_vector(table, "Inputs") or ()), path
        assert subgraph.outputs == (_vector(table, "Outputs") or ()), path
        assert len(subgraph.tensors) == table.TensorsLength(), path
        assert len(subgraph.nodes) == table.OperatorsLength(), path
        for tensor in subgraph.tensors:
            wanted = table.Tensors(tensor.index)
            buffer = root.Buffers(wanted.Buffer())
            assert tensor.shape == (_vector(wanted, "Shape") or ()), path
            assert getattr(generated.TensorType, tensor.dtype.upper()) == wanted.Type(), path
            assert tuple(model.contents(tensor)) == (_vector(buffer, "Data") or ()), path
            quantization = wanted.Quantization()
            if tensor.quantization is not None:
                assert tensor.quantization.scales == _vector(quantization, "Scale"), path
                zero_points = _vector(quantization, "ZeroPoint")
                assert tensor.quantization.zero_points == zero_points, path
        for node in subgraph.nodes:
            wanted = table.Operators(node.index)
            assert node.inputs == (_vector(wanted, "Inputs") or ()), path
            assert node.outputs == (_vector(wanted, "Outputs") or ()), path
            number, union = wanted.BuiltinOptionsType(), wanted.BuiltinOptions()
            known = schema.BUILTIN_OPTIONS
            if not number or union is None:
                number, union = wanted.BuiltinOptions2Type(), wanted.BuiltinOptions2()
                known = schema.BUILTIN_OPTIONS_2
            if not number or union is None:
                assert (node.options, node.options_type) == ({}, ""), path
                continue
            assert node.options_type == known[number], path
            options = getattr(generated, node.options_type)()
            options.Init(union.Bytes, union.Pos)
            assert node.options.keys() == schema.TABLES[node.options_type].keys(), path
            for name, value in node.options.items():
                field = schema.TABLES[node.options_type][name]
                wanted_value = _read(options, name, field)
                if name in _NAMES and field[1] == "b":
                    assert isinstance(wanted_value, int)
                    wanted_value = _NAMES[name].get(wanted_value, str(wanted_value))
                assert repr(value) == repr(wanted_value), f"{path}: {node.options_type}.{name}"


def _vector(table: object, name: str) -> tuple | None:
    """All numbers of a vector; None for one that is not written."""
    if getattr(table, f"{name}IsNone")():
        return None
    return tuple(getattr(table, f"{name}AsNumpy")().tolist())


def _read(table: object, name: str, field: tuple) -> object:
    """A number, string or vector of numbers as the generated code reads it."""
    if field[1][0] == "[":
        return _vector(table, accessor(name))
    value = getattr(table, accessor(name))()
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def _compare(ours: flatbuffer.Table, theirs: object, kind: str, path: str) -> None:
    fields = schema.TABLES[kind]
    values = ours.values()
    for name, field in fields.items():
        if name in values:
            assert values[name] == _read(theirs, name, field), f"{path}: {kind}.{name}"
        elif field[1] == "t":
            table, wanted = ours.table(name), getattr(theirs, accessor(name))()
            assert (table is None) == (wanted is None), f"{path}: {kind}.{name}"
            if table is not None:
                _compare(table, wanted, field[2], f"{path}.{name}")
        elif field[1] == "[t":
            tables = list(ours.tables(name))
            assert len(tables) == getattr(theirs, f"{accessor(name)}Length")(), f"{path}: {name}"
            for i, table in enumerate(tables):
                wanted = getattr(theirs, accessor(name))(i)
                _compare(table, wanted, field[2], f"{path}.{name}[{i}]")
        # A union's kind is in another field: options are compared with the model's.
        else:
            assert field[1] == "u", f"{path}: {kind}.{name} is not compared"
