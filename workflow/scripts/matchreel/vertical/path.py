"""The crop's way: smooth within a camera take, inside the picture, no quicker than an operator would pan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.linalg import solveh_banded
from scipy.ndimage import gaussian_filter1d

from matchreel.records import Float64

_PULLS = 8  # rounds in which steps whose target lies outside the safe zone get more weight
_PULL_WEIGHT = 6.0
_LEAST_WEIGHT = 1e-4
_ROUNDING_SECONDS = 0.2


@dataclass(frozen=True)
class PathLimits:
    """Bounds of a path, in the targets' unit: it stays in [low, high] and moves at most max_per_second.

    safe: so far from the path its target may lie before it is pulled. smoothing_seconds: changes of a shorter
    time are smoothed away.
    """

    low: float
    high: float
    safe: float
    max_per_second: float
    smoothing_seconds: float

    def __post_init__(self) -> None:
        if (
            not self.low <= self.high
            or self.safe <= 0
            or self.max_per_second <= 0
            or self.smoothing_seconds < 0
        ):
            raise ValueError(f"not limits of a path: {self}")


def plan_path(
    targets: Float64, weights: Float64, takes: Sequence[slice], *, rate_fps: float, limits: PathLimits
) -> Float64:
    """(T,) places of the crop's middle for (T,) targets of (T,) weights >= 0; each take by itself.

    takes are slices that tile the T steps. A take without any weight stays in the middle.
    """
    path = np.full(len(targets), (limits.low + limits.high) / 2)
    for take in takes:
        if weights[take].sum() > 0:
            path[take] = _one_take(targets[take], weights[take], rate_fps, limits)
    return path


def _one_take(targets: Float64, weights: Float64, rate_fps: float, limits: PathLimits) -> Float64:
    # Seen from outside the picture a target would only hold the crop at the border for longer.
    goals = np.clip(targets, limits.low, limits.high)
    least = np.maximum(weights / weights.max(), _LEAST_WEIGHT)
    stiffness = (limits.smoothing_seconds * rate_fps / 2) ** 4
    path = _smoothed(goals, least, stiffness)
    for _ in range(_PULLS if len(goals) > 2 else 0):
        outside = np.maximum(np.abs(goals - path) / limits.safe - 1, 0)
        path = _smoothed(goals, least * (1 + _PULL_WEIGHT * outside) ** 2, stiffness)
    path = within_speed(np.clip(path, limits.low, limits.high), limits.max_per_second / rate_fps)
    # A mean of places within the limits keeps within them; it rounds the corners that the limits cut.
    held: Float64 = gaussian_filter1d(path, _ROUNDING_SECONDS * rate_fps, mode="nearest")
    return held


def _smoothed(goals: Float64, weights: Float64, stiffness: float) -> Float64:
    """The path with the least sum of weighted squared misses and of squared changes of speed."""
    T = len(goals)
    if T < 3:
        return np.full(T, float(np.average(goals, weights=weights)))
    bands = np.zeros((3, T))
    bands[2] = weights
    for offset, product in enumerate(_bends(T)):
        bands[2 - offset, offset:] += stiffness * product
    held: Float64 = solveh_banded(bands, weights * goals)
    return held


def _bends(T: int) -> list[Float64]:
    """The diagonal and the two bands above it of D'D, D the (T - 2, T) second difference."""
    diagonal, first, second = np.zeros(T), np.zeros(T - 1), np.ones(T - 2)
    diagonal[:-2] += 1
    diagonal[1:-1] += 4
    diagonal[2:] += 1
    first[:-1] -= 2
    first[1:] -= 2
    return [diagonal, first, second]


def within_speed(path: Float64, max_per_step: float) -> Float64:
    """(T,) the middle between the highest path below and the lowest above that keep to the speed limit."""
    upper, lower = path.copy(), path.copy()
    for order in (range(1, len(path)), range(len(path) - 2, -1, -1)):
        step = 1 if order.step > 0 else -1
        for t in order:
            upper[t] = max(upper[t], upper[t - step] - max_per_step)
            lower[t] = min(lower[t], lower[t - step] + max_per_step)
    held: Float64 = (upper + lower) / 2
    return held


def takes_between(cuts: npt.NDArray[np.int_], num_steps: int) -> list[slice]:
    """Slices that tile num_steps steps; each cut is the first step of a take."""
    bounds = sorted({0, num_steps, *(int(cut) for cut in cuts if 0 < cut < num_steps)})
    return [slice(start, end) for start, end in pairwise(bounds)]
