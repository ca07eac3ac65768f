# SPDX-License-Identifier: Apache-2.0
"""Tells ink from paper: any colours, dark on bright or bright on dark, in uneven light.

The steps: the paper's colour at each pixel, from what is not ink around it; the difference from it,
along the colours in which the ink differs most; then Otsu's threshold, and what full ink is, at
each place. Grey edges stay grey.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from micro.pictures import components, filters

_COARSE_SIDE = 64
"""The paper is estimated on a grid of this size: its light changes slowly."""

_EDGE = 2
"""Parts of the picture with different paper overlap by so many pixels of that grid."""

_SEPARABLE = 0.9
_OTHER_AT_BORDER = 0.15
"""What `find_other_part` asks for: of the variance, and of the picture's border."""

_LEAST_CONTRAST = 10.0
"""Ink differs from its paper by at least so many of 255."""

_LEAST_NOISE = 1.0
"""The rounding of pixels alone is noise, even if the paper has a single colour."""

_SIGNIFICANT = 3.0
"""Ink differs from its paper by more than so many standard deviations of the noise."""


class NoInkError(ValueError):
    """Nothing on the picture differs from its background."""


def find_ink(picture: np.ndarray) -> np.ndarray:
    """Finds the ink.

    Args:
      picture: float32, shape (H, W, 3): red, green and blue from 0 to 255.

    Returns:
      float32, shape (H, W): 0 is paper, 1 is ink.

    Raises:
      NoInkError: the picture is blank.
    """
    ink = difference_from(picture, estimate_papers(picture))
    ink = smooth_noise(ink, noise_of(ink))
    noise = max(noise_of(ink), _LEAST_NOISE)
    # What may be noise is paper: without it, Otsu's threshold would divide the noise if ink is
    # rare.
    certain = np.where(ink > _SIGNIFICANT * noise, ink, 0)
    threshold = otsu_threshold(certain)
    found = certain > threshold
    if not found.any() or float(ink[found].mean()) < max(_LEAST_CONTRAST, 2 * _SIGNIFICANT * noise):
        raise NoInkError
    full = strength(ink, found)
    low = np.maximum(0.25 * full, _SIGNIFICANT * noise)
    high = np.maximum(0.75 * full, low + 1)
    return np.clip((ink - low) / (high - low), 0, 1).astype(np.float32)


# --- the paper ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Paper:
    """What a part of the picture would be without ink.

    Attributes:
      colours: float32, shape (H, W, 3); goes on outside of the part.
      part: float32, shape (H, W): above 0.5 in the part and a little around it.
    """

    colours: np.ndarray
    part: np.ndarray


def estimate_papers(picture: np.ndarray) -> list[Paper]:
    """Estimates what the picture would be without ink.

    A shadow with an edge, or a desk beside the paper, is a part of the picture with a paper of its
    own. In each part, first a surface of degree 2 through most of the pixels, for light that falls
    off evenly; what differs much from it is ink. Then, twice, the median around each pixel of what
    is not ink.

    Args:
      picture: float32, shape (H, W, 3).

    Returns:
      One paper or two. Their parts overlap at their common edge.
    """
    height, width, _ = picture.shape
    scale = min(1.0, _COARSE_SIDE / max(height, width))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    coarse = np.stack([filters.resize(band, rows, columns) for band in _bands(picture)], axis=2)
    other = find_other_part(coarse)
    parts = [part for part in (~other, other) if part.any()]
    around = [filters.dilate(part, _EDGE).astype(np.float32) for part in parts]
    surfaces = [
        np.stack([fit_surface(band, part) for band in _bands(coarse)], axis=2) for part in parts
    ]
    papers = [Paper(*paper) for paper in zip(surfaces, around, strict=True)]
    for _ in range(2):
        blank = ~_differs(coarse, papers)
        papers = [
            Paper(_medians(coarse, blank & part, surface), where)
            for part, surface, where in zip(parts, surfaces, around, strict=True)
        ]
    return [
        Paper(
            np.stack(
                [filters.resize(band, height, width) for band in _bands(paper.colours)], axis=2
            ),
            filters.resize(paper.part, height, width),
        )
        for paper in papers
    ]


def _differs(picture: np.ndarray, papers: Sequence[Paper]) -> np.ndarray:
    """Where a picture differs much from its papers, with a pixel around it: bool, shape (H, W)."""
    difference = np.abs(difference_from(picture, papers))
    return filters.dilate(difference > otsu_threshold(difference), 1)


def find_other_part(picture: np.ndarray) -> np.ndarray:
    """Finds the part of a picture whose paper is another one, with an edge: a shadow, or a desk.

    A median removes the strokes. If two brightnesses then account for nearly all of the differences
    (Otsu's measure of separability; of light that falls off evenly they account for 3/4), the rarer
    one is another paper, if it takes a good part of the picture's border. Otherwise it may be a
    broad stroke.

    Args:
      picture: float32, shape (H, W, 3): on the coarse grid.

    Returns:
      bool, shape (H, W): mostly all False.
    """
    rows, columns, _ = picture.shape
    radius = max(rows, columns) // 12
    everywhere = np.ones((rows, columns), bool)
    smooth = np.stack(
        [filters.masked_median(band, everywhere, radius, 1) for band in _bands(picture)], axis=2
    )
    smooth -= smooth.mean(axis=(0, 1))
    _, vectors = np.linalg.eigh(np.einsum("yxi,yxj->ij", smooth, smooth, dtype=np.float64))
    values = np.einsum("yxi,i->yx", smooth, vectors[:, -1])
    values -= values.min()
    bright = values > otsu_threshold(values)
    share = float(bright.mean())
    if not 0 < share < 1 or float(np.ptp(values)) < _LEAST_CONTRAST:
        return ~everywhere
    between = share * (1 - share) * float(values[bright].mean() - values[~bright].mean()) ** 2
    if between < _SEPARABLE * float(values.var()):
        return ~everywhere
    found = components.find_components(bright if share < 0.5 else ~bright)
    frame = np.concatenate(
        [found.labels[0], found.labels[-1], found.labels[:, 0], found.labels[:, -1]]
    )
    at_frame = np.bincount(frame, minlength=len(found.areas) + 1)[1:]
    return found.mask(at_frame >= _OTHER_AT_BORDER * len(frame))


def _medians(picture: np.ndarray, chosen: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """The medians of the chosen pixels around each one; the fallback where there are few."""
    radius = max(1, round(max(chosen.shape) / 6))
    least = (2 * radius + 1) ** 2 // 20
    papers = []
    for band, other in zip(_bands(picture), _bands(fallback), strict=True):
        median = filters.masked_median(band, chosen, radius, least)
        known = ~np.isnan(median)
        shift = float(np.median((median - other)[known])) if known.any() else 0.0
        papers.append(np.where(known, median, other + shift).astype(np.float32))
    return np.stack(papers, axis=2)


def _bands(picture: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(picture[..., band]) for band in range(picture.shape[2])]


def fit_surface(values: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Fits a surface of degree 2 that most of the values lie near.

    Least absolute deviations, by iteratively reweighted least squares (Schlossmacher, "An Iterative
    Technique for Absolute Deviations Curve Fitting", JASA 68, 1973): ink is far from the paper, but
    doesn't pull the surface, as it would with least squares.

    Args:
      values: float32, shape (H, W).
      part: bool, shape (H, W): which of them count; not empty.

    Returns:
      float32, shape (H, W).
    """
    height, width = values.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    target = values.reshape(-1).astype(np.float64)
    counts = part.reshape(-1)
    # The first guess is flat.
    residuals = target - np.median(target[counts])
    fitted = target
    for _ in range(20):
        weights = counts / np.maximum(np.abs(residuals), 1)
        weighted = terms * weights[:, np.newaxis]
        # Tiny pictures don't determine all six; least squares takes the flattest.
        # Not by `@`: the threads of its library wait for each other on a busy machine.
        products = np.einsum("ni,nj->ij", weighted, terms), np.einsum("ni,n->i", weighted, target)
        coefficients = np.linalg.lstsq(*products, rcond=None)[0]
        fitted = np.einsum("ni,i->n", terms, coefficients)
        residuals = target - fitted
    return fitted.reshape(values.shape).astype(np.float32)


# --- the ink --------------------------------------------------------------------------------------


def difference_from(picture: np.ndarray, papers: Sequence[Paper]) -> np.ndarray:
    """How much a picture differs from its paper in the way in which ink does.

    At the edge of two papers, e.g. of a shadow, ink must differ from both of them.

    Args:
      picture: float32, shape (H, W, 3).
      papers: at least one; each pixel is in a part of one.

    Returns:
      float32, shape (H, W): about 0 on paper, positive for ink, 255 for black on white.
    """
    differences = [picture - paper.colours for paper in papers]
    direction = ink_direction(differences, papers)
    return np.min(
        [
            np.where(paper.part > 0.5, np.einsum("yxi,i->yx", difference, direction), np.inf)
            for difference, paper in zip(differences, papers, strict=True)
        ],
        axis=0,
    ).astype(np.float32)


def ink_direction(differences: Sequence[np.ndarray], papers: Sequence[Paper]) -> np.ndarray:
    """The colour in which ink differs from paper.

    It is the first principal component of the differences: of red ink on green paper it is red
    minus green, though both may be equally bright. Differences from paper are about 0, those of ink
    are large and have one sign: the third moment shows which.

    Args:
      differences: float32, each of shape (H, W, 3): from each of the papers.
      papers: the papers. Where they overlap, nothing is known.

    Returns:
      float32, shape (3,): its absolute values have the sum 1.
    """
    count = np.sum([paper.part > 0.5 for paper in papers], axis=0)
    pixels = np.concatenate(
        [
            difference[(paper.part > 0.5) & (count == 1)]
            for difference, paper in zip(differences, papers, strict=True)
        ]
    )
    _, vectors = np.linalg.eigh(np.einsum("ni,nj->ij", pixels, pixels, dtype=np.float64))
    direction = vectors[:, -1] / np.abs(vectors[:, -1]).sum()
    along = np.einsum("ni,i->n", pixels, direction)
    return (direction if np.sum(along**3) >= 0 else -direction).astype(np.float32)


def noise_of(ink: np.ndarray) -> float:
    """The standard deviation of the paper, by the median of absolute values: ink hardly changes it.

    Args:
      ink: float32, shape (H, W), about 0 on paper.

    Returns:
      The deviation; 1.4826 makes it that of a normal distribution.
    """
    return 1.4826 * float(np.median(np.abs(ink)))


def smooth_noise(ink: np.ndarray, noise: float) -> np.ndarray:
    """Averages over so many pixels that the noise is small beside the ink, at most 7 x 7.

    Args:
      ink: float32, shape (H, W).
      noise: its standard deviation on paper.

    Returns:
      float32, shape (H, W).
    """
    strongest = float(np.quantile(ink, 0.999))
    for radius in range(4):
        smooth = filters.box_mean(ink, radius)
        if noise_of(smooth) * 12 <= strongest:
            return smooth
    return smooth


def otsu_threshold(values: np.ndarray) -> float:
    """The threshold that divides values best into two classes.

    Otsu, "A Threshold Selection Method from Gray-Level Histograms", IEEE Transactions on Systems,
    Man, and Cybernetics 9(1), 1979: the variance between the classes is greatest.

    Args:
      values: float, any shape, at least 0.

    Returns:
      The threshold: the upper class is above it. 0 if there is one value only.
    """
    counts, edges = np.histogram(values, bins=256, range=(0, max(float(values.max()), 1e-6)))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    between = np.nan_to_num(between[:-1])
    if not between.any():
        return 0.0
    # Between two clusters all thresholds are equally good: the middle one.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1 + best[len(best) // 2]])


def strength(ink: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How strong full ink is at each place: in shadow, it differs less from its paper.

    Args:
      ink: float32, shape (H, W).
      found: bool, shape (H, W): what is ink for certain; not empty.

    Returns:
      float32, shape (H, W): the mean of the ink around; where there is none, of all ink.
    """
    radius = max(ink.shape) // 12
    share = filters.box_mean(found, radius)
    total = filters.box_mean(np.where(found, ink, 0), radius)
    overall = float(ink[found].mean())
    # As if a hundredth of each surrounding was ink of the usual strength.
    return (total + 0.01 * overall) / (share + 0.01)
