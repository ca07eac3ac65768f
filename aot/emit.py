# SPDX-License-Identifier: Apache-2.0
"""Writes a planned graph as C11: a header and a source that needs nothing but the C library."""

from __future__ import annotations

import dataclasses
import pathlib
import re
import textwrap
import zlib
from collections.abc import Iterator, Mapping

import numpy as np

from aot import c_text, seeded_inputs
from aot.c_text import Body, Constant, Struct
from aot.graph import Graph, Op, Value
from aot.inexact_values import inexact_values
from aot.kernels.kernel import Kernel
from aot.plan import Plan

_RUNTIME = pathlib.Path(__file__).resolve().parent / "runtime"
_INCLUDE = re.compile(r'^#include "aot/runtime/(\w+)\.h"$', re.MULTILINE)
# What some compilers have stays where it is, within an #if.
_SYSTEM = re.compile(r"^#include <((?!immintrin|arm_mve)\S+)>$", re.MULTILINE)
# What c_text writes of floats that have no digits.
_MATH = re.compile(r"\b(NAN|INFINITY)\b")

# What trace_sum.h calls the types that it adds.
_SUMS = {"float32": "f", "int8": "b", "uint8": "B", "int16": "h"}

# Tells the user's own function that an operator is done.
_PROFILED = """\
  if (model->profile != NULL) model->profile(model->profile_context, {number}, "{kind}");
"""

# Shows a value; tensor: below 0 for one that is not the user's own function's.
_TRACED = """\
static inline void traced(const struct {name}_state *model, const char *what, int32_t tensor,
                          const void *data, uint32_t size, char sum) {{
  if (tensor >= 0 && model->trace != NULL) {{
    model->trace(model->trace_context, tensor, data, size);
  }}
  if (model->print_line != NULL) {{
    trace_line(model->print_line, model->print_context, model->trace_runs, what, data, size, sum);
  }}
}}

"""


@dataclasses.dataclass(frozen=True)
class Sources:
    """The C of a model.

    Attributes:
      header: the text of the header.
      source: the text of the source, which includes the header.
    """

    header: str
    source: str


def emit(
    graph: Graph,
    plan: Plan,
    kernels: Mapping[str, Kernel],
    *,
    name: str,
    header_name: str,
    trace: bool = False,
    content: bytes = b"",
    section: str = "",
    profile: bool = False,
) -> Sources:
    """Writes the C of a graph.

    Args:
      graph: the graph.
      plan: where its values are.
      kernels: of all of its operators.
      name: what everything is named after, snake_case.
      header_name: how the source includes the header.
      trace: call the user's function with each value that is made, and print its checksum.
      content: of the model's file, for the trace.
      section: the section that weights are put in; "" for the usual one.
      profile: call the user's function after each operator.

    Returns:
      The sources.
    """
    return _Emitter(
        graph, plan, kernels, name, header_name, trace, content, section, profile
    ).emit()


class _Emitter:
    def __init__(
        self,
        graph: Graph,
        plan: Plan,
        kernels: Mapping[str, Kernel],
        name: str,
        header_name: str,
        trace: bool,
        content: bytes,
        section: str,
        profile: bool,
    ) -> None:
        self._graph = graph
        self._plan = plan
        self._kernels = kernels
        self._name = name
        self._header_name = header_name
        self._trace = trace
        self._content = content
        self._section = section
        self._profile = profile
        self._taken: set[str] = set()
        self._names: dict[Value, str] = {}
        self._headers: dict[str, None] = {}
        self._constants: list[str] = []
        self._known_constants: dict[tuple[str, bytes], str] = {}
        # Of the trace: what has a sum besides its checksum, and how many lines a run has printed.
        self._inexact = inexact_values(graph) if trace else set()
        self._lines = traced_lines(graph)
        self._line = 0

    def emit(self) -> Sources:
        for i, value in enumerate(self._graph.inputs):
            self._names[value] = c_text.identifier(f"input_{i}", self._taken)
        steps = [self._traced_inputs()] if self._trace else []
        for i, op in enumerate(self._graph.ops):
            steps.append(self._step(op, self._trace))
            steps += [_PROFILED.format(number=i, kind=op.kind)] if self._profile else []
        if self._trace:
            steps.append("  ++model->trace_runs;\n")
        return Sources(self._header(), self._source(steps))

    def _value_name(self, value: Value) -> str:
        if value not in self._names:
            self._names[value] = c_text.identifier(value.name, self._taken)
        return self._names[value]

    def _address(self, value: Value, const: str = "") -> str:
        kind = c_text.c_type(value.dtype)
        # Compilers warn of a cast of bytes to what must be aligned; what the plan places is.
        aligned = f"({const}void *)" if np.dtype(value.dtype).itemsize > 1 else ""
        if value in self._plan.offsets:
            place = f"memory + {self._plan.offsets[value]}"
        else:
            words = f"({const}unsigned char *)model->variables_words"
            place = f"{words} + {self._plan.variables[value]}"
        return f"({const}{kind} *){aligned}({place})"

    def _place(self, value: Value, const: str = "") -> str:
        """Writes what points to a value's elements: a constant's name, or an address."""
        if value.data is not None:
            return self._constant(c_text.identifier(value.name), Constant("", value.data))
        return self._address(value, const)

    def _step(self, op: Op, traced: bool) -> str:
        text = self._control(op) if op.blocks else self._call(op)
        if traced:
            text += "".join(self._traced_outputs(op))
        return text

    def _traced_inputs(self) -> str:
        """Writes what comes before the first operator: which model it is, and its inputs."""
        about = (
            f"trace: model {self._name}, {len(self._content)} bytes,"
            f" crc32 {zlib.crc32(self._content):08x}\\n"
        )
        self._headers["trace_line"] = None
        text = (
            "  if (model->trace_runs == 0 && model->print_line != NULL) {\n"
            f'    model->print_line(model->print_context, "{about}");\n'
            "  }\n"
        )
        for i, value in enumerate(self._graph.inputs):
            text += self._traced(value, f"input {i}", -1)
        return text

    def _traced_outputs(self, op: Op) -> Iterator[str]:
        for i, value in _traced_values(op):
            if value.tensor is not None:
                yield self._traced(
                    value, f"operator {op.index}, tensor {value.tensor}", value.tensor
                )
            else:
                yield self._traced(value, f"operator {op.index}, output {i}", -1)

    def _traced(self, value: Value, what: str, tensor: int) -> str:
        """Writes what shows a value; the user's own function sees what has a tensor's number."""
        self._line += 1
        what = f"line {self._line} of {self._lines}, {what}, {value.byte_size} bytes"
        kind = _SUMS.get(value.dtype)
        if value.dtype != "float32" and value not in self._inexact:
            kind = None
        return (
            f'  traced(model, "{what}", {tensor}, {self._place(value)}, {value.byte_size},'
            f" {repr(kind) if kind else 0});\n"
        )

    def _control(self, op: Op) -> str:
        """Writes IF or WHILE. What is within is not traced: tensors of other subgraphs."""
        blocks = ["".join(self._step(one, False) for one in block) for block in op.blocks]
        assert op.condition is not None
        condition = self._place(op.condition)
        text = f"  /* {self._comment(op)} */\n"
        if op.kind == "IF":
            text += f"  if (*{condition}) {{\n{textwrap.indent(blocks[0], '  ')}  }}"
            return text + f" else {{\n{textwrap.indent(blocks[1], '  ')}  }}\n"
        text += blocks[0] + f"  for (;;) {{\n{textwrap.indent(blocks[1], '  ')}"
        text += f"    if (!*{condition}) break;\n{textwrap.indent(blocks[2], '  ')}  }}\n"
        return text

    def _call(self, op: Op) -> str:
        declared: dict[str, str] = {}

        def pointer(value: Value) -> str:
            if value.data is not None:
                return self._place(value)
            name = self._value_name(value)
            const = "" if value in op.outputs or value.is_variable else "const "
            kind = c_text.c_type(value.dtype)
            declared[name] = f"    {const}{kind} *const {name} = {self._address(value)};"
            return name

        layer = self._value_name(op.output) if op.outputs else op.kind.lower()
        scratch = f"(void *)(memory + {self._plan.scratch.get(op, 0)})"
        body = Body(layer, pointer, scratch, self._constant, self._same_place)
        self._kernels[op.kind].emit(op, body)
        self._headers |= body.headers
        lines = [f"  /* {self._comment(op)} */", "  {"]
        lines += declared.values()
        lines += [f"    {line}" for line in body.lines]
        lines.append("  }")
        if not body.lines:
            lines = [lines[0]]
        return "\n".join(lines) + "\n"

    def _comment(self, op: Op) -> str:
        def shown(value: Value) -> str:
            text = f"{value.dtype}[{','.join(map(str, value.shape))}]"
            if value.quantization and not value.quantization.per_channel:
                text += f" scale {value.scale:.6g} zero point {value.zero_point}"
            return text

        sources = ", ".join(shown(v) for v in op.inputs if v is not None and not v.is_constant)
        made = ", ".join(map(shown, op.outputs))
        names = ", ".join(self._value_name(v) for v in op.outputs)
        note = f"; {op.note}" if op.note else ""
        return f"{names}: {op.kind} of {sources or 'constants'} to {made}{note}"

    def _same_place(self, a: Value, b: Value) -> bool:
        offsets = self._plan.offsets
        return a in offsets and b in offsets and offsets[a] == offsets[b]

    def _constant(self, name: str, constant: Constant | Struct) -> str:
        """Defines a constant once, whoever else has the same contents; gives its name."""
        if isinstance(constant, Constant):
            key = (str(constant.data.dtype), constant.data.tobytes())
        else:
            key = (constant.type, repr(sorted(constant.fields.items())).encode())
        if key in self._known_constants:
            return self._known_constants[key]
        full = c_text.identifier(name, self._taken)
        if isinstance(constant, Struct):
            self._constants.append(c_text.struct(full, constant))
        else:
            weights = f"{self._name.upper()}_WEIGHTS " if self._section else ""
            self._constants.append(c_text.array(full, constant.data, weights))
        self._known_constants[key] = full
        return full

    def _header(self) -> str:
        upper = self._name.upper()
        # Unlike the guards of headers that are named by their path, e.g. the one of the class.
        guard = f"{upper}_H_INCLUDED"
        lines = [
            f"/* The model {self._name} as C.",
            " * Generated, do not edit. C11 and C++. */",
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            "#include <stdbool.h>",
            "#include <stdint.h>",
            "",
            "#ifdef __cplusplus",
            'extern "C" {',
            "#endif",
            "",
            f"/* Bytes of working memory, aligned to {upper}_MEMORY_ALIGNMENT. Its contents have",
            " * no meaning from one run to the next: several models may share it. */",
            f"#define {upper}_MEMORY_SIZE {max(self._plan.size, 1)}",
            f"#define {upper}_MEMORY_ALIGNMENT 8",
            "",
        ]
        lines += self._sizes()
        lines += self._state()
        lines += self._declarations()
        lines += ["", "#ifdef __cplusplus", "}", "#endif", "", f"#endif /* {guard} */", ""]
        return "\n".join(lines)

    def _sizes(self) -> list[str]:
        """Writes what the header says of inputs and outputs."""
        upper = self._name.upper()
        lines = []
        for kind, values in (("INPUT", self._graph.inputs), ("OUTPUT", self._graph.outputs)):
            lines.append(f"#define {upper}_NUM_{kind}S {len(values)}")
            for i, value in enumerate(values):
                prefix = f"#define {upper}_{kind}_{i}"
                lines.append(f"/* {value.dtype}[{', '.join(map(str, value.shape))}] */")
                lines.append(f"{prefix}_SIZE {value.size}")
                if value.quantization is not None and not value.quantization.per_channel:
                    lines.append(f"{prefix}_SCALE {c_text.decimal(value.scale)}")
                    lines.append(f"{prefix}_ZERO_POINT {value.zero_point}")
            lines.append("")
        return lines

    def _state(self) -> list[str]:
        """Writes the struct of a model."""
        name = self._name
        lines = [
            "/* A model's state: any number of them may run, each with its own. */",
            f"struct {name}_state {{",
            "  unsigned char *memory;",
        ]
        if self._plan.variables_size:
            size = self._plan.variables_size
            lines.append("  /* Kept from one run to the next. */")
            lines.append(f"  uint64_t variables_words[{-(-size // 8)}];")
        if self._trace:
            lines += [
                "  /* Set these after init, or leave them. This one is called with each tensor",
                "   * that an operator made: its number in the model, and its contents. */",
                "  void (*trace)(void *context, int32_t tensor, const void *data, uint32_t size);",
                "  void *trace_context;",
                "  /* Is called with lines of text, the checksums of inputs and tensors: send them",
                "   * over a serial port; //aot:compare_layers finds the first that differs. */",
                "  void (*print_line)(void *context, const char *line);",
                "  void *print_context;",
                "  /* Runs since init or reset. */",
                "  uint32_t trace_runs;",
            ]
        if self._profile:
            lines += [
                "  /* Set these after init, or leave them. It is called after each layer with its",
                "   * number and its operator: read a counter of cycles there. */",
                "  void (*profile)(void *context, int32_t layer, const char *kind);",
                "  void *profile_context;",
            ]
        return [*lines, "};", ""]

    def _declarations(self) -> list[str]:
        name, upper = self._name, self._name.upper()
        lines = [
            f"/* memory: {upper}_MEMORY_SIZE bytes, which the model uses while it runs. */",
            f"void {name}_init(struct {name}_state *model, void *memory);",
            "/* Puts variables back to where init left them. */",
            f"void {name}_reset(struct {name}_state *model);",
            "/* Write the inputs again before each run: their memory is used for other things. */",
            f"void {name}_invoke(struct {name}_state *model);",
        ]
        if self._trace:
            lines += [
                "/* Writes inputs that compare_layers makes, too. seed: the run's number. */",
                f"void {name}_fill_inputs(struct {name}_state *model, uint32_t seed);",
            ]
        lines.append("")
        lines += [f"{declaration};" for declaration, *_ in self._accessors()]
        return lines

    def _source(self, steps: list[str]) -> str:
        fill = self._fill_inputs() if self._trace else ""
        system, runtime = self._runtime()
        # Before the constants are written: it defines some.
        functions = self._functions(steps) + fill
        name = self._name
        system |= dict.fromkeys(("stdbool.h", "stdint.h", "string.h"))
        if any(map(_MATH.search, (*self._constants, *steps))):
            system["math.h"] = None
        parts = [f"/* The model {name} as C.\n * Generated, do not edit. C11. */\n"]
        parts.append(
            f'#include "{self._header_name}"\n\n'
            + "".join(f"#include <{header}>\n" for header in sorted(system))
        )
        parts.append(
            "/* Each product and each sum is rounded: the results are those of TFLM. */\n"
            "#if defined(__clang__)\n#pragma STDC FP_CONTRACT OFF\n"
            "#elif defined(__GNUC__) && !defined(__STRICT_ANSI__)\n"
            '#pragma GCC optimize("fp-contract=off")\n#endif\n'
        )
        weights = f"{name.upper()}_WEIGHTS"
        if any(f"{weights} " in constant for constant in self._constants):
            parts.append(
                f"#ifndef {weights}\n"
                f'#define {weights} __attribute__((section("{self._section}")))\n#endif\n'
            )
        parts += runtime
        parts += self._constants
        parts.append(functions)
        return "\n".join(parts)

    def _functions(self, steps: list[str]) -> str:
        name = self._name
        text = f"void {name}_init(struct {name}_state *model, void *memory) {{\n"
        text += "  model->memory = memory;\n"
        if self._trace:
            text = _TRACED.format(name=name) + text
            text += "  model->trace = NULL;\n  model->print_line = NULL;\n"
        text += "  model->profile = NULL;\n" if self._profile else ""
        text += f"  {name}_reset(model);\n}}\n\n"
        text += f"void {name}_reset(struct {name}_state *model) {{\n"
        text += "  model->trace_runs = 0;\n" if self._trace else ""
        if self._graph.variables:
            text += "  unsigned char *const variables = (unsigned char *)model->variables_words;\n"
            for value in self._graph.variables:
                text += self._initial(value)
        elif not self._trace:
            text += "  (void)model;\n"
        text += "}\n\n"
        text += f"void {name}_invoke(struct {name}_state *model) {{\n"
        text += "  unsigned char *const memory = model->memory;\n"
        text += "  (void)memory;\n" if not any("memory +" in s for s in steps) else ""
        text += "".join(steps) + "}\n"
        for declaration, value, const in self._accessors():
            place = self._place(value, const).replace("(memory +", "(model->memory +")
            text += f"\n{declaration} {{\n"
            text += "  (void)model;\n" if value.is_constant else ""
            text += f"  return {place};\n}}\n"
        return text

    def _accessors(self) -> list[tuple[str, Value, str]]:
        """Declares the functions of inputs and outputs; each with what it points to, and how."""
        found = []
        for kind, const, values in (
            ("input", "", self._graph.inputs),
            ("output", "const ", self._graph.outputs),
        ):
            for i, value in enumerate(values):
                # A variable lies in the state itself.
                constant = const if value.is_variable else "const "
                pointer = f"{const}{c_text.c_type(value.dtype)} *"
                state = f"{constant}struct {self._name}_state *model"
                found.append((f"{pointer}{self._name}_{kind}_{i}({state})", value, const))
        return found

    def _fill_inputs(self) -> str:
        name = self._name
        text = f"\nvoid {name}_fill_inputs(struct {name}_state *model, uint32_t seed) {{\n"
        text += "" if self._graph.inputs else "  (void)model;\n  (void)seed;\n"
        for i, value in enumerate(self._graph.inputs):
            to = f"{name}_input_{i}(model)"
            if value.dtype == "float32":
                self._headers["trace_fill_float"] = None
                text += f"  trace_fill_float(seed, {i}, {value.size}, {to});\n"
            else:
                self._headers["trace_fill_integers"] = None
                width = value.byte_size // max(value.size, 1)
                text += f"  trace_fill_integers(seed, {i}, {value.size}, {width},"
                text += f" {seeded_inputs.mask(value.dtype)}, {to});\n"
        return text + "}\n"

    def _initial(self, value: Value) -> str:
        place = f"variables + {self._plan.variables[value]}"
        data = self._graph.initial[value]
        first = data.flat[:1].tobytes()
        # As integers, of which each is the same as itself.
        bits = data.view(f"u{data.itemsize}")
        if len(set(first)) <= 1 and (not bits.size or bits.min() == bits.max()):
            return f"  memset({place}, {max(first, default=0)}, {value.byte_size});\n"
        constant = self._constant(f"{self._value_name(value)}_initial", Constant("", data))
        return f"  memcpy({place}, {constant}, {value.byte_size});\n"

    def _runtime(self) -> tuple[dict[str, None], list[str]]:
        """Collects the runtime's files that are used, each once, after those that it includes."""
        system: dict[str, None] = {}
        texts: dict[str, str] = {}

        def add(header: str) -> None:
            if header in texts:
                return
            text = (_RUNTIME / f"{header}.h").read_text(encoding="utf-8")
            for other in _INCLUDE.findall(text):
                add(other)
            system.update(dict.fromkeys(_SYSTEM.findall(text)))
            texts[header] = _content(text)

        for header in self._headers:
            add(header)
        return system, list(texts.values())


def traced_lines(graph: Graph) -> int:
    """Counts the lines that a traced program prints in each run.

    Args:
      graph: what it was emitted of.

    Returns:
      How many: one an input, and those of the operators.
    """
    return len(graph.inputs) + sum(1 for op in graph.ops for _ in _traced_values(op))


def _traced_values(op: Op) -> Iterator[tuple[int, Value]]:
    """Lists the outputs of an operator that are traced, each with its place."""
    for i, value in enumerate(op.outputs):
        # A pass may have the operator write to a variable, where another one would copy it to.
        if value.tensor is not None or value.is_variable:
            yield i, value


def runtime_files(*, trace: bool) -> dict[str, str]:
    """Gives what a source has of each file of the runtime that it uses, by the file's name.

    Args:
      trace: with those that only a traced source has.
    """
    return {path.stem: _content(path.read_text("utf-8")) for path in _runtime_paths(trace)}


def _runtime_paths(trace: bool) -> list[pathlib.Path]:
    paths = sorted(_RUNTIME.glob("*.h"))
    return [path for path in paths if trace or not path.name.startswith("trace_")]


def _content(text: str) -> str:
    """Takes what is between a header's includes and its last line."""
    start = text.index("#define ")
    text = text[text.index("\n", start) + 1 : text.rindex("#endif")]
    lines = [
        line
        for line in text.splitlines()
        if not _INCLUDE.fullmatch(line) and not _SYSTEM.fullmatch(line)
    ]
    return "\n".join(lines).strip() + "\n"
