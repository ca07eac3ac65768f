# SPDX-License-Identifier: Apache-2.0
r"""Writes the C++ class of a model, from its description.

  ./bazelw run //tflm:generate_model_class -- --description=m.json --symbol=m --class_name=M \
      --namespace=app --header=m.h --include=m_data.h --include=m_op_resolver.h --include=m_arena.h

Exit code 2 and one line on stderr for bad flags, a model that it can't serve, or an output that
can't be written.
"""

from __future__ import annotations

import json

from absl import flags

from codegen import cpp_header, typed_tensors
from tflm import model_class
from tools import command

_DESCRIPTION = command.input_file(
    "description", None, "What //tflite:describe_model wrote.", required=True
)
_SYMBOL = flags.DEFINE_string(
    "symbol", None, "What array, resolver and arena are named after, snake_case.", required=True
)
_CLASS_NAME = flags.DEFINE_string("class_name", None, "The class's name.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_HEADER = command.output_file("header", None, "The header to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)
_INCLUDE = flags.DEFINE_multi_string("include", [], "A header that it includes.")
_VERIFY = flags.DEFINE_bool("verify", True, "Whether Create() verifies the model.")


def main() -> None:
    cpp_header.check_names(_SYMBOL.value, _NAMESPACE.value)
    model_class.check_class_name(_CLASS_NAME.value, _SYMBOL.value)
    path = _DESCRIPTION.value
    try:
        description = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise command.CommandError(f"{path}: is not a description of a model: {error}") from error
    text = model_class.render(
        description,
        symbol=_SYMBOL.value,
        class_name=_CLASS_NAME.value,
        namespace=_NAMESPACE.value,
        header_path=_HEADER_PATH.value or _HEADER.value.name,
        includes=_INCLUDE.value,
        verify=_VERIFY.value,
    )
    command.write_files({_HEADER.value: text})


if __name__ == "__main__":
    command.run(main, typed_tensors.UnsupportedTensorError, cpp_header.InvalidNameError)
