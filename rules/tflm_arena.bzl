# SPDX-License-Identifier: Apache-2.0
"""tflm_arena: the smallest arena that a model works with, measured."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path", "link_program")
load("//rules/private:firmware_link.bzl", "link_for_chip")
load("//rules/private:names.bzl", "check_names", "symbol_of")
load("//rules/private:script.bzl", "script")
load("//rules/private:semihosting.bzl", "ARGUMENT_FLAG", "ARGUMENT_PREFIX")
load(":exec_env_toolchain.bzl", "EXEC_ENV_TOOLCHAIN_TYPE")
load(":providers.bzl", "TfliteArenaInfo", "TfliteArrayInfo", "TflmArenaInfo", "TflmOpResolverInfo")

def _tflm_arena_impl(ctx):
    array = ctx.attr.array[TfliteArrayInfo]
    resolver = ctx.attr.resolver[TflmOpResolverInfo]
    symbol = ctx.attr.symbol or symbol_of(ctx.label.name)
    check_names(ctx.label, symbol, ctx.attr.namespace)
    if array.model.model not in resolver.models.to_list():
        fail("{}: the resolver {} is not of the model of {}".format(ctx.label, ctx.attr.resolver.label, ctx.attr.array.label))
    if ctx.attr.largest != 0 and (ctx.attr.largest < 16 or ctx.attr.largest > 1 << 30):
        fail("{}: largest must be at least 16 bytes and at most 1 GiB, or 0".format(ctx.label))
    verdict = resolver.verdicts[array.model.model]
    label = str(ctx.label).removeprefix("@@")

    main = ctx.actions.declare_file(ctx.label.name + "_trial_main.cc")
    ctx.actions.run(
        outputs = [main],
        inputs = ctx.files.inputs + [verdict],
        executable = ctx.executable._generate_trial_program,
        arguments = [
            "--label=" + label,
            "--array=" + array.symbol,
            "--array_include=" + array.include,
            "--array_namespace=" + array.namespace,
            "--resolver=" + resolver.symbol,
            "--resolver_include=" + resolver.include,
            "--resolver_namespace=" + resolver.namespace,
            "--verdict=" + verdict.path,
            "--largest={}".format(ctx.attr.largest),
            ctx.actions.args().add_all(ctx.files.inputs, format_each = "--input=%s"),
            ctx.actions.args().add(main, format = "--output=%s"),
        ],
        mnemonic = "GenerateArenaTrial",
        progress_message = "Generating the program that tries arenas for %{label}",
    )

    # Of the target configuration, which is what is measured.
    env = ctx.toolchains[EXEC_ENV_TOOLCHAIN_TYPE]
    trial = {
        "infos": [ctx.attr.array[CcInfo], ctx.attr.resolver[CcInfo]] + env.arena_trial,
        "name": ctx.label.name + "_trial",
        "source": main,
    }
    if env.link:
        program = link_for_chip(ctx, environment = env.environment, link = env.link, target = label + ": the program that measures the arena", **trial)
    else:
        program = link_program(ctx, **trial)
    emulator = env.emulator
    emulator_flags = [
        "--argument_flag=" + ARGUMENT_FLAG,
        "--argument_prefix=" + ARGUMENT_PREFIX,
    ] + ["--emulator_arg=" + argument for argument in env.arguments] if emulator else []
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    json = ctx.actions.declare_file(ctx.label.name + ".json")
    include = header_path(ctx)
    ctx.actions.run(
        outputs = [header, json],
        inputs = depset([program], transitive = [emulator.files] if emulator else []),
        executable = ctx.executable._measure_arena,
        arguments = [
            ctx.actions.args().add(header, format = "--header=%s"),
            ctx.actions.args().add(json, format = "--json=%s"),
            "--header_path=" + include,
            "--label=" + label,
            "--namespace=" + ctx.attr.namespace,
            "--program=" + program.path,
            "--symbol=" + symbol,
        ] + (["--emulator=" + emulator.program.path] if emulator else []) + emulator_flags,
        mnemonic = "MeasureArena",
        progress_message = "Measuring the arena of the model %{label}",
        tools = [emulator.to_run] if emulator else [],
    )
    info, _ = compile_library(ctx, hdrs = [header])
    return script(
        ctx,
        program = ctx.executable._measure_arena_program,
        arguments = ["--label=" + label, "--program=" + program.short_path] +
                    (["--emulator=" + emulator.program.short_path] if emulator else []) + emulator_flags,
        files = [program] + ([emulator.program] + emulator.files.to_list() if emulator else []),
        outputs = [header, json],
        runfiles = [ctx.attr._measure_arena_program[DefaultInfo].default_runfiles] + ([emulator.runfiles] if emulator else []),
    ) + [
        OutputGroupInfo(json = depset([json]), trial = depset([program])),
        info,
        TfliteArenaInfo(json = json),
        TflmArenaInfo(
            array = array,
            include = include,
            json = json,
            namespace = ctx.attr.namespace,
            program = program,
            resolver = resolver,
            symbol = symbol,
        ),
    ]

tflm_arena = rule(
    implementation = _tflm_arena_impl,
    attrs = CC_ATTRS | {
        "array": attr.label(
            doc = "The model as a `tflite_cc_library`.",
            mandatory = True,
            providers = [[CcInfo, TfliteArrayInfo]],
        ),
        "inputs": attr.label_list(
            allow_files = True,
            doc = "Raw bytes for each of the model's inputs, to measure with. Default: numbers from a fixed generator, and for 32 and 64 bit integers zeros, or ones if the model runs only with these.",
        ),
        "largest": attr.int(
            doc = "An arena in bytes that is certainly enough: what the model outputs there is taken as correct. Default: half as much again as TFLM used when the build tried the model, and 64 KB.",
        ),
        "namespace": attr.string(
            doc = "The C++ namespace of the size.",
            mandatory = True,
        ),
        "resolver": attr.label(
            doc = "The `tflm_op_resolver` of the model.",
            mandatory = True,
            providers = [[CcInfo, TflmOpResolverInfo]],
        ),
        "symbol": attr.string(
            doc = "What the size is named after, snake_case: \"my_model\" gives `kMyModelArenaSize`. Default: the target's name.",
        ),
        "_generate_trial_program": attr.label(
            cfg = "exec",
            default = Label("//tflm:generate_trial_program"),
            executable = True,
        ),
        "_measure_arena": attr.label(
            cfg = "exec",
            default = Label("//tflm/host:measure_arena"),
            executable = True,
        ),
        # The same for `bazel run`.
        "_measure_arena_program": attr.label(
            cfg = "target",
            default = Label("//tflm/host:measure_arena"),
            executable = True,
        ),
    },
    doc = """The smallest arena that a model works with, as a C++ header and as JSON.

The build runs the model through to its output with one arena after another, by bisection in steps of 16
bytes, each in a process of its own and between guards; an arena works if the outputs of two runs are
those of a very large arena. The program that tries the arenas is linked for the target configuration and
only prints what happened; the search runs on the machine that builds. That machine runs the program itself, or in
the emulator of the chip's core.

The header is `<package>/<name>.h` with `k<Symbol>ArenaSize`, the report `<package>/<name>.json`.
`bazel run` prints what uses the arena.
""",
    executable = True,
    fragments = ["cpp"],
    provides = [CcInfo, TfliteArenaInfo, TflmArenaInfo],
    toolchains = CC_TOOLCHAINS + [EXEC_ENV_TOOLCHAIN_TYPE],
)
