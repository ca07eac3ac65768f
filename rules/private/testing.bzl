# SPDX-License-Identifier: Apache-2.0
"""What the rules of tests share."""

def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"

def script_test(ctx, *, program, arguments, files, runfiles = []):
    """Makes a test of a program and its arguments.

    Args:
      ctx: of the rule.
      program: the file to run.
      arguments: texts; the paths of files in them are their short_path.
      files: the files that it needs, itself included.
      runfiles: further runfiles that it needs.

    Returns:
      The providers of the rule.
    """
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    command = " ".join([_quoted(argument) for argument in [program.short_path] + arguments])
    ctx.actions.write(
        script,
        # A test starts in the runfiles of the main repository.
        "#!/bin/sh\nexec ./{} \"$@\"\n".format(command),
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(files).merge_all(runfiles),
    )]
