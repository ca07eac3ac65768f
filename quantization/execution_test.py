# SPDX-License-Identifier: Apache-2.0
"""Tests of execution.py: many samples at once give what the interpreter gives for each."""

import numpy as np
import pytest

from aot import compiler
from aot.importer import CompileError
from aot.interpreter import Interpreter
from aot.kernels.registry import KERNELS
from aot.testing import parity, random_operators, random_products
from aot.testing.random_graphs import make
from quantization import execution
from tflite.reader import parse_model
from tflite.testing import small_cnn

SAMPLES = 3


def specification(model):
    """Makes the graph; None for one of the random models that can't be compiled."""
    try:
        return compiler.specification(model)
    except CompileError:
        return None


def check_equal(graph):
    """Runs samples at once and one by one."""
    random = np.random.default_rng(1)
    samples = [parity.random_inputs(graph, random) for _ in range(SAMPLES)]
    inputs = [np.stack(arrays) for arrays in zip(*samples, strict=True)]
    known = execution.initial(graph, inputs)
    execution.run(graph, known)
    for i, sample in enumerate(samples if inputs else [[]]):
        made = Interpreter(graph, KERNELS).run(sample)
        for value, data in made.items():
            if value.data is None:
                np.testing.assert_array_equal(known[value][i], data, err_msg=value.name)


@pytest.mark.parametrize("build", [small_cnn.build_float32, small_cnn.build_int8])
def test_a_network_gives_the_same(build):
    check_equal(compiler.specification(parse_model(build(small_cnn.draw_weights()), "m")))


def test_random_models_give_the_same():
    seen = 0
    for seed in range(50):
        graph = specification(random_operators.random_model(seed).model())
        if graph is None:
            continue
        if any(op.blocks for op in graph.ops):
            with pytest.raises(execution.UnsupportedError, match="branches or loops"):
                execution.check(graph)
            continue
        execution.check(graph)
        seen += 1
        check_equal(graph)
    assert seen > 20


@pytest.mark.parametrize("kind", execution.BATCHED)
def test_each_operator_gives_the_same(kind):
    maker = {kind: random_operators.MAKERS[kind]}
    batched = 0
    for seed in range(60):
        model = make(seed, maker, (kind,), random_products.activation).model()
        graph = specification(model)
        if graph is not None and any(
            op.kind == kind and execution.is_batched(op) for op in graph.ops
        ):
            batched += 1
            check_equal(graph)
        if batched == 3:
            return
    raise AssertionError(f"only {batched} models run {kind} at once")
