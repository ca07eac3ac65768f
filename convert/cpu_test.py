# SPDX-License-Identifier: Apache-2.0
"""A conversion gives the same bytes on this CPU and on others, by an emulator."""

import os

import pytest

from tools import cpus

_CPUS = cpus.chosen(("Icelake-Server", "EPYC-Rome"))


@pytest.fixture(scope="module")
def digests() -> dict[str, list[str]]:
    outputs = cpus.run_all(_CPUS, os.environ["PROGRAM"])
    # The converter writes to stdout too.
    return {
        cpu: [line for line in output.splitlines() if line.startswith(("float32 ", "int8 "))]
        for cpu, output in outputs.items()
    }


@pytest.mark.parametrize("cpu", _CPUS)
def test_every_cpu_converts_to_the_same_bytes(digests, cpu):
    assert len(digests[cpu]) == 2
    assert digests[cpu] == digests[cpus.NATIVE]
