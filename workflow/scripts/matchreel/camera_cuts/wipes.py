"""Replays by the graphic that broadcasters wipe across the screen before and after them.

No template is needed: the graphic is what comes back. A burst of change is kept as a few pictures; bursts
whose pictures agree over most of the screen are of one kind, and a kind that comes back often is the graphic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.records import Float32, Float64
from matchreel.timeline import FrameGrid

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class WipeConstants:
    """What the search takes for granted; levels 0 to 255.

    change_level: pictures differ by more, on average, in num_changes of span_steps steps of a burst;
    faint_level and num_faint: the same where a known graphic is looked for. agree_share: so much of the
    screen is compared, where it agrees best. kind_level: bursts that differ by less there are of one kind;
    known_level: they show a known graphic. num_times: a graphic comes back so often.
    """

    change_level: float
    num_changes: int
    faint_level: float
    num_faint: int
    span_steps: int
    agree_share: float
    kind_level: float
    known_level: float
    num_times: int


# SOURCE: measured: wipes of rendered games differ by at most 5 from their nearest, other bursts by 8 or more.
# ASSUME a graphic is on screen for half a second or more at 25 to 30 pictures a second.
CONSTANTS = WipeConstants(
    change_level=12,
    num_changes=6,
    faint_level=8,
    num_faint=4,
    span_steps=14,
    agree_share=0.6,
    kind_level=6,
    known_level=8,
    num_times=6,
)
# A burst is compared by the pictures so far around its middle, shifted by up to so much.
_REACH, _SHIFT, _NUM_BEST = 3, 6, 4
# Bursts nearer than this are one and the same.
_APART_SECONDS = 1.5
_NUM_TEMPLATES = 6
# To tell kinds, bursts are compared with one another: of a long recording so many, evenly spread, are enough.
_MOST_COMPARED = 160
# So many bursts are compared with a template in one go: their pictures fit a processor's cache.
_NUM_AT_ONCE = 16
# Pictures are looked at in blocks, with so many before and after them.
_BLOCK_STEPS, _MARGIN_STEPS = 1500, 60
# How long a wipe takes about its middle. ASSUME 0.8 s.
WIPE_SECONDS = 0.8


@dataclass(frozen=True)
class Burst:
    """Pictures (2 * (_REACH + _SHIFT) + 1, H * W, 3) uint8, every second row and column, around a step."""

    step_index: int
    is_strong: bool
    pictures: Pictures


class BurstMeter:
    """Collects the bursts of a part from batches of its pictures in order, keeping a few pictures of each."""

    def __init__(self, constants: WipeConstants) -> None:
        self._constants = constants
        self._waiting = list[Pictures]()
        self._first_step = 0  # of what waits
        self._done_step = 0
        self._bursts = list[Burst]()

    def feed(self, batch: Pictures) -> None:
        """Take in (n, H, W, 3) uint8 pictures that follow the last ones."""
        self._waiting.append(batch)
        num_waiting = sum(map(len, self._waiting))
        if num_waiting >= _BLOCK_STEPS + 2 * _MARGIN_STEPS:
            self._collect(self._first_step + num_waiting - _MARGIN_STEPS)

    def finish(self) -> list[Burst]:
        """All bursts, after the last picture."""
        if self._waiting:
            self._collect(self._first_step + sum(map(len, self._waiting)))
        return self._bursts

    def _collect(self, end_step: int) -> None:
        """Bursts whose middle lies before end_step; what a later one may need goes on waiting."""
        held = np.concatenate(self._waiting)
        reach = _REACH + _SHIFT
        for middle, is_strong in _middles(picture_changes(held), self._constants):
            step, pictures = self._first_step + middle, held[max(0, middle - reach) : middle + reach + 1]
            if self._done_step <= step < end_step and len(pictures) == 2 * reach + 1:
                coarse = pictures[:, ::2, ::2]
                n, H, W, C = coarse.shape
                self._bursts.append(Burst(step, is_strong, coarse.reshape(n, H * W, C).copy()))
        dropped = max(0, end_step - _MARGIN_STEPS - self._first_step)
        self._waiting, self._first_step = [held[dropped:]], self._first_step + dropped
        self._done_step = end_step


def picture_changes(pictures: Pictures) -> Float32:
    """(n,) float32: how much each of (n, H, W, 3) uint8 pictures differs from the last; 0 of the first."""
    wide = pictures.astype(np.int16)
    steps = np.abs(wide[1:] - wide[:-1]).mean(axis=(1, 2, 3), dtype=np.float32)
    return np.concatenate([np.zeros(min(1, len(pictures)), dtype=np.float32), steps])


def _middles(changes: Float32, constants: WipeConstants) -> Iterator[tuple[int, bool]]:
    """A step in the middle of every burst, in order, and whether it tells the burst's kind."""
    strong = _runs(changes, constants.change_level, constants.num_changes, constants.span_steps)
    faint = _runs(changes, constants.faint_level, constants.num_faint, constants.span_steps)
    alone = [run for run in faint if not any(run[0] < end and start < run[1] for start, end in strong)]
    for start, end in sorted([*strong, *alone]):
        level = constants.change_level if (start, end) in strong else constants.faint_level
        weights = np.where(changes[start:end] > level, changes[start:end], 0.0)
        middle = start + round(float((weights * np.arange(end - start)).sum() / max(weights.sum(), 1e-6)))
        # What lies farther from the middle than a shift reaches gets middles of its own.
        yield from (
            (step, (start, end) in strong and step == middle)
            for step in range(middle % (2 * _SHIFT), end, 2 * _SHIFT)
            if step == middle or start + _SHIFT <= step < end - _SHIFT
        )


def _runs(changes: Float32, level: float, least: int, span_steps: int) -> list[tuple[int, int]]:
    """Where at least so many of span_steps changes are above a level: [start, end) steps, a little wider."""
    if len(changes) < span_steps:
        return []
    is_inside = np.convolve(changes > level, np.ones(span_steps), "same") >= least
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_inside, [0]]).astype(np.int8)))
    return [(max(int(a) - 2, 0), min(int(b) + 2, len(changes))) for a, b in edges.reshape(-1, 2)]


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
    cores = [_planes([template])[:, 0, _SHIFT:-_SHIFT] for template in templates]
    for first in range(0, len(bursts), _NUM_AT_ONCE):
        rows = slice(first, first + _NUM_AT_ONCE)
        planes = _planes(bursts[rows])
        for column, core in enumerate(cores):
            found = _differences(planes, core, constants.agree_share)
            distances[rows, column] = found.min(axis=1)
            shifts[rows, column] = found.argmin(axis=1) - _SHIFT
    lags = np.subtract.outer(_steps(bursts), _steps(templates))
    distances[np.abs(lags) < apart_steps] = np.inf
    return distances, shifts


def _steps(bursts: Sequence[Burst]) -> npt.NDArray[np.int64]:
    return np.array([burst.step_index for burst in bursts], dtype=np.int64)


def _planes(bursts: Sequence[Burst]) -> Pictures:
    """(3, n, T, H * W) uint8: one colour after the other, which numpy compares in long runs."""
    return np.ascontiguousarray(np.stack([burst.pictures for burst in bursts]).transpose(3, 0, 1, 2))


def _differences(planes: Pictures, core: Pictures, agree_share: float) -> Float64:
    """(n, 2 * _SHIFT + 1) mean difference of a core from pictures at each shift, where they agree best.

    planes (3, n, T, H * W) and core (3, num_pictures, H * W) uint8.
    """
    _, num_pictures, num_pixels = core.shape
    num_agreeing = max(1, int(agree_share * num_pixels))
    means = list[Float64]()
    for at in range(2 * _SHIFT + 1):
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
