# SPDX-License-Identifier: Apache-2.0
r"""Says which digit is on a picture: a photo, a scan or a drawing, as PNG or JPEG.

./bazelw run //micro:predict -- my_digit.png
./bazelw run //micro:predict -- --json photo.jpg scan.png
./bazelw run //micro:predict -- folder
./bazelw run //micro:predict -- photo.jpg --pgm=photo.pgm   # writes what the model sees, too

The digit may have any colour, also bright on dark, any size and any place. It is cropped, scaled
and centred as those of MNIST are. The int8 model, compiled to C, then says what it is. For one
picture, the terminal shows what the model sees and its ten scores; for several, or for a folder, a
table. A folder's pictures are its PNG and JPEG files and those of the folders below, sorted by
path; pipes and devices are left out.

Exit code 2 and a line on stderr for each picture that can't be used; the others are still
classified.
"""

from __future__ import annotations

import json
import os
import sys

from absl import flags

from micro.pictures import digit, drawing, engine, picture_files, picture_reader
from tools import command

_PICTURES = command.input_files(
    "picture", [], "A picture, or a folder of pictures; the flag's name may be left out."
)
_JSON = flags.DEFINE_bool("json", False, "Print a line of JSON for each picture.")
_PGM = command.output_file(
    "pgm",
    None,
    "Write what the model sees, a binary PGM file for //micro:mnist_micro; of one picture.",
)
_COLOR = flags.DEFINE_bool(
    "color",
    None,
    "Draw with colours: by default if stdout is a terminal and NO_COLOR is not set.",
)
_ENGINE = command.input_file(
    "engine", None, "The program that runs the model; as //micro:mnist_micro.", required=True
)


class UnusablePicturesError(Exception):
    """Some pictures can't be used.

    Attributes:
      lines: what to say of each.
    """

    def __init__(self, lines: list[str]):
        super().__init__(lines[0])
        self.lines = lines


def main() -> None:
    if not _PICTURES.value:
        raise command.CommandError("no picture: name a PNG or JPEG file, or a folder of them")
    names: list[str] = []
    found: list[digit.Digit] = []
    faults: list[str] = []
    pictures = picture_files.find_pictures(_PICTURES.value)
    if _PGM.value is not None and len(pictures) > 1:
        raise command.CommandError(
            f"--pgm={_PGM.value} takes one picture, and there are {len(pictures)}: name one of them"
        )
    command.also_reads("a picture", pictures)
    for path in pictures:
        name = picture_files.shown(path)
        try:
            found.append(digit.find_digit(picture_reader.read_picture(path)))
            names.append(name)
        except (picture_reader.PictureError, digit.NoDigitError) as error:
            faults.append(f"{name}: {error}")
    predictions = engine.predict(_ENGINE.value, [one.image for one in found])
    for name, one in zip(names, found, strict=True):
        if one.others:
            print(
                f"predict: warning: {command.printable(name)}: has {one.others + 1} shapes of about"
                " one size, and the largest is taken: crop it to one digit",
                file=sys.stderr,
            )
    if _PGM.value is not None and found:
        command.write_files({_PGM.value: engine.to_pgm(found[0].image)})
    results = list(zip(names, predictions, strict=True))
    if _JSON.value:
        for name, result in results:
            print(_json_line(name, result))
    elif len(pictures) > 1:
        rows = [(command.printable(name), result) for name, result in results]
        print(drawing.draw_table(rows), end="")
    elif results:
        print(_draw(found[0], predictions[0], color=_uses_color()), end="")
    if faults:
        raise UnusablePicturesError(faults)


def _draw(found: digit.Digit, result: engine.Prediction, *, color: bool) -> str:
    return (
        f"{drawing.draw_image(found.image, color=color)}\n"
        f"{drawing.draw_scores(result, color=color)}\n"
        f"Predicted class = {result.digit}\n"
    )


def _uses_color() -> bool:
    """Whether to draw with colours, by https://no-color.org/ if no flag says so."""
    if _COLOR.value is not None:
        return bool(_COLOR.value)
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def _json_line(name: str, result: engine.Prediction) -> str:
    """The same object that //micro:mnist_micro prints with --json."""
    return json.dumps(
        {
            "image": name,
            "predicted_class": result.digit,
            "scores": result.scores,
            "probabilities": result.probabilities,
        }
    )


if __name__ == "__main__":
    command.run(
        main,
        UnusablePicturesError,
        picture_files.FolderError,
        engine.EngineError,
        arguments="picture",
    )
