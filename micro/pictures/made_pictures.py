# SPDX-License-Identifier: Apache-2.0
"""Makes pictures of digits as people take them, for tests: photos, scans and drawings.

The digits are MNIST's test images, enlarged to strokes with sharp edges, or strokes drawn here. All
random numbers come from one generator, so the same seed gives the same pictures.
"""

from __future__ import annotations

import dataclasses
import functools
import io
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[float, float, float]

_WHITE: Colour = (250, 250, 248)
_BLACK: Colour = (20, 20, 25)


@dataclasses.dataclass(frozen=True)
class MadePicture:
    """A picture file with a digit on it.

    Attributes:
      kind: how it was made.
      label: the digit, 0 to 9.
      data: the file.
      suffix: of the file's name.
    """

    kind: str
    label: int
    data: bytes
    suffix: str


# --- digits ---------------------------------------------------------------------------------------

# Each a list of strokes, each a list of points (x, y) in the unit square.
_Points = list[tuple[float, float]]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> _Points:
    """Part of an ellipse, in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 30))
    return [(x + rx * float(np.cos(a)), y + ry * float(np.sin(a))) for a in angles]


_STROKES: Mapping[int, list[_Points]] = {
    0: [_arc(0.5, 0.5, 0.32, 0.5, -90, 270)],
    1: [[(0.42, 0.1), (0.55, 0.0), (0.5, 1.0)]],
    2: [_arc(0.5, 0.28, 0.33, 0.28, -170, 30) + [(0.15, 1.0), (0.9, 0.97)]],
    3: [_arc(0.45, 0.25, 0.33, 0.25, -150, 90) + _arc(0.45, 0.74, 0.38, 0.26, -90, 150)],
    4: [[(0.4, 0.0), (0.12, 0.6), (0.9, 0.55)], [(0.7, 0.2), (0.64, 1.0)]],
    5: [[(0.85, 0.0), (0.3, 0.02), (0.22, 0.45)] + _arc(0.45, 0.69, 0.38, 0.3, -110, 140)],
    6: [[(0.7, 0.0), (0.35, 0.35)] + _arc(0.5, 0.7, 0.3, 0.3, -160, 200)],
    7: [[(0.1, 0.03), (0.9, 0.0), (0.4, 1.0)]],
    8: [_arc(0.5, 0.24, 0.27, 0.24, 90, 450) + _arc(0.5, 0.74, 0.32, 0.26, -90, 270)],
    9: [_arc(0.5, 0.3, 0.3, 0.3, 0, -360) + [(0.78, 0.5), (0.62, 1.0)]],
}


def drawn_digit(label: int, side: int, stroke: float, rng: np.random.Generator) -> np.ndarray:
    """Draws a digit by hand: lines between points that tremble a little.

    Args:
      label: 0 to 9.
      side: of the picture in pixels; the digit is three quarters as high.
      stroke: the pen's width as part of the digit's height.
      rng: of the trembling.

    Returns:
      float32, shape (side, side), 1 is ink.
    """
    over = 3
    image = Image.new("L", (side * over, side * over))
    draw = ImageDraw.Draw(image)
    size = 0.75 * side * over
    width = max(1, round(stroke * size))
    slant = rng.uniform(-0.15, 0.15)
    for stroke_points in _STROKES[label]:
        points = [
            (
                0.125 * side * over + size * (x * 0.8 + 0.1 + slant * (0.5 - y)),
                0.125 * side * over + size * y,
            )
            for x, y in np.array(stroke_points) + rng.normal(0, 0.008, (len(stroke_points), 2))
        ]
        draw.line(points, 255, width, joint="curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)
    reduced = image.resize((side, side), Image.Resampling.BOX)
    return np.asarray(reduced, np.float32) / np.float32(255)


def enlarged_digit(digit: np.ndarray, side: int) -> np.ndarray:
    """Enlarges an image of MNIST to strokes with sharp edges.

    Args:
      digit: uint8, shape (28, 28), white on black.
      side: of the result in pixels.

    Returns:
      float32, shape (side, side), 1 is ink.
    """
    image = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return np.clip((np.asarray(image, np.float32) - 96) / 64, 0, 1)


# --- paper, light and cameras ---------------------------------------------------------------------


def place(ink: np.ndarray, height: int, width: int, y: float, x: float) -> np.ndarray:
    """Puts a digit on an empty sheet, at a place given as parts of what is free around it."""
    sheet = np.zeros((height, width), np.float32)
    top, left = round(y * (height - ink.shape[0])), round(x * (width - ink.shape[1]))
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def paint(ink: np.ndarray, colour: Colour, paper: Colour) -> np.ndarray:
    """Ink of one colour on paper of another: float32, shape (H, W, 3)."""
    share = ink[..., np.newaxis]
    return (share * np.float32(colour) + (1 - share) * np.float32(paper)).astype(np.float32)


def noisy(picture: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    return picture + rng.normal(0, deviation, picture.shape).astype(np.float32)


def gradient(picture: np.ndarray, darkest: float, angle: float) -> np.ndarray:
    """Light that falls off across the picture, to a part of itself."""
    y, x = np.mgrid[-1 : 1 : picture.shape[0] * 1j, -1 : 1 : picture.shape[1] * 1j]
    along = (x * np.cos(angle) + y * np.sin(angle)) / (abs(np.cos(angle)) + abs(np.sin(angle)))
    light = 1 - (1 - darkest) * (along + 1) / 2
    return (picture * light[..., np.newaxis]).astype(np.float32)


def shadow(
    picture: np.ndarray, darkness: float, soft: float, rng: np.random.Generator
) -> np.ndarray:
    """A hand's or a phone's shadow: its straight edge crosses the picture near the digit."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    distance = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.3, 0.3)
    light = 1 - darkness / (1 + np.exp(-distance / soft))
    return (picture * light[..., np.newaxis]).astype(np.float32)


def textured(picture: np.ndarray, depth: float, rng: np.random.Generator) -> np.ndarray:
    """Paper or board with coarse grain."""
    height, width = picture.shape[:2]
    texture = np.zeros((height, width), np.float32)
    for cell in (3, 9, 27):
        grain = rng.normal(0, 1, (-(-height // cell), -(-width // cell))).astype(np.float32)
        large = Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC)
        texture += np.asarray(large)
    return picture + depth * texture[..., np.newaxis]


def blurred(picture: np.ndarray, radius: float) -> np.ndarray:
    image = to_image(picture).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(image, np.float32)


def to_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.floor(picture + 0.5), 0, 255).astype(np.uint8))


def _file(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _png(picture: np.ndarray) -> tuple[bytes, str]:
    return _file(to_image(picture)), ".png"


def _jpeg(picture: np.ndarray, quality: int = 85, **options) -> tuple[bytes, str]:
    return _file(to_image(picture), "JPEG", quality=quality, **options), ".jpg"


# --- kinds ----------------------------------------------------------------------------------------

# Takes a digit as a function of the side in pixels, and the random numbers; gives a file and its
# suffix.
_Digit = Callable[[int], np.ndarray]
_Maker = Callable[[_Digit, np.random.Generator], tuple[bytes, str]]


def _scan(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(300), 700, 500, rng.uniform(), rng.uniform())
    return _png(noisy(paint(sheet, _BLACK, _WHITE), 3, rng))


def _inverted(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    return _png(paint(place(digit(250), 320, 400, 0.5, 0.7), _WHITE, _BLACK))


def _blue_pen(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = paint(place(digit(400), 900, 1200, 0.3, 0.4), (40, 60, 160), (240, 230, 205))
    return _jpeg(noisy(gradient(picture, 0.7, rng.uniform(0, 6)), 4, rng))


def _equally_bright(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(280), 400, 400, 0.5, 0.5)
    return _jpeg(noisy(paint(sheet, (220, 60, 60), (30, 140, 60)), 3, rng), 92)


def _small_in_a_corner(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    corners = rng.choice([0.04, 0.96], 2)
    sheet = place(digit(150), 1200, 1600, *corners)
    return _jpeg(noisy(paint(sheet, _BLACK, _WHITE), 4, rng))


def _tight(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    ink = digit(400)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _png(paint(np.pad(ink, 12), _BLACK, _WHITE))


def _rotated_by_exif(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    upright = to_image(paint(place(digit(300), 480, 640, 0.4, 0.6), (60, 50, 50), (230, 225, 220)))
    # Orientation: what the camera did to the picture, which the tag tells the reader to undo.
    orientation, stored = (
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
        (5, Image.Transpose.TRANSPOSE),
    )[int(rng.integers(4))]
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _file(upright.transpose(stored), "JPEG", exif=exif, quality=90), ".jpg"


def _night_photo(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = paint(place(digit(350), 600, 800, 0.5, 0.4), (35, 30, 25), (150, 130, 100))
    return _jpeg(noisy(picture, 25, rng), 75)


def _lamp(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = paint(place(digit(350), 600, 600, 0.5, 0.5), _BLACK, _WHITE)
    return _jpeg(noisy(gradient(picture, 0.25, rng.uniform(0, 6)), 3, rng))


def _hard_shadow(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = paint(place(digit(400), 700, 700, 0.5, 0.5), (40, 40, 60), (235, 232, 225))
    return _jpeg(noisy(shadow(picture, 0.5, 0.03, rng), 3, rng))


def _bad_jpeg(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    return _jpeg(paint(place(digit(160), 240, 240, 0.6, 0.4), _BLACK, _WHITE), 8)


def _desk(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = textured(np.full((800, 1000, 3), (95, 65, 45), np.float32), 5, rng)
    sheet = paint(place(digit(330), 600, 700, 0.5, 0.5), _BLACK, (235, 235, 230))
    picture[110:710, 160:860] = sheet
    return _jpeg(noisy(blurred(picture, 1.5), 3, rng))


def _dust_and_rules(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(300), 600, 600, 0.5, 0.5)
    # A margin's line, a table's line, and dust.
    sheet[:, 40:44] = 1
    sheet[560:563] = 1
    for y, x in rng.integers(0, 596, (40, 2)):
        sheet[y : y + 4, x : x + 4] = 1
    return _png(paint(sheet, _BLACK, _WHITE))


def _squared_paper(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    picture = np.full((640, 640, 3), (245, 245, 240), np.float32)
    picture[::40] = picture[:, ::40] = picture[1::40] = picture[:, 1::40] = (175, 195, 225)
    ink = place(digit(360), 640, 640, 0.5, 0.5)[..., np.newaxis]
    return _jpeg(noisy(picture * (1 - ink) + np.float32((30, 35, 90)) * ink, 3, rng))


def _chalk(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    ink = place(digit(400), 600, 800, 0.4, 0.5) * (rng.random((600, 800)) < 0.8)
    picture = paint(ink.astype(np.float32), (215, 215, 205), (45, 70, 55))
    return _jpeg(textured(blurred(picture, 1), 4, rng))


def _blurred_photo(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(300), 500, 500, 0.4, 0.6)
    turned = Image.fromarray(sheet).rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC)
    picture = paint(np.clip(np.asarray(turned), 0, 1), (70, 70, 80), (200, 195, 190))
    return _jpeg(noisy(blurred(picture, 6), 4, rng))


def _panorama(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(280), 300, 1800, 0.5, rng.uniform(0.1, 0.9))
    return _jpeg(noisy(paint(sheet, (120, 20, 20), (250, 240, 225)), 3, rng))


def _tiny(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    image = to_image(paint(digit(280), _BLACK, _WHITE)).convert("L")
    return _file(image.resize((28, 28), Image.Resampling.BOX)), ".png"


def _transparent(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    ink = place(digit(250), 350, 350, 0.2, 0.8)
    pixels = np.zeros((350, 350, 4), np.uint8)
    pixels[..., :3] = 255 if rng.integers(2) else 0
    pixels[..., 3] = np.round(ink * 255)
    return _file(Image.fromarray(pixels)), ".png"


def _sixteen_bits(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    grey = 52_000 - 39_000 * place(digit(250), 400, 300, 0.9, 0.5)
    return _file(Image.fromarray(grey.astype(np.uint16))), ".png"


def _palette(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    sheet = place(digit(250), 300, 300, 0.5, 0.5)
    image = to_image(paint(sheet, (200, 30, 90), (255, 230, 120)))
    return _file(image.quantize(8)), ".png"


def _cmyk(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    image = to_image(paint(place(digit(250), 400, 400, 0.5, 0.3), (0, 80, 140), _WHITE))
    return _file(image.convert("CMYK"), "JPEG", quality=88), ".jpg"


def _one_bit(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    image = to_image(paint(place(digit(200), 300, 260, 0.5, 0.2), _BLACK, _WHITE))
    return _file(image.convert("1", dither=Image.Dither.NONE)), ".png"


def _grey_with_alpha(digit: _Digit, rng: np.random.Generator) -> tuple[bytes, str]:
    ink = place(digit(250), 320, 320, 0.5, 0.5)
    pixels = np.stack([np.round(40 + 180 * (1 - ink)), np.full_like(ink, 255)], axis=2)
    pixels[:, :20, 1] = 0
    return _file(Image.fromarray(pixels.astype(np.uint8), "LA")), ".png"


KINDS: Mapping[str, _Maker] = {
    "scan": _scan,
    "inverted": _inverted,
    "blue pen": _blue_pen,
    "red on green, equally bright": _equally_bright,
    "small, in a corner": _small_in_a_corner,
    "tightly cropped": _tight,
    "rotated by EXIF": _rotated_by_exif,
    "noisy photo": _night_photo,
    "light from one side": _lamp,
    "hard shadow": _hard_shadow,
    "JPEG of quality 8": _bad_jpeg,
    "sheet on a desk": _desk,
    "dust and lines": _dust_and_rules,
    "squared paper": _squared_paper,
    "chalk": _chalk,
    "blurred": _blurred_photo,
    "panorama": _panorama,
    "28 x 28 pixels": _tiny,
    "transparent": _transparent,
    "16 bits": _sixteen_bits,
    "palette": _palette,
    "CMYK": _cmyk,
    "1 bit": _one_bit,
    "grey with alpha": _grey_with_alpha,
}
PENS: Mapping[str, float] = {"thin pen": 0.02, "pen": 0.07, "marker": 0.16}


def make_pictures(
    images: np.ndarray, labels: np.ndarray, count: int, seed: int
) -> list[MadePicture]:
    """Makes pictures of all kinds in turn, and drawings with each pen.

    Args:
      images: uint8, shape (N, 28, 28): of MNIST's test set.
      labels: uint8, shape (N,).
      count: how many pictures.
      seed: of the digits and of how the pictures are made.

    Returns:
      The pictures.
    """
    rng = np.random.default_rng(seed)
    kinds: list[tuple[str, _Maker, float]] = [(kind, maker, 0.0) for kind, maker in KINDS.items()]
    kinds += [(f"drawn with a {pen}", _scan, stroke) for pen, stroke in PENS.items()]
    pictures: list[MadePicture] = []
    digit: _Digit
    for number in range(count):
        kind, maker, stroke = kinds[number % len(kinds)]
        if stroke:
            label = int(rng.integers(10))
            digit = functools.partial(drawn_digit, label, stroke=stroke, rng=rng)
        else:
            index = int(rng.integers(len(images)))
            label = int(labels[index])
            digit = functools.partial(enlarged_digit, images[index])
        data, suffix = maker(digit, rng)
        pictures.append(MadePicture(kind, label, data, suffix))
    return pictures
