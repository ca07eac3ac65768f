# SPDX-License-Identifier: Apache-2.0
"""Converts a network and prints the SHA-256 of both models: for comparison between CPUs."""

from __future__ import annotations

import hashlib
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from convert import conversion
from train import architecture


def main() -> None:
    rng = np.random.default_rng(1)
    model = architecture.build_model(tf.keras)
    # As large as trained ones.
    model.set_weights(
        [
            (rng.random(weight.shape, np.float32) - np.float32(0.5))
            * np.float32((24 / max(np.prod(weight.shape[:-1]), 8)) ** 0.5)
            for weight in model.get_weights()
        ]
    )
    images = np.kron(
        rng.integers(0, 2, (conversion.CALIBRATION_IMAGES, 7, 7), np.uint8),
        np.full((4, 4), 200, np.uint8),
    )
    images += rng.integers(0, 50, images.shape, np.uint8)
    for name, data in (
        ("float32", conversion.to_float32(model)),
        ("int8", conversion.to_int8(model, images)),
    ):
        print(name, hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main()
