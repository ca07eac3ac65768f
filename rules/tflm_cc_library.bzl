# SPDX-License-Identifier: Apache-2.0
"""tflm_cc_library: a C++ class for a model."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path")
load("//rules/private:names.bzl", "camel_case", "is_class_name", "resolver_names", "symbol_of")
load("//rules/private:run_model.bzl", "RUN_MODEL_ATTRS", "link_run_model")
load(":providers.bzl", "TfliteLibraryInfo", "TflmArenaInfo", "TflmLibraryInfo")
load(":tflite_cc_library.bzl", "tflite_cc_library")
load(":tflite_model.bzl", "tflite_model")
load(":tflite_parity_test.bzl", "tflite_parity_test")
load(":tflm_arena.bzl", "tflm_arena")
load(":tflm_arena_test.bzl", "tflm_arena_test")
load(":tflm_op_resolver.bzl", "tflm_op_resolver")

def _tflm_model_class_impl(ctx):
    arena = ctx.attr.arena[TflmArenaInfo]
    for part in [arena.array, arena.resolver]:
        if part.symbol != arena.symbol or part.namespace != arena.namespace:
            fail("{}: array, resolver and arena must have the same symbol and namespace".format(ctx.label))
    class_name = ctx.attr.class_name or camel_case(arena.symbol)
    if not is_class_name(class_name):
        fail("{}: class_name \"{}\" must be CamelCase".format(ctx.label, class_name))
    if class_name in resolver_names(arena.symbol):
        fail("{}: class_name \"{}\" is taken by the op resolver's header: choose another".format(ctx.label, class_name))
    description = arena.array.model.description
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    include = header_path(ctx)
    ctx.actions.run(
        outputs = [header],
        inputs = [description],
        executable = ctx.executable._generate,
        arguments = [
            ctx.actions.args().add(description, format = "--description=%s"),
            ctx.actions.args().add(header, format = "--header=%s"),
            "--symbol=" + arena.symbol,
            "--class_name=" + class_name,
            "--namespace=" + arena.namespace,
            "--header_path=" + include,
            "--include=" + arena.array.include,
            "--include=" + arena.resolver.include,
            "--include=" + arena.include,
            "--verify" if ctx.attr.verify else "--noverify",
        ],
        mnemonic = "GenerateTflmClass",
        progress_message = "Generating the class of the model %{label}",
    )
    info, _ = compile_library(
        ctx,
        hdrs = [header],
        deps = [ctx.attr.array, ctx.attr.resolver, ctx.attr.arena, ctx.attr._tflm],
    )
    qualified_name = "{}::{}".format(arena.namespace, class_name)
    program = link_run_model(ctx, class_name = qualified_name, include = include, info = info)
    return [
        DefaultInfo(files = depset([header])),
        OutputGroupInfo(
            # The header alone knows nothing of TFLM: a build of the class alone, without a user of it,
            # must show already that TFLM can't run the model. The measurement needs the resolver, too.
            _validation = depset([arena.json]),
            json = depset([arena.json, description]),
        ),
        info,
        TfliteLibraryInfo(
            class_name = qualified_name,
            engine_date = ctx.file._tflm_source,
            include = include,
            integer_inputs = arena.resolver.verdicts[arena.array.model.model],
            model = arena.array.model,
            program = program,
        ),
        TflmLibraryInfo(arena = arena),
    ]

tflm_model_class = rule(
    implementation = _tflm_model_class_impl,
    attrs = CC_ATTRS | RUN_MODEL_ATTRS | {
        "arena": attr.label(
            doc = "The `tflm_arena` of the model.",
            mandatory = True,
            providers = [[CcInfo, TflmArenaInfo]],
        ),
        "array": attr.label(
            doc = "The `tflite_cc_library` that the arena was measured with.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "class_name": attr.string(
            doc = "The class, CamelCase. Default: the symbol of the arena in CamelCase.",
        ),
        "resolver": attr.label(
            doc = "The `tflm_op_resolver` that the arena was measured with.",
            mandatory = True,
            providers = [CcInfo],
        ),
        "verify": attr.bool(
            default = True,
            doc = "Whether Create() compares the checksum of the model's bytes.",
        ),
        "_generate": attr.label(
            cfg = "exec",
            default = Label("//tflm:generate_model_class"),
            executable = True,
        ),
        "_tflm": attr.label(
            default = Label("//tflm"),
            providers = [CcInfo],
        ),
        "_tflm_source": attr.label(
            allow_single_file = True,
            default = Label("@tflite_micro//:source_info_header"),
        ),
    },
    doc = "The class of a model, from its array, resolver and arena: see tflm_cc_library.",
    fragments = ["cpp"],
    provides = [CcInfo, TfliteLibraryInfo, TflmLibraryInfo],
    toolchains = CC_TOOLCHAINS,
)

def tflm_cc_library(
        *,
        name,
        namespace,
        model = None,
        src = None,
        symbol = None,
        class_name = None,
        arena_inputs = [],
        largest_arena = 0,
        trial_seconds = 0,
        verify = True,
        test_samples = 0,
        test_reference = "tflm_wheel",
        max_steps = 0,
        **kwargs):
    """A C++ class for a model, to depend on from `cc_library` and others.

    The header is `<package>/<name>.h`. The class has `Create()`, `input<i>()` and `output<i>()` (typed
    views with shape and quantization), `QuantizeInput<i>()`, `Invoke()`, `DequantizeOutput<i>()`,
    `ArgMax<i>()`, and `Reset()` for models that keep state from one call to the next. Everything that can
    fail returns a `Status`. The arena is part of the object: no heap, no exceptions, and as many instances
    and models in one program as there is memory for.

    Beside the class it makes `<name>_data` (tflite_cc_library), `<name>_op_resolver` (tflm_op_resolver)
    and `<name>_arena` (tflm_arena).

    Args:
      name: name of the library.
      namespace: the C++ namespace of all that is generated.
      model: a `tflite_model`.
      src: a `.tflite` file, in place of `model`: makes the `tflite_model` `<name>_model`.
      symbol: what it is named after, snake_case. Default: the name.
      class_name: the class, CamelCase. Default: the symbol in CamelCase.
      arena_inputs: raw bytes for each of the model's inputs, to measure the arena with. Default:
        generated numbers.
      largest_arena: an arena in bytes that is certainly enough. Default: more than TFLM used when the
        build tried the model.
      trial_seconds: how many seconds of processor time the model may take when the build tries it; 0 for
        60. A model that takes longer is refused.
      verify: whether `Create()` compares the checksum (CRC-32) of the model's bytes with that of the
        build: it finds damage in flash. It costs about 200 bytes of code, and reads the model once.
      test_samples: if not 0, the tests `<name>_arena_test` (tflm_arena_test) and `<name>_parity_test`
        (tflite_parity_test, with so many generated samples against `test_reference`) are made too.
        Floats may then be 4 units in the last place apart. Both have a minute; if a model takes
        longer, leave this 0 and declare them with the `size` that they need.
      test_reference: `tflm_wheel`, or `litert` for models that the official wheel can't run, such as
        those of uint8.
      max_steps: how far integers may be apart in the parity test. If the wheel and the linked TFLM are
        of different dates a kernel may have changed in between; the test's message says so.
      **kwargs: of all rules, such as visibility and tags; passed on to all targets.
    """
    if bool(model) == bool(src):
        fail("tflm_cc_library {}: needs either model or src".format(name))
    symbol = symbol or symbol_of(name)
    if src:
        model = name + "_model"
        tflite_model(name = model, src = src, **kwargs)
    tflite_cc_library(
        name = name + "_data",
        model = model,
        namespace = namespace,
        symbol = symbol,
        **kwargs
    )
    tflm_op_resolver(
        name = name + "_op_resolver",
        models = [model],
        namespace = namespace,
        symbol = symbol,
        trial_seconds = trial_seconds,
        **kwargs
    )
    tflm_arena(
        name = name + "_arena",
        array = name + "_data",
        inputs = arena_inputs,
        largest = largest_arena,
        namespace = namespace,
        resolver = name + "_op_resolver",
        symbol = symbol,
        **kwargs
    )
    tflm_model_class(
        name = name,
        arena = name + "_arena",
        array = name + "_data",
        class_name = class_name,
        resolver = name + "_op_resolver",
        verify = verify,
        **kwargs
    )
    if test_samples:
        test_kwargs = {key: value for key, value in kwargs.items() if key != "testonly"}
        tflm_arena_test(
            name = name + "_arena_test",
            size = "small",
            arena = name + "_arena",
            **test_kwargs
        )
        tflite_parity_test(
            name = name + "_parity_test",
            size = "small",
            generated = test_samples,
            library = name,
            max_steps = max_steps,
            max_ulp = 4,
            reference = test_reference,
            **test_kwargs
        )
