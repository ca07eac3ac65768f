# SPDX-License-Identifier: Apache-2.0
"""Puts sections together to one page that needs no other file.

It has a light and a dark look, as the reader's system asks, can be printed, and fits narrow
screens: only tables and drawings that are too wide scroll sideways.
"""

from __future__ import annotations

from pages.markup import Child, Html, element

STYLE = """\
:root { color-scheme: light dark; --background: #ffffff; --text: #1f2328; --muted: #59636e;
  --grid: #d8dee4; --series-0: #0072b2; --series-1: #d55e00; }
@media screen and (prefers-color-scheme: dark) { :root { --background: #0d1117; --text: #e6edf3;
  --muted: #9aa4af; --grid: #30363d; --series-0: #56b4e9; --series-1: #f08a4b; } }
* { box-sizing: border-box; }
html { background: var(--background); color: var(--text); }
body { margin: 0 auto; max-width: 76rem; overflow-wrap: anywhere; padding: 1.5rem 1.25rem 4rem;
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { border-top: 1px solid var(--grid); font-size: 1.35rem; line-height: 1.25;
  margin: 2.5rem 0 0.75rem; padding-top: 1.5rem; }
h3 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0 0 1rem; }
p, ul { max-width: 48rem; }
a { color: var(--series-0); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--series-0); outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none;
  max-width: none; padding: 0; }
.muted { color: var(--muted); }
.glance { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  margin: 0 0 1.5rem; }
.glance div { border: 1px solid var(--grid); border-radius: 0.5rem; display: flex;
  flex-direction: column-reverse; justify-content: flex-end; padding: 0.5rem 0.9rem; }
.glance dt { color: var(--muted); font-size: 0.9rem; }
.glance dd { margin: 0; }
.glance strong { font-size: 1.25rem; line-height: 1.25; }
.scroll { margin: 0 0 1.5rem; max-width: 100%; overflow-x: auto; }
.scroll > svg { display: block; }
table { border-collapse: collapse; font-size: 0.9rem; overflow-wrap: normal; }
caption { color: var(--muted); padding: 0 0 0.4rem; text-align: left; }
th, td { border-bottom: 1px solid var(--grid); padding: 0.3rem 0.6rem; text-align: left;
  vertical-align: top; }
thead th { border-bottom-color: var(--muted); vertical-align: bottom; }
tbody th { font-weight: 500; }
.text { white-space: nowrap; }
.number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.long { max-width: 26rem; min-width: 9rem; overflow-wrap: anywhere; }
.shade-1 { background: color-mix(in srgb, var(--series-1) 12%, transparent); }
@media print { body { font-size: 10pt; max-width: none; padding: 0; }
  nav { display: none; } h2, h3, caption { break-after: avoid; }
  tr, .glance div { break-inside: avoid; }
  .scroll { overflow: visible; } .scroll > svg { height: auto; max-width: 100%; }
  table { font-size: 7.5pt; } th, td { padding: 0.15rem 0.4rem; }
  .text, .number { white-space: normal; } .long { min-width: 0; } * { print-color-adjust: exact; }
  @page { margin: 14mm; } }
"""
"""The look of pages. Sections use its classes and its colours, so that they fit into any page that
has the same ones."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def section(identifier: str, title: str, *children: Child) -> Html:
    """Makes a section.

    Args:
      identifier: for links.
      title: its heading.
      *children: what is in it.

    Returns:
      HTML.
    """
    name = f"{identifier}-title"
    return element(
        "section",
        element("h2", title, id=name),
        *children,
        id=identifier,
        aria_labelledby=name,
    )


def document(title: str, *children: Child, style: str = "") -> str:
    """Makes a page.

    Args:
      title: of the page.
      *children: what is in it, after the title.
      style: CSS besides STYLE.

    Returns:
      HTML that is well-formed XML, too. It has no script, and its policy allows none.
    """
    css = STYLE + style
    if "<" in css or "&" in css:
        raise ValueError("CSS with < or & is not well-formed in XML")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'),
        element("title", title),
        Html(f"<style>\n{css}</style>"),
    )
    body = element("body", element("h1", title), element("main", *children))
    whole = str(element("html", head, body, lang="en"))
    # Lines, for people who compare two pages.
    for end in ("</section>", "</tr>", "</style>", "</thead>", "</p>", "</g>"):
        whole = whole.replace(end, end + "\n")
    return f"<!doctype html>\n{whole}\n"
