r"""Writes a .tflite file as a C++ array: a header and a source.

  bazel run //micro:generate_c_array -- --model=m.tflite --name=m --namespace=app \
      --header=m.h --source=m.cc

Exit code 2 and one line on stderr for bad flags, a bad model, or outputs that can't be written.
"""

from __future__ import annotations

from absl import flags

from micro import array_command, cpp_header, tflite_model
from tools import command

_MODEL = flags.DEFINE_string("model", None, "The .tflite file.", required=True)


def main() -> None:
    array_command.check()
    path = command.user_path(_MODEL.value)
    array_command.write(tflite_model.read_model(path).content, path.name)


if __name__ == "__main__":
    command.run(main, tflite_model.ModelError, cpp_header.InvalidNameError)
