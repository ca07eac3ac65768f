# SPDX-License-Identifier: Apache-2.0
"""ARG_MAX and ARG_MIN: compiled C, the specification and the wheel agree."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.one_operator import tensor


def arg_extreme(operator: str, dtype: str, random: np.random.Generator):
    """Makes a random model."""
    rank = int(random.integers(1, 7))
    shape = tuple(int(n) for n in random.integers(1, 6, rank))
    axis = int(random.integers(-rank, rank))
    rest = [n for i, n in enumerate(shape) if i != axis % rank]
    scale = () if dtype == "float32" else 0.5
    return one_operator.model(
        operator,
        [
            tensor(shape, dtype, scale=scale),
            tensor([(), (1,)][random.integers(2)], "int32", data=np.array(axis)),
        ],
        [tensor(rest, "int32")],
        {"OutputType": 2},
    )


@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(8))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(arg_extreme(operator, dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_the_first_of_equals_counts(
    operator: str, dtype: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
):
    values = np.array([[3, 3, 3], [1, 2, 2], [2, 1, 1], [-5, -7, -5], [-7, -5, -7]], dtype)
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    scale = () if dtype == "float32" else 0.5
    made = one_operator.model(
        operator,
        [tensor(values.shape, dtype, scale=scale), tensor((), "int32", data=np.array(1))],
        [tensor((5,), "int32")],
        {"OutputType": 2},
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize("operator", ["ARG_MAX", "ARG_MIN"])
def test_special_floats_agree(
    operator: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
):
    inf, nan = float("inf"), float("nan")
    rows = [
        [nan, 1, 2], [1, nan, 2], [2, nan, 1], [nan, nan, nan], [inf, -inf, 0], [inf, inf, inf],
        [0.0, -0.0, 0.0], [-0.0, 0.0, -0.0],
    ]  # fmt: skip
    values = np.array(rows, np.float32)
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    made = one_operator.model(
        operator,
        [tensor((8, 3), "float32"), tensor((), "int32", data=np.array(-1))],
        [tensor((8,), "int32")],
    )
    one_operator.check(made, tmp_path, runs=1)


_ONE = tensor((), "int32", data=np.array(1))


@pytest.mark.parametrize(
    ("inputs", "output", "text"),
    [
        (
            [tensor((2, 3), "float32"), tensor((), "int32")],
            tensor((2,), "int32"),
            "has axes that are not constant: not supported",
        ),
        (
            [tensor((2, 3), "float32"), tensor((2,), "int32", data=np.array([0, 1]))],
            tensor((), "int32"),
            "has 2 axes: not supported",
        ),
        (
            [tensor((2, 3), "float32"), tensor((), "int32", data=np.array(2))],
            tensor((2,), "int32"),
            "has the axis 2, and its input has 2 dimensions",
        ),
        (
            [tensor((2, 3), "float32"), _ONE],
            tensor((2,), "int64"),
            "has inputs of float32, int32 and an output of int64: not supported",
        ),
        (
            [tensor((2, 3), "float32"), _ONE],
            tensor((2, 1), "int32"),
            "has an output of [2, 1], and its input makes [2]",
        ),
    ],
)
def test_others_are_refused(inputs, output, text: str):
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(one_operator.model("ARG_MAX", inputs, [output]), KERNELS)
    assert str(caught.value) == f"ARG_MAX.tflite: operator 0 (ARG_MAX) {text}"
