# SPDX-License-Identifier: Apache-2.0
"""What the tests over the build graph share."""

def _as_list(value):
    if type(value) == "dict":
        return value.keys()
    return value if type(value) == "list" else [value]

def used_targets(ctx):
    """What a target uses.

    Args:
      ctx: of an aspect.

    Returns:
      The targets that its attributes name.
    """
    return [
        dependency
        for name in dir(ctx.rule.attr)
        for dependency in _as_list(getattr(ctx.rule.attr, name))
        if type(dependency) == "Target"
    ]

def verdict_script(ctx, *, found, faults):
    """Makes the program of a test whose result is known already.

    Args:
      ctx: of the test's rule.
      found: lines that it prints in any case.
      faults: what is wrong, a line each; none if it passes.

    Returns:
      The providers of the rule.
    """
    lines = ["#!/bin/sh"]
    lines += ["echo '{}'".format(line) for line in found]
    lines += ["echo 'FAIL: {}'".format(fault) for fault in faults]
    lines.append("exit {}".format(1 if faults else 0))
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(script, "\n".join(lines) + "\n", is_executable = True)
    return [DefaultInfo(executable = script)]
