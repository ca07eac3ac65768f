# SPDX-License-Identifier: Apache-2.0
"""Fetching from package registries, each by its own client, and from upstream.

A client (cargo, npm, pip, apt-get) finds its registry as the machine is set up to: mirror, proxy and
certificates are the user's, and no address is written down here. What it brings is then "downloaded"
once more by Bazel, from the file, so that Bazel checks the SHA-256 and keeps the archive in its
repository cache. What lies there already, from any clone's build, is taken without asking a client.
"""

SOURCES_VARIABLE = "MNIST_MICRO_SOURCES"

# bazelw sets it to the folder that it gives Bazel as --repository_cache.
_DOWNLOADS_VARIABLE = "MNIST_MICRO_DOWNLOADS"

def sources(rctx):
    """Where to fetch from, as the build says with --repo_env=MNIST_MICRO_SOURCES=….

    Args:
      rctx: the repository context.
    Returns:
      "upstream" or "registries".
    """
    value = rctx.getenv(SOURCES_VARIABLE, "upstream")
    if value not in ["upstream", "registries"]:
        fail("{}={}: must be upstream or registries".format(SOURCES_VARIABLE, value))
    return value

def run_client(rctx, command, install, working_directory = "fetch", environment = {}, what = None):
    """Runs a registry's client and stops the build, with its last words, if it fails.

    Args:
      rctx: the repository context.
      command: list of strings; the first one is looked up on PATH.
      install: what to say about a missing client, e.g. "apt-get install npm".
      working_directory: folder to run in, relative to the repository.
      environment: variables to add.
      what: what a message calls the command. Default: all of it.
    Returns:
      Its stdout, stripped.
    """
    if not rctx.which(command[0]):
        fail("{} is not on PATH: {}".format(command[0], install))

    # A client's temporary files are as large as what it brings: the user's /tmp may have no place for them.
    rctx.file(working_directory + "/tmp/.keep")
    out = rctx.execute(
        command,
        environment = {"TMPDIR": str(rctx.path(working_directory + "/tmp"))} | environment,
        timeout = 900,
        working_directory = working_directory,
    )
    if out.return_code:
        fail("`{}` failed with exit status {}:\n{}{}".format(what or " ".join(command), out.return_code, out.stdout, out.stderr))
    return out.stdout.strip()

def downloaded(rctx, sha256):
    """Looks for an archive that an earlier build downloaded.

    Args:
      rctx: the repository context.
      sha256: of the archive.
    Returns:
      Its path in Bazel's repository cache, or None. To be given to rctx.download with the same
      SHA-256, which is checked there.
    """

    # Not getenv: where an archive comes from makes no difference, so another folder fetches nothing.
    downloads = rctx.os.environ.get(_DOWNLOADS_VARIABLE)
    if not downloads:
        return None
    file = rctx.path(downloads).get_child("content_addressable", "sha256", sha256, "file")
    return file if file.exists else None

def file_url(path):
    """A file's URL, in which only what would end its path, or be decoded, is encoded.

    What is not ASCII stays as it is: Bazel would take the decoded bytes for other characters.

    Args:
      path: of the file.
    Returns:
      The URL.
    """
    url = str(path)
    for character, code in [("%", "%25"), ("#", "%23"), ("?", "%3F")]:
        url = url.replace(character, code)
    return "file://" + url

def from_file(rctx, path, output, sha256):
    """Takes a file into the repository after its SHA-256 was checked.

    Args:
      rctx: the repository context.
      path: the file.
      output: its name in the repository.
      sha256: what its SHA-256 must be.
    """
    rctx.download(url = file_url(path), output = output, sha256 = sha256)

def fetch_commits(rctx, pins):
    """Fetches commits of git repositories. A git commit is its own hash.

    Args:
      rctx: the repository context.
      pins: label of a JSON file: from folders, relative to the repository, to `remote` and `commit`.
    """
    for folder, pin in json.decode(rctx.read(pins)).items():
        rctx.report_progress("git fetch {remote} {commit}".format(**pin))
        rctx.file(folder + "/.fetching")

        # Without them git takes those of a git hook that Bazel was started in: the user's own repository.
        repository = str(rctx.path(folder + "/.git"))
        environment = {
            "GIT_COMMON_DIR": repository,
            "GIT_DIR": repository,
            "GIT_INDEX_FILE": repository + "/index",
            "GIT_OBJECT_DIRECTORY": repository + "/objects",
            "GIT_WORK_TREE": str(rctx.path(folder)),
        }
        for arguments in [
            ["init", "--quiet"],
            ["fetch", "--quiet", "--depth=1", pin["remote"], pin["commit"]],
            ["-c", "advice.detachedHead=false", "checkout", "--quiet", "FETCH_HEAD"],
        ]:
            run_client(
                rctx,
                ["git"] + arguments,
                "apt-get install git",
                environment = environment,
                working_directory = folder,
            )
        rctx.delete(folder + "/.git")
        rctx.delete(folder + "/.fetching")

def fetch_crate(rctx, crate, version, sha256, output = ""):
    """Unpacks a package from crates.io, fetched by cargo.

    Args:
      rctx: the repository context.
      crate: the package's name.
      version: its exact version.
      sha256: the SHA-256 of the .crate archive.
      output: folder to unpack into, relative to the repository.
    """
    rctx.download_and_extract(
        url = file_url(downloaded(rctx, sha256) or _bring_crate(rctx, crate, version)),
        output = output,
        sha256 = sha256,
        stripPrefix = "{}-{}".format(crate, version),
        type = "tar.gz",
    )
    rctx.delete("fetch")

def _bring_crate(rctx, crate, version):
    rctx.file("fetch/src/lib.rs")
    rctx.file("fetch/Cargo.toml", """\
[package]
name = "fetch"
version = "0.0.0"
edition = "2018"

[dependencies]
{} = "={}"
""".format(crate, version))
    run_client(rctx, ["cargo", "fetch", "--quiet"], "apt-get install cargo")
    cargo_home = rctx.getenv("CARGO_HOME", rctx.getenv("HOME", "") + "/.cargo")
    archive = "{}-{}.crate".format(crate, version)
    found = [
        registry.get_child(archive)
        for registry in rctx.path(cargo_home).get_child("registry").get_child("cache").readdir()
        if registry.get_child(archive).exists
    ]
    if not found:
        fail("cargo fetched {} {}, but {} is not in its cache under {}".format(crate, version, archive, cargo_home))
    return found[0]

def fetch_npm(rctx, package, version, sha256, output = ""):
    """Unpacks a package from the npm registry, fetched by npm.

    Args:
      rctx: the repository context.
      package: the package's name.
      version: its exact version.
      sha256: the SHA-256 of the archive.
      output: folder to unpack into, relative to the repository.
    """
    rctx.download_and_extract(
        url = file_url(downloaded(rctx, sha256) or _bring_npm(rctx, package, version)),
        output = output,
        sha256 = sha256,
        stripPrefix = "package",
        type = "tar.gz",
    )
    rctx.delete("fetch")

def _bring_npm(rctx, package, version):
    rctx.file("fetch/.keep")
    spec = "{}@{}".format(package, version)
    name = run_client(rctx, ["npm", "pack", "--silent", spec], "apt-get install npm").split("\n")[-1]
    return rctx.path("fetch/" + name)

# The machine's own, as the user set it up: the isolated one of the toolchain has no pip.
PIP = ["python3.11", "-m", "pip", "--quiet", "--disable-pip-version-check"]

def fetch_wheel(rctx, package, version, sha256, output = ""):
    """Unpacks a wheel from PyPI, fetched by pip, without what it depends on.

    Args:
      rctx: the repository context.
      package: the package's name.
      version: its exact version.
      sha256: the SHA-256 of the wheel for Python 3.11 on this machine.
      output: folder to unpack into, relative to the repository.
    """
    rctx.download_and_extract(
        url = file_url(downloaded(rctx, sha256) or _bring_wheel(rctx, package, version, sha256)),
        output = output,
        sha256 = sha256,
        type = "zip",
    )
    rctx.delete("fetch")

def _bring_wheel(rctx, package, version, sha256):
    # With the hash, pip picks exactly this wheel among those that fit the machine.
    rctx.file("fetch/requirements.txt", "{}=={} --hash=sha256:{}\n".format(package, version, sha256))
    run_client(
        rctx,
        PIP + ["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement=requirements.txt"],
        "apt-get install python3-pip",
    )
    return [file for file in rctx.path("fetch").readdir() if file.basename.endswith(".whl")][0]

def fetch_debian_package(rctx, script, suite, package, version, sha256, output = ""):
    """Unpacks a Debian package, fetched by apt-get, without root and without installing it.

    Args:
      rctx: the repository context.
      script: label of tools/bootstrap/debian_packages.sh.
      suite: the Debian suite that carries the version, e.g. "trixie".
      package: the package's name.
      version: its exact version.
      sha256: the SHA-256 of the .deb file.
      output: folder to unpack into, relative to the repository.
    """
    archive = downloaded(rctx, sha256) or _bring_debian_package(rctx, script, suite, package, version)
    rctx.download_and_extract(url = file_url(archive), output = "deb", sha256 = sha256, type = "deb")
    data = [f for f in rctx.path("deb").readdir() if f.basename.startswith("data.tar")]
    if data:
        rctx.extract(data[0], output = output)
        rctx.delete("deb")
    rctx.delete("fetch")

def _bring_debian_package(rctx, script, suite, package, version):
    rctx.file("fetch/.keep")
    run_client(
        rctx,
        ["bash", "-euc", '. "$0"; debian_open "$PWD/apt" "$1"; apt-get -qq download "$2=$3"; mv -- *.deb package.deb', str(rctx.path(script)), suite, package, version],
        "apt-get install bash",
    )
    return rctx.path("fetch/package.deb")
