# SPDX-License-Identifier: Apache-2.0
"""Outputs at the least distance from their inputs: a byte less is seen."""

import pathlib
from collections.abc import Mapping

import numpy as np
import pytest

from aot import compiler
from aot.graph import Op
from aot.kernels.kernel import Distance
from aot.targets import TARGETS, X86_64
from aot.testing import edge_layers, parity, sanitized_program, tight_plan
from aot.testing.one_operator import PADDING

_LAYER = edge_layers.layer(
    "CONV_2D",
    (1, 6, 6, 3),
    (5, 3, 3, 3),
    (1, 6, 6, 5),
    Padding=PADDING.SAME,
    StrideW=1,
    StrideH=1,
    DilationWFactor=1,
    DilationHFactor=1,
)


# A PC has the memory: functions for it give no distance.
@pytest.mark.parametrize("target", [target for target in TARGETS if target != X86_64])
@pytest.mark.parametrize("less", [0, 1])
def test_a_distance_that_is_a_byte_less_is_seen(
    less: int, target: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    kernel = TARGETS[target]["CONV_2D"]
    compiled = compiler.compile_model(_LAYER.model(), name="model", trace=True, target=target)
    (op,) = compiled.graph.ops
    claimed = kernel.distances(op)[0].least

    def distances(op: Op) -> Mapping[int, Distance]:
        del op
        return {0: Distance(claimed - less)}

    monkeypatch.setattr(kernel, "distances", distances)
    places = tight_plan.spread(compiled.graph, compiled.kernels, tight=True)
    offsets = places.plan.offsets
    assert places.shared == 1
    assert offsets[op.input(0)] - offsets[op.output] == claimed - less
    random = np.random.default_rng(0)
    inputs = [parity.random_inputs(compiled.graph, random) for _ in range(4)]
    case = sanitized_program.Case(compiled, inputs)
    reports = sanitized_program.check({"model": case}, tmp_path)
    assert bool(reports) == bool(less), reports
    assert all("model_tight" in report for report in reports), reports
