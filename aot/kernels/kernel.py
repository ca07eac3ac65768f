# SPDX-License-Identifier: Apache-2.0
"""What the compiler must know of an operator."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.c_text import Body
from aot.graph import Op

Types = str | tuple[str, ...]
"""See Kernel.types."""


@dataclasses.dataclass(frozen=True)
class Distance:
    """From the beginning of an output to that of an input with which it shares memory.

    Attributes:
      least: bytes; at this distance and at larger ones no write reaches what is read later. Below 0
        if the output may begin after the input.
      step: the distance is a multiple of so many bytes.
    """

    least: int
    step: int = 1


@dataclasses.dataclass(frozen=True)
class Variant:
    """One of several functions that compute a use of an operator.

    Attributes:
      name: what `--explain` calls it, e.g. "eight outputs at a time".
      op: the operator, with an option that has its kernel call this function.
      flash: bytes of code that the function adds to a model, however often it is called.
    """

    name: str
    op: Op
    flash: int = 0


class Kernel(abc.ABC):
    """An operator, or several that differ in little: one object for all uses of it.

    Attributes:
      options: the options that it reads, by the schema's names. A model that sets another one to
        what is not its default is refused.
      types: what its tensors may be, each use one of these: a type that all have, or the types of
        inputs, then of the output. `problems` hands them to `common.check_types` or `check_data`,
        where the tensors that count are named; the table in the documentation is made of them.
      operands: what the inputs are that those types are of, in the same order, if they differ.
      limits: what else it refuses, or does unlike others: for that table, in Markdown.
    """

    options: tuple[str, ...] = ()
    types: Sequence[Types] = ()
    operands: tuple[str, ...] = ()
    limits: str = ""

    def __init_subclass__(cls) -> None:
        """Sees to it that a kernel with other C does not claim what was proved of another one's."""
        super().__init_subclass__()
        if "emit" in vars(cls) and "distances" not in vars(cls):
            cls.distances = Kernel.distances  # type: ignore[method-assign]

    @abc.abstractmethod
    def problems(self, op: Op) -> Iterator[str]:
        """Finds what can't be compiled exactly.

        Args:
          op: a use of the operator. Shapes and types are what the file says, so that they must be
            checked here, before anything else relies on them.

        Yields:
          Reasons, each a part of a line that goes on after "operator 3 (CONV_2D) ".
        """

    @abc.abstractmethod
    def evaluate(self, op: Op, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
        """Says what the operator means, bit for bit: the specification of its C.

        Args:
          op: a use without problems.
          inputs: contents of its inputs, None for those that are left out.

        Returns:
          Contents of its outputs, of their shapes and types; then the new contents of the inputs
          that `changed` lists.
        """

    @abc.abstractmethod
    def emit(self, op: Op, body: Body) -> None:
        """Writes C for it.

        Args:
          op: a use without problems.
          body: where to write.
        """

    def is_known(self, op: Op) -> bool:
        """Whether its outputs don't depend on the model's input: then the compiler makes them."""
        return all(v is None or v.is_constant for v in op.inputs)

    def scratch_bytes(self, op: Op) -> int:
        """How much memory it needs while it runs, besides inputs and outputs."""
        del op
        return 0

    def explain(self, op: Op) -> Iterator[str]:
        """Finds what was proved of a use without problems, and how it is computed.

        Yields:
          Parts of a line, e.g. "sums are from -4000 to 5000: no overflow of 32 bits".
        """
        del op
        return iter(())

    def variants(self, op: Op) -> tuple[Variant, ...]:
        """Lists the functions that can compute a use of it, if there are several to choose from.

        The first one is what is taken where flash counts most.
        """
        del op
        return ()

    def in_place_of(self, op: Op) -> Mapping[str, tuple[Op, ...]]:
        """Gives other operators that would compute the same, by what they are, e.g. whole images.

        They are what a pass could have left as it was.
        """
        del op
        return {}

    def changed(self, op: Op) -> tuple[int, ...]:
        """Which inputs it changes: variables, of which each run reads what the last one left."""
        del op
        return ()

    def may_share(self, op: Op) -> tuple[int, ...]:
        """Which inputs its first output may lie on.

        The kernel must then read each element before it writes what lies there. The planner sees to
        it that nobody needs such an input any more, and that it is not smaller than the output.
        """
        del op
        return ()

    def distances(self, op: Op) -> Mapping[int, Distance]:
        """How far before an input its first output may begin, so that both share memory.

        It is about the order in which the C reads and writes: a kernel with its own `emit` does not
        inherit it, but gives its own, or none.

        Returns:
          Of inputs by their number. The kernel is right wherever the planner puts the output that
          fits the distance. An input that is not there shares no memory but by `may_share`.
        """
        del op
        return {}
