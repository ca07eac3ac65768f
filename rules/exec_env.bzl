# SPDX-License-Identifier: Apache-2.0
"""exec_env: where firmware runs: a board or its emulator, with the core, the memory and the start-up code."""

load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:exec_envs.bzl", "exec_env_platform")
load("//rules:providers.bzl", "ExecEnvInfo")
load("//rules/private:chip.bzl", "CHIP_SETTINGS", "chip_settings")

def _platform_transition_impl(_settings, attr):
    return chip_settings(str(attr.platform))

# So that who runs firmware can ask for its environment in the host's configuration.
_platform_transition = transition(
    implementation = _platform_transition_impl,
    inputs = [],
    outputs = CHIP_SETTINGS,
)

def _exec_env_impl(ctx):
    base = ctx.attr.base[ExecEnvInfo] if ctx.attr.base else None
    script = ctx.file.linker_script or (base.linker_script if base else None)
    parts = depset(
        ctx.files.linker_script_parts,
        transitive = [base.linker_script_parts] if base else [],
    )
    infos = [dep[CcInfo] for dep in ctx.attr.deps] + ([ctx.attr.base[CcInfo]] if base else [])
    if ctx.file.linker_script:
        linker_input = cc_common.create_linker_input(
            additional_inputs = depset([script], transitive = [parts]),
            owner = ctx.label,
            user_link_flags = depset([
                "-T" + script.path,
            ] + [
                # What the script includes is named from the root of its repository.
                "-L" + (root or ".")
                for root in {part.owner.workspace_root: None for part in parts.to_list()}
            ] + [
                "-nostdlib",
                "-Wl,--start-group,-lc,-lm,-lgcc,--end-group",
            ]),
        )
        infos.append(CcInfo(linking_context = cc_common.create_linking_context(linker_inputs = depset([linker_input]))))
    return [
        cc_common.merge_cc_infos(cc_infos = infos),
        ExecEnvInfo(
            arguments = ctx.attr.emulator_args or (base.arguments if base else []),
            core = ctx.attr.core,
            emulator = ctx.attr.emulator or (base.emulator if base else None),
            exit_line = ctx.attr.exit_line or (base.exit_line if base else False),
            linker_script = script,
            linker_script_parts = parts,
            ticks_per_microsecond = ctx.attr.ticks_per_microsecond or (base.ticks_per_microsecond if base else 0),
            uf2_absolute = ctx.attr.uf2_absolute or (base.uf2_absolute if base else ""),
            uf2_family = ctx.attr.uf2_family or (base.uf2_family if base else ""),
        ),
    ]

_exec_env = rule(
    implementation = _exec_env_impl,
    attrs = {
        "base": attr.label(
            doc = "An `exec_env` whose attributes are taken where this one has none.",
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
            doc = "The program that runs firmware. Default: the base's.",
        ),
        "emulator_args": attr.string_list(
            doc = "Its arguments, before `-kernel` and the program.",
        ),
        "exit_line": attr.bool(
            doc = "A program ends as on a real board, by a line with its exit code; the emulator is stopped then.",
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

def exec_env(*, name, platform, base = None, **kwargs):
    """Declares an execution environment, and for a board that isn't of this repository its platform, `<name>_platform`.

    Args:
      name: of the environment.
      platform: the platform of its core, e.g. `//firmware/platforms:cortex_m4f`.
      base: an exec_env whose attributes are taken where this one has none.
      **kwargs: `deps`, `requires`, `emulator`, `emulator_args`, `exit_line`, `linker_script`, `linker_script_parts`, `ticks_per_microsecond`, `uf2_family`, `uf2_absolute`, and the usual attributes.
    """
    label = native.package_relative_label(name)
    own_platform = exec_env_platform(label)
    if own_platform == str(label) + "_platform":
        native.platform(
            name = name + "_platform",
            parents = [platform],
            visibility = kwargs.get("visibility"),
        )
    _exec_env(
        name = name,
        base = base,
        core = Label(platform).name,
        platform = own_platform,
        **kwargs
    )
