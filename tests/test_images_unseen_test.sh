#!/usr/bin/env bash
# Each argument is a file with the answer of a query: the test files that an artifact depends on. All
# must be empty.
set -euo pipefail

[ $# -eq 4 ] || { echo "FAIL: $# answers, expected 4" && exit 1; }
for answer in "$@"; do
  if [ -s "$answer" ]; then
    echo "FAIL: $(basename "$answer"): $(cat "$answer")" && exit 1
  fi
done
echo "PASS: neither training nor conversion depends on a test file"
