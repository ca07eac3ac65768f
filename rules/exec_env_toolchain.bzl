# SPDX-License-Identifier: Apache-2.0
"""exec_env_toolchain: where the build runs programs that it makes for a platform, e.g. those that try arenas."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:providers.bzl", "ExecEnvInfo")

EXEC_ENV_TOOLCHAIN_TYPE = Label("//rules:exec_env_toolchain_type")

def _exec_env_toolchain_impl(ctx):
    env = ctx.attr.exec_env[ExecEnvInfo] if ctx.attr.exec_env else None
    return [platform_common.ToolchainInfo(
        arguments = env.arguments if env else [],
        arena_trial = [ctx.attr.arena_trial[CcInfo]] + ([ctx.attr.exec_env[CcInfo]] if env else []),
        emulator = env.emulator if env else None,
        environment = ctx.attr.exec_env.label.name if env else "",
        link = ctx.attr.link[DefaultInfo].files_to_run if ctx.attr.link else None,
    )]

exec_env_toolchain = rule(
    implementation = _exec_env_toolchain_impl,
    attrs = {
        "arena_trial": attr.label(
            doc = "The library that tries arenas there, with what it prints by.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "exec_env": attr.label(
            doc = "The `exec_env`. Default: the machine that builds runs the programs itself.",
            providers = [CcInfo, ExecEnvInfo],
        ),
        "link": attr.label(
            cfg = "exec",
            doc = "The program that links for a chip, `//firmware:link`. Default: the C++ toolchain's linker alone.",
            executable = True,
        ),
    },
    doc = "Where the build runs programs that it makes for a platform. Register a toolchain of `//rules:exec_env_toolchain_type` with it for a platform of your own.",
    provides = [platform_common.ToolchainInfo],
)
