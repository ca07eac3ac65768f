# SPDX-License-Identifier: Apache-2.0
"""The ten digits as strokes of a pen, for tests and pictures of the page."""

from __future__ import annotations

import math

Points = list[tuple[float, float]]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Points:
    """Part of an ellipse, in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / 24) for i in range(25)]
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


DIGITS: dict[int, list[Points]] = {
    0: [_arc(0.5, 0.5, 0.19, 0.32, -90, 275)],
    1: [[(0.53, 0.18), (0.51, 0.4), (0.49, 0.6), (0.47, 0.82)]],
    2: [[*_arc(0.49, 0.36, 0.2, 0.18, -170, 35), (0.3, 0.8), (0.75, 0.79)]],
    3: [_arc(0.47, 0.34, 0.19, 0.16, -150, 90) + _arc(0.47, 0.67, 0.22, 0.17, -90, 150)],
    4: [[(0.36, 0.2), (0.3, 0.55), (0.74, 0.53)], [(0.66, 0.22), (0.6, 0.82)]],
    5: [[(0.7, 0.2), (0.38, 0.21), (0.34, 0.48), *_arc(0.46, 0.63, 0.2, 0.18, -110, 140)]],
    6: [[(0.6, 0.17), (0.42, 0.4), *_arc(0.49, 0.65, 0.17, 0.17, -170, 200)]],
    7: [[(0.28, 0.22), (0.72, 0.21), (0.56, 0.5), (0.45, 0.83)]],
    8: [_arc(0.5, 0.34, 0.15, 0.15, 90, 450) + _arc(0.5, 0.66, 0.18, 0.17, -90, 270)],
    9: [[*_arc(0.5, 0.36, 0.17, 0.17, 0, -360), (0.66, 0.5), (0.6, 0.83)]],
}
"""Of each digit its strokes: points from 0 to 1, x to the right and y down."""
