# SPDX-License-Identifier: Apache-2.0
"""real_model: a model of @real_models as a class, with a parity test."""

load("@real_models//:models.bzl", "real_model_file")
load("//rules:defs.bzl", "firmware_test", "firmware_trace_test", "tflite_aot_library", "tflite_parity_test", "tflm_cc_library")

_TODAY = "today"

# What a model needs of the linked TFLM. The names say in Bazel's message why a target is incompatible.
_NEEDS = {
    "any": [],
    _TODAY: select({
        "//conditions:default": [],
        "@tflite_micro//:is_of_2020": [":todays_TFLM_is_needed_so_set_MNIST_MICRO_SOURCES_to_upstream"],
    }),
}

# Custom operators.
_NOT_COMPILED = ["tflm_audio_preprocessor_int8"]

def real_model(*, name, needs, samples, size = "small", **kwargs):
    """Declares the class of a model, and `<name>_parity_test` against TFLM's official wheel.

    There is `<name>_aot`, too, compiled to C, and `<name>_aot_test`: on the chip each layer computes what the
    specification says.

    One that needs today's TFLM also gets `<name>_cmsis_nn_test`: with CMSIS-NN's kernels on the M55 its outputs are
    those of the reference kernels on the host. Many of these kernels are in no other test.

    Args:
      name: in third_party/real_models/models.json.
      needs: the TFLM that runs it: "any" or "today".
      samples: how many generated samples the test runs.
      size: of the test.
      **kwargs: passed on to tflm_cc_library.
    """
    model = real_model_file(name)
    compatible_with = model.compatible_with + _NEEDS[needs]
    tflm_cc_library(
        name = name,
        testonly = True,
        src = model.label,
        namespace = "real_models",
        target_compatible_with = compatible_with,
        **kwargs
    )
    tflite_parity_test(
        name = name + "_parity_test",
        size = size,
        generated = samples,
        library = name,
        max_ulp = 4,
        target_compatible_with = compatible_with,
    )
    if name not in _NOT_COMPILED:
        # Whatever TFLM is linked: the compiler needs none.
        tflite_aot_library(
            name = name + "_aot",
            testonly = True,
            src = model.label,
            namespace = "real_models",
            target_compatible_with = model.compatible_with,
            visibility = ["//tests:__subpackages__"],
        )
        firmware_trace_test(
            name = name + "_aot_test",
            size = "medium",
            exec_envs = [
                "qemu_mps2_an386",
                "qemu_mps3_an547",
                "qemu_riscv_virt",
            ],
            library = name + "_aot",
            # What a model keeps from one to the next shows in the later ones.
            runs = 3,
            seconds = 250,
            target_compatible_with = model.compatible_with,
        )
    if needs == _TODAY:
        firmware_test(
            name = name + "_cmsis_nn_test",
            size = "medium",
            exec_envs = ["qemu_mps3_an547"],
            kernels = "cmsis_nn",
            model = name,
            # What a model keeps from one to the next shows in the later ones.
            samples = 3,
            seconds = 250,
            target_compatible_with = compatible_with,
        )
