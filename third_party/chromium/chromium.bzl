# SPDX-License-Identifier: Apache-2.0
"""@chromium: a headless Chromium with its libraries and a font, and axe-core, which checks pages for accessibility.

Both come from npm's registry, which keeps every version: Debian's mirrors drop an old Chromium within weeks. The
package is made for machines without a desktop, and has the libraries of Amazon Linux 2023 that it needs.
"""

load("//third_party:fetch.bzl", "downloaded", "fetch_npm", "run_client")

# Chromium 153.0.8010.0: 70 MB, unpacked 214 MB.
_CHROMIUM = struct(
    package = "@sparticuz/chromium",
    sha256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0",
    version = "153.0.0",
)

# 0.7 MB.
_AXE = struct(
    package = "axe-core",
    sha256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
    version = "4.14.1",
)

# The package's own names a folder of the machine.
_FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""

_UNPACK = """
const fs = require("fs"), zlib = require("zlib");
for (const name of process.argv.slice(1)) {
  fs.writeFileSync(name, zlib.brotliDecompressSync(fs.readFileSync(`package/bin/${name}.br`)));
}
"""

_BUILD = """\
# The program `chromium`, its libraries in `lib`, and `fonts.conf`.
filegroup(
    name = "files",
    srcs = glob(["chromium", "fonts/**", "fonts.conf", "lib/**"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# The program alone, to name it.
filegroup(
    name = "program",
    srcs = glob(["chromium"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)

# A script to be run in a page.
filegroup(
    name = "axe",
    srcs = glob(["axe.min.js"], allow_empty = True),
    target_compatible_with = {compatible},
    visibility = ["//visibility:public"],
)
"""

def _lacks(rctx):
    """Why this machine can't have them, a part of a line; None if it can."""
    if rctx.os.name != "linux" or rctx.os.arch not in ["amd64", "x86_64"]:
        return "the package is for Linux on x86-64, and this machine is {} on {}".format(rctx.os.name, rctx.os.arch)
    here = all([downloaded(rctx, wanted.sha256) for wanted in [_CHROMIUM, _AXE]])
    for client in ["node"] + ([] if here else ["npm"]):
        if not rctx.which(client):
            # So that Bazel looks again when it is there.
            rctx.getenv("PATH")
            rctx.watch("/usr/bin/" + client)
            return "{} is not on PATH: apt-get install npm".format(client)
    return None

def _unpack(rctx):
    """Unpacks both. Returns why Chromium does not start on this machine; None if it does."""
    fetch_npm(rctx, package = _CHROMIUM.package, sha256 = _CHROMIUM.sha256, version = _CHROMIUM.version, output = "package")
    rctx.report_progress("Unpacking Chromium")
    run_client(
        rctx,
        ["node", "-e", _UNPACK, "chromium", "al2023.tar", "fonts.tar"],
        "apt-get install npm",
        what = "node",
        working_directory = ".",
    )
    for archive in ["al2023.tar", "fonts.tar"]:
        rctx.extract(archive)
        rctx.delete(archive)
    rctx.delete("package")
    rctx.delete("tmp")
    rctx.file("fonts.conf", _FONTS_CONF, executable = False)
    run_client(rctx, ["chmod", "755", "chromium"], "apt-get install coreutils", working_directory = ".")
    rctx.delete("tmp")
    fetch_npm(rctx, package = _AXE.package, sha256 = _AXE.sha256, version = _AXE.version, output = "axe")
    run_client(rctx, ["mv", "axe/axe.min.js", "."], "apt-get install coreutils", working_directory = ".")
    rctx.delete("axe")
    rctx.delete("tmp")
    started = rctx.execute([rctx.path("chromium"), "--version"], environment = {"LD_LIBRARY_PATH": str(rctx.path("lib"))})
    return "it does not start: " + " ".join((started.stderr or started.stdout).split()) if started.return_code else None

def _impl(rctx):
    reason = _lacks(rctx) or _unpack(rctx)
    if reason:
        # buildifier: disable=print
        print("no Chromium: {}. Tests of pages in a browser are left out".format(reason))
    rctx.file("BUILD.bazel", _BUILD.format(compatible = ["@platforms//:incompatible"] if reason else []))

chromium_repository = repository_rule(
    implementation = _impl,
    doc = "A headless Chromium; incompatible where it can't be had or does not start.",
)
