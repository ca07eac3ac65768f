# SPDX-License-Identifier: Apache-2.0
"""The training recipe: every choice in one place."""

from __future__ import annotations

import dataclasses
import json
import math
import pathlib
from collections.abc import Sequence

# The smallest and the largest value of each hyperparameter. A larger batch has sums that not every
# CPU cuts at the same place: operations.LONGEST_SUM.
RANGES: dict[str, tuple[float, float]] = {
    "seed": (0, 2**31 - 1),
    "threads": (1, 64),
    "held_out": (0, math.inf),
    "warp": (0, 1),
    "shift_pixels": (0, 28),
    "bend_pixels": (0, 28),
    "epochs": (1, 100_000),
    "batch_size": (1, 256),
    "learning_rate": (0, 1),
    "weight_decay": (0, 1),
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training.

    Attributes:
      seed: of every random number.
      threads: of TensorFlow. Sums are split among them, so that their number, unlike the machine's
        number of cores, is part of the result.
      held_out: how many of the last training images are kept out of the training, to see how well
        it goes. The test images take no part in training.
      warp: how far each entry of a distortion's 2 x 2 matrix is from the identity's, at most.
      shift_pixels: largest translation along each axis.
      bend_pixels: largest shift of a node of the grid that bends the image, along each axis.
      epochs: how often each image is taken, with a new distortion each time.
      batch_size: images in a batch; an incomplete last one is left out.
      learning_rate: the largest.
      weight_decay: AdamW's decoupled weight decay.
    """

    seed: int = 1
    threads: int = 2
    held_out: int = 2_000
    warp: float = 0.12
    shift_pixels: float = 0.8
    bend_pixels: float = 1.4
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 1.2e-2
    weight_decay: float = 3e-2

    def with_values(self, assignments: Sequence[str]) -> Recipe:
        """Changes some hyperparameters.

        Args:
          assignments: "name=value" each, a value of the name's type.

        Returns:
          The recipe.

        Raises:
          ValueError: an assignment is none, or names no hyperparameter, or its value is of another
            type or out of its range.
        """
        recipe = self
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if name not in {field.name for field in dataclasses.fields(self)} or not equals:
                names = ", ".join(field.name for field in dataclasses.fields(self))
                raise ValueError(f"{assignment}: must be NAME=VALUE with one of the names {names}")
            old = getattr(self, name)
            try:
                value = type(old)(text)
            except ValueError as error:
                raise ValueError(f"{assignment}: must be like {name}={old}") from error
            low, high = RANGES[name]
            if not low <= value <= high:
                most = f" to {high}" if math.isfinite(high) else " on"
                raise ValueError(f"{assignment}: must be from {low}{most}")
            recipe = dataclasses.replace(recipe, **{name: value})
        return recipe

    def with_file(self, path: pathlib.Path) -> Recipe:
        """Changes the hyperparameters that a file names.

        Args:
          path: a JSON file, an object of names and values, such as {"epochs": 5, "warp": 0}.

        Returns:
          The recipe.

        Raises:
          ValueError: the file can't be read or is not such an object, or as `with_values` says. The
            message begins with the path.
        """
        try:
            values = json.loads(path.read_bytes())
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{path}: is not JSON: {error}") from error
        if not isinstance(values, dict):
            raise ValueError(f'{path}: must be an object such as {{"epochs": {self.epochs}}}')
        try:
            return self.with_values([f"{name}={value}" for name, value in values.items()])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
