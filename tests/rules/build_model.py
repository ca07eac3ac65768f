"""Writes a small .tflite file of two inputs and two outputs: the halves of their sum.

It stands in for a converter, in tests of the rules.
"""

from __future__ import annotations

import flatbuffers
import numpy as np
import tflite
from absl import flags

from tools import command

_OUTPUT = flags.DEFINE_string("output", None, "The model to write.", required=True)
_WIDTH = flags.DEFINE_integer("width", 4, "Of the inputs: even.")


def build(width: int) -> bytes:
    """Builds the model.

    Args:
      width: how many floats each input has.

    Returns:
      The file's bytes.

    Raises:
      command.CommandError: the width is no positive even number.
    """
    if width < 2 or width % 2:
        raise command.CommandError(f"width {width}: must be a positive even number")
    builder = flatbuffers.Builder(1024)

    def vector(start, items) -> int:
        start(builder, len(items))
        for item in reversed(items):
            builder.PrependUOffsetTRelative(item)
        return builder.EndVector()

    def indices(values) -> int:
        return builder.CreateNumpyVector(np.array(values, np.int32))

    def tensor(name: str, shape, dtype=tflite.TensorType.FLOAT32, buffer: int = 0) -> int:
        text = builder.CreateString(name)
        dims = indices(shape)
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, dims)
        tflite.TensorAddType(builder, dtype)
        tflite.TensorAddBuffer(builder, buffer)
        tflite.TensorAddName(builder, text)
        return tflite.TensorEnd(builder)

    def operator(code: int, inputs, outputs, kind: int, options: int) -> int:
        ins, outs = indices(inputs), indices(outputs)
        tflite.OperatorStart(builder)
        tflite.OperatorAddOpcodeIndex(builder, code)
        tflite.OperatorAddInputs(builder, ins)
        tflite.OperatorAddOutputs(builder, outs)
        tflite.OperatorAddBuiltinOptionsType(builder, kind)
        tflite.OperatorAddBuiltinOptions(builder, options)
        return tflite.OperatorEnd(builder)

    codes = []
    for code in (tflite.BuiltinOperator.ADD, tflite.BuiltinOperator.SPLIT):
        tflite.OperatorCodeStart(builder)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, code)
        tflite.OperatorCodeAddBuiltinCode(builder, code)
        tflite.OperatorCodeAddVersion(builder, 1)
        codes.append(tflite.OperatorCodeEnd(builder))
    codes_vector = vector(tflite.ModelStartOperatorCodesVector, codes)

    tflite.AddOptionsStart(builder)
    add = tflite.AddOptionsEnd(builder)
    tflite.SplitOptionsStart(builder)
    tflite.SplitOptionsAddNumSplits(builder, 2)
    split = tflite.SplitOptionsEnd(builder)
    kinds = tflite.BuiltinOptions
    operators = vector(
        tflite.SubGraphStartOperatorsVector,
        [
            operator(0, [0, 1], [2], kinds.AddOptions, add),
            operator(1, [3, 2], [4, 5], kinds.SplitOptions, split),
        ],
    )
    half = width // 2
    tensors = vector(
        tflite.SubGraphStartTensorsVector,
        [
            tensor("left", [1, width]),
            tensor("right", [1, width]),
            tensor("sum", [1, width]),
            tensor("axis", [1], tflite.TensorType.INT32, 1),
            tensor("first", [1, half]),
            tensor("second", [1, half]),
        ],
    )
    inputs, outputs = indices([0, 1]), indices([4, 5])
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensors)
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    tflite.SubGraphAddOperators(builder, operators)
    graphs = vector(tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(builder)])

    tflite.BufferStart(builder)
    empty = tflite.BufferEnd(builder)
    builder.StartVector(1, 4, 16)
    for byte in reversed(np.array([1], np.int32).tobytes()):
        builder.PrependByte(byte)
    axis = builder.EndVector()
    tflite.BufferStart(builder)
    tflite.BufferAddData(builder, axis)
    buffers = vector(tflite.ModelStartBuffersVector, [empty, tflite.BufferEnd(builder)])
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, codes_vector)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddBuffers(builder, buffers)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def main() -> None:
    command.write_files({command.user_path(_OUTPUT.value): build(_WIDTH.value)})


if __name__ == "__main__":
    command.run(main)
