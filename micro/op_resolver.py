"""The op resolver of one model: exactly the operators it uses, checked against the linked TFLM."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from micro import c_array
from micro.tflite_model import Operator


class UnsupportedOperatorError(ValueError):
    """The linked TFLM lacks an operator. The message is one line with its name and version."""


@dataclasses.dataclass(frozen=True)
class Registration:
    """How TFLM's MicroMutableOpResolver registers one operator.

    Attributes:
      method: e.g. "AddConv2D".
      max_version: the highest operator version that its kernel knows; None where TFLM doesn't say.
    """

    method: str
    max_version: int | None = None


_METHOD = re.compile(r"TfLiteStatus (Add\w+)\([^{]*\{(.*?)\n  \}", re.DOTALL)
_BUILTIN = re.compile(
    r"AddBuiltin\(\s*(?:tflite::)?BuiltinOperator_(\w+)\s*,(?:[^;]*?,\s*1,\s*(\d+)\s*\))?",
    re.DOTALL,
)
_CUSTOM = re.compile(r'AddCustom\(\s*(?:"([^"]+)"|[\w:]*GetString_(\w+)\(\))')


def parse_registrations(header: str) -> dict[str, Registration]:
    """Finds the operators that a TFLM has, in its micro_mutable_op_resolver.h.

    Args:
      header: the header's text, of upstream or of our backport.

    Returns:
      Registrations by operator name; custom operators under "custom:NAME".
    """
    found = {}
    for method, body in _METHOD.findall(header):
        if method in ("AddBuiltin", "AddCustom"):
            continue
        if match := _BUILTIN.search(body):
            name, version = match.groups()
            found[name] = Registration(method, int(version) if version else None)
        elif match := _CUSTOM.search(body):
            found[f"custom:{match.group(1) or match.group(2).lower()}"] = Registration(method)
    return found


def select(
    operators: Iterable[Operator], registrations: Mapping[str, Registration], path: str
) -> list[tuple[Operator, Registration]]:
    """Picks the registrations that a model needs.

    Args:
      operators: what the model uses.
      registrations: what the TFLM has, see `parse_registrations`.
      path: the model's name, for messages.

    Returns:
      One registration for each operator, in the order of their codes; of several versions of one
      operator the highest.

    Raises:
      UnsupportedOperatorError: the TFLM lacks an operator, or knows only older versions of it.
    """
    chosen: dict[str, tuple[Operator, Registration]] = {}
    for operator in sorted(operators):
        registration = registrations.get(
            f"custom:{operator.name}" if operator.custom else operator.name
        )
        if registration is None:
            raise UnsupportedOperatorError(f"{path}: the linked TFLM has no {operator}")
        newest = registration.max_version
        if newest is not None and operator.version > newest:
            raise UnsupportedOperatorError(
                f"{path}: the linked TFLM has no {operator}: its newest is version {newest}"
            )
        chosen[registration.method] = (operator, registration)
    return list(chosen.values())


def render(
    selected: Iterable[tuple[Operator, Registration]],
    *,
    source_name: str,
    name: str,
    namespace: str,
    header_path: str,
) -> str:
    """Writes the header with the resolver's type and the function that fills it.

    Args:
      selected: see `select`.
      source_name: the model file's name, for the banner.
      name: the model's name, snake_case.
      namespace: the C++ namespace.
      header_path: the header's path in #include directives.

    Returns:
      C++ source text.
    """
    selected = list(selected)
    guard = c_array.include_guard(header_path)
    model = c_array.camel_case(name)
    resolver = f"{model}OpResolver"
    adds = "".join(
        f"  // {operator}\n  TF_LITE_ENSURE_STATUS(resolver.{registration.method}());\n"
        for operator, registration in selected
    )
    return (
        f"// Generated from {source_name}, do not edit.\n\n"
        f"#ifndef {guard}\n"
        f"#define {guard}\n\n"
        '#include "tensorflow/lite/c/common.h"\n'
        '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"\n\n'
        f"namespace {namespace} {{\n\n"
        f"// Exactly the operators of {source_name}.\n"
        f"using {resolver} = tflite::MicroMutableOpResolver<{len(selected)}>;\n\n"
        "// Registers them. Anything but kTfLiteOk: the resolver must not be used.\n"
        f"inline TfLiteStatus Register{model}Ops({resolver}& resolver) {{\n"
        f"{adds}"
        "  return kTfLiteOk;\n"
        "}\n\n"
        f"}}  // namespace {namespace}\n\n"
        f"#endif  // {guard}\n"
    )
