# SPDX-License-Identifier: Apache-2.0
"""The parts of a page: places, policy, module and layers."""

import base64
import gzip
import hashlib
import json

import pytest

from tflite import reader
from tflite.model import Model, ModelError
from tflite.testing import small_cnn
from web import page_parts

_TEMPLATE = "{{policy}}|{{style}}|{{model_size}}|{{layers}}|{{module}}|{{script}}|{{inspector}}"


@pytest.fixture(scope="module")
def model() -> Model:
    return reader.parse_model(small_cnn.build_int8(small_cnn.draw_weights()), "small.tflite")


def test_each_place_is_filled():
    assert page_parts.fill("a{{x}}b{{y_2}}", {"x": "{{y_2}}", "y_2": r"\1"}) == r"a{{y_2}}b\1"


@pytest.mark.parametrize("parts", [{}, {"x": ""}, {"x": "", "y": "", "z": ""}])
def test_places_and_parts_must_fit(parts: dict[str, str]):
    with pytest.raises(page_parts.PageError, match="has places for"):
        page_parts.fill("{{x}}{{y}}", parts)


def test_a_page(model: Model):
    page = page_parts.make(_TEMPLATE, "p{}", "let x;", "let y;", b"\0asm", model)
    policy, style, size, layers, module, script, inspector = page.split("|")
    assert (style, script) == ("p{}", "let x;")
    assert gzip.decompress(base64.b64decode(module)) == b"\0asm"
    assert gzip.decompress(base64.b64decode(inspector)) == b"let y;"
    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        for part in (script, "let y;", style)
    ]
    # Nothing else is allowed: no address, and no other script.
    assert policy.split("; ") == [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "img-src data:",
        f"script-src '{hashes[0]}' '{hashes[1]}' 'wasm-unsafe-eval'",
        f"style-src '{hashes[2]}'",
    ]
    assert size == f"{len(model.content) / 1000:.0f} KB"
    assert json.loads(layers) == page_parts.layers(model)


def test_the_script_that_reads_models_has_what_it_needs():
    script = page_parts.inspector(["let a;", "let b;"], {"x": "ü</script>"})
    assert script.splitlines() == [
        '"use strict";',
        'const FORMAT = {"x":"\\u00fc</script>"};',
        "let a;",
        "let b;",
    ]


def test_a_module_is_packed_without_a_time():
    assert page_parts.packed(b"\0asm") == page_parts.packed(b"\0asm")
    # gzip's field of the time.
    assert base64.b64decode(page_parts.packed(b"\0asm"))[4:8] == bytes(4)


def test_layers(model: Model):
    found = page_parts.layers(model)
    assert [layer["operator"] for layer in found] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    assert found[0]["shape"] == [1, 10, 10, 4]
    # Softmax has a scale that is given.
    assert (found[-1]["scale"], found[-1]["zero_point"]) == (1 / 256, -128)


def test_a_model_in_floats():
    model = reader.parse_model(small_cnn.build_float32(small_cnn.draw_weights()), "floats.tflite")
    with pytest.raises(ModelError, match=r"floats\.tflite: tensor .* is not of int8"):
        page_parts.layers(model)


@pytest.mark.parametrize(("style", "script"), [("</style>", ""), ("", "x = '</script>'")])
def test_parts_that_would_end_themselves(style: str, script: str, model: Model):
    with pytest.raises(page_parts.PageError, match="which would end it"):
        page_parts.make(_TEMPLATE, style, script, "", b"", model)
