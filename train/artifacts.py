# SPDX-License-Identifier: Apache-2.0
"""What training hands over: the `.keras` file and the weights exported from it.

The same model gives the same bytes: what Keras writes of the day and of the process is taken out.
"""

from __future__ import annotations

import io
import json
import pathlib
import zipfile
from typing import Any

import keras

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can store."""


def _number_objects(config: Any, numbers: dict[int, int]) -> Any:
    """Replaces each shared_object_id, an address in memory, by a number counted from 1."""
    if isinstance(config, list):
        return [_number_objects(item, numbers) for item in config]
    if isinstance(config, dict):
        return {
            key: numbers.setdefault(value, len(numbers) + 1)
            if key == "shared_object_id" and value is not None
            else _number_objects(value, numbers)
            for key, value in config.items()
        }
    return config


def normalized(keras_file: bytes) -> bytes:
    """Takes dates and memory addresses out of a `.keras` file.

    Args:
      keras_file: a `.keras` file: a zip archive with a metadata.json and a config.json.

    Returns:
      The same archive with every date set to 1980-01-01 and shared objects numbered from 1.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(keras_file)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "metadata.json":
                metadata = json.loads(data)
                metadata["date_saved"] = "1980-01-01@00:00:00"
                data = json.dumps(metadata).encode()
            elif name == "config.json":
                data = json.dumps(_number_objects(json.loads(data), {})).encode()
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o600 << 16
            new.writestr(entry, data)
    return out.getvalue()


def save_model(model: keras.Model, scratch: pathlib.Path) -> bytes:
    """Saves a model in Keras 3's own format.

    Args:
      model: the model.
      scratch: a folder to write in.

    Returns:
      The contents of the `.keras` file.
    """
    path = scratch / "model.keras"
    model.save(path)
    return normalized(path.read_bytes())


def export_weights(keras_file: bytes, scratch: pathlib.Path) -> bytes:
    """Exports the weights from a saved model: the hand-over to TensorFlow 2.15.

    Args:
      keras_file: the contents of a `.keras` file.
      scratch: a folder to write in.

    Returns:
      The contents of the `.weights.h5` file.
    """
    path = scratch / "saved.keras"
    path.write_bytes(keras_file)
    weights = scratch / "model.weights.h5"
    # Without the optimizer's state: it is of no use to the conversion.
    keras.saving.load_model(path, compile=False).save_weights(weights)
    return weights.read_bytes()
