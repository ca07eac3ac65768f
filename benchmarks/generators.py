# SPDX-License-Identifier: Apache-2.0
r"""Times the generators that the rules run for a model, each as a process of its own.

  ./bazelw run //benchmarks:generators -- --model=m.tflite

Without --model it takes the largest of TFLM's example models. The first round only warms the file
cache up. The times do not contain what Bazel adds, for example its sandbox, or the C++ compiler.

Exit code 2 and one line on stderr for bad flags or a bad model.
"""

from __future__ import annotations

import pathlib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence

from absl import flags

from tools import command

_MODEL = command.input_file("model", None, "The .tflite file.")
_EXAMPLES = flags.DEFINE_string("examples", "", "Files; of these the default of --model.")
_PROGRAMS = flags.DEFINE_multi_string("program", None, "The generators.", required=True)
_TFLM = flags.DEFINE_string("tflm", None, "//tflm:tflm.json.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 5, "How often each is run.", 1, 1_000)


def arguments(
    model: pathlib.Path, tflm: pathlib.Path, folder: pathlib.Path
) -> dict[str, list[str]]:
    """Makes the generators' arguments, as the rules give them.

    Args:
      model: a `.tflite` file.
      tflm: //tflm:tflm.json.
      folder: where the outputs go.

    Returns:
      By the program's name, in the order in which they are run.
    """
    names = ["--name=m", "--namespace=app"]
    return {
        "describe_model": [f"--model={model}", f"--output={folder}/m.json"],
        "generate_c_array": [
            f"--model={model}",
            *names,
            f"--header={folder}/m_data.h",
            f"--source={folder}/m_data.cc",
        ],
        "generate_op_resolver": [
            f"--model={model}",
            f"--tflm={tflm}",
            *names,
            f"--output={folder}/m_op_resolver.h",
        ],
        "generate_model_class": [
            f"--description={folder}/m.json",
            "--symbol=m",
            "--class_name=M",
            "--namespace=app",
            f"--header={folder}/m.h",
            "--include=m_data.h",
            "--include=m_op_resolver.h",
            "--include=m_arena.h",
        ],
    }


def run_round(calls: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Runs each generator once.

    Args:
      calls: by name, program and arguments.

    Returns:
      By name, the seconds from the start of the process to its end.

    Raises:
      command.CommandError: one failed; its own line says why.
    """
    seconds = {}
    for name, call in calls.items():
        start = time.perf_counter()
        result = subprocess.run(call, capture_output=True, text=True, check=False)
        seconds[name] = time.perf_counter() - start
        if result.returncode:
            raise command.CommandError(result.stderr.strip())
    return seconds


def table(times: Sequence[Mapping[str, float]]) -> str:
    """Formats times for people.

    Args:
      times: of each round, as `run_round` returns them.

    Returns:
      A line for each generator and one for the sum of a round, after one with the titles.
    """
    columns = {name: [seconds[name] for seconds in times] for name in times[0]}
    columns["sum"] = [sum(seconds.values()) for seconds in times]
    lines = [f"{'':20} {'median s':>8} {'min':>8}"]
    lines += [
        f"{name:20} {statistics.median(values):8.3f} {min(values):8.3f}"
        for name, values in columns.items()
    ]
    return "\n".join(lines)


def main() -> None:
    if _MODEL.value:
        model = _MODEL.value.absolute()
    else:
        examples = [pathlib.Path(path) for path in _EXAMPLES.value.split()]
        models = [path.absolute() for path in examples if path.suffix == ".tflite"]
        if not models:
            raise command.CommandError("the linked TFLM has no example models: give --model")
        model = max(models, key=lambda path: path.stat().st_size)
    programs = {path.name: path.absolute() for path in map(pathlib.Path, _PROGRAMS.value)}
    tflm = pathlib.Path(_TFLM.value).absolute()
    with tempfile.TemporaryDirectory() as folder:
        calls = {
            name: [str(programs[name]), *given]
            for name, given in arguments(model, tflm, pathlib.Path(folder)).items()
        }
        run_round(calls)
        times = [run_round(calls) for _ in range(_ROUNDS.value)]
    print(f"{model.name}, {model.stat().st_size:,} bytes")
    print(table(times))


if __name__ == "__main__":
    command.run(main)
