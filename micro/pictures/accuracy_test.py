# SPDX-License-Identifier: Apache-2.0
"""50 pictures as people take them: at least 95 % right.

Beside it, the program on the same pictures, merely resized, and also negated if they are bright.
"""

import collections
import io
import os
import pathlib

import numpy as np
from PIL import Image

from micro.pictures import digit, engine, made_pictures, picture_reader
from train import dataset

_PICTURES = 50
_SEED = 1


def _merely_resized(data: bytes) -> np.ndarray:
    """What one does without this: grey, and 28 x 28 pixels."""
    image = Image.open(io.BytesIO(data)).convert("L")
    return np.asarray(image.resize((28, 28), Image.Resampling.BOX))


def _leveled(image: np.ndarray) -> np.ndarray:
    """What the program's warning of a bright border asks for: ImageMagick's -negate -auto-level."""
    border = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    values = image.astype(float) if border.mean() < image.mean() else 255 - image.astype(float)
    values -= values.min()
    return np.round(values * 255 / max(values.max(), 1)).astype(np.uint8)


def test_pictures_as_people_take_them(tmp_path, capsys):
    digits = dataset.read_dataset(os.environ["TEST_IMAGES"], os.environ["TEST_LABELS"])
    pictures = made_pictures.make_pictures(digits.images, digits.labels, _PICTURES, _SEED)
    ours, resized = [], []
    for number, picture in enumerate(pictures):
        path = tmp_path / f"{number}{picture.suffix}"
        path.write_bytes(picture.data)
        ours.append(digit.find_digit(picture_reader.read_picture(path)).image)
        resized.append(_merely_resized(picture.data))
    program = pathlib.Path(os.environ["PROGRAM"])
    labels = [picture.label for picture in pictures]
    right = [
        np.array([one.digit for one in engine.predict(program, images)]) == labels
        for images in (ours, resized, [_leveled(image) for image in resized])
    ]

    kinds = collections.Counter(picture.kind for picture in pictures)
    with capsys.disabled():
        print(f"\n{'kind':<30} {'pictures':>8} {'right':>6} {'resized':>8} {'and negated':>12}")
        for kind, count in kinds.items():
            of_kind = np.array([picture.kind == kind for picture in pictures])
            found, plain, negated = (int(which[of_kind].sum()) for which in right)
            print(f"{kind:<30} {count:>8} {found:>6} {plain:>8} {negated:>12}")
        found, plain, negated = (int(which.sum()) for which in right)
        print(f"{'all':<30} {_PICTURES:>8} {found:>6} {plain:>8} {negated:>12}")

    assert found >= 0.95 * _PICTURES
    # They are not as easy as images of MNIST.
    assert max(plain, negated) < 0.7 * _PICTURES


def test_the_same_seed_makes_the_same_pictures():
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (10, 28, 28)).astype(np.uint8)
    labels = np.arange(10, dtype=np.uint8)
    count = len(made_pictures.KINDS) + len(made_pictures.PENS)
    once, again, other = (
        made_pictures.make_pictures(images, labels, count, seed) for seed in (3, 3, 4)
    )
    assert once == again
    assert [one.kind for one in once] == [one.kind for one in other]
    assert len({one.kind for one in once}) == count
    assert sum(a.data != b.data for a, b in zip(once, other, strict=True)) >= count - 1
