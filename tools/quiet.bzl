# SPDX-License-Identifier: Apache-2.0
"""quiet: commands of genrules that say nothing unless they fail."""

def quiet(command):
    """Keeps what a genrule's command prints, and shows it only if the command fails.

    Bazel prints what an action writes to stdout on its own stdout, which a program that `bazel run` starts
    uses for its output; and what TensorFlow writes to stderr looks like faults.

    Args:
      command: of a genrule: one program and its arguments.

    Returns:
      The command to run in place of it. Its exit status is the same.
    """
    return ("log=$$(" + command + " 2>&1) ||" +
            " { status=$$?; printf '%s\\n' \"$$log\" >&2; exit $$status; }")
