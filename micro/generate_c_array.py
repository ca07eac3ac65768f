r"""Writes a .tflite file as a C++ array: a header and a source.

  bazel run //micro:generate_c_array -- --model=m.tflite --name=m --namespace=app \
      --header=m.h --source=m.cc

Exit code 2 and one line on stderr for bad flags, a bad model, or outputs that can't be written.
"""

from __future__ import annotations

from absl import flags

from micro import c_array, tflite_model
from tools import command

_MODEL = flags.DEFINE_string("model", None, "The .tflite file.", required=True)
_NAME = flags.DEFINE_string("name", None, "The model's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_HEADER = flags.DEFINE_string("header", None, "The header to write.", required=True)
_SOURCE = flags.DEFINE_string("source", None, "The source to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def main() -> None:
    c_array.check_names(_NAME.value, _NAMESPACE.value)
    model = tflite_model.read_model(command.user_path(_MODEL.value))
    header = command.user_path(_HEADER.value)
    arguments = {
        "source_name": command.user_path(_MODEL.value).name,
        "name": _NAME.value,
        "namespace": _NAMESPACE.value,
        "header_path": _HEADER_PATH.value or header.name,
    }
    command.write_files(
        {
            header: c_array.render_header(model.content, **arguments),
            command.user_path(_SOURCE.value): c_array.render_source(model.content, **arguments),
        }
    )


if __name__ == "__main__":
    command.run(main, tflite_model.ModelError, c_array.InvalidNameError)
