"""tflm_cc_library: a C++ class for a model."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path")
load("//rules/private:names.bzl", "camel_case", "is_class_name", "symbol_of")
load(":providers.bzl", "TflmArenaInfo", "TflmLibraryInfo")
load(":tflite_cc_library.bzl", "tflite_cc_library")
load(":tflite_model.bzl", "tflite_model")
load(":tflm_arena.bzl", "tflm_arena")
load(":tflm_arena_test.bzl", "tflm_arena_test")
load(":tflm_op_resolver.bzl", "tflm_op_resolver")
load(":tflm_parity_test.bzl", "tflm_parity_test")

def _tflm_model_class_impl(ctx):
    arena = ctx.attr.arena[TflmArenaInfo]
    for part in [arena.array, arena.resolver]:
        if part.symbol != arena.symbol or part.namespace != arena.namespace:
            fail("{}: array, resolver and arena must have the same symbol and namespace".format(ctx.label))
    class_name = ctx.attr.class_name or camel_case(arena.symbol)
    if not is_class_name(class_name):
        fail("{}: class_name \"{}\" must be CamelCase".format(ctx.label, class_name))
    description = arena.array.model.description
    header = ctx.actions.declare_file(ctx.label.name + ".h")
    include = header_path(ctx, header.basename)
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
        deps = [ctx.attr.array, ctx.attr.resolver, ctx.attr.arena, ctx.attr._tflm_model],
    )
    return [
        DefaultInfo(files = depset([header])),
        OutputGroupInfo(
            # The header alone knows nothing of TFLM: who builds the class must not learn only from its
            # first user that TFLM can't run the model. The measurement needs the resolver, too.
            _validation = depset([arena.json]),
            json = depset([arena.json, description]),
        ),
        info,
        TflmLibraryInfo(
            arena = arena,
            class_name = "{}::{}".format(arena.namespace, class_name),
            include = include,
            model = arena.array.model,
        ),
    ]

tflm_model_class = rule(
    implementation = _tflm_model_class_impl,
    attrs = CC_ATTRS | {
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
            doc = "Whether Create() verifies the model.",
        ),
        "_generate": attr.label(
            cfg = "exec",
            default = Label("//micro:generate_model_class"),
            executable = True,
        ),
        "_tflm_model": attr.label(
            default = Label("//tflm_model"),
            providers = [CcInfo],
        ),
    },
    doc = "The class of a model, from its array, resolver and arena: see tflm_cc_library.",
    fragments = ["cpp"],
    provides = [CcInfo, TflmLibraryInfo],
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
        largest_arena = 1024 * 1024,
        verify = True,
        test_samples = 0,
        **kwargs):
    """A C++ class for a model, to depend on from `cc_library` and others.

    The header is `<package>/<name>.h`. The class has `Create()`, `input<i>()` and `output<i>()` (typed
    views with shape and quantization), `QuantizeInput<i>()`, `Invoke()`, `DequantizeOutput<i>()` and
    `ArgMax<i>()`. Everything that can fail returns a `Status`. The arena is part of the object: no heap,
    no exceptions, and as many instances and models in one program as there is memory for.

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
      largest_arena: an arena in bytes that is certainly enough.
      verify: whether `Create()` verifies the model, which a build has verified already: it finds
        damage in flash, and costs 34 KB of code on x86-64.
      test_samples: if not 0, the tests `<name>_arena_test` (tflm_arena_test) and `<name>_parity_test`
        (tflm_parity_test, with so many generated samples against the official wheel) are made too.
        Floats may then be 4 units in the last place apart.
      **kwargs: of all rules, such as visibility and tags; handed on to all targets.
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
        tflm_parity_test(
            name = name + "_parity_test",
            size = "small",
            generated = test_samples,
            library = name,
            max_ulp = 4,
            **test_kwargs
        )
