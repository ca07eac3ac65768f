# SPDX-License-Identifier: Apache-2.0
"""What the commands read besides images, without TensorFlow: it takes seconds to start."""

from __future__ import annotations

import pathlib

import h5py
import numpy as np

KERNELS = ("default", "optimized", "reference")
"""TensorFlow's sets of kernels, as `evaluation.KERNELS` has them."""


class ConversionError(ValueError):
    """Weights or a model that can't be used. The message is one line that names the file."""


def read_weights(path: pathlib.Path) -> list[np.ndarray]:
    """Reads the layers' weights, without the optimizer's.

    Args:
      path: a `.weights.h5` file that Keras 3 saved.

    Returns:
      The arrays, in the file's order.

    Raises:
      ConversionError: the file can't be read or contains no weights.
    """
    arrays: list[np.ndarray] = []

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            arrays.append(np.asarray(item))

    try:
        with h5py.File(path, "r") as file:
            group = "layers" if "layers" in file else "_layer_checkpoint_dependencies"
            if group not in file:
                raise ConversionError(
                    f"{path}: is not a Keras 3 .weights.h5 file: it has no group 'layers'"
                )
            file[group].visititems(collect)
    except OSError as error:
        if not path.exists():
            raise ConversionError(f"{path}: cannot be read: No such file or directory") from error
        raise ConversionError(f"{path}: is not an HDF5 file of weights, or is truncated") from error
    except ConversionError:
        raise
    # h5py raises any of them for a damaged file.
    except (KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise ConversionError(f"{path}: the weights can't be read: {error}") from error
    return arrays
