# SPDX-License-Identifier: Apache-2.0
"""The main() of the program that tries arenas, and the header of what it finds."""

import json
import os
import pathlib
import subprocess

from tflm import arena_header, trial_program

TESTDATA = pathlib.Path(__file__).parent / "testdata"
GENERATE = os.environ["GENERATE"]
VERDICT = {
    "runs": True,
    "stage": "runs",
    "end": "finished",
    "code": 0,
    "operator": "",
    "log": "",
    "arena_used_bytes": 2224,
    "planned_bytes": 976,
    "tflm_source": "s",
    "tflm_commit": "c",
    "integer_inputs": 1,
}


def test_main_is_the_golden_one():
    text = trial_program.render(
        label="//a:b_arena",
        array="app::deep::kRings",
        array_include="a/rings_data.h",
        resolver="Rings",
        resolver_include="a/rings_op_resolver.h",
        resolver_namespace="app",
        inputs=[bytes(range(14)), b"\xff", b""],
        integer_inputs=0,
        largest=4096,
    )
    assert text == (TESTDATA / "trial_main.cc.golden").read_text()


def test_header_is_the_golden_one():
    report = {
        "target": "x86-64",
        "pointer_bits": 64,
        "tflm_source": "a crate",
        "tflm_commit": "abc",
        "arena_size": 2704,
        "non_persistent_bytes": 976,
        "persistent_bytes": 1248,
    }
    text = arena_header.render(
        report, label="//a:b_arena", symbol="rings", namespace="app", header_path="a/b_arena.h"
    )
    assert text == (TESTDATA / "arena.h.golden").read_text()


def test_the_largest_arena_is_certainly_enough():
    assert trial_program.largest_arena(2224) == (2224 + 1112 + 65536) // 16 * 16
    assert trial_program.largest_arena(2224, limit=4100) == 4096


def generate(folder: pathlib.Path, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "verdict.json").write_text(json.dumps(VERDICT))
    names = ["label=//a:b", "array=m", "array_include=m.h", "array_namespace=app", "resolver=m"]
    names += ["resolver_include=r.h", "resolver_namespace=app", f"verdict={folder}/verdict.json"]
    arguments = [f"--{name}" for name in [*names, f"output={folder}/out/main.cc"]]
    return subprocess.run(
        [GENERATE, *arguments, *more], capture_output=True, text=True, check=False
    )


def test_the_command_takes_the_verdict(tmp_path):
    result = generate(tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    text = (tmp_path / "out" / "main.cc").read_text()
    assert "constexpr std::size_t kLargest = 68864;" in text
    assert "                    1, nullptr, 0, memory, kLargest}" in text


def test_bad_inputs_are_one_line(tmp_path):
    missing = tmp_path / "none.bin"
    result = generate(tmp_path, f"--input={missing}")
    expected = f"generate_trial_program: {missing}: cannot be read: No such file or directory\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", expected)
    result = generate(tmp_path, "--largest=2000000000")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "--largest" in result.stderr
    assert not (tmp_path / "out").exists()
