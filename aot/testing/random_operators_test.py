# SPDX-License-Identifier: Apache-2.0
"""Random models have all operators, with nearly all types that their kernels say they take."""

from aot import graph, importer
from aot.kernels.registry import KERNELS
from aot.testing import random_operators

_MODELS = 1000
_TYPES = {"float32", "int8", "int16"}
# Their own tests have all types of them.
_OTHERS = {"CAST", "EXPAND_DIMS", "READ_VARIABLE", "UNIDIRECTIONAL_SEQUENCE_LSTM"}


def _seen() -> dict[str, set[frozenset[str]]]:
    """Finds which types each operator of the models has, those of axes and such among them."""
    found: dict[str, set[frozenset[str]]] = {}
    for seed in range(_MODELS):
        try:
            made = importer.import_model(random_operators.random_model(seed).model(), KERNELS)
        except importer.CompileError:
            continue
        for op in graph.walk(made.ops):
            types = frozenset(v.dtype for v in (*op.inputs, *op.outputs) if v is not None)
            found.setdefault(op.kind, set()).add(types)
    return found


def test_what_kernels_declare_is_compiled():
    seen = _seen()
    missing = [
        (name, row)
        for name, kernel in KERNELS.items()
        for row in kernel.types
        if name not in _OTHERS
        and _TYPES.issuperset(wanted := {row} if isinstance(row, str) else set(row))
        and not any(types >= wanted for types in seen.get(name, ()))
    ]
    assert not missing
    # What is known, e.g. a shape of shapes, is mostly computed at once.
    expected = {name for name, kernel in KERNELS.items() if kernel.types} - {"BROADCAST_ARGS"}
    assert expected <= seen.keys()
