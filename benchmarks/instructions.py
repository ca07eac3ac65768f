# SPDX-License-Identifier: Apache-2.0
r"""Shows what TFLM, TFLM with CMSIS-NN and compiled C cost on emulated cores, side by side.

  ./bazelw run //benchmarks:instructions
  ./bazelw run //benchmarks:instructions -- --cores=cortex_m4f --json=instructions.json

The figures are those of the reports of //tests/firmware_figures, which the build measures once.
Instructions are counted; they are not cycles. Flash and memory are bytes. MNIST is measured on each
core, the models of MLPerf Tiny on the M4F and the M55, if MNIST_MICRO_MODELS names a folder that
has them.

Exit code 2 and one line on stderr for bad flags, or a file that can't be read or written.
"""

from __future__ import annotations

import pathlib
import sys

from absl import flags

from benchmarks import comparison, figures
from tools import command

_REPORTS = flags.DEFINE_string("reports", None, "The files of the reports.", required=True)
_CORES = flags.DEFINE_multi_enum(
    "cores",
    ["cortex_m4f", "cortex_m55"],
    ["all", *figures.CORES],
    "A core to show; repeat it for several.",
)
_JSON = command.output_file("json", None, "JSON file for the figures (default: none).")


def main() -> None:
    measured = figures.Figures(figures.read(map(pathlib.Path, _REPORTS.value.split())))
    cores = list(figures.CORES) if "all" in _CORES.value else list(dict.fromkeys(_CORES.value))
    rows = comparison.compare(measured, cores)
    if _JSON.value:
        text = command.json_text({"rows": [row.as_json() for row in rows]})
        command.write_files({_JSON.value: text})
    sys.stdout.write(comparison.table(rows))
    for line in comparison.missing(rows):
        print(f"not measured on {line}", file=sys.stderr)


if __name__ == "__main__":
    command.run(main)
