# SPDX-License-Identifier: Apache-2.0
"""The C++ class of one model: a header that ties array, resolver and arena to tflm::Model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codegen import cpp_header, typed_tensors


def check_class_name(name: str, symbol: str) -> None:
    """Refuses names that are not C++ classes of our style, or would not compile.

    Args:
      name: of the class.
      symbol: what array, resolver and arena are named after, snake_case.

    Raises:
      cpp_header.InvalidNameError: it is not CamelCase, or a name in the op resolver's header.
    """
    cpp_header.check_class_name(name)
    camel = cpp_header.camel_case(symbol)
    if name in (f"{camel}OpResolver", f"Register{camel}Ops"):
        raise cpp_header.InvalidNameError(
            f"class name {name!r}: is taken by the op resolver's header: choose another"
        )


def render(
    description: Mapping,
    *,
    symbol: str,
    class_name: str,
    namespace: str,
    header_path: str,
    includes: Sequence[str],
    verify: bool,
) -> str:
    """Writes the header.

    Args:
      description: of the model, see `tflite.description.describe`.
      symbol: what array, resolver and arena are named after, snake_case.
      class_name: of the class.
      namespace: the C++ namespace, of those too.
      header_path: the header's path in #include directives.
      includes: the headers of array, resolver and arena.
      verify: whether Create() compares the checksum of the model's bytes before it uses them.

    Returns:
      C++ source text.

    Raises:
      typed_tensors.UnsupportedTensorError: an input or output can't be offered.
    """
    camel = cpp_header.camel_case(symbol)
    source = cpp_header.comment_text(description["source"])
    traits = f"{class_name}Traits"
    tensors = typed_tensors.render(description)
    own_includes = "".join(f'#include "{path}"\n' for path in sorted(includes))
    return cpp_header.wrap(
        f"// What mnist_micro::tflm::Model needs to know of {source}.\n"
        f"struct {traits} {{\n"
        f"{tensors.members}"
        f"  using OpResolver = {camel}OpResolver;\n"
        f"  static constexpr const std::uint8_t* kModel = k{camel};\n"
        f"  static constexpr std::size_t kModelSize = k{camel}Size;\n"
        f"  static constexpr std::size_t kArenaSize = k{camel}ArenaSize;\n"
        f"  static constexpr std::uint32_t kModelCrc32 = 0x{description['crc32']:08x};\n"
        f"  static constexpr int kResourceVariables = k{camel}ResourceVariables;\n"
        f"  static constexpr bool kVerify = {'true' if verify else 'false'};\n"
        "  static TfLiteStatus RegisterOps(OpResolver& resolver) {\n"
        f"    return Register{camel}Ops(resolver);\n"
        "  }\n"
        "};\n\n"
        f"// {source} on TFLM, with its arena: give it static storage.\n"
        f"{tensors.comment}"
        f"class {class_name} : public ::mnist_micro::tflm::Model<{traits}> {{}};\n",
        banner=f"// Generated from {source}, do not edit.\n",
        namespace=namespace,
        header_path=header_path,
        includes="#include <cstddef>\n"
        "#include <cstdint>\n\n"
        f"{own_includes}"
        '#include "mnist_micro/tflm/model.h"\n',
    )
