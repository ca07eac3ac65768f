# SPDX-License-Identifier: Apache-2.0
r"""Compiles a .tflite file to C11 that computes what TensorFlow Lite Micro computes.

  ./bazelw run //aot -- model.tflite --output_dir=out
  ./bazelw run //aot -- model.tflite --stop_after=import
  ./bazelw run //aot -- model.tflite --stop_after=import --svg=graph.svg
  ./bazelw run //aot -- model.tflite --report=- --core=cortex_m4f
  ./bazelw run //aot -- model.tflite --explain

It writes a header and a source, named after the model: out/model.h and out/model.c. They need
nothing but the C library: copy them into any project. The header explains how to run the model.
Exit code 2 and one line for each reason on stderr for bad flags, a file that is not a sound model,
a model that can't be compiled, or an output that can't be written.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys

from absl import flags

from aot import compiler, model_class, targets
from aot.costs import prediction, report, report_svg
from aot.passes import chains
from codegen import cpp_header, typed_tensors
from tflite import description
from tflite.model import Model, ModelError
from tflite.reader import read_model
from tools import command

_USUAL_CORE = "cortex_m4f"
_MODEL = command.input_file("model", None, "The .tflite file; the same as the one argument.")
_OUTPUT_DIR = command.output_folder(
    "output_dir", None, "The folder for header and source, made if it is not there."
)
_NAME = flags.DEFINE_string(
    "name", None, "What the C is named after, snake_case (default: the file's name)."
)
_HEADER = command.output_file("header", None, "The C header (default: in --output_dir).")
_SOURCE = command.output_file("source", None, "The C source (default: in --output_dir).")
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The C header's path in #include directives (default: its file name)."
)
_CLASS_HEADER = command.output_file(
    "class_header",
    None,
    "A header with a C++ class, if wanted. It needs this repository's C++ interface, inference/.",
)
_CLASS_HEADER_PATH = flags.DEFINE_string(
    "class_header_path", None, "Its path in #include directives (default: its file name)."
)
_CLASS_NAME = flags.DEFINE_string(
    "class_name", None, "The C++ class (default: the name in CamelCase)."
)
_NAMESPACE = flags.DEFINE_string("namespace", "model", "The C++ class's namespace.")
_TRACE = flags.DEFINE_bool(
    "trace", False, "Call a function of yours with each tensor that was made."
)
_PROFILE = flags.DEFINE_bool(
    "profile", False, "Call a function of yours after each layer, e.g. to read a counter of cycles."
)
_SECTION = flags.DEFINE_string(
    "section", "", "The linker section for weights, e.g. .external_flash (default: the usual one)."
)
_TARGET = flags.DEFINE_enum(
    "target",
    None,
    list(targets.TARGETS),
    "What the C is for: any core (the default); Cortex-M4, M7, M33 and others with the DSP"
    " extension (armv7em); Cortex-M55 and others with vectors, called Helium (armv8_1m_mve);"
    " x86-64, with AVX2 or AVX-512 VNNI if the CPU has them, which the C finds out where it runs.",
)
_OPTIMIZE = flags.DEFINE_enum(
    "optimize",
    chains.SPEED,
    chains.OPTIMIZE,
    "What counts most. speed: layers run a few rows at a time, without whole images between them,"
    " if that saves memory and takes up to 3 % more instructions; ram: the least memory, whatever"
    " it takes; size: the least code.",
)
_REPORT = command.output_file(
    "report",
    None,
    "What each layer costs: FILE.txt, FILE.json, FILE.svg, or - to print it. No C is needed then.",
)
_CORE = flags.DEFINE_enum(
    "core",
    None,
    prediction.cores(),
    f"The core that --report is about (default: {_USUAL_CORE}). If there is no --target, it chooses"
    " that, too.",
)
_MEASURED = command.input_file(
    "measured", None, "The JSON of a firmware_report with layers, to compare --report with."
)
_STOP_AFTER = flags.DEFINE_enum(
    "stop_after",
    None,
    compiler.STAGES,
    "Print the graph as it is after this stage, and write nothing.",
)
_DISABLE_PASS = flags.DEFINE_multi_enum(
    "disable_pass",
    [],
    compiler.STAGES[1:],
    "Leave out a pass, e.g. to find the one at fault; repeat it for several.",
)
_SVG = command.output_file("svg", None, "Draw the graph of --stop_after into this file instead.")
_EXPLAIN = flags.DEFINE_bool(
    "explain",
    False,
    "Print of each layer its kernel, its memory and the bounds that were proved. No C is needed"
    " then.",
)
_ARENA = command.output_file("arena", None, "A JSON file for the bytes of memory, if wanted.")
_EXPLANATION = command.output_file("explanation", None, "A file for what --explain prints.")


_STDOUT = "-"
_FORMATS = (".txt", ".json", ".svg")

# Headers of C: one of ours with such a name would be found in place of it.
_HEADERS = frozenset(
    """assert complex ctype errno fenv float inttypes iso646 limits locale malloc math memory setjmp
    signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings
    tgmath threads time uchar unistd wchar wctype""".split()  # noqa: SIM905
)


def _symbol(path: pathlib.Path) -> str:
    """Makes a name of the model's file name."""
    name = re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_")
    usable = name and name[0].isalpha() and name not in _HEADERS
    return name if usable else f"model_{name}".rstrip("_")


def _check_section() -> None:
    """Refuses a section's name that would mean something else in C."""
    if not re.fullmatch(r"[\w.$/-]*", _SECTION.value, re.ASCII):
        raise command.CommandError(
            f"--section={_SECTION.value!r}: a section's name has letters, digits and . _ $ / -"
        )


def _check_include(path: str) -> str:
    """Refuses what can't stand in an #include; gives it back."""
    if not re.fullmatch(r'[^"\\\x00-\x1f]+', path):
        raise command.CommandError(
            f"the header's path {path!r} can't stand in an #include: leave out quotes, backslashes"
            " and ends of lines"
        )
    return path


def _check_flags() -> None:
    """Refuses flags that would do nothing."""
    if _STOP_AFTER.value:
        outputs = (_OUTPUT_DIR, _HEADER, _SOURCE, _CLASS_HEADER, _ARENA, _EXPLANATION, _REPORT)
        ignored = (*outputs, _HEADER_PATH, _TRACE, _PROFILE, _SECTION, _EXPLAIN)
        for flag in ignored:
            if flag.value:
                raise command.CommandError(
                    f"--stop_after prints the graph and writes no C: leave out --{flag.name}"
                )
    for flag in (_CORE, _MEASURED):
        if flag.value and not _REPORT.value:
            raise command.CommandError(f"--{flag.name} needs --report")
    if _REPORT.value and _REPORT.value.name != _STDOUT and _REPORT.value.suffix not in _FORMATS:
        raise command.CommandError(
            f"--report={_REPORT.value.name}: its name must end with {', '.join(_FORMATS)},"
            " or be - to print it"
        )
    for flag in (_CLASS_NAME, _CLASS_HEADER_PATH):
        if flag.value and not _CLASS_HEADER.value:
            raise command.CommandError(f"--{flag.name} needs --class_header")


def main() -> None:
    if not _MODEL.value:
        raise command.CommandError(
            "needs a .tflite file: ./bazelw run //aot -- MODEL --output_dir=FOLDER"
        )
    path = _MODEL.value
    symbol = _NAME.value or _symbol(path)
    cpp_header.check_names(symbol, _NAMESPACE.value)
    _check_section()
    _check_flags()
    model = read_model(path)
    if _SVG.value:
        if not _STOP_AFTER.value:
            raise command.CommandError("--svg needs --stop_after, the stage whose graph it draws")
        drawn = compiler.draw_stage(
            model,
            _STOP_AFTER.value,
            path.name,
            _DISABLE_PASS.value,
            _target(),
            _OPTIMIZE.value,
        )
        command.write_files({_SVG.value: drawn})
        return
    if _STOP_AFTER.value:
        shown = compiler.show_stage(
            model, _STOP_AFTER.value, _DISABLE_PASS.value, _target(), _OPTIMIZE.value
        )
        sys.stdout.write(shown)
        return
    header, source = _HEADER.value, _SOURCE.value
    if _OUTPUT_DIR.value:
        header = header or _OUTPUT_DIR.value / f"{symbol}.h"
        source = source or _OUTPUT_DIR.value / f"{symbol}.c"
    without_c = (_REPORT, _EXPLAIN, _EXPLANATION, _ARENA)
    if bool(header) != bool(source) or not (header or any(flag.value for flag in without_c)):
        raise command.CommandError(
            "needs --output_dir, or --header and --source, or one of "
            + ", ".join(f"--{flag.name}" for flag in without_c)
        )
    header_path = _check_include(_HEADER_PATH.value or (header.name if header else f"{symbol}.h"))
    compiled = compiler.compile_model(
        model,
        name=symbol,
        header_name=header_path,
        trace=_TRACE.value,
        profile=_PROFILE.value,
        section=_SECTION.value,
        disabled=_DISABLE_PASS.value,
        target=_target(),
        optimize=_OPTIMIZE.value,
    )
    outputs: list[tuple[pathlib.Path, str]] = []
    if header and source:
        outputs += [(header, compiled.sources.header), (source, compiled.sources.source)]
    printed = ""
    if _REPORT.value:
        text = _report(compiled, path)
        if _REPORT.value.name == _STDOUT:
            printed = text
        else:
            outputs.append((_REPORT.value, text))
    if _CLASS_HEADER.value:
        outputs.append((_CLASS_HEADER.value, _class_header(model, symbol, header_path)))
    if _ARENA.value:
        outputs.append((_ARENA.value, _arena(compiled)))
    if _EXPLANATION.value:
        outputs.append((_EXPLANATION.value, compiler.explain(compiled)))
    # Two of one name would be one in the dictionary.
    command.check_outputs((str(output), output) for output, _ in outputs)
    command.write_files(dict(outputs))
    if _EXPLAIN.value:
        sys.stdout.write(compiler.explain(compiled))
    sys.stdout.write(printed)


def _target() -> str:
    """What to compile for: what is asked for, or what is usual on the core."""
    if _TARGET.value:
        return _TARGET.value
    # C that is written is for any core, if nobody says which.
    writes = _OUTPUT_DIR.value or _HEADER.value
    if not _REPORT.value or (writes and not _CORE.value):
        return targets.PORTABLE
    return prediction.target_of(_CORE.value or _USUAL_CORE)


def _report(compiled: compiler.Compiled, path: pathlib.Path) -> str:
    """Writes what the model costs, in the format that the file's name says."""
    measured = None
    if _MEASURED.value:
        reason = f"--measured={_MEASURED.value} can't be read"
        try:
            measured = json.loads(_MEASURED.value.read_text(encoding="utf-8"))
        except OSError as error:
            raise command.CommandError(f"{reason}: {error.strerror}") from error
        except ValueError as error:
            raise command.CommandError(f"{reason}: it is not JSON") from error
    core = _CORE.value or _USUAL_CORE
    made = report.make(compiled, name=path.name, core=core, measured=measured)
    assert _REPORT.value is not None
    kind = _REPORT.value.suffix
    if kind == ".json":
        return command.json_text(report.to_json(made))
    return report_svg.draw(made) if kind == ".svg" else report.to_text(made)


def _class_header(model: Model, symbol: str, c_header_path: str) -> str:
    class_name = _CLASS_NAME.value or cpp_header.camel_case(symbol)
    cpp_header.check_class_name(class_name)
    path = _CLASS_HEADER.value
    assert path is not None
    return model_class.render(
        description.describe(model),
        symbol=symbol,
        class_name=class_name,
        namespace=_NAMESPACE.value,
        header_path=_check_include(_CLASS_HEADER_PATH.value or path.name),
        c_header_path=c_header_path,
    )


def _arena(compiled: compiler.Compiled) -> str:
    working, variables = compiled.plan.size, compiled.plan.variables_size
    return command.json_text(
        {"arena_size": working + variables, "variables": variables, "working_memory": working}
    )


if __name__ == "__main__":
    command.run(
        main,
        ModelError,
        report.ReportError,
        cpp_header.InvalidNameError,
        typed_tensors.UnsupportedTensorError,
        argument="model",
    )
