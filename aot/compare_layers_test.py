# SPDX-License-Identifier: Apache-2.0
"""The command: what it prints, its exit codes, and inputs of the user's own."""

import pathlib
import re
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from aot import compare_layers
from aot.testing import one_operator, traced_program
from aot.testing.one_operator import tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs


def _run(
    *arguments: str, folder: pathlib.Path, stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, compare_layers.__file__, *arguments]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, input=stdin, capture_output=True, cwd=folder, env=environment, check=False
    )


def _saved(model: Model, log: str, folder: pathlib.Path) -> Sequence[str]:
    (folder / "model.tflite").write_bytes(model.content)
    (folder / "uart.txt").write_bytes(log.replace("\n", "\r\n").encode())
    return ("--model=model.tflite", "--log=uart.txt")


@pytest.fixture(name="traced", scope="module")
def _traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, str]:
    """The small network, and what two runs of its program print."""
    model = parse_model(small_cnn.build_int8(small_cnn.draw_weights()), "model.tflite")
    return model, traced_program.log(model, tmp_path_factory.mktemp("traced"), runs=2)


@pytest.fixture(name="small")
def _small(traced: tuple[Model, str], tmp_path: pathlib.Path) -> Sequence[str]:
    return _saved(*traced, tmp_path)


def test_agreement(small: Sequence[str], tmp_path: pathlib.Path):
    run = _run(*small, folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"all 4 layers agree in 2 runs\n", b"")


def test_a_difference(small: Sequence[str], tmp_path: pathlib.Path):
    log = tmp_path / "uart.txt"
    text, count = re.subn(
        r"(run 1, line 4 of 5, .* crc32) \w+", r"\1 0badc0de", log.read_text(encoding="utf-8")
    )
    assert count == 1
    log.write_text(text, encoding="utf-8")
    run = _run(*small, folder=tmp_path)
    assert (run.returncode, run.stderr) == (1, b"")
    assert re.fullmatch(
        r"run 1: operator 3 \(FULLY_CONNECTED\) is the first layer that differs: tensor \d+"
        r' "logits", int8\[1,5\], has crc32 0badc0de in the log and crc32 [0-9a-f]{8} in the'
        r" specification; the inputs and 2 layers before it agree\n",
        run.stdout.decode(),
    )


def test_a_serial_port_that_goes_on(small: Sequence[str], tmp_path: pathlib.Path):
    command = [sys.executable, compare_layers.__file__, small[0], "--log=-", "--runs=2"]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=environment
    ) as process:
        assert process.stdin and process.stdout
        # Nobody closes it.
        process.stdin.write((tmp_path / "uart.txt").read_bytes())
        process.stdin.flush()
        assert process.stdout.read() == b"all 4 layers agree in 2 runs\n"
        assert process.wait() == 0


def test_inputs_of_the_user(tmp_path: pathlib.Path):
    made = one_operator.model(
        "ADD",
        [tensor((1, 4), scale=0.5, name="a"), tensor((1, 4), scale=0.25, name="b")],
        [tensor((1, 4), scale=1.0)],
    )
    random = np.random.default_rng(0)
    first, second = random.integers(-128, 128, (2, 3, 1, 4)).astype(np.int8)
    log = traced_program.log(made, tmp_path, inputs=list(zip(first, second, strict=True)))
    arguments = _saved(made, log, tmp_path)
    np.save(tmp_path / "first.npy", first)
    second.tofile(tmp_path / "second.bin")
    agree = b"the one layer agrees in 3 runs\n"
    run = _run(*arguments, "--input=first.npy", "--input=second.bin", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, agree, b"")
    # A run a file.
    each = []
    for i in range(3):
        np.save(tmp_path / f"first{i}.npy", first[i])
        second[i].tofile(tmp_path / f"second{i}.raw")
        each += [f"--input=first{i}.npy", f"--input=second{i}.raw"]
    run = _run(*arguments, *each, folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, agree, b"")
    for more, message in [
        (each[:4], "uart.txt: has run 2, and --input has 2 runs: give more, or --runs=2"),
        (each[:3], "--input: 3 files, and model.tflite has 2 inputs: give a file for each in turn"),
        ([], "uart.txt: line 3: input 0 of run 0 has crc32 "),
        (
            ["--input=second.bin", "--input=first.npy"],
            "uart.txt: line 3: input 0 of run 0 has crc32 ",
        ),
        (
            ["--input=first0.npy", "--input=second.bin"],
            "first0.npy: has 1 runs, and the files for the other inputs have another number",
        ),
    ]:
        run = _run(*arguments, *more, folder=tmp_path)
        assert (run.returncode, run.stdout) == (2, b"")
        assert run.stderr.decode().startswith(f"compare_layers: {message}")
        assert run.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--log=uart.txt"], "--model: missing (--help lists the flags)"),
        (["--model=model.tflite"], "--log: missing (--help lists the flags)"),
        (
            ["--model=model.tflite", "--log=no.txt"],
            "no.txt: cannot be read: No such file or directory: give the file that has what the"
            " program printed by --log",
        ),
        (
            ["--model=model.tflite", "--log=model.tflite"],
            'model.tflite: has no line "trace: …": compile the model with --trace, and set'
            " print_line after init",
        ),
        (["--model=uart.txt", "--log=uart.txt"], "uart.txt: "),
        (
            ["--model=other.tflite", "--log=uart.txt"],
            "uart.txt: line 2 is of another model, traced, of ",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--runs=3"],
            "uart.txt: has 2 runs, not 3: give --runs accordingly",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--seed=5"],
            "uart.txt: line 3: input 0 of run 0 has crc32 ",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=wide.npy"],
            "wide.npy: has float64, and the input is int8: convert it as the program does",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=flat.npy"],
            "flat.npy: has the shape [144], and the input [1, 12, 12, 1]: give it so, or with the"
            " runs as a first dimension",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=uart.txt"],
            "uart.txt: has ",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=bad.npy"],
            "bad.npy: is not a .npy file: write it by numpy.save",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=empty.npy"],
            "empty.npy: is not a .npy file: write it by numpy.save",
        ),
        (
            ["--model=model.tflite", "--log=uart.txt", "--input=zip.npy"],
            "zip.npy: is not a .npy file: write it by numpy.save",
        ),
        (
            ["--model=model.tflite", "--log=/dev/zero"],
            "/dev/zero: line 1 has no end within 1048576 characters: give what the program printed",
        ),
        (
            ["--model=model.tflite", "--log="],
            "--log: needs a path, or - for stdin (--help lists the flags)",
        ),
        (["--model=model.tflite", "--log=."], ".: cannot be read: Is a directory: give the file"),
    ],
)
def test_bad_input(
    arguments: list[str], message: str, small: Sequence[str], tmp_path: pathlib.Path
):
    del small
    other = small_cnn.build_float32(small_cnn.draw_weights())
    (tmp_path / "other.tflite").write_bytes(other)
    (tmp_path / "bad.npy").write_bytes(b"text")
    (tmp_path / "empty.npy").write_bytes(b"")
    with open(tmp_path / "zip.npy", "wb") as file:
        np.savez(file, np.zeros((1, 12, 12, 1), np.int8))
    np.save(tmp_path / "wide.npy", np.zeros((1, 12, 12, 1)))
    np.save(tmp_path / "flat.npy", np.zeros(144, np.int8))
    run = _run(*arguments, folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith(f"compare_layers: {message}")
    assert run.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("redirection", "message"),
    [
        ("<&-", "stdin: is closed: give the log by a pipe, or --log=FILE"),
        ("0>only_written", "stdin: cannot be read: Bad file descriptor: give the file that has"),
    ],
)
def test_a_stdin_that_cannot_be_read(
    redirection: str, message: str, small: Sequence[str], tmp_path: pathlib.Path
):
    del small
    run = subprocess.run(
        f"exec {sys.executable} {compare_layers.__file__} --model=model.tflite --log=-"
        f" {redirection}",
        shell=True,
        capture_output=True,
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith(f"compare_layers: {message}")
    assert run.stderr.count(b"\n") == 1


def test_an_input_without_elements(tmp_path: pathlib.Path):
    x = tensor((1, 3), "float32")
    graph = GraphSpec(
        [tensor((0, 3), "float32"), x, x], [NodeSpec("NEG", [1], [2])], [0, 1], [2, 0]
    )
    made = parse_model(build_graphs(graph), "model.tflite")
    inputs = [np.zeros((0, 3), np.float32), np.ones((1, 3), np.float32)]
    arguments = _saved(made, traced_program.log(made, tmp_path, inputs=[inputs]), tmp_path)
    np.save(tmp_path / "empty.npy", inputs[0])
    (tmp_path / "empty.bin").write_bytes(b"")
    inputs[1].tofile(tmp_path / "ones.bin")
    for name in ("empty.npy", "empty.bin"):
        run = _run(*arguments, f"--input={name}", "--input=ones.bin", folder=tmp_path)
        assert (run.returncode, run.stdout) == (0, b"the one layer agrees in 1 run\n")
    run = _run(*arguments, "--input=ones.bin", "--input=ones.bin", folder=tmp_path)
    assert (run.returncode, run.stderr.decode()) == (
        2,
        "compare_layers: ones.bin: has 12 bytes, and the input takes 0: give as many, or a multiple"
        " for several runs\n",
    )


def test_layers_that_are_not_compared(tmp_path: pathlib.Path):
    x = tensor((1, 8), "float32")
    nodes = [
        NodeSpec("TANH", [0], [1]),
        NodeSpec(
            "CAST",
            [1],
            [2],
            options={"InDataType": 0, "OutDataType": 2},
            options_type="CastOptions",
        ),
    ]
    graph = GraphSpec([x, x, tensor((1, 8), "int32")], nodes, [0], [2])
    made = parse_model(build_graphs(graph), "model.tflite")
    log = traced_program.log(made, tmp_path, runs=2)
    log = re.sub(r"(line 3 of 3, .* crc32) \w+", r"\1 0badc0de", log)
    run = _run(*_saved(made, log, tmp_path), folder=tmp_path)
    # The first line may be of TANH's rounding.
    assert (run.returncode, run.stdout.decode().splitlines()[-1]) == (
        0,
        "1 of 2 layers agree in 2 runs; 1 was not compared: it depends on exp and similar functions"
        " of the C library: operator 1 (CAST)",
    )
