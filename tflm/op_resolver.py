# SPDX-License-Identifier: Apache-2.0
"""The op resolver of models: exactly the operators they use."""

from __future__ import annotations

from collections.abc import Iterable

from codegen import cpp_header
from tflite.model import Operator
from tflm.capabilities import Registration


def render(
    selected: Iterable[tuple[Operator | str, Registration]],
    *,
    source_name: str,
    name: str,
    namespace: str,
    header_path: str,
    resource_variables: int = 0,
) -> str:
    """Writes the header with the resolver's type and the function that fills it.

    Args:
      selected: see `compatibility.select` and `select_all`.
      source_name: the model file's name, for the banner.
      name: the model's name, snake_case.
      namespace: the C++ namespace.
      header_path: the header's path in #include directives.
      resource_variables: how many the model has.

    Returns:
      C++ source text.
    """
    selected = list(selected)
    source_name = cpp_header.comment_text(source_name)
    model = cpp_header.camel_case(name)
    resolver = f"{model}OpResolver"
    adds = "".join(
        f"  // {operator}\n"
        f"  TF_LITE_ENSURE_STATUS(resolver.{registration.method}({_argument(registration)}));\n"
        for operator, registration in selected
    )
    return cpp_header.wrap(
        f"// Exactly the operators of {source_name}.\n"
        # A model that only passes its input on has none, but C++ has no arrays without elements.
        f"using {resolver} = ::tflite::MicroMutableOpResolver<{max(len(selected), 1)}>;\n\n"
        "// How many resource variables there are: the interpreter must be given so many.\n"
        f"inline constexpr int k{model}ResourceVariables = {resource_variables};\n\n"
        "// Registers them. Anything but kTfLiteOk: the resolver must not be used.\n"
        f"inline TfLiteStatus Register{model}Ops({resolver}& resolver) {{\n"
        f"{adds}"
        "  return kTfLiteOk;\n"
        "}\n",
        banner=f"// Generated from {source_name}, do not edit.\n",
        namespace=namespace,
        header_path=header_path,
        includes='#include "tensorflow/lite/c/common.h"\n'
        '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"\n',
    )


def _argument(registration: Registration) -> str:
    return f"::tflite::{registration.int8}()" if registration.int8 else ""
