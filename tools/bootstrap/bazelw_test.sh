#!/usr/bin/env bash
# How bazelw chooses, checks and locks. The bootstrap itself, which downloads, is played by a short
# script here: CI runs the real one.
# usage: bazelw_test.sh BAZELW
set -uo pipefail

root=$TEST_TMPDIR/root cache=$TEST_TMPDIR/cache
mkdir -p "$root/tools/bootstrap" "$TEST_TMPDIR/bin"
: >"$root/tools/bootstrap/debian_packages.sh"
cp "$(realpath "$1")" "$root/bazelw"
echo 7.7.1 >"$root/.bazelversion"
echo 'module(name = "x")' >"$root/MODULE.bazel"
for sources in upstream registries; do : >"$root/tools/bootstrap/sources_$sources.bazelrc"; done
# A Bazel that says how it was called; and a bootstrap that takes a while, and fails if it isn't alone.
cat >"$root/tools/bootstrap/bootstrap_bazel.sh" <<'END'
#!/usr/bin/env bash
set -e
[ ! -e "$1/complete" ] || exit 0
echo started >>"$(dirname "$1")/starts"
mkdir "$1.tmp"
sleep 2
mkdir "$1.tmp/bin"
printf '#!/bin/sh\necho "called: $*"\nexit 7\n' >"$1.tmp/bin/bazel"
chmod +x "$1.tmp/bin/bazel"
touch "$1.tmp/complete"
mv -T "$1.tmp" "$1"
END
chmod +x "$root/tools/bootstrap/bootstrap_bazel.sh"
# What bazelw looks for, whether this machine has it or not.
for program in cargo npm; do
  printf '#!/bin/sh\nexit 0\n' >"$TEST_TMPDIR/bin/$program"
  chmod +x "$TEST_TMPDIR/bin/$program"
done
cat >"$TEST_TMPDIR/bin/other_bazel" <<'END'
#!/bin/sh
[ "$1" = --version ] && echo "bazel 7.7.1" && exit 0
echo "other: $*"
END
chmod +x "$TEST_TMPDIR/bin/other_bazel"
export PATH=$TEST_TMPDIR/bin:/usr/local/bin:/usr/bin:/bin HOME=$TEST_TMPDIR MNIST_MICRO_CACHE=$cache
unset MNIST_MICRO_BAZEL MNIST_MICRO_SOURCES MNIST_MICRO_QUIET XDG_CACHE_HOME

failures=0
fail() {
  echo "FAIL: $*"
  failures=$((failures + 1))
}
# run NAME STATUS STDOUT(regex) STDERR(regex) COMMAND...
run() {
  local name=$1 status=$2 stdout=$3 stderr=$4
  shift 4
  "$@" >"$TEST_TMPDIR/out" 2>"$TEST_TMPDIR/err"
  local actual=$?
  [ $actual -eq "$status" ] || fail "$name: exit status $actual, expected $status: $(cat "$TEST_TMPDIR/err")"
  [[ "$(cat "$TEST_TMPDIR/out")" =~ ^$stdout$ ]] || fail "$name: stdout '$(cat "$TEST_TMPDIR/out")'"
  [[ "$(cat "$TEST_TMPDIR/err")" =~ $stderr ]] || fail "$name: stderr '$(cat "$TEST_TMPDIR/err")'"
}

# Two starts at once: one unpacks, the other waits, and both run Bazel.
"$root/bazelw" one >"$TEST_TMPDIR/one" 2>&1 &
first=$!
"$root/bazelw" two >"$TEST_TMPDIR/two" 2>&1
[ $? -eq 7 ] || fail "two at once: the second failed: $(cat "$TEST_TMPDIR/two")"
wait $first
[ $? -eq 7 ] || fail "two at once: the first failed: $(cat "$TEST_TMPDIR/one")"
[ "$(wc -l <"$cache/starts")" -eq 1 ] || fail "two at once: unpacked $(wc -l <"$cache/starts") times"

rc="--bazelrc=$root/tools/bootstrap/sources_"
settings="--bazelrc=$cache/settings-[0-9-]*.bazelrc"
run "arguments, quoting and exit code pass through" 7 "called: ${rc}registries.bazelrc $settings --x build //a b  c" \
  "^bazelw: Bazel 7\.7\.1 from Debian's packages, in .*; third-party sources: registries \(.*\)$" "$root/bazelw" --x build //a 'b  c'
run "sources are the user's to choose" 7 "called: ${rc}upstream.bazelrc $settings x" 'third-party sources: upstream' \
  env MNIST_MICRO_SOURCES=upstream "$root/bazelw" x
run "quiet" 7 'called: .*' '^$' env MNIST_MICRO_QUIET=1 "$root/bazelw" x
run "another Bazel" 0 "other: ${rc}upstream.bazelrc $settings x" 'Bazel 7\.7\.1 from .*other_bazel; third-party sources: upstream' \
  env MNIST_MICRO_BAZEL=other_bazel "$root/bazelw" x
cp "$TEST_TMPDIR/bin/other_bazel" "$TEST_TMPDIR/bin/bazel"
run "a usable Bazel on PATH" 0 "other: ${rc}upstream.bazelrc $settings x" 'from .*/bin/bazel; ' "$root/bazelw" x
run "Debian's in spite of it" 7 'called: .*' "Debian's packages" env MNIST_MICRO_BAZEL=debian "$root/bazelw" x
sed -i 's/7\.7\.1/8.0.0/' "$TEST_TMPDIR/bin/bazel"
echo '# changed' >>"$root/MODULE.bazel"
run "a Bazel of another version is left alone" 7 'called: .*' "Debian's packages" "$root/bazelw" x
rm "$TEST_TMPDIR/bin/bazel"

# The settings file of the last start, by what was on its command line.
settings_of() {
  grep -o "$cache/settings-[0-9-]*.bazelrc" "$TEST_TMPDIR/out"
}
has() { # has NAME LINE
  grep -qxF -- "$2" "$(settings_of)" || fail "$1: no line '$2' in $(cat "$(settings_of)")"
}
run "downloads are shared" 7 'called: .*' '' "$root/bazelw" x
has "downloads are shared" "common \"--repository_cache=$cache/downloads\" \"--repo_env=MNIST_MICRO_DOWNLOADS=$cache/downloads\""
grep -q '^build --copt=-DMNIST_MICRO_COMPILER=[A-Za-z0-9._]*glibc_[0-9.]*$' "$(settings_of)" ||
  fail "the compiler is not in $(cat "$(settings_of)")"
! grep -q remote_cache "$(settings_of)" || fail "a remote cache that nobody named"
# Something that listens, for as long as this test runs.
python3.11 -c 'import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
time.sleep(60)' >"$TEST_TMPDIR/port" &
trap "kill $!" EXIT
until [ -s "$TEST_TMPDIR/port" ]; do sleep 0.1; done
address=grpcs://x:y@127.0.0.1:$(cat "$TEST_TMPDIR/port")/a
run "a remote cache" 7 'called: .*' '' env MNIST_MICRO_DOWNLOADS="/a b/\"c" MNIST_MICRO_REMOTE_CACHE="$address" \
  MNIST_MICRO_TLS_CERTIFICATE=/ca.pem "$root/bazelw" x
has "downloads elsewhere" 'common "--repository_cache=/a b/\"c" "--repo_env=MNIST_MICRO_DOWNLOADS=/a b/\"c"'
has "a remote cache" "build:remote_cache \"--remote_cache=$address\""
has "its certificate" 'build:remote_cache "--tls_certificate=/ca.pem"'
[ "$(stat -c %a "$(settings_of)")" = 600 ] || fail "others may read credentials: $(stat -c %a "$(settings_of)")"
! grep -q -e remote_executor -e exec_properties "$(settings_of)" || fail "an engine that nobody named"
run "remote execution" 7 'called: .*' '' env MNIST_MICRO_REMOTE_EXECUTOR=grpcs://engine:1 MNIST_MICRO_REMOTE_POOL='a b' \
  MNIST_MICRO_TLS_CERTIFICATE=/ca.pem "$root/bazelw" x
has "remote execution" 'build:remote "--remote_executor=grpcs://engine:1" "--remote_default_exec_properties=pool=a b"'
has "the engine's certificate" 'build:remote "--tls_certificate=/ca.pem"'
run "the pool of these tools" 7 'called: .*' '' env MNIST_MICRO_REMOTE_EXECUTOR=grpc://engine:1 "$root/bazelw" x
grep -q '^build:remote .*=pool=[A-Za-z0-9._]*glibc_[0-9.]*\.Python_3\.11\.[0-9]*"$' "$(settings_of)" ||
  fail "the tools are not the pool in $(cat "$(settings_of)")"
run "a remote cache that is down" 7 'called: .*' 'no remote cache answers at MNIST_MICRO_REMOTE_CACHE .*: building without one' \
  env MNIST_MICRO_REMOTE_CACHE=http://127.0.0.1:1 "$root/bazelw" x
! grep -q remote_cache "$(settings_of)" || fail "a remote cache that is down"
printf '#!/bin/sh\necho "gcc (other) 1.2.3"\n' >"$TEST_TMPDIR/bin/gcc"
chmod +x "$TEST_TMPDIR/bin/gcc"
run "another compiler" 7 'called: .*' '' "$root/bazelw" x
grep -q '^build --linkopt=-DMNIST_MICRO_COMPILER=gcc_other_1\.2\.3\..*' "$(settings_of)" ||
  fail "another compiler is not in $(cat "$(settings_of)")"
rm "$TEST_TMPDIR/bin/gcc"

run "no such Bazel" 2 '' '^bazelw: MNIST_MICRO_BAZEL=/no/such is no program$' env MNIST_MICRO_BAZEL=/no/such "$root/bazelw" x
run "no such sources" 2 '' '^bazelw: MNIST_MICRO_SOURCES=x: must be upstream or registries$' env MNIST_MICRO_SOURCES=x "$root/bazelw" x
run "no HOME" 2 '' '^bazelw: HOME is not set: .*$' env -u HOME -u MNIST_MICRO_CACHE "$root/bazelw" x
run "cache that can't be written" 2 '' '^bazelw: cannot write to /proc/x: .*$' env MNIST_MICRO_CACHE=/proc/x "$root/bazelw" x
printf '#!/bin/sh\nexit 1\n' >"$TEST_TMPDIR/bin/cargo"
rm -f "$cache"/prerequisites-*
run "a cargo that doesn't work" 2 '' '^bazelw: a working cargo is missing: .*$' env RUSTUP_HOME=/none "$root/bazelw" x

[ $failures -eq 0 ] && echo PASS
exit $((failures > 0))
