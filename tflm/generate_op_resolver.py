# SPDX-License-Identifier: Apache-2.0
r"""Writes the op resolver of .tflite files: a header that registers exactly their operators.

  ./bazelw build //tflm:tflm.json
  ./bazelw run //tflm:generate_op_resolver -- --tflm=bazel-bin/tflm/tflm.json --model=m.tflite \
    --name=m --namespace=app --output=m.h

With several --model the resolver serves each of them; with --all, and no model, it has every
operator of the TFLM. The linked TFLM tries each model; --verdict has its answer if that was done
before. Exit code 2 and one line on stderr for bad flags, a bad model, one that the linked TFLM
can't run, or an output that can't be written.
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from codegen import cpp_header
from tflite.model import Model, ModelError, Operator
from tflite.reader import read_model
from tflm import capabilities, compatibility, op_resolver, verdict
from tools import command

_MODELS = command.input_files("model", [], "A .tflite file.")
_ALL = flags.DEFINE_bool("all", False, "Every operator that the TFLM has, instead of a model's.")
_VERDICTS = command.input_files(
    "verdict", [], "What //tflm/host:judge says of a model; once for each --model."
)
_JUDGE = command.input_file(
    "judge",
    # In the runfiles.
    str(pathlib.Path(__file__).parents[1] / "tflm" / "host" / "judge"),
    "The program //tflm/host:judge, which is asked if there is no --verdict.",
)
_TFLM = command.input_file(
    "tflm", None, "What the linked TFLM can run: //tflm:tflm.json.", required=True
)
_NAME = flags.DEFINE_string("name", None, "The model's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_OUTPUT = command.output_file("output", None, "The header to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def _verdicts(models: list[Model]) -> list[verdict.Verdict]:
    if not _VERDICTS.value:
        return [verdict.ask(_JUDGE.value, model.content) for model in models]
    if len(_VERDICTS.value) != len(models):
        raise command.CommandError(
            f"{len(_VERDICTS.value)} --verdict for {len(models)} --model: one each is needed"
        )
    return [verdict.read_json(path) for path in _VERDICTS.value]


def main() -> None:
    cpp_header.check_names(_NAME.value, _NAMESPACE.value)
    if bool(_MODELS.value) == _ALL.value:
        raise command.CommandError("needs either --model or --all (--help lists the flags)")
    linked = capabilities.read_json(_TFLM.value)
    models = [read_model(path) for path in _MODELS.value]
    selected: Sequence[tuple[Operator | str, capabilities.Registration]]
    if _ALL.value:
        selected = compatibility.select_all(linked)
    else:
        selected = compatibility.select_for_models(models, linked, _verdicts(models))
        for model in models:
            for warning in compatibility.departures(model, linked):
                print(f"generate_op_resolver: warning: {model.path}: {warning}", file=sys.stderr)
    text = op_resolver.render(
        selected,
        source_name=", ".join(pathlib.Path(model.path).name for model in models)
        or "the linked TFLM",
        name=_NAME.value,
        namespace=_NAMESPACE.value,
        header_path=_HEADER_PATH.value or _OUTPUT.value.name,
        resource_variables=max((model.resource_variables for model in models), default=0),
    )
    command.write_files({_OUTPUT.value: text})


if __name__ == "__main__":
    command.run(
        main,
        ModelError,
        compatibility.UnsupportedModelError,
        capabilities.NotTflmError,
        verdict.VerdictError,
        cpp_header.InvalidNameError,
    )
