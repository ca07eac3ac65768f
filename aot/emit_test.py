# SPDX-License-Identifier: Apache-2.0
"""Emission: names of tensors that C has other meanings for; what the C is for its users."""

import os
import pathlib
import re
import subprocess

import numpy as np
import pytest
from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from aot import compiler
from aot.kernels.registry import MAX_ULP
from aot.testing import compiled_program, one_operator
from aot.testing.one_operator import tensor
from tflite.model import Model


@pytest.mark.parametrize(
    "name",
    """expf memcpy softmax_float clamp float model Ä/* NULL gamma y0 linux typeof int8_t size_t sinf
    math_errhandling model_init model_invoke model_input_0 memory main""".split(),  # noqa: SIM905
)
def test_a_tensor_may_have_any_name(name: str, tmp_path: pathlib.Path):
    # As a constant and as a value; with the names that gcc knows without a flag for a standard.
    made = one_operator.model(
        "ADD",
        [
            tensor((2, 3), "float32", name=name),
            tensor((2, 3), "float32", name=name, data=np.arange(6)),
        ],
        [tensor((2, 3), "float32", name=name)],
        {},
    )
    one_operator.check(made, tmp_path)
    compiled = compiler.compile_model(made, name="model")
    (source,) = compiled_program.write_sources({"model": compiled}, tmp_path)
    command = [os.environ.get("CC", "gcc"), "-std=gnu11", *compiled_program.WARNINGS]
    subprocess.run([*command, "-fsyntax-only", str(source)], check=True)


def test_a_tensor_may_have_no_name(tmp_path: pathlib.Path):
    made = one_operator.model("NEG", [tensor((2,), "float32", name="")], [tensor((2,), "float32")])
    one_operator.check(made, tmp_path)


@pytest.mark.parametrize("name", ["softmax_float", "expf", "in"])
def test_an_output_may_have_the_name_of_its_function(name: str, tmp_path: pathlib.Path):
    made = one_operator.model(
        "SOFTMAX",
        [tensor((2, 3), "float32", name="x")],
        [tensor((2, 3), "float32", name=name)],
        {"Beta": 1.0},
    )
    one_operator.check(made, tmp_path, max_ulp=MAX_ULP)


_WEIGHTS = np.arange(-60, 60).reshape(8, 15).astype(np.int8)


def _dense() -> Model:
    return one_operator.model(
        "FULLY_CONNECTED",
        [tensor((1, 15), scale=0.1), tensor((8, 15), scale=0.02, data=_WEIGHTS)],
        [tensor((1, 8), scale=0.5)],
    )


def _sections(section: str, folder: pathlib.Path, *flags: str) -> dict[str, tuple[bytes, int]]:
    """Compiles a model; finds contents and flags of the object's sections."""
    compiled = compiler.compile_model(_dense(), name="model", section=section)
    (source,) = compiled_program.write_sources({"model": compiled}, folder)
    command = [os.environ.get("CC", "gcc"), "-std=c11", *compiled_program.WARNINGS, *flags]
    subprocess.run([*command, "-c", str(source), "-o", str(folder / "model.o")], check=True)
    with open(folder / "model.o", "rb") as file:
        return {s.name: (s.data(), s["sh_flags"]) for s in ELFFile(file).iter_sections()}


def _has_weights(data: bytes) -> bool:
    # In which order they are is the kernel's business.
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(data, np.int8), _WEIGHTS.size)
    return bool((np.sort(windows, axis=1) == np.sort(_WEIGHTS.ravel())).all(axis=1).any())


def _with_weights(sections: dict[str, tuple[bytes, int]]) -> list[str]:
    return [
        name
        for name, (data, _) in sections.items()
        if len(data) >= _WEIGHTS.size and _has_weights(data)
    ]


def test_weights_are_where_constants_are(tmp_path: pathlib.Path):
    sections = _sections("", tmp_path)
    assert _with_weights(sections) == [".rodata"]


def test_weights_are_in_the_section_that_is_asked_for(tmp_path: pathlib.Path):
    sections = _sections(".external_flash", tmp_path)
    assert _with_weights(sections) == [".external_flash"]
    flags = sections[".external_flash"][1]
    assert flags & SH_FLAGS.SHF_ALLOC
    assert not flags & (SH_FLAGS.SHF_WRITE | SH_FLAGS.SHF_EXECINSTR)


def test_the_section_can_be_another_one_when_the_c_is_compiled(tmp_path: pathlib.Path):
    assert _with_weights(_sections(".external_flash", tmp_path, "-DMODEL_WEIGHTS=")) == [".rodata"]


def _state() -> Model:
    """Makes a model with variables."""
    return one_operator.model(
        "SVDF",
        [
            tensor((1, 3), "float32"),
            tensor((2, 3), "float32", data=np.ones((2, 3))),
            tensor((2, 4), "float32", data=np.ones((2, 4))),
            tensor((2,), "float32", data=np.zeros(2)),
            tensor((1, 8), "float32", variable=True),
        ],
        [tensor((1, 2), "float32")],
        {"Rank": 1},
    )


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("language", ["c", "c++"])
def test_headers_of_several_models_go_together(language: str, trace: bool, tmp_path: pathlib.Path):
    models = {"first": _dense(), "second": _dense(), "third": _state()}
    for name, made in models.items():
        compiled = compiler.compile_model(made, name=name, trace=trace)
        compiled_program.write_sources({name: compiled}, tmp_path)
    user = tmp_path / "user"
    user.write_text(
        "".join(f'#include "{name}.h"\n' for name in (*models, *models))
        + "void use(struct first_state *a, struct second_state *b, struct third_state *c);\n"
        "void use(struct first_state *a, struct second_state *b, struct third_state *c) {\n"
        "  first_invoke(a);\n  second_invoke(b);\n  third_reset(c);\n"
        "  first_input_0(a)[FIRST_INPUT_0_SIZE - 1] = second_output_0(b)[0];\n}\n"
    )
    standard = {"c": "-std=c11", "c++": "-std=c++11"}[language]
    command = [os.environ.get("CC", "gcc"), "-x", language, standard, *compiled_program.WARNINGS]
    subprocess.run([*command, "-fsyntax-only", str(user)], cwd=tmp_path, check=True)


def test_the_header_says_how_large_everything_is():
    made = one_operator.model(
        "ADD",
        [
            tensor((2, 3), "int16", scale=0.5),
            tensor((3,), "int16", scale=0.25),
        ],
        [tensor((2, 3), "int16", scale=1.5)],
    )
    compiled = compiler.compile_model(made, name="m")
    defined = dict(re.findall(r"^#define M_(\w+) (\S+)$", compiled.sources.header, re.MULTILINE))
    # The output lies on the first input; the second one takes 8 bytes.
    assert int(defined["MEMORY_SIZE"]) == compiled.plan.size == 12 + 8
    sizes = {name: int(defined[name]) for name in defined if re.fullmatch(r"\w+PUT_\d_SIZE", name)}
    assert sizes == {"INPUT_0_SIZE": 6, "INPUT_1_SIZE": 3, "OUTPUT_0_SIZE": 6}
    scales = [float(defined[f"{name}_SCALE"][:-1]) for name in ("INPUT_1", "OUTPUT_0")]
    assert scales == [0.25, 1.5]


def test_a_model_has_room_for_its_variables():
    made = one_operator.model(
        "SVDF",
        [
            tensor((1, 2), "float32"),
            tensor((3, 2), "float32", data=np.ones(6)),
            tensor((3, 2), "float32", data=np.ones(6)),
            tensor((3,), "float32", data=np.ones(3)),
            tensor((1, 6), "float32", variable=True),
        ],
        [tensor((1, 3), "float32")],
        {"Rank": 1},
    )
    assert "uint64_t variables_words[3];" in compiler.compile_model(made, name="m").sources.header
