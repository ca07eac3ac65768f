# SPDX-License-Identifier: Apache-2.0
"""That the tables in docs/firmware.md are what the build measures."""

import json
import os
import pathlib

import pytest

from tests.firmware_figures import figures
from tools.page import PageError

SECTION = os.environ["SECTION"]


@pytest.fixture(scope="module")
def reports():
    files = [f for f in os.environ["REPORTS"].split() if f.endswith(".json")]
    return [json.loads(pathlib.Path(f).read_text()) for f in files]


def test_the_page_is_current(reports):
    page = pathlib.Path(os.environ["PAGE"]).read_text()
    tflm = json.loads(pathlib.Path(os.environ["TFLM"]).read_text())
    if figures.is_of_another_tflm(page, SECTION, tflm):
        pytest.skip(f"the page is not of TFLM {tflm['name']}")
    new = figures.replace(page, SECTION, figures.render(SECTION, tflm, reports))
    assert new == page, f"write it again: {figures.UPDATE_COMMAND.format(section=SECTION)}"


def test_only_a_section_of_upstream_s_tflm_may_be_of_another_commit():
    page = (
        "<!-- mnist: written by ./bazelw run //tests/firmware_figures:update_mnist -->\n\n"
        "TFLM of 2020; gcc 12.2.\n"
    )
    todays = page.replace("mnist", "mnist_todays_tflm")
    for name, other in (("of 2020", False), ("of 2026", True)):
        tflm = {"name": name}
        assert not figures.is_of_another_tflm(page, "mnist", tflm)
        assert figures.is_of_another_tflm(todays, "mnist_todays_tflm", tflm) == other
        assert not figures.is_of_another_tflm("", "mnist_todays_tflm", tflm)


def test_counting_is_repeatable(reports):
    for report in reports:
        assert report["instructions"]["spread"] == 0, report["label"]


def test_operators_are_nearly_all_of_an_inference(reports):
    for report in reports:
        count = report["instructions"]
        # Compiled models have no interpreter; layers, if measured, are of another program.
        if report["kernels"] == "compiled":
            if report["operators"]:
                assert 0.9 < count["operators"] / count["inference"] < 1.1
            continue
        assert 0 <= count["interpreter"] < 0.01 * count["inference"]


def test_a_page_without_the_marks_is_refused():
    with pytest.raises(PageError, match="has no lines"):
        figures.replace("# Nothing\n", SECTION, "")
