# SPDX-License-Identifier: Apache-2.0
"""@nginx 1.22.1: the web server, as Debian 12 packages it.

nginx publishes no binaries of this kind, so both ways of fetching take Debian's. Its shared libraries
(libpcre2, libssl3, zlib, libcrypt) are the machine's.
"""

load("//third_party:fetch.bzl", "fetch_debian_package")
load("//third_party/debian:debian.bzl", "reason_without_packages")

_SHA256 = "4e7b52f8b31f26d77ffb5c427c41e36223e81b047242ecfa8dc1d7f939734885"

_BUILD = """\
filegroup(
    name = "nginx",
    srcs = {srcs},
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

def _impl(rctx):
    reason = reason_without_packages(rctx, rctx.attr._debian_packages, [_SHA256])
    if reason:
        # buildifier: disable=print
        print("no server for a remote cache: {}. It and its tests are left out".format(reason))
        rctx.file("BUILD.bazel", _BUILD.format(srcs = [], compatible = ["@platforms//:incompatible"]))
        return
    fetch_debian_package(
        rctx,
        script = rctx.attr._debian_packages,
        suite = "bookworm",
        package = "nginx",
        version = "1.22.1-9+deb12u9",
        sha256 = _SHA256,
    )
    rctx.file("BUILD.bazel", _BUILD.format(srcs = ["usr/sbin/nginx"], compatible = []))

nginx_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
    },
    doc = "nginx, as the program @nginx; incompatible where Debian's packages can't be had. Only the remote cache's servers and their tests fetch it.",
)
