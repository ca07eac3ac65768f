# SPDX-License-Identifier: Apache-2.0
"""tflite_size_test: a model and its arena stay within their budgets."""

load("//rules/private:script.bzl", "script")
load(":providers.bzl", "TfliteArenaInfo", "TfliteModelInfo")

def _tflite_size_test_impl(ctx):
    if not ctx.attr.max_bytes and not ctx.attr.max_arena_bytes:
        fail("{}: needs max_bytes or max_arena_bytes".format(ctx.label))
    if bool(ctx.attr.max_bytes) != bool(ctx.attr.model):
        fail("{}: model and max_bytes go together".format(ctx.label))
    if bool(ctx.attr.max_arena_bytes) != bool(ctx.attr.arena):
        fail("{}: arena and max_arena_bytes go together".format(ctx.label))
    arguments = []
    files = []
    if ctx.attr.model:
        description = ctx.attr.model[TfliteModelInfo].description
        files.append(description)
        arguments += ["--description=" + description.short_path, "--max_bytes={}".format(ctx.attr.max_bytes)]
    if ctx.attr.arena:
        json = ctx.attr.arena[TfliteArenaInfo].json
        files.append(json)
        arguments += ["--arena=" + json.short_path, "--max_arena_bytes={}".format(ctx.attr.max_arena_bytes)]
    return script(
        ctx,
        program = ctx.executable._check,
        arguments = arguments,
        files = files,
        runfiles = [ctx.attr._check[DefaultInfo].default_runfiles],
    )

tflite_size_test = rule(
    implementation = _tflite_size_test_impl,
    attrs = {
        "arena": attr.label(
            doc = "A `tflm_arena`, e.g. `<name>_arena` of a `tflm_cc_library`; or a `tflite_aot_library`.",
            providers = [TfliteArenaInfo],
        ),
        "max_arena_bytes": attr.int(doc = "The most that the arena may have: TFLM's measured one, or the working memory and the variables of a compiled model."),
        "max_bytes": attr.int(doc = "The most that the `.tflite` file may have."),
        "model": attr.label(
            doc = "A `tflite_model`.",
            providers = [TfliteModelInfo],
        ),
        "_check": attr.label(
            cfg = "target",
            default = Label("//rules/private:check_size"),
            executable = True,
        ),
    },
    doc = "Fails if the `.tflite` file or the arena is larger than allowed, and says by how much.",
    test = True,
)
