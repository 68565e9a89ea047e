"""The poster: a still in 16:9, with the teams on it where they are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from matchreel.graphics.lettering import draw_text, fitted_size, shortened
from matchreel.stills.choice import Picture
from matchreel.stills.sheet import drawable

_SHAPE = (16, 9)
_TITLE_SHARE, _SMALLEST_SHARE, _DATE_SHARE = 1 / 11, 1 / 24, 1 / 24  # of the height
_SHADED_SHARE, _SHADE = 0.4, 0.75  # so much of the height darkens, at the bottom by so much
_MARGIN_SHARE = 1 / 22
_INK = (255, 255, 255, 255)


def poster_shaped(picture: Picture) -> Picture:
    """The largest middle piece of (H, W, 3) that is 16:9, at its own size."""
    height, width = picture.shape[:2]
    wide, high = _SHAPE
    kept_width = min(width, round(height * wide / high))
    kept_height = min(height, round(width * high / wide))
    top, left = (height - kept_height) // 2, (width - kept_width) // 2
    return picture[top : top + kept_height, left : left + kept_width]


def titled(picture: Picture, teams: Sequence[str], date: str) -> Picture:
    """(H, W, 3) with the teams and under them the date at the bottom; untouched where no team is known."""
    name = " – ".join(drawable(team) for team in teams if team)
    if not name:
        return picture
    height, width = picture.shape[:2]
    margin, room = round(height * _MARGIN_SHARE), width - 2 * round(height * _MARGIN_SHARE)
    shaded = Image.fromarray(_shaded(picture))
    draw = ImageDraw.Draw(shaded)
    baseline = height - margin
    if date:
        size = max(1, round(height * _DATE_SHARE))
        draw_text(draw, margin, baseline, shortened(drawable(date), size, width=room), size, _INK)
        baseline -= round(1.6 * size)
    largest, smallest = (max(1, round(height * share)) for share in (_TITLE_SHARE, _SMALLEST_SHARE))
    size = fitted_size([name], largest, width=room, smallest=smallest)
    draw_text(draw, margin, baseline, shortened(name, size, width=room), size, _INK)
    return np.asarray(shaded, dtype=np.uint8)


def _shaded(picture: Picture) -> Picture:
    """Darker towards the bottom, so that white letters stand out."""
    height = picture.shape[0]
    rows = np.arange(height) / height
    dark = np.clip((rows - (1 - _SHADED_SHARE)) / _SHADED_SHARE, 0, 1) * _SHADE
    return np.asarray(picture * (1 - dark[:, None, None]), dtype=np.uint8)
