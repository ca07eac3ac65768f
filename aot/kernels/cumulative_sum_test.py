# SPDX-License-Identifier: Apache-2.0
"""CUMSUM: compiled C, the specification and the wheel agree; what can't be compiled is refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.one_operator import tensor


def cumulative_sum(dtype: str, random: np.random.Generator):
    """Makes a random model."""
    rank = int(random.integers(1, 7))
    shape = tuple(int(n) for n in random.integers(1, 6, rank))
    axis = int(random.integers(-rank, rank))

    def quantization() -> dict:
        if dtype == "float32":
            return {}
        zero = int(random.choice([0, -128, 127, random.integers(-128, 128)]))
        return {"scale": float(np.exp(random.uniform(-6, 1))), "zero_point": zero}

    return one_operator.model(
        "CUMSUM",
        [
            tensor(shape, dtype, **quantization()),
            tensor([(), (1,)][random.integers(2)], "int32", data=np.array(axis)),
        ],
        [tensor(shape, dtype, **quantization())],
        {"Exclusive": bool(random.integers(2)), "Reverse": bool(random.integers(2))},
    )


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(16))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(cumulative_sum(dtype, random), tmp_path, seed=seed)


def test_sums_that_wrap_agree(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path):
    # 20 * 255 is above 4096, the largest sum that TFLM holds.
    values = np.full(20, 127, np.int8)
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [values])
    made = one_operator.model(
        "CUMSUM",
        [
            tensor((20,), scale=1.0, zero_point=-128),
            tensor((), "int32", data=np.array(0)),
        ],
        [tensor((20,), scale=60.0)],
    )
    one_operator.check(made, tmp_path, runs=1)


@pytest.mark.parametrize(
    ("source", "output", "text"),
    [
        (
            tensor((2,), scale=2.0),
            tensor((2,), scale=2.0**-18),
            "has scales with the factor 1, which is not between 0 and 1",
        ),
        (
            tensor((2,), "int16", scale=1.0),
            tensor((2,), "int16", scale=1.0),
            "has inputs of int16, int32 and an output of int16: not supported",
        ),
        (
            tensor((2,), "float32"),
            tensor((3,), "float32"),
            "has the shapes [2] and [3]: not the same, or empty",
        ),
        (
            tensor((), "float32"),
            tensor((), "float32"),
            "has the axis 0, and its input has 0 dimensions",
        ),
    ],
)
def test_others_are_refused(source, output, text: str):
    axis = tensor((), "int32", data=np.array(0))
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(one_operator.model("CUMSUM", [source, axis], [output]), KERNELS)
    assert str(caught.value) == f"CUMSUM.tflite: operator 0 (CUMSUM) {text}"
