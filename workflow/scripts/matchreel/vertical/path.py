"""The crop's path: the one that shows most of the target among those within its speed and acceleration.

A stretch is known to its end, so the path is searched as a whole: knots a quarter of a second apart, each in
one of some places with one of some speeds, by dynamic programming. A cubic B-spline through them keeps to the
knots' bounds: it lies between them, and is nowhere quicker, nor bends more, than they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BSpline

from matchreel.records import Float64

_KNOT_SECONDS = 0.24
_PLACES_A_WIDTH = 32
# Shares of the crop's width: a target so near its middle is shown well, one as far as its edge not at all.
_INNER_SHARE, _EDGE_SHARE = 0.25, 0.5
# What a width off the middle costs beside that, so that a far target still draws the crop.
_OFF_COST, _OFF_MOST = 0.15, 2.0
# What a second costs at an acceleration of a width per smoothing time squared.
# SOURCE: chosen on rendered games, seeds 101 to 104: the steadiest of those that lose least.
_BEND_COST = 0.02
_DEGREE = 3
_NEVER = -1e9


@dataclass(frozen=True)
class PathLimits:
    """Bounds of a path, in the targets' unit: it stays in [low, high].

    It moves at most max_per_second and changes that by at most max_acceleration in a second. width: of the
    crop. smoothing_seconds: changes of a shorter time are smoothed away.
    """

    low: float
    high: float
    max_per_second: float
    max_acceleration: float
    width: float
    smoothing_seconds: float

    def __post_init__(self) -> None:
        if (
            not self.low <= self.high
            or min(self.max_per_second, self.max_acceleration, self.width) <= 0
            or self.smoothing_seconds < 0
        ):
            raise ValueError(f"not limits of a path: {self}")


def plan_path(
    targets: Float64, weights: Float64, takes: Sequence[slice], *, rate_fps: float, limits: PathLimits
) -> Float64:
    """(T,) places of the crop's middle for (T,) targets of (T,) weights >= 0; each take by itself.

    takes are slices that tile the T steps. Weights above 1 count as 1; without any the middle is held.
    """
    path = np.full(len(targets), (limits.low + limits.high) / 2)
    for take in takes:
        if weights[take].sum() > 0:
            path[take] = _one_take(targets[take], np.minimum(weights[take], 1), rate_fps, limits)
    return path


def _one_take(targets: Float64, weights: Float64, rate_fps: float, limits: PathLimits) -> Float64:
    num_places = 1 + round((limits.high - limits.low) / limits.width * _PLACES_A_WIDTH)
    places = np.linspace(limits.low, limits.high, num_places)
    if num_places == 1:
        return np.full(len(targets), places[0])
    steps = max(1, round(_KNOT_SECONDS * rate_fps))
    gains = _gains(targets, weights, places, steps, limits) * (steps / rate_fps)
    knots = _best_knots(gains, float(places[1] - places[0]), steps / rate_fps, limits)
    # Knot k (two stand before the take) is at the middle of its block of steps, a step's place at its own.
    at = (np.arange(len(targets)) + 0.5) / steps
    spline = BSpline(
        np.arange(len(knots) + _DEGREE + 1) - 3.5, np.interp(knots, range(num_places), places), _DEGREE
    )
    held: Float64 = np.clip(spline(at), limits.low, limits.high)  # what rounding leaves outside
    return held


def _gains(targets: Float64, weights: Float64, places: Float64, steps: int, limits: PathLimits) -> Float64:
    """(K, P): what a crop at each of P places shows in each of K blocks of so many steps, on average."""
    off = np.abs(targets[:, None] - places) / limits.width
    shown = np.clip((_EDGE_SHARE - off) / (_EDGE_SHARE - _INNER_SHARE), 0, 1)
    gains = weights[:, None] * (shown - _OFF_COST * np.minimum(off, _OFF_MOST))
    padded = np.pad(gains, ((0, -len(gains) % steps), (0, 0)), mode="edge")
    means: Float64 = padded.reshape(-1, steps, len(places)).mean(axis=1)
    return means


def _best_knots(
    gains: Float64, place_size: float, knot_seconds: float, limits: PathLimits
) -> npt.NDArray[np.int_]:
    """(K + 4,) places' indices of the best path for (K, P) gains; its speed is even at the ends."""
    K, P = gains.shape
    most_speed = int(limits.max_per_second * knot_seconds / place_size)
    most_bend = int(limits.max_acceleration * knot_seconds**2 / place_size)
    speeds, here = np.arange(-most_speed, most_speed + 1), np.arange(P)[:, None]
    bend_unit = place_size / limits.width * (limits.smoothing_seconds / knot_seconds) ** 2
    bends = sorted(range(-most_bend, most_bend + 1), key=abs)  # of equals the straightest is taken
    costs = {bend: _BEND_COST * knot_seconds * (bend * bend_unit) ** 2 for bend in bends}
    source = here - speeds
    is_inside, source = (source >= 0) & (source < P), np.clip(source, 0, P - 1)
    value = np.where(_is_within(here - 2 * speeds, P), gains[0][:, None], _NEVER)  # (P, V)
    came = np.zeros((K, P, len(speeds)), dtype=np.int8)
    for k in range(1, K):
        bent, came[k] = _best_bends(value, costs)
        moved = np.take_along_axis(bent, source, axis=0)
        value = np.where(is_inside, moved + gains[k][:, None], _NEVER)
    value = np.where(_is_within(here + 2 * speeds, P), value, _NEVER)
    return _walk_back(value, came, speeds)


def _is_within(places: npt.NDArray[np.int_], num_places: int) -> npt.NDArray[np.bool_]:
    return np.asarray((places >= 0) & (places < num_places))


def _best_bends(value: Float64, costs: dict[int, float]) -> tuple[Float64, npt.NDArray[np.int8]]:
    """For (P, V) values the best of each new speed, less the cost of coming to it; and by which bend."""
    V = value.shape[1]
    best, came = np.full(value.shape, 2 * _NEVER), np.zeros(value.shape, dtype=np.int8)
    for bend, cost in costs.items():
        to, since = slice(max(0, bend), V + min(0, bend)), slice(max(0, -bend), V + min(0, -bend))
        better = value[:, since] - cost > best[:, to]
        np.copyto(best[:, to], value[:, since] - cost, where=better)
        np.copyto(came[:, to], bend, where=better)
    return best, came


def _walk_back(
    value: Float64, came: npt.NDArray[np.int8], speeds: npt.NDArray[np.int_]
) -> npt.NDArray[np.int_]:
    """(K + 4,) places of the path that ends best; two more before and after it go on at its speeds there."""
    place, column = (int(at) for at in np.unravel_index(int(np.argmax(value)), value.shape))
    speed = int(speeds[column])
    path = [place + 2 * speed, place + speed, place]
    for k in range(len(came) - 1, 0, -1):
        place -= int(speeds[column])
        column -= int(came[k, place, column])
        path.append(place)
    speed = int(speeds[column])
    return np.array([*path, place - speed, place - 2 * speed][::-1])


def takes_between(cuts: npt.NDArray[np.int_], num_steps: int) -> list[slice]:
    """Slices that tile num_steps steps; each cut is the first step of a take."""
    bounds = sorted({0, num_steps, *(int(cut) for cut in cuts if 0 < cut < num_steps)})
    return [slice(start, end) for start, end in pairwise(bounds)]
