# SPDX-License-Identifier: Apache-2.0
"""firmware_report: what a model costs on a chip: flash, memory, instructions and estimated cycles."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:exec_envs.bzl", "exec_env_label")
load("//rules:firmware_binary.bzl", "firmware_binary")
load("//rules:providers.bzl", "ExecEnvInfo", "FirmwareInfo", "FirmwareReportInfo", "TfliteLibraryInfo", "TflmLibraryInfo")
load("//rules:tflite_aot_library.bzl", "compiled_model")
load("//rules/private:chip.bzl", "KERNELS", "OPTIMIZE")

def _main_impl(ctx):
    library = ctx.attr.model[TfliteLibraryInfo]
    main = ctx.actions.declare_file(ctx.label.name + ".cc")
    arguments = ctx.actions.args()
    arguments.add("--class_name=" + library.class_name)
    arguments.add("--include=" + library.include)
    arguments.add("--label=" + str(ctx.label).removeprefix("@@"))
    arguments.add(main, format = "--output=%s")
    arguments.add("--operators" if TflmLibraryInfo in ctx.attr.model else "--nooperators")
    arguments.add("--layers" if ctx.attr.layers else "--nolayers")
    verdict = library.integer_inputs
    if verdict:
        arguments.add(verdict, format = "--verdict=%s")
    ctx.actions.run(
        outputs = [main],
        inputs = [verdict] if verdict else [],
        executable = ctx.executable._generate,
        arguments = [arguments],
        mnemonic = "GenerateReportMain",
        progress_message = "Generating the program that measures %{label}",
    )
    return [DefaultInfo(files = depset([main]))]

_main = rule(
    implementation = _main_impl,
    attrs = {
        "layers": attr.bool(
            doc = "Whether the program prints the layers of a model that is compiled with `profile`.",
        ),
        "model": attr.label(
            doc = "The class of a model.",
            mandatory = True,
            providers = [CcInfo, TfliteLibraryInfo],
        ),
        "_generate": attr.label(
            cfg = "exec",
            default = Label("//firmware/report:generate_report_main"),
            executable = True,
        ),
    },
    doc = "The source of the program that measures a model.",
)

def _firmware_report_impl(ctx):
    env = ctx.attr.exec_env[ExecEnvInfo]
    if not env.emulator:
        fail("{}: {} has no emulator: a report is of a program that ran".format(ctx.label, ctx.attr.exec_env.label))
    if env.exit_line:
        fail("{}: {} has exit_line: a report needs an emulator that ends with the program".format(ctx.label, ctx.attr.exec_env.label))
    if not env.ticks_per_microsecond:
        fail("{}: {} does not say its ticks_per_microsecond, so its instructions can't be counted".format(ctx.label, ctx.attr.exec_env.label))
    program = ctx.attr.program[FirmwareInfo]
    library = ctx.attr.model[TfliteLibraryInfo]
    is_tflm = TflmLibraryInfo in ctx.attr.model

    # Whose code and constants are the model's: its array, or the C that it was compiled to.
    data = (ctx.attr.model[TflmLibraryInfo].arena.array if is_tflm else library).include
    kernels = (ctx.attr.kernels or ctx.attr._kernels[BuildSettingInfo].value) if is_tflm else "compiled"
    sources = ctx.actions.declare_file(ctx.label.name + "_tflm_sources.txt")
    ctx.actions.write(sources, "\n".join([file.path for file in ctx.files._tflm_sources]) + "\n")
    layers = [ctx.attr.layers_program[FirmwareInfo].elf] if ctx.attr.layers_program else []
    objects = [program.map_of_objects] if program.map_of_objects else []
    json = ctx.actions.declare_file(ctx.label.name + ".json")
    text = ctx.actions.declare_file(ctx.label.name + ".txt")
    ctx.actions.run(
        outputs = [json, text],
        inputs = depset(
            [program.elf, program.map, sources, ctx.file._plugin] + layers + objects,
            transitive = [env.emulator.files, ctx.attr._llvm_mca[DefaultInfo].files],
        ),
        executable = ctx.executable._report_firmware,
        arguments = [
                        "--label=" + str(ctx.label).removeprefix("@@"),
                        "--model=" + library.model.model.basename,
                        "--model_library=" + data.split("/")[-1].removesuffix(".h"),
                        "--tflm_sources=" + sources.path,
                        "--environment=" + ctx.attr.exec_env.label.name,
                        "--core=" + env.core,
                        "--kernels=" + kernels,
                        "--optimize=" + (ctx.attr.optimize or ctx.attr._optimize[BuildSettingInfo].value),
                        "--elf=" + program.elf.path,
                        "--map=" + program.map.path,
                        "--emulator=" + env.emulator.program.path,
                        "--plugin=" + ctx.file._plugin.path,
                        "--ticks_per_microsecond={}".format(env.ticks_per_microsecond),
                        "--llvm_mca=" + ctx.files._llvm_mca[0].path,
                        "--seconds={}".format(ctx.attr.seconds),
                        "--json=" + json.path,
                        "--text=" + text.path,
                    ] + ["--layers_elf=" + elf.path for elf in layers] +
                    ["--map_of_objects=" + map.path for map in objects] +
                    ["--emulator_arg=" + argument for argument in env.arguments],
        mnemonic = "FirmwareReport",
        progress_message = "Measuring a model on a chip: %{label}",
        tools = [env.emulator.to_run],
    )
    return [
        DefaultInfo(files = depset([json, text])),
        OutputGroupInfo(
            elf = depset([program.elf]),
            json = depset([json]),
            map = depset([program.map]),
            text = depset([text]),
        ),
        FirmwareReportInfo(json = json, text = text),
    ]

_firmware_report = rule(
    implementation = _firmware_report_impl,
    attrs = {
        "exec_env": attr.label(
            doc = "Where it runs.",
            mandatory = True,
            providers = [ExecEnvInfo],
        ),
        "kernels": attr.string(
            doc = "Which kernels TFLM has. Default: those of the build setting `//third_party/tflite_micro:kernels`.",
            values = ["", "cmsis_nn", "reference"],
        ),
        "layers_program": attr.label(
            doc = "The same program with a model that shows its layers, if they are wanted.",
            providers = [FirmwareInfo],
        ),
        "model": attr.label(
            doc = "The class of a model.",
            mandatory = True,
            providers = [CcInfo, TfliteLibraryInfo],
        ),
        "optimize": attr.string(
            doc = "What the program is optimized for. Default: as the build setting `//third_party/gcc:optimize` says.",
            values = ["", "fastest", "size", "speed"],
        ),
        "program": attr.label(
            doc = "The program that measures, a `firmware_binary`.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "seconds": attr.int(
            doc = "After so long a run is stopped.",
        ),
        "_kernels": attr.label(
            default = Label(KERNELS),
            providers = [BuildSettingInfo],
        ),
        "_llvm_mca": attr.label(
            cfg = "exec",
            default = Label("@llvm_mca"),
        ),
        "_optimize": attr.label(
            default = Label(OPTIMIZE),
            providers = [BuildSettingInfo],
        ),
        "_plugin": attr.label(
            allow_single_file = True,
            cfg = "exec",
            default = Label("//firmware/report:trace_plugin.so"),
        ),
        "_report_firmware": attr.label(
            cfg = "exec",
            default = Label("//firmware/report:report_firmware"),
            executable = True,
        ),
        "_tflm_sources": attr.label(
            default = Label("@tflite_micro//:compiled_sources"),
        ),
    },
    doc = "What a model costs on a chip.",
    provides = [FirmwareReportInfo],
)

def firmware_report(*, name, model, exec_env, kernels = None, optimize = None, layers = False, seconds = 300, **kwargs):
    """Measures a model on an emulated chip: `<name>.json`, and the same to read in `<name>.txt`.

    It links a program with the model's class, runs it in the environment's emulator on generated inputs,
    and reports:

    - flash and memory by owner, from the linker's map: the model, the kernels, TFLM, the C library, our own
      code. What only the measurement needs is listed apart;
    - the arena, and the peak of the stack of Create() and Invoke();
    - the instructions of an inference, exactly, and of each operator, to about 20. They are counted twice, by the
      core's counter with QEMU's `-icount` and by a trace; a difference fails the build;
    - an estimate of the cycles: each block of code as LLVM's model of the core schedules it, times how
      often it ran. The report says what it leaves out.

    Args:
      name: of the report.
      model: a `tflm_cc_library` or a `tflite_aot_library`.
      exec_env: where to run it: the name of an environment of this repository, or the label of an `exec_env`.
      kernels: which kernels TFLM has, as for `firmware_binary`.
      optimize: what the program is optimized for, as for `firmware_binary`.
      layers: for a `tflite_aot_library`: measure each of its layers, too. The model is compiled once more, with
        `profile`, and runs in a program of its own: its layers' instructions are those of that program.
      seconds: after so long a run in the emulator is stopped.
      **kwargs: the usual attributes.
    """
    env = exec_env_label(name, exec_env)
    usual = {key: kwargs[key] for key in ["target_compatible_with", "testonly"] if key in kwargs}
    hidden = usual | {"tags": ["manual"], "visibility": ["//visibility:private"]}
    _main(
        name = name + "_main",
        model = model,
        **hidden
    )
    firmware_binary(
        name = name + "_program",
        srcs = [name + "_main"],
        exec_env = str(env),
        kernels = kernels,
        optimize = optimize,
        deps = [model, Label("//firmware/report"), Label("//firmware/report:tflm_operators")],
        **hidden
    )
    if layers:
        profiled = name + "_profiled"
        compiled_model(
            name = profiled,
            library = model,
            namespace = "profiled",
            profile = True,
            **hidden
        )
        _main(
            name = name + "_layers_main",
            layers = True,
            model = profiled,
            **hidden
        )
        firmware_binary(
            name = name + "_layers_program",
            srcs = [name + "_layers_main"],
            exec_env = str(env),
            optimize = optimize,
            deps = [profiled, Label("//firmware/report"), Label("//firmware/report:compiled_layers")],
            **hidden
        )
    _firmware_report(
        name = name,
        exec_env = env,
        kernels = kernels,
        layers_program = name + "_layers_program" if layers else None,
        model = model,
        optimize = optimize,
        program = name + "_program",
        seconds = seconds,
        **(kwargs | usual)
    )
