# SPDX-License-Identifier: Apache-2.0
from tools import environment

_CPUINFO = """\
processor\t: 0
flags\t\t: fpu sse sse2 pni ssse3 fma sse4_1 avx avx2 avx512_vnni f16c aes amx_int8 sse4a sha_ni
processor\t: 1
flags\t\t: fpu sse
"""


def test_features_that_kernels_are_chosen_by():
    assert environment.cpu_features(_CPUINFO) == [
        *("amx_int8", "avx", "avx2", "avx512_vnni", "f16c", "fma"),
        *("sse", "sse2", "sse4_1", "sse4a", "ssse3"),
    ]
    assert environment.cpu_features("processor: 0\n") == []


def test_this_machine():
    described = environment.describe(tensorflow="2.0", threads=2, seed=3, instruction_set="avx")
    assert list(described) == [
        *("tensorflow", "threads", "seed", "instruction_set", "cpu_features"),
    ]
    assert "sse2" in described["cpu_features"]  # every x86-64 has it
    assert environment.describe(tensorflow="2.0")["threads"] >= 1
    assert list(environment.describe(tensorflow="2.0")) == [
        *("tensorflow", "threads", "cpu_features"),
    ]
