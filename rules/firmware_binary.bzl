# SPDX-License-Identifier: Apache-2.0
"""firmware_binary: a program for a chip, as ELF, bin, hex, UF2, map and disassembly."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain")
load("//rules:exec_envs.bzl", "HOST", "exec_env_label", "exec_env_platform", "kernels_error")
load("//rules:providers.bzl", "ExecEnvInfo", "FirmwareInfo")
load("//rules/private:chip.bzl", "CHIP_SETTINGS", "KERNELS", "OPTIMIZE", "chip_settings")
load("//rules/private:firmware_link.bzl", "FIRMWARE_LINK", "link_firmware", "map_of_objects")
load("//rules/private:script.bzl", "script")

# What `--output_groups` may name.
_OUTPUT_GROUPS = ["bin", "disassembly", "elf", "hex", "map", "uf2"]

# The hidden target behind `<name>` is `<name>_image`.
_IMAGE = "_image"

# --- in the chip's configuration ------------------------------------------------------------------------

def _image_impl(ctx):
    toolchain = find_cc_toolchain(ctx)
    env = ctx.attr.exec_env[ExecEnvInfo]
    name = ctx.label.name.removesuffix(_IMAGE)
    elf, map = link_firmware(ctx, name = name)

    copies = {}
    for kind, format in {"bin": "binary", "hex": "ihex"}.items():
        copies[kind] = ctx.actions.declare_file("{}.{}".format(name, kind))
        ctx.actions.run(
            outputs = [copies[kind]],
            inputs = depset([elf], transitive = [toolchain.all_files]),
            executable = toolchain.objcopy_executable,
            arguments = ["-O", format, elf.path, copies[kind].path],
            mnemonic = "FirmwareImage",
            progress_message = "Writing %{output}",
        )

    texts = {}
    for kind, (tool, arguments) in {
        "s": (toolchain.objdump_executable, "-d -C"),
        "symbols": (toolchain.nm_executable, "-C -S"),
    }.items():
        texts[kind] = ctx.actions.declare_file("{}.{}".format(name, kind))
        ctx.actions.run_shell(
            outputs = [texts[kind]],
            inputs = depset([elf], transitive = [toolchain.all_files]),
            command = "\"$1\" {} \"$2\" > \"$3\"".format(arguments),
            arguments = [tool, elf.path, texts[kind].path],
            mnemonic = "FirmwareText",
            progress_message = "Writing %{output}",
        )

    uf2 = None
    if env.uf2_family:
        uf2 = ctx.actions.declare_file(name + ".uf2")
        ctx.actions.run(
            outputs = [uf2],
            inputs = [copies["hex"]],
            executable = ctx.executable._uf2,
            arguments = [
                "--hex=" + copies["hex"].path,
                "--family=" + env.uf2_family,
                "--output=" + uf2.path,
            ] + (["--absolute=" + env.uf2_absolute] if env.uf2_absolute else []),
            mnemonic = "FirmwareUf2",
            progress_message = "Writing %{output}",
        )
    return [
        DefaultInfo(files = depset([elf])),
        OutputGroupInfo(
            bin = depset([copies["bin"]]),
            disassembly = depset([texts["s"]]),
            elf = depset([elf]),
            hex = depset([copies["hex"]]),
            map = depset([map]),
            uf2 = depset([uf2] if uf2 else []),
        ),
        FirmwareInfo(
            bin = copies["bin"],
            elf = elf,
            env = env,
            hex = copies["hex"],
            map = map,
            map_of_objects = map_of_objects(ctx, name = name),
            symbols = texts["symbols"],
            uf2 = uf2,
        ),
    ]

_image = rule(
    implementation = _image_impl,
    attrs = FIRMWARE_LINK.attrs | {
        "_uf2": attr.label(
            cfg = "exec",
            default = Label("//firmware:uf2"),
            executable = True,
        ),
    },
    doc = "A program in the forms that tools for chips take.",
    fragments = FIRMWARE_LINK.fragments,
    provides = [FirmwareInfo],
    toolchains = FIRMWARE_LINK.toolchains,
)

# --- from the host's configuration into it ---------------------------------------------------------------

def _transition_impl(settings, attr):
    return chip_settings(exec_env_platform(attr.exec_env)) | {
        KERNELS: getattr(attr, "kernels", None) or settings[KERNELS],
        OPTIMIZE: getattr(attr, "optimize", None) or settings[OPTIMIZE],
    }

# For rules with an attribute `exec_env`, and perhaps `kernels` and `optimize`.
exec_env_transition = transition(
    implementation = _transition_impl,
    inputs = [KERNELS, OPTIMIZE],
    outputs = CHIP_SETTINGS + [KERNELS, OPTIMIZE],
)

def _runner(ctx, elf):
    """What `bazel run` runs: the emulator with the program, or a line that says what to do instead."""
    env = ctx.attr.exec_env[ExecEnvInfo]
    if env.emulator:
        return script(
            ctx,
            program = env.emulator.program,
            arguments = env.arguments + ["-kernel", elf.short_path],
            files = [elf, env.emulator.program] + env.emulator.files.to_list(),
            outputs = [elf],
            runfiles = [env.emulator.runfiles],
        )
    return script(
        ctx,
        program = ctx.file._no_emulator,
        arguments = [str(ctx.label).removeprefix("@@"), ctx.attr.exec_env.label.name, elf.short_path],
        files = [elf, ctx.file._no_emulator],
        outputs = [elf],
    )

def _firmware_binary_impl(ctx):
    image = ctx.attr.image[0]
    groups = image[OutputGroupInfo]
    return _runner(ctx, image[FirmwareInfo].elf) + [
        OutputGroupInfo(**{kind: getattr(groups, kind) for kind in _OUTPUT_GROUPS}),
        image[FirmwareInfo],
    ]

_firmware_binary = rule(
    implementation = _firmware_binary_impl,
    attrs = {
        "exec_env": attr.label(
            doc = "Where it runs.",
            mandatory = True,
            providers = [ExecEnvInfo],
        ),
        "image": attr.label(
            cfg = exec_env_transition,
            doc = "The program's forms.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "kernels": attr.string(
            doc = "Which kernels TFLM has. Default: those of the build setting `//third_party/tflite_micro:kernels`.",
            values = ["", "cmsis_nn", "reference"],
        ),
        "optimize": attr.string(
            doc = "What the program is optimized for. Default: as the build setting `//third_party/gcc:optimize` says.",
            values = ["", "fastest", "size", "speed"],
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_no_emulator": attr.label(
            allow_single_file = True,
            default = Label("//firmware:no_emulator.sh"),
        ),
    },
    doc = "A program for a chip.",
    executable = True,
    provides = [FirmwareInfo],
)

def firmware_binary(*, name, exec_env, srcs = [], deps = [], copts = [], kernels = None, optimize = None, **kwargs):
    """Builds a program for a chip: `<name>` is its ELF file, and output groups have its other forms.

    They are `elf`, `bin`, `hex` (Intel HEX), `uf2`, `map` (the linker's) and `disassembly`. There is no UF2 file for an
    environment without a `uf2_family`. `bazel run` runs the program in the environment's emulator.

    Args:
      name: of the target.
      exec_env: where it runs: the name of an environment of this repository, or the label of an `exec_env`. "host"
        gives a plain `cc_binary` for the machine that builds, without output groups.
      srcs: the program's sources, with `int main()`; or it is in one of `deps`.
      deps: libraries, e.g. of `tflm_cc_library`.
      copts: flags for the compiler.
      kernels: which kernels TFLM has: `cmsis_nn`, Arm's, for Cortex-M cores, or `reference`, TFLM's own.
        Default: as the build setting `//third_party/tflite_micro:kernels` says, which is `reference`
        if the command line does not set it.
      optimize: `speed`, the default; `size`: TFLM's kernels are compiled for size, too, and the whole program is
        optimized when it is linked; or `fastest`: all of TFLM is compiled for speed, and the whole program is optimized
        when it is linked. docs/firmware.md has figures. Default: as the build setting
        `//third_party/gcc:optimize` says.
      **kwargs: the usual attributes.
    """
    if exec_env == HOST:
        # buildifier: disable=native-cc-binary
        native.cc_binary(
            name = name,
            srcs = srcs,
            copts = copts,
            deps = deps + [Label("//firmware/boards/host")],
            **kwargs
        )
        return
    env = exec_env_label(name, exec_env)
    error = kernels_error(env.name, kernels)
    if error:
        fail("{}: {}".format(name, error))
    usual = {key: kwargs[key] for key in ["tags", "testonly", "visibility"] if key in kwargs}
    _image(
        name = name + _IMAGE,
        srcs = srcs,
        copts = copts,
        exec_env = env,
        target_compatible_with = [Label("@platforms//os:none")],
        deps = deps + [env, Label("//firmware/runtime:cpp_runtime")] + select({
            Label("//third_party/gcc:optimized_for_size"): [Label("//firmware/runtime:small_strings")],
            "//conditions:default": [],
        }),
        **(usual | {"tags": ["manual"], "visibility": ["//visibility:private"]})
    )
    _firmware_binary(
        name = name,
        exec_env = env,
        image = name + _IMAGE,
        kernels = kernels,
        optimize = optimize,
        **(kwargs | usual)
    )
