# SPDX-License-Identifier: Apache-2.0
"""The five models that tables are about, and other ways to compile and measure them."""

load("@real_models//:models.bzl", "real_model_file")
load("//rules:defs.bzl", "firmware_report", "tflite_aot_library")

M4F = "qemu_mps2_an386"
M55 = "qemu_mps3_an547"

_MLPERF_TINY = ["mlperf_tiny_{}_int8".format(task) for task in ["ic", "kws", "vww", "ad"]]

# Those of MLPerf Tiny that can be had.
_AT_HAND = [model for model in _MLPERF_TINY if not real_model_file(model).compatible_with]

# All of them are at hand, or no platform is compatible.
ALL_AT_HAND = [
    constraint
    for model in _MLPERF_TINY
    for constraint in real_model_file(model).compatible_with
]

# Other weights may need a few instructions more or less than the docs say.
TRAINED_BY_DEFAULT = select({
    "//conditions:default": ["@platforms//:incompatible"],
    "//tests/firmware_figures:default_training": [],
})

# Figures of TFLM in the README are of this one.
TFLM_OF_2020 = select({
    "//conditions:default": ["@platforms//:incompatible"],
    "@tflite_micro//:is_of_2020": [],
})

# Those that can be measured.
MODELS = ["mnist"] + _AT_HAND

# What aot/passes/pipeline.py has, which a test compares.
PASSES = [
    "fold_constants",
    "fuse_activations",
    "fold_padding",
    "remove_constant_channels",
    "fuse_pooling",
    "merge_tables",
    "use_variables_in_place",
    "choose_variants",
    "run_by_rows",
]

# Other ways to compile that a goal is about: the models, and what tflite_aot_library is given.
WAYS = {
    "portable": (["mnist"], {"target": "portable"}),
    "ram": (MODELS, {"optimize": "ram"}),
}

def usual_reports(engines, exec_envs):
    """Names the reports of //tests/firmware_figures that there are of the models.

    Args:
      engines: "reference", "cmsis_nn" or "compiled".
      exec_envs: names of environments.
    Returns:
      Labels.
    """
    return [
        "//tests/firmware_figures:{}_{}_{}".format(model, exec_env, engine)
        for model in MODELS
        for exec_env in exec_envs
        for engine in engines
        # MNIST is measured on each core, the others on these two.
        if (model == "mnist" or exec_env in [M4F, M55]) and not (engine == "cmsis_nn" and "riscv" in exec_env)
    ]

def variant_report(*, model, variant, exec_env = M4F, **kwargs):
    """Compiles one of the models in another way, and measures it: `<model>_<exec_env>_compiled_<variant>`.

    Args:
      model: one of MODELS.
      variant: what the way is called.
      exec_env: where it runs.
      **kwargs: of `tflite_aot_library`.
    Returns:
      The report's name.
    """
    library = "{}_{}".format(model, variant)
    source = {"model": "//micro:mnist_model_tflite"} if model == "mnist" else {"src": real_model_file(model).label}
    tflite_aot_library(
        name = library,
        testonly = True,
        namespace = "benchmarks",
        tags = ["manual"],
        **(source | kwargs)
    )
    report = "{}_{}_compiled_{}".format(model, exec_env, variant)
    firmware_report(
        name = report,
        testonly = True,
        exec_env = exec_env,
        model = library,
        tags = ["manual"],
    )
    return report

# buildifier: disable=unnamed-macro
def way_reports():
    """Compiles the models in the other ways of WAYS, and measures them on the M4F.

    Returns:
      The names of the reports.
    """
    return [
        variant_report(
            model = model,
            variant = way,
            **attributes
        )
        for way, (models, attributes) in WAYS.items()
        for model in models
        if model in MODELS
    ]
