# SPDX-License-Identifier: Apache-2.0
"""What the page knows about `.tflite` files: schema, limits and messages of the reader in Python.

The script web/page/model.js reads models as tflite/reader.py does, and counts and plans as
tflite/costs.py and tflite/memory_plan.py do. Whatever both need to know is in their JSON, so that
it is written once.
"""

from __future__ import annotations

from collections.abc import Mapping

from aot.importer import CONTROL
from aot.kernels.registry import KERNELS
from tflite import costs, file_kinds, flatbuffer, memory_plan, reader, schema
from tflite.model import BITS
from tflm import model_facts
from tflm.capabilities import Tflm

# Options that change what is counted, or name a subgraph that is run.
_OPTIONS = ("adj_x", *(field for fields in memory_plan.CALLS.values() for field in fields))
# What the page reads of each table.
_FIELDS = {
    "Model": ("version", "operator_codes", "subgraphs", "description", "buffers", "metadata"),
    "OperatorCode": ("deprecated_builtin_code", "custom_code", "version", "builtin_code"),
    "SubGraph": ("tensors", "inputs", "outputs", "operators"),
    "Tensor": (
        *("shape", "type", "buffer", "name", "quantization", "is_variable", "sparsity"),
        "shape_signature",
    ),
    "QuantizationParameters": ("scale", "zero_point", "quantized_dimension"),
    "Operator": (
        *("opcode_index", "inputs", "outputs", "intermediates"),
        *(name for kind in reader.OPTIONS for name in kind[:2]),
    ),
    "Buffer": ("data", "offset", "size"),
    "Metadata": ("name", "buffer"),
}


def describe(linked: Tflm) -> dict:
    """Makes what the page's script is given.

    Args:
      linked: the linked TFLM.

    Returns:
      What JSON can represent: `operators` (names by code), `types` (names by code), `bits` (of an
      element, by type), `tables` (of each the fields that the page reads, by name: number, kind,
      default), `options` (of both unions the names of type and options, and the tables by number),
      `counted` (operators that multiply and add up), `calls` (options that name subgraphs, by
      operator), `limits`, `other_files`, and `engines` (see `engines`).
    """
    kinds = {
        kind: tuple(field for field in fields if field in _OPTIONS)
        for kind, fields in schema.TABLES.items()
        if set(fields) & set(_OPTIONS) and kind not in _FIELDS
    }
    return {
        "operators": _by_code(schema.BUILTIN_OPERATORS),
        "types": _by_code({code: name.lower() for code, name in schema.TENSOR_TYPES.items()}),
        "bits": BITS,
        "tables": {
            kind: {field: schema.TABLES[kind][field] for field in fields}
            for kind, fields in {**_FIELDS, **kinds}.items()
        },
        "options": [
            [type_field, field, {number: kind for number, kind in names.items() if kind in kinds}]
            for type_field, field, names in reader.OPTIONS
        ],
        "counted": costs.COUNTED,
        "calls": memory_plan.CALLS,
        "limits": {
            "alignment": memory_plan.ALIGNMENT,
            "bytes": reader.LARGEST,
            "depth": memory_plan.MAX_DEPTH,
            "items": flatbuffer.MAX_ITEMS,
            "name": reader.MAX_NAME,
            "old_code": reader.MAX_OLD_CODE,
            "planned": memory_plan.MAX_BUFFERS,
            "rank": reader.MAX_RANK,
            "steps": memory_plan.MAX_STEPS,
        },
        "identifier": reader.IDENTIFIER.decode(),
        "version": reader.SCHEMA_VERSION,
        "other_files": {
            "magic": [[magic.decode("latin-1"), text] for magic, text in file_kinds.MAGIC],
            "suffix": file_kinds.BY_SUFFIX,
            "zip": [file_kinds.ZIP.decode("latin-1"), file_kinds.ZIP_ARCHIVE],
        },
        "engines": engines(linked),
    }


def _by_code(names: Mapping[int, str]) -> list[str | None]:
    """Makes a list of names: None where there is none."""
    return [names.get(code) for code in range(max(names) + 1)]


def engines(linked: Tflm) -> dict:
    """Makes what the page knows of engines.

    Args:
      linked: the linked TFLM.

    Returns:
      `linked` and `todays` (today's TFLM): the newest version of each operator that it has by name,
      None if it does not say; those of custom operators begin with "custom:". `compiled`: the
      operators that the compiler has. `ties` of the linked planner, its `name`, and the operators
      that may ask for `scratch` buffers.
    """
    registrations = linked.registrations
    return {
        "linked": _versions(linked),
        "todays": _versions(model_facts.todays_tflm()),
        "compiled": [
            name for name in schema.BUILTIN_OPERATORS.values() if name in KERNELS or name in CONTROL
        ],
        "name": linked.name,
        "scratch": sorted(name for name, one in registrations.items() if one.scratch),
        "ties": linked.planner_ties,
    }


def _versions(tflm: Tflm) -> dict[str, int | None]:
    return {
        name: registration.max_version
        for name, registration in sorted(tflm.registrations.items())
        if registration.missing is None
    }
