# SPDX-License-Identifier: Apache-2.0
"""What is said of a link that fails."""

import os
import pathlib
import subprocess

from firmware import link
from firmware.memory_regions import Region

LINK = os.environ["LINK"]

REGIONS = {"FLASH": Region(0x08000000, 512 * 1024), "RAM": Region(0x20000000, 0x20001)}

OVERFLOW = """\
/usr/bin/arm-none-eabi-ld: a.elf section `.text' will not fit in region `FLASH'
/usr/bin/arm-none-eabi-ld: region `FLASH' overflowed by 12345 bytes
collect2: error: ld returned 1 exit status
"""


def explain(errors: str) -> str:
    return link.explain("//pkg:a", "nucleo_f446re", errors, REGIONS)


def test_an_overflow_is_one_line():
    assert explain(OVERFLOW) == (
        "//pkg:a does not fit: FLASH overflows by 12345 bytes (512 KB on nucleo_f446re)\n"
    )


def test_an_overflow_of_both():
    both = OVERFLOW + "/usr/bin/ld: region `RAM' overflowed by 4 bytes\n"
    assert explain(both) == (
        "//pkg:a does not fit: FLASH overflows by 12345 bytes (512 KB on nucleo_f446re)\n"
        "//pkg:a does not fit: RAM overflows by 4 bytes (131073 bytes on nucleo_f446re)\n"
    )


def test_without_a_map_the_length_is_left_out():
    assert link.explain("//pkg:a", "board", OVERFLOW, {}) == (
        "//pkg:a does not fit: FLASH overflows by 12345 bytes on board\n"
    )


def test_what_is_about_something_else_stays():
    undefined = "a.o: in function `main':\na.c: undefined reference to `f'\n"
    assert explain(OVERFLOW + undefined).splitlines()[1:] == undefined.splitlines()
    other = undefined + "collect2: error: ld returned 1 exit status\n"
    assert explain(other) == other


# --- the command ----------------------------------------------------------------------------------


def run(tmp_path: pathlib.Path, script: str) -> subprocess.CompletedProcess[str]:
    flags = ["--target=//pkg:a", "--environment=board", f"--map={tmp_path}/a.map"]
    command = [LINK, *flags, "--", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_compilers_exit_code_and_what_it_prints(tmp_path: pathlib.Path):
    result = run(tmp_path, "echo 'a warning' >&2")
    assert (result.returncode, result.stderr) == (0, "a warning\n")
    result = run(tmp_path, "echo 'an error' >&2; exit 3")
    assert (result.returncode, result.stderr) == (3, "an error\n")


def test_the_compiler_is_told_to_write_a_map(tmp_path: pathlib.Path):
    result = run(tmp_path, 'echo "$0 $1" >&2')
    assert result.stderr == f"-Xlinker -Map={tmp_path}/a.map\n"


def test_the_length_comes_from_the_map_that_was_written(tmp_path: pathlib.Path):
    (tmp_path / "a.map").write_text(
        "Memory Configuration\n\nFLASH 0x08000000 0x00080000 xr\n\nLinker script and memory map\n"
    )
    result = run(tmp_path, 'echo "region \\`FLASH\' overflowed by 1 bytes" >&2; exit 1')
    assert result.stderr == "//pkg:a does not fit: FLASH overflows by 1 bytes (512 KB on board)\n"


def test_a_compiler_that_is_not_there(tmp_path: pathlib.Path):
    command = [LINK, "--target=a", "--environment=b", f"--map={tmp_path}/a.map", "--", "./none"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr == "link: ./none: cannot be run: No such file or directory\n"


def test_a_map_has_no_names_of_temporary_files():
    line = " .text._Z1fv    0x00000100       0x20 {}.ltrans0.ltrans.o\n"
    first, second = (
        link.without_temporary_names(line.format(n)) for n in ("/tmp/cc1Ab", "/t/ccX2")
    )
    assert first == second == " .text._Z1fv    0x00000100       0x20 ltrans0.ltrans.o\n"
    assert link.without_temporary_names(" .text 0x1 0x2 a/b.o\n") == " .text 0x1 0x2 a/b.o\n"
