# SPDX-License-Identifier: Apache-2.0
"""clang: no warnings of the emitted C, nothing undefined in it, and the numbers that gcc makes."""

import os
import pathlib
import re

import numpy as np
import pytest

from aot.testing import (
    compiled_program,
    every_function,
    parity,
    sanitized_program,
    strict_compilers,
)
from aot.testing.compiled_program import CompiledProgram

if "CLANG" not in os.environ:
    pytest.skip("CLANG does not name a clang", allow_module_level=True)
_CLANG = str(pathlib.Path(os.environ["CLANG"]).absolute())
_LINK = "-fuse-ld=lld"

# All that clang knows, but what is as it must be.
_EVERYTHING = (
    "-Weverything",
    # What a function gives is converted right there.
    "-Wno-bad-function-cast",
    # The C of 1989 had declarations first.
    "-Wno-declaration-after-statement",
    # Some operators compare floats.
    "-Wno-float-equal",
    # Layers' constants have the fields that they have.
    "-Wno-padded",
    # A model's constants may decide what is never computed.
    "-Wno-unreachable-code",
    # Tensors are pointers.
    "-Wno-unsafe-buffer-usage",
)
# As C++ a header is a file of its own, which does not use what it defines.
_EVERYTHING_CPP = ("-Weverything", "-Wno-unused-macros")


@pytest.fixture(scope="module", name="sources")
def _sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[pathlib.Path]]:
    return strict_compilers.write(tmp_path_factory.mktemp("sources"))


@pytest.mark.parametrize("warnings", [compiled_program.WARNINGS, _EVERYTHING])
@pytest.mark.parametrize("form", strict_compilers.FORMS)
def test_c_has_no_warnings(
    form: str,
    warnings: tuple[str, ...],
    sources: dict[str, list[pathlib.Path]],
    tmp_path: pathlib.Path,
):
    command = [_CLANG, "-std=c11", *warnings, "-fsyntax-only"]
    assert strict_compilers.messages(command, sources[form], tmp_path) == ""


@pytest.mark.parametrize("warnings", [("-Wall", "-Wextra", "-pedantic"), _EVERYTHING_CPP])
@pytest.mark.parametrize("form", strict_compilers.FORMS)
def test_headers_have_no_warnings_in_cpp(
    form: str,
    warnings: tuple[str, ...],
    sources: dict[str, list[pathlib.Path]],
    tmp_path: pathlib.Path,
):
    headers = [path.with_suffix(".h") for path in sources[form]]
    command = [_CLANG, "-x", "c++", "-std=c++17", *warnings, "-fsyntax-only"]
    assert strict_compilers.messages(command, headers, tmp_path) == ""


def test_a_warning_is_found(sources: dict[str, list[pathlib.Path]], tmp_path: pathlib.Path):
    # gcc does not mind this one.
    fault = tmp_path / "fault.c"
    text = sources["plain"][0].read_text(encoding="utf-8")
    fault.write_text(text + "static inline void useless(void) {}\n", encoding="utf-8")
    include = f"-I{sources['plain'][0].parent}"
    command = [_CLANG, "-std=c11", *compiled_program.WARNINGS, include, "-fsyntax-only"]
    found = strict_compilers.messages(command, [fault], tmp_path)
    assert "unused function 'useless'" in found


def test_no_multiplication_is_fused(sources: dict[str, list[pathlib.Path]], tmp_path: pathlib.Path):
    command = [_CLANG, "-std=gnu11", "-O2", "-mfma", "-S"]
    assert strict_compilers.messages(command, sources["plain"], tmp_path) == ""
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.s")]
    assert len(texts) == len(sources["plain"])
    # There are some to be fused.
    assert any("vmulss" in text for text in texts)
    assert not any(re.search(r"\tvfn?m(add|sub)", text) for text in texts)


def test_numbers_are_those_of_the_other_compiler(tmp_path: pathlib.Path):
    models = every_function.models(trace=True)
    libraries: list[tuple[pathlib.Path, pathlib.Path]] = []
    for compiler, flags in (("", ("-O2",)), (_CLANG, ("-O3", _LINK))):
        folder = tmp_path / f"library{len(libraries)}"
        folder.mkdir()
        library = compiled_program.build(models, folder, compiler=compiler, flags=flags)
        libraries.append((library, folder))
    count = 0
    for name, compiled in models.items():
        one, other = (
            CompiledProgram(compiled, name, folder, library=library)
            for library, folder in libraries
        )
        random = np.random.default_rng(0)
        for _ in range(5):
            inputs = parity.random_inputs(compiled.graph, random)
            expected, made = one.run(inputs), other.run(inputs)
            assert expected.keys() == made.keys()
            for tensor, numbers in expected.items():
                assert parity.same(numbers, made[tensor], 0) == "", f"{name}, tensor {tensor}"
                count += 1
    assert count > 1000


def test_models_are_clean_under_sanitizers(tmp_path: pathlib.Path):
    random = np.random.default_rng(0)
    cases = {
        name: sanitized_program.Case(
            compiled, [parity.random_inputs(compiled.graph, random) for _ in range(2)]
        )
        for name, compiled in every_function.models(trace=True).items()
    }
    # gcc has no check of numbers that a conversion changes without a cast.
    flags = (*sanitized_program.FLAGS, "-fsanitize=implicit-conversion", _LINK)
    assert sanitized_program.check(cases, tmp_path, compiler=_CLANG, flags=flags) == []
