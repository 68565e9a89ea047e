"""Where the score bug is: the places whose mm:ss runs with the recording, and rows of text around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from matchreel.scoreboard.ocr import FoundText
from matchreel.scoreboard.record import Box, Layout
from matchreel.scoreboard.texts import clock_in

# A clock is one if it runs with the recording in so many pictures, so exactly; archives drift a little.
MIN_PICTURES = 3
_OFF_SECONDS, _DRIFT = 2.5, 0.002
_MAX_LAYOUTS = 3
# One place: clocks whose middles lie so near to one another, in shares of the picture.
_NEAR_X, _NEAR_Y, _MAX_HEIGHT_RATIO = 0.045, 0.02, 1.7
# What belongs to the bug stands there in most pictures; a detector misses some digits in boxes.
_OFTEN, _GAP = 0.35, 0.14
_NUM_BINS = 400
_MARGIN_X, _MARGIN_Y = 0.006, 0.18


@dataclass(frozen=True)
class Look:
    """The texts of one picture, at a moment of the part in seconds."""

    seconds: float
    texts: tuple[FoundText, ...]


@dataclass(frozen=True)
class _SeenClock:
    look: Look
    clock_seconds: float
    box: Box

    @property
    def offset(self) -> float:
        return self.look.seconds - self.clock_seconds


def find_layouts(looks: Iterable[Look]) -> tuple[Layout, ...]:
    """The layouts of a part's score bug, the one of most pictures first; empty where no clock runs."""
    seen = [clock for look in looks for clock in _clocks(look)]
    found = [_layout(running) for group in _by_place(seen) if (running := _running(group))]
    found.sort(key=lambda layout: -layout.num_pictures)
    return tuple(found[:_MAX_LAYOUTS])


def _clocks(look: Look) -> Iterable[_SeenClock]:
    for text in look.texts:
        clock = clock_in(text.text)
        if clock:
            x, y, width, height = text.box
            letter = width / max(len(text.text), 1)
            yield _SeenClock(
                look, clock.seconds, (x + clock.start * letter, y, (clock.end - clock.start) * letter, height)
            )


def _by_place(clocks: Sequence[_SeenClock]) -> list[list[_SeenClock]]:
    groups = list[list[_SeenClock]]()
    for clock in clocks:
        for group in groups:
            if _is_near(clock.box, _middle_box([held.box for held in group])):
                group.append(clock)
                break
        else:
            groups.append([clock])
    return groups


def _is_near(box: Box, other: Box) -> bool:
    (x, y), (other_x, other_y) = _middle(box), _middle(other)
    ratio = max(box[3], other[3]) / max(min(box[3], other[3]), 1e-6)
    return abs(x - other_x) < _NEAR_X and abs(y - other_y) < _NEAR_Y and ratio < _MAX_HEIGHT_RATIO


def _running(group: Sequence[_SeenClock]) -> list[_SeenClock]:
    """Those that run with the recording: at least MIN_PICTURES at one offset; each half has its own."""
    return [clock for clock in group if sum(_agrees(clock, other) for other in group) >= MIN_PICTURES]


def _agrees(clock: _SeenClock, other: _SeenClock) -> bool:
    apart = abs(clock.look.seconds - other.look.seconds)
    return abs(clock.offset - other.offset) <= _OFF_SECONDS + _DRIFT * apart


def _layout(clocks: Sequence[_SeenClock]) -> Layout:
    clock_box = _middle_box([clock.box for clock in clocks])
    looks = [clock.look for clock in clocks]
    rows = [row for place in (-1, 0, 1) if (row := _row(looks, clock_box, place))]
    left = min(row[0] for row in rows)
    right = max(row[0] + row[2] for row in rows)
    top, bottom = min(row[1] for row in rows), max(row[1] + row[3] for row in rows)
    return Layout(_inside(left, top, right, bottom), clock_box, tuple(rows), len(clocks))


def _row(looks: Sequence[Look], clock_box: Box, place: int) -> Box | None:
    """The row of text that is `place` rows below the clock's; None where there is none."""
    held = [[text.box for text in look.texts if _place_of(text.box, clock_box) == place] for look in looks]
    covered = np.zeros(_NUM_BINS)
    for boxes in held:
        bins = np.zeros(_NUM_BINS, dtype=bool)
        for x, _y, width, _height in boxes:
            bins[int(x * _NUM_BINS) : int((x + width) * _NUM_BINS) + 1] = True
        covered += bins
    often = np.flatnonzero(covered >= _OFTEN * len(looks)) / _NUM_BINS
    if not len(often):
        return None
    left, right = _connected(often, clock_box)
    inside = [box for boxes in held for box in boxes if left - 0.01 <= _middle(box)[0] <= right + 0.01]
    if not inside:
        return None
    top, bottom = median(box[1] for box in inside), median(box[1] + box[3] for box in inside)
    margin = _MARGIN_Y * (bottom - top)
    return _inside(left - _MARGIN_X, top - margin, right + _MARGIN_X, bottom + margin)


def _place_of(box: Box, clock_box: Box) -> int | None:
    """How many rows below the clock's a text is: -1, 0, 1; None where it is none of them."""
    _, y = _middle(box)
    _, clock_y = _middle(clock_box)
    away = (y - clock_y) / clock_box[3]
    ratio = max(box[3], clock_box[3]) / max(min(box[3], clock_box[3]), 1e-6)
    if ratio > 2.2 or abs(away) > 2.0:
        return None
    return 0 if abs(away) < 0.45 else (1 if away > 0 else -1)


def _connected(places: np.ndarray[tuple[int], np.dtype[np.float64]], clock_box: Box) -> tuple[float, float]:
    """From where to where texts reach with no gap wider than _GAP, around the clock."""
    x, width = clock_box[0], clock_box[2]
    left, right = x, x + width
    for place in reversed([at for at in places if at <= right]):
        left = min(left, float(place)) if left - place <= _GAP else left
    for place in [at for at in places if at >= left]:
        right = max(right, float(place)) if place - right <= _GAP else right
    return left, right + 1 / _NUM_BINS


def _middle(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def _middle_box(boxes: Sequence[Box]) -> Box:
    values = [median(box[k] for box in boxes) for k in range(4)]
    return values[0], values[1], values[2], values[3]


def _inside(left: float, top: float, right: float, bottom: float) -> Box:
    left, top = max(left, 0.0), max(top, 0.0)
    return left, top, min(right, 1.0) - left, min(bottom, 1.0) - top
