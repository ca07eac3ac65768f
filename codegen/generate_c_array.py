# SPDX-License-Identifier: Apache-2.0
r"""Writes a .tflite file as a C++ array: a header and a source.

  ./bazelw run //codegen:generate_c_array -- --model=m.tflite --name=m --namespace=app \
      --header=m.h --source=m.cc

Exit code 2 and one line on stderr for bad flags, a bad model, or outputs that can't be written.
"""

from __future__ import annotations

from absl import flags

from codegen import array_command, cpp_header
from tflite.model import ModelError
from tflite.reader import read_model
from tools import command

_MODEL = command.input_file("model", None, "The .tflite file.", required=True)
flags.adopt_module_key_flags(array_command)


def main() -> None:
    array_command.check()
    array_command.write(read_model(_MODEL.value).content, _MODEL.value.name)


if __name__ == "__main__":
    command.run(main, ModelError, cpp_header.InvalidNameError)
