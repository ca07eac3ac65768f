# SPDX-License-Identifier: Apache-2.0
"""A model's class that no rule of ours generates, for the tests that take any engine."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:defs.bzl", "TfliteLibraryInfo", "TfliteModelInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS")  # buildifier: disable=bzl-visibility
load("//rules/private:run_model.bzl", "RUN_MODEL_ATTRS", "link_run_model")  # buildifier: disable=bzl-visibility

def _other_engine_impl(ctx):
    info = ctx.attr.library[CcInfo]
    return [TfliteLibraryInfo(
        class_name = ctx.attr.class_name,
        engine_date = None,
        include = ctx.attr.include,
        integer_inputs = None,
        model = ctx.attr.model[TfliteModelInfo],
        program = link_run_model(ctx, class_name = ctx.attr.class_name, include = ctx.attr.include, info = info),
    )]

other_engine = rule(
    implementation = _other_engine_impl,
    attrs = CC_ATTRS | RUN_MODEL_ATTRS | {
        "class_name": attr.string(
            doc = "With its namespace.",
            mandatory = True,
        ),
        "include": attr.string(
            doc = "The header's path.",
            mandatory = True,
        ),
        "library": attr.label(
            doc = "The `cc_library` with the class.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "model": attr.label(
            doc = "The `tflite_model` that the class is of.",
            mandatory = True,
            providers = [TfliteModelInfo],
        ),
    },
    doc = "The class of a model by an engine that is written by hand.",
    fragments = ["cpp"],
    provides = [TfliteLibraryInfo],
    toolchains = CC_TOOLCHAINS,
)
