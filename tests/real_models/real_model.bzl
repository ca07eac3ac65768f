# SPDX-License-Identifier: Apache-2.0
"""real_model: a model of @real_models as a class, with a parity test."""

load("@real_models//:models.bzl", "real_model_file")
load("//rules:defs.bzl", "tflite_parity_test", "tflm_cc_library")

_TODAY = "today"

# What a model needs of the linked TFLM. The names say in Bazel's message why a target is incompatible.
_NEEDS = {
    "any": [],
    _TODAY: select({
        "//conditions:default": [],
        "@tflite_micro//:is_of_2020": [":todays_TFLM_is_needed_so_set_MNIST_MICRO_SOURCES_to_upstream"],
    }),
}

def real_model(*, name, needs, samples, size = "small", **kwargs):
    """Declares the class of a model, and `<name>_parity_test` against TFLM's official wheel.

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
