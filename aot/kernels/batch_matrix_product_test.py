# SPDX-License-Identifier: Apache-2.0
"""BATCH_MATMUL: compiled C, the specification and the wheel agree; what can't be is refused."""

import pathlib

import numpy as np
import pytest

from aot import importer
from aot.kernels.registry import KERNELS
from aot.testing import one_operator, parity
from aot.testing.one_operator import tensor


def batch_matrix_product(dtype: str, random: np.random.Generator):
    """Makes a random model."""
    rows, depth, columns = (int(n) for n in random.integers(1, 7, 3))
    batches = [int(n) for n in random.integers(1, 4, random.integers(0, 4))]

    def side() -> list[int]:
        # Broadcast: fewer dimensions, or of size 1.
        return [n if random.integers(3) else 1 for n in batches][
            int(random.integers(0, len(batches) + 1)) if random.integers(2) else 0 :
        ]

    left, right = side(), side()
    output = list(np.broadcast_shapes(tuple(left), tuple(right)))
    adj_x, adj_y = bool(random.integers(2)), bool(random.integers(2))
    left += [depth, rows] if adj_x else [rows, depth]
    right += [columns, depth] if adj_y else [depth, columns]
    output += [rows, columns]

    def quantization(scale: float) -> dict:
        if dtype == "float32":
            return {}
        zero = int(random.choice([0, -128, 127, random.integers(-128, 128)]))
        return {"scale": scale, "zero_point": 0 if dtype == "int16" else zero}

    scales = np.exp(random.uniform(-6, 1, 2))
    largest = 128 if dtype == "int8" else 32768
    product = float(scales[0] * scales[1] * largest * np.exp(random.uniform(-4, 1)))
    data = None
    if random.integers(3) == 0:
        limit = 8 if dtype == "float32" else largest
        data = random.integers(-limit, limit, right).astype(dtype)
    return one_operator.model(
        "BATCH_MATMUL",
        [
            tensor(left, dtype, **quantization(float(scales[0]))),
            tensor(right, dtype, **quantization(float(scales[1])), data=data),
        ],
        [tensor(output, dtype, **quantization(product))],
        {"AdjX": adj_x, "AdjY": adj_y},
    )


@pytest.mark.parametrize("dtype", ["float32", "int8", "int16"])
@pytest.mark.parametrize("seed", range(20))
def test_agrees(dtype: str, seed: int, tmp_path: pathlib.Path):
    random = np.random.default_rng(seed)
    one_operator.check(batch_matrix_product(dtype, random), tmp_path, seed=seed)


def test_the_factor_is_a_product_of_doubles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
):
    """With a product of floats the result is 5."""
    scales = 0.7348393797874451, 0.016098788008093834, 181.17532348632812
    left = np.array([[127] * 4 + [100, 4]], np.int8)
    right = np.array([[127]] * 4 + [[44], [0]], np.int8)
    assert int((left.astype(int) @ right.astype(int))[0, 0]) == 68916
    monkeypatch.setattr(parity, "random_inputs", lambda graph, random: [left, right])
    made = one_operator.model(
        "BATCH_MATMUL",
        [tensor(left.shape, scale=scales[0]), tensor(right.shape, scale=scales[1])],
        [tensor((1, 1), scale=scales[2])],
    )
    one_operator.check(made, tmp_path, runs=1)


def _tensors(*shapes: tuple[int, ...], dtype: str = "float32", **quantization):
    return [tensor(shape, dtype, **quantization) for shape in shapes]


@pytest.mark.parametrize(
    ("tensors", "text"),
    [
        (
            _tensors((2, 3), (4, 5), (2, 5)),
            "has the shapes [2, 3], [4, 5] and [2, 5]: they do not fit",
        ),
        (
            _tensors((2, 2, 3), (3, 3, 5), (2, 2, 5)),
            "has the shapes [2, 2, 3], [3, 3, 5] and [2, 2, 5]: they do not fit",
        ),
        (
            _tensors((3,), (3, 5), (5,)),
            "has inputs of [3] and [3, 5]: not 2 to 5 dimensions, or one is empty",
        ),
        (
            _tensors((1, 1, 1, 1, 2, 3), (3, 5), (1, 1, 1, 1, 2, 5)),
            "has inputs of [1, 1, 1, 1, 2, 3] and [3, 5]: not 2 to 5 dimensions, or one is empty",
        ),
        (
            _tensors((2, 3), (3, 5), (2, 5), dtype="int32"),
            "has inputs of int32, int32 and an output of int32: not supported",
        ),
        (
            _tensors((2, 3), (3, 5), (2, 5), dtype="int16", scale=0.5, zero_point=1),
            "has tensors of 16 bits with a zero point: not supported",
        ),
        (
            _tensors((2, 3), (3, 5), (2, 5), dtype="int16", scale=20000.0),
            "has scales of which the quotient is 20000: too large",
        ),
    ],
)
def test_others_are_refused(tensors, text: str):
    made = one_operator.model("BATCH_MATMUL", tensors[:2], tensors[2:])
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"BATCH_MATMUL.tflite: operator 0 (BATCH_MATMUL) {text}"
