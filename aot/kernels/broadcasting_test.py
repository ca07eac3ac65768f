# SPDX-License-Identifier: Apache-2.0
"""Loops over shapes that are broadcast to each other."""

import numpy as np
import pytest

from aot import importer
from aot.kernels.broadcasting import Loop, loops
from aot.kernels.registry import KERNELS
from aot.testing import elementwise, one_operator
from aot.testing.one_operator import tensor


@pytest.mark.parametrize(
    ("output", "inputs", "expected"),
    [
        ((), [(), ()], [Loop(1, (1, 1))]),
        ((2, 3, 4), [(2, 3, 4), (2, 3, 4)], [Loop(24, (1, 1))]),
        ((2, 1, 4), [(2, 1, 4), (1, 2, 1, 4)], [Loop(8, (1, 1))]),
        ((2, 3, 4), [(2, 3, 4), ()], [Loop(24, (1, 0))]),
        ((2, 3, 4), [(2, 3, 4), (4,)], [Loop(6, (4, 0)), Loop(4, (1, 1))]),
        ((2, 3, 4), [(2, 3, 4), (2, 1, 1)], [Loop(2, (12, 1)), Loop(12, (1, 0))]),
        ((5, 4), [(5, 1), (1, 4)], [Loop(5, (1, 0)), Loop(4, (0, 1))]),
    ],
)
def test_loops_are_as_few_as_possible(output, inputs, expected):
    assert loops(output, inputs) == expected


@pytest.mark.parametrize("seed", range(100))
def test_loops_pair_elements_as_numpy_does(seed: int):
    random = np.random.default_rng(seed)
    inputs, output = elementwise.shapes(random, 3)
    nest = loops(output, inputs)
    steps = np.indices([loop.size for loop in nest]).reshape(len(nest), -1)
    for i, shape in enumerate(inputs):
        places = np.array([loop.strides[i] for loop in nest]) @ steps
        expected = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        np.testing.assert_array_equal(places, np.broadcast_to(expected, output).ravel())
        assert nest[-1].strides[i] in (0, 1)


@pytest.mark.parametrize(
    ("inputs", "output", "reason"),
    [
        (
            [(2, 3), (2,)],
            (2, 3),
            "has the shapes [2, 3] and [2] and [2, 3]: the inputs don't make the output",
        ),
        (
            [(2, 1), (3,)],
            (6,),
            "has the shapes [2, 1] and [3] and [6]: the inputs don't make the output",
        ),
        ([(0, 3), (3,)], (2, 3), "has the shapes [0, 3] and [3] and [2, 3]: one is empty"),
        (
            [(1, 1, 1, 1, 1, 1, 2), (2,)],
            (1, 1, 1, 1, 1, 1, 2),
            "has the shapes [1, 1, 1, 1, 1, 1, 2] and [2] and [1, 1, 1, 1, 1, 1, 2]:"
            " more than 6 dimensions",
        ),
    ],
)
def test_other_shapes_are_refused(inputs, output, reason):
    made = one_operator.model(
        "ADD", [tensor(shape, "float32") for shape in inputs], [tensor(output, "float32")]
    )
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    # An input without elements is written by nobody, which is another reason.
    assert f"ADD.tflite: operator 0 (ADD) {reason}" in str(caught.value).splitlines()
