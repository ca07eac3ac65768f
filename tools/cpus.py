# SPDX-License-Identifier: Apache-2.0
"""Runs a Python program on other CPUs than this machine's, by an emulator."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence

CPUS = ("Haswell", "Icelake-Server", "EPYC-Rome", "EPYC-Milan")
"""CPUs with AVX2 by the emulator's names. It has their features and their sizes of caches."""

# How their names begin, by what /proc/cpuinfo calls the vendor.
_VENDORS = {"AuthenticAMD": ("EPYC",), "GenuineIntel": ("Haswell", "Icelake")}

NATIVE = "native"
"""In place of a CPU: this machine's own, without the emulator."""


def chosen(some: Sequence[str], cpu_info: str | None = None) -> Sequence[str]:
    """Which CPUs a test compares with this machine's.

    Args:
      some: those of every day, one of each vendor.
      cpu_info: what this machine's /proc/cpuinfo has; default: that file.

    Returns:
      Those of another vendor than this machine's, or all of CPUS with `--test_env=ALL_CPUS=1`: each
      takes TensorFlow a minute to start.
    """
    if os.environ.get("ALL_CPUS"):
        return CPUS
    if cpu_info is None:
        cpu_info = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    own = tuple(
        prefix for vendor, prefixes in _VENDORS.items() if vendor in cpu_info for prefix in prefixes
    )
    return tuple(cpu for cpu in some if not cpu.startswith(own)) if own else tuple(some)


def run(cpu: str, program: str | pathlib.Path, arguments: Sequence[str] = ()) -> str:
    """Runs a program with this process's Python and packages.

    Args:
      cpu: one of CPUs, or NATIVE.
      program: a Python file. It must not start other programs, which would run on this CPU.
      arguments: the program's.

    Returns:
      Its standard output.

    Raises:
      RuntimeError: it failed; the message ends with what it wrote on stderr.
    """
    environment = {**os.environ, "PYTHONPATH": ":".join(filter(None, sys.path))}
    emulator = [] if cpu == NATIVE else [os.environ["QEMU"], "-cpu", cpu]
    # -P: the program's own folder is none to import from, as `train/train.py` hides the package.
    finished = subprocess.run(
        [*emulator, sys.executable, "-P", program, *arguments],
        capture_output=True,
        text=True,
        env=environment,
    )
    if finished.returncode:
        raise RuntimeError(f"{program} on {cpu}: {finished.returncode}: {finished.stderr[-2000:]}")
    return finished.stdout


def run_all(
    others: Sequence[str], program: str | pathlib.Path, arguments: Sequence[str] = ()
) -> dict[str, str]:
    """Runs a program on this CPU and on others, one after the other: a test has one CPU for itself.

    Args:
      others: of CPUS.
      program: as `run` takes it.
      arguments: the program's.

    Returns:
      What it wrote to stdout, by CPU.

    Raises:
      RuntimeError: it failed on one of them.
    """
    return {cpu: run(cpu, program, arguments) for cpu in (NATIVE, *others)}
