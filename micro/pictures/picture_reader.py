# SPDX-License-Identifier: Apache-2.0
"""Reads a picture file, whatever its colours, as the red, green and blue that one sees.

Pillow decodes. This module decides what is accepted, and makes one kind of array of all the kinds
of pixels.
"""

from __future__ import annotations

import io
import pathlib
import stat
import warnings

import numpy as np
from PIL import Image

LONGEST_SIDE = 768
"""Larger pictures are reduced to this: a digit of a twentieth of it is larger than MNIST's."""

MOST_PIXELS = 80_000_000
"""A phone's picture has up to 50 million. More would take over 320 MB, decoded."""

MOST_BYTES = 256 * 1024 * 1024

# What Pillow calls the formats. "JPEG" includes MPO: with further pictures, as phones write it.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP")
_READABLE = "PNG, JPEG, WebP, GIF, BMP or PGM"

# Bits of files that people take for pictures that any program reads: offset, bytes, name.
_KNOWN = (
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif", "a HEIC picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML document, e.g. an SVG drawing"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x1f\x8b", "gzipped"),
)

# How files of those formats begin that can be read if they are whole.
_WHOLE = ((0, b"\x89PNG\r\n"), (0, b"\xff\xd8\xff"), (0, b"GIF8"), (8, b"WEBP"))


class PictureError(ValueError):
    """A picture that can't be used. The message says what it is, and a fix, without its name."""


def read_picture(path: pathlib.Path) -> np.ndarray:
    """Reads a picture, the right way up.

    Args:
      path: a PNG or JPEG file (also WebP, GIF, BMP, PGM): grey, coloured, with palette or with
        transparency, of 1 to 16 bits, CMYK. Turned as its EXIF orientation says.

    Returns:
      float32, shape (height, width, 3): red, green and blue from 0 to 255. The longest side is at
      most `LONGEST_SIDE`, reduced by averaging.

    Raises:
      PictureError: the file can't be read, is not such a picture, is animated, or too large.
    """
    data = _read_bytes(path)
    try:
        # Pillow warns of what we refuse or mend ourselves.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                _check(image)
                return _pixels(image)
    except PictureError:
        raise
    except Image.UnidentifiedImageError:
        if any(data.startswith(magic, offset) for offset, magic in _WHOLE):
            raise PictureError(
                "is damaged at its start: save or download it again as PNG or JPEG"
            ) from None
        raise PictureError(f"{_what(data)}: give it a picture as PNG or JPEG") from None
    except Image.DecompressionBombError:
        raise PictureError(_TOO_LARGE) from None
    # Its documentation has OSError for damaged files, but its decoders raise nearly anything.
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise PictureError(
            f"is damaged ({reason}): save or download it again as PNG or JPEG"
        ) from error


def _read_bytes(path: pathlib.Path) -> bytes:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise PictureError("is a folder, not a picture")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(
            f"cannot be read: {error.strerror}: check its name and its permissions"
        ) from error
    if not data:
        raise PictureError("is empty: save or download it again as PNG or JPEG")
    if len(data) > MOST_BYTES:
        raise PictureError("is larger than 256 MiB: save it smaller, e.g. as JPEG")
    return data


def _what(data: bytes) -> str:
    """What a file that is not a readable picture seems to be."""
    for offset, magic, name in _KNOWN:
        if data.startswith(magic, offset):
            return f"is {name}, not {_READABLE}"
    return f"is not a picture in {_READABLE}"


_TOO_LARGE = (
    f"has more than {MOST_PIXELS // 1_000_000} million pixels:"
    " crop it to the digit, or save it smaller"
)


def _check(image: Image.Image) -> None:
    """Refuses a picture by its header, before it is decoded."""
    if image.width * image.height > MOST_PIXELS:
        raise PictureError(
            f"has {image.width} x {image.height} pixels, more than"
            f" {MOST_PIXELS // 1_000_000} million: crop it to the digit, or save it smaller"
        )
    # The further pictures of an MPO are e.g. a depth map; the first one is the photo.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureError("is animated: save one frame of it as PNG")


def _pixels(image: Image.Image) -> np.ndarray:
    size = _reduced(image.size)
    # A JPEG is decoded at a half, a quarter or an eighth if that is enough.
    image.draft(None, size)
    image.load()
    # Of what is left of the orientation's tag, a broken one included, nothing is needed.
    orientation = _orientation(image)
    image = _plain(image)
    if image.size != size:
        image = image.resize(size, Image.Resampling.BOX)
    if orientation is not None:
        image = image.transpose(orientation)
    return _colours(image)


def _reduced(size: tuple[int, int]) -> tuple[int, int]:
    """The size of the picture with its longest side at most `LONGEST_SIDE`."""
    scale = min(1.0, LONGEST_SIDE / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


# EXIF 2.32, 4.6.4, tag Orientation: what brings a picture upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> Image.Transpose | None:
    """How the picture must be turned, or None; also if its EXIF data is damaged."""
    try:
        return _UPRIGHT.get(image.getexif().get(_ORIENTATION))
    except Exception:  # As above: whatever the parser of damaged tags raises.
        return None


def _plain(image: Image.Image) -> Image.Image:
    """The picture in RGB, in RGBA, or in grey as floats from 0 to 255."""
    if image.mode == "F":
        # A PFM picture: floats from 0 to 1.
        values = np.nan_to_num(np.asarray(image, np.float32)) * np.float32(255)
        return Image.fromarray(np.clip(values, 0, 255))
    if image.mode.startswith("I"):
        # More than 8 bits: 16, in all formats that are read here.
        values = np.asarray(image, np.float32) / np.float32(257)
        return Image.fromarray(np.clip(values, 0, 255))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB")


def _colours(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image, np.float32)
    if image.mode == "F":
        return np.repeat(pixels[..., np.newaxis], 3, axis=2)
    if image.mode == "RGB":
        return pixels
    return _on_paper(pixels[..., :3], pixels[..., 3:] / np.float32(255))


def _on_paper(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lays a transparent picture on a paper on which it can be seen.

    Args:
      colours: float32, shape (H, W, 3).
      alpha: float32, shape (H, W, 1), 1 is opaque.

    Returns:
      float32, shape (H, W, 3). If most of the picture is opaque, its paper is in it, and what is
      transparent gets the same colour. Otherwise only the digit is opaque: it gets a white paper if
      it is dark, and a black one if it is bright.
    """
    opaque = alpha[..., 0] > 0.5
    if opaque.mean() > 0.5:
        paper = np.median(colours[opaque], axis=0)
    else:
        brightness = float((colours * alpha).sum() / max(float(alpha.sum()) * 3, 1e-6))
        paper = np.full(3, 255.0 if brightness < 128 else 0.0)
    return colours * alpha + paper.astype(np.float32) * (1 - alpha)
