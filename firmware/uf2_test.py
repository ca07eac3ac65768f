# SPDX-License-Identifier: Apache-2.0
"""UF2 files, against blocks that were written down byte by byte from the specification."""

import os
import pathlib
import subprocess

import pytest

from firmware import images, uf2

UF2 = os.environ["UF2"]

# Three bytes at 0x10000000, for the RP2350's Arm cores.
ONE_BLOCK = (
    bytes.fromhex(
        "55 46 32 0a"  # "UF2\n"
        "57 51 5d 9e"
        "00 20 00 00"  # The flags: there is a family.
        "00 00 00 10"  # The address.
        "00 01 00 00"  # 256 bytes.
        "00 00 00 00"  # Block 0
        "01 00 00 00"  # of 1.
        "59 ff 8b e4"  # The family.
        "01 02 03"
    )
    + bytes(476 - 3)
    + bytes.fromhex("30 6f b1 0a")
)

# The block that picotool writes before all others with --abs-block.
ABSOLUTE_BLOCK = (
    bytes.fromhex(
        "55 46 32 0a 57 51 5d 9e"
        "00 a0 00 00"  # The flags: there are a family and extensions.
        "00 ff ff 10"
        "00 01 00 00"
        "00 00 00 00"
        "02 00 00 00"
        "57 ff 8b e4"  # The family "absolute".
    )
    + b"\xef" * 256
    + bytes.fromhex("04 e3 57 99")  # An extension of 4 bytes: to be ignored.
    + bytes(476 - 260)
    + bytes.fromhex("30 6f b1 0a")
)


def test_one_block():
    memory = {0x10000000: 1, 0x10000001: 2, 0x10000002: 3}
    assert uf2.to_uf2(memory, family=0xE48BFF59) == ONE_BLOCK


def test_absolute_block_comes_first():
    content = uf2.to_uf2({0x10000000: 1}, family=0xE48BFF59, absolute=0x10FFFF00)
    assert content[:512] == ABSOLUTE_BLOCK
    assert len(content) == 1024


def test_pages_are_aligned_and_filled_with_zero():
    assert uf2.pages({0x1FF: 7, 0x200: 8, 0x500: 9}) == {
        0x100: bytes(255) + b"\x07",
        0x200: b"\x08" + bytes(255),
        0x500: b"\x09" + bytes(255),
    }


def test_what_is_written_is_what_is_read():
    memory = {0x08000000 + i: i % 251 for i in range(1000)}
    blocks = images.read_uf2(uf2.to_uf2(memory, family=0x57755A57))
    assert [(block.number, block.count, block.family) for block in blocks] == [
        (i, 4, 0x57755A57) for i in range(4)
    ]
    assert b"".join(block.content for block in blocks) == bytes(memory.values()) + bytes(24)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes are not blocks of 512"),
        (ONE_BLOCK[:-1], "511 bytes are not blocks of 512"),
        (bytes(512), "block 0 has wrong magic numbers"),
        (ONE_BLOCK[:16] + b"\xff\xff" + ONE_BLOCK[18:], "block 0 has a payload of 65535 bytes"),
    ],
)
def test_what_is_not_uf2(content: bytes, message: str):
    with pytest.raises(images.FormatError, match=message):
        images.read_uf2(content)


# --- the command ----------------------------------------------------------------------------------


def run(tmp_path: pathlib.Path, text: str) -> subprocess.CompletedProcess[str]:
    source, output = tmp_path / "a.hex", tmp_path / "a.uf2"
    source.write_text(text)
    command = [UF2, f"--hex={source}", "--family=0xe48bff59", f"--output={output}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_command(tmp_path: pathlib.Path):
    result = run(tmp_path, ":020000041000EA\n:03000000010203F7\n:00000001FF\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "a.uf2").read_bytes() == ONE_BLOCK


def test_command_with_a_wrong_checksum(tmp_path: pathlib.Path):
    result = run(tmp_path, ":03000000010203F8\n:00000001FF\n")
    assert result.returncode == 2
    assert result.stderr == f"uf2: {tmp_path}/a.hex: line 1 has a wrong checksum\n"
    assert not (tmp_path / "a.uf2").exists()
