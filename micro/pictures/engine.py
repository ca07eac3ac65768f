# SPDX-License-Identifier: Apache-2.0
"""Asks the C++ program, which runs the int8 model, what images show."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
from collections.abc import Sequence

import numpy as np

_BATCH = 1000
"""Files of one call: a command line has a limit."""


class EngineError(Exception):
    """The program failed. The message is one line."""


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What the model says of an image.

    Attributes:
      digit: 0 to 9.
      scores: the ten int8 outputs.
      probabilities: what they stand for, each from 0 to 1.
    """

    digit: int
    scores: list[int]
    probabilities: list[float]


def predict(program: pathlib.Path, images: Sequence[np.ndarray]) -> list[Prediction]:
    """Runs the model.

    Args:
      program: `mnist_micro` or `mnist_micro_aot`.
      images: each uint8, shape (28, 28), white on black.

    Returns:
      A prediction for each image.

    Raises:
      EngineError: the program failed.
    """
    program = program.absolute()
    predictions: list[Prediction] = []
    for start in range(0, len(images), _BATCH):
        predictions += _run(program, images[start : start + _BATCH])
    return predictions


def _run(program: pathlib.Path, images: Sequence[np.ndarray]) -> list[Prediction]:
    names = [f"{number}.pgm" for number in range(len(images))]
    # The program takes paths from where the user of `bazel run` stands.
    environment = {k: v for k, v in os.environ.items() if k != "BUILD_WORKING_DIRECTORY"}
    with tempfile.TemporaryDirectory() as folder:
        for name, image in zip(names, images, strict=True):
            (pathlib.Path(folder) / name).write_bytes(to_pgm(image))
        try:
            ended = subprocess.run(
                [program, "--json", *names],
                capture_output=True,
                check=False,
                cwd=folder,
                env=environment,
                text=True,
            )
        except OSError as error:
            raise EngineError(f"{program}: cannot be run: {error.strerror}") from error
    if ended.returncode:
        raise EngineError(
            f"{program.name}: exit code {ended.returncode}: {ended.stderr.strip() or 'no message'}"
        )
    answers = [json.loads(line) for line in ended.stdout.splitlines()]
    if [answer["image"] for answer in answers] != names:
        raise EngineError(f"{program.name}: {len(answers)} answers for {len(names)} images")
    return [
        Prediction(answer["predicted_class"], answer["scores"], answer["probabilities"])
        for answer in answers
    ]


def to_pgm(image: np.ndarray) -> bytes:
    """Formats an image as a binary PGM file.

    Args:
      image: uint8, shape (H, W).

    Returns:
      The file.
    """
    return b"P5\n%d %d\n255\n" % (image.shape[1], image.shape[0]) + image.tobytes()
