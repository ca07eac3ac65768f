# SPDX-License-Identifier: Apache-2.0
"""@buildifier: the formatter and linter of Bazel files, as its npm package carries it."""

load("//third_party:fetch.bzl", "fetch_npm")

def _impl(rctx):
    fetch_npm(rctx, "@bazel/buildifier", "8.2.1", "b96ea9b13003036c801f52bee6f9b0314738f8432e5cb9d814c89f59292604ee")
    rctx.file("BUILD.bazel", """\
filegroup(
    name = "buildifier",
    srcs = ["buildifier-linux_amd64"],
    visibility = ["//visibility:public"],
)
""")

buildifier_repository = repository_rule(
    implementation = _impl,
    doc = "Only the format target needs it, so only that target fetches it.",
)
