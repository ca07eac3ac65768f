# SPDX-License-Identifier: Apache-2.0
"""Programs that the build itself runs, without a second compile of what they are linked with.

`cfg = "exec"` always gives a configuration of its own: a program linked with TFLM would compile TFLM
once more, and whatever is generated for it, too. `host_cfg` keeps the configuration that is there if its
programs run on the build machine. In a build for a chip it goes back to what a build for the host has, if the options
for both, such as --copt and --host_copt, are the same, as `bazelw` sets them: then nothing is compiled twice.
"""

load(":chip.bzl", "KERNELS", "OPTIMIZE")

# What a program for the host is compiled with in a cross build, and where that comes from.
_FROM_HOST = {
    "//command_line_option:" + option: "//command_line_option:host_" + option
    for option in ["compilation_mode", "conlyopt", "copt", "cpu", "cxxopt", "linkopt"]
}

_PLATFORMS = "//command_line_option:platforms"
_HOST_PLATFORM = "//command_line_option:host_platform"

# As without a chip.
_NOT_FOR_A_CHIP = {KERNELS: "reference", OPTIMIZE: "speed"}

def _host_cfg_impl(settings, _attr):
    host = settings[_HOST_PLATFORM]
    if all([str(platform) == str(host) for platform in settings[_PLATFORMS]]):
        return _NOT_FOR_A_CHIP | {option: settings[option] for option in [_PLATFORMS] + _FROM_HOST.keys()}

    # No platform is the build machine's, as in a build without --platforms.
    return _NOT_FOR_A_CHIP | {_PLATFORMS: []} | {option: settings[host_option] for option, host_option in _FROM_HOST.items()}

# For `cfg = host_cfg` on the attribute of a rule. Such an attribute is a list, even of one target:
#   "_judge": attr.label(cfg = host_cfg, default = Label("//tflm/host:judge"), executable = True)
# is used as ctx.executable._judge or ctx.attr._judge[0].
host_cfg = transition(
    implementation = _host_cfg_impl,
    inputs = [_HOST_PLATFORM, _PLATFORMS] + _FROM_HOST.keys() + _FROM_HOST.values(),
    outputs = _NOT_FOR_A_CHIP.keys() + [_PLATFORMS] + _FROM_HOST.keys(),
)

def _host_program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(
        output = program,
        target_file = ctx.executable.program,
        is_executable = True,
    )
    return [DefaultInfo(
        executable = program,
        files = depset([program]),
        runfiles = ctx.runfiles([program]).merge(ctx.attr.program[0][DefaultInfo].default_runfiles),
    )]

host_program = rule(
    implementation = _host_program_impl,
    attrs = {
        "program": attr.label(
            cfg = host_cfg,
            doc = "The program, e.g. a `cc_binary` without runfiles of its own.",
            executable = True,
            mandatory = True,
        ),
    },
    doc = """A program by `host_cfg`, for a genrule: among its `srcs`, not its `tools`, which are `cfg = "exec"`.

```starlark
host_program(name = "judge_on_host", program = ":judge")

genrule(
    name = "verdict",
    srcs = [":judge_on_host", "model.tflite"],
    outs = ["verdict.json"],
    cmd = "$(execpath :judge_on_host) --model=$(execpath model.tflite) --output=$@",
)
```
""",
    executable = True,
)
