"""The training recipe: every choice in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training.

    Attributes:
      seed: of every random number.
      threads: of TensorFlow. Sums are split among them, so that their number, unlike the machine's
        number of cores, is part of the result.
      held_out: how many of the last training images are kept out of the training, to see how well
        it goes. The test images take no part in training.
      copies: distorted copies of the training images, besides the unchanged ones.
      warp: how far each entry of a distortion's 2 x 2 matrix is from the identity's, at most.
      shift_pixels: largest translation along each axis.
      bend_pixels: largest shift of a node of the grid that bends the image, along each axis.
      wide_epochs: epochs of the wide network; each takes one copy of every image.
      wide_batch_size: images in a batch of the wide network.
      wide_learning_rate: largest learning rate of the wide network.
      wide_weight_decay: AdamW's decoupled weight decay of the wide network.
      widths: hidden units of the wide network, and what is left of them after each removal; the
        last are the deployed network's 16.
      thinning_epochs: epochs of the dense layers after each removal but the last.
      epochs: epochs of the dense layers after the last removal.
      batch_size: images in a batch while the dense layers alone are trained.
      learning_rate: the largest learning rate after each removal.
      weight_decay: their weight decay.
      temperature: of the softmax, when the answers of both networks are compared.
      soft_weight: weight of the wide network's answer in the loss; the true label has the rest.
    """

    seed: int = 1
    threads: int = 2
    held_out: int = 2_000
    copies: int = 6
    warp: float = 0.12
    shift_pixels: float = 0.8
    bend_pixels: float = 1.4
    wide_epochs: int = 10
    wide_batch_size: int = 128
    wide_learning_rate: float = 4e-3
    wide_weight_decay: float = 1e-2
    widths: tuple[int, ...] = (96, 64, 48, 36, 28, 24, 21, 19, 18, 17, 16)
    thinning_epochs: int = 3
    epochs: int = 80
    batch_size: int = 256
    learning_rate: float = 4e-3
    weight_decay: float = 1e-3
    temperature: float = 1.5
    soft_weight: float = 0.7

    def with_values(self, assignments: Sequence[str]) -> Recipe:
        """Changes some hyperparameters.

        Args:
          assignments: "name=value" each, a value of the name's type; widths with commas.

        Returns:
          The recipe.

        Raises:
          ValueError: an assignment is none, or names no hyperparameter, or its value is of another
            type, or the widths don't fall to what they end with here.
        """
        recipe = self
        for assignment in assignments:
            name, equals, text = assignment.partition("=")
            if name not in {field.name for field in dataclasses.fields(self)} or not equals:
                raise ValueError(f"{assignment}: must be a hyperparameter, '=' and its value")
            old = getattr(self, name)
            try:
                if isinstance(old, tuple):
                    value = tuple(int(part) for part in text.split(","))
                else:
                    value = type(old)(text)
            except ValueError as error:
                raise ValueError(f"{assignment}: must be like {name}={old}") from error
            recipe = dataclasses.replace(recipe, **{name: value})
        widths = recipe.widths
        if list(widths) != sorted(set(widths), reverse=True) or widths[-1] != self.widths[-1]:
            raise ValueError(f"widths={widths}: must fall to {self.widths[-1]}")
        return recipe

    @property
    def narrow_epochs(self) -> int:
        """Epochs of the dense layers alone, in all."""
        return self.thinning_epochs * (len(self.widths) - 2) + self.epochs

    def with_epochs(self, epochs: int) -> Recipe:
        """A longer or shorter training: all stages in proportion, with at least one epoch each.

        Args:
          epochs: of the dense layers after the last removal.

        Returns:
          The recipe; this one for the epochs it has.
        """

        def scaled(stage: int) -> int:
            return max(1, round(stage * epochs / self.epochs))

        return dataclasses.replace(
            self,
            wide_epochs=scaled(self.wide_epochs),
            thinning_epochs=scaled(self.thinning_epochs),
            epochs=epochs,
        )
