# SPDX-License-Identifier: Apache-2.0
r"""Takes seed files for the fuzz targets from the corpus, and makes hostile ones of them.

  ./bazelw run //tests/fuzz:make_seeds -- --corpus=corpus.zip --output_dir=/path/to/folder

Exit code 2 and one line on stderr for bad flags or what can't be read or written.
"""

from __future__ import annotations

import json
import pathlib
import zipfile

from absl import flags
from ai_edge_litert import schema_py_generated as generated

from tools import command

_CORPUS = flags.DEFINE_string("corpus", None, "//tests/corpus:corpus.zip.", required=True)
_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for the models.", required=True)

NAMES = (
    "conv_2d_int8_bias_relu",
    "gather_float32_index_input",
    "if_float32",
    "lstm_float32",
    "lstm_int8",
    "split_int8_axis1",
    "strided_slice_float32_negative_stride",
    "variable_window",
    "while_float32",
)
"""Small ones, with what a damaged file can lead astray: indices, subgraphs, variables, loops."""

CALLS = {"call_once_itself": 0, "call_once_missing": 9, "call_once_negative": -1}
"""Which subgraph CALL_ONCE is to call: its own, one that is not there, none."""


def with_call_once(content: bytes, subgraph: int) -> bytes:
    """Points each CALL_ONCE of a model to a subgraph.

    Args:
      content: a sound model with resource variables.
      subgraph: any number.

    Returns:
      The model, of the same size.

    Raises:
      ValueError: it has no CALL_ONCE that names its subgraph.
    """
    damaged = bytearray(content)
    model = generated.Model.GetRootAs(content, 0)
    found = False
    for i in range(model.SubgraphsLength()):
        graph = model.Subgraphs(i)
        for k in range(graph.OperatorsLength()):
            operator = graph.Operators(k)
            code = model.OperatorCodes(operator.OpcodeIndex()).BuiltinCode()
            if code != generated.BuiltinOperator.CALL_ONCE:
                continue
            table = operator.BuiltinOptions()
            offset = table.Offset(4)
            if not offset:
                continue
            at = table.Pos + offset
            damaged[at : at + 4] = subgraph.to_bytes(4, "little", signed=True)
            found = True
    if not found:
        raise ValueError("no CALL_ONCE that names its subgraph")
    return bytes(damaged)


def make_seeds(corpus: pathlib.Path) -> dict[str, bytes]:
    """Makes the seed files.

    Args:
      corpus: //tests/corpus:corpus.zip.

    Returns:
      Their contents by name, without ending.

    Raises:
      KeyError: the corpus lacks a model.
      ValueError: a model is not what it is said to be.
    """
    with zipfile.ZipFile(corpus) as archive:
        assert json.loads(archive.read("manifest.json"))["models"]
        seeds = {name: archive.read(f"{name}.tflite") for name in NAMES}
    variables = seeds["variable_window"]
    return seeds | {name: with_call_once(variables, number) for name, number in CALLS.items()}


def main() -> None:
    folder = command.user_path(_OUTPUT_DIR.value)
    try:
        seeds = make_seeds(command.user_path(_CORPUS.value))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise command.CommandError(f"{_CORPUS.value}: {error}") from error
    command.write_files({folder / f"{name}.tflite": data for name, data in seeds.items()})


if __name__ == "__main__":
    command.run(main)
