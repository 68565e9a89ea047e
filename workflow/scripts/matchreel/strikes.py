"""When a goal was scored: the strongest evidence in the time before the score on the screen changed.

The evidence is that of the untrained scorer, but told to the second: the camera is turned to a penalty area,
then it gets loud, then the wide view is left for long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from matchreel.camera_cuts.replays import USUAL_SECONDS
from matchreel.cues import Cues, wide_views
from matchreel.excitement import CueConstants, break_strength, rank_shares
from matchreel.records import Float64
from matchreel.scoreboard import ScoreChange
from matchreel.timeline import FrameGrid, Interval

# ASSUME broadcasters write a new score from 2 to 40 s after the goal.
WRITTEN_AFTER = Interval(2.0, 40.0)
# SOURCE: measured on 10 rendered matches, with 49 goals, penalties and shots, of those means that were tried:
# it is louder for so long after the strike than it was before; the camera is turned to the goal around it; a
# few seconds after it comes a cut, and the wide view is left for long.
_LOUD_AFTER_SECONDS, _LOUD_BEFORE_SECONDS, _TURNED = 3.0, 8.0, Interval(-2.0, 2.0)
_CELEBRATED = (4.0, 24.0)
_CUT_AFTER, _LEFT_AFTER = Interval(1.5, 5.0), Interval(1.0, 6.0)


# ASSUME a replay shows what happened at most so much before it.
SHOWN_WITHIN_SECONDS = 40.0
# Steps so near to a replay belong to it: the graphic that leads into it and out of it.
_REPLAY_EDGE_SECONDS = 0.5


@dataclass(frozen=True)
class Evidence:
    """What speaks for a strike at each step of the grid.

    ranks: name -> (T,) rank in (0, 1) among the part's steps: loud, louder, break, slope and cut, where
    measured.
    breaks: (T,) how much of the wide view is lost soon after, in [-1, 1]; 0 without a picture. away: (T,)
    rank of the time without a wide view after it. replays: the part's, in which nothing happens.
    """

    ranks: Mapping[str, Float64]
    breaks: Float64
    grid: FrameGrid
    replays: tuple[Interval, ...] = ()
    away: Float64 | None = None

    @property
    def of_goals(self) -> Evidence:
        """The same for a goal: celebrations follow whatever the view was before, close as at a corner."""
        if self.away is None:
            return self
        rows = {name: rank for name, rank in self.ranks.items() if name != "break"}
        return replace(self, ranks=rows | {"away": self.away})

    @cached_property
    def curve(self) -> Float64:
        """(T,) mean of the ranks, in (0, 1); level where nothing was measured."""
        rows = list(self.ranks.values())
        return np.mean(rows, axis=0) if rows else np.full(self.grid.num_steps, 0.5)

    @cached_property
    def live(self) -> Float64:
        """(T,) the same; minus infinity in replays."""
        curve, times = self.curve.copy(), self.grid.starts_seconds()
        for replay in self.replays:
            edge = replay.padded(_REPLAY_EDGE_SECONDS, _REPLAY_EDGE_SECONDS)
            curve[(times >= edge.start_seconds) & (times < edge.end_seconds)] = -np.inf
        return curve

    def step_of(self, seconds: float) -> int:
        """The step of a moment."""
        return self.grid.nearest_step(seconds)

    def most_in(self, within: Interval) -> float:
        """The strongest evidence in an interval, whether live or not."""
        first = self.step_of(within.start_seconds)
        return float(self.curve[first : self.step_of(within.end_seconds) + 1].max())

    def strongest(
        self,
        within: Interval,
        *,
        count: int = 1,
        apart_seconds: float = 0.0,
        live: bool = True,
        cost_a_second: float = 0.0,
    ) -> list[float]:
        """The moments of the strongest evidence in an interval, so far apart, in order; seconds.

        Fewer than count where there is no room: none where all of it is a replay, unless live is False; of
        equal ones the first. cost_a_second: what a second before the interval's end takes away from the rank.
        """
        curve = self.live if live else self.curve
        first = self.step_of(within.start_seconds)
        last = max(first, self.step_of(within.end_seconds))
        left, apart = curve[first : last + 1].copy(), self.grid.steps_in(apart_seconds)
        left -= cost_a_second * float(self.grid.step_seconds) * np.arange(len(left))[::-1]
        steps = list[int]()
        while len(steps) < count and np.isfinite(left).any():
            step = int(np.argmax(left))
            steps.append(first + step)
            left[max(0, step - apart + 1) : step + apart] = -np.inf
        return [float(self.grid.start_seconds(step)) for step in sorted(steps)]


def strike_evidence(cues: Cues, constants: CueConstants, replays: Sequence[Interval] = ()) -> Evidence:
    """The evidence of a part's cues."""
    rows, grid = dict[str, Float64](), cues.grid
    breaks, away = np.zeros(grid.num_steps), None
    if cues.has_sound:
        loudness = cues.curves["loudness_db"].astype(np.float64)
        rows["loud"] = _mean_of(loudness, grid, 0.0, _LOUD_AFTER_SECONDS)
        rows["louder"] = rows["loud"] - _mean_of(loudness, grid, -_LOUD_BEFORE_SECONDS, -1.0)
    if cues.has_picture:
        is_wide = wide_views(
            cues, min_open_share=constants.wide_open_share, max_body_share=constants.wide_body_share
        )
        strength = break_strength(
            is_wide,
            num_before=grid.steps_in(constants.break_before_seconds),
            num_after=grid.steps_in(constants.break_after_seconds),
        )
        rows["break"] = breaks = _most_of(strength, grid, _LEFT_AFTER)
        away = rank_shares(-_mean_of(np.nan_to_num(is_wide), grid, *_CELEBRATED))
        tilt = np.abs(np.nan_to_num(cues.curves["edge_slope"].astype(np.float64))) * (is_wide == 1)
        rows["slope"] = _mean_of(tilt, grid, _TURNED.start_seconds, _TURNED.end_seconds)
        rows["cut"] = _most_of(np.nan_to_num(cues.curves["cut"].astype(np.float64)), grid, _CUT_AFTER)
    ranks = {name: rank_shares(row) for name, row in rows.items() if np.ptp(row) > 0}
    believed = [replay for replay in replays if _is_likely(replay, Evidence(ranks, breaks, grid))]
    return Evidence(ranks, breaks, grid, tuple(believed), away)


def _is_likely(replay: Interval, evidence: Evidence) -> bool:
    """Whether a stretch between wipes is a replay, as far as the evidence says.

    A long one is that of a great moment, which stood out more than its replay does: else one of the wipes was
    missed, and the stretch is play.
    """
    if replay.duration_seconds <= USUAL_SECONDS:
        return True
    before = Interval(max(replay.start_seconds - SHOWN_WITHIN_SECONDS, 0.0), replay.start_seconds)
    return evidence.most_in(before) >= evidence.most_in(replay)


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
