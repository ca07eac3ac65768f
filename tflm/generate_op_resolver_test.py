# SPDX-License-Identifier: Apache-2.0
"""The commands around the op resolver as a user meets them; see tests/commands_cli_test.sh too."""

import os
import pathlib
import re
import subprocess

import pytest

from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

GENERATE = pathlib.Path(os.environ["GENERATE"]).resolve()
DESCRIBE = pathlib.Path(os.environ["DESCRIBE"]).resolve()
TFLM = pathlib.Path(os.environ["TFLM"]).resolve()
TFLM_HEADER = pathlib.Path(os.environ["TFLM_HEADER"]).resolve()
NAMES = ("--name=m", "--namespace=app", "--output=m.h")


def run(folder, *arguments):
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


def layer(operator, dtype="int8", weights="int8"):
    options = {"CONV_2D": "Conv2DOptions", "ADD": "AddOptions"}.get(operator, "")
    values = {"StrideW": 1, "StrideH": 1} if operator == "CONV_2D" else {}
    return build_graphs(
        GraphSpec(
            [
                TensorSpec((1, 4, 4, 1), dtype, scales=(0.5,), zero_points=(0,)),
                TensorSpec((1, 4, 4, 1), weights, data=bytes(64), scales=(0.5,), zero_points=(0,)),
                TensorSpec((1, 4, 4, 1), dtype, scales=(0.5,), zero_points=(0,)),
            ],
            [NodeSpec(operator, (0, 1), (2,), options_type=options, options=values)],
            outputs=(2,),
        )
    )


def test_one_resolver_serves_several_models(tmp_path):
    (tmp_path / "a.tflite").write_bytes(layer("CONV_2D"))
    (tmp_path / "b.tflite").write_bytes(layer("ADD"))
    models = ("--model=a.tflite", "--model=b.tflite", "--model=a.tflite")
    result = run(tmp_path, GENERATE, *models, "--tflm", TFLM, *NAMES)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    header = (tmp_path / "m.h").read_text()
    assert "// Generated from a.tflite, b.tflite, a.tflite, do not edit.\n" in header
    assert "MicroMutableOpResolver<2>" in header
    # Today's TFLM has kernels for int8 alone.
    for method in ("AddConv2D", "AddAdd"):
        assert (
            len(re.findall(rf"resolver\.{method}\((::tflite::Register_\w+_INT8\(\))?\)", header))
            == 1
        )


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (
            layer("Mine"),
            r"b.tflite: the linked TFLM \(.+\) has no custom operator Mine version 1(, and neither"
            r" has today's)?: write the model without it",
        ),
        (
            layer("CONV_2D", "float32"),
            r"b.tflite: operator 0 of subgraph 0 \(CONV_2D\) has int8 weights but float32"
            r" activations .*, or leave out converter.optimizations \(linked is TFLM .+\)",
        ),
        (b"", "b.tflite: is empty, not a TensorFlow Lite model"),
    ],
)
def test_refuses_each_model_by_its_name(tmp_path, second, message):
    (tmp_path / "a.tflite").write_bytes(layer("CONV_2D"))
    (tmp_path / "b.tflite").write_bytes(second)
    models = ("--model=a.tflite", "--model=b.tflite")
    result = run(tmp_path, GENERATE, *models, "--tflm", TFLM, *NAMES)
    assert result.returncode == 2
    assert re.fullmatch(f"generate_op_resolver: {message}\n", result.stderr)
    assert not (tmp_path / "m.h").exists()


@pytest.mark.parametrize(
    ("tflm", "message"),
    [
        ((), "--tflm: missing (--help lists the flags)"),
        (("--tflm", "no.json"), "no.json: cannot be read: No such file or directory"),
        (("--tflm", "a.tflite"), "a.tflite: is not a description of a TFLM: //tflm:tflm.json is"),
    ],
)
def test_refuses_other_tflms(tmp_path, tflm, message):
    (tmp_path / "a.tflite").write_bytes(layer("CONV_2D"))
    result = run(tmp_path, GENERATE, "--model=a.tflite", *tflm, *NAMES)
    assert result.returncode == 2
    assert result.stderr == f"generate_op_resolver: {message}\n"
    assert not (tmp_path / "m.h").exists()


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (None, "list: cannot be read: No such file or directory"),
        ("", "list: lists no sources"),
        ("no.cc", "no.cc: cannot be read: No such file or directory"),
    ],
)
def test_refuses_to_describe_what_is_not_there(tmp_path, listed, message):
    if listed is not None:
        (tmp_path / "list").write_text(listed)
    flags = ("--header", TFLM_HEADER, "--sources=list", "--output=tflm.json")
    result = run(tmp_path, DESCRIBE, *flags)
    assert result.returncode == 2
    assert result.stderr == f"describe_tflm: {message}\n"
    assert not (tmp_path / "tflm.json").exists()
