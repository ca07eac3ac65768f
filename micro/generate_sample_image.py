r"""Writes the first image with a given label as a C++ array of 28x28 pixels.

Exit code 2 and one line on stderr for bad flags, bad input, or outputs that can't be written.
"""

from __future__ import annotations

import numpy as np
from absl import flags

from micro import c_array
from tools import command
from train import dataset

_IMAGES = flags.DEFINE_string("images", None, "idx file of images.", required=True)
_LABELS = flags.DEFINE_string("labels", None, "idx file of their labels.", required=True)
_LABEL = flags.DEFINE_integer("label", None, "Which digit.", 0, 9, required=True)
_NAME = flags.DEFINE_string("name", None, "The array's name, snake_case.", required=True)
_NAMESPACE = flags.DEFINE_string("namespace", None, "The C++ namespace.", required=True)
_HEADER = flags.DEFINE_string("header", None, "The header to write.", required=True)
_SOURCE = flags.DEFINE_string("source", None, "The source to write.", required=True)
_HEADER_PATH = flags.DEFINE_string(
    "header_path", None, "The header's path in #include directives (default: its file name)."
)


def main() -> None:
    c_array.check_names(_NAME.value, _NAMESPACE.value)
    images_path = command.user_path(_IMAGES.value)
    digits = dataset.read_dataset(images_path, command.user_path(_LABELS.value))
    (found,) = np.nonzero(digits.labels == _LABEL.value)
    if not len(found):
        raise command.CommandError(f"{_LABELS.value}: has no label {_LABEL.value}")
    header = command.user_path(_HEADER.value)
    pixels = digits.images[found[0]].tobytes()
    arguments = {
        "source_name": f"{images_path.name}, image {found[0]} (label {_LABEL.value})",
        "name": _NAME.value,
        "namespace": _NAMESPACE.value,
        "header_path": _HEADER_PATH.value or header.name,
    }
    command.write_files(
        {
            header: c_array.render_header(pixels, **arguments),
            command.user_path(_SOURCE.value): c_array.render_source(pixels, **arguments),
        }
    )


if __name__ == "__main__":
    command.run(main, dataset.DatasetError, c_array.InvalidNameError)
