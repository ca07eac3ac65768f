# SPDX-License-Identifier: Apache-2.0
"""Which sources of CMSIS-NN take most of the time of convolutions and pooling."""

# Dense layers and softmax take a few percent of a convolutional network's instructions, and twice the flash with -O2.
_INNER_LOOPS = [
    "/ConvolutionFunctions/",
    "/PoolingFunctions/",
    "/arm_nn_depthwise",
    "/arm_nn_mat_mult",
]

def is_inner_loop(source):
    """Whether a source is compiled for speed in programs that are optimized for size.

    Args:
      source: its path.
    Returns:
      A bool.
    """
    return any([part in source for part in _INNER_LOOPS])
