"""The contact sheet, the poster's shape, and JPEG files."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from matchreel.errors import OutputError
from matchreel.graphics.lettering import checked_text, draw_text, shortened
from matchreel.stills.choice import Picture

# Draws a text into a strip of (width, height) pixels: (H, W, 3) RGB.
Caption = Callable[[str, int, int], Picture]

JPEG_QUALITY = 90
CELL_WIDTH, CAPTION_HEIGHT, GAP = 320, 28, 8
MAX_COLUMNS = 8
_BACKGROUND = 24
_POSTER_SHAPE = (16, 9)


def lettered_caption(text: str, width: int, height: int) -> Picture:
    """A strip with a text in the shipped letters, shortened where it is too long."""
    strip = Image.new("RGB", (width, height), (_BACKGROUND,) * 3)
    size, text = round(height * 0.55), checked_text(text, where="the contact sheet")
    held = shortened(text, size, width=width - 4)
    draw_text(ImageDraw.Draw(strip), 2, round(height * 0.7), held, size, (235, 235, 235, 255))
    return np.asarray(strip, dtype=np.uint8)


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


def poster_shaped(picture: Picture) -> Picture:
    """The largest middle piece of (H, W, 3) that is 16:9, at its own size; a few lines more or less stay."""
    height, width = picture.shape[:2]
    wide, high = _POSTER_SHAPE
    fitting_width, fitting_height = (
        min(width, round(height * wide / high)),
        min(height, round(width * high / wide)),
    )
    top, left = (height - fitting_height) // 2, (width - fitting_width) // 2
    return picture[top : top + fitting_height, left : left + fitting_width]


def save_jpeg(picture: Picture, path: Path) -> None:
    """Write (H, W, 3) RGB; the same picture gives the same bytes."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    is_coded, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    if not is_coded:
        raise OutputError(
            "the picture cannot be written as JPEG", where=path, remedy="Set reel.height to a smaller picture"
        )
    path.write_bytes(data.tobytes())
