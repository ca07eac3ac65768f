# SPDX-License-Identifier: Apache-2.0
r"""Prints what happens to models with the linked TFLM: of the corpus, and of folders of models.

  ./bazelw run //tests/corpus:table
  ./bazelw run //tests/corpus:table -- --folder=/path/to/models --folder=/path/to/others --details

Each model is judged as in a build, and run for five calls by the linked TFLM and by the wheel.
Exit code 0; 2 and one line on stderr for bad flags or what can't be read.
"""

from __future__ import annotations

import pathlib
import zipfile
from collections.abc import Sequence

from absl import flags

from tests.corpus import judgement
from tflm import capabilities, verdict
from tools import command

_CORPUS = flags.DEFINE_string("corpus", None, "//tests/corpus:corpus.zip.", required=True)
_JUDGE = flags.DEFINE_string("judge", None, "//tflm/host:judge.", required=True)
_RUNNER = flags.DEFINE_string("runner", None, "//tests/corpus:run_any_model.", required=True)
_TFLM = flags.DEFINE_string("tflm", None, "//tflm:tflm.json.", required=True)
_FOLDERS = flags.DEFINE_multi_string("folder", [], "A folder of .tflite files.")
_DETAILS = flags.DEFINE_bool("details", False, "Lists the models that don't run as in the wheel.")

KINDS = (
    "runs as in the wheel",
    "runs, the wheel does not",
    "refused by both",
    "refused, the wheel runs it",
    "differs",
    "accepted, but does not run",
)
"""The columns, from good to bad."""


def render(rows: Sequence[tuple[str, Sequence[judgement.Judgement]]]) -> str:
    """Formats the table.

    Args:
      rows: for each collection its name and what became of its models.

    Returns:
      Markdown.
    """
    lines = [f"| models | count | {' | '.join(KINDS)} |", f"|---{'|---' * (len(KINDS) + 1)}|"]
    for name, judgements in rows:
        counts = judgement.count(judgements)
        cells = [str(counts.get(kind, 0)) for kind in KINDS]
        lines.append(f"| {name} | {len(judgements)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def details(judgements: Sequence[judgement.Judgement]) -> str:
    """Lists the models that do not run as in the wheel.

    Args:
      judgements: what became of models.

    Returns:
      A line for each, with the reason.
    """
    lines = []
    for one in judgements:
        if one.kind != KINDS[0]:
            why = one.refusals[0] if one.refusals else one.difference or one.ours.reason
            lines.append(f"{one.name}: {one.kind}: {why or one.wheel.reason}\n")
    return "".join(lines)


def main() -> None:
    linked = capabilities.read_json(command.user_path(_TFLM.value))
    judge = command.user_path(_JUDGE.value)
    runner = command.user_path(_RUNNER.value).absolute()
    try:
        collections = [
            (folder, judgement.read_folder(command.user_path(folder))) for folder in _FOLDERS.value
        ]
        collections.append(("corpus", judgement.read_archive(command.user_path(_CORPUS.value))))
    except (OSError, zipfile.BadZipFile) as error:
        raise command.CommandError(f"models cannot be read: {error}") from error
    corpus = collections[-1][1]
    older = [judgement.as_older(entry, linked) for entry in corpus]
    collections.append(("corpus, older versions", [entry for entry in older if entry]))
    rows = []
    for name, entries in collections:
        judgements = [judgement.judge(entry, linked, judge, runner) for entry in entries]
        rows.append((pathlib.Path(name).name, judgements))
    print(render(rows), end="")
    if _DETAILS.value:
        for name, judgements in rows:
            print(f"\n{name}:\n{details(judgements)}", end="")


if __name__ == "__main__":
    command.run(main, capabilities.NotTflmError, verdict.VerdictError)
