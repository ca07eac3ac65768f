# SPDX-License-Identifier: Apache-2.0
"""The C++ class of a compiled model: a header around the C that emit.py writes."""

from __future__ import annotations

from collections.abc import Mapping

from codegen import cpp_header, typed_tensors


def render(
    description: Mapping,
    *,
    symbol: str,
    class_name: str,
    namespace: str,
    header_path: str,
    c_header_path: str,
) -> str:
    """Writes the header.

    Args:
      description: of the model, see `tflite.description.describe`.
      symbol: what the C is named after, snake_case.
      class_name: of the class.
      namespace: the C++ namespace.
      header_path: the header's path in #include directives.
      c_header_path: that of the C header.

    Returns:
      C++ source text.

    Raises:
      typed_tensors.UnsupportedTensorError: an input or output can't be offered.
    """
    source = cpp_header.comment_text(description["source"])
    traits = f"{class_name}Traits"
    tensors = typed_tensors.render(description)
    upper = symbol.upper()

    def data(kind: str, pointer: str, state: str) -> str:
        cases = "".join(
            f"      case {i}:\n        return {symbol}_{kind.lower()}_{i}(state);\n"
            for i in range(len(description[f"{kind.lower()}s"]))
        )
        return (
            f"  static {pointer} {kind}Data({state} state, std::size_t i) {{\n"
            f"    switch (i) {{\n{cases}      default:\n        return nullptr;\n    }}\n  }}\n"
        )

    return cpp_header.wrap(
        f"// What mnist_micro::aot::Model needs to know of {source}.\n"
        f"struct {traits} {{\n"
        f"{tensors.members}"
        f"  using State = ::{symbol}_state;\n"
        f"  static constexpr std::size_t kMemorySize = {upper}_MEMORY_SIZE;\n"
        f"  static constexpr std::size_t kMemoryAlignment = {upper}_MEMORY_ALIGNMENT;\n"
        f"  static void Init(State* state, void* memory) {{ {symbol}_init(state, memory); }}\n"
        f"  static void Reset(State* state) {{ {symbol}_reset(state); }}\n"
        f"  static void Invoke(State* state) {{ {symbol}_invoke(state); }}\n"
        f"{data('Input', 'void*', 'State*')}"
        f"{data('Output', 'const void*', 'const State*')}"
        "};\n\n"
        f"// {source} as C, with working memory of its own: give it static storage.\n"
        f"{tensors.comment}"
        f"class {class_name} : public ::mnist_micro::aot::Model<{traits}> {{}};\n\n"
        "// The same in memory that the caller gives.\n"
        f"class {class_name}InMemory : public ::mnist_micro::aot::ModelInMemory<{traits}> {{}};\n",
        banner=f"// Generated from {source}, do not edit.\n",
        namespace=namespace,
        header_path=header_path,
        includes="#include <cstddef>\n"
        "#include <cstdint>\n\n"
        f'#include "{c_header_path}"\n'
        '#include "mnist_micro/aot/model.h"\n',
    )
