# SPDX-License-Identifier: Apache-2.0
"""What the mirror says becomes a lock."""

import json

import pytest

from third_party.debian import update

RECORDS = """\
Package: liba
Version: 1:2.0-1+deb12u3
Depends: libc6 (>= 2.36), libb
Description: a library
 Version: 9 is only text here.
SHA256: aa

Package: libb
Version: 3-1
SHA256: bb
"""
LOCK = {
    "suite": "bookworm",
    "packages": [
        {"name": "libb", "version": "2-1", "sha256": "00"},
        {"name": "liba", "version": "1:2.0-1", "sha256": "11"},
    ],
}


def test_records_are_read():
    assert update.parse_records(RECORDS) == {
        "liba": ("1:2.0-1+deb12u3", "aa"),
        "libb": ("3-1", "bb"),
    }


def test_a_lock_keeps_its_packages_and_their_order():
    new = json.loads(update.renewed(LOCK, update.parse_records(RECORDS)))
    assert new == {
        "suite": "bookworm",
        "packages": [
            {"name": "libb", "version": "3-1", "sha256": "bb"},
            {"name": "liba", "version": "1:2.0-1+deb12u3", "sha256": "aa"},
        ],
    }


def test_a_package_that_the_mirror_does_not_have():
    with pytest.raises(KeyError):
        update.renewed(LOCK, {"liba": ("1", "aa")})
