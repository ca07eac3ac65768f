# SPDX-License-Identifier: Apache-2.0
"""Which instructions TensorFlow may use, which must be set before TensorFlow is imported.

TensorFlow picks the kernels of its matrix products by what the CPU can do, and other kernels round
otherwise. With SSE4.1 every CPU that TensorFlow runs on gives the same bytes, as `//train:cpu_test`
checks; the others are faster, and stand for other ways of rounding.
"""

from __future__ import annotations

import os
import pathlib
import sys

from tools import environment

DEFAULT = "sse41"

_SETS = {
    # What oneDNN calls it, and what Linux calls the features that it needs.
    "sse41": ("SSE41", ("sse4_1",)),
    "avx": ("AVX", ("avx",)),
    "avx2": ("AVX2", ("avx2", "fma")),
    "avx512": ("AVX512_CORE", ("avx512f", "avx512bw", "avx512vl", "avx512dq")),
}

NAMES = tuple(_SETS)
"""What `use` takes."""


def missing(name: str, cpuinfo: str) -> list[str]:
    """Finds out what a CPU lacks.

    Args:
      name: one of NAMES.
      cpuinfo: the contents of /proc/cpuinfo.

    Returns:
      The features that the set needs and the CPU doesn't have, as Linux names them.
    """
    found = environment.cpu_features(cpuinfo)
    return [feature for feature in _SETS[name][1] if feature not in found]


def use(name: str) -> None:
    """Lets this process's TensorFlow use the instructions of one set, and no kernels but its own.

    If the CPU lacks them, one line on stderr says so: TensorFlow then takes what there is.

    Args:
      name: one of NAMES.

    Raises:
      RuntimeError: TensorFlow is imported already, and has read its environment.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow was imported before its instruction set was chosen")
    os.environ["ONEDNN_MAX_CPU_ISA"] = _SETS[name][0]
    # oneDNN's own operators split sums by the CPU's caches.
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    lacking = missing(name, pathlib.Path("/proc/cpuinfo").read_text())
    if lacking:
        print(
            f"warning: this CPU has no {', '.join(lacking)}, which instruction set {name} needs:"
            " the result will have other bytes than on a CPU that has",
            file=sys.stderr,
        )
