# SPDX-License-Identifier: Apache-2.0
"""Puts a page together: one HTML file that works by itself, from a server or opened as a file.

Its policy (Content-Security-Policy) allows this one script and this one style sheet, and no address
at all: the page can't send what is drawn, and works offline.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from tflite.model import Model, ModelError

_PLACE = re.compile(r"\{\{(\w+)\}\}")


class PageError(ValueError):
    """Parts that don't fit each other. The message is one line."""


def fill(template: str, parts: Mapping[str, str]) -> str:
    """Puts parts into a template, each at the place `{{name}}`.

    Args:
      template: the page.
      parts: texts by name.

    Returns:
      The page.

    Raises:
      PageError: a place has no part, or a part has no place.
    """
    places = _PLACE.findall(template)
    if sorted(places) != sorted(parts):
        raise PageError(f"the template has places for {sorted(places)}, not for {sorted(parts)}")
    return _PLACE.sub(lambda place: parts[place[1]], template)


def policy(scripts: Sequence[str], style: str) -> str:
    """Writes the policy of a page with these scripts and one style sheet, which has all it needs.

    Args:
      scripts: what stands between their tags.
      style: what stands between its tags.

    Returns:
      The text of the Content-Security-Policy.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "img-src data:",
            " ".join(["script-src", *(f"'{_hash(one)}'" for one in scripts), "'wasm-unsafe-eval'"]),
            f"style-src '{_hash(style)}'",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def packed(content: bytes) -> str:
    """Packs what the page unpacks.

    Args:
      content: the bytes.

    Returns:
      Base64 of gzip, without a time.
    """
    return base64.b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode()


def layers(model: Model) -> list[dict]:
    """Describes what the operators of a model make, in the order of execution.

    Args:
      model: in int8, of one subgraph.

    Returns:
      A dict for each tensor: `tensor`, `operator`, `shape`, `scale`, `zero_point`.

    Raises:
      ModelError: a tensor is not of int8 with one scale.
    """
    found = []
    graph = model.subgraphs[0]
    for node in graph.nodes:
        for tensor in graph.outputs_of(node):
            quantization = tensor.quantization
            if tensor.dtype != "int8" or quantization is None or quantization.per_channel:
                raise ModelError(
                    f"{model.path}: {graph.tensor_label(tensor)} is not of int8 with one scale, as"
                    " the page shows them: convert the model with full integer quantization"
                )
            found.append(
                {
                    "tensor": tensor.index,
                    "operator": node.operator.name,
                    "shape": list(tensor.shape),
                    "scale": quantization.scales[0],
                    "zero_point": quantization.zero_points[0],
                }
            )
    return found


def inspector(scripts: Sequence[str], model_format: Mapping) -> str:
    """Makes the script that reads models.

    Args:
      scripts: its parts.
      model_format: see model_format.py.

    Returns:
      The script.
    """
    data = json.dumps(model_format, separators=(",", ":"))
    return "\n".join(['"use strict";', f"const FORMAT = {data};", *scripts])


def make(
    template: str, style: str, script: str, inspector: str, module: bytes, model: Model
) -> str:
    """Makes the page.

    Args:
      template: HTML with places.
      style: the style sheet.
      script: the script.
      inspector: the script that the page unpacks.
      module: WebAssembly.
      model: that the module was compiled from.

    Returns:
      The HTML.

    Raises:
      PageError: the parts don't fit each other.
      ModelError: a model that the page can't show.
    """
    for name, part in {"script": script, "style": style}.items():
        if f"</{name}" in part:
            raise PageError(f"the {name} contains </{name}, which would end it")
    return fill(
        template,
        {
            # Packed: it would be a third of the page.
            "inspector": packed(inspector.encode()),
            # JSON has no other character that HTML would read.
            "layers": json.dumps(layers(model), separators=(",", ":")).replace("<", "\\u003c"),
            "model_size": f"{len(model.content) / 1000:.0f} KB",
            "module": packed(module),
            "policy": policy([script, inspector], style),
            "script": script,
            "style": style,
        },
    )
