# SPDX-License-Identifier: Apache-2.0
"""The machine's compiler has no warnings of the emitted C, nor of its headers in C++."""

import os
import pathlib

import pytest

from aot import emit
from aot.testing import compiled_program, every_function, strict_compilers

_CC = os.environ.get("CC", "gcc")
_C = (_CC, "-std=c11", *compiled_program.WARNINGS)
# What projects for microcontrollers turn on besides. clang does not know all.
_MORE = (
    "-Walloca",
    "-Warith-conversion",
    "-Wcast-align=strict",
    "-Wcast-qual",
    "-Wdouble-promotion",
    "-Wduplicated-branches",
    "-Wduplicated-cond",
    "-Wfloat-conversion",
    "-Wformat=2",
    "-Wjump-misses-init",
    "-Wlogical-op",
    "-Wmissing-prototypes",
    "-Wnested-externs",
    "-Wnull-dereference",
    "-Wold-style-definition",
    "-Wredundant-decls",
    "-Wsign-conversion",
    "-Wstrict-prototypes",
    "-Wswitch-default",
    "-Wundef",
    "-Wunsuffixed-float-constants",
    "-Wunused-macros",
    "-Wvla",
    "-Wno-unknown-warning-option",
)


@pytest.fixture(scope="module", name="sources")
def _sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[pathlib.Path]]:
    return strict_compilers.write(tmp_path_factory.mktemp("sources"))


# Optimized: else gcc does not look at what flows where.
@pytest.mark.parametrize(("form", "level"), [("plain", "-O2"), ("plain", "-Os"), ("traced", "-O2")])
def test_c_has_no_warnings(
    form: str, level: str, sources: dict[str, list[pathlib.Path]], tmp_path: pathlib.Path
):
    command = [*_C, *_MORE, level, "-c"]
    assert strict_compilers.messages(command, sources[form], tmp_path) == ""


@pytest.mark.parametrize("form", strict_compilers.FORMS)
def test_headers_have_no_warnings_in_cpp(
    form: str, sources: dict[str, list[pathlib.Path]], tmp_path: pathlib.Path
):
    headers = [path.with_suffix(".h") for path in sources[form]]
    command = [_CC, "-x", "c++", "-std=c++17", "-Wall", "-Wextra", "-pedantic", "-fsyntax-only"]
    assert strict_compilers.messages(command, headers, tmp_path) == ""


def test_a_warning_is_found(sources: dict[str, list[pathlib.Path]], tmp_path: pathlib.Path):
    fault = tmp_path / "fault.c"
    text = sources["plain"][0].read_text(encoding="utf-8")
    fault.write_text(text + "char low(int x);\nchar low(int x) { return x; }\n", encoding="utf-8")
    include = f"-I{sources['plain'][0].parent}"
    found = strict_compilers.messages([*_C, include, "-c"], [fault], tmp_path)
    assert "conversion" in found


def test_a_file_of_the_runtime_that_no_model_uses_is_named(monkeypatch: pytest.MonkeyPatch):
    every_function.models()  # It looks for models once.
    files = emit.runtime_files(trace=False)
    monkeypatch.setattr(emit, "runtime_files", lambda trace: {**files, "unknown": "int unknown;\n"})
    with pytest.raises(AssertionError, match="no model uses .*unknown.* of aot/runtime"):
        every_function.models()
