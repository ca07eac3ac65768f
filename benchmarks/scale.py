# SPDX-License-Identifier: Apache-2.0
r"""Shows how the cost of a compiled network grows with its channels, image size and depth.

  ./bazelw run //benchmarks:scale
  ./bazelw run //benchmarks:scale -- --json=scale.json

The networks are convolutions of 3x3 on a square image of three colours, an average over the image,
and a dense layer, in int8 with random weights. The build makes, compiles and measures them on an
emulated Cortex-M4F, once: for the DSP extension (armv7em) and as portable C. Instructions are
counted; they are not cycles. Arena, weights and code are bytes, those of armv7em; code is all of
the program's flash without the model's constants.

Exit code 2 and one line on stderr for bad flags, or a file that can't be read or written.
"""

from __future__ import annotations

import pathlib
import sys

from absl import flags

from benchmarks import figures, growth
from benchmarks.scale_model import Shape
from tools import command

_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)
_BASE = flags.DEFINE_string(
    "base", None, "Channels, size and depth of the network that others differ from.", required=True
)
_TARGETS = flags.DEFINE_list("targets", ["armv7em", "portable"], "What they are compiled for.")
_JSON = command.output_file("json", None, "JSON file for the figures (default: none).")


def main() -> None:
    measured = figures.read(map(pathlib.Path, _REPORTS.value.split()))
    found = growth.points(measured)
    base = Shape(*map(int, _BASE.value.split(",")))
    if _JSON.value:
        text = command.json_text({"networks": [point.as_json() for point in found]})
        command.write_files({_JSON.value: text})
    for dimension in growth.DIMENSIONS:
        print(f"{dimension}:")
        sys.stdout.write(growth.table(growth.series(found, dimension, base), _TARGETS.value))
        print()


if __name__ == "__main__":
    command.run(main, ValueError)
