# SPDX-License-Identifier: Apache-2.0
"""That what is said of today's TFLM, if another is linked, is what its sources say."""

import json
import os
import pathlib


def read(variable: str) -> dict:
    fields = json.loads(pathlib.Path(os.environ[variable]).read_text(encoding="utf-8"))
    # A local copy may be called otherwise.
    return {key: value for key, value in fields.items() if key != "name"}


def test_what_is_checked_in_is_what_the_linked_sources_say():
    assert read("CHECKED_IN") == read("LINKED"), (
        "tflm/todays_tflm.json is of other sources or of another reader of them: with upstream's"
        " TFLM, ./bazelw build //tflm:tflm.json && cp bazel-bin/tflm/tflm.json"
        " tflm/todays_tflm.json"
    )
