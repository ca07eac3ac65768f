# SPDX-License-Identifier: Apache-2.0
"""Makes random models, always the same ones: any tensors, any options. They need not make sense."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tflite import schema
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, accessor, build_graphs

_KINDS = tuple(
    kind
    for kinds in (schema.BUILTIN_OPTIONS, schema.BUILTIN_OPTIONS_2)
    for number, kind in kinds.items()
    if number
)
_DTYPES = {
    "b": np.int8,
    "B": np.uint8,
    "?": np.bool_,
    "h": np.int16,
    "H": np.uint16,
    "i": np.int32,
    "I": np.uint32,
    "q": np.int64,
    "Q": np.uint64,
    "f": np.float32,
}


def make(count: int) -> Iterator[bytes]:
    """Makes models.

    Args:
      count: how many. Every kind of options is in some of 200 already.

    Yields:
      Their bytes.
    """
    for number in range(count):
        random = np.random.default_rng(number)
        graphs = [_graph(random, number + i) for i in range(1 + int(random.integers(2)))]
        signatures = {"serving": (0, {"in": 0}, {"out": 0})} if number % 3 == 0 else None
        metadata = (
            {"note": bytes(random.integers(0, 256, 5, np.uint8))} if number % 4 == 0 else None
        )
        yield build_graphs(
            *graphs, signatures=signatures, metadata=metadata, description=f"model {number}"
        )


def _graph(random: np.random.Generator, number: int) -> GraphSpec:
    tensors = [_tensor(random, i) for i in range(1 + int(random.integers(5)))]

    def some() -> tuple[int, ...]:
        return tuple(int(i) for i in random.integers(0, len(tensors), random.integers(1, 4)))

    nodes = []
    for i in range(int(random.integers(1, 4))):
        kind = _KINDS[(3 * number + i) % len(_KINDS)]
        names = tuple(schema.BUILTIN_OPERATORS.values())
        operator = names[int(random.integers(len(names)))]
        custom = operator in ("CUSTOM", "PLACEHOLDER_FOR_GREATER_OP_CODES")
        nodes.append(
            NodeSpec(
                "MyOperator" if custom else operator,
                (-1, *some()),
                some(),
                version=int(random.integers(1, 5)),
                options=_options(random, kind),
                options_type=kind,
                custom_options=bytes(3) if custom else b"",
            )
        )
    return GraphSpec(tensors, nodes, some(), some(), name=f"graph {number}")


def _tensor(random: np.random.Generator, index: int) -> TensorSpec:
    shape = tuple(int(n) for n in random.integers(1, 5, random.integers(0, 5)))
    scales = int(random.integers(0, 3))
    return TensorSpec(
        shape,
        ("int8", "float32", "int32", "bool", "int16")[int(random.integers(5))],
        name=f"tensor {index} \u00e9",
        data=bytes(random.integers(0, 256, int(random.integers(0, 20)), np.uint8)),
        scales=tuple(float(s) for s in random.random(scales, np.float32)),
        zero_points=tuple(int(z) for z in random.integers(-9, 9, scales)),
        axis=int(random.integers(3)),
        signature=(-1, *shape[1:]) if shape and random.integers(2) else None,
        variable=bool(random.integers(2)),
    )


def _options(random: np.random.Generator, kind: str) -> dict[str, int | float | str | np.ndarray]:
    found: dict[str, int | float | str | np.ndarray] = {}
    for name, (_, code, _) in schema.TABLES[kind].items():
        # What is left out has the schema's default.
        if random.integers(4) == 0:
            continue
        camel = accessor(name)
        if code == "s":
            found[camel] = f"text {int(random.integers(100))}"
        elif code[0] == "[":
            values = random.integers(0, 100, random.integers(0, 4))
            found[camel] = values.astype(_DTYPES[code[1]])
        else:
            found[camel] = np.array(random.integers(0, 3), _DTYPES[code]).item()
    return found
