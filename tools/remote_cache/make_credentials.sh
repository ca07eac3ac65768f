#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a certificate authority, a server's certificate signed by it, and a password file, by openssl.
#
#   tools/remote_cache/make_credentials.sh FOLDER [NAME [HOST...]]
#
# NAME (default: ci) may write to the cache; HOSTs (default: 127.0.0.1 localhost) are the servers that
# the certificate is for. The FOLDER must not exist; only its owner may read it. It gets
#   ca.pem, ca.key          for clients: --tls_certificate=ca.pem; the key signs, keep it away from both
#   server.pem, server.key  for the server: --tls_certificate, --tls_key
#   htpasswd                for the server: --htpasswd
#   netrc                   for clients that may write: ~/.netrc, or the file that $NETRC names
# Exit codes: 0; 2 with one line on stderr if something is wrong.
set -euo pipefail

die() {
  printf 'make_credentials: %s\n' "$*" >&2
  exit 2
}

[ $# -ge 1 ] || die "usage: make_credentials.sh FOLDER [NAME [HOST...]]"
folder=$1 name=${2:-ci}
[ $# -ge 3 ] && hosts=("${@:3}") || hosts=(127.0.0.1 localhost)
command -v openssl >/dev/null || die "openssl is not on PATH: apt-get install openssl"
[[ $name =~ ^[A-Za-z0-9._-]+$ ]] || die "'$name' is not a name: letters, digits and ._- only"

names=''
for host in "${hosts[@]}"; do
  case $host in
    *[!A-Za-z0-9.-]* | '') die "'$host' is not a host" ;;
    *[!0-9.]*) names+=,DNS:$host ;;
    *) names+=,IP:$host ;;
  esac
done

umask 077
mkdir "$folder" 2>/dev/null || die "cannot make the folder $folder: give one that is not there yet"
complete=''
trap '[ -n "$complete" ] || rm -rf "$folder"' EXIT

run() { # Its words only if it fails.
  local words
  words=$("$@" 2>&1) || die "\`${*:1:2}\` failed: ${words##*$'\n'}"
}
new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
run openssl req -x509 "${new_key[@]}" -keyout "$folder/ca.key" -out "$folder/ca.pem" -days 3650 \
  -subj "/CN=remote cache" -addext "keyUsage=critical,keyCertSign,cRLSign"
run openssl req "${new_key[@]}" -keyout "$folder/server.key" -out "$folder/server.csr" -subj "/CN=${hosts[0]}"
run openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" \
  -CAcreateserial -out "$folder/server.pem" -days 825 \
  -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "${names#,}")
rm -f "$folder/server.csr" "$folder/ca.srl"

# On stdin: an argument would be in the list of processes. 192 random bits need no slow hash, and the
# server computes it for every upload.
password=$(openssl rand -hex 24)
hash=$(printf '%s\n' "$password" | openssl passwd -apr1 -stdin)
printf '%s:%s\n' "$name" "$hash" >"$folder/htpasswd"
for host in "${hosts[@]}"; do
  printf 'machine %s login %s password %s\n' "$host" "$name" "$password"
done >"$folder/netrc"
complete=1
