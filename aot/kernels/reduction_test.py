# SPDX-License-Identifier: Apache-2.0
"""Reductions: compiled C, the specification and the wheel agree; what can't be is refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.one_operator import tensor

_USES = [
    *((operator, dtype) for operator in ("MEAN", "SUM") for dtype in ("float32", "int8", "int16")),
    *(
        (operator, dtype)
        for operator in ("REDUCE_MAX", "REDUCE_MIN")
        for dtype in ("float32", "int8")
    ),
    ("REDUCE_ALL", "bool"),
]


def _quantization(dtype: str, random: np.random.Generator) -> dict:
    if dtype not in ("int8", "int16"):
        return {}
    zero = int(random.choice([0, -128, 127, random.integers(-128, 128)]))
    return {"scale": float(np.exp(random.uniform(-6, 1))), "zero_point": zero}


def reduction(operator: str, dtype: str, random: np.random.Generator):
    """Makes a random model."""
    rank = int(random.integers(0, 7))
    shape = tuple(int(n) for n in random.integers(1, 5, rank))
    # TFLM's mean of floats has room for four axes.
    highest = 3 if (operator, dtype) == ("MEAN", "float32") else rank
    count = int(random.integers(1, min(rank, highest) + 1)) if rank else 1
    axes = random.choice(rank, count, replace=False) if rank else np.array([0])
    keep = bool(random.integers(2))
    reduced = {int(a) for a in axes} if rank else set()
    kept = [1 if i in reduced else n for i, n in enumerate(shape) if keep or i not in reduced]
    # From the end, or twice.
    axes = np.where(random.integers(0, 2, len(axes)), axes, axes - rank)
    if len(axes) and random.integers(3) == 0:
        axes = np.concatenate([axes, axes[:1]])
    scalar = len(axes) == 1 and bool(random.integers(2))
    first = _quantization(dtype, random)
    second = first if operator in ("REDUCE_MAX", "REDUCE_MIN") else _quantization(dtype, random)
    return one_operator.model(
        operator,
        [
            tensor(shape, dtype, **first),
            tensor(() if scalar else axes.shape, "int32", data=axes),
        ],
        [tensor(kept, dtype, **second)],
        {"KeepDims": keep},
    )


@pytest.mark.parametrize(("operator", "dtype"), _USES)
@pytest.mark.parametrize("seed", range(12))
def test_agrees(operator: str, dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(reduction(operator, dtype, random), tmp_path, seed=seed)


@pytest.mark.parametrize("operator", ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN"])
def test_special_floats_agree(
    operator: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
):
    inf, nan = float("inf"), float("nan")
    rows = [
        [nan, 1, 2], [1, nan, 2], [nan, nan, nan], [inf, -inf, 0], [inf, inf, inf],
        [-inf, -inf, -inf], [0.0, -0.0, 0.0], [-0.0, 0.0, -0.0], [-0.0, -0.0, -0.0],
        [3e38, 3e38, -3e38],
    ]  # fmt: skip
    values = np.array(rows, np.float32)
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    made = one_operator.model(
        operator,
        [tensor((10, 3), "float32"), tensor((1,), "int32", data=np.array([1]))],
        [tensor((10,), "float32")],
    )
    one_operator.check(made, tmp_path, runs=1)


def test_eight_dimensions_by_turns_agree(tmp_path: pathlib.Path):
    made = one_operator.model(
        "SUM",
        [
            tensor((2,) * 8, scale=0.5, zero_point=3),
            tensor((4,), "int32", data=np.array([0, 2, 4, 6])),
        ],
        [tensor((2,) * 4, scale=1.0, zero_point=-7)],
    )
    one_operator.check(made, tmp_path)


_ONE = tensor((1,), "int32", data=np.array([1]))


@pytest.mark.parametrize(
    ("operator", "inputs", "output", "text"),
    [
        (
            "SUM",
            [tensor((2, 3), "float32"), tensor((1,), "int32")],
            tensor((2,), "float32"),
            "has axes that are not constant: not supported",
        ),
        (
            "SUM",
            [tensor((2, 3), "float32"), tensor((1,), "int32", data=np.array([-3]))],
            tensor((2,), "float32"),
            "has the axis -3, and its input has 2 dimensions",
        ),
        (
            "SUM",
            [tensor((2, 3), "int32"), _ONE],
            tensor((2,), "int32"),
            "has inputs of int32, int32 and an output of int32: not supported",
        ),
        (
            "REDUCE_MAX",
            [tensor((2, 3), "int16", scale=1.0), _ONE],
            tensor((2,), "int16", scale=1.0),
            "has inputs of int16, int32 and an output of int16: not supported",
        ),
        (
            "MEAN",
            [tensor((2, 3), "float32"), _ONE],
            tensor((3,), "float32"),
            "has an output of [3], and its input makes [2]",
        ),
        (
            "MEAN",
            [tensor((2, 3), scale=1.0), _ONE],
            tensor((2,), scale=1e-20),
            "has scales of which the quotient is 1e+20: too large",
        ),
        (
            "REDUCE_MIN",
            [tensor((2, 3), scale=1.0), _ONE],
            tensor((2,), scale=0.5),
            "has an input and an output of different quantization: not supported",
        ),
        (
            "SUM",
            [
                tensor((2,) * 10, "float32"),
                tensor((5,), "int32", data=np.array([1, 3, 5, 7, 9])),
            ],
            tensor((2,) * 5, "float32"),
            "has an input of 10 dimensions: too many",
        ),
    ],
)
def test_others_are_refused(operator: str, inputs, output, text: str):
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(one_operator.model(operator, inputs, [output]), KERNELS)
    assert str(caught.value) == f"{operator}.tflite: operator 0 ({operator}) {text}"
