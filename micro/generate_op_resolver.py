r"""Writes the op resolver of a .tflite file: a header that registers exactly its operators.

  bazel run //micro:generate_op_resolver -- --model=m.tflite --name=m --namespace=app --output=m.h

Exit code 2 and one line on stderr for bad flags, a bad model, an operator that the linked TFLM does
not have, or an output that can't be written.
"""

from __future__ import annotations

from absl import flags

from micro import c_array, op_resolver, tflite_model
from tools import command

_MODEL = flags.DEFINE_string("model", None, "The .tflite file.", required=True)
_TFLM_HEADER = flags.DEFINE_string(
    "tflm_header", None, "The linked TFLM's micro_mutable_op_resolver.h.", required=True
)
_NAME = flags.DEFINE_string("name", None, "The model's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "The header to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def main() -> None:
    c_array.check_names(_NAME.value, _NAMESPACE.value)
    model_path = command.user_path(_MODEL.value)
    tflm_header = command.user_path(_TFLM_HEADER.value)
    try:
        registrations = op_resolver.parse_registrations(tflm_header.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise command.CommandError(f"{tflm_header}: cannot be read: {error}") from error
    if not registrations:
        raise command.CommandError(f"{tflm_header}: is no micro_mutable_op_resolver.h of TFLM")
    model = tflite_model.read_model(model_path)
    output = command.user_path(_OUTPUT.value)
    text = op_resolver.render(
        op_resolver.select(model.operators, registrations, str(model_path)),
        source_name=model_path.name,
        name=_NAME.value,
        namespace=_NAMESPACE.value,
        header_path=_HEADER_PATH.value or output.name,
    )
    command.write_files({output: text})


if __name__ == "__main__":
    command.run(
        main,
        tflite_model.ModelError,
        op_resolver.UnsupportedOperatorError,
        c_array.InvalidNameError,
    )
