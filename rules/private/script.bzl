# SPDX-License-Identifier: Apache-2.0
"""Programs with their arguments, as what a rule runs: tests, and what `bazel run` starts."""

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def script(ctx, *, program, arguments, files, outputs = None, runfiles = []):
    """Makes the executable of a rule of a program and its arguments.

    Args:
      ctx: of the rule.
      program: the file to run.
      arguments: texts; the paths of files in them are their short_path.
      files: the files that it needs, itself included.
      outputs: what the target builds. Default: the executable.
      runfiles: further runfiles that it needs.

    Returns:
      The providers of the rule.
    """
    executable = ctx.actions.declare_file(ctx.label.name + ".sh")
    command = " ".join([_quoted(argument) for argument in [program.short_path] + arguments])
    ctx.actions.write(
        executable,
        # Tests and `bazel run` start in the runfiles of the main repository.
        "#!/bin/sh\nexec ./{} \"$@\"\n".format(command),
        is_executable = True,
    )
    return [DefaultInfo(
        executable = executable,
        files = None if outputs == None else depset(outputs),
        runfiles = ctx.runfiles(files).merge_all(runfiles),
    )]
