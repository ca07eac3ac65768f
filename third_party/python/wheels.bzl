# SPDX-License-Identifier: Apache-2.0
"""The module extension `wheels`: Python packages as wheels that Bazel itself unpacks.

rules_python 0.22.1's pip.parse starts pip twice for each wheel, downloads it again for every output
base and unpacks it in Python: over a minute for our two TensorFlows, even if no build action has
to run. Here a wheel that any earlier build on this machine fetched comes from Bazel's repository
cache, without pip, and Bazel unpacks it. A locked wheel has one SHA-256, one platform and known
requirements, so little is left to do.
"""

load("//third_party:fetch.bzl", "fetch_wheel")

_WHEEL_BUILD = """\
load("@rules_python//python:defs.bzl", "py_library")
load("{bytecode}", "bytecode")

package(default_visibility = ["//visibility:public"])

bytecode(
    name = "bytecode",
    srcs = glob(["site-packages/**/*.py"], allow_empty = True),
)

py_library(
    name = "pkg",
    srcs = glob(["site-packages/**/*.py"], allow_empty = True),
    data = [":bytecode"] + glob(
        ["site-packages/**"],
        exclude = ["**/*.py", "**/*.pyc", "**/* *", "site-packages/*.dist-info/RECORD"],
    ),
    imports = ["site-packages"],
    deps = {deps},
)

exports_files(glob(["bin/*"], allow_empty = True))
"""

_HUB_BUILD = """\
package(default_visibility = ["//visibility:public"])

alias(
    name = "{name}",
    actual = "@{repository}//:pkg",
)
"""

_PROGRAM = """
alias(
    name = "bin/{program}",
    actual = "@{repository}//:bin/{program}",
)
"""

# What a wheel wants elsewhere than in site-packages (PEP 427, "The .data directory").
_SPREAD = """
for folder in site-packages/*.data; do
  for part in "$folder"/purelib "$folder"/platlib; do
    [ ! -d "$part" ] || cp -R "$part"/. site-packages/
  done
  if [ -d "$folder/scripts" ]; then mkdir -p bin; cp "$folder"/scripts/* bin/; chmod +x bin/*; fi
  rm -rf "$folder"
done
"""

def _repository_name(package):
    """A package's name as part of a repository's: absl-py is absl_py."""
    return package.replace("-", "_").replace(".", "_")

def _wheel_impl(rctx):
    fetch_wheel(
        rctx,
        package = rctx.attr.package,
        version = rctx.attr.version,
        sha256 = rctx.attr.sha256,
        output = "site-packages",
    )
    if any([entry.basename.endswith(".data") for entry in rctx.path("site-packages").readdir()]):
        out = rctx.execute(["sh", "-euc", _SPREAD])
        if out.return_code:
            fail("{} {}: {}".format(rctx.attr.package, rctx.attr.version, out.stderr))
    for path in rctx.attr.exclude:
        rctx.delete("site-packages/" + path)
    rctx.file("BUILD.bazel", _WHEEL_BUILD.format(
        bytecode = str(Label("//third_party/python:bytecode.bzl")),
        deps = [
            "@{}_{}//:pkg".format(rctx.attr.hub, _repository_name(package))
            for package in rctx.attr.requires
        ],
    ))

_wheel = repository_rule(
    implementation = _wheel_impl,
    attrs = {
        "exclude": attr.string_list(doc = "Folders of site-packages that are left out."),
        "hub": attr.string(mandatory = True, doc = "The hub it belongs to."),
        "package": attr.string(mandatory = True, doc = "The package's name."),
        "requires": attr.string_list(doc = "Packages of the same hub that it needs."),
        "sha256": attr.string(mandatory = True, doc = "Of the wheel."),
        "version": attr.string(mandatory = True, doc = "The package's version."),
    },
    doc = "One wheel, unpacked, as :pkg; its programs lie in bin/.",
)

def _hub_impl(rctx):
    rctx.file("BUILD.bazel")
    for package, programs in rctx.attr.packages.items():
        name = _repository_name(package)
        repository = "{}_{}".format(rctx.attr.hub, name)
        rctx.file(
            name + "/BUILD.bazel",
            _HUB_BUILD.format(name = name, repository = repository) + "".join([
                _PROGRAM.format(program = program, repository = repository)
                for program in programs
            ]),
        )

_hub = repository_rule(
    implementation = _hub_impl,
    attrs = {
        "hub": attr.string(mandatory = True, doc = "The hub's name."),
        "packages": attr.string_list_dict(doc = "Package names, each with its programs."),
    },
    doc = "Aliases: @hub//absl_py is the package absl-py, @hub//uv:bin/uv a program of uv.",
)

def _wheels_impl(mctx):
    for module in mctx.modules:
        for tag in module.tags.hub:
            lock = {
                package: wheel
                for package, wheel in json.decode(mctx.read(tag.lock)).items()
                if package not in tag.unused
            }
            for package, wheel in lock.items():
                _wheel(
                    name = "{}_{}".format(tag.name, _repository_name(package)),
                    exclude = tag.exclude.get(package, []),
                    hub = tag.name,
                    package = package,
                    requires = [need for need in wheel["requires"] if need in lock],
                    sha256 = wheel["sha256"],
                    version = wheel["version"],
                )
            _hub(
                name = tag.name,
                hub = tag.name,
                packages = {package: wheel["programs"] for package, wheel in lock.items()},
            )

wheels = module_extension(
    implementation = _wheels_impl,
    doc = "Declares a repository for each locked wheel, and one for each hub.",
    tag_classes = {"hub": tag_class(
        attrs = {
            "exclude": attr.string_list_dict(doc = "Package names, each with the folders of its wheel that are left out."),
            "lock": attr.label(mandatory = True, doc = "The wheels_*.json of `//third_party/python:lock`."),
            "name": attr.string(mandatory = True, doc = "Name of the hub: @name//absl_py."),
            "unused": attr.string_list(doc = "Packages that are required but never imported, and left out."),
        },
        doc = "Packages that are locked together.",
    )},
)
