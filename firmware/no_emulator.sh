#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# no_emulator.sh TARGET ENVIRONMENT ELF: what `bazel run` says of a program for a real board.
echo "$1: $2 has no emulator: flash $3 to the board, as firmware/boards/ says, or build it for a qemu_ environment" >&2
exit 2
