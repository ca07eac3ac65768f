# SPDX-License-Identifier: Apache-2.0
"""When TFLM is compiled without its error messages."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")

_COMPILATION_MODE = "//command_line_option:compilation_mode"

_ERROR_STRINGS = "//third_party/tflite_micro:error_strings"

_PLATFORMS = "//command_line_option:platforms"

def _settings_impl(_settings, attr):
    return {
        _COMPILATION_MODE: attr.compilation_mode,
        _ERROR_STRINGS: attr.error_strings,
        _PLATFORMS: [Label("//firmware/platforms:" + attr.core if attr.core else "@platforms//host")],
    }

_settings = transition(
    implementation = _settings_impl,
    inputs = [],
    outputs = [
        _COMPILATION_MODE,
        _ERROR_STRINGS,
        _PLATFORMS,
    ],
)

def _impl(ctx):
    stripped = "TF_LITE_STRIP_ERROR_STRINGS" in ctx.attr.tflm[0][CcInfo].compilation_context.defines.to_list()
    said = "compiled without error messages" if stripped else "compiled with error messages"
    return [AnalysisTestResultInfo(success = stripped == ctx.attr.stripped, message = said)]

_test = rule(
    implementation = _impl,
    analysis_test = True,
    attrs = {
        "compilation_mode": attr.string(doc = "Of the build."),
        "core": attr.string(doc = "A platform of //firmware/platforms; empty: the host."),
        "error_strings": attr.string(doc = "The build setting."),
        "stripped": attr.bool(doc = "What is expected."),
        "tflm": attr.label(
            cfg = _settings,
            default = "@tflite_micro//:tflite_micro",
            doc = "TFLM.",
            providers = [CcInfo],
        ),
    },
    doc = "Looks at what TFLM is compiled with.",
)

def error_strings_tests(*, name):
    """Declares a test for each value of the setting, in a debug and in an optimized build.

    Args:
      name: prefix of the tests, and the name of the suite of all.
    """
    tests = []
    for core, error_strings, compilation_mode, stripped in [
        ("cortex_m4f", "auto", "opt", True),
        ("cortex_m4f", "auto", "dbg", False),
        ("cortex_m4f", "keep", "opt", False),
        ("cortex_m4f", "strip", "dbg", True),
        # A program on the host has them always.
        ("", "auto", "opt", False),
        ("", "strip", "opt", False),
    ]:
        tests.append("_".join([name, core or "host", error_strings, compilation_mode]))
        _test(
            name = tests[-1],
            compilation_mode = compilation_mode,
            core = core,
            error_strings = error_strings,
            stripped = stripped,
        )
    native.test_suite(name = name, tests = tests)
