# SPDX-License-Identifier: Apache-2.0
"""The command as a user meets it: stdout, stderr, exit codes and files."""

import json
import os
import pathlib
import re
import subprocess
import time
import xml.etree.ElementTree

import pytest

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs, build_model

INSPECT = pathlib.Path(os.environ["INSPECT"]).resolve()
MODELS = [
    pathlib.Path(path).resolve()
    for path in os.environ["MODELS"].split()
    if path.endswith(".tflite")
]
SMALL = next(path for path in MODELS if path.name == "small_cnn_int8.tflite")


@pytest.fixture
def run(tmp_path):
    def run_in_folder(*arguments, **options):
        return subprocess.run(
            [INSPECT, *arguments],
            # As `bazel run` does it: not where the user stands.
            cwd=INSPECT.parent,
            env=os.environ | {"BUILD_WORKING_DIRECTORY": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run_in_folder


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_inspects_real_models(run, tmp_path, path):
    text = run(path, "--svg", "plan.svg", "--html", "page.html")
    assert (text.returncode, text.stderr) == (0, "")
    assert text.stdout.startswith(f"{path.name}: {path.stat().st_size:,} bytes")
    svg = (tmp_path / "plan.svg").read_text()
    xml.etree.ElementTree.fromstring(svg)
    page = (tmp_path / "page.html").read_text()
    xml.etree.ElementTree.fromstring(page.removeprefix("<!doctype html>\n"))
    assert path.name in page and len(page) < 2_000_000
    # The same every time, with the flags before the file too.
    told = run("--json", "--svg=again.svg", "--html=again.html", path)
    assert told.returncode == 0
    assert (tmp_path / "again.svg").read_text() == svg
    assert (tmp_path / "again.html").read_text() == page
    report = json.loads(told.stdout)
    assert report["runs_on_the_linked_tflm"] is True
    assert report["totals"]["multiply_accumulates"] > 0
    assert f"activations: {report['memory_plan']['peak_bytes']:,} bytes" in text.stdout


def test_tells_the_known_figures_of_a_small_network(run):
    report = json.loads(run(SMALL, "--json").stdout)
    assert report["bytes"] == SMALL.stat().st_size
    assert report["totals"]["multiply_accumulates"] == 4_100
    assert report["memory_plan"]["peak_bytes"] == 544
    assert [layer["operator"] for layer in report["subgraphs"][0]["layers"]] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    # The output's quantization, which is that of every softmax.
    tensor = report["subgraphs"][0]["tensors"][report["subgraphs"][0]["outputs"][0]]
    assert tensor["quantization"] == {"scale": 0.00390625, "zero_point": -128}


def test_a_model_of_250_kb_takes_well_under_two_seconds(run):
    largest = max(MODELS, key=lambda path: path.stat().st_size)
    start = time.monotonic()
    assert run(largest, "--svg=plan.svg").returncode == 0
    # 0.9 s on an idle machine.
    assert time.monotonic() - start < 20


def test_inspects_what_the_linked_tflm_cannot_run(run, tmp_path):
    (tmp_path / "m.tflite").write_bytes(build_model([("MyOp", 1)]))
    result = run("m.tflite")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"\nThe linked TFLM \(.+\) can't run it:\n", result.stdout)
    assert "  the linked TFLM has no custom operator MyOp version 1" in result.stdout


SOUND = build_graphs(GraphSpec([TensorSpec((1,))], [NodeSpec("ABS", (0,), (0,))]))
STRING = build_graphs(GraphSpec([TensorSpec((1,), "string")], [NodeSpec("X", (0,), (0,))]))


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (None, ["m.tflite"], "{}/m.tflite: cannot be read: No such file or directory"),
        (b"", ["m.tflite"], "{}/m.tflite: is empty, not a TensorFlow Lite model"),
        (bytes(99), ["m.tflite"], "{}/m.tflite: is not a TensorFlow Lite model: no identifier"),
        (SOUND[:200], ["m.tflite"], "{}/m.tflite: is truncated or damaged: "),
        (SOUND, ["m.tflite", "--svg"], "Missing value for flag --svg"),
        (SOUND, ["m.tflite", "--svg="], "flag --svg=: needs a path"),
        (SOUND, [], "needs a .tflite file: ./bazelw run //tools/inspect -- MODEL"),
        (SOUND, ["m.tflite", "b.tflite"], "unexpected argument 'b.tflite'"),
        (SOUND, ["m.tflite", "--nonsense"], "Unknown command line flag 'nonsense'"),
        (SOUND, ["m.tflite", "--svg=."], "cannot write {}: it is a folder"),
        (SOUND, ["m.tflite", "--html=."], "cannot write {}: it is a folder"),
        (SOUND, ["m.tflite", "--svg=/proc/no/plan.svg"], "cannot write /proc/no/plan.svg"),
        (
            SOUND,
            ["m.tflite", "--tflm=m.tflite"],
            "{}/m.tflite: is not a description of a TFLM",
        ),
        (
            STRING,
            ["m.tflite", "--svg=plan.svg"],
            "{}/m.tflite: has no memory plan to draw: there is none: tensor 0 is string, of no",
        ),
    ],
)
def test_refuses_in_one_line_and_writes_nothing(run, tmp_path, content, arguments, message):
    if content is not None:
        (tmp_path / "m.tflite").write_bytes(content)
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("inspect_model: " + message.format(tmp_path))
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == (
        ["m.tflite"] if content is not None else []
    )


@pytest.mark.parametrize("arguments", [["m.tflite", "--svg", "m.tflite"], ["--svg=x/../m.tflite"]])
def test_keeps_the_model_that_an_output_would_replace(run, tmp_path, arguments):
    (tmp_path / "x").mkdir()
    (tmp_path / "m.tflite").write_bytes(SOUND)
    result = run(*arguments, *([] if arguments[0] == "m.tflite" else ["m.tflite"]))
    assert result.returncode == 2
    assert "(--svg): it is the same file as --model, which is read: name another" in result.stderr
    assert (result.stdout, result.stderr.count("\n")) == ("", 1)
    assert (tmp_path / "m.tflite").read_bytes() == SOUND


def test_says_when_stdout_is_full():
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [INSPECT, SMALL], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 2
    assert result.stderr == "inspect_model: cannot write to stdout: No space left on device\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_prints_in_any_encoding(tmp_path, encoding):
    named = tmp_path / os.fsdecode(b"\xff \xe2\x80\xa6.tflite")
    named.write_bytes(SOUND)
    result = subprocess.run(
        [INSPECT, named],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    ellipsis = "\u2026".encode(encoding, "backslashreplace")
    assert result.stdout.startswith(b"\\udcff " + ellipsis + b".tflite: ")


def test_the_file_s_name_is_no_command_for_the_terminal(tmp_path, run):
    named = tmp_path / "\x1b[31m\nred.tflite"
    named.write_bytes(SOUND)
    assert run(named).stdout.startswith("\\x1b[31m\\nred.tflite: ")


def test_help_lists_the_flags(run):
    result = run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert "--svg" in result.stdout
    assert "./bazelw run //tools/inspect -- model.tflite --json" in result.stdout
