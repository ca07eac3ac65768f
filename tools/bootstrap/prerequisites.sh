# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What this repository needs of the machine: named in one line each, before anything long starts.
# A part of bazelw, which sets root and cache and has die().

# A rustup whose settings lie beside it, under another HOME than today's, still finds its toolchain.
if [ -z "${RUSTUP_HOME:-}" ] && cargo=$(command -v cargo) && [ -d "${cargo%/.cargo/bin/cargo}/.rustup" ] &&
  [ ! -d "${HOME:-}/.rustup" ]; then
  export RUSTUP_HOME=${cargo%/.cargo/bin/cargo}/.rustup
fi

missing=()
need() { # need "WHAT" "HOW TO INSTALL" COMMAND...
  local what=$1 how=$2
  shift 2
  "$@" >/dev/null 2>&1 || missing+=("$what is missing: $how")
}
check_common() {
  [ "$(uname -sm)" = "Linux x86_64" ] || missing+=("this is $(uname -sm): Linux on x86-64 is what is supported")
  need "a C++ compiler" "apt-get install g++" sh -c 'command -v "${CXX:-g++}" || command -v c++ || command -v clang++'
  need "Python 3.11 (python3.11 on PATH)" "apt-get install python3.11, or pyenv install 3.11" python3.11 -c ''
  need "pip for Python 3.11" "apt-get install python3-pip, or python3.11 -m ensurepip" python3.11 -m pip --version
}
check_registries() {
  need "apt-get" "googletest comes from Debian's packages; MNIST_MICRO_SOURCES=upstream takes it from GitHub" command -v apt-get
  need "a working cargo with rustc" "apt-get install cargo, or rustup default stable; MNIST_MICRO_SOURCES=upstream needs none" sh -c 'cargo --version && "${RUSTC:-rustc}" --version'
}
check_debian() {
  need "apt-get" "this way of getting Bazel needs a Debian-like system; elsewhere install Bazelisk" command -v apt-get
  need "dpkg-deb" "apt-get install dpkg" command -v dpkg-deb
  need "xz" "apt-get install xz-utils" command -v xz
  need "flock" "apt-get install util-linux" command -v flock
}
report_missing() {
  [ ${#missing[@]} -eq 0 ] && return
  printf 'bazelw: %s\n' "${missing[@]}" >&2
  exit 2
}
# They are looked for once for each PATH and version of this script, as Python alone takes a second.
prerequisites_key=$(printf '%s\n' "$PATH" "${HOME:-}" "${MNIST_MICRO_BAZEL:-}" | cat - "$root/tools/bootstrap/prerequisites.sh" | cksum | tr ' ' -)
check_once() { # check_once NAME FUNCTION...
  local stamp=$cache/prerequisites-${1// /-}-$prerequisites_key
  shift
  [ -e "$stamp" ] && return
  local check
  for check in "$@"; do "$check"; done
  report_missing
  : >"$stamp"
}
