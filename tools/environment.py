# SPDX-License-Identifier: Apache-2.0
"""What an artifact was computed with, for its report.

A cache may hand out what another machine computed: this says which one.
"""

from __future__ import annotations

import os
import pathlib
import re

_CPUINFO = pathlib.Path("/proc/cpuinfo")

_VECTOR_FEATURES = re.compile(r"s?sse\d?.*|avx.*|fma.*|f16c|amx.*")
"""Those that kernels are chosen by, as Linux names them."""


def cpu_features(cpuinfo: str) -> list[str]:
    """Picks the features that numerical kernels are chosen by.

    Args:
      cpuinfo: the contents of /proc/cpuinfo.

    Returns:
      Their names, sorted; none if the file names none.
    """
    flags = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    names = flags[1].split() if flags else []
    return sorted({name for name in names if _VECTOR_FEATURES.fullmatch(name)})


def describe(
    *,
    tensorflow: str,
    threads: int = 0,
    seed: int | None = None,
    instruction_set: str | None = None,
) -> dict[str, object]:
    """Describes this process's environment for a report.

    Args:
      tensorflow: its version.
      threads: of TensorFlow; 0 for one for each core, TensorFlow's own default.
      seed: of the random numbers, if there are any.
      instruction_set: what TensorFlow may use of the CPU, if it was given.

    Returns:
      `tensorflow`, `threads`, `cpu_features` and, if there is one, `seed` and `instruction_set`.
    """
    return {
        "tensorflow": tensorflow,
        "threads": threads or len(os.sched_getaffinity(0)),
        **({} if seed is None else {"seed": seed}),
        **({} if instruction_set is None else {"instruction_set": instruction_set}),
        "cpu_features": cpu_features(_CPUINFO.read_text()),
    }
