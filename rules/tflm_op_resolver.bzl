# SPDX-License-Identifier: Apache-2.0
"""tflm_op_resolver: exactly the operators that models need."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path")
load("//rules/private:judge.bzl", "JUDGE_ATTRS", "try_model")
load("//rules/private:names.bzl", "check_names", "symbol_of")
load(":providers.bzl", "TfliteModelInfo", "TflmOpResolverInfo")

def _tflm_op_resolver_impl(ctx):
    symbol = ctx.attr.symbol or symbol_of(ctx.label.name)
    check_names(ctx.label, symbol, ctx.attr.namespace)
    if ctx.attr.trial_seconds < 0 or ctx.attr.trial_seconds > 3600:
        fail("{}: trial_seconds must be from 0 to 3600".format(ctx.label))

    # An alias gives the same model again.
    models = depset([model[TfliteModelInfo].model for model in ctx.attr.models]).to_list()
    verdicts = {
        model: try_model(ctx, model = model, name = "{}_{}".format(ctx.label.name, i), seconds = ctx.attr.trial_seconds)
        for i, model in enumerate(models)
    }
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    include = header_path(ctx)
    ctx.actions.run(
        outputs = [header],
        inputs = models + verdicts.values() + [ctx.file._tflm_description],
        executable = ctx.executable._generate,
        arguments = [
            ctx.actions.args().add_all(models, format_each = "--model=%s"),
            ctx.actions.args().add_all(verdicts.values(), format_each = "--verdict=%s"),
            ctx.actions.args().add(ctx.file._tflm_description, format = "--tflm=%s"),
            ctx.actions.args().add(header, format = "--output=%s"),
            "--name=" + symbol,
            "--namespace=" + ctx.attr.namespace,
            "--header_path=" + include,
        ],
        mnemonic = "GenerateTflmOpResolver",
        progress_message = "Generating the op resolver %{label}",
    )
    info, _ = compile_library(ctx, hdrs = [header], deps = [ctx.attr._tflm])
    return [
        DefaultInfo(files = depset([header])),
        OutputGroupInfo(verdicts = depset(verdicts.values())),
        info,
        TflmOpResolverInfo(
            include = include,
            models = depset(models),
            namespace = ctx.attr.namespace,
            symbol = symbol,
            verdicts = verdicts,
        ),
    ]

tflm_op_resolver = rule(
    implementation = _tflm_op_resolver_impl,
    attrs = CC_ATTRS | JUDGE_ATTRS | {
        "models": attr.label_list(
            allow_empty = False,
            doc = "The `tflite_model`s: of several the union of their operators.",
            mandatory = True,
            providers = [TfliteModelInfo],
        ),
        "namespace": attr.string(
            doc = "The C++ namespace of the resolver.",
            mandatory = True,
        ),
        "symbol": attr.string(
            doc = "What the resolver is named after, snake_case: \"my_model\" gives `MyModelOpResolver` and `RegisterMyModelOps`. Default: the target's name.",
        ),
        "trial_seconds": attr.int(
            doc = "How many seconds of processor time a model may take when the build tries it; 0 for 60. A model that takes longer is refused.",
        ),
        "_generate": attr.label(
            cfg = "exec",
            default = Label("//tflm:op_resolver_generator"),
            executable = True,
        ),
        "_tflm": attr.label(
            default = Label("@tflite_micro//:tflite_micro"),
            providers = [CcInfo],
        ),
        "_tflm_description": attr.label(
            allow_single_file = True,
            default = Label("//tflm:tflm.json"),
        ),
    },
    doc = """A TFLM op resolver with exactly the operators of the models.

The header is `<package>/<name>.h`. It declares the type `<Symbol>OpResolver` and the function
`Register<Symbol>Ops`. The build tries each model in the linked TFLM: one that it does not run, or is
known to run wrongly, fails the build in one line. What TFLM did is in the output group `verdicts`.
""",
    fragments = ["cpp"],
    provides = [CcInfo, TflmOpResolverInfo],
    toolchains = CC_TOOLCHAINS,
)
