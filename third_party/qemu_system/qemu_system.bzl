# SPDX-License-Identifier: Apache-2.0
"""@qemu_system 7.2: emulators of boards with an Arm or a RISC-V core, as Debian 12 packages them."""

load("//third_party/debian:availability.bzl", "availability")
load("//third_party/debian:debian.bzl", "reason_without_locked_packages", "unpack_debian_packages", "wrap_programs")

_PROGRAMS = ["qemu-system-arm", "qemu-system-riscv32"]

_BUILD = """\
[
    filegroup(
        name = name,
        srcs = ["usr/bin/" + name, "usr/bin/" + name + ".bin"] + glob(["lib/**"], allow_empty = True),
        target_compatible_with = {compatible},
        visibility = ["//visibility:public"],
    )
    for name in {programs}
]
"""

def _impl(rctx):
    reason = reason_without_locked_packages(rctx, rctx.attr._debian_packages, rctx.attr._lock)
    if reason:
        # buildifier: disable=print
        print("no emulators of boards: {}. Firmware does not run".format(reason))
    else:
        unpack_debian_packages(
            rctx,
            rctx.attr._debian_packages,
            rctx.attr._lock,
            ["*/qemu-system-aarch64", "*/qemu-system-riscv64", "*/qemu-system-[!ar]*", "./usr/lib/*/qemu", "./usr/lib/*/engines-3", "./usr/lib/*/ossl-modules", "./lib/*/systemd", "./lib/modprobe.d", "./usr/sbin"],
        )
        wrap_programs(rctx, ["usr/bin/" + name for name in _PROGRAMS])
    rctx.file("BUILD.bazel", _BUILD.format(
        compatible = ["@platforms//:incompatible"] if reason else [],
        programs = _PROGRAMS,
    ) + availability(reason))

qemu_system_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_debian_packages": attr.label(default = "//tools/bootstrap:debian_packages.sh"),
        "_lock": attr.label(default = "//third_party/qemu_system:packages.json"),
    },
    doc = "The emulators @qemu_system//:qemu-system-arm and :qemu-system-riscv32; incompatible where Debian's packages can't be had.",
)
