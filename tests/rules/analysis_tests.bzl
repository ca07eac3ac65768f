# SPDX-License-Identifier: Apache-2.0
"""Analysis tests of the rules: what they refuse, with their messages, and what they pass on.

Bazel's own analysis tests; bazel_skylib and rules_testing are not needed.
"""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:defs.bzl", "TfliteArrayInfo", "TfliteLibraryInfo", "TfliteModelInfo", "TflmArenaInfo", "TflmLibraryInfo", "TflmOpResolverInfo", "tflite_aot_library", "tflite_cc_library", "tflite_model", "tflite_parity_test", "tflite_size_test", "tflm_arena", "tflm_cc_library")
load("//rules:tflite_aot_library.bzl", "compiled_model")

# --- failures ---------------------------------------------------------------------------------------

def _failure_test_impl(ctx):
    target = ctx.attr.target[0]
    if AnalysisFailureInfo not in target:
        return [AnalysisTestResultInfo(success = False, message = "{}: was not refused".format(target.label))]
    messages = [cause.message for cause in target[AnalysisFailureInfo].causes.to_list()]
    found = [message for message in messages if ctx.attr.message in message]
    if not found:
        return [AnalysisTestResultInfo(success = False, message = "expected \"{}\", got {}".format(ctx.attr.message, messages))]

    # Not the messages: they contain the path of this clone, and what a test prints is part of its key.
    return [AnalysisTestResultInfo(success = True, message = "refused with \"{}\"".format(ctx.attr.message))]

analysis_failure_test = rule(
    implementation = _failure_test_impl,
    analysis_test = True,
    attrs = {
        "message": attr.string(
            doc = "What the message must contain.",
            mandatory = True,
        ),
        "target": attr.label(
            cfg = analysis_test_transition(settings = {"//command_line_option:allow_analysis_failures": "True"}),
            doc = "The target that must be refused.",
            mandatory = True,
        ),
    },
    doc = "Passes if the analysis of a target fails with a message.",
)

# --- what rules pass on --------------------------------------------------------------------------------

def _check(failures, condition, message):
    if not condition:
        failures.append(message)

def _action(target, mnemonic):
    found = [action for action in target.actions if action.mnemonic == mnemonic]
    return found[0] if len(found) == 1 else None

def _headers(target):
    return [file.short_path for file in target[CcInfo].compilation_context.headers.to_list()]

def _test_model(failures, target):
    info = target[TfliteModelInfo]
    _check(failures, target[DefaultInfo].files.to_list() == [info.model], "the default output is not the model alone")
    _check(failures, info.model.basename == "halves_model.tflite", "the model is {}".format(info.model))
    action = _action(target, "ConvertTfliteModel")
    converted = "--output={}.converted/halves_model.tflite".format(info.model.path.removesuffix(".tflite"))
    _check(failures, action and converted in action.argv, "the converter's arguments are {}".format(action and action.argv))

def _test_array(failures, target):
    info = target[TfliteArrayInfo]
    _check(failures, info.include == "tests/rules/halves_data.h", "include is {}".format(info.include))
    _check(failures, info.symbol == "halves" and info.namespace == "rules_test::deep", "names are {}".format(info))
    _check(failures, "tests/rules/halves_data.h" in _headers(target), "headers are {}".format(_headers(target)))

def _test_resolver(failures, target):
    names = [file.basename for file in target[TflmOpResolverInfo].models.to_list()]
    _check(failures, names == ["halves_model.tflite", "mnist_model_quantized.tflite"], "models are {}".format(names))

    # What the linked TFLM can run, types and all: //tests/converted_models:refusals_test shows what it refuses.
    action = _action(target, "GenerateTflmOpResolver")
    given = [arg for arg in (action.argv if action else []) if arg.startswith("--tflm=") and arg.endswith("/tflm/tflm.json")]
    _check(failures, len(given) == 1, "the generator's arguments are {}".format(action and action.argv))

def _test_arena(failures, target):
    action = _action(target, "MeasureArena")
    programs = [arg for arg in (action.argv if action else []) if arg.startswith("--program=")]
    program = programs[0] if programs else ""
    _check(failures, program.endswith("tests/rules/halves_arena_trial"), "the program is {}".format(program))

    # The model would be trained and converted again for another configuration.
    _check(failures, "-exec" not in program and "ST-" not in program, "{} is not of the target configuration".format(program))
    _check(failures, target[TflmArenaInfo].json.basename == "halves_arena.json", "json is {}".format(target[TflmArenaInfo].json))

def _test_class(failures, target):
    info = target[TfliteLibraryInfo]
    _check(failures, info.class_name == "rules_test::deep::HalvesOfSum", "class_name is {}".format(info.class_name))
    headers = _headers(target)
    for name in ["halves.h", "halves_data.h", "halves_op_resolver.h", "halves_arena.h"]:
        _check(failures, "tests/rules/" + name in headers, "{} is not among the headers".format(name))
    action = _action(target, "GenerateTflmClass")
    _check(failures, action and "--verify" in action.argv, "verify is not the default")

    arena = target[TflmLibraryInfo].arena
    _check(failures, arena.json.basename == "halves_arena.json", "arena is {}".format(arena.json))

    # A model that TFLM can't run must fail the build of the class itself.
    validated = [file.basename for file in target[OutputGroupInfo]._validation.to_list()]
    _check(failures, validated == ["halves_arena.json"], "what is built for validation is {}".format(validated))

def _unverified(failures, target):
    action = _action(target, "GenerateTflmClass")
    _check(failures, action and "--noverify" in action.argv, "verify = False has no effect")
    _check(failures, target[TfliteLibraryInfo].class_name == "rules_test::OtherHalves", "class_name is {}".format(target[TfliteLibraryInfo].class_name))

def _without_passes(failures, target):
    action = _action(target, "CompileTfliteModel")
    disabled = [argument for argument in (action.argv if action else []) if argument.startswith("--disable_pass")]
    _check(failures, disabled == ["--disable_pass=fuse_pooling", "--disable_pass=merge_tables"], "disabled are {}".format(disabled))

_TESTS = {
    "arena": _test_arena,
    "array": _test_array,
    "class": _test_class,
    "model": _test_model,
    "resolver": _test_resolver,
    "traced_without_passes": _without_passes,
    "unverified": _unverified,
    "without_passes": _without_passes,
}

def _provider_test_impl(ctx):
    failures = []
    _TESTS[ctx.attr.check](failures, ctx.attr.target)
    return [AnalysisTestResultInfo(success = not failures, message = "; ".join(failures))]

provider_test = rule(
    implementation = _provider_test_impl,
    analysis_test = True,
    attrs = {
        "check": attr.string(
            doc = "Which check.",
            mandatory = True,
            values = _TESTS.keys(),
        ),
        "target": attr.label(
            doc = "The target to look at.",
            mandatory = True,
        ),
    },
    doc = "Looks at the providers and actions of a target.",
)

# --- all of them ---------------------------------------------------------------------------------------

def rules_analysis_tests(*, name):
    """Declares the tests, and the targets that must be refused.

    Args:
      name: of the test suite.
    """
    refused = {
        "arena_too_small": (
            tflm_arena,
            dict(array = ":halves_data", largest = 8, namespace = "a", resolver = ":halves_op_resolver"),
            "largest must be at least 16 bytes and at most 1 GiB",
        ),
        "bad_namespace": (
            tflite_cc_library,
            dict(model = ":halves_model", namespace = "Bad::Name"),
            "namespace \"Bad::Name\" must be lower-case names, joined by ::",
        ),
        "bad_symbol": (
            tflite_cc_library,
            dict(model = ":halves_model", namespace = "a", symbol = "CamelCase"),
            "symbol \"CamelCase\" must be lower-case letters, digits and underscores",
        ),
        "model_of_both": (
            tflite_model,
            dict(converter = ":build_model", converter_args = ["{output}"], src = "//convert:mnist_model.tflite"),
            "needs either src or converter",
        ),
        "model_of_nothing": (tflite_model, {}, "needs either src or converter"),
        "model_without_output": (
            tflite_model,
            dict(converter = ":build_model", converter_args = ["--width=4"]),
            "converter_args must say where the model goes, by {output}",
        ),
        "other_resolver": (
            tflm_arena,
            dict(array = ":halves_data", namespace = "a", resolver = "//micro:mnist_model_op_resolver"),
            "is not of the model of",
        ),
        "negative_samples": (
            tflite_parity_test,
            dict(generated = -1, library = ":halves"),
            "generated must not be negative",
        ),
        "parity_without_golden": (
            tflite_parity_test,
            dict(generated = 1, library = ":halves", reference = "golden"),
            "outputs and reference = \"golden\" go together",
        ),
        "parity_without_samples": (
            tflite_parity_test,
            dict(library = ":halves"),
            "needs either inputs or generated",
        ),
        "size_without_limit": (
            tflite_size_test,
            dict(model = ":halves_model"),
            "needs max_bytes or max_arena_bytes",
        ),
        "useless_converter_args": (
            tflite_model,
            dict(converter_args = ["{output}"], src = "//convert:mnist_model.tflite"),
            "converter_args have no use",
        ),
    }
    tests = []
    for case, (declare, attributes, message) in refused.items():
        target = "refused_" + case
        declare(name = target, tags = ["manual"], testonly = True, **attributes)
        tests.append(case + "_is_refused_test")
        analysis_failure_test(name = tests[-1], message = message, target = target)
    refused_names = {
        "class_name": ("lower_case", "class_name \"lower_case\" must be CamelCase"),
        "registering_class_name": ("RegisterNamedOps", "class_name \"RegisterNamedOps\" is taken by the op resolver's header"),
        "resolving_class_name": ("NamedOpResolver", "class_name \"NamedOpResolver\" is taken by the op resolver's header"),
    }
    for case, (class_name, message) in refused_names.items():
        tflm_cc_library(
            name = "refused_" + case,
            class_name = class_name,
            model = ":halves_model",
            namespace = "a",
            symbol = "named",
            tags = ["manual"],
            testonly = True,
        )
        tests.append(case + "_is_refused_test")
        analysis_failure_test(name = tests[-1], message = message, target = "refused_" + case)

    tflite_aot_library(
        name = "halves_without_passes",
        testonly = True,
        disabled_passes = [
            "fuse_pooling",
            "merge_tables",
        ],
        model = ":halves_model",
        namespace = "a",
    )

    # As firmware_trace_test compiles it again.
    compiled_model(
        name = "halves_traced_without_passes",
        testonly = True,
        library = ":halves_without_passes",
        namespace = "b",
        trace = True,
    )
    targets = {
        "arena": ":halves_arena",
        "array": ":halves_data",
        "class": ":halves",
        "model": ":halves_model",
        "resolver": ":union_op_resolver",
        "traced_without_passes": ":halves_traced_without_passes",
        "unverified": ":other-halves",
        "without_passes": ":halves_without_passes",
    }
    for check, target in targets.items():
        tests.append(check + "_hands_on_test")
        provider_test(name = tests[-1], check = check, target = target)
    native.test_suite(name = name, tests = tests)
