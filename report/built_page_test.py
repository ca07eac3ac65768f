# SPDX-License-Identifier: Apache-2.0
"""That the page of this build needs nothing else, can be read, and says what the build measured."""

import base64
import html.parser
import io
import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from report import page
from train import dataset

_MOST_BYTES = 2_000_000
_MOST_PICTURE_BYTES = 200_000
_ENGINES = ("KERAS", "FLOAT32", "INT8", "TFLM", "COMPILED")


def _path(variable: str) -> pathlib.Path:
    return pathlib.Path(os.environ[variable])


def _json(variable: str) -> dict:
    return json.loads(_path(variable).read_text())


@pytest.fixture(scope="module")
def text() -> str:
    return _path("PAGE").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree(text) -> ElementTree.Element:
    return ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))


@pytest.fixture(scope="module")
def test_set() -> dataset.Dataset:
    return dataset.read_dataset(_path("IMAGES"), _path("LABELS"))


@pytest.fixture(scope="module")
def answers() -> dict[str, np.ndarray]:
    return {engine: np.load(_path(engine)).argmax(axis=1) for engine in _ENGINES}


@pytest.fixture(scope="module")
def reports() -> list[dict]:
    """The reports of firmware_report beside the test, by their own form."""
    found = []
    for path in sorted(pathlib.Path("tests/firmware_figures").glob("*.json")):
        report = json.loads(path.read_text())
        if "kernels" in report:
            found.append(report)
    return found


def _table(tree: ElementTree.Element, caption: str) -> list[list[str]]:
    for table in tree.iter("table"):
        (found,) = table.iter("caption")
        if "".join(found.itertext()).startswith(caption):
            (body,) = table.iter("tbody")
            return [["".join(cell.itertext()) for cell in row] for row in body.iter("tr")]
    raise AssertionError(f"no table {caption!r}")


# --- the file -------------------------------------------------------------------------------------


def test_is_small(text):
    assert len(text.encode()) < _MOST_BYTES


def test_needs_nothing_from_outside(text, tree):
    assert not re.search(r"\bhttps?:|\b(ftp|file)://|//[a-z0-9.-]+\.[a-z]{2,}/|@import", text)
    for one in tree.iter():
        for name, value in one.attrib.items():
            if name in ("src", "srcset", "poster", "action"):
                assert value.startswith("data:image/png;base64,"), one.tag
            if name.endswith("href"):
                assert value.startswith("#"), one.tag
        assert one.tag not in ("link", "iframe", "object", "embed", "base"), one.tag
    assert all(found.startswith("#") for found in re.findall(r"url\(([^)]*)\)", text))
    assert not re.search(r"\b(fetch|XMLHttpRequest|import|WebSocket)\s*\(", text)


def test_says_nothing_of_the_machine_and_the_day(text):
    assert not re.search(r"/(home|root|tmp|usr|execroot)/|\b20\d\d-\d\d-\d\d\b", text)


class _Parser(html.parser.HTMLParser):
    """Checks what a browser reads: every element that is opened is closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_is_well_formed_for_browsers_too(text):
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    # XML may write any empty element so, HTML only those that can't contain anything.
    empty = set(re.findall(r"<([a-z0-9]+)[^<>]*/>", re.sub(r"<svg.*?</svg>", "", text, flags=re.S)))
    assert empty <= {"br", "img", "meta", "wbr"}


def test_ids_are_unique_and_links_lead_somewhere(tree):
    ids = [one.attrib["id"] for one in tree.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids))
    for one in tree.iter():
        wanted = one.attrib.get("aria-labelledby", "").split()
        wanted += [one.attrib["href"][1:]] if "href" in one.attrib else []
        wanted += re.findall(r"url\(#([^)]+)\)", " ".join(one.attrib.values()))
        assert set(wanted) <= set(ids), one.tag


def test_is_readable_with_a_screen_reader(tree):
    assert tree.attrib["lang"] == "en"
    assert [one.tag for one in tree.find("body") if one.tag in ("header", "main", "footer")] == [
        "header",
        "main",
        "footer",
    ]
    headings = [one.tag for one in tree.iter() if re.fullmatch("h[1-6]", str(one.tag))]
    assert headings == ["h1"] + ["h2"] * len(page.SECTIONS)
    assert all(one.attrib["alt"] for one in tree.iter("img"))
    for table in tree.iter("table"):
        assert "".join(table.find("caption").itertext())
        assert all("scope" in cell.attrib for cell in table.iter("th"))
    charts = list(tree.iter("svg"))
    assert len(charts) >= 7
    for chart in charts:
        assert [chart[0].tag, chart[1].tag, chart.attrib["role"]] == ["title", "desc", "img"]
    for figure in tree.iter("figure"):
        assert "".join(figure.find("figcaption").itertext())


def test_has_both_colour_schemes_and_print(text):
    style = text[text.index("<style>") : text.index("</style>")]
    for needed in ("prefers-color-scheme: dark", 'data-theme="dark"', "@media print", "overflow-x"):
        assert needed in style
    defined = set(re.findall(r"(--[a-z0-9-]+):", style))
    assert set(re.findall(r"var\((--[a-z0-9-]+)\)", text)) <= defined
    assert 'name="viewport"' in text and 'id="theme"' in text


# --- its figures ----------------------------------------------------------------------------------


def test_has_every_section_with_its_chart_or_table(tree):
    sections = {one.attrib["id"]: one for one in tree.iter("section")}
    assert list(sections) == [module.ID for module in page.SECTIONS]
    for name, section in sections.items():
        kinds = {one.tag for one in section.iter()}
        missing = any("missing" in one.attrib.get("class", "") for one in section.iter())
        assert kinds & {"svg", "table", "dl"} or missing, name


def test_training_is_the_history(tree):
    history = _json("HISTORY")
    rows = _table(tree, "Training by epoch")
    assert [row[1] for row in rows] == [f"{loss:.4f}" for loss in history["loss"]]
    assert [row[3] for row in rows] == [f"{a:.2%}" for a in history["held_out_by_epoch"]]


def test_accuracy_is_what_each_engine_answered(tree, test_set, answers):
    accuracy = _json("ACCURACY")
    rows = _table(tree, "Accuracy on 10,000 test images")
    right = [int(row[1].replace(",", "")) for row in rows]
    assert right == [int((answers[engine] == test_set.labels).sum()) for engine in _ENGINES]
    # Other programs counted these.
    assert right[:3] == [
        accuracy[name]["correct"] for name in ("keras", "tflite-float32", "tflite-int8")
    ]
    # The chip's engines give the int8 model's answers, score by score.
    assert [row[4:] for row in rows[3:]] == [["0", "0"]] * 2


def test_confusion_is_the_answers(tree, test_set, answers):
    rows = _table(tree, "Rows: the digit of the image")
    shown = [[int(cell.replace(",", "")) for cell in row[1:11]] for row in rows]
    expected = [
        [
            int(((test_set.labels == digit) & (answers["COMPILED"] == other)).sum())
            for other in range(10)
        ]
        for digit in range(10)
    ]
    assert shown == expected


def test_every_misclassified_digit_is_shown(tree, test_set, answers):
    wrong = [
        i
        for i, label in enumerate(test_set.labels)
        if any(found[i] != label for found in answers.values())
    ]
    shown = {}
    for one in tree.iter("img"):
        index = int(re.match(r"Test image (\d+), a handwritten (\d)", one.attrib["alt"])[1])
        shown[index] = one.attrib["src"]
        assert f"handwritten {test_set.labels[index]}" in one.attrib["alt"]
    assert list(shown) == wrong
    for index, url in shown.items():
        data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
        with Image.open(io.BytesIO(data)) as picture:
            grey = 255 - np.asarray(picture.convert("L")).astype(int)
        assert np.abs(grey - test_set.images[index]).max() <= 17
    steps = np.load(_path("INT8"))
    for row in _table(tree, "Scores of compiled C"):
        index = int(row[0][1:])
        assert row[3:] == [f"{(int(s) + 128) / 256:.1%}" for s in steps[index]]


def test_histograms_count_every_value(tree):
    found = _json("HISTOGRAMS")
    rows = {row[0]: row for row in _table(tree, "Weights")}
    for i, layer in enumerate(found["layers"]):
        if layer["weights"]:
            row = rows[f"{i} {layer['operator']}"]
            count = int(np.prod(layer["weights"]["shape"]))
            assert sum(layer["weights"]["float32"]) == count
            assert row[2] == f"{count:,}"
        grid = layer["activations"]
        assert sum(grid["float32"]) == sum(grid["int8"])
    # The last layer's values are the scores that another program wrote.
    last = found["layers"][-1]["activations"]
    steps = np.load(_path("INT8"))[: found["images"]]
    assert last["int8"] == np.bincount(steps.ravel().astype(int) + 128, minlength=256).tolist()
    shares = np.load(_path("FLOAT32"))[: found["images"]]
    # All of them: those above 255/256, the grid's end, are counted apart, too.
    assert abs(last["above"] - int((shares > 255.5 / 256).sum())) <= 1
    assert last["below"] == 0
    activations = _table(tree, "Activations")
    assert [row[1] for row in activations] == [
        f"{layer['activations']['scale']:.5g}"
        for layer in found["layers"]
        if layer["operator"] != "RESHAPE"
    ]


def test_memory_is_the_compiler_s(tree):
    compiler = _json("COMPILER_REPORT")
    rows = _table(tree, f"Compiled C: plan of {compiler['working_memory']:,} bytes")
    ends = [int(row[3].replace(",", "")) + int(row[4].replace(",", "")) for row in rows]
    assert max(ends) == compiler["working_memory"]


def test_instructions_and_flash_are_those_of_the_reports(tree, reports):
    mnist = [r for r in reports if r["model"].startswith("mnist")]
    if not mnist:
        pytest.skip("firmware can't be built on this machine")
    shown = {tuple(row[:2]): row for row in _table(tree, "Instructions of an inference by")}
    titles = {"reference": "TFLM", "cmsis_nn": "TFLM + CMSIS-NN", "compiled": "compiled C"}
    assert len(shown) == len(mnist)
    for r in mnist:
        core = r["core"].removeprefix("cortex_").upper() if "cortex" in r["core"] else r["core"]
        row = shown[core, titles[r["kernels"]]]
        assert row[2] == f"{r['instructions']['inference']:,}"
        assert row[-1] == f"{r['estimated_cycles']['inference']:,}"
        operators = sorted(
            sum(o["instructions"] for o in r["operators"] if o["name"] == name)
            for name in {o["name"] for o in r["operators"]}
        )
        numbers = [int(cell.replace(",", "")) for cell in row[3:-1] if cell != "–"]
        assert set(operators) <= set(numbers)
        # Compiled layers are measured, too.
        assert len(operators) >= 2
    sizes = {row[0]: row[2] for row in _table(tree, "Bytes along the chain")}
    for r in mnist:
        if r["core"] == "cortex_m4f" and r["kernels"] == "compiled":
            assert sizes["Program with compiled C"] == f"{r['flash']['bytes']:,}"


def test_the_summary_says_the_same(tree, reports):
    groups = _json("SUMMARY")["groups"]
    rows = _table(tree, "Accuracy on 10,000 test images")
    assert [f"{n:,}" for n in groups["accuracy"]["figures"].values()] == [row[1] for row in rows]
    assert groups["agreement"]["figures"] == {"tflm": 10_000, "compiled": 10_000}
    for r in reports:
        model = r["model"].removesuffix(".tflite").removesuffix("_quantized")
        name = f"{model}/{r['core']}/{r['kernels']}"
        assert groups["instructions"]["figures"][name] == r["instructions"]["inference"]
        assert groups["flash"]["figures"][name] == r["flash"]["bytes"]
    assert len(groups["instructions"]["figures"]) == len(reports)


# --- the command and the pictures -----------------------------------------------------------------


def _show(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [_path("SHOW").resolve(), f"--page={_path('PAGE').resolve()}", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_the_command_writes_the_page_where_it_is_told(tmp_path, text):
    run = _show("--output=a.html", BUILD_WORKING_DIRECTORY=str(tmp_path))
    assert (run.returncode, run.stdout) == (0, f"Wrote {tmp_path / 'a.html'}\n")
    assert (tmp_path / "a.html").read_text() == text
    workspace = tmp_path / "checkout"
    run = _show(BUILD_WORKSPACE_DIRECTORY=str(workspace))
    assert run.stdout == f"Wrote {workspace / 'mnist_micro_report.html'}\n"
    assert (workspace / "mnist_micro_report.html").read_text() == text


def test_the_command_refuses_what_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")
    run = _show(f"--output={tmp_path / 'file' / 'a.html'}")
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1 and "cannot write" in run.stderr
    run = _show(BUILD_WORKSPACE_DIRECTORY="")
    assert (run.returncode, run.stdout) == (2, "")
    assert "run it as `./bazelw run //:report`" in run.stderr


def test_the_readme_s_pictures_are_small():
    pictures = [pathlib.Path(name) for name in os.environ["PICTURES"].split()]
    assert sorted(path.name for path in pictures) == ["report_dark.png", "report_light.png"]
    for path in pictures:
        assert path.stat().st_size < _MOST_PICTURE_BYTES
        with Image.open(path) as picture:
            picture.verify()
