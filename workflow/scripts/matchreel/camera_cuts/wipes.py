"""Replays by the graphic that broadcasters wipe across the screen before and after them.

No template is needed: the graphic is what comes back. A burst of change is kept as a few pictures; bursts
whose pictures agree over most of the screen are of one kind, and a kind that comes back often is the graphic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.camera_cuts.bursts import SHIFT, Burst, Bursts
from matchreel.records import Float64
from matchreel.timeline import FrameGrid

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class WipeConstants:
    """What the comparison takes for granted; levels 0 to 255.

    agree_share: so much of the screen is compared, where it agrees best. kind_level: bursts that differ by
    less there are of one kind; known_level: they show a known graphic. num_times: a graphic comes back so
    often.
    """

    agree_share: float
    kind_level: float
    known_level: float
    num_times: int


# SOURCE: measured: wipes of rendered games differ by at most 5 from their nearest, other bursts by 8 or more.
CONSTANTS = WipeConstants(agree_share=0.6, kind_level=6, known_level=8, num_times=6)
# Bursts differ by what the pictures do that agree best.
_NUM_BEST = 4
# Bursts nearer than this are one and the same.
_APART_SECONDS = 1.5
_NUM_TEMPLATES = 6
# To tell kinds, bursts are compared with one another: of a long recording so many, evenly spread, are enough.
_MOST_COMPARED = 160
# So many bursts are compared with a template in one go: their pictures fit a processor's cache.
_NUM_AT_ONCE = 16
# How long a wipe takes about its middle. ASSUME 0.8 s.
WIPE_SECONDS = 0.8


def wipe_steps(bursts: Sequence[Burst], grid: FrameGrid, constants: WipeConstants) -> list[int]:
    """The middle step of every wipe, sorted; none where no graphic comes back often enough."""
    strong = _spread([burst for burst in bursts if burst.is_strong])
    apart = grid.steps_in(_APART_SECONDS)
    distances, _ = _compared(strong, strong, apart, constants)  # not symmetric: only one of two is shifted
    kinds = _kinds(distances, constants)
    templates = [strong[index] for index in _typical(distances, kinds, constants)]
    if not templates:
        return []
    known, shifts = _compared(bursts, templates, 0, constants)
    nearest = known.argmin(axis=1)
    steps = [
        burst.step_index + int(shifts[index, nearest[index]])
        for index, burst in enumerate(bursts)
        if known[index, nearest[index]] < constants.known_level
    ]
    return [step for at, step in enumerate(steps) if at == 0 or step - steps[at - 1] >= apart]


def wipes_seconds(bursts: Bursts) -> list[float]:
    """The middles of a part's wipes, in seconds, sorted; none without a picture."""
    grid = bursts.grid
    if grid is None:
        return []
    return [float(grid.start_seconds(step)) for step in wipe_steps(bursts.bursts, grid, CONSTANTS)]


def _spread(bursts: Sequence[Burst]) -> list[Burst]:
    """At most _MOST_COMPARED of them, evenly."""
    count = min(len(bursts), _MOST_COMPARED)
    return [bursts[index * len(bursts) // count] for index in range(count)]


def _compared(
    bursts: Sequence[Burst], templates: Sequence[Burst], apart_steps: int, constants: WipeConstants
) -> tuple[Float64, npt.NDArray[np.int64]]:
    """(N, M) how much N bursts differ from M templates at best, and the shifts of the bursts at that.

    What lies nearer than apart_steps to each other is not compared: its difference is infinite.
    """
    distances = np.full((len(bursts), len(templates)), np.inf)
    shifts = np.zeros(distances.shape, dtype=np.int64)
    cores = [_planes([template])[:, 0, SHIFT:-SHIFT] for template in templates]
    for first in range(0, len(bursts), _NUM_AT_ONCE):
        rows = slice(first, first + _NUM_AT_ONCE)
        planes = _planes(bursts[rows])
        for column, core in enumerate(cores):
            found = _differences(planes, core, constants.agree_share)
            distances[rows, column] = found.min(axis=1)
            shifts[rows, column] = found.argmin(axis=1) - SHIFT
    lags = np.subtract.outer(_steps(bursts), _steps(templates))
    distances[np.abs(lags) < apart_steps] = np.inf
    return distances, shifts


def _steps(bursts: Sequence[Burst]) -> npt.NDArray[np.int64]:
    return np.array([burst.step_index for burst in bursts], dtype=np.int64)


def _planes(bursts: Sequence[Burst]) -> Pictures:
    """(3, n, T, H * W) uint8: one colour after the other, which numpy compares in long runs."""
    return np.ascontiguousarray(np.stack([burst.pictures for burst in bursts]).transpose(3, 0, 1, 2))


def _differences(planes: Pictures, core: Pictures, agree_share: float) -> Float64:
    """(n, 2 * SHIFT + 1) mean difference of a core from pictures at each shift, where they agree best.

    planes (3, n, T, H * W) and core (3, num_pictures, H * W) uint8.
    """
    _, num_pictures, num_pixels = core.shape
    num_agreeing = max(1, int(agree_share * num_pixels))
    means = list[Float64]()
    for at in range(2 * SHIFT + 1):
        shifted, fixed = planes[:, :, at : at + num_pictures], core[:, None]
        red, green, blue = np.maximum(shifted, fixed) - np.minimum(shifted, fixed)
        sums = red.astype(np.uint16)
        sums += green
        sums += blue
        sums.partition(num_agreeing - 1, axis=-1)
        of_pictures = sums[..., :num_agreeing].sum(axis=-1, dtype=np.int64) / (3 * num_agreeing)
        means.append(np.sort(of_pictures, axis=1)[:, :_NUM_BEST].mean(axis=1))
    return np.stack(means, axis=1)


def _kinds(distances: Float64, constants: WipeConstants) -> list[list[int]]:
    """Bursts joined, from one to the next, wherever they differ by little."""
    alike = np.minimum(distances, distances.T) < constants.kind_level
    left, kinds = set(range(len(distances))), list[list[int]]()
    while left:
        kind, edge = list[int](), [min(left)]
        while edge:
            index = edge.pop()
            if index in left:
                left.remove(index)
                kind.append(index)
                edge += [int(other) for other in np.flatnonzero(alike[index])]
        kinds.append(kind)
    return kinds


def _typical(distances: Float64, kinds: list[list[int]], constants: WipeConstants) -> list[int]:
    """Of each kind that comes back often enough the bursts that most others are like."""
    chosen = list[int]()
    for kind in kinds:
        if len(kind) >= constants.num_times:
            near = (distances[:, kind] < constants.kind_level).sum(axis=0)
            order = np.argsort(-near, kind="stable")[:_NUM_TEMPLATES]
            chosen += [kind[index] for index in order]
    return chosen
