# SPDX-License-Identifier: Apache-2.0
"""The memory plan of real models is what the linked TFLM allocates."""

import os
import pathlib

from inspector.inspection import totals
from tflite.memory_plan import plan_memory
from tflite.reader import read_model
from tflm import capabilities, verdict

JUDGE = pathlib.Path(os.environ["JUDGE"])
LINKED = capabilities.read_json(pathlib.Path(os.environ["TFLM"]))
MODELS = [path for path in os.environ["MODELS"].split() if path.endswith(".tflite")]

# What scratch buffers, whose sizes are not in the file, add to the peak: here two of 16 bytes, of
# MEAN. In other models' kernels they find room below it.
SCRATCH = {"looping.tflite": 32}


def test_the_mnist_models_plan_is_the_one_that_is_measured():
    (path,) = [path for path in MODELS if path.endswith("mnist_model_quantized.tflite")]
    # //micro:measure_arena: non-persistent.
    assert plan_memory(read_model(path), LINKED.planner_ties).peak == 6768


def test_tflm_plans_the_same_bytes():
    assert len(MODELS) >= 11
    models = {path: read_model(path) for path in MODELS}
    planned = {path: verdict.ask(JUDGE, m.content).planned_bytes for path, m in models.items()}
    expected = {
        path: plan_memory(m, LINKED.planner_ties).peak + SCRATCH.get(pathlib.Path(path).name, 0)
        for path, m in models.items()
    }
    assert planned == expected


def test_the_figures_of_the_mnist_model():
    (path,) = [path for path in MODELS if path.endswith("mnist_model_quantized.tflite")]
    # As the README states them.
    assert totals(read_model(path)) == {"multiply_accumulates": 70_464, "weight_bytes": 22_008}
