# SPDX-License-Identifier: Apache-2.0
"""Hostile models: refused in one line and in time, or made into sound C++ and sound reports."""

import json
import os
import pathlib
import random
import re
import struct
import time
import xml.etree.ElementTree

import pytest

from aot import compiler, importer
from codegen import c_array
from inspector import html_report, inspection, json_report, plan_svg, text_report
from tflite.model import ModelError
from tflite.reader import parse_model
from tflite.testing.model_builder import build_model
from tflm import capabilities, compatibility, op_resolver
from tflm.verdict import RUNS, Verdict

# Far more than any input takes, far less than a hang.
MAX_SECONDS_EACH = 2.0
MAX_SECONDS = float(os.environ.get("FUZZ_SECONDS", "6"))
WORDS = (0, 1, 2, 4, 127, 128, 255, 256, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE)
REFUSED = Verdict(False, "allocate", "refused", log=("it says so",))
LINKED = capabilities.read_json(pathlib.Path(os.environ["TFLM"]))
SEEDS = {
    "tiny": build_model([(3, 1), (9, 1), ("MyOp", 1)]),
    "subgraphs": build_model([(3, 1), (9, 1)], subgraphs=2),
    "old": build_model([(25, 2)], deprecated_field_only=True),
    "real": pathlib.Path(os.environ["MODEL"]).read_bytes(),
} | {
    pathlib.Path(path).stem: pathlib.Path(path).read_bytes() for path in os.environ["SEEDS"].split()
}


def structure(content: bytes) -> list[int]:
    """Finds the words that look like offsets or counts: what steers the reader."""
    words = struct.unpack_from(f"<{len(content) // 4}I", content)
    return [4 * i for i, word in enumerate(words) if 0 < word < len(content) or word >= 0xFFFF0000]


def mutate(content: bytes, places: list[int], generator: random.Random) -> bytes:
    """Damages a model in one to four places, mostly in its structure."""
    damaged = bytearray(content)
    for _ in range(generator.randint(1, 4)):
        at = (
            generator.choice(places)
            if generator.random() < 0.8
            else generator.randrange(len(damaged))
        )
        at = min(at + generator.randrange(8), len(damaged) - 1)
        kind = generator.randrange(6)
        if kind == 0:
            damaged[at] ^= 1 << generator.randrange(8)
        elif kind == 1:
            damaged[at] = generator.randrange(256)
        elif kind == 2 and at + 4 <= len(damaged):
            struct.pack_into("<I", damaged, at & ~3, generator.choice(WORDS))
        elif kind == 3 and at + 4 <= len(damaged):
            struct.pack_into("<I", damaged, at & ~3, generator.randrange(len(damaged)))
        elif kind == 4:
            other = generator.choice(places)
            damaged[at : at + 4] = damaged[other : other + 4]
        elif generator.random() < 0.2:
            del damaged[max(1, generator.randrange(len(damaged))) :]
        places = [place for place in places if place < len(damaged)] or [0]
    return bytes(damaged)


def generate(content: bytes) -> str | None:
    """Runs both generators. Returns why they refuse the model, or None."""
    try:
        model = parse_model(content, "fuzz.tflite")
        # With contents inside that the file has outside of its tables.
        content = model.content
        selected = compatibility.select_for_models([model], LINKED, [RUNS])
    except (ModelError, compatibility.UnsupportedModelError) as error:
        return str(error)
    names = {
        "source_name": "fuzz.tflite",
        "name": "fuzz",
        "namespace": "fuzz",
        "header_path": "f.h",
    }
    resolver = op_resolver.render(selected, **names, resource_variables=0)
    assert f"MicroMutableOpResolver<{max(len(selected), 1)}>" in resolver
    assert f"Size = {len(content)};" in c_array.render_header(content, **names)
    source = c_array.render_source(content, **names)
    array = bytes(int(byte, 16) for byte in re.findall(r"0x([0-9a-f]{2}),", source))
    assert array == content
    return None


def compile_to_c(content: bytes) -> str | None:
    """Compiles a model to C. Returns the first reason why it is refused, or None."""
    try:
        compiled = compiler.compile_model(parse_model(content, "fuzz.tflite"), name="fuzz")
    except importer.CompileError as error:
        # One line for each reason.
        assert all(line.startswith("fuzz.tflite: ") and line.isprintable() for line in error.lines)
        return error.lines[0]
    except ModelError as error:
        return str(error)
    assert "void fuzz_invoke(struct fuzz_state *model)" in compiled.sources.source
    assert compiler.explain(compiled)
    return None


def inspect(content: bytes) -> str | None:
    """Makes all reports of a model. Returns why it is refused, or None."""
    try:
        model = parse_model(content, "fuzz.tflite")
    except ModelError as error:
        return str(error)
    found = inspection.inspect_model(model, LINKED, REFUSED, "fuzz.tflite")
    for line in text_report.to_text(found).split("\n"):
        assert line.isprintable()
    json.dumps(json_report.to_json(found), allow_nan=False)
    if found.plan:
        xml.etree.ElementTree.fromstring(plan_svg.draw(found.plan, "fuzz.tflite"))
    page = html_report.to_html(found, html_report.ask_engines(found, LINKED))
    xml.etree.ElementTree.fromstring(page.removeprefix("<!doctype html>\n"))
    return None


@pytest.mark.parametrize("name", SEEDS)
def test_seeds_are_read(name):
    # The linked TFLM may lack its operators: all the same the model is sound, and gets a report.
    assert parse_model(SEEDS[name], "fuzz.tflite").subgraphs
    assert inspect(SEEDS[name]) is None


@pytest.mark.parametrize("use", [generate, inspect, compile_to_c])
@pytest.mark.parametrize("name", SEEDS)
def test_mutations_are_refused_or_used(name, use):
    generator = random.Random(1)
    places = structure(SEEDS[name])
    end = time.monotonic() + MAX_SECONDS / len(SEEDS) / 3
    count = refused = 0
    slowest = 0.0
    # On a busy machine few: each array of the real model is written and read back.
    while count < 20 or time.monotonic() < end:
        content = mutate(SEEDS[name], places, generator)
        # Of this process, for the machine may be busy.
        start = time.process_time()
        fault = use(content)
        seconds = time.process_time() - start
        slowest = max(slowest, seconds)
        assert seconds < MAX_SECONDS_EACH, f"mutation {count} of {name} took {seconds:.1f} s"
        if fault is not None:
            refused += 1
            assert fault.startswith("fuzz.tflite: ")
            assert "\n" not in fault
            assert fault.isprintable()
        count += 1
    print(f"{name}: {count} mutations, {refused} refused, slowest {slowest * 1e3:.0f} ms")
    assert refused > 0
