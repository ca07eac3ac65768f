# SPDX-License-Identifier: Apache-2.0
"""What a `.tflite` file says: a model, its subgraphs, tensors and operators.

reader.py makes these of a file.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping, Sequence

# Of an element in memory.
BITS = {
    "bool": 8,
    "int4": 4,
    "int8": 8,
    "uint8": 8,
    "int16": 16,
    "uint16": 16,
    "float16": 16,
    "bfloat16": 16,
    "int32": 32,
    "uint32": 32,
    "float32": 32,
    "int64": 64,
    "uint64": 64,
    "float64": 64,
    "complex64": 64,
    "complex128": 128,
}


Option = int | float | bool | str | tuple | None


class ModelError(ValueError):
    """A model that can't be used. The message is one line that names the file."""


@dataclasses.dataclass(frozen=True, order=True)
class Operator:
    """An operator as a model asks for it.

    Attributes:
      builtin_code: its number in the schema's BuiltinOperator.
      name: its name in the schema, e.g. "CONV_2D"; the custom code of a custom operator.
      version: the version the model needs.
      custom: whether it is a custom operator.
      in_new_field_only: whether the field that old TFLMs read has another code.
    """

    builtin_code: int
    name: str
    version: int
    custom: bool = False
    in_new_field_only: bool = dataclasses.field(default=False, compare=False)

    def __str__(self) -> str:
        """Names it for messages."""
        kind = "custom operator" if self.custom else "operator"
        return f"{kind} {self.name} version {self.version}"


@dataclasses.dataclass(frozen=True)
class Quantization:
    """What a tensor's integers mean: real = scale * (integer - zero point).

    Attributes:
      scales: one for the tensor, or one for each channel.
      zero_points: as many as there are scales.
      axis: the dimension that the channels are.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        """Whether each channel has a scale of its own."""
        return len(self.scales) > 1

    # Cached: a damaged model may ask for them very often.
    @functools.cached_property
    def largest_scale(self) -> float:
        """The largest one, without its sign."""
        return max(map(abs, self.scales))

    @functools.cached_property
    def extreme_zero_points(self) -> tuple[int, int]:
        """The smallest and the largest one."""
        return min(self.zero_points), max(self.zero_points)

    @functools.cached_property
    def is_uniform(self) -> bool:
        """Whether all scales are the same."""
        return len(set(self.scales)) == 1


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor of a subgraph.

    Attributes:
      index: its number in the subgraph.
      name: its name, printable, in one short line; may be empty.
      shape: its dimensions; empty for a scalar, and if the file gives none.
      shape_signature: the dimensions that may vary as -1; None if the file doesn't say.
      dtype: e.g. "int8", "float32".
      quantization: None for a tensor without.
      buffer_index: the number of its buffer; several tensors may share one.
      buffer_size: the bytes of its contents in the file.
      is_constant: whether its contents are in the file.
      is_variable: whether it keeps its contents from one inference to the next.
      is_sparse: whether its contents are stored in sparse form.
      in_another_file: whether its contents are in a file of their own.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    shape_signature: tuple[int, ...] | None = None
    quantization: Quantization | None = None
    buffer_index: int = 0
    buffer_size: int = 0
    is_variable: bool = False
    is_sparse: bool = False
    in_another_file: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether its contents are in the file."""
        return self.buffer_size > 0

    @property
    def element_count(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)

    @property
    def byte_size(self) -> int | None:
        """How many bytes it takes in memory; None if its type has no fixed size."""
        bits = BITS.get(self.dtype)
        return None if bits is None else (self.element_count * bits + 7) // 8


@dataclasses.dataclass(frozen=True)
class Node:
    """One use of an operator in a subgraph.

    Attributes:
      index: its place in the order of execution.
      operator: which operator.
      inputs: tensor numbers; -1 if an optional one is left out.
      outputs: tensor numbers.
      intermediates: tensor numbers of what the operator keeps for itself.
      options: all fields of its options by the schema's names, e.g. "stride_w", with the schema's
        defaults; `padding` and `fused_activation_function` as names, e.g. "SAME". Empty if the
        file has none, and of a kind that the schema does not know.
      options_type: the kind of its options, e.g. "Conv2DOptions"; "" if the file has none, and
        "unknown N" for one that the schema does not know.
      custom_options_size: the bytes of a custom operator's options.
    """

    index: int
    operator: Operator
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...] = ()
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    options_type: str = ""
    custom_options_size: int = 0


@dataclasses.dataclass(frozen=True)
class Subgraph:
    """A subgraph: the model itself is number 0.

    Attributes:
      index: its number.
      name: its name; may be empty.
      tensors: all of its tensors.
      nodes: its operators in the order of execution.
      inputs: tensor numbers.
      outputs: tensor numbers.
    """

    index: int
    name: str
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def inputs_of(self, node: Node) -> list[Tensor | None]:
        """Finds the input tensors of a node; None for an optional one that is left out."""
        return [self.tensors[i] if i >= 0 else None for i in node.inputs]

    def outputs_of(self, node: Node) -> list[Tensor]:
        """Finds the output tensors of a node."""
        return [self.tensors[i] for i in node.outputs]

    def node_label(self, node: Node) -> str:
        """Names one of its nodes in a message."""
        return f"operator {node.index} of subgraph {self.index} ({node.operator.name})"

    def tensor_label(self, tensor: Tensor) -> str:
        """Names one of its tensors in a message."""
        return f"tensor {tensor.index} of subgraph {self.index} ({tensor.name!r})"


@dataclasses.dataclass(frozen=True)
class Signature:
    """A name for a subgraph, with names for its inputs and outputs.

    Attributes:
      key: its name, e.g. "serving_default".
      subgraph: the subgraph's number.
      inputs: tensor numbers by name.
      outputs: tensor numbers by name.
    """

    key: str
    subgraph: int
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Model:
    """A `.tflite` file.

    Attributes:
      path: where it was read from, for messages.
      content: the file's bytes, with all contents inside of its tables, as TFLM needs them.
      operators: the operators it uses, each once, by code, without those that are only declared.
      subgraphs: the subgraphs; the first one is what is run.
      signatures: the signatures.
      description: the file's own description.
      metadata: sizes of what else is in the file, by name.
      buffer_sizes: the bytes of each buffer.
      buffer_starts: where each starts in `content`.
      was_inlined: whether the file itself has contents outside of its tables, so that it is not
        what `content` says.
    """

    path: str
    content: bytes
    operators: tuple[Operator, ...]
    subgraphs: tuple[Subgraph, ...] = ()
    signatures: tuple[Signature, ...] = ()
    description: str = ""
    metadata: Mapping[str, int] = dataclasses.field(default_factory=dict)
    buffer_sizes: tuple[int, ...] = ()
    # Moved when contents are: not compared.
    buffer_starts: tuple[int, ...] = dataclasses.field(default=(), compare=False)
    was_inlined: bool = False

    @property
    def resource_variables(self) -> int:
        """How many resource variables it names in all of its subgraphs, each once."""
        return len(
            {
                (node.options.get("container") or "", node.options.get("shared_name") or "")
                for subgraph in self.subgraphs
                for node in subgraph.nodes
                if node.operator.name == "VAR_HANDLE" and not node.operator.custom
            }
        )

    @property
    def is_stateful(self) -> bool:
        """Whether an inference may depend on those before it."""
        return self.resource_variables > 0 or any(
            tensor.is_variable for subgraph in self.subgraphs for tensor in subgraph.tensors
        )

    def contents(self, tensor: Tensor) -> bytes:
        """Reads a constant.

        Args:
          tensor: of one of the subgraphs.

        Returns:
          Its bytes, little-endian; empty if it is not a constant.
        """
        start = self.buffer_starts[tensor.buffer_index]
        return self.content[start : start + tensor.buffer_size]

    def numbers(self, tensor: Tensor) -> Sequence[int]:
        """Reads a constant of type int32.

        Args:
          tensor: of one of the subgraphs.

        Returns:
          Its elements, as many as its contents have; empty if it is not such a constant.
        """
        return self._whole_buffer(tensor)[: tensor.element_count]

    def _whole_buffer(self, tensor: Tensor) -> Sequence[int]:
        if tensor.dtype != "int32":
            return ()
        contents = self.contents(tensor)
        return memoryview(contents[: len(contents) // 4 * 4]).cast("i")

    @functools.cached_property
    def _ranges(self) -> dict[tuple[int, int], tuple[tuple[int, int], ...]]:
        return {}

    def _ranges_of(self, tensor: Tensor, width: int) -> tuple[tuple[int, int], ...]:
        """The smallest and the largest element at each place of rows of `width` elements."""
        key = tensor.buffer_index, width
        if key not in self._ranges:
            values = self._whole_buffer(tensor)
            columns = [values[i::width] for i in range(width)]
            self._ranges[key] = tuple(
                (min(column), max(column)) for column in columns if len(column)
            )
        return self._ranges[key]

    def largest_number(self, tensor: Tensor) -> int:
        """Finds the largest element of a constant of type int32, without its sign.

        Args:
          tensor: of one of the subgraphs.

        Returns:
          The element; 0 if there is none. It is looked for once in each buffer, however many
          tensors share it.
        """
        if tensor.dtype != "int32":
            return 0
        return max((max(-low, high) for low, high in self._ranges_of(tensor, 1)), default=0)

    def column_ranges(self, tensor: Tensor) -> tuple[tuple[int, int], ...]:
        """Finds the smallest and the largest element at each place of the last dimension.

        Args:
          tensor: of one of the subgraphs.

        Returns:
          A pair for each place; none if it is not a constant of type int32, or its contents are not
          as many as its shape says. Looked for once in each buffer and width, however many tensors
          share it.
        """
        count = tensor.element_count
        if (
            tensor.dtype != "int32"
            or not tensor.shape
            or not count
            or tensor.buffer_size // 4 != count
        ):
            return ()
        return self._ranges_of(tensor, tensor.shape[-1])

    @property
    def main(self) -> Subgraph:
        """The subgraph that is run."""
        return self.subgraphs[0]
