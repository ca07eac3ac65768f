"""The training recipe: every choice in one place."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training, teacher and student.

    Attributes:
      seed: of every random number.
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
      epochs: epochs of the student; each draws one pool copy for every image.
      batch_size: images in a batch, teacher and student alike.
      learning_rate: peak learning rate, teacher and student alike.
      teacher_weight_decay: AdamW's decoupled weight decay for the teacher.
      weight_decay: the same for the student.
      temperature: softmax temperature of the distillation.
      soft_weight: weight of the distillation loss; the true labels have the rest.
      warm_up_epochs: epochs of linear warm-up of the learning rate, at most.
      normalization_momentum: momentum of the moving statistics of the student's normalization.
    """

    seed: int = 1
    held_out: int = 5_000
    pool_copies: int = 12
    rotation_degrees: float = 7.0
    log_zoom: float = 0.07
    shear: float = 0.07
    shift_pixels: float = 0.7
    elastic_pixels: float = 0.8
    elastic_nodes: int = 4
    stroke_extent: float = 0.6
    teacher_epochs: int = 8
    epochs: int = 60
    batch_size: int = 128
    learning_rate: float = 5e-3
    teacher_weight_decay: float = 1e-2
    weight_decay: float = 1e-3
    temperature: float = 2.0
    soft_weight: float = 0.7
    warm_up_epochs: int = 2
    normalization_momentum: float = 0.99
