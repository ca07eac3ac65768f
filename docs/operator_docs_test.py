# SPDX-License-Identifier: Apache-2.0
"""The table of compiled operators is that of the kernels."""

import os
import pathlib

import pytest

from aot.importer import CONTROL
from aot.kernels.logic import Logic
from aot.kernels.registry import INTERNAL, KERNELS
from docs import operator_docs


class _Kernel(Logic):
    def __init__(self, types, operands=(), limits=""):
        self.types, self.operands, self.limits = types, operands, limits


def test_the_page_is_not_stale():
    page = pathlib.Path(os.environ["PAGE"]).read_text()
    assert page == operator_docs.render(), (
        f"docs/compiled_operators.md is stale: run `{operator_docs.UPDATE_COMMAND}`"
    )


def test_every_operator_is_there():
    page = operator_docs.render()
    own = {*INTERNAL, "COPY"}
    for name in {*KERNELS, *CONTROL} - own:
        assert f"\n| {name} | " in page or name in page.split("## Control")[1], name
    assert not any(f"| {name} |" in page for name in own)


def test_every_kernel_has_types():
    assert [name for name, kernel in KERNELS.items() if not kernel.types] == list(INTERNAL)


@pytest.mark.parametrize(
    ("kernel", "row"),
    [
        (_Kernel(("float32", "int16", "int64")), "✓ |  | ✓ | int64 | "),
        (
            _Kernel((("int8", "bool"), ("bool", "bool")), limits="no x"),
            " | → bool |  | bool | no x",
        ),
        (
            _Kernel(
                ("float32", ("int16", "int8", "int16"), ("int16", "int8", "int8")),
                ("input", "slopes"),
            ),
            "✓ |  | int8 slopes, → int16, int8 |  | ",
        ),
        # The first input is the same in all of them.
        (_Kernel((("bool", "int8", "int8"), ("bool", "int16", "int16"))), " | ✓ | ✓ |  | "),
        (_Kernel((("int32", "int16"), ("int64", "int16"))), " |  |  | int32, int64 → int16 | "),
    ],
)
def test_a_row(kernel: _Kernel, row: str):
    assert f"\n| ADD | {row} |\n" in operator_docs.render({"ADD": kernel})
