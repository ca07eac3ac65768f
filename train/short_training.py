# SPDX-License-Identifier: Apache-2.0
r"""Trains a little and prints the SHA-256 of each artifact: for comparison between CPUs.

  python short_training.py sse41

Batches and the network are those of the real training; images, those held out of them, and epochs
are few.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import sys
import tempfile

import numpy as np

from train import dataset, instructions
from train.recipe import Recipe

RECIPE = dataclasses.replace(Recipe(), epochs=2)


def main() -> None:
    instructions.use(sys.argv[1])
    from train import artifacts, training

    # Blots: what a convolution, a pooling and a ReLU treat unlike noise.
    rng = np.random.default_rng(1)
    images = np.kron(rng.integers(0, 2, (600, 7, 7), np.uint8), np.full((4, 4), 200, np.uint8))
    images += rng.integers(0, 50, images.shape, np.uint8)
    labels = rng.integers(0, 10, len(images), np.uint8)
    model, history = training.train(RECIPE, dataset.Dataset(images, labels), verbose=0)
    with tempfile.TemporaryDirectory() as folder:
        keras_file = artifacts.save_model(model, pathlib.Path(folder))
        weights = artifacts.export_weights(keras_file, pathlib.Path(folder))
    for name, data in (("keras", keras_file), ("weights", weights), ("history", str(history))):
        contents = data if isinstance(data, bytes) else data.encode()
        print(name, hashlib.sha256(contents).hexdigest())


if __name__ == "__main__":
    main()
