#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How bazelw chooses, checks and locks. The bootstrap itself, which downloads, is played by a short
# script here: CI runs the real one.
# usage: bazelw_test.sh BAZELW PART...
set -uo pipefail
export LC_ALL=C # names of any bytes

root=$TEST_TMPDIR/root cache=$TEST_TMPDIR/cache
mkdir -p "$root/tools/bootstrap" "$root/sub/folder" "$TEST_TMPDIR/bin"
: >"$root/tools/bootstrap/debian_packages.sh"
cp "$(realpath "$1")" "$root/bazelw"
for part in "${@:2}"; do cp "$(realpath "$part")" "$root/tools/bootstrap"; done
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
case $1 in */cache/*) sleep 2 ;; esac
mkdir -p "$1.tmp/bin" "$1.tmp/locale/en_US.ISO-8859-1"
touch "$1.tmp/locale/en_US.ISO-8859-1/LC_CTYPE"
printf '#!/bin/sh\necho "called: $*"\npwd >"$(dirname "$0")/pwd"\nexit 7\n' >"$1.tmp/bin/bazel"
chmod +x "$1.tmp/bin/bazel"
touch "$1.tmp/complete"
mv -T "$1.tmp" "$1"
END
chmod +x "$root/tools/bootstrap/bootstrap_bazel.sh"
# What bazelw looks for, whether this machine has it or not.
printf '#!/bin/sh\nexit 0\n' | tee "$TEST_TMPDIR/bin/cargo" >"$TEST_TMPDIR/bin/rustc"
chmod +x "$TEST_TMPDIR/bin/cargo" "$TEST_TMPDIR/bin/rustc"
cat >"$TEST_TMPDIR/bin/other_bazel" <<'END'
#!/bin/sh
[ "$1" = --version ] && echo "bazel 7.7.1" && exit 0
echo "other: $*"
END
chmod +x "$TEST_TMPDIR/bin/other_bazel"
export PATH=$TEST_TMPDIR/bin:/usr/local/bin:/usr/bin:/bin HOME=$TEST_TMPDIR MNIST_MICRO_CACHE=$cache
unset MNIST_MICRO_BAZEL MNIST_MICRO_SOURCES MNIST_MICRO_QUIET MNIST_MICRO_DOWNLOADS XDG_CACHE_HOME
cd "$root" || exit 1

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
# In a git hook: what Bazel runs must find its own repository, by the folder, if that is how one is found.
printf '#!/bin/sh\necho "${GIT_DIR-} ${GIT_INDEX_FILE-} ${GIT_AUTHOR_NAME-}"\n' >"$TEST_TMPDIR/bin/git_bazel"
chmod +x "$TEST_TMPDIR/bin/git_bazel"
hook=(env MNIST_MICRO_BAZEL=git_bazel GIT_DIR=.git GIT_INDEX_FILE=.git/index GIT_AUTHOR_NAME=a)
run "in a hook without a .git" 0 '\.git \.git/index a' '' "${hook[@]}" "$root/bazelw" x
touch "$root/.git"
run "in a hook" 0 '  a' '' "${hook[@]}" "$root/bazelw" x
rm "$root/.git"
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
time.sleep(600)' >"$TEST_TMPDIR/port" &
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

run "no such Bazel" 2 '' '^bazelw: MNIST_MICRO_BAZEL=/no/such is not a program$' env MNIST_MICRO_BAZEL=/no/such "$root/bazelw" x
run "no such sources" 2 '' '^bazelw: MNIST_MICRO_SOURCES=x: must be upstream or registries$' env MNIST_MICRO_SOURCES=x "$root/bazelw" x
run "no HOME" 2 '' '^bazelw: HOME is not set: .*$' env -u HOME -u MNIST_MICRO_CACHE "$root/bazelw" x
run "cache that can't be written" 2 '' '^bazelw: cannot write to /proc/x: .*$' env MNIST_MICRO_CACHE=/proc/x "$root/bazelw" x
run "itself as Bazel" 2 '' '^bazelw: MNIST_MICRO_BAZEL=.* is this script: name a Bazel$' env MNIST_MICRO_BAZEL="$root/bazelw" "$root/bazelw" x

# --- places -------------------------------------------------------------------------------------------
# started_in: where the last Bazel was started.
started_in() { cat "$cache"/bazel-*/bin/pwd; }
ln -s "$root/bazelw" "$TEST_TMPDIR/bin/link_to_bazelw"
cd "$root/sub/folder" || exit 1
run "from a folder below, by a link" 7 "called: ${rc}registries.bazelrc $settings build :here ../file" '' link_to_bazelw build :here ../file
[ "$(started_in)" = "$root/sub/folder" ] || fail "from a folder below: Bazel was started in $(started_in)"
cd "$TEST_TMPDIR" || exit 1
for command in build test run query; do
  run "$command outside" 2 '' "^bazelw: $TEST_TMPDIR is in no Bazel workspace: cd $root first, .*\$" "$root/bazelw" --x "$command" //a
done
run "help outside" 7 'called: .*' '' "$root/bazelw" help build
mkdir -p other/sub && touch other/WORKSPACE && cd other/sub || exit 1
run "in another workspace" 7 'called: .*' '' "$root/bazelw" build //a
cd "$root" || exit 1

# An empty cache each time: all that bazelw does at its first start it does here.
fresh() { rm -rf "$TEST_TMPDIR/fresh" && mkdir "$TEST_TMPDIR/fresh"; }
before=$(find "$root" -printf '%p %T@ %s\n')
fresh
(umask 077 && run "umask 077" 7 'called: .*' '' env MNIST_MICRO_CACHE="$TEST_TMPDIR/fresh/c" "$root/bazelw" x && exit $failures) ||
  failures=$((failures + 1))
[ "$before" = "$(find "$root" -printf '%p %T@ %s\n')" ] || fail "something was written to the checkout, which may be read-only"
fresh
cd sub || exit 1
run "a relative cache" 7 "called: ${rc}registries.bazelrc --bazelrc=$root/sub/c/settings-.*" '' \
  env MNIST_MICRO_CACHE=c MNIST_MICRO_DOWNLOADS=../d "$root/bazelw" x
grep -qF "\"--repository_cache=$root/d\"" c/settings-*.bazelrc || fail "relative downloads: $(cat c/settings-*.bazelrc)"
rm -rf c && cd .. || exit 1

printf '#!/bin/sh\ncase "$*" in *-f*/full*) echo "1 * 4096" ;; *) exec /usr/bin/stat "$@" ;; esac\n' >"$TEST_TMPDIR/bin/stat"
chmod +x "$TEST_TMPDIR/bin/stat"
mkdir -p "$TEST_TMPDIR/full/c"
run "no space in TMPDIR" 7 'called: .*' "^bazelw: no space in $TEST_TMPDIR/full: temporary files go to $cache/tmp"$'\n' \
  env TMPDIR="$TEST_TMPDIR/full" "$root/bazelw" x
run "no TMPDIR" 7 'called: .*' "^bazelw: no space in /no/such: temporary files go to $cache/tmp"$'\n' env TMPDIR=/no/such "$root/bazelw" x
run "no space anywhere" 2 '' "^bazelw: no space in $TEST_TMPDIR/full, and none in $TEST_TMPDIR/full/c: .*\$" \
  env TMPDIR="$TEST_TMPDIR/full" MNIST_MICRO_CACHE="$TEST_TMPDIR/full/c" "$root/bazelw" x
rm "$TEST_TMPDIR/bin/stat"

# Names of any kind and length, for the checkout, the home and the cache.
long=$(printf 'x%.0s' {1..200})
# If a name is not ASCII, Debian's Bazel needs the locale that the bootstrap makes; another one needs the
# machine's.
for name in "a b" "it's \$x \`y\` #1 &;(z) %41 *?[a]=,@" "$long" "Zoë 東京" $'\xff'; do
  fresh
  odd=$TEST_TMPDIR/fresh/$name
  mkdir -p "$odd"
  cp -r "$root" "$odd/clone"
  run "a folder called $name" 7 'called: .* x' '' \
    env -u MNIST_MICRO_CACHE -u TEST_TMPDIR HOME="$odd/home" bash -c '"$0" x' "$odd/clone/bazelw"
  grep -qF "called: --bazelrc=$odd/clone/tools/bootstrap/sources_registries.bazelrc --bazelrc=$odd/home/.cache/mnist_micro/settings-" \
    "$TEST_TMPDIR/out" || fail "a folder called $name: $(cat "$TEST_TMPDIR/out")"
  rm -rf "$odd"/home/.cache/mnist_micro/bazel-*/locale
  status=7
  [[ $name != *[!\ -~]* ]] || status=2
  run "a folder called $name, without a locale" $status '(called: .* x)?' '' \
    env -u MNIST_MICRO_CACHE -u TEST_TMPDIR HOME="$odd/home" bash -c '"$0" x' "$odd/clone/bazelw"
done
odd="bazelw: a folder here has a name that isn't ASCII, which this Bazel takes for another name: "
[ "$(tail -n1 "$TEST_TMPDIR/err" | head -c ${#odd})" = "$odd" ] || fail "without a locale: $(cat "$TEST_TMPDIR/err")"
mkdir -p "$TEST_TMPDIR/fresh/ü" && cd "$TEST_TMPDIR/fresh/ü" || exit 1
printf '#!/bin/sh\necho ANSI_X3.4-1968\n' >"$TEST_TMPDIR/bin/locale"
chmod +x "$TEST_TMPDIR/bin/locale"
run "another Bazel in a folder called ü" 2 '' "^$odd.*leave MNIST_MICRO_BAZEL out.*\$" env MNIST_MICRO_BAZEL=other_bazel "$root/bazelw" x
printf '#!/bin/sh\necho ISO-8859-1\n' >"$TEST_TMPDIR/bin/locale"
run "the same with a locale" 0 'other: .*' '' env MNIST_MICRO_BAZEL=other_bazel "$root/bazelw" x
cd "$root" || exit 1

# What can't be: one line, before anything starts.
for name in 'a:b' 'a"b' 'a\b'; do
  run "a cache called $name" 2 '' "^bazelw: .* has a colon, double quote or backslash in its name: set MNIST_MICRO_CACHE to another folder\$" \
    env MNIST_MICRO_CACHE="$TEST_TMPDIR/fresh/$name" "$root/bazelw" x
done
run "a cache of two lines" 2 '' '^bazelw: .* has a line break in its name: .*$' env MNIST_MICRO_CACHE="$TEST_TMPDIR/fresh/a"$'\n'b "$root/bazelw" x
run "outputs that can't be written" 2 '' '^bazelw: cannot write to /proc/x/bazel, where Bazel keeps its outputs: set XDG_CACHE_HOME .*$' \
  env -u TEST_TMPDIR XDG_CACHE_HOME=/proc/x "$root/bazelw" x
run "outputs with a colon" 2 '' '^bazelw: .*/a:b/bazel, where Bazel keeps its outputs, has a colon in its name, .*: set XDG_CACHE_HOME .*$' \
  env -u TEST_TMPDIR XDG_CACHE_HOME="$TEST_TMPDIR/fresh/a:b" "$root/bazelw" x
run "outputs elsewhere" 7 'called: .*' '' env -u TEST_TMPDIR XDG_CACHE_HOME=/proc/x "$root/bazelw" --output_user_root=/y x

run "started by sh" 7 'called: .*' '' sh "$root/bazelw" x

printf '#!/bin/sh\nexit 1\n' >"$TEST_TMPDIR/bin/rustc"
rm -f "$cache"/prerequisites-*
run "a cargo without its compiler" 2 '' '^bazelw: a working cargo with rustc is missing: .*$' env RUSTUP_HOME=/none "$root/bazelw" x
printf '#!/bin/sh\nexit 0\n' >"$TEST_TMPDIR/bin/rustc"
printf '#!/bin/sh\nexit 1\n' >"$TEST_TMPDIR/bin/cargo"
run "a cargo that doesn't work" 2 '' '^bazelw: a working cargo with rustc is missing: .*$' env RUSTUP_HOME=/none "$root/bazelw" x
run "no cargo needed" 7 'called: .*' '' env RUSTUP_HOME=/none MNIST_MICRO_SOURCES=upstream "$root/bazelw" x

[ $failures -eq 0 ] && echo PASS
exit $((failures > 0))
