# SPDX-License-Identifier: Apache-2.0
"""The inputs and outputs of a model as C++: the structs that inference/tensor.h takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

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


class UnsupportedTensorError(ValueError):
    """An input or output that the class can't offer. The message is one line with the model."""


@dataclasses.dataclass(frozen=True)
class TypedTensors:
    """A model's inputs and outputs.

    Attributes:
      members: of a struct: `Input0`, `Output0` and so on, and the lists `Inputs` and `Outputs`.
      comment: a comment with a line for each.
    """

    members: str
    comment: str


def render(description: Mapping) -> TypedTensors:
    """Writes the inputs and outputs of a model.

    Args:
      description: of the model, see `tflite.description.describe`.

    Returns:
      C++ source text.

    Raises:
      UnsupportedTensorError: an input or output is of a type that a class gives no access to, or
        has more than one scale.
    """
    source = cpp_header.comment_text(description["source"])
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
    return TypedTensors("".join(tensors + lists), "".join(lines))


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
