# SPDX-License-Identifier: Apache-2.0
"""firmware_test: a program that runs on emulated chips and must print PASS and end with exit code 0."""

load("//rules:exec_envs.bzl", "HOST", "exec_env_label")
load("//rules:firmware_binary.bzl", "firmware_binary")
load("//rules:providers.bzl", "ExecEnvInfo", "FirmwareInfo")
load("//rules/private:sample_run.bzl", "sample_run_golden", "sample_run_source")
load("//rules/private:script.bzl", "script")
load("//rules/private:semihosting.bzl", "emulator_argument")

def _command(ctx):
    """What runs the program: a list of arguments, the files and runfiles that it needs, and whether to wait for the exit's line."""
    if ctx.attr.exec_env == None:
        program = ctx.attr.firmware[DefaultInfo].files_to_run.executable
        return ["./" + program.short_path] + ([ctx.attr.argument] if ctx.attr.argument else []), [program], [], False
    env = ctx.attr.exec_env[ExecEnvInfo]
    if not env.emulator:
        fail("{}: {} has no emulator: build a program for it by firmware_binary".format(ctx.label, ctx.attr.exec_env.label))
    if env.exit_line and ctx.attr.argument:
        fail("{}: a program gets no argument in {}, which has exit_line".format(ctx.label, ctx.attr.exec_env.label))
    elf = ctx.attr.firmware[FirmwareInfo].elf
    command = [env.emulator.program.short_path] + env.arguments + ["-kernel", elf.short_path]
    files = [elf, env.emulator.program] + env.emulator.files.to_list()
    return command + emulator_argument(ctx.attr.argument), files, [env.emulator.runfiles], env.exit_line

def _firmware_test_impl(ctx):
    if " " in ctx.attr.argument:
        fail("{}: argument must be one word".format(ctx.label))
    command, files, runfiles, exit_line = _command(ctx)
    return script(
        ctx,
        program = ctx.executable._run_firmware,
        arguments = [
                        "--seconds={}".format(ctx.attr.seconds),
                        "--silent_seconds={}".format(ctx.attr.silent_seconds),
                    ] +
                    ["--expect=" + text for text in ctx.attr.expected] +
                    ["--exit_code={}".format(ctx.attr.exit_code)] +
                    ["--golden=" + file.short_path for file in ctx.files.golden] +
                    ["--own=" + text for text in ctx.attr.own_lines] +
                    (["--checker=" + ctx.executable.checker.short_path] if ctx.attr.checker else []) +
                    (["--exit_line"] if exit_line else []) +
                    ["--"] + command,
        files = files + ctx.files.golden,
        runfiles = [ctx.attr._run_firmware[DefaultInfo].default_runfiles] +
                   ([ctx.attr.checker[DefaultInfo].default_runfiles] if ctx.attr.checker else []) +
                   runfiles,
    )

# Bazel's.
_TIMEOUTS = {"enormous": "eternal", "large": "long", "medium": "moderate", "small": "short"}
_SECONDS = {"eternal": 3600, "long": 900, "moderate": 300, "short": 60}

_firmware_test = rule(
    implementation = _firmware_test_impl,
    attrs = {
        "argument": attr.string(
            doc = "What the program gets as its argument.",
        ),
        "checker": attr.label(
            cfg = "target",
            doc = "A program that gets what was printed on stdin, and fails if that is wrong.",
            executable = True,
        ),
        "exec_env": attr.label(
            doc = "Where it runs. None: on the machine that builds.",
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
        ),
        "golden": attr.label(
            allow_single_file = True,
            doc = "What it must print first.",
        ),
        "own_lines": attr.string_list(
            doc = "What lines begin with that are not compared.",
        ),
        "seconds": attr.int(
            doc = "After so long it is stopped.",
        ),
        "silent_seconds": attr.int(
            doc = "After so long without output, too.",
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

def firmware_test(
        *,
        name,
        exec_envs,
        srcs = [],
        deps = [],
        copts = [],
        model = None,
        samples = 8,
        exit_code = 0,
        expected = ["PASS"],
        seconds = 50,
        silent_seconds = None,
        argument = None,
        golden = None,
        own_lines = [],
        checker = None,
        kernels = None,
        optimize = None,
        **kwargs):
    """Runs a program on several emulated chips: one test for each, `<name>_<environment>`, and a suite of all.

    A test passes if the program prints PASS and ends with exit code 0 in time. A fault handler ends it with
    another code.

    With `model` the program is generated: it runs samples of generated numbers through the model's class, and
    each output must be what the host outputs: integers the same, floats within 0.0001 of it and of its
    size, for the libraries of C round differently.

    Args:
      name: of the suite.
      exec_envs: where to run it: names of this repository's environments, labels of `exec_env`, or "host" for the
        machine that builds.
      srcs: the program's sources, with `int main()`; or it is in one of `deps`.
      deps: libraries.
      copts: flags for the compiler.
      model: instead of `srcs`: the class of a model, e.g. of `tflm_cc_library`.
      samples: how many samples to run through `model`.
      exit_code: another exit code to expect: for tests of faults.
      expected: other texts to expect.
      seconds: after so long a run is stopped. The test's `size` or `timeout` must allow as much.
      silent_seconds: after so long without output it is stopped, too. Default: 10; with `model` as long as `seconds`, for
        nobody knows how long an inference takes.
      argument: what main() gets as its argument, after the program's name.
      golden: a file with what it must print first, line by line, e.g. what a program for the host printed.
      own_lines: what lines begin with that are not compared.
      checker: a program that gets on stdin what was printed, and ends with another exit code than 0 if that is wrong.
      kernels: which kernels TFLM has, as for `firmware_binary`.
      optimize: what the program is optimized for, as for `firmware_binary`.
      **kwargs: the usual attributes.
    """
    timeout = kwargs.get("timeout") or _TIMEOUTS.get(kwargs.get("size", "small"))
    limit = _SECONDS.get(timeout, 3600)
    if seconds < 1 or seconds >= limit:
        fail("{}: seconds = {} must be below {}, which its `size` or `timeout` allows".format(name, seconds, limit))
    if not exec_envs:
        fail("{}: needs at least one of exec_envs".format(name))
    if samples < 1:
        fail("{}: samples = {} must be at least 1".format(name, samples))
    if silent_seconds == None:
        silent_seconds = seconds if model else 10
    if bool(model) == bool(srcs + deps):
        fail("{}: needs either model, or srcs and deps".format(name))
    usual = {key: kwargs[key] for key in ["tags", "visibility"] if key in kwargs}
    compatible = {key: kwargs[key] for key in ["target_compatible_with"] if key in kwargs}
    if model:
        hidden = {"tags": ["manual"], "testonly": True, "visibility": ["//visibility:private"]}
        sample_run_source(
            name = name + "_samples",
            model = model,
            samples = samples,
            **hidden
        )
        sample_run_golden(
            name = name + "_golden",
            model = model,
            samples = samples,
            **hidden
        )
        golden = golden or name + "_golden"
        srcs = [name + "_samples"]
        deps = [model, Label("//firmware/runtime:print"), Label("//inference")]
    tests = []
    for exec_env in exec_envs:
        env = None if exec_env == HOST else exec_env_label(name, exec_env)
        test = "{}_{}".format(name, env.name if env else HOST)
        firmware_binary(
            name = test + "_firmware",
            testonly = True,
            srcs = srcs,
            copts = copts,
            exec_env = str(env or HOST),
            kernels = None if env == None else kernels,
            optimize = None if env == None else optimize,
            deps = deps,
            **(usual | compatible)
        )
        _firmware_test(
            name = test,
            argument = argument,
            checker = checker,
            exec_env = env,
            exit_code = exit_code,
            expected = expected,
            firmware = test + "_firmware",
            golden = golden,
            own_lines = own_lines,
            seconds = seconds,
            silent_seconds = silent_seconds,
            **({"size": "small"} | kwargs)
        )
        tests.append(test)
    native.test_suite(
        name = name,
        tests = tests,
        **usual
    )
