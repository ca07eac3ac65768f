# SPDX-License-Identifier: Apache-2.0
"""The C++ class of one model: a header that ties array, resolver and arena to tflm::Model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from codegen import cpp_header

_CPP_TYPES = {
    "float32": "float",
    "int8": "std::int8_t",
    "uint8": "std::uint8_t",
    "int16": "std::int16_t",
    "uint16": "std::uint16_t",
    "int32": "std::int32_t",
    "uint32": "std::uint32_t",
    "int64": "std::int64_t",
    "uint64": "std::uint64_t",
    "bool": "bool",
}
_CLASS_NAME = re.compile(r"[A-Z][A-Za-z0-9]*")


class UnsupportedTensorError(ValueError):
    """An input or output that the class can't offer. The message is one line with the model."""


def check_class_name(name: str, symbol: str) -> None:
    """Refuses names that are not C++ classes of our style, or would not compile.

    Args:
      name: of the class.
      symbol: what array, resolver and arena are named after, snake_case.

    Raises:
      cpp_header.InvalidNameError: it is not CamelCase, or a name in the op resolver's header.
    """
    if not _CLASS_NAME.fullmatch(name):
        raise cpp_header.InvalidNameError(
            f"class name {name!r}: must be letters and digits, the first one upper-case"
        )
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
      UnsupportedTensorError: an input or output is of a type that TFLM gives no access to, or has
        more than one scale.
    """
    camel = cpp_header.camel_case(symbol)
    source = cpp_header.comment_text(description["source"])
    traits = f"{class_name}Traits"
    tensors, lists, lines = [], [], []
    for kind in ("Input", "Output"):
        described = description[f"{kind.lower()}s"]
        tensors += [
            _tensor(tensor, f"{kind}{i}", f"{source}: {kind.lower()} {i}")
            for i, tensor in enumerate(described)
        ]
        names = ", ".join(f"{kind}{i}" for i in range(len(described)))
        lists.append(f"  using {kind}s = ::mnist_micro::inference::TensorList<{names}>;\n")
        lines += [f"//   {kind.lower()} {i}: {_summary(t)}\n" for i, t in enumerate(described)]
    own_includes = "".join(f'#include "{path}"\n' for path in sorted(includes))
    return cpp_header.wrap(
        f"// What mnist_micro::tflm::Model needs to know of {source}.\n"
        f"struct {traits} {{\n"
        f"{''.join(tensors)}"
        f"{''.join(lists)}"
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
        f"{''.join(lines)}"
        f"class {class_name} : public ::mnist_micro::tflm::Model<{traits}> {{}};\n",
        banner=f"// Generated from {source}, do not edit.\n",
        namespace=namespace,
        header_path=header_path,
        includes="#include <cstddef>\n"
        "#include <cstdint>\n\n"
        f"{own_includes}"
        '#include "mnist_micro/tflm/model.h"\n',
    )


def _scale(tensor: Mapping) -> tuple[float, int]:
    quantization = tensor["quantization"]
    return (quantization["scale"][0], quantization["zero_point"][0]) if quantization else (0.0, 0)


def _summary(tensor: Mapping) -> str:
    shape = "x".join(map(str, tensor["shape"])) or "scalar"
    text = f"{tensor['dtype']} {shape}"
    if tensor["quantization"]:
        scale, zero_point = _scale(tensor)
        text += f", scale {scale:.6g}, zero point {zero_point}"
    # A name that ends with a backslash would continue the comment.
    return f"{text} ({tensor['name']!r})" if tensor["name"] else text


def _tensor(tensor: Mapping, name: str, what: str) -> str:
    cpp_type = _CPP_TYPES.get(tensor["dtype"])
    if cpp_type is None:
        raise UnsupportedTensorError(
            f"{what} is of {tensor['dtype']}: the class knows {', '.join(_CPP_TYPES)}"
        )
    quantization = tensor["quantization"]
    if quantization and len(quantization["scale"]) != 1:
        raise UnsupportedTensorError(
            f"{what} has {len(quantization['scale'])} scales: inputs and outputs must have one"
        )
    scale, zero_point = _scale(tensor)
    shape = tensor["shape"]
    size = 1
    for dimension in shape:
        size *= dimension
    # An array of no elements is not valid C++.
    dims = ", ".join(map(str, shape)) or "1"
    return (
        f"  struct {name} {{\n"
        f"    using Type = {cpp_type};\n"
        f"    static constexpr std::size_t kSize = {size};\n"
        f"    static constexpr int kRank = {len(shape)};\n"
        f"    static constexpr std::int32_t kShape[] = {{{dims}}};\n"
        f"    static constexpr float kScale = {_float(scale)};\n"
        f"    static constexpr std::int32_t kZeroPoint = {zero_point};\n"
        "  };\n"
    )


def _float(value: float) -> str:
    """A float32 exactly, and readable: nine digits always suffice."""
    text = f"{value:.9g}"
    return f"{text}f" if any(c in text for c in ".e") else f"{text}.0f"
