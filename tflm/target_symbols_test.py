# SPDX-License-Identifier: Apache-2.0
"""The part of tflm/ that runs on the target needs no heap, no files and no operating system."""

import os
import pathlib
import re

SYMBOLS = pathlib.Path(os.environ["SYMBOLS"])

# What it may leave to the linker: TFLM, ourselves, memory functions, what the compiler adds. Each
# virtual destructor refers to `operator delete`; the host's compiler adds what exceptions need.
ALLOWED = re.compile(
    r"(tflite|mnist_micro|TfLite|MicroPrintf|Micro|flatbuffers).*|(non-virtual thunk to|vtable for|"
    r"typeinfo for|typeinfo name for) (tflite|mnist_micro|__cxxabiv1).*|"
    r"__mem\w+_chk|(mem(cpy|set|move|cmp)|str(cmp|ncmp|len))|operator delete\(.*|"
    r"__cxa_pure_virtual|__gxx_personality_v0|_Unwind_Resume|__stack_chk_fail|"
    r"_GLOBAL_OFFSET_TABLE_|_?_(a|ub)san_.*"
)


def undefined() -> set[str]:
    lines = SYMBOLS.read_text().splitlines()
    return {line.split(maxsplit=1)[1] for line in lines if re.match(r" +U ", line)}


def test_the_list_is_of_the_target_part():
    assert "tflite::MicroInterpreter::AllocateTensors()" in undefined()
    assert "mnist_micro::tflm::PrintTrial(char const*)" in undefined()


def test_nothing_of_a_hosted_system_is_needed():
    assert [name for name in sorted(undefined()) if not ALLOWED.fullmatch(name)] == []
