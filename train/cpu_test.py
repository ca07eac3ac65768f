# SPDX-License-Identifier: Apache-2.0
"""A training gives the same bytes on this CPU and on others, by an emulator."""

import os

import pytest

from tools import cpus

_CPUS = cpus.chosen(("Haswell", "EPYC-Milan"))


@pytest.fixture(scope="module")
def digests() -> dict[str, str]:
    return cpus.run_all(_CPUS, os.environ["PROGRAM"], ["sse41"])


@pytest.mark.parametrize("cpu", _CPUS)
def test_every_cpu_trains_to_the_same_bytes(digests, cpu):
    assert [line.split()[0] for line in digests[cpu].splitlines()] == [
        "keras",
        "weights",
        "history",
    ]
    assert digests[cpu] == digests[cpus.NATIVE]


def test_another_instruction_set_gives_other_bytes(digests):
    assert cpus.run(cpus.NATIVE, os.environ["PROGRAM"], ["avx2"]) != digests[cpus.NATIVE]
