# SPDX-License-Identifier: Apache-2.0
"""Tests of figures, their comparison and its table."""

import json
import pathlib

import pytest

from benchmarks import comparison, figures, text_table
from benchmarks.figures import Figure, Figures
from tools.command import CommandError


def report(label="mnist_qemu_mps2_an386_compiled", kernels="compiled", instructions=160_000):
    """A report's members that are used."""
    return {
        "label": f"//tests/firmware_figures:{label}",
        "model": "mnist_model_quantized.tflite",
        "environment": "qemu_mps2_an386",
        "core": "cortex_m4f",
        "kernels": kernels,
        "flash": {"bytes": 27_000, "by_owner": {"model": 22_000, "kernels": 2_000}},
        "ram": {"bytes": 2_900, "arena": 2_136},
        "instructions": {"inference": instructions},
    }


def figure(engine, instructions, *, model="mnist", core="cortex_m4f", variant="", flash=30_000):
    return Figure(model, core, engine, variant, instructions, flash, 22_000, 2_000, 3_000)


def test_takes_the_figures_of_a_report():
    found = figures.from_report(report())
    assert found == Figure(
        "mnist", "cortex_m4f", "compiled", "", 160_000, 27_000, 22_000, 2_136, 2_900
    )
    assert found.code == 5_000


@pytest.mark.parametrize("variant", ["", "portable", "without_fuse_pooling"])
def test_a_variant_is_in_the_label(variant):
    label = "_".join(filter(None, ("mnist_qemu_mps2_an386_compiled", variant)))
    assert figures.from_report(report(label)).variant == variant


def test_names_a_file_that_is_not_a_report(tmp_path):
    (tmp_path / "a.txt").write_text("not read")
    (tmp_path / "b.json").write_text(json.dumps(report()))
    assert len(figures.read([tmp_path / "a.txt", tmp_path / "b.json"])) == 1
    for text in ("{}", "no JSON"):
        (tmp_path / "c.json").write_text(text)
        with pytest.raises(CommandError, match="c.json: not a firmware_report"):
            figures.read([tmp_path / "c.json"])
    with pytest.raises(CommandError, match="d.json"):
        figures.read([pathlib.Path("d.json")])


def test_ratios_are_to_the_same_model_on_the_same_core():
    measured = Figures(
        [
            figure("reference", 1_000),
            figure("cmsis_nn", 400),
            figure("compiled", 100),
            figure("compiled", 7, variant="portable"),
            figure("reference", 5_000, core="cortex_m55"),
            figure("reference", 9_000, model="ic"),
        ]
    )
    rows = comparison.compare(measured, ["cortex_m4f"])
    assert len(rows) == len(figures.MODELS) * len(figures.ENGINES)
    mnist = {row.engine: row for row in rows if row.model == "mnist"}
    assert (mnist["compiled"].to_tflm, mnist["compiled"].to_cmsis_nn) == (0.1, 0.25)
    assert (mnist["reference"].to_tflm, mnist["reference"].to_cmsis_nn) == (1.0, 2.5)


def test_what_was_not_measured_has_no_figure_and_no_ratio():
    rows = comparison.compare(Figures([figure("compiled", 100)]), ["cortex_m4f", "cortex_m7"])
    (compiled,) = [row for row in rows if row.figure]
    assert compiled.to_tflm is None and compiled.to_cmsis_nn is None
    assert compiled.as_json()["instructions"] == 100
    assert compiled.as_json()["instructions_to_tflm"] is None
    assert {row.as_json()["flash_bytes"] for row in rows} == {30_000, None}
    lines = comparison.missing(rows)
    assert [line.partition(":")[0] for line in lines] == ["M4F", "M7"]
    assert "MNIST" not in lines[0] and "MNIST" in lines[1] and "AD (autoencoder)" in lines[0]


def test_the_table_leaves_out_what_has_no_figures_at_all():
    measured = Figures([figure("reference", 1_234_567), figure("compiled", 123_457)])
    lines = comparison.table(comparison.compare(measured, ["cortex_m4f"])).splitlines()
    assert len(lines) == 1 + len(figures.ENGINES)
    assert "1,234,567" in lines[1] and "1.000" in lines[1]
    assert "0.100" in lines[3] and text_table.NOTHING in lines[3].split()


def test_columns_are_aligned():
    assert text_table.layout(("a", ">bb"), [("x", "1"), ("long", "22222")]) == (
        "a        bb\n"
        "x         1\n"
        "long  22222\n"
    )  # fmt: skip


def test_a_ratio_needs_both():
    assert figures.ratio(1, 4) == 0.25
    assert figures.ratio(None, 4) is figures.ratio(1, None) is figures.ratio(1, 0) is None
    assert figures.ratio(0, 4) == 0
