# SPDX-License-Identifier: Apache-2.0
"""Which symbols a program for a chip must not have."""

import pytest

from firmware import check_symbols

START = ["OnReset", "main"]


def test_names_of_a_listing():
    listing = (
        "08000100 T OnReset\n"
        "08000040 00000020 T main\n"
        "20000010 0000000c b std::vector<int, std::allocator<int> >::x\n"
        "         U missing\n"
        "         w __deregister_frame_info\n"
    )
    assert check_symbols.defined(listing) == [
        "OnReset",
        "main",
        "std::vector<int, std::allocator<int> >::x",
    ]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("malloc", "a heap"),
        ("_malloc_r", "a heap"),
        ("free", "a heap"),
        ("_sbrk", "a heap"),
        ("operator new(unsigned int)", "a heap"),
        ("printf", "printf"),
        ("_vfiprintf_r", "printf"),
        ("snprintf", "printf"),
        ("__ssvfiscanf_r", None),
        ("puts", "streams of C"),
        ("std::vector<int, std::allocator<int> >::~vector()", "containers"),
        ("std::__cxx11::basic_string<char>::_M_append(char const*, unsigned int)", "containers"),
        ("void std::__introsort_loop<int*>(int*, int*, int)", None),
        ("__cxa_throw", "exceptions"),
        ("_Unwind_Resume", "exceptions"),
        ("typeinfo for A", "exceptions"),
        # What every program here has: nothing is deleted, and a float is only converted.
        ("operator delete(void*)", None),
        ("__aeabi_d2uiz", None),
        ("PrintText", None),
        ("tflite::MicroErrorReporter::Report(char const*, std::__va_list)", None),
    ],
)
def test_forbidden(name: str, what: str | None):
    expected = [] if what is None else [f"{name}: a program for a chip must not have {what}"]
    assert check_symbols.faults([*START, name]) == expected


def test_further_ones_are_forbidden():
    names = [*START, "tflite::MicroInterpreter::Invoke()", "not_tflite::x"]
    assert check_symbols.faults(names, forbidden=["tflite::.*"]) == [
        "tflite::MicroInterpreter::Invoke(): must not be there, as tflite::.* is forbidden"
    ]


def test_allowed():
    assert check_symbols.faults([*START, "malloc"], ["malloc"]) == []


def test_what_is_allowed_must_be_there():
    assert check_symbols.faults(START, ["malloc"]) == ["malloc is allowed, but is not there"]


def test_a_list_of_something_else():
    assert check_symbols.faults(["OnReset"]) == [
        "the symbol main is missing: is this a linked program?"
    ]
