"""The ball's way through a take: the best path through all pictures at once; in each alone it is too faint.

A path may move a few cells a picture against the background; what it gains is how ball-like its cells are.
Spots that stay where they are on the pitch (penalty spots, corners of lines) count for less. Where no grass
is around it, as before boards and crowds, a ball is a small white thing that moves against the background.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.records import Float32, Float64

# Cells of 4 pixels at 224 rows a picture: ASSUME that no ball seen in a wide view is quicker.
_REACH_CELLS, _REACH_ROWS = 10, 6
# SOURCE: these three and _MOVING_*: chosen on rendered games (seeds 101 to 103, 301, 303, 502, 601, 602).
_STEP_COST = 0.01
_MOVE_COST = 0.003  # times the squared cells moved, against a gain of at most 1 a picture
_STILL_COST = 0.45  # of a spot's gain where the same place of the pitch had it before
_STILL_PICTURES, _STILL_CELLS = 6, 5
_LEAST_GAIN = 0.15  # fainter spots are taken for noise
_SEEN_PICTURES = 7  # over so many pictures the gain is averaged into confidence
# A white thing moves if its place of the background, and a little around, was and will be darker by this.
_MOVING_PICTURES, _MOVING_LEAST, _MOVING_CELLS = 2, 0.2, (3, 5)
WAY_PICTURES = 4


@dataclass(frozen=True)
class BallPath:
    """x (T,) float64 in cells, and confidence (T,) float32: mean ball-likeness of the path nearby, 0 to 1.

    onward: where the ball seems to be at each picture by what came before it alone.
    """

    x: Float64
    confidence: Float32
    onward: Onward


@dataclass(frozen=True)
class Onward:
    """x (T,) in cells, way (T,) in cells: how far it came against the background in WAY_PICTURES pictures,
    and sure (T,), 0 to 1: mean ball-likeness on that way, 0 in a take's first pictures."""

    x: Float64
    way: Float64
    sure: Float64


def find_ball(spots: Float32, bright: Float32, pan: Float64, extra: Float32) -> BallPath:
    """The path through spots and bright (T, H, W), Looks.ball and Looks.bright of one take; T >= 1.

    pan (T, 2): Looks.pan. extra, of spots' shape: what else a cell is worth; that is no ball seen.
    """
    offsets = np.round(np.cumsum(np.concatenate([np.zeros((1, 2)), pan[1:]]), axis=0)).astype(int)
    seen = np.maximum(_less_still(spots, offsets), _moving(bright, offsets))
    gains = seen + extra
    T, H, W = gains.shape
    value = gains[0].copy()
    from_column, from_row = np.zeros((T, W, H), dtype=np.int8), np.zeros((T, H, W), dtype=np.int8)
    ends = [int(np.argmax(value))]
    for t in range(1, T):
        here = moved(value, offsets[t] - offsets[t - 1], fill=float(value.min()) - 1.0)
        # The cost is a sum over both axes, so the best way is the best one along rows, then along columns.
        across, from_column[t] = _best_of_neighbours(here.T, _REACH_CELLS)
        value, from_row[t] = _best_of_neighbours(across.T, _REACH_ROWS)
        value += gains[t]
        ends.append(int(np.argmax(value)))
    ways = _Ways(from_column, from_row, offsets)
    places = ways.back(T - 1, ends[-1], T - 1)
    held = seen[np.arange(T), places[:, 0], places[:, 1]]
    width = min(_SEEN_PICTURES, T)
    confidence = np.convolve(held, np.ones(width) / width, mode="same")
    return BallPath(
        places[:, 1].astype(np.float64) + 0.5, confidence.astype(np.float32), _onward(ways, ends, seen)
    )


def _onward(ways: _Ways, ends: list[int], seen: Float32) -> Onward:
    x, way, sure = (np.zeros(len(ends)) for _ in range(3))
    for t, end in enumerate(ends):
        num_back = min(t, WAY_PICTURES)
        places = ways.back(t, end, num_back)
        x[t] = places[-1, 1] + 0.5
        way[t] = places[-1, 1] - places[0, 1] - (ways.offsets[t, 0] - ways.offsets[t - num_back, 0])
        if num_back == WAY_PICTURES:
            sure[t] = seen[np.arange(t - num_back, t + 1), places[:, 0], places[:, 1]].mean()
    return Onward(x, way, sure)


def _best_of_neighbours(value: Float32, reach: int) -> tuple[Float32, npt.NDArray[np.int8]]:
    """For (N, M) values the best within reach along the first axis, less the cost of moving; and its step."""
    N = value.shape[0]
    padded = np.pad(value, ((reach, reach), (0, 0)), constant_values=-np.inf)
    best, came = value.copy(), np.zeros(value.shape, dtype=np.int8)
    for step in (s for s in range(-reach, reach + 1) if s):
        candidate = padded[reach + step : reach + step + N] - np.float32(
            _STEP_COST * abs(step) + _MOVE_COST * step * step
        )
        better = candidate > best
        np.copyto(best, candidate, where=better)
        came[better] = step
    return best, came


def _moving(bright: Float32, offsets: npt.NDArray[np.int_]) -> Float32:
    """(T, H, W) gains of white things that were not, and will not be, where they are on the background."""
    grown = [cv2.dilate(held, np.ones(_MOVING_CELLS, dtype=np.uint8)) for held in bright]
    moving = bright.copy()
    for t in range(len(bright)):
        for other in (t - _MOVING_PICTURES, t + _MOVING_PICTURES):
            if 0 <= other < len(bright):
                there = np.asarray(grown[other], dtype=np.float32)
                before = moved(there, offsets[t] - offsets[other], fill=0.0)
                moving[t] = np.minimum(moving[t], bright[t] - before)
    return np.asarray(np.maximum(moving - _MOVING_LEAST, 0) / (1 - _MOVING_LEAST), dtype=np.float32)


def _less_still(spots: Float32, offsets: npt.NDArray[np.int_]) -> Float32:
    gains = spots.copy()
    for t in range(len(spots)):
        past = max(0, t - _STILL_PICTURES)
        if past == t:
            continue
        grown = cv2.dilate(spots[past], np.ones((3, _STILL_CELLS), dtype=np.uint8))
        before = moved(np.asarray(grown, dtype=np.float32), offsets[t] - offsets[past], fill=0.0)
        gains[t] -= _STILL_COST * np.minimum(spots[t], before)
    return np.asarray(np.maximum(gains - _LEAST_GAIN, 0) / (1 - _LEAST_GAIN), dtype=np.float32)


def moved(values: Float32, shift: npt.NDArray[np.int_], *, fill: float) -> Float32:
    """(H, W) values that moved by (x, y) cells; what comes in from outside is `fill`."""
    H, W = values.shape
    x, y = int(np.clip(shift[0], -W, W)), int(np.clip(shift[1], -H, H))
    held = np.full((H, W), fill, dtype=np.float32)
    held[max(0, y) : H + min(0, y), max(0, x) : W + min(0, x)] = values[
        max(0, -y) : H + min(0, -y), max(0, -x) : W + min(0, -x)
    ]
    return held


@dataclass(frozen=True)
class _Ways:
    """How the best path came to each cell: steps along columns (T, W, H), taken before those along rows
    (T, H, W), and the background's offsets (T, 2)."""

    from_column: npt.NDArray[np.int8]
    from_row: npt.NDArray[np.int8]
    offsets: npt.NDArray[np.int_]

    def back(self, t: int, cell: int, num_back: int) -> npt.NDArray[np.int_]:
        """(num_back + 1, 2) row and column of the path that ends in a (flat) cell at picture t, in order."""
        H, W = self.from_row.shape[1:]
        y, x = divmod(cell, W)
        places = [(y, x)]
        for at in range(t, t - num_back, -1):
            y += int(self.from_row[at, y, x])
            x += int(self.from_column[at, x, y])
            shift = self.offsets[at] - self.offsets[at - 1]
            y, x = min(max(y - int(shift[1]), 0), H - 1), min(max(x - int(shift[0]), 0), W - 1)
            places.append((y, x))
        return np.array(places[::-1])
