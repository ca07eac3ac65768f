"""Builds small `.tflite` files, sound and unsound, for tests."""

from __future__ import annotations

from collections.abc import Sequence

import flatbuffers
import numpy as np
import tflite


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
        number = tflite.BuiltinOperator.CUSTOM if isinstance(code, str) else code
        tflite.OperatorCodeStart(builder)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
        if not deprecated_field_only:
            tflite.OperatorCodeAddBuiltinCode(builder, number)
        tflite.OperatorCodeAddVersion(builder, version)
        if custom is not None:
            tflite.OperatorCodeAddCustomCode(builder, custom)
        codes.append(tflite.OperatorCodeEnd(builder))

    graphs = []
    for _ in range(subgraphs):
        used = []
        for i in range(len(operators)):
            inputs = builder.CreateNumpyVector(_int32([0]))
            outputs = builder.CreateNumpyVector(_int32([0]))
            tflite.OperatorStart(builder)
            tflite.OperatorAddOpcodeIndex(builder, i if opcode_index is None else opcode_index)
            tflite.OperatorAddInputs(builder, inputs)
            tflite.OperatorAddOutputs(builder, outputs)
            used.append(tflite.OperatorEnd(builder))
        operators_vector = vector(tflite.SubGraphStartOperatorsVector, used)
        shape = builder.CreateNumpyVector(_int32([1, len(buffer)]))
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, shape)
        tflite.TensorAddType(builder, tflite.TensorType.INT8)
        tflite.TensorAddBuffer(builder, 0)
        tensors = vector(tflite.SubGraphStartTensorsVector, [tflite.TensorEnd(builder)])
        inputs = builder.CreateNumpyVector(_int32([0]))
        outputs = builder.CreateNumpyVector(_int32([0]))
        tflite.SubGraphStart(builder)
        tflite.SubGraphAddTensors(builder, tensors)
        tflite.SubGraphAddInputs(builder, inputs)
        tflite.SubGraphAddOutputs(builder, outputs)
        tflite.SubGraphAddOperators(builder, operators_vector)
        graphs.append(tflite.SubGraphEnd(builder))

    data = builder.CreateByteVector(buffer)
    tflite.BufferStart(builder)
    tflite.BufferAddData(builder, data)
    buffers = vector(tflite.ModelStartBuffersVector, [tflite.BufferEnd(builder)])
    codes_vector = vector(tflite.ModelStartOperatorCodesVector, codes)
    graphs_vector = vector(tflite.ModelStartSubgraphsVector, graphs)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, schema_version)
    tflite.ModelAddOperatorCodes(builder, codes_vector)
    tflite.ModelAddSubgraphs(builder, graphs_vector)
    tflite.ModelAddBuffers(builder, buffers)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _int32(values: Sequence[int]) -> np.ndarray:
    return np.array(values, dtype=np.int32)
