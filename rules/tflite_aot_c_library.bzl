# SPDX-License-Identifier: Apache-2.0
"""tflite_aot_c_library: a compiled model in C alone."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library")
load(":providers.bzl", "TfliteAotInfo")
load(":tflite_aot_library.bzl", "compiled_model_flags")

def _tflite_aot_c_library_impl(ctx):
    model = ctx.attr.library[TfliteAotInfo]
    info, files = compile_library(
        ctx,
        conly_flags = compiled_model_flags(ctx),
        hdrs = [model.header],
        srcs = [model.source],
    )
    return [DefaultInfo(files = depset(files)), info]

tflite_aot_c_library = rule(
    implementation = _tflite_aot_c_library_impl,
    attrs = CC_ATTRS | {
        "library": attr.label(
            doc = "A `tflite_aot_library`.",
            mandatory = True,
            providers = [TfliteAotInfo],
        ),
    },
    doc = """The C of a compiled model, without its C++ class, for platforms that have no C++ library, such as WebAssembly.

Its header is that of the library: `<package>/<library>_c.h`.
""",
    fragments = ["cpp"],
    provides = [CcInfo],
    toolchains = CC_TOOLCHAINS,
)
