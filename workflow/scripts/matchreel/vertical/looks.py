"""What small pictures tell about where play is: ball-like spots, players, foreground, pans, camera cuts.

Pictures have HEIGHT rows, so that a ball in a wide view has two to four pixels. Cells are CELL x CELL pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import reduce
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from matchreel.cues.pictures import CONSTANTS, PictureMeter, is_grass, longest_runs
from matchreel.records import Float32, Float64
from matchreel.vertical.views import is_wide_view

Pictures = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

HEIGHT, CELL = 224, 4
# About so many pictures a second are looked at for play.
LOOK_RATE_FPS = Fraction(25, 2)
# Rows of the pictures that views are told by, as the cues do.
_VIEW_HEIGHT = 72
# ASSUME a ball is white, at most this large across, and brighter than what lies so far around it.
# (pixels, directions) of the rings.
_RINGS = ((3, 8), (5, 16))
# Grey levels that a ball-like spot must stand out by at least, and from which on more is no better.
# SOURCE: measured on rendered games (seeds 101 to 103): the ball stands out by 100 or more in half of the
# wide pictures, another spot on grass 0.7 times a picture at most; by 60 or more 0.7 to 6 others do.
_FAINT_LEVEL, _CLEAR_LEVEL = 12.0, 110.0
# A column's run of grass counts from this share of the rows on; the edge is the median over so many columns.
_LONG_RUN_SHARE, _EDGE_SHARE = 0.12, 0.35
_BALL_SIDE_PIXELS = 8
_JOINED_SHARE = 0.9  # what a spot's levels count that touches a line or a player
# White shorts: a shirt so many pixels above, legs as far below, neither as bright nor of the grass's colour.
_SHIRT_PIXELS, _SHIRT_SIDES, _SHIRT_LEVEL, _WHITE_LEVEL = 6, (3, 4), 55, 40
# How much of the frame between two squares of so many pixels around a ball is grass.
_FRAME_SIDES, _LEAST_GRASS, _FULL_GRASS = (13, 7), 0.55, 0.8
# A pan that is quicker, or fits worse, is none. Grey levels that differ by less did not move.
_MAX_PAN_PIXELS, _LEAST_RESPONSE = 40.0, 0.05
_STILL_LEVEL, _MOVED_LEVEL = 6.0, 60.0
_DETAIL_PIXELS, _BUG_SHARE = 2.0, 0.14
_MOSTLY_GRASS, _BODY_PIXELS = 0.4, 15


@dataclass(frozen=True)
class Looks:
    """T pictures at one rate, of H x W cells. Places and shifts are in cells.

    ball (T, H, W): 0 to 1, how much a cell holds something like a ball on grass. bright (T, H, W): 0 to 1,
    how much it holds a small white thing, whatever is around it. people (T, H, W): 1 where somebody stands
    on grass. foreground (T, W): how much of a column moves against the background, is sharp, as cameras
    focus on whom they show, or hides grass.
    pan (T, 2): how far (x, y) the background moved since the last picture. slope (T,): of the field's upper
    edge, rows down a column to the right, NaN where too little of it shows. is_wide (T,) bool.
    """

    ball: Float32
    bright: Float32
    foreground: Float32
    pan: Float64
    people: Float32
    slope: Float32
    is_wide: Mask

    def part(self, chosen: slice) -> Looks:
        """The looks of some of the pictures."""
        return Looks(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


class Meter:
    """Measures a stretch of one part, picture after picture; it remembers the last one."""

    def __init__(self, width: int) -> None:
        view_width = 2 * round(_VIEW_HEIGHT * width / HEIGHT / 2)
        self._views = PictureMeter(_VIEW_HEIGHT, view_width, CONSTANTS)
        self._view_size = (view_width, _VIEW_HEIGHT)
        self._last_grey: Float32 | None = None
        self._window = cv2.createHanningWindow((width // 2, HEIGHT // 2), cv2.CV_32F)

    def measure(self, picture: Pictures) -> Looks:
        """Looks (T = 1) of one (HEIGHT, W, 3) uint8 RGB picture."""
        hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
        grass = is_grass(np.asarray(hsv, dtype=np.uint8), CONSTANTS)
        small = cv2.resize(picture, self._view_size, interpolation=cv2.INTER_AREA)
        views = self._views.measure(np.asarray(small, dtype=np.uint8)[None])
        small_hsv = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2HSV), dtype=np.uint8)
        shift, moving = self._motion(picture)
        things = bright_things(picture)
        people = people_on(field_below(grass), grass)
        return Looks(
            ball=_cells_max(ball_spots(picture, grass, things))[None],
            bright=_cells_max(_clear(things))[None],
            foreground=_columns(moving + sharpness(picture) + bodies_on(grass))[None],
            pan=np.array([shift]) / CELL,
            people=_cells_max(people.astype(np.float32))[None],
            slope=views.edge_slope,
            is_wide=np.array([is_wide_view(is_grass(small_hsv, CONSTANTS))]),
        )

    def _motion(self, picture: Pictures) -> tuple[tuple[float, float], Float32]:
        """How far the background moved (pixels), and (H, W) how much each pixel moved against it, 0 to 1."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        half = cv2.resize(grey, (grey.shape[1] // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA).astype(
            np.float32
        )
        last, self._last_grey = self._last_grey, half
        if last is None:
            return (0.0, 0.0), np.zeros(grey.shape, dtype=np.float32)
        (x, y), response = cv2.phaseCorrelate(last, half, self._window)
        if response < _LEAST_RESPONSE or max(abs(x), abs(y)) > _MAX_PAN_PIXELS / 2:
            x, y = 0.0, 0.0
        moved = cv2.warpAffine(
            last,
            np.array([[1.0, 0, x], [0, 1, y]]),
            (half.shape[1], half.shape[0]),
            borderMode=cv2.BORDER_REPLICATE,
        )
        moving = np.clip(np.abs(half - moved) - _STILL_LEVEL, 0, _MOVED_LEVEL) / _MOVED_LEVEL
        full = cv2.resize(moving, (grey.shape[1], HEIGHT), interpolation=cv2.INTER_NEAREST)
        return (2 * x, 2 * y), np.asarray(full, dtype=np.float32)


def sharpness(picture: Pictures) -> Float32:
    """(H, W) float32, 0 to 1: how much finer the detail is at a pixel of an RGB picture than a blur leaves.

    The uppermost rows, where score bugs stand, have none.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), _DETAIL_PIXELS))
    fine[: round(_BUG_SHARE * len(fine))] = 0
    return np.asarray(np.clip(fine - _STILL_LEVEL, 0, _MOVED_LEVEL) / _MOVED_LEVEL, dtype=np.float32)


def bright_things(picture: Pictures) -> Float32:
    """(H, W) float32 grey levels: how much an RGB picture's pixel is whiter than what lies around it.

    A line has something as bright on both sides along it, a ball has not in any direction.
    """
    white = _whiteness(picture)
    least = np.full(white.shape, 255.0, dtype=np.float32)
    edge = max(reach for reach, _ in _RINGS)
    H, W = white.shape
    padded = cv2.copyMakeBorder(white, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    for reach, num_directions in _RINGS:
        for step in range(num_directions):
            angle = np.pi * step / num_directions
            dx, dy = round(reach * np.cos(angle)), round(reach * np.sin(angle))
            there = padded[edge + dy : edge + dy + H, edge + dx : edge + dx + W]
            back = padded[edge - dy : edge - dy + H, edge - dx : edge - dx + W]
            cv2.min(least, white - cv2.addWeighted(there, 0.5, back, 0.5, 0), dst=least)
    return least


def ball_spots(picture: Pictures, grass: Mask, things: Float32) -> Float32:
    """(H, W) float32, 0 to 1: how much an RGB picture's pixel is the middle of a small white spot on grass.

    things: bright_things of it. A shirt or a boot has a player beside it, shorts have one above and below, a
    ball has grass around.
    """
    white = _whiteness(picture)
    stands_out = white - cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((7, 7), dtype=np.uint8))
    alone = np.where(_stands_alone(stands_out, grass), 1.0, _JOINED_SHARE)
    return _clear(things * _grass_around(grass) * alone * (1 - _within_body(picture, stands_out, grass)))


def _clear(level: Float32) -> Float32:
    """Grey levels as 0 (too faint) to 1 (as clear as a ball gets)."""
    clear = np.clip((level - _FAINT_LEVEL) / (_CLEAR_LEVEL - _FAINT_LEVEL), 0, 1)
    return np.asarray(clear, dtype=np.float32)


def _stands_alone(stands_out: Float32, grass: Mask) -> Mask:
    """(H, W): what is no grass or stands out, is brighter than what lies around, and touches no such thing.

    Lines seen from afar fall into dashes; the dashes still touch, nearly.
    """
    things = (~grass | (stands_out > _FAINT_LEVEL)).astype(np.uint8)
    grown = cv2.dilate(things, np.ones((3, 3), dtype=np.uint8))
    _, names, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    side = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    is_small = side <= _BALL_SIDE_PIXELS + 2
    is_small[0] = False
    return np.asarray(is_small[names], dtype=np.bool_)


def _within_body(picture: Pictures, stands_out: Float32, grass: Mask) -> Float32:
    """(H, W) 0 to 1: how much somebody is seen both above and below a pixel, as around white shorts."""
    usual = np.median(picture[grass][::7], axis=0) if grass.any() else np.zeros(3)
    off = cv2.absdiff(picture, np.broadcast_to(usual.astype(np.uint8), picture.shape))
    far = np.asarray(_most_of(cv2.split(off)) > _SHIRT_LEVEL)
    body = ((far | ~grass) & (stands_out <= _WHITE_LEVEL)).astype(np.float32)
    share = cv2.boxFilter(body, -1, _SHIRT_SIDES, borderType=cv2.BORDER_CONSTANT)
    above, below = np.zeros_like(body), np.zeros_like(body)
    above[_SHIRT_PIXELS:], below[:-_SHIRT_PIXELS] = share[:-_SHIRT_PIXELS], share[_SHIRT_PIXELS:]
    return np.asarray(np.minimum(2 * np.minimum(above, below), 1), dtype=np.float32)


def _grass_around(grass: Mask) -> Float32:
    """(H, W) float32, 0 to 1: how much the frame between two squares around a pixel is grass."""
    held = grass.astype(np.float32)
    outer, inner = (cv2.boxFilter(held, -1, (side, side), normalize=False) for side in _FRAME_SIDES)
    share = (outer - inner) / (_FRAME_SIDES[0] ** 2 - _FRAME_SIDES[1] ** 2)
    return np.clip((share - _LEAST_GRASS) / (_FULL_GRASS - _LEAST_GRASS), 0, 1)


def bodies_on(grass: Mask) -> Float32:
    """(H, W) float32: 1 where something thicker than a line hides grass, in pictures mostly of grass."""
    if grass.mean() < _MOSTLY_GRASS:
        return np.zeros(grass.shape, dtype=np.float32)
    other = (~grass).astype(np.uint8)
    other[: round(_BUG_SHARE * len(other))] = 0
    thick = cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((_BODY_PIXELS, _BODY_PIXELS), dtype=np.uint8))
    return np.asarray(thick, dtype=np.float32)


def field_below(grass: Mask) -> Mask:
    """(H, W): below the upper end of most columns' long runs of grass nearby.

    The median of many columns: players hide the edge in some, green boards seem to lift it in others.
    """
    H, W = grass.shape
    length, top = longest_runs(grass[None, :, ::CELL])
    edge = np.where(length[0] >= _LONG_RUN_SHARE * H, top[0], H).astype(np.float64)
    num_columns = 2 * round(_EDGE_SHARE * len(edge) / 2) + 1
    edge = median_filter(edge, size=num_columns, mode="nearest")
    columns = np.minimum(np.arange(W) // CELL, len(edge) - 1)
    return np.asarray(np.arange(H)[:, None] >= edge[columns][None], dtype=np.bool_)


def people_on(field: Mask, grass: Mask) -> Mask:
    """(H, W): what on the field is no grass, no thin line and larger than a ball."""
    other = (field & ~grass).astype(np.uint8)
    _, names, stats, _ = cv2.connectedComponentsWithStats(other, connectivity=8)
    is_small = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) <= _BALL_SIDE_PIXELS
    thick = cv2.morphologyEx(other, cv2.MORPH_OPEN, np.ones((3, 3), dtype=np.uint8)) > 0
    return np.asarray(thick & ~is_small[names], dtype=np.bool_)


def _cells_max(values: Float32) -> Float32:
    whole = values[:, : values.shape[1] // CELL * CELL]
    rows = _most_of([whole[row::CELL] for row in range(CELL)])
    return _most_of([np.ascontiguousarray(rows[:, column::CELL]) for column in range(CELL)])


def _most_of(arrays: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """The largest of each element."""
    return reduce(np.maximum, arrays)


def _columns(values: Float32) -> Float32:
    H, W = values.shape
    return np.asarray(
        values[:, : W // CELL * CELL].reshape(H, W // CELL, CELL).mean(axis=(0, 2)), dtype=np.float32
    )


def _whiteness(picture: Pictures) -> Float32:
    """(H, W) float32 grey levels, smoothed: white is bright in them, any colour dark."""
    red, green, blue = cv2.split(picture)
    return np.asarray(cv2.GaussianBlur(cv2.min(cv2.min(red, green), blue), (3, 3), 0), dtype=np.float32)
