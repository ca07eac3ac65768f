# SPDX-License-Identifier: Apache-2.0
"""Unit tests of names that users give and that C++ gets, in Starlark alone."""

load("//rules:exec_env.bzl", "uf2_error")
load("//rules:exec_envs.bzl", "exec_env_error", "kernels_error")

# It tests exactly that file.
# buildifier: disable=bzl-visibility
load("//rules/private:names.bzl", "camel_case", "is_class_name", "is_namespace", "is_symbol", "resolver_names", "symbol_of")

_CHIPS = "give a label, or one of nrf52840_dk, nucleo_f446re, pico_2, pico_2_riscv, qemu_mps2_an385, qemu_mps2_an386, qemu_mps2_an500, qemu_mps2_an505, qemu_mps3_an547, qemu_riscv_virt"

_CASES = [
    ("exec_env_error", exec_env_error, {
        "": "exec_env \"\" is unknown: " + _CHIPS,
        "//boards:mine": None,
        ":mine": None,
        "host": "exec_env \"host\" is not a chip: " + _CHIPS,
        "nucleo": "exec_env \"nucleo\" is unknown: " + _CHIPS,
        "nucleo_f446re": None,
    }),
    ("kernels_error", lambda exec_env: kernels_error(exec_env, "cmsis_nn"), {
        ":mine": None,
        "qemu_mps2_an385": None,
        "qemu_riscv_virt": "kernels = \"cmsis_nn\" is for Cortex-M cores, and qemu_riscv_virt is not one: take \"reference\"",
    }),
    ("uf2_error", lambda family: uf2_error(family, "0x10ffff00"), {
        "": None,
        "0xE48BFF59": None,
        "0x": "uf2_family = \"0x\" is not a number, such as \"0xe48bff59\"",
        "1234": None,
        "rp2350": "uf2_family = \"rp2350\" is not a number, such as \"0xe48bff59\"",
    }),
    ("is_symbol", is_symbol, {"": False, "1a": False, "Aa": False, "_a": False, "a": True, "a b": False, "a_1": True, "ä": False}),
    ("is_namespace", is_namespace, {"": False, "::a": False, "a": True, "a.b": False, "a::": False, "a::B": False, "a::b_2::c": True, "a:b": False}),
    ("is_class_name", is_class_name, {"": False, "A": True, "A1b": True, "A_b": False, "a": False, "Ä": False}),
    ("camel_case", camel_case, {"a": "A", "a_1": "A1", "a__b": "AB", "mnist_model": "MnistModel"}),
    ("resolver_names", resolver_names, {"my_model": ["MyModelOpResolver", "RegisterMyModelOps"]}),
    ("symbol_of", symbol_of, {"a-b.c": "a_b_c", "a_b": "a_b"}),
]

def _names_test_impl(_ctx):
    failures = []
    for name, function, cases in _CASES:
        for value, expected in cases.items():
            found = function(value)
            if found != expected:
                failures.append("{}({}) is {}, not {}".format(name, repr(value), found, expected))
    return [AnalysisTestResultInfo(success = not failures, message = "; ".join(failures))]

names_test = rule(
    implementation = _names_test_impl,
    analysis_test = True,
    doc = "Tests pure functions while it is analysed.",
)
