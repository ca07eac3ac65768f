# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Options of this machine and this user, in files that Bazel reads. A part of bazelw, which sets root and cache
# and has die().

# compiler_versions: what compiles and links is not a file of the build, yet it changes every byte of a program:
# as an option it is part of these actions' keys, and a shared cache keeps the work of different compilers apart.
compiler_versions() {
  { "${CC:-gcc}" --version | head -n1; ld --version | head -n1; getconf GNU_LIBC_VERSION; } 2>/dev/null |
    tr -cs 'A-Za-z0-9.\n' _ | paste -sd.
}

# quoted OPTION: as Bazel's files of options want it.
quoted() {
  local option=${1//\\/\\\\}
  printf '"%s"' "${option//\"/\\\"}"
}

# settings: the text of the file.
settings() {
  local downloads=${MNIST_MICRO_DOWNLOADS:-$cache/downloads} versions option config
  versions=$(compiler_versions)
  printf 'common %s %s\n' "$(quoted "--repository_cache=$downloads")" "$(quoted "--repo_env=MNIST_MICRO_DOWNLOADS=$downloads")"
  for option in --copt --host_copt --linkopt --host_linkopt; do
    printf 'build %s=-DMNIST_MICRO_COMPILER=%s\n' "$option" "$versions"
  done
  # Bazel would warn that bazel-bin and others can't be made.
  [ -w "$root" ] || echo "build --experimental_convenience_symlinks=ignore"
  [ -z "${MNIST_MICRO_REMOTE_CACHE:-}" ] || printf 'build:remote_cache %s\n' "$(quoted "--remote_cache=$MNIST_MICRO_REMOTE_CACHE")"
  # An action goes to workers that declare these very tools: others would spoil the shared results.
  [ -z "${MNIST_MICRO_REMOTE_EXECUTOR:-}" ] || printf 'build:remote %s %s\n' "$(quoted "--remote_executor=$MNIST_MICRO_REMOTE_EXECUTOR")" \
    "$(quoted "--remote_default_exec_properties=pool=${MNIST_MICRO_REMOTE_POOL:-$versions.$(python3.11 -V | tr ' ' _)}")"
  for config in remote_cache remote; do
    [ -z "${MNIST_MICRO_TLS_CERTIFICATE:-}" ] || printf 'build:%s %s\n' $config "$(quoted "--tls_certificate=$MNIST_MICRO_TLS_CERTIFICATE")"
  done
}

# settings_file: writes the text, and prints the file's path.
settings_file() {
  local text file
  text=$(settings)
  file=$cache/settings-$(printf '%s' "$text" | cksum | tr ' ' -).bazelrc
  if [ ! -e "$file" ]; then # an address may contain credentials, and so may those of settings long gone
    find "$cache" -maxdepth 1 -name 'settings-*.bazelrc' -mtime +30 -delete
    (umask 077 && printf '%s\n' "$text" >"$file.$$") && mv -f "$file.$$" "$file"
  fi
  printf '%s\n' "$file"
}

# answers URL: a server listens there.
answers() {
  local place=${1#*://}
  place=${place%%/*}
  timeout 1 bash -c ': <"/dev/tcp/${0%:*}/${0##*:}"' "${place##*@}" 2>/dev/null
}

# ask_for_the_cache: Bazel would wait for a server that is down, and not say so.
ask_for_the_cache() {
  [ -n "${MNIST_MICRO_REMOTE_CACHE:-}" ] && ! answers "$MNIST_MICRO_REMOTE_CACHE" || return 0
  echo "bazelw: no remote cache answers at MNIST_MICRO_REMOTE_CACHE (HOST:PORT after ://): building without one" >&2
  MNIST_MICRO_REMOTE_CACHE=
}

# uploads ARGUMENT...: this build writes to the cache.
uploads() {
  local options
  options=$(printf '%s\n' "$@"; grep -hsv '^ *#' "$root/user.bazelrc" || true)
  [[ $options == *--config=remote_cache_upload* ]]
}

# start_relay HOST:PORT...: Bazel would wait without limit for a gRPC server that stops reading: a relay hangs
# up, and ends with Bazel. Its file of options is added to rcs.
start_relay() {
  local file=$cache/relay-$$.bazelrc
  rm -f "$file"
  read -r < <(exec python3.11 -I -B "$root/tools/remote_cache/relay.py" "${1%%/*}" "$file" </dev/null 2>"$file.log") || true
  [ -e "$file" ] || die "no relay to the cache at $1 could be started: $(tail -n1 "$file.log")"
  rm -f "$file.log"
  rcs+=(--bazelrc="$file")
}
