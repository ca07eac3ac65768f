# SPDX-License-Identifier: Apache-2.0
"""exec_env: where firmware runs: a board or its emulator, with the core, the memory and the start-up code."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:exec_envs.bzl", "exec_env_platform")
load("//rules:providers.bzl", "ExecEnvInfo")
load("//rules/private:chip.bzl", "CHIP_SETTINGS", "chip_settings")

def _platform_transition_impl(_settings, attr):
    return chip_settings(str(attr.platform))

# So that rules of the host's configuration can name the environment, too.
_platform_transition = transition(
    implementation = _platform_transition_impl,
    inputs = [],
    outputs = CHIP_SETTINGS,
)

def _own_or_base(ctx, base, name, own, field = None):
    """An argument of the macro: the environment's own if it was given, or else its base's."""
    return own if name in ctx.attr.given or not base else getattr(base, field or name)

def _root(file):
    """The folder that a file's repository is in, of sources or of what the build makes."""
    path = file.short_path

    # Of another repository it is `../REPOSITORY/PATH`.
    inside = path.split("/", 2)[2] if path.startswith("../") else path
    return file.path.removesuffix(inside).removesuffix("/")

def _linker_input(ctx, script, parts):
    return cc_common.create_linker_input(
        additional_inputs = depset([script], transitive = [parts]),
        owner = ctx.label,
        user_link_flags = depset([
            "-T" + script.path,
        ] + [
            # What the script includes is named from the root of its repository, or of what the build makes of it.
            "-L" + (root or ".")
            for root in {_root(part): None for part in parts.to_list()}
        ] + [
            "-nostdlib",
            # Each apart: gcc's specs replace -lc.
            "-Wl,--start-group",
            "-lc",
            "-lm",
            "-lgcc",
            "-Wl,--end-group",
        ]),
    )

def _emulator(target):
    """What the rules need to run an emulator: a program with its own runfiles, or the first of several files."""
    if not target:
        return None
    info = target[DefaultInfo]
    return struct(
        files = info.files,
        program = info.files_to_run.executable or info.files.to_list()[0],
        runfiles = info.default_runfiles,
        to_run = info.files_to_run,
    )

def _exec_env_impl(ctx):
    base = ctx.attr.base[ExecEnvInfo] if ctx.attr.base else None
    script = _own_or_base(ctx, base, "linker_script", ctx.file.linker_script)
    parts = _own_or_base(ctx, base, "linker_script_parts", depset(ctx.files.linker_script_parts))

    # Without a script: one that an environment with this base may have instead is the only one then.
    code = _own_or_base(ctx, base, "deps", cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]), "code")
    linking = cc_common.create_linking_context(
        linker_inputs = depset([_linker_input(ctx, script, parts)] if script else []),
    )
    return [
        cc_common.merge_cc_infos(cc_infos = [code, CcInfo(linking_context = linking)]),
        ExecEnvInfo(
            arguments = _own_or_base(ctx, base, "emulator_args", ctx.attr.emulator_args, "arguments"),
            code = code,
            core = ctx.attr.core,
            emulator = _own_or_base(ctx, base, "emulator", _emulator(ctx.attr.emulator)),
            exit_line = _own_or_base(ctx, base, "exit_line", ctx.attr.exit_line),
            linker_script = script,
            linker_script_parts = parts,
            ticks_per_microsecond = _own_or_base(ctx, base, "ticks_per_microsecond", ctx.attr.ticks_per_microsecond),
            uf2_absolute = _own_or_base(ctx, base, "uf2_absolute", ctx.attr.uf2_absolute),
            uf2_family = _own_or_base(ctx, base, "uf2_family", ctx.attr.uf2_family),
        ),
    ]

_exec_env = rule(
    implementation = _exec_env_impl,
    attrs = {
        "base": attr.label(
            doc = "An `exec_env`: each attribute that was not given for this one is the base's.",
            providers = [CcInfo, ExecEnvInfo],
        ),
        "core": attr.string(
            doc = "What its core is called: the name of the platform.",
        ),
        "deps": attr.label_list(
            cfg = _platform_transition,
            doc = "The start-up code and the board's functions.",
            providers = [CcInfo],
        ),
        "emulator": attr.label(
            cfg = "exec",
            doc = "The program that runs firmware.",
        ),
        "emulator_args": attr.string_list(
            doc = "Its arguments, before `-kernel` and the program.",
        ),
        "exit_line": attr.bool(
            doc = "A program ends as on a real board, by a line with its exit code; the emulator is stopped then.",
        ),
        "given": attr.string_list(
            doc = "Which of these attributes are not the base's.",
        ),
        "linker_script": attr.label(
            allow_single_file = [".ld"],
            doc = "The linker script, with the board's memory.",
        ),
        "platform": attr.label(
            doc = "The environment's platform.",
            mandatory = True,
        ),
        "requires": attr.label_list(
            doc = "What must be there, or programs for this environment are left out.",
        ),
        "ticks_per_microsecond": attr.int(
            doc = "How fast the core's counter runs in the emulator: see firmware/runtime/ticks.h. 0 if that is not known.",
        ),
        "uf2_absolute": attr.string(
            doc = "For the RP2350: the address of a page of flash that no program uses. UF2 files then begin with a block for it, which chips of revision A2 need if they have a partition table (erratum RP2350-E10).",
        ),
        "uf2_family": attr.string(
            doc = "The number of its chips in UF2 files, e.g. `0xe48bff59`. Without one there are no UF2 files.",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "linker_script_parts": attr.label_list(
            allow_files = [".ld"],
            doc = "What the script includes.",
        ),
    },
    doc = "Where firmware runs.",
    provides = [CcInfo, ExecEnvInfo],
)

def _is_number(text):
    digits = text.lower().removeprefix("0x")
    return bool(digits) and all([digit in ("0123456789abcdef" if text.lower().startswith("0x") else "0123456789") for digit in digits.elems()])

def uf2_error(family, absolute):
    """Says why UF2 files can't be made with some arguments of exec_env: a pure function.

    Args:
      family: `uf2_family`, or None.
      absolute: `uf2_absolute`, or None.
    Returns:
      The end of a message, or None.
    """
    for key, text, example in [("uf2_family", family, "0xe48bff59"), ("uf2_absolute", absolute, "0x10ffff00")]:
        if text and not _is_number(text):
            return "{} = \"{}\" is not a number, such as \"{}\"".format(key, text, example)
    return None

def exec_env(
        *,
        name,
        platform,
        base = None,
        deps = None,
        linker_script = None,
        linker_script_parts = None,
        emulator = None,
        emulator_args = None,
        exit_line = None,
        ticks_per_microsecond = None,
        uf2_family = None,
        uf2_absolute = None,
        requires = [],
        **kwargs):
    """Declares where programs run: a board or its emulator.

    For a board that isn't of `mnist_micro` it also declares the board's platform, `<name>_platform`.

    Args:
      name: of the environment.
      platform: the platform of its core, e.g. `@mnist_micro//firmware/platforms:cortex_m4f`.
      base: an exec_env: each argument below that is not given (or None) is the base's, except `requires`.
      deps: the start-up code and the board's functions of `firmware/runtime/board.h`.
      linker_script: a file with the board's memory, `.ld`.
      linker_script_parts: what it includes, named from the root of the repository that has it.
      emulator: the program that runs firmware, or none. It is called as QEMU is: with `-kernel` and the program, and
        perhaps `-semihosting-config`. Of a target with several files it is the first.
      emulator_args: its arguments, before `-kernel` and the program.
      exit_line: whether a program ends as on a real board, by a line with its exit code. A test stops the emulator then;
        `bazel run` leaves it running until Ctrl-C.
      ticks_per_microsecond: how fast the core's counter runs in the emulator, for `firmware_report`.
      uf2_family: the number of its chips in UF2 files, e.g. `0xe48bff59`. Without one there are no UF2 files.
      uf2_absolute: for the RP2350: the address of a page of flash that no program uses. UF2 files then begin with a
        block for it, which chips of revision A2 need if they have a partition table (erratum RP2350-E10).
      requires: what must be there, or programs for this environment are left out.
      **kwargs: the usual attributes.
    """
    error = uf2_error(uf2_family, uf2_absolute)
    if error:
        fail("{}: {}".format(name, error))
    label = native.package_relative_label(name)
    own_platform = exec_env_platform(label)
    if own_platform == str(label) + "_platform":
        native.platform(
            name = name + "_platform",
            parents = [platform],
            visibility = kwargs.get("visibility"),
        )
    given = {
        key: value
        for key, value in {
            "deps": deps,
            "emulator": emulator,
            "emulator_args": emulator_args,
            "exit_line": exit_line,
            "linker_script": linker_script,
            "linker_script_parts": linker_script_parts,
            "ticks_per_microsecond": ticks_per_microsecond,
            "uf2_absolute": uf2_absolute,
            "uf2_family": uf2_family,
        }.items()
        if value != None
    }
    _exec_env(
        name = name,
        base = base,
        core = Label(platform).name,
        given = given.keys(),
        platform = own_platform,
        requires = requires,
        **(kwargs | given)
    )
