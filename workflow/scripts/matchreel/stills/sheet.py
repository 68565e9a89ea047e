"""The contact sheet, and JPEG files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from matchreel.errors import InputError, OutputError
from matchreel.graphics.lettering import checked_text, draw_text, shortened
from matchreel.stills.choice import Picture

# Draws a text into a strip of (width, height) pixels: (H, W, 3) RGB.
Caption = Callable[[str, int, int], Picture]

JPEG_QUALITY = 90
CELL_WIDTH, CAPTION_HEIGHT, GAP = 320, 28, 8
MAX_COLUMNS = 8
_BACKGROUND = 24


def lettered_caption(text: str, width: int, height: int) -> Picture:
    """A strip with a text in the shipped letters, shortened where it is too long."""
    strip = Image.new("RGB", (width, height), (_BACKGROUND,) * 3)
    size = round(height * 0.55)
    held = shortened(drawable(text), size, width=width - 4)
    draw_text(ImageDraw.Draw(strip), 2, round(height * 0.7), held, size, (235, 235, 235, 255))
    return np.asarray(strip, dtype=np.uint8)


def drawable(text: str) -> str:
    """The text as the fonts can write it: where they lack a letter, ASCII and question marks."""
    try:
        return checked_text(text, where="a still")
    except InputError:
        return text.encode("ascii", "replace").decode()


def cell_sized(picture: Picture) -> Picture:
    """(H, CELL_WIDTH, 3) of (H, W, 3): its shape stays."""
    height = max(1, round(CELL_WIDTH * picture.shape[0] / picture.shape[1]))
    return np.asarray(cv2.resize(picture, (CELL_WIDTH, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def contact_sheet(pictures: Sequence[Picture], titles: Sequence[str], caption: Caption) -> Picture:
    """(H, W, 3) RGB of pictures as cell_sized made them: in rows, each with its title under it."""
    columns = min(MAX_COLUMNS, max(1, math.ceil(math.sqrt(len(pictures)))))
    height = max(picture.shape[0] for picture in pictures)
    rows = -(-len(pictures) // columns)
    step_x, step_y = CELL_WIDTH + GAP, height + CAPTION_HEIGHT + GAP
    sheet = np.full((GAP + rows * step_y, GAP + columns * step_x, 3), _BACKGROUND, dtype=np.uint8)
    for index, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        row, column = divmod(index, columns)
        top, left = GAP + row * step_y, GAP + column * step_x
        sheet[top : top + picture.shape[0], left : left + CELL_WIDTH] = picture
        strip = caption(title, CELL_WIDTH, CAPTION_HEIGHT)
        sheet[top + height : top + height + CAPTION_HEIGHT, left : left + CELL_WIDTH] = strip
    return sheet


def save_jpeg(picture: Picture, path: Path) -> None:
    """Write (H, W, 3) RGB; the same picture gives the same bytes."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    is_coded, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    if not is_coded:
        raise OutputError(
            "the picture cannot be written as JPEG", where=path, remedy="Set reel.height to a smaller picture"
        )
    path.write_bytes(data.tobytes())
