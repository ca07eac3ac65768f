#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# no_emulator.sh TARGET ENVIRONMENT ELF: what `bazel run` says of a program for a real board.
echo "$1: no emulator runs programs for $2: flash $(realpath "$3") to the board, or build it for a qemu_ environment" >&2
exit 2
