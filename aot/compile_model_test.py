# SPDX-License-Identifier: Apache-2.0
"""The command: what it prints and writes, and its exit codes."""

import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from aot import compile_model, compiler
from aot.testing import one_operator
from aot.testing.image_networks import image_network
from aot.testing.one_operator import PADDING, tensor
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs


def _run(*arguments: str, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, compile_model.__file__, *arguments]
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path)), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, check=False
    )


@pytest.fixture
def model(tmp_path: pathlib.Path) -> pathlib.Path:
    random = np.random.default_rng(0)
    made = one_operator.model(
        "CONV_2D",
        [
            tensor((1, 6, 6, 1), scale=0.1, zero_point=3, name="image"),
            tensor((4, 3, 3, 1), scale=0.02, data=random.integers(-127, 128, (4, 3, 3, 1))),
        ],
        [tensor((1, 6, 6, 4), scale=0.3, name="features")],
        {"Padding": PADDING.SAME, "StrideH": 1, "StrideW": 1},
    )
    path = tmp_path / "My Model.tflite"
    path.write_bytes(made.content)
    return path


def test_it_writes_header_and_source(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--output_dir=out", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"my_model.c", "my_model.h"}
    header = (tmp_path / "out" / "my_model.h").read_text()
    assert "#define MY_MODEL_INPUT_0_SIZE 36\n" in header
    assert "void my_model_invoke(struct my_model_state *model);\n" in header
    # The same again.
    again = _run(str(model), "--output_dir=again", folder=tmp_path)
    assert again.returncode == 0
    for name in ("my_model.c", "my_model.h"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_c_and_cpp_take_them(model: pathlib.Path, tmp_path: pathlib.Path):
    assert _run(str(model), "--output_dir=.", "--name=m", folder=tmp_path).returncode == 0
    (tmp_path / "use.cc").write_text(
        '#include "m.h"\nint main() { static m_state s; static unsigned char memory[M_MEMORY_SIZE];'
        " m_init(&s, memory); m_invoke(&s); return m_output_0(&s)[0] == -1; }\n"
    )
    for command in (
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-c", "m.c"],
        ["g++", "-std=c++17", "-Wall", "-Wextra", "-pedantic", "-Werror", "use.cc", "m.o"],
        ["./a.out"],
    ):
        subprocess.run(command, cwd=tmp_path, check=True)


def test_the_class_has_another_guard(model: pathlib.Path, tmp_path: pathlib.Path):
    # In the repository's root the class's header is named by the model alone.
    arguments = ["--name=m", "--header=m_c.h", "--source=m_c.c", "--class_header=m.h"]
    assert _run(str(model), *arguments, folder=tmp_path).returncode == 0
    first, second = (
        re.findall(r"^#ifndef (\w+)$", (tmp_path / name).read_text(), re.MULTILINE)[0]
        for name in ("m.h", "m_c.h")
    )
    assert first != second


def test_explain(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--output_dir=out", "--explain", folder=tmp_path)
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert lines[0].startswith("operator 0 (CONV_2D): 144 bytes at ")
    assert "no overflow of 32 bits; fast functions; " in lines[0]
    assert lines[-1].startswith("working memory: ")


def test_explain_needs_no_output(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--explain", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {model.name}
    assert run.stdout == _run(str(model), "--output_dir=out", "--explain", folder=tmp_path).stdout


@pytest.mark.parametrize("flag", ["explanation", "arena", "report"])
def test_one_output_is_enough(model: pathlib.Path, tmp_path: pathlib.Path, flag: str):
    run = _run(str(model), f"--{flag}=made.txt", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert {path.name for path in tmp_path.iterdir()} == {model.name, "made.txt"}
    assert (tmp_path / "made.txt").stat().st_size


def test_optimize(tmp_path: pathlib.Path):
    path = tmp_path / "image.tflite"
    path.write_bytes(image_network((1, 1, 32), (3, 2, 4)).content)
    found = {}
    for optimize in ("speed", "size", "ram"):
        flags = ("--output_dir=out", "--explain", f"--optimize={optimize}")
        run = _run(str(path), *flags, folder=tmp_path)
        assert run.returncode == 0
        found[optimize] = "(CHAIN)" in run.stdout
    assert found == {"speed": True, "size": False, "ram": True}
    shown = _run(str(path), "--stop_after=run_by_rows", "--optimize=size", folder=tmp_path)
    assert " = CONV_2D(" in shown.stdout and "CHAIN" not in shown.stdout
    drawn = _run(str(path), "--stop_after=run_by_rows", "--svg=graph.svg", folder=tmp_path)
    assert drawn.returncode == 0
    assert "runs CONV_2D, CONV_2D" in (tmp_path / "graph.svg").read_text()


def test_a_stage(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--stop_after=import", folder=tmp_path)
    assert run.returncode == 0
    assert run.stdout.startswith("inputs image:int8[1x6x6x1]\nfeatures:int8[1x6x6x4] = CONV_2D(")
    assert [path.name for path in tmp_path.iterdir()] == [model.name]


def _padded_model() -> bytes:
    """PAD, which a pass puts into the convolution after it."""
    padded, weights = tensor((1, 6, 6, 1), scale=0.1), np.ones((2, 3, 3, 1))
    graph = GraphSpec(
        [
            tensor((1, 4, 4, 1), scale=0.1),
            tensor((4, 2), "int32", data=np.array([[0, 0], [1, 1], [1, 1], [0, 0]])),
            padded,
            tensor((2, 3, 3, 1), scale=0.02, data=weights),
            tensor((1, 4, 4, 2), scale=0.3),
        ],
        [
            NodeSpec("PAD", [0, 1], [2], options_type="PadOptions"),
            NodeSpec(
                "CONV_2D",
                [2, 3],
                [4],
                options={"Padding": PADDING.VALID, "StrideH": 1, "StrideW": 1},
                options_type="Conv2DOptions",
            ),
        ],
        [0],
        [4],
    )
    return build_graphs(graph)


def test_a_pass_is_left_out(tmp_path: pathlib.Path):
    (tmp_path / "m.tflite").write_bytes(_padded_model())
    last = compiler.STAGES[-1]
    for disabled, has_pad in (([], False), (["--disable_pass=fold_padding"], True)):
        repeated = ["--disable_pass=merge_tables", *disabled]
        shown = _run("m.tflite", f"--stop_after={last}", *repeated, folder=tmp_path)
        assert (" = PAD(" in shown.stdout) == has_pad
        explained = _run("m.tflite", "--output_dir=out", "--explain", *repeated, folder=tmp_path)
        assert ("(PAD): " in explained.stdout) == has_pad
        arguments = (f"--stop_after={last}", "--svg=graph.svg", *repeated)
        assert _run("m.tflite", *arguments, folder=tmp_path).returncode == 0
        assert (">PAD" in (tmp_path / "graph.svg").read_text()) == has_pad


def test_help_lists_the_passes(tmp_path: pathlib.Path):
    # Lines are broken anywhere.
    shown = "".join(_run("--help", folder=tmp_path).stdout.split())
    assert all(name in shown for name in compiler.STAGES[1:])
    assert "--disable_pass" in shown


def test_a_drawing_of_a_stage(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--stop_after=import", "--svg=graph.svg", folder=tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    svg = (tmp_path / "graph.svg").read_text()
    ElementTree.fromstring(svg)
    assert "<title>My Model.tflite after import</title>" in svg and ">features</text>" in svg
    assert {path.name for path in tmp_path.iterdir()} == {model.name, "graph.svg"}


def test_reports(model: pathlib.Path, tmp_path: pathlib.Path):
    run = _run(str(model), "--report=-", folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("My Model.tflite on cortex_m4f, compiled for armv7em\n")
    assert "0 CONV_2D" in run.stdout
    assert {path.name for path in tmp_path.iterdir()} == {model.name}
    for kind in ("txt", "json", "svg"):
        assert _run(str(model), f"--report=costs.{kind}", folder=tmp_path).returncode == 0
    assert (tmp_path / "costs.txt").read_text() == run.stdout
    assert json.loads((tmp_path / "costs.json").read_text())["core"] == "cortex_m4f"
    ElementTree.fromstring((tmp_path / "costs.svg").read_text())


def test_the_core_chooses_the_target(model: pathlib.Path, tmp_path: pathlib.Path):
    for arguments, target in (
        (["--core=cortex_m4f"], "armv7em"),
        (["--target=portable"], "portable"),
        (["--output_dir=out"], "portable"),
        (["--output_dir=out", "--core=cortex_m4f"], "armv7em"),
    ):
        run = _run(str(model), "--report=-", *arguments, folder=tmp_path)
        assert f"on cortex_m4f, compiled for {target}\n" in run.stdout
    assert "conv_2d_dsp(" in (tmp_path / "out" / "my_model.c").read_text()


def test_a_function_after_each_layer(model: pathlib.Path, tmp_path: pathlib.Path):
    assert _run(str(model), "--output_dir=.", "--name=m", "--profile", folder=tmp_path)
    (tmp_path / "use.c").write_text(
        '#include <stdio.h>\n#include "m.h"\n'
        "static void on(void *context, int32_t layer, const char *kind) {"
        ' printf("%s %d %s\\n", (const char *)context, (int)layer, kind); }\n'
        "int main(void) { static struct m_state s; static unsigned char memory[M_MEMORY_SIZE];"
        ' m_init(&s, memory); m_invoke(&s); s.profile = on; s.profile_context = (void *)"layer";'
        " m_invoke(&s); return 0; }\n"
    )
    flags = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-discarded-qualifiers"]
    subprocess.run(["gcc", *flags, "use.c", "m.c", "-o", "use"], cwd=tmp_path, check=True)
    found = subprocess.run(["./use"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout == "layer 0 CONV_2D\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["My Model.tflite", "--svg=graph.svg"],
            "--svg needs --stop_after, the stage whose graph it draws",
        ),
        ([], "needs a .tflite file: ./bazelw run //aot -- MODEL --output_dir=FOLDER"),
        (["no.tflite", "--output_dir=."], "no.tflite: cannot be read: No such file or directory"),
        (
            ["My Model.tflite"],
            "needs --output_dir, or --header and --source, or one of --report, --explain,"
            " --explanation, --arena",
        ),
        (
            ["My Model.tflite", "--output_dir=.", "--name=My"],
            "name 'My': must be lower-case letters, digits and underscores",
        ),
        (["empty.tflite", "--output_dir=."], "empty.tflite: is empty, not a TensorFlow Lite model"),
        (
            ["My Model.tflite", "--output_dir=.", "--explanation=my_model.c"],
            "cannot write my_model.c: it is the same file as my_model.c: name another one",
        ),
        (
            ["My Model.tflite", "--output_dir=.", "--class_header=./my_model.h"],
            "cannot write my_model.h: it is the same file as my_model.h: name another one",
        ),
        (
            ["My Model.tflite", "--output_dir=.", '--section=a"b'],
            "--section='a\"b': a section's name has letters, digits and . _ $ / -",
        ),
        (
            ["My Model.tflite", "--output_dir=.", '--header_path=a"b.h'],
            "the header's path 'a\"b.h' can't stand in an #include: leave out quotes, backslashes"
            " and ends of lines",
        ),
        (
            ["My Model.tflite", "--stop_after=import", "--output_dir=."],
            "--stop_after prints the graph and writes no C: leave out --output_dir",
        ),
        (["My Model.tflite", "--output_dir=.", "--core=cortex_m4f"], "--core needs --report"),
        (["My Model.tflite", "--output_dir=.", "--measured=m.json"], "--measured needs --report"),
        (
            ["My Model.tflite", "--report=costs.pdf"],
            "--report=costs.pdf: its name must end with .txt, .json, .svg, or be - to print it",
        ),
        (
            ["My Model.tflite", "--report=costs.txt", "--measured=empty.tflite"],
            "--measured=empty.tflite can't be read: it is not JSON",
        ),
        (
            ["My Model.tflite", "--report=costs.txt", "--measured=no.json"],
            "--measured=no.json can't be read: No such file or directory",
        ),
        (
            ["My Model.tflite", "--stop_after=import", "--report=-"],
            "--stop_after prints the graph and writes no C: leave out --report",
        ),
        (
            ["My Model.tflite", "--output_dir=.", "--class_name=My"],
            "--class_name needs --class_header",
        ),
    ],
)
@pytest.mark.usefixtures("model")
def test_bad_input(arguments: list[str], message: str, tmp_path: pathlib.Path):
    (tmp_path / "empty.tflite").touch()
    before = set(tmp_path.iterdir())
    run = _run(*arguments, folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"compile_model: {message}\n"
    assert set(tmp_path.iterdir()) == before


def test_each_reason_has_a_line(tmp_path: pathlib.Path):
    made = one_operator.model(
        "SOFTMAX",
        [tensor((1, 4), scale=0.1)],
        [tensor((1, 4), scale=0.5)],
        {"Beta": 1e-9},
    )
    (tmp_path / "bad.tflite").write_bytes(made.content)
    run = _run("bad.tflite", "--output_dir=out", folder=tmp_path)
    assert run.returncode == 2
    lines = run.stderr.splitlines()
    assert len(lines) >= 1
    assert all(
        line.startswith("compile_model: bad.tflite: operator 0 (SOFTMAX) has ") for line in lines
    )
    assert not (tmp_path / "out").exists()
