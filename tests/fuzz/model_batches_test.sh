#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Damaged models kill TFLM, but not the driver, which counts each; and no build would accept one of those.
# usage: model_batches_test.sh MODEL_BATCHES DEATHS JUDGE TFLM_JSON SEED_FILE...
set -uo pipefail

batches=$1 deaths=$2 judge=$3 tflm=$4
shift 4
failures=0
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}
folder=$TEST_TMPDIR/deaths
mkdir -p "$folder"

"$batches" --iterations=1000000 --max_seconds=5 --deaths="$folder" --most_deaths=60 "$@" \
  >"$TEST_TMPDIR/out" || fail "exit code $?"
cat "$TEST_TMPDIR/out"
# All mutations have an outcome: "N mutations of F files in T s: R run, TFLM refuses N, N SIGSEGV… (seed 1)".
total=$(sed -nE 's/^([0-9]+) mutations .*/\1/p' "$TEST_TMPDIR/out")
sum=$(sed -E 's/^[^:]*: //; s/TFLM refuses ([0-9]+)/\1/; s/ \(seed.*//' "$TEST_TMPDIR/out" |
  tr ',' '\n' | awk '{ sum += $1 } END { print sum }')
[ "${total:-0}" -gt 1000 ] || fail "only ${total:-no} mutations"
[ "$total" = "$sum" ] || fail "$total mutations, but $sum outcomes"

count=$(find "$folder" -name '*.tflite' | wc -l)
[ "$count" -gt 0 ] || fail "nothing died: the driver's children are not tried"
"$deaths" --folder="$folder" --judge="$judge" --tflm="$tflm" || fail "a build would accept one of them"

# The same mutations again: as many are unsound. How the others end may depend on the addresses that
# the system chooses, because a damaged model makes TFLM read what lies there by chance.
for run in 1 2; do
  "$batches" --iterations=2000 --first=500 "$@" |
    sed -nE 's/^([0-9]+ mutations of [0-9]+ files).* ([0-9]+ unsound).*/\1, \2/p' >"$TEST_TMPDIR/run$run"
done
[ -s "$TEST_TMPDIR/run1" ] || fail "no count of what is unsound"
cmp "$TEST_TMPDIR/run1" "$TEST_TMPDIR/run2" || fail "two runs differ"

for arguments in "" "--iterations=x seed" "--bad=1 seed" "no_such_file"; do
  # shellcheck disable=SC2086
  "$batches" $arguments >/dev/null 2>"$TEST_TMPDIR/err"
  [ $? -eq 2 ] || fail "'$arguments': not exit code 2"
  [ "$(wc -l <"$TEST_TMPDIR/err")" -eq 1 ] || fail "'$arguments': not one line on stderr"
done
[ "$failures" -eq 0 ]
