# SPDX-License-Identifier: Apache-2.0
"""link_failure: what is printed when a program can't be linked, as a file. For tests."""

load("//rules:firmware_binary.bzl", "exec_env_transition")

# What firmware_binary links with.
# buildifier: disable=bzl-visibility
load("//rules/private:firmware_link.bzl", "FIRMWARE_LINK", "link_firmware_expecting_failure")

def _link_failure_impl(ctx):
    return [DefaultInfo(files = depset([link_firmware_expecting_failure(ctx, name = ctx.label.name)]))]

link_failure = rule(
    implementation = _link_failure_impl,
    attrs = FIRMWARE_LINK.attrs | {
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    cfg = exec_env_transition,
    doc = "Links a program, which must fail, and writes what is printed.",
    fragments = FIRMWARE_LINK.fragments,
    toolchains = FIRMWARE_LINK.toolchains,
)
