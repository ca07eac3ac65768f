# SPDX-License-Identifier: Apache-2.0
"""Arm's MPS2 and MPS3 boards, emulated by QEMU."""

load("@rules_cc//cc:defs.bzl", "cc_library")
load("//rules:exec_env.bzl", "exec_env")

def mps_board(*, name, core, clock_mhz, linker_script, machine, uart):
    """Declares the exec_env of a board.

    Args:
      name: of the exec_env.
      core: one of //firmware/platforms.
      clock_mhz: of its core.
      linker_script: with the board's memory.
      machine: QEMU's name of the board.
      uart: the address of its first serial port.
    """
    cc_library(
        name = name + "_board",
        srcs = ["//firmware/boards/mps:board.c"],
        # Its functions are asked for by what comes before it and after it.
        alwayslink = True,
        copts = ["-std=c11"],
        local_defines = ["MPS_UART_BASE=" + uart],
        target_compatible_with = ["@platforms//os:none"],
        deps = [
            "//firmware/runtime:board",
            "//firmware/semihosting",
        ],
    )
    exec_env(
        name = name,
        emulator = "@qemu_system//:qemu-system-arm",
        emulator_args = ["-no-user-config", "-M", machine, "-display", "none", "-monitor", "none", "-serial", "stdio", "-semihosting-config", "enable=on,target=native"],
        linker_script = linker_script,
        linker_script_parts = ["//firmware/arm:sections"],
        platform = "//firmware/platforms:" + core,
        requires = ["@arm_none_eabi//:available"],
        ticks_per_microsecond = clock_mhz,
        visibility = ["//visibility:public"],
        deps = [
            ":{}_board".format(name),
            "//firmware/arm:startup",
        ],
    )
