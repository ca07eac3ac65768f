# SPDX-License-Identifier: Apache-2.0
"""What the accuracy of some trainings says of the next one.

Of 10,000 images, the right ones of a training with another seed, or on another CPU, are taken as
normally distributed, with a mean and a deviation that n trainings only estimate. Then

    (next one - mean of n) / (deviation of n * sqrt(1 + 1/n))

follows Student's distribution with n - 1 degrees of freedom: its quantile gives the prediction
interval (e.g. Hahn and Meeker, "Statistical Intervals", 1991, chapter 4). For the mean of the next
m it is the same with 1/m in place of 1.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import TypedDict

RISK = 1e-6
"""The share of trainings that miss a threshold though nothing is wrong."""


class Training(TypedDict):
    """What was trained, and how many of 10,000 images are right."""

    seed: int
    instruction_set: str
    float32: int
    int8: int


def student_tail(value: float, freedom: int) -> float:
    """The share of Student's distribution above a value.

    Args:
      value: 0 or more.
      freedom: degrees of freedom, 1 or more.

    Returns:
      The share, 0 to 0.5. With the tangent of an angle for the value the density is a power of the
      cosine, which Simpson's rule integrates to 10 digits.
    """

    def integral(start: float) -> float:
        steps = 2_000
        width = (math.pi / 2 - start) / steps
        powers = [
            max(math.cos(start + step * width), 0.0) ** (freedom - 1) for step in range(steps + 1)
        ]
        return (
            width / 3 * (powers[0] + 4 * sum(powers[1::2]) + 2 * sum(powers[2:-1:2]) + powers[-1])
        )

    return 0.5 * integral(math.atan(value / math.sqrt(freedom))) / integral(0.0)


def student_quantile(risk: float, freedom: int) -> float:
    """The value that a share of Student's distribution lies above, by bisection.

    Args:
      risk: the share, above 0 and below 0.5.
      freedom: degrees of freedom, 1 or more.

    Returns:
      The value.
    """
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > risk:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > risk else (low, middle)
    return high


def least(correct: Sequence[int], following: int = 1, risk: float = RISK) -> int:
    """The threshold that the mean of the next trainings misses by chance with a given risk.

    Args:
      correct: the right images of trainings with nothing in common but the recipe, two or more.
      following: how many trainings are averaged; 1 for the threshold of a single one.
      risk: the share of times that chance alone misses the threshold.

    Returns:
      The most images that the risk allows to ask for.
    """
    count = len(correct)
    spread = statistics.stdev(correct) * math.sqrt(1 / following + 1 / count)
    return math.floor(statistics.mean(correct) - student_quantile(risk, count - 1) * spread)


def derive(trainings: Sequence[Training], seeds: int) -> dict[str, int]:
    """Derives the constants of least.bzl.

    Args:
      trainings: of each how many of 10,000 images are right: `float32` and `int8`.
      seeds: how many trainings `seeds_test` takes the mean of.

    Returns:
      The constants by name.
    """
    float32 = [training["float32"] for training in trainings]
    int8 = [training["int8"] for training in trainings]
    return {
        "LEAST_FLOAT32": least(float32),
        "LEAST_INT8": least(int8),
        "LEAST_MEAN_INT8": least(int8, following=seeds),
        "LEAST_GAINED": least(
            [after - before for before, after in zip(float32, int8, strict=True)]
        ),
    }
