# SPDX-License-Identifier: Apache-2.0
"""Markdown of the public rules, from what Bazel's starlark_doc_extract writes as text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

UPDATE_COMMAND = "./bazelw run //docs:update"

Message = dict[str, list]
"""A protocol buffer: field name to values, which are text or messages."""

_HEAD = f"""\
# The rules

Generated from `rules/*.bzl` by `{UPDATE_COMMAND}`, do not edit.

```starlark
load("@mnist_micro//rules:defs.bzl", "tflm_cc_library")
```

[e2e/consumer](../e2e/consumer/README.md) is a tutorial. Every rule also takes the attributes of all
rules, such as `visibility` and `tags`.
"""


class DocsError(ValueError):
    """Text that is not a module's documentation, or a rule without documentation."""


def parse(text: str) -> Message:
    """Parses a protocol buffer in text format.

    Args:
      text: as starlark_doc_extract writes it, a field or a bracket a line.

    Returns:
      The message.

    Raises:
      DocsError: a line is something else.
    """
    return _parse(iter(text.splitlines()))


def _parse(lines: Iterator[str]) -> Message:
    message: Message = {}
    for line in lines:
        stripped = line.strip()
        if stripped == "}":
            break
        if match := re.fullmatch(r"(\w+) \{", stripped):
            message.setdefault(match.group(1), []).append(_parse(lines))
        elif match := re.fullmatch(r"(\w+): (.*)", stripped):
            name, value = match.groups()
            text = _text(value) if value.startswith('"') else value
            message.setdefault(name, []).append(text)
        elif stripped:
            raise DocsError(f"cannot read the line {stripped!r}")
    return message


def _text(literal: str) -> str:
    # Other than ASCII is written as octal bytes of UTF-8.
    return ast.literal_eval("b" + literal).decode("utf-8")


def render(text: str) -> str:
    """Writes the page.

    Args:
      text: of the module defs.bzl, as starlark_doc_extract writes it.

    Returns:
      Markdown.

    Raises:
      DocsError: it can't be read, or something public is undocumented.
    """
    module = parse(text)
    parts = {
        **{_one(rule, "rule_name"): _rule(rule) for rule in module.get("rule_info", [])},
        **{_one(macro, "function_name"): _macro(macro) for macro in module.get("func_info", [])},
    }
    providers = [_provider(provider) for provider in module.get("provider_info", [])]
    index = "".join(f"- [{name}](#{name})\n" for name in sorted(parts))
    rules = "".join(parts[name] for name in sorted(parts))
    return f"{_HEAD}\n{index}{rules}\n## Providers\n{''.join(providers)}"


def _one(message: Message, field: str, default: str | None = None) -> str:
    values = message.get(field, [default])
    if values[0] is None:
        raise DocsError(f"no {field} in {message}")
    return values[0]


def _documented(message: Message, name: str) -> str:
    text = _one(message, "doc_string", "").strip()
    if not text:
        raise DocsError(f"{name} is not documented")
    return text


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _row(message: Message, owner: str) -> str:
    name = _one(message, "name")
    if name == "name":
        doc = "Name of the target."
    else:
        doc = _documented(message, f"{owner}.{name}")
        doc = doc[0].upper() + doc[1:]
    default = _one(message, "default_value", "")
    shown = "required" if "mandatory" in message else f"`{default}`" if default else ""
    kind = _one(message, "type", "").lower().replace("_", " ")
    return f"| `{name}` | {_cell(doc)} | {kind} | {shown} |\n"


_TABLE = "\n| attribute | what it is | type | default |\n|---|---|---|---|\n"


def _rule(rule: Message) -> str:
    name = _one(rule, "rule_name")
    rows = "".join(_row(attribute, name) for attribute in rule["attribute"])
    return f"\n## {name}\n\n{_documented(rule, name)}\n{_TABLE}{rows}"


def _macro(macro: Message) -> str:
    name = _one(macro, "function_name")
    # Bazel says of **kwargs only that they are.
    rows = "".join(_row(parameter, name) for parameter in macro["parameter"])
    return f"\n## {name}\n\n{_documented(macro, name)}\n{_TABLE}{rows}"


def _provider(provider: Message) -> str:
    name = _one(provider, "provider_name")
    rows = "".join(
        f"| `{_one(field, 'name')}` | {_cell(_documented(field, name))} |\n"
        for field in provider["field_info"]
    )
    head = "| field | what it is |\n|---|---|\n"
    return f"\n### {name}\n\n{_documented(provider, name)}\n\n{head}{rows}"
