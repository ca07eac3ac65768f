# SPDX-License-Identifier: Apache-2.0
"""firmware_test: a program that runs on emulated chips and must print PASS and end with exit code 0."""

load("//rules:firmware_binary.bzl", "exec_env_label", "firmware_binary")
load("//rules:providers.bzl", "ExecEnvInfo", "FirmwareInfo")
load("//rules/private:script.bzl", "script")

def _firmware_test_impl(ctx):
    env = ctx.attr.exec_env[ExecEnvInfo]
    if not env.emulator:
        fail("{}: {} has no emulator".format(ctx.label, ctx.attr.exec_env.label))
    if " " in ctx.attr.argument:
        fail("{}: argument must be one word".format(ctx.label))
    elf = ctx.attr.firmware[FirmwareInfo].elf
    emulator = env.emulator[DefaultInfo].files
    program = emulator.to_list()[0]
    return script(
        ctx,
        program = ctx.executable._run_firmware,
        arguments = ["--seconds={}".format(ctx.attr.seconds)] +
                    ["--expect=" + text for text in ctx.attr.expected] +
                    (["--exit_code={}".format(ctx.attr.exit_code)]) +
                    ["--", program.short_path] + env.arguments + ["-kernel", elf.short_path] +
                    (["-append", ctx.attr.argument] if ctx.attr.argument else []),
        files = [elf] + emulator.to_list(),
        runfiles = [ctx.attr._run_firmware[DefaultInfo].default_runfiles],
    )

_firmware_test = rule(
    implementation = _firmware_test_impl,
    attrs = {
        "argument": attr.string(
            doc = "What the program gets as its argument.",
        ),
        "exec_env": attr.label(
            doc = "Where it runs.",
            mandatory = True,
            providers = [ExecEnvInfo],
        ),
        "exit_code": attr.int(
            doc = "The exit code that the program must end with.",
        ),
        "expected": attr.string_list(
            doc = "Texts that it must print.",
        ),
        "firmware": attr.label(
            doc = "The `firmware_binary`.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "seconds": attr.int(
            doc = "After so long it is stopped.",
        ),
        "_run_firmware": attr.label(
            cfg = "target",
            default = Label("//firmware:run_firmware"),
            executable = True,
        ),
    },
    doc = "Runs firmware in an emulator.",
    test = True,
)

def firmware_test(*, name, exec_envs, srcs, deps = [], copts = [], exit_code = 0, expected = ["PASS"], seconds = 50, argument = None, **kwargs):
    """Runs a program on several emulated chips: one test for each, `<name>_<environment>`, and a suite of all.

    A test passes if the program prints PASS and ends with exit code 0 in time. A fault handler ends it with
    another code.

    Args:
      name: of the suite.
      exec_envs: where to run it: names of this repository's environments, or labels of `exec_env`.
      srcs: the program's sources, with `int main()`.
      deps: libraries.
      copts: flags for the compiler.
      exit_code: another exit code to expect: for tests of faults.
      expected: other texts to expect.
      seconds: after so long a run is stopped.
      argument: what main() gets as its argument, after the program's name.
      **kwargs: the usual attributes.
    """
    usual = {key: kwargs[key] for key in ["tags", "visibility"] if key in kwargs}
    tests = []
    for exec_env in exec_envs:
        env = exec_env_label(name, exec_env)
        test = "{}_{}".format(name, env.name)
        firmware_binary(
            name = test + "_firmware",
            testonly = True,
            srcs = srcs,
            copts = copts,
            exec_env = str(env),
            deps = deps,
            **usual
        )
        _firmware_test(
            name = test,
            argument = argument,
            exec_env = env,
            exit_code = exit_code,
            expected = expected,
            firmware = test + "_firmware",
            seconds = seconds,
            **({"size": "small"} | kwargs)
        )
        tests.append(test)
    native.test_suite(
        name = name,
        tests = tests,
        **usual
    )
