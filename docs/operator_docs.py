# SPDX-License-Identifier: Apache-2.0
"""Markdown of the operators that can be compiled, by type, from the compiler's kernels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from aot import importer
from aot.kernels import common
from aot.kernels.kernel import Kernel
from aot.kernels.registry import INEXACT, INEXACT_SUMS, KERNELS, MAX_ULP
from tflite import schema

UPDATE_COMMAND = "./bazelw run //docs:update"

# Types with a column of their own.
_COLUMNS = ("float32", "int8", "int16")
_SAME = "✓"

_HEAD = f"""\
# Operators of compiled models

Generated from `aot/kernels/*.py` by `{UPDATE_COMMAND}`, do not edit.

What [the compiler](compiled_models.md) takes. All else is refused with the operator and the
reason: other operators and types, custom operators, options that are not their defaults and that
the compiler does not read, sparse tensors. Shapes are those of the file.
"""

_TABLE = """\
## By type

✓: all tensors that an operator computes with are of that type; axes, shapes and the like are int32,
of some operators also int64. `→ T`: the output is of the type T. The last column says what else is
refused, and where an operator is unlike others. Operators of two inputs broadcast them, in up to 6
dimensions. Scales and zero points that TFLM refuses are refused here, too.

| operator | float32 | int8 | int16 | others | limits |
|---|---|---|---|---|---|
"""

_CONTROL = """\
## Control and variables

{names}.

IF and WHILE become branches and loops. Variables, of any type, become a part of the model's
`struct`. What CALL_ONCE calls is computed at compile time. A subgraph that calls itself is refused.
"""

_WEIGHTS = """\
## Weights in other formats

| in the file | here |
|---|---|
{constants}| weights of int8 or int4 beside an input of float32, in {layers} | float32 |

All of this happens at compile time. TFLM refuses the last kind ("dynamic range", "hybrid"), and
TFLite's kernels round the inputs of such layers to int8 at run time. Here nothing is rounded, and
so the results are other ones, nearer to those of a model of floats.
"""

_EXACT = """\
## What is exact with what

The tests compare every tensor of a model, not only its outputs: in the official wheel of TFLM
([which one](../third_party/tflite_micro_wheel/tflite_micro_wheel.bzl)), in the specification
(`evaluate` of each kernel, in numpy), and in the compiled C.

| tensors | wheel, specification and C |
|---|---|
| integers, bool | the same |
| float32 | the same bits, also infinities and the sign of 0: sums are in TFLM's order, and each \
product and each sum is rounded. What is not a number is so in all three |
| float32 from {inexact} | as the C library's functions (`expf`, `logf`, `sinf`, `cosf`, `tanhf`, \
`expm1f`) round. With glibc they are within {ulp} units in the last place of each other; of \
LOG_SOFTMAX, results between -1 and 0 are within {ulp} units in the last place of 1 |
| float32 from {sums}, or computed from those above | such differences may grow |

- Operators on integers use no functions of the C library: their tables are made at compile time.
- Where TFLM's arithmetic has changed with time, the wheel counts. A `tflite_parity_test` against an
  older TFLM may differ there.
- LiteRT and TensorFlow's interpreter round some operators in another way: see
  [tests/README.md](../tests/README.md).
- Of what TFLM's source leaves to the compiler, some is refused ("the result is not defined"), and
  some has one result here: a float that no integer can have, an index outside of its tensor.
"""


def render(
    kernels: Mapping[str, Kernel] = KERNELS,
    *,
    control: Iterable[str] = importer.CONTROL,
    unpacked: Mapping[str, str] = importer.UNPACKED,
    layers: Iterable[str] = importer.LAYERS,
    inexact: Iterable[str] = INEXACT,
    sums: Iterable[str] = INEXACT_SUMS,
) -> str:
    """Writes the page.

    Args:
      kernels: by operator; those that the schema does not have are the compiler's own.
      control: operators that the importer knows.
      unpacked: types of constants, and what they become.
      layers: operators whose weights become floats beside floats.
      inexact: operators whose floats come from the C library.
      sums: operators that compute with such floats.

    Returns:
      Markdown.
    """
    rows = "".join(
        f"| {name} | {' | '.join(_cells(kernels[name]))} |\n"
        for name in sorted(kernels)
        if name in schema.BUILTIN_OPERATORS.values() and name not in control
    )
    constants = "".join(f"| constants of {a} | {b} |\n" for a, b in sorted(unpacked.items()))
    return "\n".join(
        [
            _HEAD,
            _TABLE + rows,
            _CONTROL.format(names=_listed(sorted(control))),
            _WEIGHTS.format(constants=constants, layers=_listed(layers)),
            _EXACT.format(inexact=_listed(inexact), sums=_listed(sums), ulp=MAX_ULP),
        ]
    )


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _cells(kernel: Kernel) -> Iterator[str]:
    """Gives the cells of a row after the operator's name."""
    uses = _uses(kernel)
    yield from (uses.pop(dtype, "") for dtype in _COLUMNS)
    if uses == dict.fromkeys(set(common.ALL_TYPES) - set(_COLUMNS), _SAME):
        yield "all"
    else:
        alike: dict[str, list[str]] = {}
        for dtype, use in uses.items():
            alike.setdefault(use, []).append(dtype)
        yield "; ".join(
            ", ".join(dtypes) + ("" if use == _SAME else f" {use}") for use, dtypes in alike.items()
        )
    yield kernel.limits


def _uses(kernel: Kernel) -> dict[str, str]:
    """Says what is compiled of each type that an operator computes with.

    That is the type of the first input whose type may vary: not that of the condition of SELECT_V2,
    nor of the places of EMBEDDING_LOOKUP.
    """
    length = max(1 if isinstance(row, str) else len(row) for row in kernel.types)
    rows = [(row,) * length if isinstance(row, str) else row for row in kernel.types]
    varying = (i for i, column in enumerate(zip(*rows, strict=True)) if len(set(column)) > 1)
    place = next(varying, 0)
    alike: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        alike.setdefault(row[place], []).append(row)
    return {dtype: _use(kernel.operands, dtype, found) for dtype, found in alike.items()}


def _use(operands: Iterable[str], dtype: str, rows: list[tuple[str, ...]]) -> str:
    """Says which tensors have other types than what an operator computes with."""
    *inputs, output = (list(dict.fromkeys(column)) for column in zip(*rows, strict=True))
    parts = [
        f"{' or '.join(types)} {name}"
        for name, types in zip(operands, inputs, strict=False)
        if types != [dtype]
    ]
    if output != [dtype]:
        parts.append(f"→ {', '.join(output)}")
    return ", ".join(parts) or _SAME
