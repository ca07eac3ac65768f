# SPDX-License-Identifier: Apache-2.0
r"""Checks whether a build would accept a model at which model_batches died.

  ./bazelw run --config=asan //tests/fuzz:model_batches -- --deaths=/tmp/deaths --iterations=1000000
  ./bazelw run //tests/fuzz:deaths -- --folder=/tmp/deaths

A build accepts what the reader takes, what the judge (built without sanitizers) runs, and what has
no refusal. Prints how many there were, and each that is accepted. Exit code 0; 1 if there is one; 2
and one line on stderr for bad flags.
"""

from __future__ import annotations

import collections
import pathlib
import sys

from absl import flags

from tflite.model import ModelError
from tflite.reader import read_model
from tflm import capabilities, compatibility, verdict
from tools import command

_FOLDER = flags.DEFINE_string("folder", None, "Of the models.", required=True)
_JUDGE = flags.DEFINE_string("judge", None, "//tflm/host:judge.", required=True)
_TFLM = flags.DEFINE_string("tflm", None, "//tflm:tflm.json.", required=True)


def outcome(path: pathlib.Path, linked: capabilities.Tflm, judge: pathlib.Path) -> str:
    """Says what a build does with a model.

    Args:
      path: the model.
      linked: the linked TFLM.
      judge: //tflm/host:judge.

    Returns:
      "the reader refuses it", "the judge refuses it", "it is refused as wrong", "accepted with a
      warning" or "accepted".

    Raises:
      verdict.VerdictError: the judge has no answer.
    """
    try:
        model = read_model(path)
    except ModelError:
        return "the reader refuses it"
    # First what takes no process.
    if compatibility.refusals(model, linked, verdict.RUNS):
        return "it is refused as wrong"
    if not verdict.ask(judge, model.content).runs:
        return "the judge refuses it"
    # For example, that a kernel overflows if a dead layer is not dead.
    return "accepted with a warning" if compatibility.departures(model, linked) else "accepted"


def main() -> None:
    linked = capabilities.read_json(command.user_path(_TFLM.value))
    judge = command.user_path(_JUDGE.value)
    counts: dict[tuple[str, str], int] = collections.Counter()
    accepted = []
    for path in sorted(command.user_path(_FOLDER.value).glob("*.tflite")):
        kind = path.stem.partition("_")[2]
        found = outcome(path, linked, judge)
        counts[kind, found] += 1
        if found == "accepted":
            accepted.append(path)
    for (kind, found), number in sorted(counts.items()):
        print(f"{kind}: {found}: {number}")
    for path in accepted:
        print(f"accepted: {path}")
    if accepted:
        sys.exit(1)


if __name__ == "__main__":
    command.run(main, capabilities.NotTflmError, verdict.VerdictError)
