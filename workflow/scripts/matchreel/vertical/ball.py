"""The ball's way through a take: the best path through all pictures at once; in each alone it is too faint.

A path may move a few cells a picture against the background; what it gains is how ball-like its cells are.
Spots that stay where they are on the pitch (penalty spots, corners of lines) count for less.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.records import Float32, Float64

# Cells of 4 pixels at 224 rows a picture: ASSUME that no ball seen in a wide view is quicker.
_REACH_CELLS, _REACH_ROWS = 10, 6
_STEP_COST = 0.02
_MOVE_COST = 0.005  # times the squared cells moved, against a gain of at most 1 a picture
_STILL_COST = 0.6  # of a spot's gain where the same place of the pitch had it before
_STILL_PICTURES, _STILL_CELLS = 6, 5
_LEAST_GAIN = 0.15  # fainter spots are taken for noise
_SEEN_PICTURES = 7  # over so many pictures the gain is averaged into confidence


@dataclass(frozen=True)
class BallPath:
    """x (T,) float64 in cells, and confidence (T,) float32: mean ball-likeness of the path nearby, 0 to 1."""

    x: Float64
    confidence: Float32


def find_ball(spots: Float32, pan: Float64, extra: Float32) -> BallPath:
    """The path through spots (T, H, W), Looks.ball of one take, and its pan (T, 2); T >= 1.

    extra, of spots' shape: what else a cell is worth; it does not count as a ball seen.
    """
    offsets = np.round(np.cumsum(np.concatenate([np.zeros((1, 2)), pan[1:]]), axis=0)).astype(int)
    seen = _less_still(spots, offsets)
    gains = seen + extra
    T, H, W = gains.shape
    value = gains[0].copy()
    from_column, from_row = np.zeros((T, W, H), dtype=np.int8), np.zeros((T, H, W), dtype=np.int8)
    for t in range(1, T):
        here = moved(value, offsets[t] - offsets[t - 1], fill=float(value.min()) - 1.0)
        # The cost is a sum over both axes, so the best way is the best one along rows, then along columns.
        across, from_column[t] = _best_of_neighbours(here.T, _REACH_CELLS)
        value, from_row[t] = _best_of_neighbours(across.T, _REACH_ROWS)
        value += gains[t]
    places = _walk_back(value, from_column, from_row, offsets)
    held = seen[np.arange(T), places[:, 0], places[:, 1]]
    width = min(_SEEN_PICTURES, T)
    confidence = np.convolve(held, np.ones(width) / width, mode="same")
    return BallPath(places[:, 1].astype(np.float64) + 0.5, confidence.astype(np.float32))


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


def _walk_back(
    value: Float32,
    from_column: npt.NDArray[np.int8],
    from_row: npt.NDArray[np.int8],
    offsets: npt.NDArray[np.int_],
) -> npt.NDArray[np.int_]:
    """(T, 2) row and column of the best path; from_column (T, W, H)'s step was taken before from_row's."""
    T, H, W = from_row.shape
    places = np.zeros((T, 2), dtype=int)
    places[-1] = np.unravel_index(int(np.argmax(value)), (H, W))
    for t in range(T - 1, 0, -1):
        y, x = places[t]
        y = y + int(from_row[t, y, x])
        x = x + int(from_column[t, x, y])
        shift = offsets[t] - offsets[t - 1]
        places[t - 1] = np.clip((y - shift[1], x - shift[0]), 0, (H - 1, W - 1))
    return places
