# SPDX-License-Identifier: Apache-2.0
"""Tests of the judge as a program: it has an answer for any file, and does no harm."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import time

import pytest

from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs, build_model
from tflm import verdict

JUDGE = pathlib.Path(os.environ["JUDGE"]).resolve()


def run(*arguments, **options):
    return subprocess.run(
        [JUDGE, *arguments], capture_output=True, text=True, check=False, timeout=120, **options
    )


def judge(folder, content, *arguments):
    path = folder / "m.tflite"
    path.write_bytes(content)
    result = run(f"--model={path}", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return verdict.from_json(result.stdout, "stdout")


def dense(weights, size=(1, 4), units=2):
    tensors = [
        TensorSpec(size, "float32"),
        weights,
        TensorSpec((size[0], units), "float32"),
    ]
    node = NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,), options_type="FullyConnectedOptions")
    return build_graphs(GraphSpec(tensors, [node], outputs=(2,)))


SOUND = dense(TensorSpec((2, 4), "float32", data=bytes(32)))


def test_a_sound_model_runs(tmp_path):
    answer = judge(tmp_path, SOUND)
    assert (answer.runs, answer.stage, answer.end) == (True, "runs", "finished")
    assert answer.log == ()
    # Input and output, 16 bytes each.
    assert answer.planned_bytes == 32 < answer.arena_used_bytes
    assert len(answer.tflm) > 10


def test_weights_need_not_be_constant(tmp_path):
    tensors = [TensorSpec((1, 4), "float32"), TensorSpec((2, 4), "float32")]
    node = NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,), options_type="FullyConnectedOptions")
    graph = GraphSpec(
        [*tensors, TensorSpec((1, 2), "float32")], [node], inputs=(0, 1), outputs=(2,)
    )
    assert judge(tmp_path, build_graphs(graph)).runs


def test_passes_on_what_tflm_says(tmp_path):
    answer = judge(tmp_path, build_model([("MyOp", 1)]))
    assert (answer.runs, answer.stage, answer.end) == (False, "allocate", "refused")
    assert "Failed to get registration from op code CUSTOM" in answer.log


@pytest.mark.parametrize(
    "content",
    [
        # The data ends long before the shape does.
        dense(TensorSpec((2, 4_000_000), "float32", data=bytes(32)), (1, 4_000_000)),
        # Nothing writes the weights.
        dense(TensorSpec((2, 4), "float32")),
        b"This is text, and no flatbuffer at all.",
        SOUND[: len(SOUND) // 2],
        b"\xff" * 1000,
        bytes(1000),
    ],
    ids=["short data", "unwritten", "text", "truncated", "ones", "zeros"],
)
def test_a_crash_is_an_answer(tmp_path, content):
    answer = judge(tmp_path, content)
    assert not answer.runs
    # The last: what nothing wrote is something else each time.
    assert answer.end in ("killed", "refused", "finished")
    assert "\n" not in verdict.reason(answer, parse_model(SOUND, "m"))


@pytest.mark.parametrize("content", [b"", b"TFL"])
def test_files_that_are_too_short_are_refused(tmp_path, content):
    assert judge(tmp_path, content).log == ("The model is too short",)


def slow():
    # 64 thousand million multiplications: half a minute at least.
    size = (4_000, 4_000)
    tensors = [TensorSpec(size, "float32")] * 3
    node = NodeSpec("FULLY_CONNECTED", (0, 1, -1), (2,), options_type="FullyConnectedOptions")
    return build_graphs(GraphSpec(tensors, [node], inputs=(0, 1), outputs=(2,)))


def test_a_model_that_takes_too_long_is_stopped(tmp_path):
    start = time.monotonic()
    answer = judge(tmp_path, slow(), "--seconds=4")
    assert (answer.runs, answer.end) == (False, "timed out")
    assert answer.operator == "FULLY_CONNECTED"
    assert time.monotonic() - start < 60


def test_what_the_machine_lacks_is_no_answer(tmp_path):
    (tmp_path / "m.tflite").write_bytes(SOUND)
    few = 100 << 20
    result = run(
        f"--model={tmp_path}/m.tflite",
        f"--output={tmp_path}/v.json",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (few, few)),
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"judge: {tmp_path}/m.tflite: this machine has too little memory to try it\n"
    )
    assert not (tmp_path / "v.json").exists()


def test_a_trial_that_is_killed_is_no_answer(tmp_path):
    (tmp_path / "m.tflite").write_bytes(slow())
    process = subprocess.Popen(
        [JUDGE, f"--model={tmp_path}/m.tflite"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        # As the kernel does when there is no memory.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                os.kill(int(child), signal.SIGKILL)
        time.sleep(0.1)
    stdout, stderr = process.communicate()
    assert (process.returncode, stdout) == (1, b"")
    assert stderr.endswith(
        b"it was killed while it was tried: is there too little memory, or a limit on time?\n"
    )


def test_a_caller_that_waits_for_nobody(tmp_path):
    (tmp_path / "m.tflite").write_bytes(SOUND)
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # noqa: E731
    result = run(f"--model={tmp_path}/m.tflite", preexec_fn=ignore)
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["runs"]


def integers(operator, **options):
    tensors = [TensorSpec((1, 4), "int32")] * 3
    node = NodeSpec(operator, (0, 1), (2,), **options)
    return build_graphs(GraphSpec(tensors, [node], inputs=(0, 1), outputs=(2,)))


def test_a_divisor_is_not_zero(tmp_path):
    answer = judge(tmp_path, integers("DIV", options_type="DivOptions"))
    if "registration" in " ".join(answer.log):
        pytest.skip("the linked TFLM has no such operator")
    assert (answer.runs, answer.integer_inputs) == (True, 1)


def test_indices_are_zeros(tmp_path):
    answer = judge(tmp_path, integers("MAXIMUM"))
    assert (answer.runs, answer.integer_inputs) == (True, 0)


def test_a_model_that_needs_more_than_there_is_gets_an_answer(tmp_path):
    size = (20_000, 20_000)
    tensors = [TensorSpec(size, "float32")] * 2
    huge = build_graphs(GraphSpec(tensors, [NodeSpec("ABS", (0,), (1,))], outputs=(1,)))
    answer = judge(tmp_path, huge)
    assert (answer.runs, answer.end) == (False, "refused")
    assert answer.log != ()


@pytest.mark.parametrize("callee", [0, 1, 7, -1])
def test_subgraphs_that_run_in_circles_get_an_answer(tmp_path, callee):
    node = NodeSpec(
        "CALL_ONCE",
        (),
        (),
        options_type="CallOnceOptions",
        options={"InitSubgraphIndex": callee},
    )
    copy = NodeSpec("ABS", (0,), (1,))
    tensors = [TensorSpec((4,), "float32")] * 2
    graph = GraphSpec(tensors, [node, copy], outputs=(1,))
    answer = judge(tmp_path, build_graphs(graph, graph))
    # None of them has a subgraph to end with: not even that with index 1, which runs itself.
    assert not answer.runs


def test_writes_the_answer_into_a_file(tmp_path):
    (tmp_path / "m.tflite").write_bytes(SOUND)
    result = run(f"--model={tmp_path}/m.tflite", f"--output={tmp_path}/v.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert json.loads((tmp_path / "v.json").read_text())["runs"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs --model=FILE (--help lists the flags)"),
        (["--model"], "--model wants a value (--help lists the flags)"),
        (["--model=m", "x"], "unknown argument x (--help lists the flags)"),
        (["--model=m", "--seconds=0"], "--seconds=0: must be a whole number from 1 to 3600"),
        (["--model=m", "--seconds=1s"], "--seconds=1s: must be a whole number from 1 to 3600"),
        (["--model=no.tflite"], "no.tflite: cannot be read: No such file or directory"),
        (["--model=."], ".: cannot be read: Is a directory"),
    ],
)
def test_refuses_bad_usage_in_one_line(tmp_path, arguments, message):
    result = run(*arguments, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("judge: ")
    assert result.stderr.endswith(message + "\n")
    assert result.stderr.count("\n") == 1


def test_helps():
    result = run("--help")
    assert result.returncode == 0
    assert "usage: judge --model=FILE" in result.stdout
