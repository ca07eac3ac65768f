# SPDX-License-Identifier: Apache-2.0
"""What depends on exp and similar functions of the C library."""

import numpy as np
import pytest

from aot import compiler
from aot.inexact_values import inexact_values
from aot.kernels.registry import INEXACT, INEXACT_SUMS, KERNELS
from aot.testing import one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs


def _dtypes(model: Model) -> list[str]:
    return sorted(v.dtype for v in inexact_values(compiler.specification(model)))


def test_each_of_them_has_a_kernel():
    assert KERNELS.keys() >= {*INEXACT, *INEXACT_SUMS}


@pytest.mark.parametrize(("operator", "inexact"), [("TANH", 1), ("NEG", 0)])
def test_floats_and_what_is_computed_from_them(operator: str, inexact: int):
    x = tensor((1, 4), "float32")
    nodes = [NodeSpec(operator, [0], [1]), NodeSpec("NEG", [1], [2]), NodeSpec("NEG", [0], [3])]
    graph = GraphSpec([x, x, x, x], nodes, [0], [2, 3])
    made = parse_model(build_graphs(graph), "model.tflite")
    assert _dtypes(made) == ["float32"] * 2 * inexact


def test_integers_of_the_same_operator_are_exact():
    x, y = tensor((1, 4), scale=0.1), tensor((1, 4), scale=1 / 128)
    assert not _dtypes(one_operator.model("TANH", [x], [y]))


def test_svdf_only_multiplies_and_adds():
    made = one_operator.model(
        "SVDF",
        [
            tensor((1, 2), "float32"),
            tensor((3, 2), "float32", data=np.ones((3, 2))),
            tensor((3, 4), "float32", data=np.ones((3, 4))),
            tensor((3,), "float32", data=np.ones(3)),
            tensor((1, 12), "float32", variable=True),
        ],
        [tensor((1, 3), "float32")],
        {"Rank": 1, "FusedActivationFunction": one_operator.ACTIVATION.NONE},
    )
    assert not _dtypes(made)
