# SPDX-License-Identifier: Apache-2.0
"""scale_reports: networks of several sizes, compiled and measured on the M4F."""

load("//rules:defs.bzl", "firmware_report", "tflite_aot_library", "tflite_model")
load(":variants.bzl", "M4F")

# buildifier: disable=unnamed-macro
def scale_reports(*, shapes, targets):
    """Makes the networks of scale_model.py, compiles each for each target, and measures it.

    Args:
      shapes: channels, size and depth of each.
      targets: of the compiler.
    Returns:
      The names of the reports.
    """
    reports = []
    for channels, size, depth in shapes:
        name = "scale_c{}_s{}_d{}".format(channels, size, depth)
        tflite_model(
            name = name,
            testonly = True,
            converter = ":write_scale_model",
            converter_args = [
                "--channels={}".format(channels),
                "--size={}".format(size),
                "--depth={}".format(depth),
                "--output={output}",
            ],
            tags = ["manual"],
        )
        for target in targets:
            tflite_aot_library(
                name = "{}_{}".format(name, target),
                testonly = True,
                model = name,
                namespace = "benchmarks",
                tags = ["manual"],
                target = target,
            )
            report = "{}_{}_compiled_{}".format(name, M4F, target)
            firmware_report(
                name = report,
                testonly = True,
                exec_env = M4F,
                model = "{}_{}".format(name, target),
                tags = ["manual"],
            )
            reports.append(report)
    return reports
