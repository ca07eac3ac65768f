#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bootstrap_bazel.sh PREFIX - unpacks Bazel 7.7.1 from Debian's packages into the folder PREFIX.
# Nothing is installed and no root is needed. Afterwards PREFIX/bin/bazel runs; PREFIX can't be moved,
# and deleting it is all the uninstalling there is. An interrupted run leaves no PREFIX behind.
# Progress and errors go to stderr. Exit 0: PREFIX is there. Exit 1: it is not, and one line says why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/bootstrap/debian_packages.sh
. "$here/debian_packages.sh"

VERSION=$(cat "$here/../../.bazelversion")
# The suites that carry this version: the testing one, and the unstable one for the days on which
# testing is in the middle of a transition.
SUITES=(forky sid)
prefix=$(realpath -m "${1:?usage: bootstrap_bazel.sh PREFIX}")
say() { printf '[bootstrap %3ds] %s\n' "$SECONDS" "$*" >&2; }
die() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}
[ ! -e "$prefix/complete" ] || exit 0
# Search paths can't name a folder with a colon in its name, and apt's settings none with the others.
[[ $prefix != *[:\"\\]* ]] || die "$prefix has a colon, double quote or backslash in its name"
[ ! -e "$prefix" ] || die "$prefix is in the way: delete it and start again"

mkdir -p "$(dirname "$prefix")" || die "cannot make $(dirname "$prefix"): set MNIST_MICRO_CACHE to a folder you can write to"
rm -rf "$prefix".tmp.* # what an earlier run left that was killed; the caller holds a lock
tmp=$prefix.tmp.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$tmp"/{debs,debian,bin,stubs,tmp} || die "cannot write to $(dirname "$prefix")"

export TMPDIR=$tmp/tmp # apt's, too: it is used for a lot, and the user's may be full

# --- 1. download ------------------------------------------------------------------------------------
# These count as present: the machine's own compiler, Python and unzip do that work, and the Bazel
# server loads none of these jars. 96 packages are left of 248.
PRESENT=(
  build-essential default-jdk-headless python3 unzip zlib1g-dev ca-certificates ca-certificates-java
  debconf java-common libpam0g libselinux1 libsystemd0 openssl tzdata util-linux libcups2t64
  libfontconfig1 libfreetype6 libharfbuzz0b libjpeg62-turbo liblcms2-2 libnss3 libpcsclite1 junit4
  libbcprov-java libbsh-java libeclipse-jdt-core-compiler-batch-java libeclipse-jdt-core-java
  libguice-java libhttpclient-java libhttpcore-java libjacoco-java libjavaparser-java libjetty9-java
  libjgit-java libjs-jquery libjsch-java liblog4j1.2-java liblog4j2-java libmaven-enforcer-plugin-java
  libmaven-resolver-java libmaven3-core-java libmongodb-java libplexus-utils2-java libservlet-api-java
  protobuf-compiler-grpc-java-plugin
)
WANTED=(
  bazel-{bootstrap,features,platforms,skylib} bazel-rules-{cc,java,license,proto,python}
  libblake3-0 openjdk-25-jre-headless patchelf
)
found=
for suite in "${SUITES[@]}"; do
  say "reading the package list of Debian $suite"
  rm -rf "$tmp/apt"
  mkdir "$tmp/apt"
  debian_open "$tmp/apt" "$suite" "${PRESENT[@]}" || die "could not read the package list of Debian $suite (see above)"
  if apt-get -qq -s install "${WANTED[@]}" 2>"$tmp/apt/errors" |
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' >"$tmp/packages.txt" &&
    grep -q "^bazel-bootstrap=$VERSION" "$tmp/packages.txt"; then
    found=$suite
    break
  fi
done
[ -n "$found" ] || {
  cat "$tmp/apt/errors" >&2
  die "neither of ${SUITES[*]} has Bazel $VERSION: install Bazelisk or Bazel $VERSION yourself"
}
say "downloading $(wc -l <"$tmp/packages.txt") packages (about 153 MB)"
(cd "$tmp/debs" && xargs apt-get -qq download <"$tmp/packages.txt") || die "a download failed (see above); start again"

# --- 2. unpack --------------------------------------------------------------------------------------
say "unpacking $(du -sm "$tmp/debs" | cut -f1) MB"
find "$tmp/debs" -name '*.deb' -print0 | xargs -0 -n1 -P"$(nproc)" bash -c 'set -o pipefail
  dpkg-deb --fsys-tarfile "$1" | tar -x -C "$0" --no-same-owner \
    --exclude=./usr/share/{bug,doc,doc-base,gdb,info,lintian,locale,man,maven-repo} \
    --exclude=./usr/{include,sbin} --exclude=./var --exclude="classes_*.jsa" --exclude="*/gconv/*"' "$tmp/debian" ||
  die "could not unpack into $tmp (disk full?)"
r=$tmp/debian/usr R=$prefix/debian/usr # where it is, and where it will be
libs=lib/x86_64-linux-gnu jre=lib/jvm/java-25-openjdk-amd64 share=share/bazel

# quoted WORD: as the shell wants it.
quoted() {
  local quote="'\''"
  printf "'%s'" "${1//\'/$quote}"
}

# Its programs run with the C library they were built for, not with this machine's older one.
patch_elf() { # patch_elf RPATH FILE...
  local rpath=$1
  shift
  # From there, as a semicolon would end the name of a folder.
  (cd "$r/$libs" && exec ./ld-linux-x86-64.so.2 --library-path . "$r/bin/patchelf" \
    --set-interpreter "$R/$libs/ld-linux-x86-64.so.2" --force-rpath --set-rpath "$rpath$R/$libs" "$@")
}
patch_elf '' "$r/bin/bazel" "$r"/libexec/x86_64-linux-gnu/bazel/*
# shellcheck disable=SC2016  # $ORIGIN is the loader's, not the shell's
patch_elf '$ORIGIN/../lib:$ORIGIN/../lib/server:' "$r/$jre/bin/java"
# shellcheck disable=SC2016
patch_elf '$ORIGIN:' "$r/$jre/lib/jspawnhelper"

# Bazel takes names of files for Latin-1, whatever they are, and wants its JVM to do so, too. The JVM asks
# the C library for the locale's encoding; only few machines have a locale with this one. So here is one,
# and only the JVM sees it: with another, Bazel can't work in a folder with a non-ASCII name.
mkdir "$tmp/locale"
{
  printf '%s\n' '<code_set_name> ISO-8859-1' '<comment_char> %' '<escape_char> /' CHARMAP
  for ((i = 0; i < 256; ++i)); do printf '<U%04X> /x%02x CHARACTER\n' "$i" "$i"; done
  echo 'END CHARMAP'
} >"$tmp/locale/charmap"
printf '%s\n' 'comment_char %' 'escape_char /' LC_CTYPE 'upper <U0041>..<U005A>' 'lower <U0061>..<U007A>' \
  'space <U0009>..<U000D>;<U0020>' 'END LC_CTYPE' >"$tmp/locale/source"
# It warns of every category that is not there.
(cd "$tmp/locale" && localedef --quiet -c --no-archive -f ./charmap -i ./source ./en_US.ISO-8859-1) || true
mv "$r/$jre/bin/java" "$r/$jre/bin/java.bin"
cat >"$r/$jre/bin/java" <<END
#!/bin/sh
unset LC_ALL
export LANG=C LC_CTYPE=en_US.ISO-8859-1 LOCPATH=$(quoted "$prefix/locale")
exec $(quoted "$R/$jre/bin/java.bin") "\$@"
END
chmod +x "$r/$jre/bin/java"

# The JRE's configuration: files in place of links into /etc/java-25-openjdk.
find "$r/$jre" -type l -lname '/etc/java-25-openjdk*' | while read -r l; do
  from=$tmp/debian$(readlink "$l")
  rm "$l"
  cp -rL "$from" "$l"
done

# Bazel's list of jars: those that are here, and those that gRPC's jars name by absolute path.
jars=$r/$share/bazel_classpath_debian_depends.txt
{
  cat "$jars"
  printf '/usr/share/java/%s.jar\n' perfmark-api animal-sniffer-annotations \
    opencensus-{api,contrib-grpc-metrics}
} | while read -r j; do [ ! -e "$tmp/debian$j" ] || echo "$prefix/debian$j"; done >"$jars.new"
mv "$jars.new" "$jars"

# --- 3. Debian's bazelrc with these paths, and empty modules for what Debian leaves out -------------
{
  echo "startup \"--install_base=$R/$share\" --trust_install_base \"--server_javabase=$R/$jre\""
  echo "common --noenable_workspace --repo_env=MNIST_MICRO_SOURCES=registries"
  while read -r option; do
    echo "common \"${option%%=/usr/*}=$R/${option#*=/usr/}\""
  done < <(sed -n 's#^common \(--override_module=[^=]*=/usr/.*\)$#\1#p' "$tmp/debian/etc/bazel/bazelrc")
  for m in apple_support buildozer protobuf zlib; do
    mkdir "$tmp/stubs/$m"
    echo "module(name = \"$m\")" >"$tmp/stubs/$m/MODULE.bazel"
    : >"$tmp/stubs/$m/BUILD.bazel"
    echo "common \"--override_module=$m=$prefix/stubs/$m\""
  done
  # Actions have a /tmp of their own: what they need of this folder is shown to them, if it is there.
  case $prefix in
    /tmp/*) echo "build \"--sandbox_add_mount_pair=$prefix\"" ;;
  esac
  # Bazel's own MODULE.bazel uses this extension; only `bazel mod` ever evaluates it.
  cat >"$tmp/stubs/buildozer/buildozer_binary.bzl" <<'END'
def _repository_impl(rctx):
    rctx.file("BUILD.bazel")

_repository = repository_rule(implementation = _repository_impl)

def _extension_impl(_mctx):
    _repository(name = "buildozer_binary")

buildozer_binary = module_extension(implementation = _extension_impl)
END
} >"$tmp/bazelrc"
printf '#!/bin/sh\nexec %s --nosystem_rc --bazelrc=%s "$@"\n' "$(quoted "$R/bin/bazel")" "$(quoted "$prefix/bazelrc")" >"$tmp/bin/bazel"
chmod +x "$tmp/bin/bazel"

rm -rf "$tmp"/{apt,debs,tmp}
touch "$tmp/complete"
mv -T "$tmp" "$prefix"
[ "$("$prefix/bin/bazel" --version)" = "bazel $VERSION" ] || {
  rm -rf "$prefix"
  die "the unpacked Bazel doesn't run on this machine: install Bazelisk or Bazel $VERSION yourself"
}
LOCPATH=/none "$prefix/debian/usr/$jre/bin/java" -XshowSettings:properties -version 2>&1 |
  grep -q 'sun.jnu.encoding = ISO-8859-1' || rm -rf "$prefix/locale" # for example another C library's format
say "Bazel $VERSION is in $prefix ($(du -sm "$prefix" | cut -f1) MB)"
