# SPDX-License-Identifier: Apache-2.0
r"""Shows what a change did to accuracy, sizes, memory, instructions and flash.

  ./bazelw run //:compare -- --base=main
  ./bazelw run //:compare -- --base=HEAD~1 --markdown
  ./bazelw run //:compare -- --base=v1.2 --json --fail_on_regression=1

It builds the figures of the base in a work tree of its own, with your user.bazelrc, and compares
them with those of the current work tree. Bazel's progress is on stderr, the table on stdout. Exit
code 0, whether or not something differs; 1 if --fail_on_regression is given and something got worse
by more; 2 and one line on stderr for bad flags, a bad commit, or a base that can't be built.
"""

from __future__ import annotations

import json
import signal
import sys

from absl import flags

from report.compare import base_build, difference
from tools import command

_CURRENT = command.input_file("current", None, "The work tree's summary.", required=True)
_BASE = flags.DEFINE_string("base", None, "The commit to compare with.", required=True)
_JSON = flags.DEFINE_bool("json", False, "Print all figures as JSON.")
_MARKDOWN = flags.DEFINE_bool("markdown", False, "Print a table of Markdown.")
_PERCENT = flags.DEFINE_float(
    "fail_on_regression",
    None,
    "Exit with 1 if a figure got worse by more than so many percent of the base.",
    lower_bound=0,
)
_OPTIONS = flags.DEFINE_multi_string(
    "bazel_option",
    [],
    "An option for the base's build, if the current one has it on its command line, e.g."
    " --bazel_option=--//train:seed=7.",
)
flags.mark_bool_flags_as_mutual_exclusive(["json", "markdown"])


def main() -> None:
    checkout = command.workspace("./bazelw run //:compare -- --base=COMMIT")
    current = difference.read(_CURRENT.value)
    commit = base_build.find_commit(checkout, _BASE.value)
    base_build.check_target(checkout, commit)
    # So that the work tree is removed then, too.
    for number in base_build.ENDING:
        if number != signal.SIGINT and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, frame: sys.exit(128 + number))
    name = f"{_BASE.value} ({commit[:12]})"
    try:
        base = json.loads(base_build.build_summary(checkout, commit, _OPTIONS.value))
    except ValueError as error:
        raise difference.SummaryError(f"the summary of {name} is not JSON") from error
    difference.check(base, f"the summary of {name}")
    found = difference.compare(base, current)
    if _JSON.value:
        sys.stdout.write(command.json_text(difference.to_json(found, commit)))
    elif _MARKDOWN.value:
        sys.stdout.write(difference.to_markdown(found, name))
    else:
        sys.stdout.write(difference.to_text(found, name))
    if _PERCENT.value is not None:
        worse = found.regressions(_PERCENT.value)
        if worse:
            names = ", ".join(f"{change.group}/{change.name}" for change in worse)
            print(f"compare: worse by more than {_PERCENT.value:g} %: {names}", file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    command.run(main, base_build.BaseError, difference.SummaryError)
