#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Errors and exit codes of the Python commands, as a user meets them.
# usage: commands_cli_test.sh TRAIN CONVERTER EVALUATE C_ARRAY OP_RESOLVER TFLM MODEL WEIGHTS \
#          KERAS_MODEL TRAIN_IMAGES TRAIN_LABELS SCORES HISTOGRAMS
set -uo pipefail

train=$(realpath "$1") converter=$(realpath "$2") evaluate=$(realpath "$3")
c_array=$(realpath "$4") op_resolver=$(realpath "$5") tflm=$(realpath "$6")
model=$(realpath "$7") weights=$(realpath "$8") keras_model=$(realpath "$9")
train_images=$(realpath "${10}") train_labels=$(realpath "${11}")
scores=$(realpath "${12}") histograms=$(realpath "${13}")
cd "$TEST_TMPDIR" || exit 1
failures=0 checks=0

fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}

# refused NAME REGEX COMMAND...: exit code 2, one line on stderr that matches, no traceback, and no
# file in out/.
refused() {
  local name=$1 regex=$2
  shift 2
  checks=$((checks + 1))
  rm -rf out && mkdir out
  timeout 200 "$@" >out.txt 2>err.txt </dev/null
  local status=$?
  [ $status -eq 2 ] || fail "$name: exit status $status, expected 2: $(tail -n 3 err.txt)"
  # Before TensorFlow starts, which takes seconds and has notes of its own.
  [ "$(wc -l <err.txt)" -eq 1 ] || [[ $name == *"no space"* ]] || fail "$name: more than a line on stderr: $(head -c 300 err.txt)"
  [[ "$(tail -n 1 err.txt)" =~ ^$regex$ ]] || fail "$name: stderr is '$(tail -n 3 err.txt)', expected '$regex'"
  ! grep -q Traceback err.txt || fail "$name: a traceback"
  [ -z "$(find out -mindepth 1)" ] || fail "$name: left $(find out -mindepth 1)"
}

# --- generators ---------------------------------------------------------------------------------------
array() {
  refused "C array: $1" "generate_c_array: $2" "$c_array" "--model=$3" --name=m --namespace=app --header=out/m.h --source=out/m.cc
}
resolver() {
  refused "op resolver: $1" "generate_op_resolver: $2" "$op_resolver" "--model=$3" "--tflm=$tflm" --name=m --namespace=app --output=out/m.h
}
both() {
  array "$@"
  resolver "$@"
}
: >empty.tflite
both "empty model" 'empty.tflite: is empty, not a TensorFlow Lite model' empty.tflite
head -c 20000 "$model" >short.tflite
both "truncated model" 'short.tflite: is truncated.*' short.tflite
head -c 25000 /dev/urandom >random.tflite
both "random bytes" 'random.tflite: is not a TensorFlow Lite model: .*' random.tflite
both "missing model" 'no.tflite: cannot be read: No such file or directory' no.tflite
# The root table's version field, 3, becomes 9: found by its place, which the root's vtable gives.
python3.11 - "$model" <<'END' >version.tflite
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
root = struct.unpack_from("<I", data)[0]
vtable = root - struct.unpack_from("<i", data, root)[0]
struct.pack_into("<I", data, root + struct.unpack_from("<H", data, vtable + 4)[0], 9)
sys.stdout.buffer.write(data)
END
both "another schema version" 'version.tflite: has schema version 9, only version 3 is supported' version.tflite
# An operator that TFLM lacks: the codes of SOFTMAX become those of NON_MAX_SUPPRESSION_V4 (120).
python3.11 - "$model" <<'END' >operator.tflite
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
def vector(table, field):
    vtable = table - struct.unpack_from("<i", data, table)[0]
    at = table + struct.unpack_from("<H", data, vtable + 4 + 2 * field)[0]
    at += struct.unpack_from("<I", data, at)[0]
    count = struct.unpack_from("<I", data, at)[0]
    items = [at + 4 + 4 * i for i in range(count)]
    return [item + struct.unpack_from("<I", data, item)[0] for item in items]
for code in vector(struct.unpack_from("<I", data)[0], 1):
    vtable = code - struct.unpack_from("<i", data, code)[0]
    size = struct.unpack_from("<H", data, vtable)[0]
    places = {f: struct.unpack_from("<H", data, vtable + 4 + 2 * f)[0] for f in (0, 3) if 4 + 2 * f < size}
    if data[code + places[0]] == 25:
        data[code + places[0]] = 120
        struct.pack_into("<i", data, code + places[3], 120)
sys.stdout.buffer.write(data)
END
resolver "operator that TFLM lacks" 'operator.tflite: the linked TFLM \(.+\) has no operator NON_MAX_SUPPRESSION_V4 version [0-9]+.*: write the model without it' operator.tflite
refused "op resolver: no TFLM" "generate_op_resolver: short.tflite: is not a description of a TFLM: .*" \
  "$op_resolver" "--model=$model" --tflm=short.tflite --name=m --namespace=app --output=out/m.h
refused "C array: bad name" "generate_c_array: name 'a-b': must be .*" \
  "$c_array" "--model=$model" --name=a-b --namespace=app --header=out/m.h --source=out/m.cc
refused "C array: missing flags" "generate_c_array: --header, --source: missing \(--help lists the flags\)" \
  "$c_array" "--model=$model" --name=m --namespace=app
refused "C array: one output can't be written" "generate_c_array: cannot write empty.tflite/m.cc: .*" \
  "$c_array" "--model=$model" --name=m --namespace=app --header=out/m.h --source=empty.tflite/m.cc
refused "C array: no space" "generate_c_array: cannot write out/m.cc: File too large" \
  bash -c 'ulimit -f 8; exec "$@"' bash "$c_array" "--model=$model" --name=m --namespace=app --header=out/m.h --source=out/m.cc

# An output that is an input is refused before anything is read: by the command, however the file is called.
cp "$model" same.tflite && ln -s same.tflite link.tflite
refused "C array: the model as header" "generate_c_array: cannot write link.tflite \(--header\): it is the same file as --model, which is read: .*" \
  "$c_array" --model=same.tflite --name=m --namespace=app --header=link.tflite --source=out/m.cc
refused "C array: header and source in one" "generate_c_array: cannot write .*/out/m \(--source\): it is the same file as out/m \(--header\): .*" \
  "$c_array" --model=same.tflite --name=m --namespace=app --header=out/m --source="$PWD/out/m"
refused "op resolver: the model as output" "generate_op_resolver: cannot write same.tflite \(--output\): .*" \
  "$op_resolver" --model=link.tflite "--tflm=$tflm" --name=m --namespace=app --output=same.tflite
cmp -s "$model" same.tflite || fail "the model was written over"
for program in "$train" "$converter" "$evaluate" "$c_array" "$op_resolver"; do
  checks=$((checks + 1))
  "$program" --help >help.txt 2>err.txt || fail "$program --help: exit status $?, expected 0"
  grep -q '^    (a path)$' help.txt || fail "$program --help: lists no path"
done

# --- training -----------------------------------------------------------------------------------------
training() {
  refused "train: $1" "train: $2" "$train" "--train_images=$3" "--train_labels=$4" --output_dir=out/new --epochs=1 --noprogress "${@:5}"
}
head -c 100000 "$train_images" >short.idx
training "truncated images" 'short.idx: is truncated: 99984 bytes of data, expected 60000 x 28 x 28 = 47040000' short.idx "$train_labels"
gzip -c "$train_labels" >labels.gz
training "gzipped labels" 'labels.gz: is gzipped: unpack it first \(gunzip < FILE > NEW_FILE\)' "$train_images" labels.gz
training "wrong magic" '.*: is not an idx file of images: magic number 0x00000801, expected 0x00000803' "$train_labels" "$train_labels"
echo '{"epoch": 5}' >recipe.json
training "unknown hyperparameter in a file" 'recipe\.json: epoch=5: must be NAME=VALUE with one of the names seed, .*' "$train_images" "$train_labels" --recipe=recipe.json
training "no epochs" '.*epochs.*' "$train_images" "$train_labels" --epochs=0
refused "train: output folder is a file" "train: cannot write empty.tflite/out: .*" \
  "$train" "--train_images=$train_images" "--train_labels=$train_labels" --output_dir=empty.tflite/out

# --- conversion and evaluation ---------------------------------------------------------------------------
conversion() {
  refused "convert: $1" "convert: $2" "$converter" "--weights=$3" "--keras_model=$keras_model" "--train_images=$4" --output_dir=out/new "${@:5}"
}
head -c 50000 "$weights" >short.h5
conversion "truncated weights" 'short.h5: is not an HDF5 file of weights, or is truncated' short.h5 "$train_images"
conversion "a model as weights" '.*: is not an HDF5 file of weights, or is truncated' "$model" "$train_images"
conversion "truncated images" 'short.idx: is truncated.*' "$weights" short.idx
conversion "test images without labels" '.*--test_images and --test_labels go together.*' "$weights" "$train_images" "--test_images=$train_images"
refused "convert: no space" "convert: cannot write out/.*: File too large" \
  bash -c 'ulimit -f 16; exec "$@"' bash "$converter" "--weights=$weights" "--keras_model=$keras_model" "--train_images=$train_images" --output_dir=out
refused "evaluate: truncated model" "evaluate: short.tflite: is truncated.*" \
  "$evaluate" "--weights=$weights" "--float32_model=short.tflite" "--int8_model=$model" "--images=$train_images" "--labels=$train_labels" --output=out/a.json
refused "evaluate: random bytes" "evaluate: random.tflite: is not a TensorFlow Lite model.*" \
  "$evaluate" "--weights=$weights" "--float32_model=random.tflite" "--int8_model=$model" "--images=$train_images" "--labels=$train_labels" --output=out/a.json
refused "scores: two models" "scores: .*Exactly one of \(model, weights\) must have a value.*" \
  "$scores" "--weights=$weights" "--model=$model" "--images=$train_images" --output=out/s.npy
refused "scores: layers of the weights" "scores: .*--layers_of needs --model.*" \
  "$scores" "--weights=$weights" --layers_of=1 "--images=$train_images" --output=out/s.npy
refused "scores: other weights" "scores: $model: is not an HDF5 file of weights, or is truncated" \
  "$scores" "--weights=$model" "--images=$train_images" --output=out/s.npy
refused "histograms: models of two networks" "histograms: $model: has other layers than operator.tflite: .*" \
  "$histograms" --float32_model=operator.tflite "--int8_model=$model" "--images=$train_images" --output=out/h.json
refused "histograms: truncated model" "histograms: short.tflite: is truncated.*" \
  "$histograms" --float32_model=short.tflite "--int8_model=$model" "--images=$train_images" --output=out/h.json

[ $failures -eq 0 ] && echo "PASS: $checks calls"
exit $((failures > 0))
