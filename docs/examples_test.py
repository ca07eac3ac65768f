# SPDX-License-Identifier: Apache-2.0
"""The examples of aot/README.md and compiled_models.md work as they are written."""

import os
import pathlib
import re
import shutil
import subprocess
import textwrap
from collections.abc import Mapping

import numpy as np
import pytest

from aot import compiler, emit, importer
from aot.kernels.registry import KERNELS
from aot.testing import compiled_program, one_operator
from aot.testing.one_operator import tensor


def _blocks(page: str, language: str) -> list[str]:
    text = pathlib.Path(os.environ[page]).read_text()
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


@pytest.fixture
def runtime(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A copy of the runtime that may be changed."""
    folder = tmp_path / "runtime"
    shutil.copytree(emit._RUNTIME, folder)
    monkeypatch.setattr(emit, "_RUNTIME", folder)
    return folder


def test_a_new_operator(
    runtime: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
):
    (c,) = _blocks("COMPILER_PAGE", "c")
    kernel, test = _blocks("COMPILER_PAGE", "python")
    (runtime / "negate_floats.h").write_text(c)
    module: dict = {}
    exec(kernel, module)
    monkeypatch.setitem(KERNELS, "NEG", module["KERNELS"]["NEG"])
    emitted: list[str] = []
    build = compiled_program.build

    def recording(programs: Mapping[str, compiler.Compiled], *args, **kwargs) -> pathlib.Path:
        emitted.extend(compiled.sources.source for compiled in programs.values())
        return build(programs, *args, **kwargs)

    monkeypatch.setattr(compiled_program, "build", recording)
    exec(test, module)
    module["test_agrees"](tmp_path)
    assert "negate_floats(6, " in emitted[0]
    refused = one_operator.model("NEG", [tensor((2,), "int32")], [tensor((2,), "int32")])
    assert "has inputs of int32 and an output of int32" in one_operator.refusal(refused)


def test_the_c_of_a_user(tmp_path: pathlib.Path):
    # With a main() around it: the class is that of the largest input.
    example, *_ = _blocks("USERS_PAGE", "c")
    weights = np.eye(4, dtype=np.int8) * 10
    made = one_operator.model(
        "FULLY_CONNECTED",
        [tensor((1, 4), scale=0.1), tensor((4, 4), scale=0.1, data=weights)],
        [tensor((1, 4), scale=0.1)],
    )
    compiled = compiler.compile_model(made, name="keyword")
    (source,) = compiled_program.write_sources({"keyword": compiled}, tmp_path)
    user = tmp_path / "user.c"
    user.write_text(
        example + "\nint main(void) {\n  static const int8_t features[] = {1, 2, 90, 3};\n"
        "  setup();\n  return best_class(features);\n}\n"
    )
    command = [os.environ.get("CC", "gcc"), "-std=c11", "-Wall", "-Wextra", "-pedantic"]
    program = tmp_path / "user"
    subprocess.run([*command, str(user), str(source), "-o", str(program)], check=True)
    assert subprocess.run([str(program)], check=False).returncode == 2


def test_the_message_of_a_refusal():
    text = pathlib.Path(os.environ["USERS_PAGE"]).read_text()
    (shown,) = re.findall(r"^compile_model: model.tflite: operator 3 (.*)$", text, re.MULTILINE)
    made = one_operator.model(
        "TOPK_V2", [tensor((4,), "int8"), tensor((), "int32", data=np.array(2))],
        [tensor((2,), "int8"), tensor((2,), "int32")], version=2,
    )  # fmt: skip
    with pytest.raises(importer.CompileError) as caught:
        importer.import_model(made, KERNELS)
    assert str(caught.value) == f"TOPK_V2.tflite: operator 0 {shown}"


def test_the_c_of_a_user_that_profiles(tmp_path: pathlib.Path):
    _, example, _ = _blocks("USERS_PAGE", "c")
    function, steps = example.split("\n}\n", 1)
    made = one_operator.model("NEG", [tensor((3,), "float32")], [tensor((3,), "float32")])
    compiled = compiler.compile_model(made, name="keyword", profile=True)
    (source,) = compiled_program.write_sources({"keyword": compiled}, tmp_path)
    user = tmp_path / "user.c"
    user.write_text(
        '#include "keyword.h"\n#include <stdio.h>\n'
        "static struct { uint32_t CYCCNT; } core = {7}, *const DWT = &core;\n"
        "static struct keyword_state model;\n"
        "static _Alignas(KEYWORD_MEMORY_ALIGNMENT) unsigned char memory[KEYWORD_MEMORY_SIZE];\n"
        f"{function}\n}}\nint main(void) {{\n{steps}  keyword_invoke(&model);\n  return 0;\n}}\n"
    )
    command = [os.environ.get("CC", "gcc"), "-std=c11", *compiled_program.WARNINGS]
    subprocess.run([*command, str(user), str(source), "-o", str(tmp_path / "user")], check=True)
    run = subprocess.run([tmp_path / "user"], capture_output=True, text=True, check=True)
    assert run.stdout == "0 NEG 7\n"


def test_the_c_of_a_user_that_traces(tmp_path: pathlib.Path):
    # Its first part is a function, its second one is what the user's program does.
    *_, example = _blocks("USERS_PAGE", "c")
    function, steps = example.split("\n}\n", 1)
    made = one_operator.model("NEG", [tensor((3,), "float32")], [tensor((3,), "float32")])
    compiled = compiler.compile_model(made, name="digits", trace=True)
    (source,) = compiled_program.write_sources({"digits": compiled}, tmp_path)
    user = tmp_path / "user.c"
    user.write_text(
        '#include "digits.h"\n#include <stdio.h>\n'
        "static void uart_write(const char *line) { fputs(line, stdout); }\n"
        "static struct digits_state model;\n"
        "static _Alignas(DIGITS_MEMORY_ALIGNMENT) unsigned char memory[DIGITS_MEMORY_SIZE];\n"
        f"{function}\n}}\nint main(void) {{\n{steps}  return 0;\n}}\n"
    )
    command = [os.environ.get("CC", "gcc"), "-std=c11", *compiled_program.WARNINGS]
    subprocess.run([*command, str(user), str(source), "-o", str(tmp_path / "user")], check=True)
    run = subprocess.run([tmp_path / "user"], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    # The model, then an input and an operator in each of four runs.
    assert len(lines) == 9 and lines[-1].startswith("trace: run 3, line 2 of 2, operator 0, ")
