# SPDX-License-Identifier: Apache-2.0
"""pytest_test: a py_test that runs pytest on its sources."""

load("@rules_python//python:defs.bzl", "py_test")

def pytest_test(*, name, srcs, hub = "light", deps = [], args = [], data = [], **kwargs):
    """Runs pytest on test files, with the pytest of one pip hub.

    Args:
      name: name of the test.
      srcs: the test files; each is given to pytest.
      hub: whose packages the test lives with: "train", "convert", "light",
        "pictures" or "remote_cache". Packages of another hub must not be in deps.
      deps: libraries the tests import.
      args: further arguments, after pytest's own.
      data: files the tests read.
      **kwargs: passed on to py_test.
    """
    main = Label("//tools:pytest_main.py")
    py_test(
        name = name,
        srcs = srcs + [main],
        main = main,
        args = ["$(rootpath {})".format(src) for src in srcs] + args,
        data = data,
        deps = deps + ["@pip_{}//pytest".format(hub)],
        **kwargs
    )
