# SPDX-License-Identifier: Apache-2.0
"""tflite_aot_library: a model compiled to C, with a C++ class."""

load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules/private:cc.bzl", "CC_ATTRS", "CC_TOOLCHAINS", "compile_library", "header_path")
load("//rules/private:names.bzl", "camel_case", "check_names", "is_class_name", "symbol_of")
load("//rules/private:run_model.bzl", "RUN_MODEL_ATTRS", "link_run_model")
load(":providers.bzl", "TfliteAotInfo", "TfliteArenaInfo", "TfliteLibraryInfo", "TfliteModelInfo")
load(":tflite_model.bzl", "tflite_model")
load(":tflite_parity_test.bzl", "tflite_parity_test")

def compiled_model_flags(ctx):
    """What compiled models need of the C compiler.

    Args:
      ctx: of the rule.

    Returns:
      Flags.
    """

    # Each product and each sum of floats is rounded, as in TFLM.
    exact = ["-ffp-contract=off"]

    # As kernels are compiled for chips, where all else is compiled for size.
    return exact + ([] if ctx.var["COMPILATION_MODE"] == "dbg" else ["-O2"])

# Cores that have the DSP extension, or mostly do, those with vectors, and those that may have AVX2, which the C finds
# out where it runs.
_BY_CPU = select({
    "//conditions:default": "portable",
    Label("@platforms//cpu:armv7e-m"): "armv7em",
    Label("@platforms//cpu:armv7e-mf"): "armv7em",
    Label("@platforms//cpu:armv8-m"): "armv7em",
    Label("//rules:armv8_m_with_mve"): "armv8_1m_mve",
    Label("@platforms//cpu:x86_64"): "x86_64",
})

def _compiled_model_impl(ctx):
    if bool(ctx.attr.model) == bool(ctx.attr.library):
        fail("{}: needs either model or library".format(ctx.label))
    library = ctx.attr.library[TfliteAotInfo] if ctx.attr.library else None
    symbol = ctx.attr.symbol or (library.symbol if library else symbol_of(ctx.label.name))
    check_names(ctx.label, symbol, ctx.attr.namespace)
    class_name = ctx.attr.class_name or camel_case(symbol)
    if not is_class_name(class_name):
        fail("{}: class_name \"{}\" must be CamelCase".format(ctx.label, class_name))
    model = ctx.attr.library[TfliteLibraryInfo].model if library else ctx.attr.model[TfliteModelInfo]
    section = library.section if library else ctx.attr.section
    target = library.target if library else ctx.attr.target
    disabled_passes = library.disabled_passes if library else ctx.attr.disabled_passes
    optimize = library.optimize if library else ctx.attr.optimize
    name = ctx.label.name
    include = header_path(ctx)
    c_include = include.removesuffix(".h") + "_c.h"
    class_header = ctx.actions.declare_file(name + ".h")
    header = ctx.actions.declare_file(name + "_c.h")
    source = ctx.actions.declare_file(name + "_c.c")
    explanation = ctx.actions.declare_file(name + "_explanation.txt")
    arena = ctx.actions.declare_file(name + "_arena.json")
    arguments = ctx.actions.args()
    arguments.add(model.model, format = "--model=%s")
    arguments.add(header, format = "--header=%s")
    arguments.add(source, format = "--source=%s")
    arguments.add(class_header, format = "--class_header=%s")
    arguments.add(arena, format = "--arena=%s")
    arguments.add(explanation, format = "--explanation=%s")
    arguments.add("--name=" + symbol)
    arguments.add("--header_path=" + c_include)
    arguments.add("--class_header_path=" + include)
    arguments.add("--class_name=" + class_name)
    arguments.add("--namespace=" + ctx.attr.namespace)
    arguments.add("--section=" + section)
    arguments.add("--optimize=" + optimize)
    arguments.add("--target=" + target)
    arguments.add("--trace" if ctx.attr.trace else "--notrace")
    arguments.add_all(disabled_passes, format_each = "--disable_pass=%s")
    arguments.add("--profile" if ctx.attr.profile else "--noprofile")
    ctx.actions.run(
        outputs = [arena, class_header, header, source, explanation],
        inputs = [model.model],
        executable = ctx.executable._compile,
        arguments = [arguments],
        mnemonic = "CompileTfliteModel",
        progress_message = "Compiling the model %{label} to C",
    )
    info, files = compile_library(
        ctx,
        conly_flags = compiled_model_flags(ctx),
        deps = [ctx.attr._aot],
        hdrs = [class_header, header],
        srcs = [source],
    )
    qualified_name = "{}::{}".format(ctx.attr.namespace, class_name)
    program = link_run_model(ctx, class_name = qualified_name, include = include, info = info)
    return [
        DefaultInfo(files = depset(files)),
        OutputGroupInfo(
            arena = depset([arena]),
            explanation = depset([explanation]),
            sources = depset([class_header, header, source]),
        ),
        info,
        TfliteArenaInfo(json = arena),
        TfliteAotInfo(
            disabled_passes = disabled_passes,
            explanation = explanation,
            header = header,
            include = c_include,
            optimize = optimize,
            section = section,
            source = source,
            symbol = symbol,
            target = target,
        ),
        TfliteLibraryInfo(
            class_name = qualified_name,
            engine_date = None,
            include = include,
            integer_inputs = None,
            model = model,
            program = program,
        ),
    ]

compiled_model = rule(
    implementation = _compiled_model_impl,
    attrs = CC_ATTRS | RUN_MODEL_ATTRS | {
        "class_name": attr.string(
            doc = "The class, CamelCase. Default: the symbol in CamelCase.",
        ),
        "disabled_passes": attr.string_list(
            doc = "Passes of the compiler that are left out, as `--disable_pass` names them. Results stay the same.",
        ),
        "library": attr.label(
            doc = "Instead of `model`: another one of the same model, symbol, section, target and passes, optimized for the same.",
            providers = [TfliteAotInfo, TfliteLibraryInfo],
        ),
        "model": attr.label(
            doc = "A `tflite_model`.",
            providers = [TfliteModelInfo],
        ),
        "namespace": attr.string(
            doc = "The C++ namespace of the class.",
            mandatory = True,
        ),
        "optimize": attr.string(
            default = "speed",
            doc = "What counts most: \"speed\", \"size\" of the code, or \"ram\".",
            values = ["ram", "size", "speed"],
        ),
        "profile": attr.bool(
            doc = "Whether the C calls a function of the user's after each layer.",
        ),
        "section": attr.string(
            doc = "The linker section that the weights are put in, e.g. \".external_flash\". Default: the usual one.",
        ),
        "symbol": attr.string(
            doc = "What the C is named after, snake_case: \"my_model\" gives `my_model_invoke()`. Default: the target's name.",
        ),
        "target": attr.string(
            default = "portable",
            doc = "What the C is for: \"portable\", any core; \"armv7em\", Cortex-M4, M7, M33 and others with the DSP extension; \"armv8_1m_mve\", Cortex-M55 and others with the vector extension (Helium); \"x86_64\".",
            values = ["armv7em", "armv8_1m_mve", "portable", "x86_64"],
        ),
        "trace": attr.bool(
            doc = "Whether the C calls functions of the user's with each tensor that it made, and with lines of text that have their checksums.",
        ),
        "_aot": attr.label(
            default = Label("//aot:model"),
            providers = [CcInfo],
        ),
        "_compile": attr.label(
            cfg = "exec",
            default = Label("//aot"),
            executable = True,
        ),
    },
    doc = "A model as C with its C++ class: see tflite_aot_library.",
    fragments = ["cpp"],
    provides = [CcInfo, TfliteAotInfo, TfliteArenaInfo, TfliteLibraryInfo],
    toolchains = CC_TOOLCHAINS,
)

def tflite_aot_library(
        *,
        name,
        namespace,
        model = None,
        src = None,
        symbol = None,
        class_name = None,
        section = None,
        optimize = "speed",
        target = "auto",
        disabled_passes = [],
        trace = False,
        test_samples = 0,
        test_reference = "tflm_wheel",
        max_ulp = 4,
        **kwargs):
    """A model compiled to C, to depend on from `cc_library` and others.

    The C computes what TensorFlow Lite Micro computes, to the byte, without TFLM in the program. The class has the
    interface of `tflm_cc_library`: `Create()`, `input<i>()`, `output<i>()`, `QuantizeInput<i>()`, `Invoke()`,
    `DequantizeOutput<i>()`, `ArgMax<i>()`, `Reset()`. Its header is `<package>/<name>.h`.

    `<class>InMemory` is the same class without memory of its own: its `Create(memory, size)` takes memory that several
    models may share.

    For C there is `<package>/<name>_c.h` with `<symbol>_init()`, `<symbol>_invoke()`, `<symbol>_reset()`, functions for the
    inputs and outputs, and macros for their sizes, scales and zero points.

    Args:
      name: of the library.
      namespace: the C++ namespace of the class.
      model: a `tflite_model`; or `src`.
      src: a `.tflite` file.
      symbol: what the C is named after, snake_case. Default: the name. It must be unique in a program.
      class_name: the class, CamelCase. Default: the symbol in CamelCase.
      section: the linker section that the weights are put in. Default: the usual one for constants.
      optimize: what counts most. "speed": layers run a few rows at a time, without whole images between them, if that saves
        memory and takes up to 3 % more instructions. "ram": the least memory, whatever it takes. "size": the least code.
      target: what the C is for. "portable": any core. "armv7em": Cortex-M4, M7, M33 and others with the DSP extension.
        "armv8_1m_mve": Cortex-M55, M85 and others with the vector extension (Helium). Other cores run these, too, but
        slowly. "x86_64": x86-64, with AVX2 or AVX-512 VNNI if the CPU has them, which the C finds out where it runs.
        Default: by the CPU of the platform that it is built for; for vectors the platform needs the constraint value
        `@mnist_micro//rules:mve`.
      disabled_passes: passes of the compiler that are left out, as `--disable_pass` names them, to see what each gives.
        Results stay the same.
      trace: whether the C calls functions of the user's with each tensor that it made, and with lines of text that have
        their checksums. `firmware_trace_test` makes such a library by itself.
      test_samples: if not 0, there is a `<name>_parity_test` with so many random samples.
      test_reference: what it compares with: see `tflite_parity_test`.
      max_ulp: how far floats may be apart in that test.
      **kwargs: of all rules, such as visibility and tags; passed on to all targets.
    """
    if bool(model) == bool(src):
        fail("tflite_aot_library {}: needs either model or src".format(name))
    if src:
        model = name + "_model"
        tflite_model(name = model, src = src, **kwargs)
    compiled_model(
        name = name,
        class_name = class_name,
        disabled_passes = disabled_passes,
        model = model,
        namespace = namespace,
        optimize = optimize,
        section = section,
        symbol = symbol,
        target = _BY_CPU if target == "auto" else target,
        trace = trace,
        **kwargs
    )
    if test_samples:
        tflite_parity_test(
            name = name + "_parity_test",
            size = "small",
            generated = test_samples,
            library = name,
            max_ulp = max_ulp,
            reference = test_reference,
            **{key: value for key, value in kwargs.items() if key != "testonly"}
        )
