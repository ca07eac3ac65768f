# SPDX-License-Identifier: Apache-2.0
# Debian packages without root, without installing them, from a suite that the machine need not run.
# To be sourced. Everything lies in one folder that the caller owns and deletes; the machine's own apt
# state is read (mirror, proxy, certificates) and never written.

# debian_mirror: the mirror that this machine's apt is set up with, on stdout.
debian_mirror() {
  if [ -n "${MNIST_MICRO_DEBIAN_MIRROR:-}" ]; then
    printf '%s\n' "${MNIST_MICRO_DEBIAN_MIRROR%/}"
    return
  fi
  sed -nE 's#^(URIs:|deb([[:space:]]+\[[^]]*\])?)[[:space:]]+(https?://[^[:space:]]+/debian)/?([[:space:]].*)?$#\3#p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null | head -n1
}

DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_lacks: why this machine can't read Debian's package lists, in one line on stdout; nothing if it can.
debian_lacks() {
  if [ -z "$(debian_mirror)" ]; then
    echo "no Debian mirror in /etc/apt: set MNIST_MICRO_DEBIAN_MIRROR to the URL of one"
  elif [ ! -r "$DEBIAN_KEYRING" ]; then
    echo "no Debian archive key in $DEBIAN_KEYRING: apt-get install debian-archive-keyring"
  fi
}

# debian_open FOLDER SUITE [PACKAGE...]: a private apt state for SUITE in FOLDER, its package list read.
# The PACKAGEs count as installed, so that neither they nor what only they need is downloaded.
# Afterwards plain apt-get commands speak to that suite (through APT_CONFIG).
debian_open() {
  local state=$1 suite=$2 lacks package
  shift 2
  lacks=$(debian_lacks)
  if [ -n "$lacks" ]; then
    echo "$lacks" >&2
    return 1
  fi
  mkdir -p "$state"/{lists/partial,archives/partial,none}
  echo "deb [arch=amd64 signed-by=$DEBIAN_KEYRING] $(debian_mirror) $suite main" >"$state/sources.list"
  for package in "$@"; do
    printf 'Package: %s\nStatus: install ok installed\nVersion: 999:0\n' "$package"
    printf 'Architecture: all\nMulti-Arch: foreign\nMaintainer: x <x@x>\nDescription: x\n\n'
  done >"$state/status"
  # Of the machine's settings only how to reach a mirror: its hooks would touch the system's caches.
  {
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::IndexTargets' || true
    cat <<END
Dir::Etc::parts "$state/none"; Dir::Etc::main "none"; Dir::Etc::sourceparts "$state/none"; Dir::Etc::sourcelist "$state/sources.list";
Dir::State "$state"; Dir::State::status "$state/status"; Dir::Cache "$state";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "0"; APT::Sandbox::User "";
Debug::NoLocking "1"; Acquire::Languages "none"; Acquire::Retries "3";
END
  } >"$state/conf"
  export APT_CONFIG=$state/conf
  apt-get -qq update
}
