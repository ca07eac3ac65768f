# SPDX-License-Identifier: Apache-2.0
"""Damages a layer of a model on purpose, for tests: a report must name it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tflite.reader import parse_model


def with_weights(content: bytes, tensor: str, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """Changes a constant.

    Args:
      content: a .tflite file.
      tensor: the constant's name.
      change: gets the constant as int64, and gives what is written in its place.

    Returns:
      Another file.
    """
    model = parse_model(content, "model")
    (found,) = [t for t in model.main.tensors if t.name == tensor]
    start = model.buffer_starts[found.buffer_index]
    old = np.frombuffer(model.contents(found), found.dtype).reshape(found.shape)
    new = change(old.astype(np.int64)).astype(found.dtype)
    assert not np.array_equal(old, new)
    return content[:start] + new.tobytes() + content[start + new.nbytes :]


def with_scales(content: bytes, tensor: str, change: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """Changes a tensor's scales.

    Args:
      content: a .tflite file.
      tensor: the tensor's name.
      change: gets the scales as float32, and gives what is written in their place.

    Returns:
      Another file.
    """
    model = parse_model(content, "model")
    (found,) = [t for t in model.main.tensors if t.name == tensor]
    assert found.quantization is not None
    old = np.array(found.quantization.scales, np.float32)
    # With the vector's length before it.
    marker = np.uint32(len(old)).tobytes() + old.tobytes()
    assert content.count(marker) == 1, "another tensor has the same scales"
    new = np.asarray(change(old), np.float32)
    assert len(new) == len(old) and not np.array_equal(old, new)
    return content.replace(marker, marker[:4] + new.tobytes())
