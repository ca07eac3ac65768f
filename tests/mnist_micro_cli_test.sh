#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Arguments, errors and exit codes of mnist_micro.
# usage: mnist_micro_cli_test.sh MNIST_MICRO TEST_IMAGES TEST_LABELS
set -uo pipefail

program=$(realpath "$1") images=$(realpath "$2") labels=$(realpath "$3")
cd "$TEST_TMPDIR" || exit 1
failures=0 checks=0
unset BUILD_WORKING_DIRECTORY

fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

# check NAME EXPECTED_STATUS EXPECTED_STDERR(regex, whole) ARGUMENT...
check() {
  local name=$1 status=$2 stderr=$3
  shift 3
  checks=$((checks + 1))
  timeout 30 "$program" "$@" >out.txt 2>err.txt </dev/null
  local actual=$?
  [ $actual -eq "$status" ] || fail "$name: exit status $actual, expected $status"
  if ! [[ "$(cat err.txt)" =~ ^$stderr$ ]]; then
    fail "$name: stderr is '$(cat err.txt)', expected '$stderr'"
  fi
  if [ "$status" -eq 2 ]; then
    [ "$(wc -l <err.txt)" -eq 1 ] || fail "$name: not exactly one line on stderr"
    [ ! -s out.txt ] || fail "$name: wrote to stdout in spite of the error"
  fi
}

# expect NAME REGEX: a line of the last stdout.
expect() {
  grep -Eq -- "$2" out.txt || fail "$1: no line '$2' in: $(cat out.txt)"
}

# pgm INDEX FILE: a test image as PGM; label INDEX: its label.
pgm() {
  { printf 'P5\n28 28\n255\n' && tail -c +$((17 + $1 * 784)) "$images" | head -c 784; } >"$2"
}
label() {
  tail -c +$((9 + $1)) "$labels" | head -c 1 | od -An -tu1 | tr -d ' '
}

# --- right ------------------------------------------------------------------------------------------
check help 0 '' --help
expect help '^usage: mnist_micro '
check version 0 '' --version
expect version '^mnist_micro [0-9]+\.[0-9]+\.[0-9]+$'
expect version '^TensorFlow Lite Micro: .+, .+$'

# The first four test images are a 7, a 2, a 1 and a 0, clearly written.
for i in 0 1 2 3; do
  pgm $i digit$i.pgm
  check "pgm $i" 0 '' digit$i.pgm
  expect "pgm $i" "^Predicted class = $(label $i)\$"
  check "idx $i" 0 '' --image_index $i --images "$images"
  expect "idx $i" "^Predicted class = $(label $i)\$"
done
check "several images" 0 '' digit0.pgm digit1.pgm
expect "several images" '^Image: digit1.pgm$'
[ "$(grep -c '^Predicted class = ' out.txt)" -eq 2 ] || fail "several images: not two predictions"
check "flags with =" 0 '' --json "--images=$images" --image_index=9999
expect "flags with =" '^\{"image": ".*\[9999\]", "predicted_class": [0-9], "scores": \[-?[0-9]+(, -?[0-9]+){9}\], "probabilities": \[[0-9.e-]+(, [0-9.e-]+){9}\]\}$'
# A softmax's output has scale 1/256 and zero point -128, as the log says.
probabilities=$(sed -E 's/.*"scores": \[([^]]*)\].*/\1/' out.txt | tr -d ' ' | tr ',' '\n' |
  awk '{ printf "%s%.9g", (NR > 1 ? ", " : ""), ($1 + 128) / 256 }')
grep -qF "\"probabilities\": [$probabilities]}" out.txt ||
  fail "probabilities: expected [$probabilities] in $(cat out.txt)"
check "json, several" 0 '' --json digit0.pgm digit2.pgm
[ "$(wc -l <out.txt)" -eq 2 ] || fail "json, several: not one line an image"
cp digit0.pgm ./-dash.pgm
check "file after --" 0 '' -- -dash.pgm
# A name that JSON must escape.
cp digit0.pgm $'a"b\\c\n.pgm'
check "json escapes" 0 '' --json $'a"b\\c\n.pgm'
expect "json escapes" '^\{"image": "a\\"b\\\\c\\u000a\.pgm", '
# A name that is partly UTF-8: JSON is all of it.
cp digit0.pgm $'\xc3\xa9\xff\xe2\x82\xed\xa0\x80.pgm'
check "json of odd bytes" 0 '' --json $'\xc3\xa9\xff\xe2\x82\xed\xa0\x80.pgm'
python3.11 -c 'import json, os, sys
name = json.loads(open("out.txt", encoding="utf-8").read())["image"]
sys.exit(os.fsencode(name) != b"\xc3\xa9\xff\xe2\x82\xed\xa0\x80.pgm")' || fail "json of odd bytes: $(cat out.txt)"

# --- images that are not like MNIST's -----------------------------------------------------------------
# level FROM TO BLACK WHITE: what is black becomes BLACK, what is white WHITE. mended FROM TO WHAT: does
# what ImageMagick does by -negate and -auto-level.
level() {
  python3.11 -c 'import sys
data = open(sys.argv[1], "rb").read()
black, white = int(sys.argv[3]), int(sys.argv[4])
pixels = bytes(black + (white - black) * p // 255 for p in data[-784:])
open(sys.argv[2], "wb").write(data[:-784] + pixels)' "$@"
}
mended() {
  python3.11 -c 'import sys
data = open(sys.argv[1], "rb").read()
pixels = [255 - p if "-negate" in sys.argv else p for p in data[-784:]]
if "-auto-level" in sys.argv:
    low, high = min(pixels), max(pixels)
    pixels = [(p - low) * 255 // (high - low) for p in pixels]
open(sys.argv[2], "wb").write(data[:-784] + bytes(pixels))' "$@"
}
for levels in "255 0" "200 20" "60 0" "60 255"; do
  read -r black white <<<"$levels"
  for i in 0 1 2 3; do
    level digit$i.pgm other$i.pgm "$black" "$white"
    warning="mnist_micro: warning: other$i.pgm: its border is bright, [0-9]+ of 255 in the mean, but the model knows white digits on black: try ./bazelw run //micro:predict -- FILE --pgm=NEW_FILE, or ImageMagick's convert "
    check "digit $i on $black" 0 "$warning((-negate )?-auto-level)" other$i.pgm
    read -ra fix < <(grep -o 'convert .*' err.txt | cut -d' ' -f2-)
    mended other$i.pgm mended.pgm "${fix[@]}"
    check "digit $i on $black, mended by ${fix[*]}" 0 '' mended.pgm
    expect "digit $i on $black, mended by ${fix[*]}" "^Predicted class = $(label $i)\$"
  done
done
check "warning with JSON" 0 "mnist_micro: warning: other0.pgm: .*" --json digit0.pgm other0.pgm
python3.11 -c 'import json; [json.loads(line) for line in open("out.txt")]' || fail "warning with JSON: $(cat out.txt)"

mkdir -p user && cp digit1.pgm user/mine.pgm
BUILD_WORKING_DIRECTORY=$PWD/user "$program" mine.pgm | grep -q '^Predicted class = 2$' ||
  fail "a relative path is not taken from where the user stands"

# --- usage ------------------------------------------------------------------------------------------
check "unknown flag" 2 'mnist_micro: unknown flag --jsn \(--help lists the flags\)' --jsn
check "index without images" 2 'mnist_micro: --images and --image_index go together.*' --image_index 1
check "images without index" 2 'mnist_micro: --images and --image_index go together.*' --images "$images"
check "flag without value" 2 'mnist_micro: --images wants a value.*' --image_index 1 --images
check "both kinds" 2 'mnist_micro: either PGM files or --images, not both.*' --image_index 1 --images "$images" digit0.pgm
for index in -1 1x 1.5 99999999999999999999; do
  check "index '$index'" 2 'mnist_micro: --image_index=.*: must be a whole number from 0 to 4294967295' "--image_index=$index" --images "$images"
done
check "empty index" 2 'mnist_micro: --image_index wants a value.*' --image_index= --images "$images"
check "index past the end" 2 'mnist_micro: .*: has no image 10000: it has 10000, counted from 0' --image_index 10000 --images "$images"

# --- bad files: each is named, with what is wrong -----------------------------------------------------
bad_pgm() { # bad_pgm WHAT REGEX: bad.pgm is the file
  check "$1" 2 "mnist_micro: bad\\.pgm: $2" bad.pgm
  check "$1, after a good one" 2 "mnist_micro: bad\\.pgm: $2" digit0.pgm bad.pgm
}
: >bad.pgm && bad_pgm "empty pgm" 'is empty, not a PGM image'
head -c 700 digit0.pgm >bad.pgm && bad_pgm "truncated pgm" 'is truncated: 687 bytes of pixels, expected 784'
{ cat digit0.pgm && echo; } >bad.pgm && bad_pgm "long pgm" 'has bytes after its end.*'
sed '1,2s/28 28/28 27/' digit0.pgm >bad.pgm && bad_pgm "pgm of wrong size" 'is 28x27 pixels, expected 28x28; ./bazelw run //micro:predict .*'
{ printf 'P5\n28 28\n65535\n' && head -c 1568 /dev/zero; } >bad.pgm && bad_pgm "16-bit pgm" 'has the maximum value 65535, expected 255 .*'
{ printf 'P5\n28 28\n15\n' && head -c 784 /dev/zero; } >bad.pgm && bad_pgm "4-bit pgm" 'has the maximum value 15, expected 255 .*'
gzip -c digit0.pgm >bad.pgm && bad_pgm "gzipped pgm" 'is gzipped: unpack it first \(gunzip < FILE > NEW_FILE\)'
head -c 1000 "$images" >bad.pgm && bad_pgm "idx as pgm" 'is not a binary PGM: .*'
rm bad.pgm && bad_pgm "missing pgm" 'cannot be read: No such file or directory'
mkdir bad.pgm && bad_pgm "folder as pgm" 'cannot be read: Is a directory'

bad_idx() {
  check "$1" 2 "mnist_micro: bad\\.idx: $2" --image_index 0 --images bad.idx
}
: >bad.idx && bad_idx "empty idx" 'is not an idx file: 0 bytes.*'
head -c 10 "$images" >bad.idx && bad_idx "idx cut in its header" 'is not an idx file: 10 bytes.*'
head -c 100000 "$images" >bad.idx && bad_idx "truncated idx" 'is truncated: 100000 bytes, expected 7840016 .*'
gzip -c "$labels" >bad.idx && bad_idx "gzipped idx" 'is gzipped: unpack it first \(gunzip < FILE > NEW_FILE\)'
cp "$labels" bad.idx && bad_idx "labels as images" 'is not an idx file of images: .*'
rm -f bad.idx && bad_idx "missing idx" 'cannot be read: No such file or directory'

# --- output that can't be written ----------------------------------------------------------------------
"$program" >/dev/full 2>err.txt
[ $? -eq 2 ] || fail "full disk: exit status is not 2"
grep -q '^mnist_micro: cannot write to stdout: No space left on device$' err.txt || fail "full disk: $(cat err.txt)"

[ $failures -eq 0 ] && echo "PASS: $checks calls"
exit $((failures > 0))
