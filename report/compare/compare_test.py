# SPDX-License-Identifier: Apache-2.0
"""Tests of the command, on a small git repository whose bazelw builds at once."""

import json
import os
import pathlib
import subprocess
import time

import pytest

from report.compare import base_build

# Says what it was asked for, and writes what the commit's file has.
BAZELW = """\
#!/bin/sh
echo "bazelw $*" >>"$LOG"
git rev-parse --absolute-git-dir >"$LOG.repository"
echo "progress of $2"
case "$2" in
  build) mkdir -p bazel-bin/report; cp user.bazelrc "$LOG.settings" 2>/dev/null
    [ ! -e fails ] || exit 1
    [ ! -e waits ] || { touch "$LOG.waits"; exec sleep 100; }
    cp summary.json bazel-bin/report/ ;;
esac
"""


def _summary(size):
    return {
        "format": 1,
        "tflm": "",
        "groups": {"sizes": {"unit": "B", "better": "less", "figures": {"int8": size}}},
    }


def _git(checkout, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    return subprocess.run(
        ["git", "-C", str(checkout), *identity, *arguments],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


def _commit(checkout, **files):
    for name, text in files.items():
        (checkout / name).write_text(text)
    _git(checkout, "add", "--all")
    _git(checkout, "commit", "--quiet", "--message=a")
    return _git(checkout, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    (folder / "report").mkdir(parents=True)
    _git(tmp_path, "init", "--quiet", "checkout")
    _commit(folder, README="")
    _git(folder, "tag", "old")
    (folder / "report" / "build_report.bzl").write_text("")
    (folder / "bazelw").write_text(BAZELW)
    (folder / "bazelw").chmod(0o755)
    (folder / ".gitignore").write_text("user.bazelrc\n")
    _commit(folder, **{"summary.json": json.dumps(_summary(200))})
    _git(folder, "tag", "base")
    _commit(folder, fails="")
    _git(folder, "tag", "broken")
    (folder / "fails").unlink()
    _commit(folder, waits="")
    _git(folder, "tag", "endless")
    (folder / "user.bazelrc").write_text("build --disk_cache=somewhere\n")
    (tmp_path / "now.json").write_text(json.dumps(_summary(210)))
    return folder


def _command(checkout, *arguments):
    folder = checkout.parent
    environment = {
        **os.environ,
        "BUILD_WORKSPACE_DIRECTORY": str(checkout),
        "LOG": str(folder / "log"),
        "MNIST_MICRO_CACHE": str(folder / "cache"),
        "TMPDIR": str(folder),
        # A repository around this one is none of ours.
        "GIT_CEILING_DIRECTORIES": str(folder),
    }
    program = pathlib.Path(os.environ["COMPARE"]).resolve()
    return [program, f"--current={folder / 'now.json'}", *arguments], environment


def _run(checkout, *arguments):
    command, environment = _command(checkout, *arguments)
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def _nothing_is_left(checkout):
    trees = _git(checkout, "worktree", "list").splitlines()
    folders = list(checkout.parent.glob("mnist_micro_base_*"))
    return len(trees) == 1 and not folders


def test_compares_with_the_base_and_cleans_up(checkout):
    run = _run(checkout, "--base=base", "--bazel_option=--//train:seed=7")
    assert run.returncode == 0
    name = f"base ({_git(checkout, 'rev-parse', 'base')[:12]})"
    assert run.stdout == (
        f"Against {name}: 1 of 1 figures differ, 0 better and 1 worse.\n"
        "\n"
        "sizes (B)  base  now  difference\n"
        "  int8      200  210         +10  +5.00 %  worse\n"
    )
    # Progress is not in the way of the table.
    assert "progress of build" in run.stderr and "progress" not in run.stdout
    log = (checkout.parent / "log").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in log] == [
        "build --//train:seed=7 //report:summary",
        "shutdown",
    ]
    # One output base for all comparisons of a checkout, in the cache.
    assert log[0].split()[1].startswith(f"--output_base={checkout.parent / 'cache' / 'compare'}/")
    settings = (checkout.parent / "log.settings").read_text()
    assert settings == "build --disk_cache=somewhere\n"
    assert _nothing_is_left(checkout)


def test_other_formats_and_the_exit_code_of_regressions(checkout):
    run = _run(checkout, "--base=base", "--json", "--fail_on_regression=5")
    assert (run.returncode, json.loads(run.stdout)["figures"][0]["difference"]) == (0, 10)
    run = _run(checkout, "--base=base", "--markdown", "--fail_on_regression=4")
    assert run.returncode == 1 and "| int8 | 200 | 210 |" in run.stdout
    assert run.stderr.splitlines()[-1] == "compare: worse by more than 4 %: sizes/int8"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--base=nothing"], "--base=nothing: is no commit of"),
        (["--base=--help"], "--base=--help: is no commit of"),
        (["--base=base:summary.json"], "is no commit of"),
        (["--base=old"], "has no //report:summary: take a later one as base"),
        (["--base=base", "--current=no.json"], "no.json: cannot be read"),
        (["--base=base", "--json", "--markdown"], "(--help lists the flags)"),
        (["--base=base", "--fail_on_regression=-1"], "(--help lists the flags)"),
        ([], "--base: missing"),
    ],
)
def test_bad_usage_is_one_line(checkout, arguments, message):
    run = _run(checkout, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1 and message in run.stderr
    assert not (checkout.parent / "log").exists()
    assert _nothing_is_left(checkout)


def test_a_base_that_does_not_build_is_named(checkout):
    run = _run(checkout, "--base=broken")
    assert (run.returncode, run.stdout) == (2, "")
    assert "failed with exit code 1: see above" in run.stderr.splitlines()[-1]
    assert _nothing_is_left(checkout)


def test_a_folder_without_git_is_named(checkout, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    command, environment = _command(checkout, "--base=base")
    environment["BUILD_WORKSPACE_DIRECTORY"] = str(folder)
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 2 and "plain: is not a git checkout" in run.stderr


@pytest.mark.parametrize("number", base_build.ENDING)
def test_an_interruption_leaves_nothing(checkout, number):
    command, environment = _command(checkout, "--base=endless")
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (checkout.parent / "log.waits").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _nothing_is_left(checkout)
    process.send_signal(number)
    assert process.wait(60) != 0
    assert _nothing_is_left(checkout)


def test_a_work_tree_whose_folder_is_away_is_kept(checkout, tmp_path):
    away = tmp_path / "away"
    _git(checkout, "worktree", "add", "--quiet", "--detach", str(away))
    away.rename(tmp_path / "other_disk")
    assert _run(checkout, "--base=base").returncode == 0
    (tmp_path / "other_disk").rename(away)
    assert _git(away, "rev-parse", "HEAD") == _git(checkout, "rev-parse", "HEAD")
    assert not list(tmp_path.glob("mnist_micro_base_*"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        # Of the files that are named git makes an index of its own.
        ("pre-commit", ["commit", "--quiet", "--message=b", "--only", "README"]),
        ("pre-push", ["push", "--quiet", "../other", "HEAD:refs/heads/main"]),
    ],
)
def test_works_in_a_hook_and_leaves_the_index(checkout, monkeypatch, name, arguments):
    _git(checkout.parent, "init", "--quiet", "--bare", "other")
    (checkout / "README").write_text("changed\n")
    (checkout / "staged").write_text("\n")
    _git(checkout, "add", "staged")
    command, environment = _command(checkout, "--base=base")
    hook = checkout / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    # As git does it in a linked work tree, and with --work-tree.
    hook.write_text(
        "#!/bin/sh\n"
        f'export GIT_DIR="{checkout}/.git" GIT_WORK_TREE="{checkout}"\n'
        ': "${GIT_INDEX_FILE:=$GIT_DIR/index}"\nexport GIT_INDEX_FILE\n'
        f'before=$(cksum <"$GIT_INDEX_FILE")\n{" ".join(map(str, command))} >"$LOG.table" || exit\n'
        '[ "$before" = "$(cksum <"$GIT_INDEX_FILE")" ]\n'
    )
    hook.chmod(0o755)
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    _git(checkout, *arguments)
    assert "1 of 1 figures differ" in (checkout.parent / "log.table").read_text()
    # The base's build finds the base, not what is being committed.
    assert "/worktrees/base" in (checkout.parent / "log.repository").read_text()
    assert _git(checkout, "diff", "--cached", "--name-only") == "staged"
    assert _nothing_is_left(checkout)


def test_half_of_a_work_tree_is_removed(checkout, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with base_build.work_tree(checkout, _git(checkout, "rev-parse", "base")) as tree:
        (tree / ".git").unlink()
    assert _nothing_is_left(checkout)


def test_each_checkout_has_its_own_output_base(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_MICRO_CACHE", str(tmp_path))
    one, other = (base_build.output_base(tmp_path / name) for name in "ab")
    assert one != other and one.parent == other.parent == tmp_path / "compare"
