"""The training recipe: every choice in one place."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training, teacher and student.

    Attributes:
      seed: of every random number.
      threads: of TensorFlow. Sums are split among them, so that their number, unlike the machine's
        number of cores, is part of the result.
      held_out: how many of the last training images are kept out of the training, to see how well
        it goes. The test images take no part in training.
      pool_copies: distorted copies of the training images in the pool; the pool holds the unchanged
        images besides.
      rotation_degrees: largest rotation of a copy.
      log_zoom: largest natural logarithm of the zoom, for each axis by itself.
      shear: largest horizontal shear.
      shift_pixels: largest translation along each axis.
      elastic_pixels: standard deviation of the elastic displacement at its nodes, in pixels.
      elastic_nodes: nodes of the elastic displacement along each axis.
      stroke_extent: largest share of a dilation or an erosion in the strokes of every other copy.
      teacher_epochs: epochs of the teacher; epoch k sees the k-th copy.
      wide_units: hidden units of the student as it starts out.
      epochs: epochs of the wide student; each draws one pool copy for every image.
      batch_size: images in a batch, teacher and wide student alike.
      learning_rate: peak learning rate, teacher and wide student alike.
      teacher_weight_decay: AdamW's decoupled weight decay for the teacher.
      weight_decay: the same for the student, wide and thinned out.
      temperature: softmax temperature of the distillation, while the student is wide.
      soft_weight: weight of the distillation loss; the true labels have the rest.
      warm_up_epochs: epochs of linear warm-up of the learning rate, at most.
      normalization_momentum: momentum of the moving statistics of the student's normalization.
      candidates: how often the wide student is thinned out, each time with other random numbers;
        the one with the lowest training loss is kept.
      widths: hidden units that are left after each removal; the last is the network's 16.
      pruning_epochs: epochs of the dense layers after each removal but the last.
      pruning_learning_rate: constant learning rate of these epochs.
      pruning_sample: images of the pool on which the loss without a unit is measured.
      head_epochs: epochs of the dense layers after the last removal.
      head_learning_rate: learning rate that these begin with; it decays to 0.
      head_temperature: softmax temperature of the distillation while only the dense layers are
        trained: lower, as few units are better spent on the answer than on the other classes.
      head_dropout: share of the convolution's output that is dropped meanwhile.
      head_batch_size: images in a batch while only the dense layers are trained.
    """

    seed: int = 1
    threads: int = 2
    held_out: int = 2_000
    pool_copies: int = 12
    rotation_degrees: float = 7.0
    log_zoom: float = 0.07
    shear: float = 0.07
    shift_pixels: float = 0.7
    elastic_pixels: float = 0.8
    elastic_nodes: int = 4
    stroke_extent: float = 0.6
    teacher_epochs: int = 8
    wide_units: int = 64
    epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 5e-3
    teacher_weight_decay: float = 1e-2
    weight_decay: float = 1e-3
    temperature: float = 2.0
    soft_weight: float = 0.7
    warm_up_epochs: int = 2
    normalization_momentum: float = 0.99
    candidates: int = 2
    widths: tuple[int, ...] = (48, 36, 28, 24, 22, 20, 19, 18, 17, 16)
    pruning_epochs: int = 6
    pruning_learning_rate: float = 3e-3
    pruning_sample: int = 20_000
    head_epochs: int = 80
    head_learning_rate: float = 6e-3
    head_temperature: float = 1.4
    head_dropout: float = 0.05
    head_batch_size: int = 512

    def with_epochs(self, epochs: int) -> Recipe:
        """A longer or shorter training: every stage in proportion, with at least one epoch.

        Args:
          epochs: of the wide student.

        Returns:
          The recipe; this one for the epochs it has.
        """

        def scaled(stage: int) -> int:
            return max(1, round(stage * epochs / self.epochs))

        return dataclasses.replace(
            self,
            teacher_epochs=scaled(self.teacher_epochs),
            epochs=epochs,
            pruning_epochs=scaled(self.pruning_epochs),
            head_epochs=scaled(self.head_epochs),
        )
