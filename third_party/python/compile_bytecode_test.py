# SPDX-License-Identifier: Apache-2.0
"""Bytecode is what Python would have made of the source, and is used in its place."""

import importlib
import marshal
import pathlib
import subprocess
import sys

import numpy

from third_party.python import compile_bytecode


def test_python_uses_it_in_place_of_the_source(tmp_path: pathlib.Path, monkeypatch):
    module = tmp_path / "compiled_module.py"
    module.write_text("ANSWER = 6 * 7\n\n\ndef name() -> str:\n    return __file__\n")
    pyc = pathlib.Path(importlib.util.cache_from_source(str(module)))
    pyc.parent.mkdir()
    pyc.write_bytes(compile_bytecode.bytecode(module.read_bytes(), "elsewhere.py"))
    # That it is not read is seen by this.
    module.write_text("ANSWER = 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = importlib.import_module("compiled_module")
    assert found.ANSWER == 42
    assert found.name() == str(module)
    assert found.name.__code__.co_filename == str(module)


def test_nothing_in_it_depends_on_other_references():
    # Later formats mark what has another reference, by rules that differ between releases of 3.11.
    made = compile_bytecode.bytecode(b"A = (1.5, 'not a name')\ndef f(b): return A, b\n", "m.py")
    assert made[16:] == marshal.dumps(marshal.loads(made[16:]), 2)


def test_what_is_not_this_python_gets_nothing():
    assert compile_bytecode.bytecode(b"print 'Python 2'\n", "m.py") == b""
    assert compile_bytecode.bytecode(b"a = '\0'\n", "m.py") == b""


def test_the_program_writes_each_file(tmp_path: pathlib.Path):
    (tmp_path / "a.py").write_text("A = 1\n")
    (tmp_path / "b.py").write_text("b =\n")
    lines = [
        line
        for name in "ab"
        for line in (f"{tmp_path}/{name}.py", f"x/{name}.py", f"{tmp_path}/{name}.pyc")
    ]
    (tmp_path / "files").write_text("\n".join(lines) + "\n")
    subprocess.run([sys.executable, compile_bytecode.__file__, str(tmp_path / "files")], check=True)
    assert (tmp_path / "a.pyc").read_bytes() == compile_bytecode.bytecode(b"A = 1\n", "x/a.py")
    assert (tmp_path / "b.pyc").read_bytes() == b""


def test_packages_have_it():
    # The file that numpy was loaded from has its bytecode beside it.
    cached = pathlib.Path(numpy.__spec__.cached)
    assert cached.is_file()
    assert int.from_bytes(cached.read_bytes()[4:8], "little") == 1
