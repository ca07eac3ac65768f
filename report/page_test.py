# SPDX-License-Identifier: Apache-2.0
"""Tests of the sections and the page, on figures that nobody measured."""

import base64
import io
import json
import pathlib
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from pages import page as parts
from report import page, pictures, small_chain, summary
from report.sections import (
    accuracy,
    comparison,
    confusion,
    instructions,
    layer_noise,
    memory,
    mistakes,
    sizes,
    training,
)


@pytest.fixture(scope="module")
def made():
    return small_chain.make()


def _tree(html):
    return ElementTree.fromstring(f"<div>{html}</div>")


def _rows(html, caption):
    """The cells of a table's body by its caption."""
    for table in _tree(html).iter("table"):
        if "".join(table.find("caption").itertext()).startswith(caption):
            return [
                ["".join(cell.itertext()) for cell in row] for row in table.find("tbody").iter("tr")
            ]
    raise AssertionError(f"no table {caption}")


def test_the_page_is_well_formed_and_the_same_for_the_same_figures(made):
    text = page.render(made)
    assert text == page.render(made)
    tree = ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))
    assert [one.attrib["id"] for one in tree.iter("section")] == [m.ID for m in page.SECTIONS]
    # What comes from a file can't become markup.
    assert "a &lt;fast&gt; CPU &amp; more" in text and "<fast>" not in text


def _rules(css):
    """Each declaration with each of its selectors."""
    return {
        (selector.strip(), declaration.strip())
        for selectors, body in re.findall(r"([^{}@]+)\{([^{}]*)\}", css)
        for selector in selectors.split(",")
        for declaration in body.split(";")
        if declaration.strip()
    }


def test_the_style_repeats_nothing_that_all_pages_have():
    own = pathlib.Path(page.__file__).with_name("style.css").read_text()
    assert own in page.style()
    common = _rules(parts.style_sheet(""))
    assert ("th", "text-align: left") in common
    assert _rules(own) & common == set()


def test_accuracy_counts_answers_and_differences(made):
    rows = _rows(accuracy.section(made), "Accuracy on 60 test images")
    assert rows[0] == ["Keras", "59", "98.33%", "1", "1", "1"]
    assert rows[2] == ["TensorFlow Lite, int8", "58", "96.67%", "2", "–", "–"]
    assert rows[4] == ["Compiled C", "58", "96.67%", "2", "0", "0"]
    assert "The last three give the same ten scores" in accuracy.section(made)
    scores = dict(made.scores)
    scores["tflm"] = scores["tflm"].copy()
    scores["tflm"][0, 0] = 0.5
    other = accuracy.section(small_chain.make(scores=scores))
    assert "do not give the same scores" in other
    assert _rows(other, "Accuracy")[3][4:] == ["0", "1"]


def test_noise_is_shown_of_each_layer(made):
    html = layer_noise.section(made)
    rows = _rows(html, "Each layer")
    conv = ["0 CONV_2D", "38.0", "39.5", "41.0", "49.0", "1.25%", "3 of 8", "18 (+2 −1)", "16"]
    softmax = ["2 SOFTMAX", "38.0", "exact", "41.0", "–", "1.25%", "–", "18 (+2 −1)", "16"]
    assert rows == [conv, softmax]
    assert "0 CONV_2D adds most noise: 40.5 dB behind the operators that limit its output." in html
    assert "18 right, the int8 model 17 (with 95 % confidence 70.00% to 95.00%)" in html


def test_confusion_counts_each_pair(made):
    counts = confusion.matrix(made)
    assert counts.sum() == small_chain.IMAGES and counts.trace() == small_chain.IMAGES - 2
    assert counts[3, 4] == 1 and counts[7, 8] == 1
    rows = _rows(confusion.section(made), "Rows: the digit")
    assert rows[3] == ["3", "0", "0", "0", "5", "1", "0", "0", "0", "0", "0", "83.33%"]


def test_every_mistake_of_any_engine_is_shown(made):
    assert mistakes.wrong(made) == list(small_chain.WRONG)
    html = mistakes.section(made)
    items = ["".join(one.itertext()) for one in _tree(html).iter("li")]
    assert items == ["#33, taken for 44: 75.0%3: 0.4%", "#177, taken for 88: 75.0%7: 0.4%Keras: 7"]
    assert (
        _rows(html, "Scores of compiled C")[0]
        == ["#3", "3", "4"] + ["0.4%"] * 4 + ["75.0%"] + ["0.4%"] * 5
    )


def test_pictures_are_the_images(made):
    url = mistakes.picture(made.images[3])
    data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
    with Image.open(io.BytesIO(data)) as picture:
        shown = 255 - np.asarray(picture.convert("L")).astype(int)
    # 16 levels of grey.
    assert np.abs(shown - made.images[3]).max() <= 17


def test_sizes_follow_the_chain(made):
    found = {size.key: size.bytes for size in sizes.sizes(made)}
    assert list(found) == [
        "keras",
        "weights",
        "float32",
        "int8",
        "array",
        "compiled_constants",
        "program_reference",
        "program_cmsis_nn",
        "program_compiled",
    ]
    assert found["program_cmsis_nn"] == 8_000 and found["compiled_constants"] == 1_900
    assert _rows(sizes.section(made), "Bytes along")[3] == [
        "int8 .tflite",
        "converted and quantized",
        "2,100",
        "0.23",
    ]


def test_memory_plans_are_those_of_both_engines(made):
    tflm, compiled = memory.plan_of_tflm(made), memory.plan_of_compiler(made)
    assert [(b.name, b.offset, b.first, b.last) for b in tflm.boxes] == [
        ("input", 512, 0, 1),
        ("conv", 0, 1, 2),
    ]
    # Values that only name the same memory are one box.
    assert [(b.name, b.offset, b.first, b.last) for b in compiled.boxes] == [
        ("image", 648, 0, 0),
        ("conv", 0, 0, 2),
        ("scratch memory", 1_332, 2, 2),
    ]
    assert (tflm.bytes, compiled.bytes) == (1_296, 1_432)


def test_instructions_add_up(made):
    for report in made.mnist_reports():
        parts = instructions.by_operator(report)
        if report["kernels"] != "compiled":
            assert sum(parts.values()) == report["instructions"]["inference"]
    # What is fused into an operator comes after it.
    assert instructions.operators(made) == [
        "CONV_2D",
        "CONV_2D_MAX_POOL_2D",
        "MAX_POOL_2D",
        "SOFTMAX",
        instructions.REST,
    ]
    rows = _rows(instructions.section(made), "Instructions of an inference")
    assert rows[2][:5] == ["M4F", "compiled C", "16,000", "–", "12,000"]


def test_comparisons_are_ratios(made):
    assert comparison.shares(made) == {("mnist", "cortex_m4f"): 0.2}
    rows = _rows(comparison.section(made), "Microseconds")
    assert rows == [["MNIST", "10.00", "–", "2.50", "0.25"]]


def test_without_firmware_the_page_says_why():
    made = small_chain.make(firmware=[], missing=["No compiler <here>."])
    text = page.render(made)
    tree = ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))
    assert len(list(tree.iter("section"))) == len(page.SECTIONS)
    for module in (instructions, sizes, comparison):
        assert "not measured.</strong> No compiler &lt;here&gt;." in module.section(made)
    assert "None" not in re.sub(r"<style>.*</style>|<script>.*</script>", "", text, flags=re.S)


def test_nothing_need_be_held_out():
    history = small_chain.make().history | {"held_out": None, "held_out_by_epoch": [None] * 3}
    assert "No images were held out" in training.section(small_chain.make(history=history))


def test_the_summary_has_each_figure_once_and_is_json(made):
    found = summary.of(made)
    assert json.loads(json.dumps(found)) == found
    groups = found["groups"]
    assert groups["accuracy"]["figures"]["keras"] == 59
    assert groups["accuracy"]["better"] == "more"
    assert groups["instructions"]["figures"]["mnist_model/cortex_m4f/cmsis_nn"] == 80_000
    assert groups["memory"]["figures"]["compiled_working_memory"] == 1_432
    assert groups["agreement"]["figures"] == {"tflm": 60, "compiled": 60}
    assert groups["operators"]["figures"]["cortex_m55/compiled/CONV_2D_MAX_POOL_2D"] == 6_000


@pytest.mark.parametrize("theme", pictures.PALETTES)
def test_pictures_are_small_and_of_their_theme(made, theme):
    data = pictures.make(made, theme)
    assert len(data) < 200_000
    with Image.open(io.BytesIO(data)) as picture:
        brightness = picture.convert("L").getpixel((0, 0))
    assert (brightness > 200) == (theme == "light")
