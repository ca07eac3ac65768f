# SPDX-License-Identifier: Apache-2.0
"""Tests of codegen/cpp_header.py; what it surrounds is held against the generators' goldens."""

import pytest

from codegen import cpp_header


def test_include_guard_follows_the_path():
    assert cpp_header.include_guard("a-b/c.d/x.h") == "A_B_C_D_X_H_"


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("Model", "app"),
        ("1x", "app"),
        ("", "app"),
        ("a b", "app"),
        ("x", "App"),
        ("x", "a::"),
        ("x", ""),
    ],
)
def test_refuses_names_that_would_not_compile(name, namespace):
    with pytest.raises(cpp_header.InvalidNameError):
        cpp_header.check_names(name, namespace)


@pytest.mark.parametrize("namespace", ["int", "app::default", "new::app", "app::std"])
def test_refuses_namespaces_that_are_c_plus_plus(namespace):
    with pytest.raises(cpp_header.InvalidNameError, match="is C\\+\\+'s own: choose another"):
        cpp_header.check_names("model", namespace)


def test_accepts_names():
    cpp_header.check_names("mnist_model_2", "a::b_c")
