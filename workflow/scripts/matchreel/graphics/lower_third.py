"""A lower third: what is seen, when, and in which game, on a dark plate at the picture's lower left."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image, ImageDraw

from matchreel.graphics.lettering import Colour, draw_text, fitted_size, shortened, text_width
from matchreel.labels import slug_of

WHITE: Colour = (255, 255, 255, 255)
_MUTED: Colour = (205, 214, 224, 255)
_PLATE: Colour = (10, 18, 28, 212)
_KINDS: dict[str, Colour] = {
    "goal": (46, 204, 113, 255),
    "penalty": (255, 159, 28, 255),
    "shot-on-target": (64, 156, 255, 255),
    "shot-off-target": (120, 144, 168, 255),
    "red-card": (235, 64, 52, 255),
    "second-yellow-card": (235, 64, 52, 255),
    "yellow-card": (255, 209, 44, 255),
}
_OTHER: Colour = (148, 120, 255, 255)
# SOURCE: EBU R 95, graphics safe area of 16:9 pictures: 5 % from each side.
SAFE_SHARE = 0.05
_WIDEST_SHARE = 0.72  # of the safe width, so that most of the pitch stays free
_SMALLEST_PIXELS = 11  # below it letters cannot be told apart


@dataclass(frozen=True)
class LowerThirdText:
    """Checked texts. label is the highlight's own, for the colour; score "" where nobody gave one."""

    label: str
    title: str
    minute: str
    part: str
    home: str
    away: str
    score: str


@dataclass(frozen=True)
class Plate:
    """An RGBA picture and where its upper left corner stands; all even, as subsampled colour wants it."""

    image: Image.Image
    left: int
    top: int


def draw_lower_third(text: LowerThirdText, *, width: int, height: int) -> Plate:
    """The plate for a picture of width x height: label and minute above, half and teams below."""
    margin_x, margin_y = round(width * SAFE_SHARE), round(height * SAFE_SHARE)
    big = _big_size(width, height)
    small = max(min(_SMALLEST_PIXELS, big), round(big * 0.62))
    bar, pad = max(3, round(big * 0.18)), round(big * 0.5)
    widest = round((width - 2 * margin_x) * (_WIDEST_SHARE if width > height else 1.0))
    inner = max(8, widest - bar - 2 * pad)
    title, title_size = _fitted(_title_line(text), big, inner)
    below, small = _second_line(text, small, inner)
    plate_width = _even(bar + 2 * pad + max(text_width(title, title_size), text_width(below, small)))
    plate_height = _even(big * 1.42 + (small * 1.5 if below else 0) + pad * 0.35)
    image = Image.new("RGBA", (plate_width, plate_height), _PLATE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, bar - 1, plate_height), fill=_KINDS.get(slug_of(text.label), _OTHER))
    baseline = round(big * 1.2)
    draw_text(draw, bar + pad, baseline, title, title_size, WHITE)
    draw_text(draw, bar + pad, baseline + round(small * 1.5), below, small, _MUTED)
    return Plate(image, _even(margin_x), max(0, (height - margin_y - plate_height) // 2 * 2))


def _big_size(width: int, height: int) -> int:
    """Larger than in proportion in small pictures, where letters would be too small to read."""
    shorter = min(width, height)
    return max(4, min(max(16, round(shorter * 0.042 + 5)), height // 5))


def _title_line(text: LowerThirdText) -> str:
    return "  ".join(part for part in (text.minute, text.title) if part)


def _second_line(text: LowerThirdText, size: int, width: int) -> tuple[str, int]:
    """Half, teams and score; long names are written smaller, then cut, each in its own half of the room."""
    between = f" {text.score.replace('-', '–')} " if text.score else " – "
    teams = between.join((text.home, text.away)) if text.home and text.away else text.home or text.away
    teams = teams or text.score.replace("-", "–")
    lead = f"{text.part} · " if text.part and teams else text.part
    size = fitted_size(
        [lead + teams], size, width=width, smallest=min(size, max(_SMALLEST_PIXELS, round(size * 0.75)))
    )
    if text_width(lead + teams, size) <= width:
        return lead + teams, size
    if not (text.home and text.away):
        return shortened(lead + teams, size, width=width), size
    room = width - text_width(lead + between, size)
    widths = [text_width(name, size) for name in (text.home, text.away)]
    home_room = room - widths[1] if widths[1] < room / 2 else min(widths[0], room // 2)
    home = shortened(text.home, size, width=home_room)
    away = shortened(text.away, size, width=room - text_width(home, size))
    return shortened(lead + home + between + away, size, width=width), size


def _fitted(text: str, size: int, width: int) -> tuple[str, int]:
    size = fitted_size([text], size, width=width, smallest=max(4, round(size * 0.7)))
    return shortened(text, size, width=width), size


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2)
