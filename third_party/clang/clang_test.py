# SPDX-License-Identifier: Apache-2.0
"""The unpacked clang compiles and links, finds its own files, and has its sanitizers."""

import os
import pathlib
import subprocess

import pytest

if "CLANG" not in os.environ:
    pytest.skip("CLANG does not name a clang", allow_module_level=True)
_CLANG = pathlib.Path(os.environ["CLANG"]).absolute()

_SUM = """
#include <limits.h>
int sum(int a, int b);
int sum(int a, int b) { return a + b; }
"""
_MAIN = "int sum(int, int);\nint main(int argc, char **argv) { return sum(argc, 0); }\n"
_OVERFLOW = "#include <limits.h>\n" + _MAIN.replace("sum(argc, 0)", "sum(argc, INT_MAX) != 0")
_BEYOND = _MAIN.replace("sum(argc, 0)", "sum(argv[argc + 1000000][0], 0)")


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def _build(folder: pathlib.Path, main: str, *flags: str) -> pathlib.Path:
    (folder / "sum.c").write_text(_SUM, encoding="utf-8")
    (folder / "main.c").write_text(main, encoding="utf-8")
    program = folder / "program"
    # Two sources and a linker: clang starts itself for each.
    made = _run(_CLANG, *flags, folder / "sum.c", folder / "main.c", "-fuse-ld=lld", "-o", program)
    assert (made.returncode, made.stderr) == (0, "")
    return program


def test_it_makes_programs(tmp_path: pathlib.Path):
    assert _run(_build(tmp_path, _MAIN)).returncode == 1


@pytest.mark.parametrize(
    ("main", "sanitizer", "message"),
    [
        (_OVERFLOW, "undefined", "signed integer overflow: 1 + 2147483647"),
        (_BEYOND, "address", "AddressSanitizer"),
    ],
)
def test_sanitizers(main: str, sanitizer: str, message: str, tmp_path: pathlib.Path):
    flags = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all")
    result = _run(_build(tmp_path, main, *flags))
    assert result.returncode != 0
    assert message in result.stderr


def test_it_makes_webassembly(tmp_path: pathlib.Path):
    (tmp_path / "sum.c").write_text(_SUM, encoding="utf-8")
    module = tmp_path / "sum.wasm"
    flags = ("--target=wasm32", "-ffreestanding", "-nostdlib", "-Wl,--no-entry,--export=sum")
    made = _run(_CLANG, *flags, tmp_path / "sum.c", "-o", module)
    assert (made.returncode, made.stderr) == (0, "")
    content = module.read_bytes()
    assert content.startswith(b"\0asm")
    assert b"\x03sum" in content


def test_it_compiles_cpp(tmp_path: pathlib.Path):
    source = tmp_path / "size.cc"
    source.write_text("template <typename T> T same(T x) { return x; }\nint one = same(1);\n")
    made = _run(_CLANG.with_name("clang++"), "-std=c++17", "-c", source, "-o", tmp_path / "size.o")
    assert (made.returncode, made.stderr) == (0, "")
