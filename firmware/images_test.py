# SPDX-License-Identifier: Apache-2.0
"""The reader of Intel HEX; UF2's is tested with its writer."""

import pytest

from firmware import images

END = ":00000001FF\n"


def test_hex_with_both_kinds_of_addresses():
    text = (
        (
            ":020000040800F2\n"  # From 0x08000000 on.
            ":0200100011227B\n".replace("7B", "BB")
            + ":020000021000EC\n"  # From segment 0x1000 on: 0x10000.
            ":0100000033CC\n"
            ":0400000508000001EE\n"  # The program's entry, which is not part of the memory.
        )
        + END
    )
    assert images.read_hex(text) == {0x08000010: 0x11, 0x08000011: 0x22, 0x10000: 0x33}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the record that ends it is missing"),
        (":0100000033CC\n", "the record that ends it is missing"),
        (":0100000033CD\n" + END, "line 1 has a wrong checksum"),
        ("0100000033CC\n" + END, "line 1 is not a record of Intel HEX"),
        (":0200000033CB\n" + END, "line 1 is not a record of Intel HEX"),
        (":01000x0033CC\n" + END, "line 1 is not a record of Intel HEX"),
        (END.replace("01FF", "07F9"), "line 1 has the unknown type 7"),
    ],
)
def test_what_is_not_hex(text: str, message: str):
    with pytest.raises(images.FormatError, match=message):
        images.read_hex(text)
