# SPDX-License-Identifier: Apache-2.0
"""The settings that firmware is built with.

Flags for the host's compiler are not for the chip's: they may name a sanitizer, or the host's compiler, by
which the remote cache tells machines apart. Those of `--per_file_copt` are for both: warnings of our own code, say.
"""

_FLAGS = ["//command_line_option:" + name for name in ["conlyopt", "copt", "cxxopt", "linkopt"]]
_PLATFORMS = "//command_line_option:platforms"

# Which kernels TFLM has.
KERNELS = "//third_party/tflite_micro:kernels"

# What a program is optimized for.
OPTIMIZE = "//third_party/gcc:optimize"

# The `outputs` of a transition that returns chip_settings().
CHIP_SETTINGS = [_PLATFORMS] + _FLAGS

def chip_settings(platform):
    """What a transition to a chip returns.

    Args:
      platform: the label of its platform, a string.
    Returns:
      A dict of settings.
    """
    settings = {flag: [] for flag in _FLAGS}
    settings[_PLATFORMS] = [platform]
    return settings
