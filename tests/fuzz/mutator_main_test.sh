#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The driver finds a planted crash, says which mutation it was, and replays it; and it stops in time.
# usage: mutator_main_test.sh PLANTED_CRASH_FUZZ
set -uo pipefail

target=$(realpath "$1")
cd "$TEST_TMPDIR" || exit 1
head -c 200 /dev/zero >seed
failures=0
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

"$target" --iterations=100000 seed >out.txt 2>err.txt && fail "the planted crash was not found"
[ ! -s out.txt ] || fail "stdout in spite of the crash: $(cat out.txt)"
mutation=$(sed -nE 's/^crash in mutation ([0-9]+): replay it with --seed=1 --first=\1 --iterations=1$/\1/p' err.txt)
[ -n "$mutation" ] || fail "no mutation in: $(cat err.txt)"
"$target" --seed=1 --first="$mutation" --iterations=1 --write=crash seed 2>err.txt && fail "the replay did not crash"
grep -q "^crash in mutation $mutation:" err.txt || fail "replay: $(cat err.txt)"
[ "$(od -An -tx1 -j4 -N1 crash)" = " ff" ] || fail "--write kept other bytes"

"$target" --iterations="$mutation" seed >out.txt || fail "crashed before the mutation"
grep -Eq "^$mutation mutations, [0-9.]+ s, no crash " out.txt || fail "printed: $(cat out.txt)"
for arguments in "" "--iterations=x seed" "--bad=1 seed" "no_such_file"; do
  # shellcheck disable=SC2086
  "$target" $arguments >out.txt 2>err.txt
  [ $? -eq 2 ] || fail "'$arguments': not exit code 2"
  [ "$(wc -l <err.txt)" -eq 1 ] || fail "'$arguments': not one line on stderr"
done
[ "$failures" -eq 0 ]
