# SPDX-License-Identifier: Apache-2.0
"""Compiles most of TFLM once, not once more for each value of //third_party/tflite_micro:kernels."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

_KERNELS = "//third_party/tflite_micro:kernels"

def _transition_impl(_settings, _attr):
    return {_KERNELS: "reference"}

_transition = transition(
    implementation = _transition_impl,
    inputs = [],
    outputs = [_KERNELS],
)

def _same_for_all_kernels_impl(ctx):
    library = ctx.attr.library[0]
    return [library[CcInfo], library[DefaultInfo]]

same_for_all_kernels = rule(
    implementation = _same_for_all_kernels_impl,
    attrs = {
        "library": attr.label(
            cfg = _transition,
            doc = "A cc_library that does not depend on the setting.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    doc = "A library as it is with the reference kernels.",
    provides = [CcInfo],
)
