# SPDX-License-Identifier: Apache-2.0
"""Programs from Debian's packages, with the libraries that they need, without root.

They run on machines of another age, too: each program is started by its own loader with its own libraries.
No file contains a path of the machine, so that the remote cache serves all.
"""

load("//third_party:fetch.bzl", "downloaded", "file_url", "run_client")

# What downloads packages, and what unpacks them.
_DOWNLOADERS = ["apt-get", "apt-config"]
_UNPACKERS = ["dpkg-deb"]

# What says where packages come from, and the key by which they are checked.
_SETTINGS = [
    "/etc/apt/sources.list",
    "/etc/apt/sources.list.d/debian.sources",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
]

_DOWNLOAD = """
. "$0"
debian_open "$PWD/apt" "$1"
shift
apt-get -qq download "$@" || {
  echo "If the mirror has only later versions: take a newer mnist_micro, or in a checkout of it run ./bazelw run //third_party/debian:update" >&2
  exit 1
}
for file in *.deb; do mv -- "$file" "${file%%_*}.deb"; done
"""

_UNPACK = """
output=$1
shift
ls *.deb | xargs -n1 -P"$(nproc)" bash -euc 'set -o pipefail
  output=$1 deb=${!#}
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$output" --no-same-owner --wildcards "${@:2:$#-2}"' bash "$output" "$@"
"""

_WRAPPER = """\
#!/bin/sh
# The program with its own loader and libraries, wherever this folder is.
case $0 in
  */*) here=${{0%/*}} ;;
  *) here=. ;;
esac
exec "$here/{up}lib/ld-linux-x86-64.so.2" --argv0 "$0" --library-path "$here/{up}lib" "$here/{name}.bin" "$@"
"""

def reason_without_packages(rctx, script, sha256s, unpackers = []):
    """Why this machine can't have packages of Debian.

    Args:
      rctx: the repository context.
      script: label of tools/bootstrap/debian_packages.sh.
      sha256s: hashes of the packages. What an earlier build downloaded is not downloaded again.
      unpackers: programs that unpack them.
    Returns:
      The reason, a part of a line; None if it can.
    """
    if rctx.os.arch not in ["amd64", "x86_64"]:
        return "Debian's packages are for x86-64, and this machine is " + rctx.os.arch
    here = all([downloaded(rctx, sha256) for sha256 in sha256s])
    for name in unpackers + ([] if here else _DOWNLOADERS):
        if not rctx.which(name):
            # So that Bazel looks again when it is there.
            rctx.getenv("PATH")
            rctx.watch("/usr/bin/" + name)
            return "{} is not on PATH".format(name)
    if here:
        return None
    lacks = rctx.execute(["bash", "-euc", '. "$0"; debian_lacks', str(rctx.path(script))]).stdout.strip()
    if not lacks:
        return None
    rctx.getenv("MNIST_MICRO_DEBIAN_MIRROR")
    for path in _SETTINGS:
        rctx.watch(path)
    return lacks

def reason_without_locked_packages(rctx, script, lock):
    """The same for what unpack_debian_packages unpacks.

    Args:
      rctx: the repository context.
      script: label of tools/bootstrap/debian_packages.sh.
      lock: label of the list of packages.
    Returns:
      The reason, a part of a line; None if it can.
    """
    packages = json.decode(rctx.read(lock))["packages"]
    return reason_without_packages(rctx, script, [package["sha256"] for package in packages], _UNPACKERS)

def unpack_debian_packages(rctx, script, lock, exclude):
    """Unpacks packages into the repository: their files from `usr`, and shared libraries in `lib`.

    Args:
      rctx: the repository context.
      script: label of tools/bootstrap/debian_packages.sh.
      lock: label of a JSON file: `suite`, and `packages` with `name`, `version` and `sha256` each.
      exclude: patterns of tar of what is left out.
    """
    locked = json.decode(rctx.read(lock))
    packages = locked["packages"]
    missing = [package for package in packages if not downloaded(rctx, package["sha256"])]
    if missing:
        rctx.report_progress("Downloading {} packages of Debian {}".format(len(missing), locked["suite"]))
        rctx.file("fetch/.keep")
        run_client(
            rctx,
            ["bash", "-euc", _DOWNLOAD, str(rctx.path(script)), locked["suite"]] +
            ["{}={}".format(package["name"], package["version"]) for package in missing],
            "apt-get install bash",
            what = "apt-get download",
        )
    for package in packages:
        archive = downloaded(rctx, package["sha256"]) or rctx.path("fetch/{}.deb".format(package["name"]))
        rctx.download(url = file_url(archive), output = "debs/{}.deb".format(package["name"]), sha256 = package["sha256"])
    rctx.delete("fetch")
    rctx.report_progress("Unpacking {} packages".format(len(packages)))
    run_client(
        rctx,
        ["bash", "-euc", _UNPACK, "bash", str(rctx.path("."))] +
        ["--exclude=" + pattern for pattern in exclude + ["./usr/share", "./etc", "./var", "*/gconv", "./usr/lib/locale"]],
        "apt-get install bash",
        working_directory = "debs",
    )
    rctx.delete("debs")

    # All shared libraries of the programs in one folder: some packages have them in /lib.
    run_client(
        rctx,
        ["bash", "-euc", "mkdir -p ../libs; for folder in ../lib/x86_64-linux-gnu ../usr/lib/x86_64-linux-gnu; do if [ -d $folder ]; then find $folder -maxdepth 1 -name '*.so*' -exec cp -P {} ../libs \\;; rm -rf $folder; fi; done; rm -rf ../lib ../lib64; mv ../libs ../lib"],
        "apt-get install bash",
    )
    rctx.delete("fetch")

def wrap_programs(rctx, programs):
    """Makes programs start with the loader and the libraries in `lib`.

    Args:
      rctx: the repository context.
      programs: their paths in the repository.
    """
    for program in programs:
        name = program.split("/")[-1]
        run_client(rctx, ["mv", str(rctx.path(program)), str(rctx.path(program + ".bin"))], "apt-get install coreutils")
        rctx.file(program, _WRAPPER.format(name = name, up = "../" * program.count("/")), executable = True)
    rctx.delete("fetch")
