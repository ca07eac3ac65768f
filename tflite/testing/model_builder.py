# SPDX-License-Identifier: Apache-2.0
"""Builds small `.tflite` files, sound and unsound, for tests."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as generated


def accessor(field: str) -> str:
    """Names a field of the schema as the generated code does.

    Args:
      field: as schema.TABLES has it, e.g. "stride_w".

    Returns:
      e.g. "StrideW".
    """
    return "".join(word.capitalize() for word in field.split("_"))


def build_model(
    operators: Sequence[tuple[int, int] | tuple[str, int]] = ((3, 1),),
    *,
    schema_version: int = 3,
    opcode_index: int | None = None,
    deprecated_field_only: bool = False,
    subgraphs: int = 1,
    buffer: bytes = bytes(16),
) -> bytes:
    """Builds a model with one int8 tensor and the given operators, each used once in each subgraph.

    Args:
      operators: (builtin code or custom name, version) each.
      schema_version: what the file says.
      opcode_index: of every operator instead of its own, to refer to one that is not there.
      deprecated_field_only: write the codes as files of before 2020 did.
      subgraphs: how many.
      buffer: the contents of the one tensor's buffer.

    Returns:
      The file's bytes.
    """
    builder = flatbuffers.Builder(1024)

    def vector(start, items: Sequence[int]) -> int:
        start(builder, len(items))
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    codes = []
    for code, version in operators:
        custom = builder.CreateString(code) if isinstance(code, str) else None
        number = generated.BuiltinOperator.CUSTOM if isinstance(code, str) else code
        generated.OperatorCodeStart(builder)
        generated.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
        if not deprecated_field_only:
            generated.OperatorCodeAddBuiltinCode(builder, number)
        generated.OperatorCodeAddVersion(builder, version)
        if custom is not None:
            generated.OperatorCodeAddCustomCode(builder, custom)
        codes.append(generated.OperatorCodeEnd(builder))

    graphs = []
    for _ in range(subgraphs):
        used = []
        for i in range(len(operators)):
            inputs = builder.CreateNumpyVector(_int32([0]))
            outputs = builder.CreateNumpyVector(_int32([0]))
            generated.OperatorStart(builder)
            generated.OperatorAddOpcodeIndex(builder, i if opcode_index is None else opcode_index)
            generated.OperatorAddInputs(builder, inputs)
            generated.OperatorAddOutputs(builder, outputs)
            used.append(generated.OperatorEnd(builder))
        operators_vector = vector(generated.SubGraphStartOperatorsVector, used)
        shape = builder.CreateNumpyVector(_int32([1, len(buffer)]))
        generated.TensorStart(builder)
        generated.TensorAddShape(builder, shape)
        generated.TensorAddType(builder, generated.TensorType.INT8)
        generated.TensorAddBuffer(builder, 0)
        tensors = vector(generated.SubGraphStartTensorsVector, [generated.TensorEnd(builder)])
        inputs = builder.CreateNumpyVector(_int32([0]))
        outputs = builder.CreateNumpyVector(_int32([0]))
        generated.SubGraphStart(builder)
        generated.SubGraphAddTensors(builder, tensors)
        generated.SubGraphAddInputs(builder, inputs)
        generated.SubGraphAddOutputs(builder, outputs)
        generated.SubGraphAddOperators(builder, operators_vector)
        graphs.append(generated.SubGraphEnd(builder))

    data = builder.CreateByteVector(buffer)
    generated.BufferStart(builder)
    generated.BufferAddData(builder, data)
    buffers = vector(generated.ModelStartBuffersVector, [generated.BufferEnd(builder)])
    codes_vector = vector(generated.ModelStartOperatorCodesVector, codes)
    graphs_vector = vector(generated.ModelStartSubgraphsVector, graphs)
    generated.ModelStart(builder)
    generated.ModelAddVersion(builder, schema_version)
    generated.ModelAddOperatorCodes(builder, codes_vector)
    generated.ModelAddSubgraphs(builder, graphs_vector)
    generated.ModelAddBuffers(builder, buffers)
    builder.Finish(generated.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _int32(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int32)


@dataclasses.dataclass(frozen=True)
class TensorSpec:
    """A tensor to build.

    Attributes:
      shape: its dimensions.
      dtype: the name of its type in the schema, in any case.
      name: its name.
      data: its contents in the file, if any.
      scales: its quantization's scales, if any.
      zero_points: as many zero points.
      axis: the dimension of per-channel quantization.
      signature: the shape's signature, if any.
      variable: whether it is a variable.
      sparse: whether it says that it is sparse.
      external_buffer: the number of its contents in another file; 0 for none.
    """

    shape: Sequence[int]
    dtype: str = "int8"
    name: str = ""
    data: bytes = b""
    scales: Sequence[float] = ()
    zero_points: Sequence[int] = ()
    axis: int = 0
    signature: Sequence[int] | None = None
    variable: bool = False
    sparse: bool = False
    external_buffer: int = 0


@dataclasses.dataclass(frozen=True)
class NodeSpec:
    """An operator to build.

    Attributes:
      operator: its name in the schema; that of a custom operator if the schema has none.
      inputs: tensor numbers.
      outputs: tensor numbers.
      version: its version.
      options: fields of its options by their names in the schema, in camel case; numpy's arrays for
        vectors.
      options_type: the options' table, e.g. "Conv2DOptions".
      custom_options: a custom operator's options.
    """

    operator: str
    inputs: Sequence[int]
    outputs: Sequence[int]
    version: int = 1
    options: Mapping[str, int | float | str | np.ndarray] = dataclasses.field(default_factory=dict)
    options_type: str = ""
    custom_options: bytes = b""


def branching(
    inputs: Sequence[int], outputs: Sequence[int], then: int = 1, otherwise: int = 2
) -> NodeSpec:
    """Makes an IF.

    Args:
      inputs: the condition, then the branches' inputs.
      outputs: the branches' outputs.
      then: the subgraph that runs if the condition is true.
      otherwise: the one that runs if it is false.
    """
    return NodeSpec(
        "IF",
        inputs,
        outputs,
        options_type="IfOptions",
        options={"ThenSubgraphIndex": then, "ElseSubgraphIndex": otherwise},
    )


@dataclasses.dataclass(frozen=True)
class GraphSpec:
    """A subgraph to build.

    Attributes:
      tensors: its tensors.
      nodes: its operators in order.
      inputs: tensor numbers.
      outputs: tensor numbers.
      name: its name.
    """

    tensors: Sequence[TensorSpec]
    nodes: Sequence[NodeSpec]
    inputs: Sequence[int] = (0,)
    outputs: Sequence[int] = ()
    name: str = ""


def build_graphs(
    *graphs: GraphSpec,
    signatures: Mapping[str, tuple[int, Mapping[str, int], Mapping[str, int]]] | None = None,
    description: str = "",
    metadata: Mapping[str, bytes] | None = None,
    outside_at: int | None = None,
) -> bytes:
    """Builds a model of whole subgraphs.

    Args:
      *graphs: the subgraphs.
      signatures: by key: the subgraph's number, and tensor numbers of inputs and outputs by name.
      description: the file's description.
      metadata: further contents by name.
      outside_at: the byte of the file where contents lie, which the caller appends, as in files
        above 2 GB; by default they are in the flatbuffer.

    Returns:
      The file's bytes.
    """
    builder = flatbuffers.Builder(1024)
    contents = [b""]
    codes: dict[tuple[str, int], int] = {}

    def table(kind: str, **fields: int | bool | None) -> int:
        getattr(generated, f"{kind}Start")(builder)
        for name, value in fields.items():
            if value is not None:
                getattr(generated, f"{kind}Add{name}")(builder, value)
        return getattr(generated, f"{kind}End")(builder)

    def tables(items: Sequence[int]) -> int:
        builder.StartVector(4, len(items), 4)
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    def numbers(values: Sequence[float] | None, dtype: type = np.int32) -> int | None:
        if values is None:
            return None
        return builder.CreateNumpyVector(np.array(values, dtype=dtype))

    def data(content: bytes) -> int:
        if not content:
            return 0
        contents.append(content)
        return len(contents) - 1

    def tensor(spec: TensorSpec) -> int:
        quantization = None
        if spec.scales:
            scale = numbers(spec.scales, np.float32)
            zero_point = numbers(spec.zero_points, np.int64)
            quantization = table(
                "QuantizationParameters",
                Scale=scale,
                ZeroPoint=zero_point,
                QuantizedDimension=spec.axis,
            )
        name = builder.CreateString(spec.name)
        fields = {
            "Shape": numbers(spec.shape),
            "ShapeSignature": numbers(spec.signature),
            "Type": getattr(generated.TensorType, spec.dtype.upper()),
            "Buffer": data(spec.data),
            "Name": name,
            "Quantization": quantization,
            "IsVariable": spec.variable,
            "Sparsity": table("SparsityParameters") if spec.sparse else None,
        }
        if not spec.external_buffer:
            return table("Tensor", **fields)
        return table("Tensor", **fields, ExternalBuffer=spec.external_buffer)

    def node(spec: NodeSpec) -> int:
        code = codes.setdefault((spec.operator, spec.version), len(codes))
        fields = {}
        for name, value in spec.options.items():
            if isinstance(value, str):
                fields[name] = builder.CreateString(value)
            elif isinstance(value, np.ndarray):
                fields[name] = builder.CreateNumpyVector(value)
            else:
                fields[name] = value
        options = table(spec.options_type, **fields) if spec.options_type else None
        custom = builder.CreateByteVector(spec.custom_options) if spec.custom_options else None
        inputs, outputs = numbers(spec.inputs), numbers(spec.outputs)
        # Newer kinds are in a second union.
        newer = spec.options_type and hasattr(generated.BuiltinOptions2, spec.options_type)
        union = "BuiltinOptions2" if newer else "BuiltinOptions"
        kind = getattr(getattr(generated, union), spec.options_type or "NONE")
        return table(
            "Operator",
            OpcodeIndex=code,
            Inputs=inputs,
            Outputs=outputs,
            **{f"{union}Type": kind, union: options},
            CustomOptions=custom,
        )

    def graph(spec: GraphSpec) -> int:
        name = builder.CreateString(spec.name)
        tensors = tables([tensor(t) for t in spec.tensors])
        nodes = tables([node(n) for n in spec.nodes])
        inputs, outputs = numbers(spec.inputs), numbers(spec.outputs)
        return table(
            "SubGraph", Tensors=tensors, Inputs=inputs, Outputs=outputs, Operators=nodes, Name=name
        )

    def names(entries: Mapping[str, int]) -> int:
        strings = [(builder.CreateString(name), index) for name, index in entries.items()]
        return tables([table("TensorMap", Name=n, TensorIndex=i) for n, i in strings])

    subgraphs = tables([graph(spec) for spec in graphs])
    signature_tables = []
    for key, (subgraph, inputs, outputs) in (signatures or {}).items():
        key_string, inputs_vector = builder.CreateString(key), names(inputs)
        signature_tables.append(
            table(
                "SignatureDef",
                SignatureKey=key_string,
                Inputs=inputs_vector,
                Outputs=names(outputs),
                SubgraphIndex=subgraph,
            )
        )
    metadata_tables = []
    for key, content in (metadata or {}).items():
        name = builder.CreateString(key)
        metadata_tables.append(table("Metadata", Name=name, Buffer=data(content)))
    buffer_tables = []
    for content in contents:
        if content and outside_at is not None:
            buffer_tables.append(table("Buffer", Offset=outside_at, Size=len(content)))
            outside_at += len(content)
            continue
        content_vector = builder.CreateByteVector(content) if content else None
        buffer_tables.append(table("Buffer", Data=content_vector))
    code_tables = []
    for operator, version in codes:
        number = getattr(generated.BuiltinOperator, operator, generated.BuiltinOperator.CUSTOM)
        custom = number == generated.BuiltinOperator.CUSTOM
        custom_code = builder.CreateString(operator) if custom else None
        code_tables.append(
            table(
                "OperatorCode",
                DeprecatedBuiltinCode=min(number, 127),
                BuiltinCode=number,
                Version=version,
                CustomCode=custom_code,
            )
        )
    model = {
        "OperatorCodes": tables(code_tables),
        "Buffers": tables(buffer_tables),
        "SignatureDefs": tables(signature_tables),
        "Metadata": tables(metadata_tables),
        "Description": builder.CreateString(description),
    }
    builder.Finish(table("Model", Version=3, Subgraphs=subgraphs, **model), file_identifier=b"TFL3")
    return bytes(builder.Output())
