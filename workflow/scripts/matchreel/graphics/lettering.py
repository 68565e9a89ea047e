"""Lettering: text measured and drawn with the shipped fonts, each letter from the first font that has it.

No shaping: scripts that need it are in none of the fonts, and a letter that no font has is an error.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import groupby

from fontTools.ttLib import TTFont
from PIL import ImageDraw, ImageFont

from matchreel.errors import InputError
from matchreel.provenance import data_path

# The fonts, by preference.
DATA_FILES = ("fonts/NotoSans-Bold.ttf", "fonts/NotoSansKR-Bold.otf")
ELLIPSIS = "…"
Colour = tuple[int, int, int, int]


def checked_text(text: str, *, where: object) -> str:
    """The text as it is drawn: composed (NFC), on one line, without invisible characters.

    Raises InputError naming the first character that no shipped font has.
    """
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(letter for letter in composed if unicodedata.category(letter) != "Cf")
    shown = " ".join(shown.split())
    for letter in shown:
        if _font_of(letter) is None:
            name = unicodedata.name(letter, "a character without a name")
            raise InputError(
                f"{text!r} cannot be written on the picture: the fonts have no {name} (U+{ord(letter):04X})",
                where=where,
                remedy="Write it in Latin, Greek, Cyrillic or Korean letters, or set"
                " reel.title_card_seconds and reel.lower_third_seconds to 0",
            )
    return shown


def is_writable(text: str) -> bool:
    """Whether the shipped fonts have every letter of a text."""
    try:
        checked_text(text, where="")
    except InputError:
        return False
    return True


def text_width(text: str, size: int) -> int:
    """Pixels that a checked text takes at a size in pixels."""
    return round(sum(_font(index, size).getlength(run) for index, run in _runs(text)))


def draw_text(
    draw: ImageDraw.ImageDraw, left: int, baseline: int, text: str, size: int, colour: Colour
) -> None:
    """Draw a checked text from `left` on, standing on a baseline."""
    at = float(left)
    for index, run in _runs(text):
        font = _font(index, size)
        draw.text((round(at), baseline), run, font=font, fill=colour, anchor="ls")
        at += font.getlength(run)


def fitted_size(texts: Sequence[str], size: int, *, width: int, smallest: int) -> int:
    """The largest size, from `size` down to `smallest`, at which every text fits into the width."""
    while size > smallest and max(text_width(text, size) for text in texts) > width:
        size -= 1
    return size


def shortened(text: str, size: int, *, width: int) -> str:
    """The text, its end replaced by an ellipsis where it is wider than that."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + ELLIPSIS, size) > width:
        kept = kept[:-1].rstrip()
    return kept + ELLIPSIS


def _runs(text: str) -> list[tuple[int, str]]:
    return [(index or 0, "".join(letters)) for index, letters in groupby(text, key=_font_of)]


@cache
def _font_of(letter: str) -> int | None:
    """The first font that has a letter. A space or full stop is in the first one."""
    return next((index for index, held in enumerate(_letters()) if ord(letter) in held), None)


@cache
def _letters() -> tuple[frozenset[int], ...]:
    fonts = [TTFont(io.BytesIO(data), lazy=True) for data in _font_data()]
    return tuple(frozenset(font.getBestCmap()) for font in fonts)


@cache
def _font_data() -> tuple[bytes, ...]:
    return tuple(data_path(__file__, name).read_bytes() for name in DATA_FILES)


@cache
def _font(index: int, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout is Pillow's own: the same on every machine.
    data = io.BytesIO(_font_data()[index])
    return ImageFont.truetype(data, size, layout_engine=ImageFont.Layout.BASIC)
