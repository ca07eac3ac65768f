# SPDX-License-Identifier: Apache-2.0
"""The code of a real board, and its test on the host."""

load("@rules_cc//cc:defs.bzl", "cc_library", "cc_test")

_DEPS = [
    Label("//firmware/runtime:board"),
    Label("//firmware/runtime:print"),
    Label("//firmware/runtime:registers"),
]

def board_code(*, name, srcs = ["board.c"], gtest = None):
    """Declares the library of a board, and the test of its board.c with registers that record, `<name>_test`.

    Args:
      name: of the library.
      srcs: its sources, board.c among them; the test is board_test.cc.
      gtest: the library of GoogleTest with a `main()`, e.g. `@googletest//:gtest_main`. Without it no test is declared.
    """
    cc_library(
        name = name,
        srcs = srcs,
        # Its functions are asked for by what comes before it and after it.
        alwayslink = True,
        copts = ["-std=c11"],
        target_compatible_with = [Label("@platforms//os:none")],
        deps = _DEPS + [Label("//firmware/runtime:stop")],
    )
    if not gtest:
        return
    cc_library(
        name = name + "_source",
        testonly = True,
        textual_hdrs = ["board.c"],
        deps = _DEPS + [
            Label("//firmware/runtime:stop_header"),
            Label("//firmware/testing:fake_registers"),
        ],
    )
    cc_test(
        name = name + "_test",
        size = "small",
        srcs = ["board_test.cc"],
        deps = [
            name + "_source",
            gtest,
        ],
    )
