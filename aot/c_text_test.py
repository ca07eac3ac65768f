# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from aot import c_text
from aot.c_text import Struct


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("model/conv_1/Relu;model/conv_1/BiasAdd", "model_conv_1_relu_"),
        ("StatefulPartitionedCall:0", "statefulpartitionedcall_0_"),
        ("1x1", "t_1x1_"),
        ("", "value_"),
        ("\u00e9\u2028*/", "value_"),
        ("float", "float_"),
        ("memory", "memory_"),
        ("x" * 60, "x" * 40 + "_"),
    ],
)
def test_names(text: str, name: str):
    assert c_text.identifier(text) == name


def test_names_are_unique():
    taken: set[str] = set()
    assert [c_text.identifier("a", taken) for _ in range(3)] == ["a_", "a_2_", "a_3_"]
    assert c_text.identifier("a_2", taken) == "a_2_2_"


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (0.0, "float32", "0.0f"),
        (-0.0, "float32", "-0x0.0p+0f"),
        (0.1, "float32", "0x1.99999a0000000p-4f"),
        (float("inf"), "float32", "INFINITY"),
        (float("-inf"), "float32", "-INFINITY"),
        (float("nan"), "float32", "NAN"),
        (-128, "int8", "-128"),
        (-(1 << 31), "int32", "(-2147483647 - 1)"),
        (1 << 31, "uint32", "2147483648u"),
        (-(1 << 63), "int64", "INT64_MIN"),
        (True, "bool", "true"),
    ],
)
def test_numbers(value: float, dtype: str, text: str):
    assert c_text.number(value, dtype) == text


def test_an_array_has_lines_of_at_most_100_columns():
    text = c_text.array("weights", np.arange(-60, 60, dtype=np.int8).reshape(2, 60))
    lines = text.splitlines()
    assert lines[0] == "static const int8_t weights[120] = {"
    assert lines[-1] == "};"
    assert max(map(len, lines)) <= 100
    assert [int(n) for n in " ".join(lines[1:-1]).replace(",", " ").split()] == list(range(-60, 60))


def test_a_struct():
    assert c_text.struct("shape", Struct("pool_2d", {"in_h": 3, "scale": 0.5, "dims": [1, 2]})) == (
        "static const struct pool_2d shape = {\n"
        "    .in_h = 3,\n"
        "    .scale = 0x1.0000000000000p-1f,\n"
        "    .dims = {1, 2},\n"
        "};\n"
    )
