# SPDX-License-Identifier: Apache-2.0
"""The plan: graphs run in the memory that it gives them, and it gives no more than is needed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from aot.c_text import Body
from aot.graph import Graph, Op, Value, walk
from aot.interpreter import Interpreter
from aot.kernels.kernel import Distance, Kernel
from aot.plan import ALIGNMENT, Plan, plan_memory


class _Fake(Kernel):
    """A kernel of bytes that remembers what it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, ...]] = []

    def problems(self, op: Op) -> Iterator[str]:
        del op
        return iter(())

    def emit(self, op: Op, body: Body) -> None:
        raise NotImplementedError

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        given = [one for one in inputs if one is not None]
        self.seen.append(tuple(one.tobytes() for one in given))
        return [self.made(value, given) for value in op.outputs]

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        raise NotImplementedError


class _Mix(_Fake):
    """Reads all of its inputs for each byte of its outputs."""

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        total = sum(int(one.astype(np.int64).sum()) * (i + 3) for i, one in enumerate(inputs))
        if value.dtype == "bool":
            return np.full(value.shape, total % 2 == 1)
        return (total + 7 * np.arange(value.size)).astype(np.uint8)

    def scratch_bytes(self, op: Op) -> int:
        return op.option("scratch")


class _Next(_Fake):
    """Makes each byte of the same one of its input, so that both may be at the same place."""

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        return inputs[0][: value.size] + np.uint8(1)

    def may_share(self, op: Op) -> tuple[int, ...]:
        return tuple(range(len(op.inputs)))


class _Lag(_Fake):
    """Makes byte after byte, each of one input that may be behind."""

    def places(self, op: Op) -> np.ndarray:
        """Finds what each output is made of."""
        source, output = op.input(0), op.output
        places = np.arange(output.size) * source.size // output.size
        return np.maximum(places - op.option("back"), 0)

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        raise NotImplementedError

    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        (source,) = (one for one in inputs if one is not None)
        self.seen.append((source.tobytes(),))
        return [source[self.places(op)] + np.uint8(3)]

    def distances(self, op: Op) -> Mapping[int, Distance]:
        return {0: Distance(max(0, int((np.arange(op.output.size) - self.places(op)).max())))}

    def run(self, op: Op, memory: np.ndarray, source: int, output: int) -> None:
        """Runs it as C does."""
        for i, place in enumerate(self.places(op)):
            memory[output + i] = (int(memory[source + place]) + 3) % 256


class _Planes(_Lag):
    """Copies a channel after the other, each before it makes the same one."""

    def places(self, op: Op) -> np.ndarray:
        channels = op.option("channels")
        return np.arange(op.output.size)[::-1].reshape(-1, channels)[:, ::-1].ravel()

    def distances(self, op: Op) -> Mapping[int, Distance]:
        return {0: Distance(-op.input(0).size, op.option("channels"))}

    def run(self, op: Op, memory: np.ndarray, source: int, output: int) -> None:
        channels, places = op.option("channels"), self.places(op)
        for c in range(channels):
            memory[output + c : output + op.output.size : channels] = memory[
                source + places[c::channels]
            ] + np.uint8(3)


class _Copy(_Next):
    """COPY."""

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        return inputs[0].copy()


class _Few(_Fake):
    """Whether a counter is below 3."""

    def made(self, value: Value, inputs: Sequence[np.ndarray]) -> np.ndarray:
        return np.full(value.shape, inputs[0][0] < 3)


def _kernels() -> dict[str, _Fake]:
    return {
        "MIX": _Mix(),
        "NEXT": _Next(),
        "COPY": _Copy(),
        "FEW": _Few(),
        "LAG": _Lag(),
        "PLANES": _Planes(),
    }


def _value(size: int, dtype: str = "uint8", **more: object) -> Value:
    return Value("", (size,), dtype, **more)  # type: ignore[arg-type]


class _Maker:
    """Makes random operators on random values, with blocks."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def number(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high))

    def graph(self) -> Graph:
        inputs = [_value(self.number(1, 60)) for _ in range(self.number(1, 4))]
        constant = _value(5, data=np.arange(5, dtype=np.uint8))
        known = [*inputs, constant]
        ops = self.ops(known, self.number(1, 10), 2)
        made = [v for op in ops for v in op.outputs] + inputs
        outputs = [made[self.number(0, len(made))] for _ in range(self.number(1, 4))]
        return Graph(tuple(ops), tuple(inputs), tuple(outputs))

    def pick(self, known: Sequence[Value]) -> Value:
        # Mostly what is new, so that other values die.
        return known[max(0, len(known) - 1 - int(self.random.exponential(2)))]

    def ops(self, known: list[Value], count: int, depth: int) -> list[Op]:
        found: list[Op] = []
        for _ in range(count):
            kinds = ["MIX", "NEXT", "LAG", "PLANES", "IF", "WHILE"]
            kind = self.random.choice(kinds, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
            if kind == "MIX" or (depth == 0 and kind in ("IF", "WHILE")):
                found.append(self.mix(known))
            elif kind == "LAG":
                options = {"back": self.number(0, 9)}
                size = self.number(1, 60)
                found.append(Op("LAG", (self.pick(known),), (_value(size),), options))
            elif kind == "PLANES":
                source = self.pick(known)
                channels = [n for n in range(1, source.size + 1) if source.size % n == 0]
                options = {"channels": int(self.random.choice(channels))}
                found.append(Op("PLANES", (source,), (_value(source.size),), options))
            elif kind == "NEXT":
                source = self.pick(known)
                size = source.size if self.number(0, 3) else self.number(1, source.size + 1)
                found.append(Op("NEXT", (source,), (_value(size),)))
            else:
                found += self.branch(known, depth) if kind == "IF" else self.loop(known, depth)
            known += found[-1].outputs
        return found

    def mix(self, known: Sequence[Value], *, dtype: str = "uint8", size: int = 0) -> Op:
        inputs = tuple(self.pick(known) for _ in range(self.number(1, 4)))
        # A boolean is one, others are of any size, and of several outputs.
        count = 1 if size else self.number(1, 3)
        outputs = tuple(_value(size or self.number(1, 60), dtype) for _ in range(count))
        scratch = int(self.random.choice([0, 0, 1, 30]))
        return Op("MIX", inputs, outputs, {"scratch": scratch})

    def branch(self, known: Sequence[Value], depth: int) -> list[Op]:
        test = self.mix(known, dtype="bool", size=1)
        output = _value(self.number(1, 60))
        blocks = []
        for _ in range(2):
            inner = list(known)
            ops = self.ops(inner, self.number(0, 4), depth - 1)
            last = self.mix(inner, size=output.size)
            blocks.append((*ops, last, Op("COPY", last.outputs, (output,))))
        return [test, _control("IF", blocks, test.output, (output,))]

    def loop(self, known: Sequence[Value], depth: int) -> list[Op]:
        source = self.pick(known)
        carried, counter, test = _value(source.size), _value(1), _value(1, "bool")
        zero = _value(1, data=np.zeros(1, np.uint8))
        first = (Op("COPY", (source,), (carried,)), Op("COPY", (zero,), (counter,)))
        inner = [*known, carried]
        ops = self.ops(inner, self.number(0, 4), depth - 1)
        last = self.mix(inner, size=carried.size)
        count = Op("NEXT", (counter,), (_value(1),))
        repeated = (
            *ops,
            last,
            count,
            Op("COPY", last.outputs, (carried,)),
            Op("COPY", count.outputs, (counter,)),
        )
        condition = (Op("FEW", (counter,), (test,)),)
        blocks = (first, condition, repeated)
        return [_control("WHILE", blocks, test, (carried,))]


def _control(
    kind: str, blocks: Sequence[Sequence[Op]], condition: Value, outputs: tuple[Value, ...]
) -> Op:
    within = list(walk(op for block in blocks for op in block))
    made = {v for op in within for v in op.outputs}
    read = dict.fromkeys(v for op in within for v in op.inputs if v is not None)
    inputs = tuple(v for v in read if v not in made and not v.is_constant)
    return Op(kind, inputs, outputs, blocks=tuple(map(tuple, blocks)), condition=condition)


class _Machine:
    """Runs a graph in memory, as C does, and fills what C may write with rubbish first."""

    def __init__(self, graph: Graph, plan: Plan, kernels: Mapping[str, Kernel]) -> None:
        self._graph = graph
        self._plan = plan
        self._kernels = kernels
        self._memory = np.full(plan.size, 0xA5, np.uint8)

    def run(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        for value, data in zip(self._graph.inputs, inputs, strict=True):
            self._write(value, data)
        self._run(self._graph.ops)
        return [self._read(value) for value in self._graph.outputs]

    def _place(self, value: Value) -> slice:
        offset = self._plan.offsets[value]
        return slice(offset, offset + value.byte_size)

    def _read(self, value: Value) -> np.ndarray:
        if value.data is not None:
            return value.data
        return self._memory[self._place(value)].view(value.dtype).copy()

    def _write(self, value: Value, data: np.ndarray) -> None:
        self._memory[self._place(value)] = data.view(np.uint8)

    def _run(self, ops: Sequence[Op]) -> None:
        for op in ops:
            if op.kind == "IF":
                assert op.condition is not None
                self._run(op.blocks[0 if self._read(op.condition)[0] else 1])
            elif op.kind == "WHILE":
                assert op.condition is not None
                self._run(op.blocks[0])
                self._run(op.blocks[1])
                while self._read(op.condition)[0]:
                    self._run(op.blocks[2])
                    self._run(op.blocks[1])
            else:
                self._op(op)

    def _op(self, op: Op) -> None:
        kernel = self._kernels[op.kind]
        scratch = self._plan.scratch.get(op, 0)
        self._memory[scratch : scratch + kernel.scratch_bytes(op)] = 0x5A
        if isinstance(kernel, _Lag):
            self._run_in_steps(op, kernel)
            return
        shared = [op.input(i) for i in kernel.may_share(op)]
        place = self._plan.offsets[op.output]
        in_place = any(self._plan.offsets.get(v) == place for v in shared)
        if not in_place:
            for value in op.outputs:
                self._memory[self._place(value)] = 0x3C
        made = kernel.evaluate(op, [self._read(v) for v in op.inputs if v is not None])
        self._memory[scratch : scratch + kernel.scratch_bytes(op)] = 0x5A
        for value, data in zip(op.outputs, made, strict=True):
            self._write(value, data)

    def _run_in_steps(self, op: Op, kernel: _Lag) -> None:
        source = self._read(op.input(0))
        kernel.evaluate(op, [source])
        output = self._plan.offsets[op.output]
        if op.input(0).is_constant:
            self._write(op.output, source[kernel.places(op)] + np.uint8(3))
            return
        kernel.run(op, self._memory, self._plan.offsets[op.input(0)], output)


@pytest.mark.parametrize("seed", range(200))
def test_graphs_run_in_their_memory(seed: int):
    maker = _Maker(seed)
    graph = maker.graph()
    kernels = _kernels()
    plan = plan_memory(graph, kernels)
    specification = Interpreter(graph, kernels)
    machine = _Machine(graph, plan, kernels)
    for _ in range(2):
        inputs = [maker.random.integers(0, 256, v.shape).astype(np.uint8) for v in graph.inputs]
        known = specification.run(inputs)
        expected = {kind: list(kernel.seen) for kind, kernel in kernels.items()}
        for kernel in kernels.values():
            kernel.seen.clear()
        outputs = machine.run(inputs)
        assert {kind: kernel.seen for kind, kernel in kernels.items()} == expected
        for value, output in zip(graph.outputs, outputs, strict=True):
            assert (known[value] == output).all()
        for kernel in kernels.values():
            kernel.seen.clear()


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


@pytest.mark.parametrize("seed", range(100))
def test_it_is_never_more_than_the_sum(seed: int):
    graph, kernels = _Maker(seed).graph(), _kernels()
    plan = plan_memory(graph, kernels)
    sizes = [_aligned(v.byte_size) for v in graph.values() if not v.is_constant]
    # Scratch is aligned to 8 bytes.
    sizes += [_aligned(kernels[op.kind].scratch_bytes(op)) + 4 for op in plan.scratch]
    assert plan.size <= sum(sizes)
    for value, offset in plan.offsets.items():
        assert offset % ALIGNMENT == 0 and offset + value.byte_size <= plan.size


def _chain(*, first_is_output: bool = False, size: int = 8, dtype: str = "uint8") -> Graph:
    """Makes a value in place of another, if that is not needed any more."""
    source, middle = _value(8), _value(8)
    last = _value(size, dtype)
    ops = (Op("MIX", (source,), (middle,), {"scratch": 0}), Op("NEXT", (middle,), (last,)))
    outputs = (last, middle) if first_is_output else (last,)
    return Graph(ops, (source,), outputs)


def _is_in_place(graph: Graph) -> bool:
    offsets = plan_memory(graph, _kernels()).offsets
    return offsets[graph.ops[1].output] == offsets[graph.ops[0].output]


def test_an_output_lies_on_what_is_dead():
    assert _is_in_place(_chain())
    assert plan_memory(_chain(), _kernels()).size == 16


def test_it_does_not_lie_on_what_is_an_output():
    assert not _is_in_place(_chain(first_is_output=True))


def test_it_does_not_lie_on_what_is_smaller():
    assert not _is_in_place(_chain(size=9))


def test_it_does_not_lie_on_what_has_less_alignment():
    # Not for its place: for what C says of pointers to different types.
    assert not _is_in_place(_chain(size=2, dtype="int32"))


def test_variables_are_apart():
    state = _value(9, is_variable=True)
    other = _value(5, is_variable=True)
    ops = (Op("COPY", (state,), (_value(9),)), Op("COPY", (other,), (_value(5),)))
    outputs = tuple(op.output for op in ops)
    plan = plan_memory(Graph(ops, (), outputs, (state, other)), _kernels())
    assert plan.variables == {state: 0, other: 16}
    assert plan.variables_size == 24
    assert set(plan.offsets) == set(outputs)


def test_a_round_of_a_loop_leaves_what_the_next_one_reads():
    # The last operator in the loop could lie on what comes from outside.
    outside, test, made = _value(8), _value(1, "bool"), _value(8)
    last = Op("NEXT", (outside,), (made,))
    blocks = ((), (Op("FEW", (outside,), (test,)),), (last,))
    loop = _control("WHILE", blocks, test, ())
    source = _value(8)
    first = Op("MIX", (source,), (outside,), {"scratch": 0})
    offsets = plan_memory(Graph((first, loop), (source,), ()), _kernels()).offsets
    assert offsets[made] != offsets[outside]


def test_branches_share_their_memory():
    source, test = _value(8), _value(1, "bool")
    blocks = []
    for _ in range(2):
        large = _value(100)
        small = Op("MIX", (large,), (_value(8),), {"scratch": 0})
        blocks.append((Op("MIX", (source,), (large,), {"scratch": 0}), small))
    graph = Graph((_control("IF", blocks, test, ()),), (source, test), ())
    # What is read by the other branch, one that is large, and one that is small.
    assert plan_memory(graph, _kernels()).size == 8 + 100 + 8


def test_a_loop_that_comes_first_leaves_the_inputs():
    source, test = _value(8), _value(1, "bool")
    made = Op("MIX", (source,), (_value(8),), {"scratch": 0})
    first = Op("MIX", (made.output,), (_value(8),), {"scratch": 0})
    blocks = ((), (Op("FEW", (source,), (test,)),), (made, first))
    graph = Graph((_control("WHILE", blocks, test, ()),), (source,), ())
    # The input, the condition or what is made of it first, and what is made of that.
    assert plan_memory(graph, _kernels()).size == 8 + 8 + 8


def test_what_a_loop_makes_is_there_when_it_is_done():
    source, unread, read, made = (_value(8) for _ in range(4))
    test = _value(1, "bool")

    def mix(given: Value, result: Value) -> Op:
        return Op("MIX", (given,), (result,), {"scratch": 0})

    blocks = (mix(source, unread), mix(source, read)), (mix(read, test),), (mix(read, made),)
    loop = _control("WHILE", blocks, test, (unread, read))
    plan = plan_memory(Graph((loop,), (source,), (read,)), _kernels())
    assert plan.offsets[unread] not in {plan.offsets[v] for v in (read, made, test)}


def test_what_is_much_smaller_does_not_keep_a_larger_value_alive():
    source, small, middle, end = _value(144), _value(36), _value(128), _value(4)
    ops = (
        Op("NEXT", (source,), (small,), {"scratch": 0}),
        Op("MIX", (small,), (middle,), {"scratch": 0}),
        Op("MIX", (middle,), (end,), {"scratch": 0}),
    )
    # For good on the larger value, it would keep all of its 144 bytes beside the other 128.
    assert plan_memory(Graph(ops, (source,), (end,)), _kernels()).size == 128 + 36


def _in_a_row(*ops: Op) -> int:
    return plan_memory(Graph(ops, ops[0].inputs[:1], (ops[-1].output,)), _kernels()).size  # type: ignore[arg-type]


def _lag(size: int, source: Value, back: int) -> Op:
    return Op("LAG", (source,), (_value(size),), {"back": back})


def test_an_output_begins_by_the_distance_before_its_input():
    assert _in_a_row(_lag(64, _value(64), 0)) == 64
    assert _in_a_row(_lag(64, _value(64), 9)) == 64 + 12
    assert _in_a_row(_lag(20, _value(64), 9)) == 64 + 4


def test_where_there_is_room_distances_do_not_add_up():
    first = _lag(64, _value(64), 8)
    second = _lag(32, first.output, 0)
    assert _in_a_row(first, second, _lag(32, second.output, 8)) == 64 + 8


def test_an_output_lies_on_the_same_channels_only():
    source = _value(96)
    planes = Op("PLANES", (source,), (_value(96),), {"channels": 12})
    # Behind the input's begin by 20 bytes it would be at other channels.
    before = Op("LAG", (planes.output,), (_value(116),), {"back": 0})
    assert _in_a_row(planes) == 96
    assert _in_a_row(planes, before) == 116


def test_of_two_inputs_one_is_in_place():
    sources = _value(64), _value(64)
    add = Op("NEXT", sources, (_value(64),))
    plan = plan_memory(Graph((add,), sources, (add.output,)), _kernels())
    assert plan.size == 128 and plan.offsets[sources[0]] != plan.offsets[sources[1]]


def test_an_input_that_is_needed_twice_keeps_its_place():
    source = _value(64)
    lag = _lag(64, source, 0)
    mix = Op("MIX", (source, lag.output), (_value(4),), {"scratch": 0})
    assert _in_a_row(lag, mix) == 64 + 64 + 4
