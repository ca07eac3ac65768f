# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Where things lie. What Bazel can't use is said before Bazel starts: it would say it in many lines or not at all.
# A part of bazelw, which sets root and has die().

# in_workspace: Bazel can start here.
in_workspace() {
  local folder file
  folder=$(pwd -P)
  while :; do
    for file in MODULE.bazel REPO.bazel WORKSPACE.bazel WORKSPACE; do
      [ ! -e "${folder%/}/$file" ] || return 0
    done
    [ "$folder" != / ] || return 1
    folder=$(dirname "$folder")
  done
}

# space FOLDER: it can be written, and has 64 MB. A megabyte or two is too little for a compiler.
space() {
  [ -d "$1" ] && [ -w "$1" ] && (($(stat -f -c '%a * %S' -- "$1") >= 64 << 20))
}

# find_places ARGUMENT...: sets cache and outputs, and TMPDIR if it has no space.
find_places() {
  local argument
  for argument in "$@"; do
    case $argument in
      -*) continue ;;
      aquery | build | coverage | cquery | fetch | mod | query | run | test)
        in_workspace || die "$PWD is in no Bazel workspace: cd $root first, or to a folder below it"
        ;;
    esac
    break
  done

  if [ -n "${MNIST_MICRO_CACHE:-}" ]; then
    cache=$MNIST_MICRO_CACHE
  elif [ -n "${XDG_CACHE_HOME:-}" ]; then
    cache=$XDG_CACHE_HOME/mnist_micro
  elif [ -n "${HOME:-}" ]; then
    cache=$HOME/.cache/mnist_micro
  else
    die "HOME is not set: set it, or MNIST_MICRO_CACHE to a folder you can write to"
  fi
  mkdir -p -- "$cache" 2>/dev/null && [ -w "$cache" ] ||
    die "cannot write to $cache: set MNIST_MICRO_CACHE to a folder you can write to"
  cache=$(realpath -- "$cache")
  [[ $cache != *$'\n'* ]] || die "$(printf %q "$cache") has a line break in its name: set MNIST_MICRO_CACHE to another folder"
  [ -z "${MNIST_MICRO_DOWNLOADS:-}" ] || MNIST_MICRO_DOWNLOADS=$(realpath -m -- "$MNIST_MICRO_DOWNLOADS")

  # Where Bazel keeps its outputs, unless an option or a file of options says otherwise.
  outputs=
  if [ -z "${TEST_TMPDIR:-}" ] && [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ] && [[ "$*" != *--output_user_root* ]] &&
    [[ "$*" != *--output_base* ]] &&
    ! grep -Eqs 'output_(user_root|base)' "$root/user.bazelrc" "${HOME:-}/.bazelrc" /etc/bazel.bazelrc; then
    outputs=${XDG_CACHE_HOME:-${HOME:-}/.cache}/bazel
    mkdir -p -- "$outputs" 2>/dev/null && [ -w "$outputs" ] ||
      die "cannot write to $outputs, where Bazel keeps its outputs: set XDG_CACHE_HOME to a folder you can write to"
    [[ $outputs != *:* ]] ||
      die "$outputs, where Bazel keeps its outputs, has a colon in its name, which ends a folder in PYTHONPATH: set XDG_CACHE_HOME to another folder"
  fi
  if ! space "${TMPDIR:-/tmp}"; then
    space "$cache" || die "no space in ${TMPDIR:-/tmp}, and none in $cache: make some, or set TMPDIR and MNIST_MICRO_CACHE to other folders"
    mkdir -p "$cache/tmp"
    echo "bazelw: no space in ${TMPDIR:-/tmp}: temporary files go to $cache/tmp" >&2
    export TMPDIR=$cache/tmp
  fi
}

# Without a Latin-1 locale, Bazel 7's Java takes other than ASCII names for other names.
ascii() {
  local LC_ALL=C
  [[ $(pwd -P)$root$cache$outputs != *[!\ -~]* ]]
}
not_ascii="a folder here has a name that isn't ASCII, which this Bazel takes for another name"
