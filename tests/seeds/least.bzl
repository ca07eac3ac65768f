# SPDX-License-Identifier: Apache-2.0
"""What tests ask of the accuracy: figures that one training in a million misses.

Derived from measured.json by thresholds.py, of 10,000 test images; thresholds_test compares.
"""

LEAST_FLOAT32 = 9844

LEAST_INT8 = 9842

# The mean of five seeds, by the same statistics.
LEAST_MEAN_INT8 = 9865

# What quantization gains, at least: it loses a few images.
LEAST_GAINED = -20

def percent(correct):
    """Makes a share of 10,000 images a percentage.

    Args:
      correct: the number of images.

    Returns:
      The percentage, e.g. "98.7" or "98.72".
    """
    return "{}.{}{}".format(correct // 100, correct // 10 % 10, correct % 10)
