# SPDX-License-Identifier: Apache-2.0
"""Reads what the build knows of the whole chain, from training to the chip."""

from __future__ import annotations

import dataclasses
import io
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tflite import memory_plan, reader
from tflm import capabilities
from train import dataset

ENGINES = {
    "keras": "Keras",
    "float32": "TensorFlow Lite, float32",
    "int8": "TensorFlow Lite, int8",
    "tflm": "TensorFlow Lite Micro",
    "compiled": "Compiled C",
}
"""What runs the network, from the training to the chip."""

_SIZED = (
    "keras_model",
    "weights",
    "float32_model",
    "int8_model",
    "array_source",
    "compiled_source",
)
CLASSES = 10


class ChainError(ValueError):
    """A file that is not what it should be. The message is one line that names it."""


@dataclasses.dataclass(frozen=True)
class Chain:
    """The figures of a build.

    Attributes:
      history: the training's: `recipe`, and by epoch `loss`, `learning_rate`, `held_out_by_epoch`.
      accuracy: reports of convert/evaluation.py by model.
      images: uint8, shape (N, 28, 28): the test images.
      labels: uint8, shape (N,).
      scores: by engine, float32, shape (N, 10): what it gave each class, as a share.
      histograms: what convert/histograms.py counted.
      quantization: what quantization/json_report.py says of both models on the test images.
      compiler: the compiler's report.
      plan: TFLM's plan of the activations.
      arena: the measured arena of TFLM on the machine that builds.
      sizes: bytes of files, by name.
      firmware: reports of firmware_report.
      times: microseconds on a PC, of //benchmarks:inference.
      tflm: which TFLM is linked.
      missing: why some of `firmware` are missing: sentences.
    """

    history: Mapping[str, Any]
    accuracy: Mapping[str, Any]
    images: np.ndarray
    labels: np.ndarray
    scores: Mapping[str, np.ndarray]
    histograms: Mapping[str, Any]
    quantization: Mapping[str, Any]
    compiler: Mapping[str, Any]
    plan: memory_plan.MemoryPlan
    arena: Mapping[str, Any]
    sizes: Mapping[str, int]
    firmware: Sequence[Mapping[str, Any]]
    times: Mapping[str, Any]
    tflm: str
    missing: Sequence[str]

    def answers(self, engine: str) -> np.ndarray:
        """The class that an engine gives each image: of equal scores the first."""
        return self.scores[engine].argmax(axis=1)

    def correct(self, engine: str) -> int:
        """How many images an engine classifies right."""
        return int((self.answers(engine) == self.labels).sum())

    def mnist_reports(self) -> list[Mapping[str, Any]]:
        """The reports of MNIST's network, without those of other ways to compile."""
        return [r for r in self.firmware if r["model"] == "mnist_model_quantized.tflite"]

    def report_of(self, core: str, kernels: str) -> Mapping[str, Any] | None:
        """The report of MNIST's network on a core; None if there is none."""
        for report in self.mnist_reports():
            if (report["core"], report["kernels"]) == (core, kernels):
                return report
        return None


def _bytes(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ChainError(f"{path}: cannot be read: {error.strerror}") from error


def read_json(path: pathlib.Path, *needed: str) -> dict[str, Any]:
    """Reads a JSON object.

    Args:
      path: of the file.
      *needed: the members that it must have.

    Returns:
      The object.

    Raises:
      ChainError: it can't be read, or is something else.
    """
    try:
        value = json.loads(_bytes(path))
    except ValueError as error:
        raise ChainError(f"{path}: is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ChainError(f"{path}: is not a JSON object")
    for name in needed:
        if name not in value:
            raise ChainError(f"{path}: has no {name!r}: is it another file?")
    return value


def as_shares(scores: np.ndarray, path: pathlib.Path) -> np.ndarray:
    """Makes shares of scores: those of int8 are steps of 1/256 from -128 on, as a softmax has them.

    Args:
      scores: int8 or float32, shape (N, 10).
      path: the file, for messages.

    Returns:
      float32, the same shape.

    Raises:
      ChainError: they are something else.
    """
    if scores.ndim != 2 or scores.shape[1] != CLASSES or scores.dtype not in (np.int8, np.float32):
        raise ChainError(
            f"{path}: has {scores.dtype} of shape {list(scores.shape)}: needs int8 or float32,"
            f" {CLASSES} scores an image"
        )
    if scores.dtype == np.int8:
        return (scores.astype(np.float32) + 128) / 256
    return scores


def _scores(path: pathlib.Path, count: int) -> np.ndarray:
    try:
        scores = np.load(io.BytesIO(_bytes(path)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ChainError(f"{path}: is not a .npy file") from error
    if not isinstance(scores, np.ndarray):
        raise ChainError(f"{path}: is not a .npy file of one array")
    shares = as_shares(scores, path)
    if len(shares) != count:
        raise ChainError(f"{path}: has the scores of {len(shares)} images; there are {count}")
    return shares


def read(manifest_path: pathlib.Path) -> Chain:
    """Reads all files.

    Args:
      manifest_path: JSON of build_report: `files`, `scores`, `firmware`, `missing`.

    Returns:
      What they contain.

    Raises:
      ChainError: a file can't be read, or is something else.
      DatasetError: the images or labels are none.
      ModelError, PlanError: the int8 model is none, or has no memory plan.
    """
    manifest = read_json(manifest_path, "files", "scores", "firmware", "missing")
    files = {name: pathlib.Path(path) for name, path in manifest["files"].items()}
    scores = {name: pathlib.Path(path) for name, path in manifest["scores"].items()}
    if set(scores) != set(ENGINES):
        raise ChainError(f"{manifest_path}: needs scores of {', '.join(ENGINES)}")
    test_set = dataset.read_dataset(files["images"], files["labels"])
    linked = capabilities.read_json(files["tflm"])
    plan = memory_plan.plan_memory(reader.read_model(files["int8_model"]), linked.planner_ties)
    return Chain(
        history=read_json(files["history"], "recipe", "loss", "held_out_by_epoch"),
        accuracy=read_json(files["accuracy"], "keras", "tflite-float32", "tflite-int8"),
        images=test_set.images,
        labels=test_set.labels,
        scores={name: _scores(scores[name], len(test_set.labels)) for name in ENGINES},
        histograms=read_json(files["histograms"], "layers", "lowest_step", "images"),
        quantization=read_json(files["quantization"], "layers", "worst_layer", "float", "int8"),
        compiler=read_json(files["compiler_report"], "layers", "buffers", "working_memory"),
        plan=plan,
        arena=read_json(files["arena"], "arena_size"),
        sizes={name: len(_bytes(files[name])) for name in _SIZED},
        firmware=[
            read_json(pathlib.Path(path), "model", "core", "kernels", "instructions", "flash")
            for path in manifest["firmware"]
        ],
        times=read_json(files["times"], "cpu", "compiler", "rows"),
        tflm=read_json(files["tflm"], "name")["name"],
        missing=manifest["missing"],
    )
