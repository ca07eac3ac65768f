# SPDX-License-Identifier: Apache-2.0
"""How large the network is on its way from Keras to a program for a chip."""

from __future__ import annotations

import dataclasses

from matplotlib import figure as drawings

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "sizes"
TITLE = "Size along the chain"

CORE = "cortex_m4f"
"""The core whose programs are shown."""

_PROGRAMS = {
    "reference": "Program with TFLM",
    "cmsis_nn": "Program with TFLM and CMSIS-NN",
    "compiled": "Program with compiled C",
}


@dataclasses.dataclass(frozen=True)
class Size:
    """A thing of the chain.

    Attributes:
      key: its name in the summary.
      title: what it is called.
      bytes: its size.
      where: where it is: "file", "source" or "flash".
      note: what it is.
    """

    key: str
    title: str
    bytes: int
    where: str
    note: str


def sizes(chain: Chain) -> list[Size]:
    """Lists what there is, in the order of the chain.

    Args:
      chain: the figures.

    Returns:
      All of it; programs only if they could be built.
    """
    files = chain.sizes
    found = [
        Size("keras", ".keras file", files["keras_model"], "file", "weights and configuration"),
        Size(
            "weights", ".weights.h5 file", files["weights"], "file", "what goes to TensorFlow 2.15"
        ),
        Size("float32", "float32 .tflite", files["float32_model"], "file", "converted"),
        Size("int8", "int8 .tflite", files["int8_model"], "file", "converted and quantized"),
        Size("array", "C array", files["int8_model"], "flash", "the same bytes, aligned"),
        Size(
            "compiled_constants",
            "Constants of compiled C",
            chain.compiler["flash"],
            "flash",
            "weights and tables, as the compiler counts them",
        ),
    ]
    for kernels, title in _PROGRAMS.items():
        report = chain.report_of(CORE, kernels)
        if report:
            flash = report["flash"]
            model = flash["by_owner"]["model"]
            found.append(
                Size(
                    f"program_{kernels}",
                    title,
                    flash["bytes"],
                    "flash",
                    f"all of it, Cortex-M4F; {model:,} B are the model's",
                )
            )
    return found


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws the sizes.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    found = sizes(chain)
    colours = {"file": palette.series[5], "flash": palette.series[0]}
    plot = drawing.add_subplot()
    bars = plot.barh(
        [size.title for size in found],
        [size.bytes / 1000 for size in found],
        color=[colours[size.where] for size in found],
        height=0.65,
    )
    plot.bar_label(bars, [f"{size.bytes:,} B" for size in found], padding=4, color=palette.text)
    plot.set_xlim(0, max(size.bytes for size in found) / 1000 * 1.18)
    plot.set_title("Size in KB")
    plot.invert_yaxis()
    charts.without_frame(plot)


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    found = sizes(chain)
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-sizes",
        title="Size along the chain",
        description="; ".join(f"{size.title}: {size.bytes:,} bytes" for size in found) + ".",
        size=(7.6, 0.34 * len(found) + 0.6),
    )
    base = chain.sizes["keras_model"]
    rows = [
        [size.title, size.note, f"{size.bytes:,}", f"{size.bytes / base:.2f}"] for size in found
    ]
    parts = [
        markup.paragraph(
            f"As source text the C array takes {chain.sizes['array_source']:,} bytes and the"
            " compiled"
            f" C {chain.sizes['compiled_source']:,}; that is not what a chip stores.",
        ),
        charts.figure(chart, "Grey: files. Blue: bytes of a chip's flash.", label="Chart of sizes"),
        markup.table(
            "Bytes along the chain",
            ["What", "It is", "Bytes", "Of the .keras file"],
            rows,
            text_columns=2,
        ),
    ]
    if not chain.report_of(CORE, "compiled"):
        parts.append(markup.missing("Programs for chips were", chain.missing))
    return markup.join(parts)
