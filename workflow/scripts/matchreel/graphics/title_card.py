"""The title card: both teams, the day and how many moments follow, on a pitch at night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from matchreel.graphics.lettering import Colour, draw_text, fitted_size, shortened, text_width

_WHITE: Colour = (255, 255, 255, 255)
_ACCENT: Colour = (46, 204, 113, 255)
_MUTED: Colour = (196, 212, 204, 255)
_LINES: Colour = (255, 255, 255, 26)
_TOP, _BOTTOM = (10, 34, 26), (16, 62, 42)
_STRIPES = 12
_SCALE = 3  # lines are drawn larger and then reduced: smooth edges
_WIDEST_SHARE = 0.86


@dataclass(frozen=True)
class TitleText:
    """Checked texts: the teams ("" where unknown), the reel's name and what stands below."""

    headline: str
    home: str
    away: str
    below: str


def draw_title_card(text: TitleText, *, width: int, height: int) -> Image.Image:
    """An RGB picture of width x height."""
    image = _pitch(width, height)
    draw = ImageDraw.Draw(image)
    unit = min(height, width * 9 / 16)
    names = [name for name in (text.home, text.away) if name]
    room = round(width * _WIDEST_SHARE)
    small, large = max(4, round(unit * 0.06)), max(6, round(unit * 0.135))
    if names:
        _line(draw, width, height / 2 - unit * 0.27, text.headline, small, _ACCENT, room)
        _names(draw, width, height / 2, names, large, unit, room)
    else:
        _line(draw, width, height / 2 + large * 0.3, text.headline, large, _WHITE, room)
    _line(draw, width, height / 2 + unit * 0.33, text.below, small, _MUTED, room)
    return image.convert("RGB")


def _names(
    draw: ImageDraw.ImageDraw,
    width: int,
    middle: float,
    names: Sequence[str],
    size: int,
    unit: float,
    room: int,
) -> None:
    """One above the other, both at one size, with a short line between them."""
    size = fitted_size(names, size, width=room, smallest=max(6, round(size * 0.5)))
    if len(names) == 1:
        _line(draw, width, middle + size * 0.36, names[0], size, _WHITE, room)
        return
    _line(draw, width, middle - unit * 0.055, names[0], size, _WHITE, room)
    half, thick = unit * 0.06, max(1, round(unit * 0.008))
    draw.rectangle((width / 2 - half, middle, width / 2 + half, middle + thick - 1), fill=_ACCENT)
    _line(draw, width, middle + unit * 0.055 + size * 0.76, names[1], size, _WHITE, room)


def _line(
    draw: ImageDraw.ImageDraw, width: int, baseline: float, text: str, size: int, colour: Colour, room: int
) -> None:
    shown = shortened(text, size, width=room)
    draw_text(draw, (width - text_width(shown, size)) // 2, round(baseline), shown, size, colour)


def _pitch(width: int, height: int) -> Image.Image:
    """Mown stripes, darker to the top and the corners, under half a centre circle's lines."""
    rows = np.linspace(0, 1, height)[:, None, None]
    field = np.array(_TOP) * (1 - rows) + np.array(_BOTTOM) * rows
    stripes = (np.arange(width) * _STRIPES // width % 2)[None, :, None]
    across, down = np.linspace(-1, 1, width)[None, :, None], np.linspace(-1, 1, height)[:, None, None]
    field = field * (1 + 0.10 * stripes) * (1 - 0.28 * np.clip(across**2 + down**2 - 0.4, 0, 1))
    image = Image.fromarray(np.clip(np.rint(field), 0, 255).astype(np.uint8), "RGB").convert("RGBA")
    return Image.alpha_composite(image, _markings(width, height))


def _markings(width: int, height: int) -> Image.Image:
    large = Image.new("RGBA", (width * _SCALE, height * _SCALE), (255, 255, 255, 0))
    draw = ImageDraw.Draw(large)
    thick = max(_SCALE, round(min(width, height) * 0.006 * _SCALE))
    x, y, radius = (length * _SCALE for length in (width / 2, height / 2, min(width, height) * 0.42))
    draw.line((x, 0, x, height * _SCALE), fill=_LINES, width=thick)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_LINES, width=thick)
    return large.resize((width, height), Image.Resampling.BOX)
