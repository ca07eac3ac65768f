# SPDX-License-Identifier: Apache-2.0
"""firmware_trace_test: each layer of a compiled model computes on emulated chips what the specification says."""

load("//rules:firmware_test.bzl", "firmware_test")
load("//rules:tflite_aot_library.bzl", "compiled_model")
load("//rules/private:traced_run.bzl", "traced_run_checker", "traced_run_source")

def firmware_trace_test(*, name, library, exec_envs, runs = 4, seconds = 50, **kwargs):
    """Compares each layer of a compiled model with the specification: one test for each chip, `<name>_<environment>`.

    The model is compiled once more, with `trace`. The program makes inputs, runs the model on them and prints a
    checksum of each layer. `//aot:compare_layers` computes the same in Python, and the test's log names the first layer
    that differs.

    Args:
      name: of the suite.
      library: a `tflite_aot_library`.
      exec_envs: where to run it, as for `firmware_test`.
      runs: how many inferences, one after the other: what a model keeps from one to the next is compared, too.
      seconds: after so long a run is stopped. The test's `size` or `timeout` must allow as much.
      **kwargs: the usual attributes.
    """
    if runs < 1:
        fail("{}: runs = {} must be at least 1".format(name, runs))
    compatible = {key: kwargs[key] for key in ["target_compatible_with"] if key in kwargs}
    hidden = {"tags": ["manual"], "testonly": True, "visibility": ["//visibility:private"]}
    traced = name + "_traced"
    compiled_model(
        name = traced,
        library = library,
        namespace = "traced",
        trace = True,
        **(hidden | compatible)
    )
    traced_run_source(
        name = name + "_run",
        library = traced,
        runs = runs,
        **(hidden | compatible)
    )
    traced_run_checker(
        name = name + "_checker",
        library = traced,
        runs = runs,
        **(hidden | compatible)
    )
    firmware_test(
        name = name,
        checker = name + "_checker",
        exec_envs = exec_envs,
        seconds = seconds,
        # Nobody knows how long an inference takes.
        silent_seconds = seconds,
        srcs = [name + "_run"],
        deps = [traced, Label("//firmware/runtime:print")],
        **kwargs
    )
