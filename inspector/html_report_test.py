# SPDX-License-Identifier: Apache-2.0
"""Tests of the page: what a parser makes of it, also of names that look like markup."""

import itertools
import xml.etree.ElementTree as ElementTree

import pytest

from inspector import graph_svg, html_report
from inspector.inspection import inspect_model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tflm.capabilities import Registration, Tflm
from tflm.verdict import Verdict

TFLM = Tflm({"RELU": Registration("AddRelu"), "ADD": Registration("AddAdd", 2)})
TODAYS = Tflm({"RELU": Registration("AddRelu"), "TANH": Registration("AddTanh")})
RUNS = Verdict(True, arena_used_bytes=1_234)
REFUSED = Verdict(False, "initialize", "refused", log=("no <b>such</b> operator",))
HOSTILE = "<script>alert(1)</script>\"'&"
TENSOR = TensorSpec((1, 4), "float32")


def report(content, name="m.tflite", answer=RUNS):
    inspection = inspect_model(parse_model(content, name), TFLM, answer, name)
    return html_report.to_html(inspection, html_report.ask_engines(inspection, TODAYS))


def parse(text):
    return ElementTree.fromstring(text.removeprefix("<!doctype html>\n"))


def table(page, caption):
    """Gives the cells' texts of the table with a caption that begins so."""
    (found,) = [t for t in page.iter("table") if t.find("caption").text.startswith(caption)]
    return [["".join(cell.itertext()) for cell in row] for row in found.iter("tr")]


def chain(count, kind="RELU", name="", **more):
    """Builds a model of operators one after the other."""
    tensors = [TensorSpec((1, 4), "float32", f"{name}{i}") for i in range(count + 1)]
    nodes = [NodeSpec(kind, (i,), (i + 1,), **more) for i in range(count)]
    return build_graphs(GraphSpec(tensors, nodes, (0,), (count,), HOSTILE), description=HOSTILE)


# Two ways from 1 to 4, one of them past two layers.
BRANCHES = build_graphs(
    GraphSpec(
        [TENSOR] * 5,
        [
            NodeSpec("RELU", (0,), (1,)),
            NodeSpec("RELU", (1,), (2,)),
            NodeSpec("TANH", (2,), (3,)),
            NodeSpec("ADD", (1, 3), (4,), 1, {}, "AddOptions"),
        ],
        (0,),
        (4,),
    )
)


def test_shows_all_of_a_model():
    page = parse(report(BRANCHES))
    assert [section.attrib["id"] for section in page.iter("section")] == [
        "engines",
        "graph",
        "layers",
        "memory",
        "tensors",
    ]
    assert [row[:2] for row in table(page, "Layers")[1:]] == [
        ["0", "RELU"],
        ["1", "RELU"],
        ["2", "TANH"],
        ["3", "ADD"],
    ]
    assert len(table(page, "Tensors")) == 6
    assert "runs it, with 1,234 bytes of arena" in "".join(page.itertext())
    # The memory plan is that of the command, in the page's colours.
    (plan,) = [s for s in page.iter() if s.tag.endswith("}svg")]
    assert plan.attrib["fill"] == "var(--text)"


def test_says_which_engine_lacks_what():
    rows = {row[0]: row[3:] for row in table(parse(report(BRANCHES)), "Operators")[1:]}
    assert rows["RELU"] == ["yes", "yes", "yes"]
    assert rows["TANH"][0] != "yes" and rows["TANH"][1:] == ["yes", "yes"]
    assert rows["ADD"][0] == "yes" and rows["ADD"][1] != "yes" and rows["ADD"][2] == "yes"
    refused = parse(report(chain(2, "MyOp", custom_options=b"1"), answer=REFUSED))
    (row,) = table(refused, "Operators")[1:]
    assert row[0] == "MyOp (custom)" and row[5] == "a custom operator"
    text = "".join(refused.itertext())
    assert "The compiler to C refuses it:" in text and "The linked TFLM can't run it:" in text
    # Two dimensions are too few.
    pool = parse(report(chain(1, "MAX_POOL_2D", options_type="Pool2DOptions")))
    assert table(pool, "Operators")[1][5] == "refused as it is used here"


def boxes(page):
    """Gives the boxes of the graph: id of the row, left, top."""
    found = {}
    for link in page.iter("a"):
        if (rect := link.find("g/rect")) is not None:
            found[link.attrib["href"]] = (float(rect.attrib["x"]), float(rect.attrib["y"]))
    return found


def test_each_operator_lies_below_what_it_reads():
    page = parse(report(BRANCHES))
    found = boxes(page)
    places = [found[f"#layer-0-{i}"] for i in range(4)]
    assert [y for _, y in places] == sorted({y for _, y in places})
    ids = {one.get("id") for one in page.iter()}
    assert all(link[1:] in ids for link in found)
    # The line past two layers, and its neighbour, don't go through a box.
    paths = {p.attrib["d"] for p in page.iter("path") if p.get("class") == "line"}
    (long,) = [d for d in paths if "V" in d and "C" in d]
    x = float(long.split("V")[0].split()[-2])
    for left, _ in places[1:3]:
        assert not left <= x <= left + 196


def test_boxes_of_a_wide_graph_do_not_meet():
    count = 30
    nodes = [NodeSpec("RELU", (0,), (i + 1,)) for i in range(count)]
    nodes += [
        NodeSpec("ADD", (i + 1, (i * 7) % count + 1), (count + i + 1,), 1, {}, "AddOptions")
        for i in range(count)
    ]
    graph = GraphSpec([TENSOR] * (2 * count + 1), nodes, (0,), (2 * count,))
    found = boxes(parse(report(build_graphs(graph))))
    rows = {}
    for x, y in set(found.values()):
        rows.setdefault(y, []).append(x)
    assert sorted(map(len, rows.values())) == [count, count]
    for row in rows.values():
        row.sort()
        assert all(b - a >= 196 + 19 for a, b in itertools.pairwise(row))
        assert row[0] >= 0


def test_hostile_names_are_text():
    page = report(chain(3, name=HOSTILE), name=HOSTILE + ".tflite")
    harmless = report(chain(3, name="x"), name="x.tflite")
    assert "<script" not in page
    found, other = parse(page), parse(harmless)
    assert [one.tag for one in found.iter()] == [one.tag for one in other.iter()]
    names = [row[1] for row in table(found, "Tensors")[1:]]
    assert names == [f"{HOSTILE}{i}" for i in range(4)]
    assert found.find("body/h1").text == HOSTILE + ".tflite"
    custom = report(chain(1, HOSTILE, custom_options=b"1"), answer=REFUSED)
    assert "<script" not in custom and "<b>" not in custom
    parse(custom)


def test_the_same_every_time():
    assert report(BRANCHES) == report(BRANCHES)


@pytest.mark.parametrize(
    "content",
    [
        build_graphs(GraphSpec([TENSOR], [], (), ())),
        build_graphs(GraphSpec([TensorSpec((1,), "string")], [NodeSpec("X", (0,), (0,))])),
        build_graphs(GraphSpec([TENSOR], [NodeSpec("RELU", (0,), (0,))], (0,), (0,))),
    ],
    ids=["nothing", "no plan", "a circle"],
)
def test_odd_models_have_a_page(content):
    assert len(list(parse(report(content)).iter("section"))) == 5


def test_large_models_have_a_page_of_limited_size():
    count = graph_svg.MOST_OPERATORS
    drawn = report(chain(count, name="a/name/of/usual/length/that/TensorFlow/makes/"))
    assert len(boxes(parse(drawn))) == count
    assert len(drawn) < 2_000_000
    large = report(chain(9 * html_report.MOST_ROWS, name="n" * 200))
    assert len(large) < 2_000_000
    page = parse(large)
    assert boxes(page) == {}
    text = "".join(page.itertext())
    assert "Not drawn: 18,000 operators" in text
    assert "16,000 more are left out: --json lists all." in text
    assert len(table(page, "Layers")) == html_report.MOST_ROWS + 1
