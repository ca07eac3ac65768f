# SPDX-License-Identifier: Apache-2.0
"""The drawing of a graph."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

import numpy as np

from aot import graph_svg
from aot.graph import Graph, Op, Value
from tflite.model import Quantization

_SPACE = "{http://www.w3.org/2000/svg}"


def _value(name: str, **fields) -> Value:
    return Value(name, (1, 4), "int8", Quantization((0.5,), (3,)), **fields)


def _texts(svg: str) -> list[str]:
    return [t.text or "" for t in ElementTree.fromstring(svg).iter(f"{_SPACE}text")]


def _tops(svg: str) -> list[int]:
    boxes = ElementTree.fromstring(svg).findall(f"{_SPACE}g/{_SPACE}rect")
    return [int(box.attrib["y"]) for box in boxes]


def _straight(svg: str) -> list[tuple[int, int]]:
    """Finds from which to which height lines go to the next box."""
    return [(int(a), int(b) + 2) for a, b in re.findall(r'd="M\d+ (\d+)V(\d+)"', svg)]


def _lanes(svg: str) -> list[tuple[int, int, int]]:
    """Finds lanes: where, from which to which height."""
    found = re.findall(r'd="M\d+ (\d+)H(\d+)V(\d+)"', svg)
    return [(int(x), int(start), int(end)) for start, x, end in found]


def _chain(*skips: tuple[int, int], count: int = 5) -> Graph:
    """Makes operators one after the other, and more uses of values: made by, read by."""
    values = [_value(f"v{i}") for i in range(count + 1)]
    ops = []
    for i in range(count):
        more = [values[a] for a, b in skips if b == i]
        ops.append(Op("ADD", (values[i], *more), (values[i + 1],), {"stride": 2}, i))
    return Graph(tuple(ops), (values[0],), (values[-1],))


def test_it_says_what_there_is():
    weights = Value("w", (4, 4), "int8", data=np.zeros((4, 4), np.int8))
    x, y = _value("x"), Value("y", (), "float32")
    graph = Graph((Op("CONV_2D", (x, weights, None), (y,), {"stride_w": 2}, 7),), (x,), (y,))
    svg = graph_svg.draw(graph, "model")
    assert _texts(svg) == [
        "model",
        *("input", "x", "int8[1x4], scale 0.5, zero point 3"),
        *("CONV_2D", "y", "float32[scalar]", "constants int8[4x4]"),
        *("output", "y", "float32[scalar]"),
    ]
    assert "<title>operator 7 (CONV_2D) stride_w=2\n" in svg
    assert len(_straight(svg)) == 2 and not _lanes(svg)


def test_it_is_the_same_each_time():
    assert graph_svg.draw(_chain((0, 3)), "m") == graph_svg.draw(_chain((0, 3)), "m")


def test_names_are_escaped_and_cut():
    graph = _chain()
    op = graph.ops[0]
    name = '</text><script>&"' + "x" * 1000
    made = dataclasses.replace(op.outputs[0], name=name)
    graph = Graph((dataclasses.replace(op, outputs=(made,)),), graph.inputs, (made,))
    svg = graph_svg.draw(graph, name)
    assert _texts(svg)[0] == name
    assert all(len(text) <= 100 for text in _texts(svg)[1:])
    assert name in "".join(t.text or "" for t in ElementTree.fromstring(svg).iter(f"{_SPACE}title"))


def test_lines_lead_from_box_to_box():
    svg = graph_svg.draw(_chain(), "m")
    tops = _tops(svg)
    assert [end for _, end in _straight(svg)] == tops[1:]
    assert not _lanes(svg)


def test_lines_that_pass_boxes_have_lanes_of_their_own():
    # Box 0 is the input. The third one begins where the first one has ended.
    svg = graph_svg.draw(_chain((0, 2), (2, 4), (3, 5), count=6), "m")
    tops, lanes = _tops(svg), _lanes(svg)
    rows = [[sum(top <= y for top in tops) - 1 for y in lane[1:]] for lane in lanes]
    assert rows == [[0, 3], [2, 5], [3, 6]]
    assert lanes[0][0] == lanes[2][0] < lanes[1][0]
    width = int(ElementTree.fromstring(svg).attrib["width"])
    assert max(lane[0] for lane in lanes) < width


def test_branches_and_loops():
    flag, x, y, z = (_value(name) for name in ("flag", "x", "y", "z"))
    branches = ((Op("NEG", (x,), (y,)),), (Op("ABS", (x,), (y,)),))
    loop = ((Op("COPY", (y,), (z,)),), (Op("LESS", (z,), (flag,)),), (Op("ADD", (z,), (z,)),))
    graph = Graph(
        (
            Op("IF", (flag, x), (y,), blocks=branches, condition=flag),
            Op("WHILE", (y,), (z,), blocks=loop, condition=flag),
        ),
        (flag, x),
        (z,),
    )
    boxes, lines = graph_svg._boxes(graph)
    kinds = [box.kind for box in boxes]
    assert kinds == [
        *("input", "input", "IF", "then", "NEG", "else", "ABS"),
        *("WHILE", "first", "COPY", "condition", "LESS", "body", "ADD", "output"),
    ]
    edges = {(kinds[line.source], kinds[user]) for line in lines for user in line.users}
    assert edges == {
        *(("input", "IF"), ("input", "NEG"), ("input", "ABS")),
        # Whichever branch was taken.
        *(("NEG", "COPY"), ("ABS", "COPY")),
        *(("COPY", "LESS"), ("LESS", "body"), ("COPY", "ADD"), ("ADD", "output")),
    }
    assert [box.depth for box in boxes][2:7] == [0, 1, 2, 1, 2]
    ElementTree.fromstring(graph_svg.draw(graph, "m"))


def test_a_graph_without_operators():
    x = _value("x")
    assert len(_tops(graph_svg.draw(Graph((), (x,), (x,)), "m"))) == 2
