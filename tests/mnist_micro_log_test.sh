#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The complete output of mnist_micro without arguments, line by line.
# usage: mnist_micro_log_test.sh MNIST_MICRO MODEL GOLDEN
set -euo pipefail

program=$1 model=$2 golden=$3

# The TFLM it was linked with decides how much of the arena is used: its version says which it is.
case $("$program" --version) in
  *"upstream tensorflow/tflite-micro"*) limit=8480 ;;
  *"crate tfmicro 0.1.0"*) limit=9792 ;;
  *) echo "FAIL: --version names no known TFLM" && exit 1 ;;
esac

actual=$TEST_TMPDIR/actual.txt
"$program" >"$actual" 2>"$TEST_TMPDIR/stderr.txt"
if [ -s "$TEST_TMPDIR/stderr.txt" ]; then
  echo "FAIL: it wrote to stderr:" && cat "$TEST_TMPDIR/stderr.txt" && exit 1
fi

used=$(sed -nE 's/^Tensor arena used: ([0-9]+) bytes \(arena size: [0-9]+ bytes\)$/\1/p' "$actual")
size=$(sed -nE 's/^Tensor arena used: [0-9]+ bytes \(arena size: ([0-9]+) bytes\)$/\1/p' "$actual")
if [ -z "$used" ] || [ "$used" -gt "$limit" ] || [ "$used" -gt "$size" ] || [ "$used" -lt 784 ]; then
  echo "FAIL: arena used: '$used' of '$size' bytes, at most $limit are allowed" && exit 1
fi

# What may differ between builds is put into the golden; all else is literal.
sed -e "s/@MODEL_BYTES@/$(stat -Lc %s "$model")/" \
  -e "s/@ARENA_USED@/$used/" -e "s/@ARENA_SIZE@/$size/" "$golden" >"$TEST_TMPDIR/expected.txt"
diff -u "$TEST_TMPDIR/expected.txt" "$actual" || { echo "FAIL: the log is not the expected one" && exit 1; }
echo "PASS: $(wc -l <"$actual") lines, arena $used of at most $limit bytes"
