# SPDX-License-Identifier: Apache-2.0
"""firmware_binary: a program for a chip, as ELF, bin, hex and disassembly."""

load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("//rules:exec_envs.bzl", "exec_env_label", "exec_env_platform")
load("//rules:providers.bzl", "FirmwareInfo")
load("//rules/private:chip.bzl", "CHIP_SETTINGS", "chip_settings")

# --- in the chip's configuration ------------------------------------------------------------------------

def _image_impl(ctx):
    toolchain = find_cc_toolchain(ctx)
    elf = ctx.file.program
    outputs = {"elf": depset([elf])}
    for kind, arguments in {"bin": ["-O", "binary"], "hex": ["-O", "ihex"]}.items():
        file = ctx.actions.declare_file("{}.{}".format(ctx.label.name, kind))
        ctx.actions.run(
            outputs = [file],
            inputs = depset([elf], transitive = [toolchain.all_files]),
            executable = toolchain.objcopy_executable,
            arguments = arguments + [elf.path, file.path],
            mnemonic = "FirmwareImage",
            progress_message = "Writing %{output}",
        )
        outputs[kind] = depset([file])
    disassembly = ctx.actions.declare_file(ctx.label.name + ".s")
    ctx.actions.run_shell(
        outputs = [disassembly],
        inputs = depset([elf], transitive = [toolchain.all_files]),
        command = "\"$1\" -d -C \"$2\" > \"$3\"",
        arguments = [toolchain.objdump_executable, elf.path, disassembly.path],
        mnemonic = "FirmwareDisassembly",
        progress_message = "Disassembling %{label}",
    )
    outputs["disassembly"] = depset([disassembly])
    return [
        DefaultInfo(files = depset([elf])),
        OutputGroupInfo(**outputs),
        FirmwareInfo(elf = elf),
    ]

_image = rule(
    implementation = _image_impl,
    attrs = {
        "program": attr.label(
            allow_single_file = True,
            doc = "The linked program.",
            mandatory = True,
        ),
        "_cc_toolchain": attr.label(
            default = Label("@bazel_tools//tools/cpp:current_cc_toolchain"),
            doc = "For find_cc_toolchain.",
        ),
    },
    doc = "The forms of a program that tools for chips take.",
    provides = [FirmwareInfo],
    toolchains = use_cc_toolchain(),
)

# --- from the host's configuration into it ---------------------------------------------------------------

def _transition_impl(_settings, attr):
    return chip_settings(attr.platform)

_exec_env_transition = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = CHIP_SETTINGS,
)

def _firmware_binary_impl(ctx):
    image = ctx.attr.image[0]
    groups = image[OutputGroupInfo]
    return [
        DefaultInfo(files = image[DefaultInfo].files),
        OutputGroupInfo(**{kind: getattr(groups, kind) for kind in ["bin", "disassembly", "elf", "hex"]}),
        image[FirmwareInfo],
    ]

_firmware_binary = rule(
    implementation = _firmware_binary_impl,
    attrs = {
        "exec_env": attr.label(
            doc = "Where it runs.",
            mandatory = True,
        ),
        "image": attr.label(
            cfg = _exec_env_transition,
            doc = "The program's forms.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "platform": attr.string(
            doc = "The label of the platform that it is built for.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    doc = "A program for a chip.",
    provides = [FirmwareInfo],
)

def firmware_binary(*, name, exec_env, srcs = [], deps = [], copts = [], **kwargs):
    """Builds a program for a chip: `<name>` is its ELF file, and output groups have its other forms.

    Args:
      name: of the target.
      exec_env: where it runs: the name of an environment of this repository, or the label of an `exec_env`.
      srcs: the program's sources, with `int main()`; or it is in one of `deps`.
      deps: libraries, e.g. of `tflm_cc_library`.
      copts: flags for the compiler.
      **kwargs: the usual attributes.
    """
    env = exec_env_label(name, exec_env)
    usual = {key: kwargs[key] for key in ["tags", "testonly", "visibility"] if key in kwargs}
    hidden = usual | {"tags": ["manual"], "visibility": ["//visibility:private"]}

    # buildifier: disable=native-cc-binary
    native.cc_binary(
        name = name + "_program",
        srcs = srcs,
        copts = copts,
        target_compatible_with = ["@platforms//os:none"],
        deps = deps + [env, Label("//firmware/runtime:cpp_runtime")],
        **hidden
    )
    _image(
        name = name + "_image",
        program = name + "_program",
        target_compatible_with = ["@platforms//os:none"],
        **hidden
    )
    _firmware_binary(
        name = name,
        exec_env = env,
        image = name + "_image",
        platform = exec_env_platform(env),
        **(kwargs | usual)
    )
