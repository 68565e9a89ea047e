"""Drawn pictures with a score bug: rows of cells in a few styles, over a background that moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

import matchreel.graphics

FONTS = Path(matchreel.graphics.__file__).parent / "fonts"
WHITE, NAVY, YELLOW, BLACK, GREY = (
    (255, 255, 255),
    (12, 24, 70),
    (240, 220, 40),
    (10, 10, 10),
    (225, 225, 225),
)


@dataclass(frozen=True)
class Cell:
    """One piece of a bug: its text, ink and ground (None: nothing behind the letters)."""

    text: str
    ink: tuple[int, int, int] = WHITE
    ground: tuple[int, int, int] | None = NAVY


@dataclass(frozen=True)
class Shown:
    """What a bug says."""

    home: str
    away: str
    goals: tuple[int, int]
    clock_seconds: float
    added: str = ""

    @property
    def clock(self) -> str:
        minutes, seconds = divmod(int(self.clock_seconds), 60)
        return f"{minutes:02d}:{seconds:02d}{self.added}"

    @property
    def minute(self) -> str:
        return f"{int(self.clock_seconds) // 60}'"


def rows_of(style: str, shown: Shown) -> list[list[Cell]]:
    """The rows of cells of a style, top down."""
    one, other = shown.goals
    boxed = [
        Cell(f" {shown.home} "),
        Cell(f" {one} ", BLACK, YELLOW),
        Cell(f" {other} ", BLACK, YELLOW),
        Cell(f" {shown.away} "),
    ]
    return {
        "dash": [[Cell(f" {shown.home} {one}-{other} {shown.away} "), Cell(f" {shown.clock} ", BLACK, GREY)]],
        "before": [[Cell(f" {shown.clock} ", BLACK, GREY), Cell(f" {shown.home}  {one} - {other}  {shown.away} ")]],
        "boxed": [[*boxed, Cell(f" {shown.clock} ", BLACK, WHITE)]],
        "stacked": [
            [Cell(f" {shown.home} "), Cell(f" {one} ", BLACK, WHITE)],
            [Cell(f" {shown.away} "), Cell(f" {other} ", BLACK, WHITE)],
            [Cell(f" {shown.clock} ", BLACK, YELLOW)],
        ],
        "below": [[Cell(f" {shown.home} {one}:{other} {shown.away} ")], [Cell(f" {shown.clock} ", WHITE, BLACK)]],
        "bare": [[Cell(f"{shown.home} {one}-{other} {shown.away}  {shown.clock}", WHITE, None)]],
        "minutes": [[Cell(f" {shown.home} "), Cell(f" {one} - {other} ", BLACK, WHITE), Cell(f" {shown.away} "), Cell(f" {shown.minute} ", BLACK, YELLOW)]],
    }[style]  # fmt: skip


STYLES = ("dash", "before", "boxed", "stacked", "below", "bare", "minutes")


def draw(
    picture: npt.NDArray[np.uint8], style: str, shown: Shown, *, size: int, at: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """A copy of (H, W, 3) with the bug on it: letters of that size, its upper left corner there."""
    image = Image.fromarray(picture)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONTS / "NotoSans-Bold.ttf"), size)
    y, height = at[1], round(size * 1.45)
    rows = rows_of(style, shown)
    for row in rows:
        x = at[0]
        for cell in row:
            width = round(font.getlength(cell.text))
            if cell.ground:
                pen.rectangle([x, y, x + width - 1, y + height - 1], fill=cell.ground)
            elif cell.text.strip():
                pen.text((x + 1, y + height / 2 + 1), cell.text, font=font, fill=BLACK, anchor="lm")
            pen.text((x, y + height / 2), cell.text, font=font, fill=cell.ink, anchor="lm")
            x += width + 1
        y += height + 1
    return np.asarray(image)


def background(seconds: float, width: int, height: int) -> npt.NDArray[np.uint8]:
    """A pitch under a camera that pans: stripes, noise and figures that are elsewhere in each picture."""
    random = np.random.default_rng(int(seconds * 1000))
    columns = (np.arange(width) + random.integers(0, width)) // max(width // 12, 1) % 2
    picture = np.empty((height, width, 3), dtype=np.float32)
    picture[:] = np.where(columns[None, :, None] > 0, (52, 120, 50), (62, 136, 58))
    picture += random.normal(0, 6, picture.shape)
    for _ in range(14):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        colour = random.integers(0, 256, 3)
        picture[y : y + height // 9, x : x + width // 60] = colour
    if int(seconds) // 20 % 3 == 2:
        picture = picture[..., ::-1] * 0.7 + random.integers(0, 80)
    return np.clip(picture, 0, 255).astype(np.uint8)


def pictures(
    style: str,
    facts: Iterator[tuple[float, Shown | None]],
    *,
    width: int,
    height: int,
    size: int,
    at: tuple[int, int],
) -> Iterator[tuple[float, npt.NDArray[np.uint8]]]:
    """(seconds, picture) of what is shown when; None shows no bug."""
    for seconds, shown in facts:
        ground = background(seconds, width, height)
        yield seconds, ground if shown is None else draw(ground, style, shown, size=size, at=at)
