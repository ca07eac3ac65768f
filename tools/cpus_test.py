# SPDX-License-Identifier: Apache-2.0

import pytest

from tools import cpus

_SOME = ("Haswell", "EPYC-Milan")


@pytest.mark.parametrize(
    ("vendor", "others"),
    [
        ("GenuineIntel", ("EPYC-Milan",)),
        ("AuthenticAMD", ("Haswell",)),
        ("HygonGenuine", _SOME),
    ],
)
def test_cpus_of_another_vendor(vendor: str, others: tuple[str, ...], monkeypatch):
    monkeypatch.delenv("ALL_CPUS", raising=False)
    assert cpus.chosen(_SOME, f"processor\t: 0\nvendor_id\t: {vendor}\n") == others


def test_all_of_them(monkeypatch):
    monkeypatch.setenv("ALL_CPUS", "1")
    assert cpus.chosen(_SOME, "vendor_id\t: GenuineIntel\n") == cpus.CPUS


def test_this_machine_has_some(monkeypatch):
    monkeypatch.delenv("ALL_CPUS", raising=False)
    assert set(cpus.chosen(_SOME)) <= set(_SOME)
    assert cpus.chosen(_SOME)
