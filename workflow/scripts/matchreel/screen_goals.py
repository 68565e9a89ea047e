"""Goals that the score on the screen told: moments of every scorer, sure ones.

One rule for all. A change of the score that stood is a goal, one that was taken back a goal ruled out; what
was possible is the time from 40 s before the former score was last read to the new one. Of what a trained
scorer spotted then, the goal nearest to the strike is that goal: it is confirmed and keeps its second. Where
it spotted none, the nearest penalty or shot is it and is renamed; else the change is a moment of its own, at
the strike. A goal that it spotted elsewhere is doubted if clock and score were read before and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from matchreel.edit_list import PlannedHighlight
from matchreel.gathering import freed
from matchreel.labels import GOAL, RULED_OUT
from matchreel.moment_rows import Laying
from matchreel.notices import Notice
from matchreel.scoreboard import Scoreboard, ScoreChange
from matchreel.strikes import WRITTEN_AFTER, Evidence, possible_strike
from matchreel.timeline import Interval

UNCHANGED = Notice("score_unchanged")
# What a goal may have been spotted as.
_STRIKES = ("Penalty", "Shots on target", "Shots off target")
# ASSUME no two goals are nearer to each other: there is a kick-off between them.
APART_SECONDS = 25.0
# SOURCE: measured on 12 rendered goals: with it 92 % of strikes are found within 3 s, without 90 %.
_COST_A_SECOND = 0.002
# ASSUME what is taken back so soon was never shown on purpose: a slip of the hand, or a misreading.
_SLIP_SECONDS = 10.0
# ASSUME a spotter is at most so much off, and a shot so far from the strike is another one.
_SPOTTED_WITHIN_SECONDS, _SHOT_WITHIN_SECONDS = 5.0, 15.0
# Where the score was read within so much before a spotted goal, and so much after it could have changed.
_READ_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class ScreenGoal:
    """A change of the score: strike_seconds is the likeliest moment of what was possible."""

    part: str
    strike_seconds: float
    possible: Interval
    change: ScoreChange

    @property
    def label(self) -> str:
        """What it is shown as."""
        return GOAL if self.change.counts else RULED_OUT

    def told(self, row: PlannedHighlight) -> PlannedHighlight:
        """A row as this goal, at the row's own time."""
        change = self.change
        return replace(
            row,
            label=self.label,
            side=change.side,
            score_after=f"{change.home}-{change.away}" if change.counts else None,
            confidence=round(change.confidence, 4),
        )


def screen_goals(board: Scoreboard, evidence: Evidence) -> list[ScreenGoal]:
    """The goals of one part, in order; what was taken back at once is none.

    Goals that were written at once, after the bug was away for long, have strikes of their own.
    """
    found, after = list[ScreenGoal](), 0.0
    shown = [change for change in board.changes if not _is_slip(change)]
    for _, own in groupby(shown, key=lambda change: change.seconds):
        changes = list(own)
        possible = possible_strike(changes[0], after_seconds=after)
        strikes = evidence.of_goals.strongest(
            possible, count=len(changes), apart_seconds=APART_SECONDS, cost_a_second=_COST_A_SECOND
        )
        strikes = strikes or [possible.end_seconds]
        strikes += strikes[-1:] * (len(changes) - len(strikes))
        for strike, change in zip(strikes, changes, strict=True):
            found.append(ScreenGoal(board.part, strike, possible, change))
        after = strikes[-1] + APART_SECONDS
    return found


def _is_slip(change: ScoreChange) -> bool:
    back = change.taken_back_seconds
    return back is not None and back - change.seconds < _SLIP_SECONDS


def with_screen_goals(
    rows: Sequence[PlannedHighlight],
    goals: Iterable[ScreenGoal],
    laying: Laying,
    durations_seconds: Mapping[str, float],
) -> tuple[PlannedHighlight, ...]:
    """A trained scorer's moments with the screen's goals: confirmed, renamed or added, these first.

    What is added takes the time it needs: what happens in it is part of it.
    """
    held, added = list(rows), list[PlannedHighlight]()
    for goal in goals:
        row = _spotted(goal, held)
        if row is None:
            added.append(_row_of(goal, laying, durations_seconds[goal.part]))
        else:
            held[held.index(row)] = goal.told(row)
    free = (freed(row, [other for other in added if other.part == row.part]) for row in held)
    return (*added, *(row for row in free if row))


def with_unchanged_doubts(
    rows: Iterable[PlannedHighlight], boards: Mapping[str, Scoreboard]
) -> tuple[PlannedHighlight, ...]:
    """The same rows; goals that no change of a score that was read explains have one more note."""
    return tuple(
        replace(row, notes=(*row.notes, UNCHANGED))
        if row.label == GOAL and not row.is_told and _was_read(row, boards.get(row.part))
        else row
        for row in rows
    )


def _row_of(goal: ScreenGoal, laying: Laying, duration_seconds: float) -> PlannedHighlight:
    """A moment of its own."""
    score = round(goal.change.confidence, 4)
    row = PlannedHighlight(goal.part, 0.0, duration_seconds, None, goal.label, score, {})
    return goal.told(laying.around(row, goal.strike_seconds, duration_seconds))


def _spotted(goal: ScreenGoal, rows: Sequence[PlannedHighlight]) -> PlannedHighlight | None:
    """The row that is this goal: a spotted goal before a penalty or shot, the one nearest to the strike."""
    possible = goal.possible.padded(_SPOTTED_WITHIN_SECONDS, _SPOTTED_WITHIN_SECONDS)
    free = [
        row
        for row in rows
        if row.part == goal.part and not row.is_told and possible.contains(row.moment_seconds)
    ]
    named = [row for row in free if row.label == GOAL]
    shots = [
        row
        for row in free
        if row.label in _STRIKES and abs(row.moment_seconds - goal.strike_seconds) <= _SHOT_WITHIN_SECONDS
    ]
    return min(named or shots, key=lambda row: abs(row.moment_seconds - goal.strike_seconds), default=None)


def _was_read(row: PlannedHighlight, board: Scoreboard | None) -> bool:
    """Whether clock and score were read shortly before a moment, and when a goal would long be written."""
    if board is None:
        return False
    moment = row.moment_seconds
    before = Interval(moment - _READ_WITHIN_SECONDS, moment)
    after = Interval(moment, moment + _READ_WITHIN_SECONDS).padded(-WRITTEN_AFTER.end_seconds, 0.0)
    read = [
        reading.seconds
        for reading in board.readings
        if None not in (reading.clock_seconds, reading.home, reading.away)
    ]
    return all(any(span.contains(seconds) for seconds in read) for span in (before, after))
