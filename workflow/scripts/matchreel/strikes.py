"""When a goal was scored: the strongest evidence in the time before the score on the screen changed.

The evidence is that of the untrained scorer, but told to the second: the camera is turned to a penalty area,
then it gets loud, then the wide view is left for long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matchreel.cues import Cues, wide_views
from matchreel.excitement import CueConstants, break_strength, rank_shares
from matchreel.records import Float64
from matchreel.scoreboard import ScoreChange
from matchreel.timeline import FrameGrid, Interval

# ASSUME broadcasters write a new score from 2 to 40 s after the goal.
WRITTEN_AFTER = Interval(2.0, 40.0)
# It is louder for so long after the strike than it was before; the camera is turned to the goal until the
# strike and leaves the wide view a few seconds after it.
_LOUD_AFTER_SECONDS, _LOUD_BEFORE_SECONDS, _TURNED_SECONDS = 6.0, 8.0, 4.0
_LEFT_AFTER = Interval(1.0, 6.0)


@dataclass(frozen=True)
class Evidence:
    """How much speaks for a strike at each step of the grid: (T,) mean rank in (0, 1)."""

    curve: Float64
    grid: FrameGrid

    def strongest(self, within: Interval, *, count: int = 1, apart_seconds: float = 0.0) -> list[float]:
        """The moments of the strongest evidence in an interval, so far apart, in order; seconds.

        Fewer than count where there is no room; of equal ones the first.
        """
        first = self.grid.nearest_step(within.start_seconds)
        last = max(first, self.grid.nearest_step(within.end_seconds))
        left, apart = self.curve[first : last + 1].copy(), self.grid.steps_in(apart_seconds)
        steps = list[int]()
        while len(steps) < count and np.isfinite(left).any():
            step = int(np.argmax(left))
            steps.append(first + step)
            left[max(0, step - apart + 1) : step + apart] = -np.inf
        return [float(self.grid.start_seconds(step)) for step in sorted(steps)]


def strike_evidence(cues: Cues, constants: CueConstants) -> Evidence:
    """The evidence of a part's cues; level where neither sound nor picture says anything."""
    rows, grid = list[Float64](), cues.grid
    if cues.has_sound:
        loudness = cues.curves["loudness_db"].astype(np.float64)
        after = _mean_of(loudness, grid, 0.0, _LOUD_AFTER_SECONDS)
        rows += [after, after - _mean_of(loudness, grid, -_LOUD_BEFORE_SECONDS, -1.0)]
    if cues.has_picture:
        is_wide = wide_views(
            cues, min_open_share=constants.wide_open_share, max_body_share=constants.wide_body_share
        )
        breaks = break_strength(
            is_wide,
            num_before=grid.steps_in(constants.break_before_seconds),
            num_after=grid.steps_in(constants.break_after_seconds),
        )
        rows.append(_most_of(breaks, grid, _LEFT_AFTER))
        tilt = np.abs(np.nan_to_num(cues.curves["edge_slope"].astype(np.float64))) * (is_wide == 1)
        rows.append(_mean_of(tilt, grid, -_TURNED_SECONDS, 1.0))
    ranks = [rank_shares(row) for row in rows if np.ptp(row) > 0]
    curve = np.mean(ranks, axis=0) if ranks else np.full(grid.num_steps, 0.5)
    return Evidence(curve, grid)


def possible_strike(change: ScoreChange, *, after_seconds: float) -> Interval:
    """When the goal of a change can have been scored, after an earlier moment.

    The former score was still on the screen at earliest_seconds: the goal may be as much older as a
    broadcaster waits.
    """
    end = max(change.seconds - WRITTEN_AFTER.start_seconds, 0.0)
    start = max(change.earliest_seconds - WRITTEN_AFTER.end_seconds, after_seconds, 0.0)
    return Interval(min(start, end), end)


def _mean_of(values: Float64, grid: FrameGrid, start_seconds: float, end_seconds: float) -> Float64:
    """(T,) mean of the steps in [t + start, t + end), of those that exist."""
    first, last = (round(float(edge * grid.rate_fps)) for edge in (start_seconds, end_seconds))
    steps = np.arange(len(values))
    low, high = np.clip(steps + first, 0, len(values)), np.clip(steps + last, 0, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Float64 = (sums[high] - sums[low]) / np.maximum(high - low, 1)
    return np.where(high > low, means, values[np.clip(steps, 0, len(values) - 1)])


def _most_of(values: Float64, grid: FrameGrid, ahead: Interval) -> Float64:
    """(T,) the largest of the steps in [t + start, t + end]."""
    first, last = (round(float(edge * grid.rate_fps)) for edge in (ahead.start_seconds, ahead.end_seconds))
    padded = np.concatenate([values, np.full(last + 1, -np.inf)])
    rows = [padded[shift : shift + len(values)] for shift in range(first, last + 1)]
    most: Float64 = np.max(rows, axis=0)
    return np.where(np.isfinite(most), most, 0.0)
