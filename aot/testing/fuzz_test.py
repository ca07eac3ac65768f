# SPDX-License-Identifier: Apache-2.0
"""Random models: the wheel, the specification and compiled C agree in every tensor."""

import collections
import functools
import os
import pathlib
import signal

import numpy as np
import pytest

from aot import compiler, importer
from aot.kernels.registry import INTERNAL, KERNELS
from aot.passes.chains import RAM
from aot.targets import TARGETS
from aot.testing import (
    fuzz,
    isolation,
    one_operator,
    parity,
    sanitized_program,
    shrinking,
)
from aot.testing.random_images import random_images
from aot.testing.random_operators import MAKERS, random_model
from tflite.testing.model_builder import TensorSpec

_COUNT = 200
_IMAGES = 30
# The compiler makes COPY and TABLE; variables come in pairs; BROADCAST_ARGS makes shapes alone.
_WITHOUT_MAKER = {*INTERNAL, "ASSIGN_VARIABLE", "BROADCAST_ARGS", "COPY", "READ_VARIABLE"}


def _model(seed: int):
    return random_model(seed).model()


def _images(seed: int):
    return random_images(seed).model()


def test_random_models_agree():
    sources = [functools.partial(_model, seed) for seed in range(_COUNT)]
    counts: collections.Counter[str] = collections.Counter()
    failures = []
    for seed, outcome in fuzz.check(sources):
        counts[outcome.kind] += 1
        if outcome.is_failure:
            failures.append(f"model {seed}: {outcome.kind}: {outcome.text}")
    assert not failures, "\n".join(failures)
    assert counts.total() == _COUNT
    # What the compiler refuses is the exception, and all models are for TFLM.
    assert counts[fuzz.SAME] > 0.9 * _COUNT, counts
    assert set(counts) <= {fuzz.SAME, fuzz.KNOWN_REFUSAL}, counts


def test_random_networks_for_images_agree():
    sources = [functools.partial(_images, seed) for seed in range(_IMAGES)]
    outcomes = dict(fuzz.check(sources))
    failures = [f"network {i}: {o.kind}: {o.text}" for i, o in outcomes.items() if o.is_failure]
    assert not failures, "\n".join(failures)
    assert [o.kind for o in outcomes.values()] == [fuzz.SAME] * _IMAGES
    # Some of them run by rows.
    graphs = [compiler.optimized(make(), optimize=RAM) for make in sources]
    assert sum(any(op.parts for op in graph.ops) for graph in graphs) > _IMAGES / 4


def test_random_models_are_clean_under_sanitizers(tmp_path: pathlib.Path):
    cases = {}
    for seed in range(_COUNT, _COUNT + 8):
        for target in TARGETS:
            name = f"model{seed}_{target}"
            try:
                compiled = compiler.compile_model(
                    _model(seed), name=name, trace=True, target=target
                )
            except importer.CompileError:
                break
            random = np.random.default_rng(seed)
            inputs = [parity.random_inputs(compiled.graph, random) for _ in range(2)]
            cases[name] = sanitized_program.Case(compiled, inputs)
    assert len(cases) > 10
    assert sanitized_program.check(cases, tmp_path) == []


def test_every_operator_is_in_random_models():
    assert set(KERNELS) - set(MAKERS) == _WITHOUT_MAKER
    found = {
        node.operator
        for seed in range(1000)
        for graph in random_model(seed).graphs
        for node in graph.nodes
    }
    assert found >= set(MAKERS) & set(KERNELS)


def test_a_model_is_made_again_of_its_choices():
    for seed in range(20):
        made = random_model(seed)
        assert random_model(made.choices).content == made.content
    # Whatever is left of them, they make a model.
    for i in range(0, len(made.choices), 3):
        random_model(made.choices[:i]).model()


def test_a_failing_model_becomes_small():
    def fails(models):
        return [
            any(
                node.operator == "CONV_2D" and node.options["StrideH"] == 2
                for node in model.graphs[0].nodes
            )
            for model in models
        ]

    large = next(m for m in map(random_model, range(1000)) if len(m.spans) > 7 and fails([m])[0])
    small = shrinking.shrink(large, random_model, fails, attempts=5000)
    assert fails([small]) == [True]
    (graph,) = small.graphs
    assert [node.operator for node in graph.nodes] == ["CONV_2D"]
    assert graph.tensors[0].shape == (1, 1, 1, 1)
    assert len(graph.outputs) == 1
    small.model()


def _work(task: str, folder: pathlib.Path, send: isolation.Send) -> None:
    send((task, sorted(path.name for path in folder.iterdir())))
    if task == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if task == "hangs":
        signal.pause()


def test_what_dies_or_hangs_does_not_matter_to_others():
    pool = isolation.Pool(_work, jobs=2, seconds=3)
    for task in ("runs", "dies", "hangs", "runs too"):
        pool.add(task)
    found = {result.task: result for result in pool.results()}
    assert {task: result.fault for task, result in found.items()} == {
        "runs": "",
        "dies": "signal 11",
        "hangs": "silence of 3 seconds",
        "runs too": "",
    }
    assert all(result.messages == [(task, ["log"])] for task, result in found.items())


def _outcome(spec: TensorSpec) -> fuzz.Outcome:
    """Checks a model of one RELU."""
    model = one_operator.model("RELU", [spec], [spec])
    ((place, outcome),) = fuzz.check([lambda: model])
    assert place == 0
    return outcome


_INT8 = one_operator.tensor((2, 3), scale=0.5, zero_point=3)
# TFLM has no RELU of it.
_INT32 = one_operator.tensor((2, 3), "int32")


def test_a_sound_model():
    assert _outcome(_INT8) == fuzz.Outcome(fuzz.SAME)


def test_what_both_refuse():
    outcome = _outcome(_INT32)
    assert outcome.kind == fuzz.REFUSED_BY_BOTH
    assert not outcome.is_failure
    assert outcome.text == (
        "RELU.tflite: operator 0 (RELU) has inputs of int32 and an output of int32: not supported"
    )


# The processes that check models have what is planted here.
def test_a_refusal_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(KERNELS["RELU"]), "unsound", lambda self, op: iter(["is not liked"]))
    outcome = _outcome(_INT8)
    assert outcome.kind == fuzz.REFUSED
    assert outcome.is_failure


def test_a_wrong_specification_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        type(KERNELS["RELU"]), "evaluate", lambda self, op, inputs: [inputs[0].copy()]
    )
    outcome = _outcome(_INT8)
    assert outcome.kind == fuzz.DIFFERS
    assert outcome.is_failure
    assert outcome.text.startswith(
        "with passes, portable, run 0, operator 0 (RELU): specification and C: "
    )


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("*(volatile int *)8 = 0;", fuzz.C_DIES),
        ("out = NULL;", fuzz.INVALID_C),
        ("memory[0] = 1;", fuzz.DIFFERS),
        ("memory[-1] = 1;", fuzz.COMPILER_FAILS),
    ],
)
def test_wrong_c_fails(line: str, kind: str, monkeypatch: pytest.MonkeyPatch):
    def emit(self, op, body):
        body.copy(op.input(0), op.output)
        body.lines.append(line)

    monkeypatch.setattr(type(KERNELS["RELU"]), "emit", emit)
    outcome = _outcome(_INT8)
    assert outcome.kind == kind
    assert outcome.is_failure


def test_an_exception_of_the_compiler_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(KERNELS["RELU"]), "emit", lambda self, op, body: 1 / 0)
    outcome = _outcome(_INT8)
    assert outcome.kind == fuzz.COMPILER_FAILS
    assert outcome.is_failure
    assert "ZeroDivisionError" in outcome.text


@pytest.mark.parametrize("beside", [-1, 6])
def test_reading_beside_a_tensor_is_found(
    beside: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    model = one_operator.model("RELU", [_INT8], [_INT8])

    def emit(self, op, body):
        source, output = body.argument(op.input(0)), body.argument(op.output)
        body.lines.append(f"memset({output}, {source}[{beside}], 6);")

    def evaluate(self, op, inputs):
        return [np.full((2, 3), 0xA5 - 256, np.int8)]

    monkeypatch.setattr(type(KERNELS["RELU"]), "emit", emit)
    monkeypatch.setattr(type(KERNELS["RELU"]), "evaluate", evaluate)
    compiled = compiler.compile_model(model, name="model", trace=True)
    case = sanitized_program.Case(compiled, [[np.zeros((2, 3), np.int8)]])
    (report,) = sanitized_program.check({"model": case}, tmp_path)
    assert "AddressSanitizer" in report
