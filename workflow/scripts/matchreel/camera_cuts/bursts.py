"""Bursts of change at a part's own rate: the few pictures around each, from which wipes are told later.

They are taken while the part is decoded for its cues, so that nothing decodes the whole part again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matchreel.arrays import Blocks, load_arrays, save_arrays
from matchreel.checksums import written_readable
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.records import Float32
from matchreel.timeline import FrameGrid, Interval

Pictures = npt.NDArray[np.uint8]

# SOURCE: TransNetV2 (Soucek and Lokoc 2020) looks at pictures of this size, and bursts are taken in the same.
# Faster recordings are thinned out.
HEIGHT, WIDTH, MAX_RATE_FPS = 27, 48, 30
# A burst is compared by the pictures so far around its middle, shifted by up to so much.
REACH, SHIFT = 3, 6
NUM_PICTURES = 2 * (REACH + SHIFT) + 1
_SHAPE = (NUM_PICTURES, len(range(0, HEIGHT, 2)) * len(range(0, WIDTH, 2)), 3)
# Pictures are looked at in blocks, with so many before and after them.
_BLOCK_STEPS, _MARGIN_STEPS = 1500, 60


@dataclass(frozen=True)
class BurstConstants:
    """What a burst is; levels 0 to 255.

    change_level: pictures differ by more, on average, in num_changes of span_steps steps of a burst;
    faint_level and num_faint: the same where a known graphic is looked for.
    """

    change_level: float
    num_changes: int
    faint_level: float
    num_faint: int
    span_steps: int


# ASSUME a graphic is on screen for half a second or more at 25 to 30 pictures a second.
CONSTANTS = BurstConstants(change_level=12, num_changes=6, faint_level=8, num_faint=4, span_steps=14)


@dataclass(frozen=True)
class Burst:
    """pictures (19, H * W, 3) uint8, every second row and column, around a step of the thinned grid."""

    step_index: int
    is_strong: bool
    pictures: Pictures


@dataclass(frozen=True)
class Bursts:
    """results/features/bursts/{game}/{part}.safetensors; grid: of the pictures, None where there are none.

    damage: where the recording's picture is damaged, on the part's clock: whoever saw all of it knows.
    """

    grid: FrameGrid | None
    bursts: Sequence[Burst] = ()
    damage: tuple[Interval, ...] = ()

    def save(self, path: Path) -> None:
        """Write one safetensors file; the same bursts give the same bytes."""
        held = self.bursts
        arrays: dict[str, npt.NDArray[Any] | Blocks] = {
            "steps": np.array([burst.step_index for burst in held], dtype=np.int64),
            "is_strong": np.array([burst.is_strong for burst in held], dtype=np.uint8),
            "pictures": Blocks((len(held), *_SHAPE), np.uint8, (burst.pictures[None] for burst in held)),
        }
        grid = self.grid
        facts = {"rate_fps": str(grid.rate_fps), "num_steps": str(grid.num_steps)} if grid else {}
        if self.damage:
            facts["damage"] = json.dumps([[held.start_seconds, held.end_seconds] for held in self.damage])
        with written_readable(path, Bursts.load) as temporary:
            save_arrays(temporary, arrays, facts)

    @classmethod
    def load(cls, path: Path) -> Bursts:
        """Map them into memory; InputError where the file is not what save wrote."""
        arrays, facts = load_arrays(path)
        try:
            is_seen = "rate_fps" in facts
            grid = FrameGrid(Fraction(facts["rate_fps"]), int(facts["num_steps"])) if is_seen else None
            steps, strong, pictures = (arrays[name] for name in ("steps", "is_strong", "pictures"))
            if pictures.shape[1:] != _SHAPE or (steps.dtype.kind, pictures.dtype.kind) != ("i", "u"):
                raise ValueError(f"steps of {steps.dtype}, pictures of {pictures.shape} {pictures.dtype}")
            num_steps = grid.num_steps if grid else 0
            if (np.diff(steps, prepend=0, append=num_steps) < 0).any():
                raise ValueError(f"steps that are not in order and within {num_steps}")
            rows = zip(steps.tolist(), strong.tolist(), pictures, strict=True)
            damage = tuple(Interval(*map(float, row)) for row in json.loads(facts.get("damage", "[]")))
            return cls(grid, [Burst(step, bool(strong), held) for step, strong, held in rows], damage)
        except UNREADABLE as error:
            raise DamagedError(f"this is not a file of bursts ({error})", path=path) from error


def thinning(rate_fps: Fraction) -> int:
    """Every how many pictures of a part are looked at."""
    return max(1, math.ceil(rate_fps / MAX_RATE_FPS))


class BurstMeter:
    """Collects the bursts of a part from batches of its pictures in order, keeping a few pictures of each."""

    def __init__(self, constants: BurstConstants) -> None:
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
        reach = REACH + SHIFT
        for middle, is_strong in _middles(picture_changes(held), self._constants):
            step, pictures = self._first_step + middle, held[max(0, middle - reach) : middle + reach + 1]
            if self._done_step <= step < end_step and len(pictures) == NUM_PICTURES:
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


def _middles(changes: Float32, constants: BurstConstants) -> Iterator[tuple[int, bool]]:
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
            for step in range(middle % (2 * SHIFT), end, 2 * SHIFT)
            if step == middle or start + SHIFT <= step < end - SHIFT
        )


def _runs(changes: Float32, level: float, least: int, span_steps: int) -> list[tuple[int, int]]:
    """Where at least so many of span_steps changes are above a level: [start, end) steps, a little wider."""
    if len(changes) < span_steps:
        return []
    is_inside = np.convolve(changes > level, np.ones(span_steps), "same") >= least
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_inside, [0]]).astype(np.int8)))
    return [(max(int(a) - 2, 0), min(int(b) + 2, len(changes))) for a, b in edges.reshape(-1, 2)]
