# SPDX-License-Identifier: Apache-2.0
"""Makes Python dictionaries of the schema of `.tflite` files, from the code that flatc generates.

The package ai-edge-litert has that code. Its text is read, and nothing of it is imported.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import pathlib
import re

PACKAGE = "ai_edge_litert"
# Formats of module struct.
_FORMATS = {
    "Bool": "?",
    "Int8": "b",
    "Uint8": "B",
    "Int16": "h",
    "Uint16": "H",
    "Int32": "i",
    "Uint32": "I",
    "Int64": "q",
    "Uint64": "Q",
    "Float32": "f",
    "Float64": "d",
}
_ENUMERATIONS = {
    "BUILTIN_OPERATORS": "BuiltinOperator",
    "BUILTIN_OPTIONS": "BuiltinOptions",
    "BUILTIN_OPTIONS_2": "BuiltinOptions2",
    "TENSOR_TYPES": "TensorType",
    "PADDINGS": "Padding",
    "ACTIVATIONS": "ActivationFunctionType",
}

Field = tuple[int, str, int | float | bool | str | None]
"""Its number, its kind, and its default or, of tables, the name of their kind."""


class SchemaError(Exception):
    """Generated code of a form that is not known here. The message is one line."""


def generated_code() -> tuple[str, str]:
    """Finds the code that flatc generated.

    Returns:
      Its text, and the name and version of its package.
    """
    package = importlib.util.find_spec(PACKAGE)
    assert package is not None and package.submodule_search_locations is not None
    path = pathlib.Path(package.submodule_search_locations[0]) / "schema_py_generated.py"
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    return path.read_text(encoding="utf-8"), f"{PACKAGE.replace('_', '-')} {version}"


def enumerations(module: ast.Module) -> dict[str, dict[int, str]]:
    """Reads the enumerations and the unions' types.

    Args:
      module: the generated code.

    Returns:
      For each class of whole numbers, names by number.
    """
    found = {}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            names = {
                statement.value.value: statement.targets[0].id
                for statement in node.body
                if isinstance(statement, ast.Assign)
                and isinstance(statement.value, ast.Constant)
                and isinstance(statement.value.value, int)
                and isinstance(statement.targets[0], ast.Name)
            }
            if names:
                found[node.name] = names
    return found


def tables(module: ast.Module) -> dict[str, dict[str, Field]]:
    """Reads the tables.

    Args:
      module: the generated code.

    Returns:
      For each table its fields by name, in the schema's order. A field's kind is a format of module
      struct; "s" for a string, "t" for a table, "u" for a union; "[" before it for a vector.

    Raises:
      SchemaError: an accessor is of no known form.
    """
    found = {}
    for node in module.body:
        if not isinstance(node, ast.ClassDef):
            continue
        functions = {f.name: f for f in node.body if isinstance(f, ast.FunctionDef)}
        if "Init" not in functions:
            continue
        fields = dict(
            field
            for name, function in functions.items()
            if (field := _field(node.name, name, function, functions)) is not None
        )
        found[node.name] = dict(sorted(fields.items(), key=lambda item: item[1][0]))
    return found


def _field(
    table: str, name: str, function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]
) -> tuple[str, Field] | None:
    text = ast.unparse(function)
    offset = re.search(r"self\._tab\.Offset\((\d+)\)", text)
    # XLength, XAsNumpy and XIsNone are beside the accessor X of a vector.
    beside = re.fullmatch(r"(.+)(Length|AsNumpy|IsNone)", name)
    if offset is None or (beside and beside.group(1) in functions):
        return None
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    number = (int(offset.group(1)) - 4) // 2
    vector = "[" if len(function.args.args) > 1 else ""
    scalar = re.search(r"self\._tab\.Get\(flatbuffers\.number_types\.(\w+)Flags, (o|a) \+", text)
    kind = re.search(r"obj = (\w+)\(", text)
    last = function.body[-1]
    default = last.value if isinstance(last, ast.Return) else None
    if scalar and vector:
        return snake, (number, vector + _FORMATS[scalar.group(1)], None)
    if scalar and default is not None:
        return snake, (number, _FORMATS[scalar.group(1)], ast.literal_eval(default))
    if "self._tab.String(" in text:
        return snake, (number, vector + "s", None)
    if "self._tab.Union(" in text:
        return snake, (number, "u", None)
    if kind and (vector or "self._tab.Indirect(" in text):
        return snake, (number, vector + "t", kind.group(1))
    raise SchemaError(f"{table}.{name}: an accessor of no known form")


def render(code: str, source: str) -> str:
    """Writes the module.

    Args:
      code: what flatc generated.
      source: the package that it is from.

    Returns:
      Python source text.

    Raises:
      SchemaError: see `tables`.
    """
    module = ast.parse(code)
    known = enumerations(module)
    parts = [
        "# SPDX-License-Identifier: Apache-2.0\n"
        f'"""The schema of `.tflite` files. Generated from {source}, do not edit.\n\n'
        "`./bazelw run //tflite:update_schema` writes it.\n"
        '"""\n'
    ]
    for constant, name in _ENUMERATIONS.items():
        entries = "".join(f'    {code}: "{text}",\n' for code, text in known[name].items())
        parts.append(f"\n{constant} = {{\n{entries}}}\n")
    parts.append(
        "\n# The fields of each table: number, kind, and default or kind of table. A kind is a\n"
        '# format of module struct; "s" a string, "t" a table, "u" a union; "[" first: a vector.\n'
        "TABLES: dict[str, dict[str, tuple]] = {\n"
    )
    for name, fields in tables(module).items():
        if not fields:
            parts.append(f'    "{name}": {{}},\n')
            continue
        entries = "".join(
            f'        "{field}": ({number}, "{kind}", {_literal(value)}),\n'
            for field, (number, kind, value) in fields.items()
        )
        parts.append(f'    "{name}": {{\n{entries}    }},\n')
    parts.append("}\n")
    return "".join(parts)


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
