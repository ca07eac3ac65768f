# SPDX-License-Identifier: Apache-2.0
"""How the training went, epoch by epoch."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import figure as drawings

from pages import markup
from pages.markup import Html
from pages.palette import Palette
from report import charts
from report.chain import Chain

ID = "training"
TITLE = "Training"


def draw(chain: Chain, drawing: drawings.FigureBase, palette: Palette) -> None:
    """Draws the loss and the accuracy on the images held out, by epoch.

    Args:
      chain: the figures.
      drawing: an empty figure.
      palette: its colours.
    """
    losses: Sequence[float] = chain.history["loss"]
    accuracies: Sequence[float | None] = chain.history["held_out_by_epoch"]
    epochs = range(1, len(losses) + 1)
    left, right = drawing.subplots(1, 2)
    left.plot(epochs, losses, color=palette.series[0], marker="o", markersize=2.5)
    left.set_title("Loss on the distorted training images")
    left.set_yscale("log")
    left.minorticks_off()
    ticks = [
        digit * 10.0**power
        for power in range(-6, 3)
        for digit in (1, 2, 5)
        if min(losses) <= digit * 10.0**power <= max(losses)
    ]
    left.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    left.set_xlabel("epoch")
    known = [(epoch, 100 * a) for epoch, a in zip(epochs, accuracies, strict=True) if a is not None]
    right.set_xlabel("epoch")
    if known:
        right.plot(*zip(*known, strict=True), color=palette.series[1], marker="o", markersize=2.5)
        right.set_title("Accuracy on images held out, %")
    else:
        right.set_title("No images were held out")


def section(chain: Chain) -> Html:
    """Makes the section.

    Args:
      chain: the figures.

    Returns:
      HTML.
    """
    history = chain.history
    recipe, losses, accuracies = history["recipe"], history["loss"], history["held_out_by_epoch"]
    held_out = history["held_out"]
    rates = history["learning_rate"]
    chart = charts.svg(
        lambda drawing, palette: draw(chain, drawing, palette),
        name="chart-training",
        title="Loss and accuracy by epoch",
        description=f"The loss falls from {losses[0]:.4f} to {losses[-1]:.4f} in {len(losses)}"
        f" epochs. The table has all figures.",
        size=(7.6, 2.9),
    )
    rows: list[list[markup.Child]] = [
        [epoch, f"{loss:.4f}", f"{rate:.6f}", "–" if a is None else f"{a:.2%}"]
        for epoch, (loss, rate, a) in enumerate(
            zip(losses, rates, accuracies, strict=True), start=1
        )
    ]
    found = "" if held_out is None else f" After the last epoch {held_out:.2%} of them were right."
    return markup.join(
        [
            markup.paragraph(
                f"{recipe['epochs']} epochs in batches of {recipe['batch_size']} images, each image"
                f" newly distorted every time; seed {recipe['seed']}."
                f" {recipe['held_out']:,} training images took no part in it, to see how it goes."
                f"{found} The 10,000 test images are another set.",
            ),
            charts.figure(
                chart,
                "Left: mean loss of each epoch, on a logarithmic scale. Right: accuracy on the"
                " training images that were held out.",
                label="Chart of the training",
            ),
            markup.details(
                "All epochs",
                markup.table(
                    "Training by epoch",
                    ["Epoch", "Loss", "Largest learning rate", "Held out, right"],
                    rows,
                ),
            ),
        ]
    )
