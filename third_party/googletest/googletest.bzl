# SPDX-License-Identifier: Apache-2.0
"""@googletest 1.16.0: its release archive, or the sources that Debian 13 packages."""

load("//third_party:fetch.bzl", "fetch_debian_package", "sources")

def _impl(rctx):
    if sources(rctx) == "upstream":
        rctx.download_and_extract(
            url = "https://github.com/google/googletest/releases/download/v1.16.0/googletest-1.16.0.tar.gz",
            integrity = "sha256-eMZ2/GOIFSm/l7+dRZSNkFpmgz+/pTGOos10eMuY85k=",
            stripPrefix = "googletest-1.16.0",
        )
        rctx.delete("BUILD.bazel")
    else:
        fetch_debian_package(
            rctx,
            script = rctx.attr._debian_packages,
            suite = "trixie",
            package = "googletest",
            version = "1.16.0-1",
            sha256 = "61fa1c7592dd93ec88ba0e574ef4ca5bc33c4908ad4545ef4b987ead120fc847",
            output = "package",
        )
        for folder in ["googletest", "googlemock"]:
            rctx.symlink("package/usr/src/googletest/" + folder, folder)
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

googletest_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/googletest:googletest.BUILD.bazel"),
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
    },
    doc = "googletest and googlemock with a main function, as the target @googletest//:gtest_main.",
)
