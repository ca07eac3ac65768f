"""Reads a `.tflite` file, without TensorFlow.

The file may be hostile: see flatbuffer.py. Every way in which reading can fail ends in ModelError.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import pathlib
from collections.abc import Mapping, Sequence

from micro import external_buffers, file_kinds, flatbuffer, schema_names

SCHEMA_VERSION = 3
_IDENTIFIER = b"TFL3"
# TFLM's kernels take six at most; it keeps sizes to what can be printed.
_MAX_RANK = 16
# Of a tensor, for messages and tables of one line.
_MAX_NAME = 200


_TENSOR_TYPES = {code: name.lower() for code, name in schema_names.TENSOR_TYPES.items()}
_BITS = {
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

# What the field of old files has in place of codes above.
_MAX_OLD_CODE = 127

# The options that are read: (name, format, default) in the schema's order of fields. The formats
# are those of module struct, P for a padding, A for a fused activation and S for a string.
_Field = tuple[str, str, int]
_PADDING: _Field = ("padding", "P", 0)
_STRIDES: tuple[_Field, ...] = (("stride_w", "i", 0), ("stride_h", "i", 0))
_DILATION: tuple[_Field, ...] = (("dilation_w", "i", 1), ("dilation_h", "i", 1))
_ACTIVATION: _Field = ("activation", "A", 0)
_OPTION_FIELDS: dict[str, tuple[_Field, ...]] = {
    "Conv2DOptions": (_PADDING, *_STRIDES, _ACTIVATION, *_DILATION),
    "DepthwiseConv2DOptions": (
        _PADDING,
        *_STRIDES,
        ("depth_multiplier", "i", 0),
        _ACTIVATION,
        *_DILATION,
    ),
    "Pool2DOptions": (
        _PADDING,
        *_STRIDES,
        ("filter_w", "i", 0),
        ("filter_h", "i", 0),
        _ACTIVATION,
    ),
    "FullyConnectedOptions": (
        _ACTIVATION,
        ("weights_format", "b", 0),
        ("keep_num_dims", "?", 0),
    ),
    "TransposeConvOptions": (_PADDING, *_STRIDES, _ACTIVATION),
    "BatchMatMulOptions": (("adj_x", "?", 0), ("adj_y", "?", 0)),
    "SVDFOptions": (("rank", "i", 0), _ACTIVATION),
    "AddOptions": (_ACTIVATION,),
    "SubOptions": (_ACTIVATION,),
    "MulOptions": (_ACTIVATION,),
    "DivOptions": (_ACTIVATION,),
    "ConcatenationOptions": (("axis", "i", 0), _ACTIVATION),
    "IfOptions": (("then_subgraph", "i", 0), ("else_subgraph", "i", 0)),
    "WhileOptions": (("cond_subgraph", "i", 0), ("body_subgraph", "i", 0)),
    "CallOnceOptions": (("init_subgraph", "i", 0),),
    "ResizeNearestNeighborOptions": (("align_corners", "?", 0), ("half_pixel_centers", "?", 0)),
    # Which resource variable it is: TFLM counts each pair of names once.
    "VarHandleOptions": (("container", "S", 0), ("shared_name", "S", 0)),
}


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
      shape: its dimensions; empty for a scalar, and where the file gives none.
      shape_signature: the dimensions that may vary as -1; None where the file doesn't say.
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
        """How many bytes it takes in memory; None where its type has no fixed size."""
        bits = _BITS.get(self.dtype)
        return None if bits is None else (self.element_count * bits + 7) // 8


@dataclasses.dataclass(frozen=True)
class Node:
    """One use of an operator in a subgraph.

    Attributes:
      index: its place in the order of execution.
      operator: which operator.
      inputs: tensor numbers; -1 where an optional one is left out.
      outputs: tensor numbers.
      intermediates: tensor numbers of what the operator keeps for itself.
      options: the options of convolutions, pools, dense layers, joins, control flow and resource
        variables by name, e.g. "stride_w"; padding and activation as the schema's names. Others
        have none here.
      custom_options_size: the bytes of a custom operator's options.
    """

    index: int
    operator: Operator
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...] = ()
    options: Mapping[str, int | bool | str] = dataclasses.field(default_factory=dict)
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
                (node.options.get("container"), node.options.get("shared_name"))
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
    def _largest(self) -> dict[int, int]:
        return {}

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
        if tensor.buffer_index not in self._largest:
            values = self._whole_buffer(tensor)
            self._largest[tensor.buffer_index] = max(map(abs, values), default=0)
        return self._largest[tensor.buffer_index]

    @property
    def main(self) -> Subgraph:
        """The subgraph that is run."""
        return self.subgraphs[0]


def read_model(path: str | pathlib.Path) -> Model:
    """Reads a model.

    Args:
      path: a `.tflite` file.

    Returns:
      The model.

    Raises:
      ModelError: the file can't be read, or is no sound TensorFlow Lite model of schema version 3.
    """
    try:
        content = pathlib.Path(path).read_bytes()
    except IsADirectoryError as error:
        other = file_kinds.describe_folder(pathlib.Path(path)) or "is a folder, not a .tflite file"
        raise ModelError(f"{path}: {other}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_model(content, str(path))


def parse_model(content: bytes, path: str) -> Model:
    """Like `read_model`, from memory.

    Args:
      content: a `.tflite` file's bytes.
      path: what to call it in messages.

    Returns:
      The model.

    Raises:
      ModelError: it is no sound TensorFlow Lite model of schema version 3.
    """
    if not content:
        raise ModelError(f"{path}: is empty, not a TensorFlow Lite model")
    if len(content) < 8 or content[4:8] != _IDENTIFIER:
        other = file_kinds.describe_other_file(content, path)
        if other is not None:
            raise ModelError(f"{path}: {other}")
        raise ModelError(f"{path}: is no TensorFlow Lite model: no identifier 'TFL3' at byte 4")
    try:
        root = flatbuffer.File(content).root()
        version = root.scalar(0, "I")
        if version != SCHEMA_VERSION:
            raise ModelError(
                f"{path}: has schema version {version}, only version {SCHEMA_VERSION} is supported"
            )
        model = _read(root, content, path)
        inlined = external_buffers.inline_external_buffers(content)
        if inlined is content:
            return model
        # Of a sound file all is the same but where the contents are.
        again = _read(flatbuffer.File(inlined).root(), inlined, path)
        if again != dataclasses.replace(model, content=inlined):
            raise flatbuffer.DamagedError(
                "its tables don't end before the contents outside of them"
            )
        return dataclasses.replace(again, was_inlined=True)
    except flatbuffer.DamagedError as error:
        raise ModelError(f"{path}: is truncated or damaged: {error}") from error


def _read(root: flatbuffer.Table, content: bytes, path: str) -> Model:
    codes = [_operator(code, i, path) for i, code in enumerate(root.tables(1))]
    buffer_starts, buffer_sizes = _buffer_places(root, len(content), path)
    subgraphs = tuple(
        _subgraph(table, i, codes, buffer_sizes, path) for i, table in enumerate(root.tables(2))
    )
    if not subgraphs:
        raise ModelError(f"{path}: is damaged: it has no subgraph")
    operators = {node.operator for subgraph in subgraphs for node in subgraph.nodes}
    return Model(
        path,
        content,
        tuple(sorted(operators)),
        subgraphs,
        tuple(_signature(table, i, subgraphs, path) for i, table in enumerate(root.tables(7))),
        _printable(root.string(3)),
        {
            _printable(table.string(0)): _at(buffer_sizes, table.scalar(1, "I"), "metadata", path)
            for table in root.tables(6)
        },
        buffer_sizes,
        buffer_starts,
    )


def _printable(text: str | None) -> str:
    """Escapes what would break a message or comment of one line."""
    text = text or ""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _shortened(name: str) -> str:
    return name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…"


def _at(sizes: Sequence[int], index: int, what: str, path: str) -> int:
    if index >= len(sizes):
        raise ModelError(f"{path}: is damaged: {what} has buffer index {index}, of {len(sizes)}")
    return sizes[index]


def _operator(code: flatbuffer.Table, i: int, path: str) -> Operator:
    # Codes up to 127 are in both fields, and old files have only the first one.
    old_code, new_code = code.scalar(0, "b"), code.scalar(3, "i")
    if old_code and new_code and old_code != min(new_code, _MAX_OLD_CODE):
        raise ModelError(
            f"{path}: is damaged: operator code {i} is {old_code} in one place and {new_code} in"
            " another"
        )
    builtin_code = max(old_code, new_code)
    name = schema_names.BUILTIN_OPERATORS.get(builtin_code)
    if name is None:
        raise ModelError(f"{path}: has the unknown builtin operator code {builtin_code}")
    custom = name == "CUSTOM"
    if custom:
        name = code.string(1)
        if not name:
            raise ModelError(f"{path}: operator code {i} is custom, but has no name")
        # It goes into messages of one line and into comments of one line in C++.
        if not name.isprintable():
            raise ModelError(f"{path}: operator code {i} has the unprintable name {name!r}")
    return Operator(builtin_code, name, code.scalar(2, "i", 1), custom, builtin_code > old_code)


def _buffer_places(
    root: flatbuffer.Table, file_size: int, path: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Sees that no buffer reaches beyond the file: where a truncated file is found out.

    Returns the buffers' starts and sizes.
    """
    places = []
    for i, buffer in enumerate(root.tables(4)):
        place = external_buffers.buffer_outside(buffer) or buffer.span(0) or (0, 0)
        if sum(place) > file_size:
            raise ModelError(
                f"{path}: is truncated: buffer {i} ends beyond the file's {file_size} bytes"
            )
        places.append(place)
    # Several may share their contents as a whole.
    if sum(size for _, size in set(places)) > file_size:
        raise ModelError(f"{path}: is damaged: its buffers overlap")
    return tuple(start for start, _ in places), tuple(size for _, size in places)


def _subgraph(
    table: flatbuffer.Table,
    index: int,
    codes: Sequence[Operator],
    buffer_sizes: Sequence[int],
    path: str,
) -> Subgraph:
    tensors = tuple(
        _tensor(tensor, i, index, buffer_sizes, path) for i, tensor in enumerate(table.tables(0))
    )

    def indices(owner: flatbuffer.Table, field: int, what: str, least: int = 0) -> tuple[int, ...]:
        found = owner.scalars(field, "i") or ()
        for i in found:
            if not least <= i < len(tensors):
                raise ModelError(
                    f"{path}: is damaged: {what} of subgraph {index} has tensor index {i},"
                    f" of {len(tensors)}"
                )
        return found

    nodes = []
    for i, node in enumerate(table.tables(3)):
        opcode = node.scalar(0, "I")
        if opcode >= len(codes):
            raise ModelError(
                f"{path}: is damaged: operator {i} of subgraph {index} has code index {opcode},"
                f" of {len(codes)}"
            )
        # A place outside of the file is found when they are moved inside.
        _, custom_options_size = external_buffers.custom_options_outside(node) or (0, 0)
        _, custom_options_size = node.span(5) or (0, custom_options_size)
        nodes.append(
            Node(
                i,
                codes[opcode],
                indices(node, 1, f"operator {i}", least=-1),
                indices(node, 2, f"operator {i}"),
                indices(node, 8, f"operator {i}", least=-1),
                _options(node),
                custom_options_size,
            )
        )
    return Subgraph(
        index,
        _printable(table.string(4)),
        tensors,
        tuple(nodes),
        indices(table, 1, "an input"),
        indices(table, 2, "an output"),
    )


def _tensor(
    table: flatbuffer.Table, index: int, subgraph: int, buffer_sizes: Sequence[int], path: str
) -> Tensor:
    what = f"tensor {index} of subgraph {subgraph}"
    code = table.scalar(1, "b")
    dtype = _TENSOR_TYPES.get(code)
    if dtype is None:
        raise ModelError(f"{path}: {what} has the unknown type {code}")
    shape = table.scalars(0, "i") or ()
    if len(shape) > _MAX_RANK:
        raise ModelError(f"{path}: is damaged: {what} has {len(shape)} dimensions")
    if any(dimension < 0 for dimension in shape):
        raise ModelError(
            f"{path}: {what} has the shape {list(shape)}: convert the model with fixed shapes"
        )
    buffer_index = table.scalar(2, "I")
    return Tensor(
        index=index,
        name=_shortened(_printable(table.string(3))),
        shape=shape,
        dtype=dtype,
        shape_signature=table.scalars(7, "i"),
        quantization=_quantization(table.table(4), what, path),
        buffer_index=buffer_index,
        buffer_size=_at(buffer_sizes, buffer_index, what, path),
        is_variable=bool(table.scalar(5, "B")),
        is_sparse=table.has(6),
        in_another_file=table.scalar(10, "I") > 0,
    )


def _quantization(table: flatbuffer.Table | None, what: str, path: str) -> Quantization | None:
    if table is None:
        return None
    scales = table.scalars(2, "f")
    # A float32 tensor of a quantized model has an empty table, or one with a range alone.
    if not scales:
        return None
    if not all(map(math.isfinite, scales)):
        raise ModelError(
            f"{path}: {what} has a scale that is no number: the file is damaged, or what comes"
            " before was always zero with the representative dataset"
        )
    zero_points = table.scalars(3, "q")
    # TFLM takes no scale without a zero point; LiteRT refuses such a model.
    if not zero_points:
        return None
    if len(zero_points) != len(scales):
        raise ModelError(
            f"{path}: is damaged: {what} has {len(scales)} scales and {len(zero_points)}"
            " zero points"
        )
    return Quantization(scales, zero_points, table.scalar(6, "i"))


def _options(node: flatbuffer.Table) -> dict[str, int | bool | str]:
    fields = _OPTION_FIELDS.get(schema_names.BUILTIN_OPTIONS.get(node.scalar(3, "B"), ""))
    table = node.table(4) if fields else None
    if table is None:
        return {}
    options = {}
    for i, (name, code, default) in enumerate(fields):
        if code == "P":
            value = table.scalar(i, "b", default)
            options[name] = schema_names.PADDINGS.get(value, str(value))
        elif code == "A":
            value = table.scalar(i, "b", default)
            options[name] = schema_names.ACTIVATIONS.get(value, str(value))
        elif code == "?":
            options[name] = bool(table.scalar(i, "B", default))
        elif code == "S":
            options[name] = _printable(table.string(i))
        else:
            options[name] = table.scalar(i, code, default)
    return options


def _signature(
    table: flatbuffer.Table, index: int, subgraphs: Sequence[Subgraph], path: str
) -> Signature:
    subgraph = table.scalar(4, "I")
    if subgraph >= len(subgraphs):
        raise ModelError(
            f"{path}: is damaged: signature {index} is of subgraph {subgraph}, of {len(subgraphs)}"
        )

    def names(field: int) -> dict[str, int]:
        found = {_printable(entry.string(0)): entry.scalar(1, "I") for entry in table.tables(field)}
        for name, tensor in found.items():
            if tensor >= len(subgraphs[subgraph].tensors):
                raise ModelError(
                    f"{path}: is damaged: {name!r} of signature {index} has tensor index {tensor},"
                    f" of {len(subgraphs[subgraph].tensors)}"
                )
        return found

    return Signature(_printable(table.string(2)), subgraph, names(0), names(1))
