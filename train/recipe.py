"""The training recipe: every choice in one place."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training."""

    seed: int = 1
    epochs: int = 60
    batch_size: int = 128
    held_out: int = 5_000
    peak_learning_rate: float = 5e-3
    warm_up_epochs: float = 2.0
    weight_decay: float = 1e-4
    ema_momentum: float = 0.999
    max_shift: float = 0.04
