# SPDX-License-Identifier: Apache-2.0
"""C text: numbers, arrays, names, and the body of the function that runs a model."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aot.graph import Value

_TYPES = {
    "bool": "bool",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
}
_WIDTH = 100


def c_type(dtype: str) -> str:
    """Names the C type of a numpy type, e.g. "int8_t" for "int8"."""
    return _TYPES[dtype]


def identifier(text: str, taken: set[str] | None = None) -> str:
    """Makes a C name of a text.

    It ends with an underscore, so that nothing else has it: no keyword, no name of a C library, its
    macros and types included, and none of the emitted functions.

    Args:
      text: any text, e.g. a tensor's name.
      taken: names that are in use; the new one is added.

    Returns:
      A name in snake_case that is not taken.
    """
    # The last part of a path says most: "model/conv_1/Relu;model/bias" is a convolution's output.
    name = re.sub(r"[^A-Za-z0-9]+", "_", text.split(";")[0]).strip("_").lower()[-40:].strip("_")
    if not name or name[0].isdigit():
        name = f"t_{name}" if name else "value"
    unique, number = f"{name}_", 1
    if taken is None:
        return unique
    while unique in taken:
        number += 1
        unique = f"{name}_{number}_"
    taken.add(unique)
    return unique


def number(value: float | int | bool | np.generic, dtype: str) -> str:
    """Writes a number as C, exactly.

    Args:
      value: the number.
      dtype: numpy's name of its type.

    Returns:
      The text.
    """
    if dtype == "float32":
        single = float(np.float32(value))
        if math.isnan(single):
            return "NAN"
        if math.isinf(single):
            return "INFINITY" if single > 0 else "-INFINITY"
        if single == int(single) and abs(single) < 1e6 and math.copysign(1, single) > 0:
            return f"{int(single)}.0f"
        return f"{single.hex()}f"
    whole = int(value)
    if dtype == "bool":
        return "true" if whole else "false"
    # The lowest number of a type has no literal: its sign is an operator.
    if dtype == "int32" and whole == -(1 << 31):
        return "(-2147483647 - 1)"
    if dtype == "int64":
        return "INT64_MIN" if whole == -(1 << 63) else f"INT64_C({whole})"
    if dtype == "uint64":
        return f"UINT64_C({whole})"
    return f"{whole}u" if dtype == "uint32" else str(whole)


def decimal(value: float) -> str:
    """Writes a float for headers, exactly, without the hexadecimal digits that C++14 has not.

    Args:
      value: a finite number of float32.

    Returns:
      The text.
    """
    # Nine digits distinguish all numbers of float32.
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if re.search(r"[.e]", text) else f"{text}.0f"


def array(name: str, data: np.ndarray, attributes: str = "") -> str:
    """Writes a constant array.

    Args:
      name: what to call it.
      data: any shape. C has no arrays without elements: there, one is written.
      attributes: written before the name, e.g. a section.

    Returns:
      Its definition, of lines of up to 100 columns.
    """
    lines = []
    line = " "
    dtype = str(data.dtype)
    for value in data.ravel().tolist() or [0]:
        text = f" {number(value, dtype)},"
        if len(line) + len(text) > _WIDTH:
            lines.append(line)
            line = " "
        line += text
    lines.append(line)
    kind = c_type(dtype)
    content = "\n".join(lines)
    return f"static const {kind} {attributes}{name}[{max(data.size, 1)}] = {{\n{content}\n}};\n"


@dataclasses.dataclass(frozen=True)
class Constant:
    """An array in flash, as an argument.

    Attributes:
      name: what it is, e.g. "weights": comes after the layer's name.
      data: any shape.
    """

    name: str
    data: np.ndarray


@dataclasses.dataclass(frozen=True)
class Struct:
    """A struct in flash, as an argument.

    Attributes:
      type: the name of the struct's type, e.g. "conv_2d".
      fields: its fields; a sequence for an array.
    """

    type: str
    fields: Mapping[str, int | float | Sequence[int]]


@dataclasses.dataclass(frozen=True)
class Scratch:
    """The layer's scratch memory, as an argument.

    Attributes:
      dtype: numpy's name of the type of its elements.
    """

    dtype: str


Argument = Value | Constant | Struct | Scratch | int | float | str


@dataclasses.dataclass
class Body:
    """The C of one layer: its constants, and calls of functions of the runtime.

    Attributes:
      layer: the layer's name in C.
      pointer: finds the C expression that points to a value's elements.
      scratch: the C expression of the scratch memory's address, as `void *`.
      define: defines a constant of a name; gives the name under which it is known.
      same_place: whether two values lie at the same place.
      headers: functions of the runtime that are used, each in a file of its name.
      lines: statements.
    """

    layer: str
    pointer: Callable[[Value], str]
    scratch: str
    define: Callable[[str, Constant | Struct], str]
    same_place: Callable[[Value, Value], bool]
    headers: dict[str, None] = dataclasses.field(default_factory=dict)
    lines: list[str] = dataclasses.field(default_factory=list)

    def call(self, function: str, *arguments: Argument) -> None:
        """Calls a function of the runtime.

        Args:
          function: its name, and that of its file.
          *arguments: values are pointers to their elements, numbers literals (floats are float32),
            and strings C text.
        """
        self.use(function)
        texts = ", ".join(self.argument(a) for a in arguments)
        self.lines.append(f"{function}({texts});")

    def copy(self, source: Value, destination: Value) -> None:
        """Copies all bytes of a value to another of the same size, unless it is there already."""
        if not self.same_place(source, destination):
            to, origin = self.pointer(destination), self.pointer(source)
            self.lines.append(f"memcpy({to}, {origin}, {source.byte_size});")

    def use(self, header: str) -> None:
        """Uses a file of the runtime."""
        self.headers[header] = None

    def argument(self, argument: Argument) -> str:
        """Writes an argument of a call: see `call`."""
        if isinstance(argument, Value):
            return self.pointer(argument)
        if isinstance(argument, Constant):
            return self.define(f"{self.layer}_{argument.name}", argument)
        if isinstance(argument, Struct):
            return "&" + self.define(f"{self.layer}_{argument.type}", argument)
        if isinstance(argument, Scratch):
            return f"({c_type(argument.dtype)} *){self.scratch}"
        if isinstance(argument, str):
            return argument
        return number(argument, "float32" if isinstance(argument, float) else "int32")


def struct(name: str, content: Struct) -> str:
    """Writes a constant struct.

    Args:
      name: what to call it.
      content: what it is.

    Returns:
      Its definition.
    """

    def shown(value: int | float | Sequence[int]) -> str:
        if isinstance(value, float):
            return number(value, "float32")
        if isinstance(value, int | np.integer):
            return number(value, "int32")
        return "{" + ", ".join(number(v, "int32") for v in value) + "}"

    fields = "".join(f"    .{key} = {shown(value)},\n" for key, value in content.fields.items())
    return f"static const struct {content.type} {name} = {{\n{fields}}};\n"
