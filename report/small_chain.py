# SPDX-License-Identifier: Apache-2.0
"""A chain of small figures that nobody measured, for tests."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from report.chain import CLASSES, ENGINES, Chain
from tflite.memory_plan import MemoryPlan, PlannedTensor, Step

IMAGES = 60
WRONG = (3, 17)
"""Images that every engine takes for the next digit; Keras is right about the second one."""


def firmware_report(core: str, kernels: str, instructions: int, **changes: Any) -> dict[str, Any]:
    """Makes a report as firmware_report does.

    Args:
      core: of the board.
      kernels: "reference", "cmsis_nn" or "compiled".
      instructions: of an inference.
      **changes: members that are to be otherwise.

    Returns:
      The members that the page reads.
    """
    compiled = kernels == "compiled"
    names = ["CONV_2D_MAX_POOL_2D", "SOFTMAX"] if compiled else ["CONV_2D", "MAX_POOL_2D"]
    parts = [instructions * 3 // 4, instructions // 8]
    return {
        "label": f"//tests:mnist_board_{kernels}",
        "model": "mnist_model_quantized.tflite",
        "environment": "board",
        "core": core,
        "kernels": kernels,
        "instructions": {
            "inference": instructions,
            "interpreter": 0 if compiled else instructions - sum(parts),
        },
        "estimated_cycles": {"inference": instructions * 2},
        "operators": [
            {"name": name, "depth": 0, "instructions": part}
            for name, part in zip(names, parts, strict=True)
        ],
        "flash": {"bytes": instructions // 10, "by_owner": {"model": 2_000}},
        "ram": {"bytes": 3_000, "arena": 1_400},
    } | changes


def _scores(labels: np.ndarray, wrong: tuple[int, ...]) -> np.ndarray:
    scores = np.full((len(labels), CLASSES), 1 / 256, np.float32)
    answers = labels.astype(int)
    answers[list(wrong)] = (answers[list(wrong)] + 1) % CLASSES
    scores[np.arange(len(labels)), answers] = 0.75
    return scores


def _grid(values: int) -> dict[str, Any]:
    counts = [0] * 256
    counts[0], counts[100] = values - 3, 3
    return {
        "scale": 0.5,
        "zero_point": -128,
        "float32": counts,
        "int8": counts[::-1],
        "below": 0,
        "above": 7,
    }


def _noise(index: int, operator: str, **changes: Any) -> dict[str, Any]:
    return {
        "index": index,
        "operator": operator,
        "snr_db": 38.0,
        "own_snr_db": 38.0,
        "kept_snr_db": 38.0,
        "best_snr_db": 41.0,
        "weights_snr_db": None,
        "clipped_share": 0.0125,
        "channels": 8,
        "worst_channel": {"index": 3, "snr_db": 30.0},
        "in_float": {"right": 18, "mended": 2, "broken": 1},
        "alone": {"right": 16, "mended": 0, "broken": 2},
    } | changes


def make(**changes: Any) -> Chain:
    """Makes the chain.

    Args:
      **changes: members that are to be otherwise.

    Returns:
      The chain.
    """
    labels = np.arange(IMAGES, dtype=np.uint8) % CLASSES
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, 28, 28), dtype=np.uint8)
    scores = {
        engine: _scores(labels, WRONG[:1] if engine == "keras" else WRONG) for engine in ENGINES
    }
    steps = (Step(0, None, "start"), Step(0, 0, "CONV_2D"), Step(0, 1, "SOFTMAX"))
    tensors = (
        PlannedTensor(0, 0, "serving_default_image:0", 784, 784, 0, 1, 512),
        PlannedTensor(0, 1, "model/conv/Relu;model/conv/Conv2D", 500, 512, 1, 2, 0),
    )
    weights = _grid(72) | {"shape": [8, 3, 3, 1], "scales": [0.1, 0.2]}
    chain = Chain(
        history={
            "recipe": {"epochs": 3, "batch_size": 128, "seed": 1, "held_out": 2_000},
            "loss": [0.5, 0.25, 0.125],
            "learning_rate": [0.01, 0.012, 0.004],
            "held_out": 0.985,
            "held_out_by_epoch": [0.95, 0.975, 0.985],
        },
        accuracy={},
        images=images,
        labels=labels,
        scores=scores,
        histograms={
            "images": 1_000,
            "lowest_step": -128,
            "layers": [
                {"operator": "CONV_2D", "activations": _grid(5_408), "weights": weights},
                {"operator": "RESHAPE", "activations": _grid(5_408), "weights": None},
                {"operator": "SOFTMAX", "activations": _grid(10), "weights": None},
            ],
        },
        quantization={
            "samples": IMAGES,
            "float": {"right": 18},
            "int8": {"right": 17},
            "int8_share_interval_95": [0.7, 0.95],
            "worst_layer": 0,
            "layers": [
                _noise(0, "CONV_2D", own_snr_db=39.5, kept_snr_db=40.5, weights_snr_db=49.0),
                _noise(2, "SOFTMAX", own_snr_db="inf", worst_channel=None),
            ],
        },
        compiler={
            "flash": 1_900,
            "working_memory": 1_432,
            "layers": [{"operator": "CONV_2D"}, {"operator": "RESHAPE"}, {"operator": "SOFTMAX"}],
            "buffers": [
                {"name": "image", "bytes": 784, "offset": 648, "first": 0, "last": 0},
                {"name": "model/conv/Relu", "bytes": 1_000, "offset": 0, "first": 0, "last": 1},
                {"name": "model/flat/Reshape", "bytes": 1_000, "offset": 0, "first": 1, "last": 2},
                {"name": "", "bytes": 100, "offset": 1_332, "first": 2, "last": 2},
            ],
        },
        plan=MemoryPlan(steps, tensors, 1_296, (784, 1_296, 512), 0),
        arena={"arena_size": 2_345},
        sizes={
            "keras_model": 9_000,
            "weights": 8_000,
            "float32_model": 7_000,
            "int8_model": 2_100,
            "array_source": 12_345,
            "compiled_source": 6_789,
        },
        firmware=[
            firmware_report("cortex_m4f", "reference", 400_000),
            firmware_report("cortex_m4f", "cmsis_nn", 80_000),
            firmware_report("cortex_m4f", "compiled", 16_000),
            firmware_report("cortex_m55", "compiled", 8_000),
        ],
        times={
            "cpu": "a <fast> CPU & more",
            "compiler": "gcc",
            "rows": [
                {"model": "mnist", "engine": "litert", "microseconds": 10.0},
                {"model": "mnist", "engine": "compiled_c", "microseconds": 5.0},
                {"model": "mnist", "engine": "compiled_avx2", "microseconds": 2.5},
            ],
        },
        tflm="of 2020",
        missing=[],
    )
    return dataclasses.replace(chain, **changes)
