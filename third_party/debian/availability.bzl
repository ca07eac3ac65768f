# SPDX-License-Identifier: Apache-2.0
"""What a repository of Debian's packages says of itself, for `select`."""

def availability(reason):
    """Makes a part of the repository's BUILD file: the setting `is_available`.

    A target that depends on an incompatible one is incompatible, too. One that is to be made in any case asks this
    setting first.

    Args:
      reason: why the packages can't be had; None if they can.
    Returns:
      Starlark.
    """
    if reason:
        body = 'config_setting(\n    name = "is_available",\n    constraint_values = ["@platforms//:incompatible"],\n'
    else:
        body = 'alias(\n    name = "is_available",\n    actual = "{}",\n'.format(
            str(Label("//third_party/tflite_micro:always")),
        )
    return "\n" + body + '    visibility = ["//visibility:public"],\n)\n'
