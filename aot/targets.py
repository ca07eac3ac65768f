# SPDX-License-Identifier: Apache-2.0
"""What models can be compiled for: kernels that emit C for it. What operators mean is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aot.kernels import dsp, mve, x86
from aot.kernels.kernel import Kernel
from aot.kernels.registry import KERNELS, with_chains

PORTABLE = "portable"
"""C11 for any core."""

ARMV7EM = "armv7em"
"""C11 with instructions of Armv7E-M and of Armv8-M's DSP extension, or C that does the same."""

ARMV8_1M_MVE = "armv8_1m_mve"
"""C11 with instructions of Armv8.1-M's vector extension (MVE, Helium), or C that does the same."""

X86_64 = "x86_64"
"""C11 with instructions of AVX2 and AVX-512 VNNI, chosen at run time, or C that does the same."""

TARGETS: Mapping[str, Mapping[str, Kernel]] = {
    PORTABLE: KERNELS,
    ARMV7EM: with_chains({**KERNELS, **dsp.KERNELS}),
    ARMV8_1M_MVE: with_chains({**KERNELS, **mve.KERNELS}),
    X86_64: with_chains({**KERNELS, **x86.KERNELS}),
}
"""The kernels of each."""

WITH_MUCH_MEMORY = frozenset({X86_64})
"""Those for machines that have memory for whole images, which their functions are faster with."""


def differ(target: str, kinds: Iterable[str]) -> bool:
    """Whether a target has kernels of its own for any of the operators of these kinds."""
    own = TARGETS[target]
    return any(own.get(kind) is not KERNELS.get(kind) for kind in kinds)
