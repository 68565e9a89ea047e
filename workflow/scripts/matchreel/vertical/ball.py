"""The ball's way through a take: the best path through all pictures at once, as it is too faint in each alone.

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
_REACH_CELLS, _REACH_ROWS = 6, 4
_MOVE_COST = 0.025  # times the squared cells moved, against a gain of at most 1 a picture
_STILL_COST = 0.85  # of a spot's gain where the same place of the pitch had it before
_STILL_PICTURES = 6
_SEEN_PICTURES = 7  # over so many pictures the gain is averaged into confidence


@dataclass(frozen=True)
class BallPath:
    """x (T,) float64 in cells, and confidence (T,) float32: mean ball-likeness of the path nearby, 0 to 1."""

    x: Float64
    confidence: Float32


def find_ball(spots: Float32, pan: Float64, extra: Float32) -> BallPath:
    """The path through spots (T, H, W), Looks.ball of one take, and its pan (T, 2); T >= 1."""
    offsets = np.round(np.cumsum(np.concatenate([np.zeros((1, 2)), pan[1:]]), axis=0)).astype(int)
    gains = _less_still(spots, offsets)
    gains = gains + extra
    T, H, W = gains.shape
    value, came = gains[0].copy(), np.zeros((T, H, W), dtype=np.int16)
    steps = [
        (dy, dx)
        for dy in range(-_REACH_ROWS, _REACH_ROWS + 1)
        for dx in range(-_REACH_CELLS, _REACH_CELLS + 1)
    ]
    costs = np.array([_MOVE_COST * (dy * dy + dx * dx) for dy, dx in steps], dtype=np.float32)
    for t in range(1, T):
        value, came[t] = _step(value, gains[t], offsets[t] - offsets[t - 1], steps, costs)
    places = _walk_back(value, came, offsets, steps)
    held = gains[np.arange(T), places[:, 0], places[:, 1]]
    width = min(_SEEN_PICTURES, T)
    confidence = np.convolve(held, np.ones(width) / width, mode="same")
    return BallPath(places[:, 1] + 0.5, confidence.astype(np.float32))


def _less_still(spots: Float32, offsets: npt.NDArray[np.int_]) -> Float32:
    gains = spots.copy()
    for t in range(len(spots)):
        past = max(0, t - _STILL_PICTURES)
        if past == t:
            continue
        before = cv2.dilate(spots[past], np.ones((3, 3), dtype=np.uint8))
        before = moved(before, offsets[t] - offsets[past], fill=0.0)
        gains[t] -= _STILL_COST * np.minimum(spots[t], before)
    return gains


def _step(
    value: Float32, gain: Float32, shift: npt.NDArray[np.int_], steps: list[tuple[int, int]], costs: Float32
) -> tuple[Float32, npt.NDArray[np.int16]]:
    H, W = value.shape
    here = moved(value, shift, fill=float(value.min()) - 1.0)
    reach = _REACH_CELLS
    padded = np.pad(here, reach, constant_values=-np.inf)
    best = np.full((H, W), -np.inf, dtype=np.float32)
    came = np.zeros((H, W), dtype=np.int16)
    for index, (dy, dx) in enumerate(steps):
        candidate = padded[reach + dy : reach + dy + H, reach + dx : reach + dx + W] - costs[index]
        better = candidate > best
        best[better] = candidate[better]
        came[better] = index
    return best + gain, came


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
    value: Float32, came: npt.NDArray[np.int16], offsets: npt.NDArray[np.int_], steps: list[tuple[int, int]]
) -> npt.NDArray[np.int_]:
    T, H, W = came.shape
    places = np.zeros((T, 2), dtype=int)
    places[-1] = np.unravel_index(int(np.argmax(value)), (H, W))
    for t in range(T - 1, 0, -1):
        y, x = places[t]
        dy, dx = steps[came[t, y, x]]
        shift = offsets[t] - offsets[t - 1]
        places[t - 1] = np.clip((y + dy - shift[1], x + dx - shift[0]), 0, (H - 1, W - 1))
    return places
