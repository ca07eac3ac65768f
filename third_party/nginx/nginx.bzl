# SPDX-License-Identifier: Apache-2.0
"""@nginx 1.22.1: the web server, as Debian 12 packages it.

nginx publishes no binaries of this kind, so both ways of fetching take Debian's. Its shared libraries
(libpcre2, libssl3, zlib, libcrypt) are the machine's.
"""

load("//third_party:fetch.bzl", "fetch_debian_package")

def _impl(rctx):
    fetch_debian_package(
        rctx,
        script = rctx.attr._debian_packages,
        suite = "bookworm",
        package = "nginx",
        version = "1.22.1-9+deb12u9",
        sha256 = "4e7b52f8b31f26d77ffb5c427c41e36223e81b047242ecfa8dc1d7f939734885",
    )
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

nginx_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/nginx:nginx.BUILD.bazel"),
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
    },
    doc = "nginx, as the program @nginx. Only the remote cache's servers and their tests fetch it.",
)
