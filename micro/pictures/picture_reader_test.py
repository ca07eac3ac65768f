# SPDX-License-Identifier: Apache-2.0
"""All kinds of pixels give what one sees, and bad files a message."""

import io
import pathlib
import re
import zlib

import numpy as np
import pytest
from PIL import Image

from micro.pictures import picture_reader

# Red, white / black, green / blue, grey.
_COLOURS = np.array(
    [[[255, 0, 0], [255, 255, 255]], [[0, 0, 0], [0, 255, 0]], [[0, 0, 255], [128, 128, 128]]],
    np.uint8,
)
_LARGE = _COLOURS.repeat(16, 0).repeat(16, 1)
_GREYS = (np.arange(48 * 32).reshape(48, 32) * 42 % 65536).astype(np.uint16)


def _read(tmp_path: pathlib.Path, image: Image.Image, kind: str = "PNG", **options) -> np.ndarray:
    path = tmp_path / "picture"
    image.save(path, kind, **options)
    return picture_reader.read_picture(path)


def _of_mode(mode: str) -> Image.Image:
    image = Image.fromarray(_LARGE)
    return image.quantize(8) if mode == "P" else image.convert(mode)


def _fault(path: pathlib.Path) -> str:
    with pytest.raises(picture_reader.PictureError) as error:
        picture_reader.read_picture(path)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("kind", "mode", "options", "error"),
    [
        ("PNG", "RGB", {}, 0),
        ("PNG", "P", {}, 0),
        ("PNG", "RGBA", {}, 0),
        ("GIF", "P", {}, 0),
        ("BMP", "RGB", {}, 0),
        ("PPM", "RGB", {}, 0),
        ("WEBP", "RGB", {"lossless": True}, 0),
        ("JPEG", "RGB", {"quality": 95, "subsampling": 0}, 6),
        ("JPEG", "CMYK", {"quality": 95}, 10),
    ],
)
def test_colours(tmp_path, kind, mode, options, error):
    pixels = _read(tmp_path, _of_mode(mode), kind, **options)
    assert pixels.dtype == np.float32
    # In the middle of the fields: JPEG blurs their edges.
    np.testing.assert_allclose(pixels[8::16, 8::16], _COLOURS, atol=error)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16"])
def test_greys(tmp_path, mode):
    if mode == "I;16":
        image, expected = Image.fromarray(_GREYS), _GREYS / 257
    else:
        image = Image.fromarray((_GREYS >> 8).astype(np.uint8)).convert(mode)
        expected = np.asarray(image.convert("L"), np.float32)
    pixels = _read(tmp_path, image)
    np.testing.assert_allclose(pixels, np.repeat(expected[..., np.newaxis], 3, 2), atol=1e-3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_turned_as_the_orientation_says(tmp_path, orientation, kind):
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),  # Stored turned to the left, so turned back to the right.
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(undo(_LARGE)))
    pixels = _read(tmp_path, stored, kind, exif=exif)
    assert pixels.shape == _LARGE.shape
    error = 0 if kind == "PNG" else 40
    np.testing.assert_allclose(pixels[8::16, 8::16], _COLOURS, atol=error)


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_a_digit_on_nothing_gets_a_paper_on_which_it_is_seen(tmp_path, ink, paper):
    pixels = np.zeros((10, 10, 4), np.uint8)
    pixels[2:8, 4:6] = (ink, ink, ink, 255)
    seen = _read(tmp_path, Image.fromarray(pixels))
    assert (seen[2:8, 4:6] == ink).all()
    assert (seen[:, :4] == paper).all()


def test_transparent_corners_of_a_sheet_get_its_colour(tmp_path):
    pixels = np.full((20, 20, 4), 255, np.uint8)
    pixels[..., :3] = (250, 240, 200)
    pixels[5:15, 9:11, :3] = 0
    pixels[:3, :3] = 0
    seen = _read(tmp_path, Image.fromarray(pixels))
    np.testing.assert_allclose(seen[:3, :3], np.broadcast_to((250, 240, 200), (3, 3, 3)))


def test_large_pictures_are_averaged(tmp_path):
    checks = np.zeros((1000, 2304), np.uint8)
    checks[:, ::3] = 255
    pixels = _read(tmp_path, Image.fromarray(checks))
    assert pixels.shape == (333, 768, 3)
    np.testing.assert_allclose(pixels, 85, atol=1)
    shape = _read(tmp_path, Image.new("RGB", (4000, 3000)), "JPEG").shape
    assert shape == (576, 768, 3)


def test_of_a_phones_picture_of_several_the_first_is_the_photo(tmp_path):
    photo, depth = Image.fromarray(_LARGE), Image.new("RGB", (32, 48))
    pixels = _read(tmp_path, photo, "MPO", save_all=True, append_images=[depth])
    np.testing.assert_allclose(pixels[8::16, 8::16], _COLOURS, atol=40)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animations_are_refused(tmp_path, kind):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(tmp_path / "a", kind, save_all=True, append_images=frames[1:], duration=100)
    assert _fault(tmp_path / "a") == "is animated: save one frame of it as PNG"


def test_what_is_not_a_picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"")
    assert _fault(path) == "is empty: save or download it again as PNG or JPEG"
    for data, what in [
        (b"hello\n", "is not a picture in"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "is a HEIC picture, not"),
        (b"%PDF-1.7\n", "is a PDF document, not"),
        (b"II*\0\x08\0\0\0", "is a TIFF picture, not"),
        (b"\x1f\x8b\x08\0", "is gzipped, not"),
        (b'<?xml version="1.0"?>\n<svg/>', "is an XML document, e.g. an SVG drawing, not"),
        (b"RIFF\x20\0\0\0WAVEfmt ", "is not a picture in"),
    ]:
        path.write_bytes(data)
        assert _fault(path) == (
            f"{what} PNG, JPEG, WebP, GIF, BMP or PGM: give it a picture as PNG or JPEG"
        )
    assert _fault(tmp_path / "none") == (
        "cannot be read: No such file or directory: check its name and its permissions"
    )
    assert _fault(tmp_path) == "is a folder, not a picture"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_of_which_only_the_start_is_there_is_damaged(tmp_path, kind):
    file = io.BytesIO()
    Image.fromarray(_LARGE).save(file, kind)
    path = tmp_path / "start"
    path.write_bytes(file.getvalue()[:12])
    assert re.match("is damaged.*: save or download it again as PNG or JPEG", _fault(path))


def test_floats_are_from_0_to_1(tmp_path):
    path = tmp_path / "a.pfm"
    path.write_bytes(b"Pf\n2 1\n-1.0\n" + np.array([[0.5, 2.0]], "<f4").tobytes())
    np.testing.assert_allclose(picture_reader.read_picture(path)[0, :, 0], [127.5, 255])


def test_a_picture_of_100_megapixels_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "bomb.png"
    Image.new("1", (10_000, 10_000)).save(path)
    assert path.stat().st_size < 100_000
    assert _fault(path) == (
        "has 10000 x 10000 pixels, more than 80 million: crop it to the digit, or save it smaller"
    )
    # So large that Pillow refuses it by itself.
    data = bytearray(path.read_bytes())
    data[16:24] = (50_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    assert re.match("has .*more than 80 million pixels: crop it", _fault(path))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "PPM"])
def test_damaged_files_give_a_message_or_a_picture(tmp_path, kind):
    file = io.BytesIO()
    Image.fromarray(_LARGE).save(file, kind)
    whole = file.getvalue()
    rng = np.random.default_rng(5)
    path = tmp_path / "damaged"
    refused = 0
    for number in range(120):
        data = bytearray(whole)
        if number % 2:
            data = data[: int(rng.integers(1, len(data)))]
        for position in rng.integers(0, len(data), int(rng.integers(0, 4))):
            data[position] = int(rng.integers(256))
        path.write_bytes(data)
        try:
            pixels = picture_reader.read_picture(path)
        except picture_reader.PictureError as error:
            refused += 1
            assert ": " in str(error)
            assert "\n" not in str(error)
        else:
            assert pixels.ndim == 3
            assert np.isfinite(pixels).all()
    assert refused > 20
