r"""Writes the op resolver of .tflite files: a header that registers exactly their operators.

  bazel build //micro:tflm.json
  bazel run //micro:generate_op_resolver -- --tflm=bazel-bin/micro/tflm.json --model=m.tflite \
    --name=m --namespace=app --output=m.h

With several --model the resolver serves each of them. Exit code 2 and one line on stderr for bad
flags, a bad model, one that the linked TFLM can't run, or an output that can't be written.
"""

from __future__ import annotations

import pathlib

from absl import flags

from micro import cpp_header, op_resolver, tflite_model, tflm
from tools import command

_MODELS = flags.DEFINE_multi_string("model", None, "A .tflite file.", required=True)
_TFLM = flags.DEFINE_string(
    "tflm", None, "What the linked TFLM can run: //micro:tflm.json.", required=True
)
_NAME = flags.DEFINE_string("name", None, "The model's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "The header to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def main() -> None:
    cpp_header.check_names(_NAME.value, _NAMESPACE.value)
    linked = tflm.read_json(command.user_path(_TFLM.value))
    models = [tflite_model.read_model(command.user_path(path)) for path in _MODELS.value]
    output = command.user_path(_OUTPUT.value)
    text = op_resolver.render(
        op_resolver.select_for_models(models, linked),
        source_name=", ".join(pathlib.Path(model.path).name for model in models),
        name=_NAME.value,
        namespace=_NAMESPACE.value,
        header_path=_HEADER_PATH.value or output.name,
    )
    command.write_files({output: text})


if __name__ == "__main__":
    command.run(
        main,
        tflite_model.ModelError,
        op_resolver.UnsupportedModelError,
        tflm.NotTflmError,
        cpp_header.InvalidNameError,
    )
