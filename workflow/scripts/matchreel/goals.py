"""Goals that the score on the screen tells: when each was shot, and what that says of a scorer's moments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matchreel.cues import Cues
from matchreel.edit_list import PlannedHighlight
from matchreel.excitement import CueConstants, measured_steps, step_cues
from matchreel.labels import MOMENT
from matchreel.notices import Notice
from matchreel.records import Float64, Probe
from matchreel.scoreboard import Scoreboard, ScoreChange
from matchreel.timeline import Interval

GOAL = "Goal"
SHOTS = ("Shots on target", "Shots off target")
NO_CHANGE, RULED_OUT = Notice("no_score_change"), Notice("goal_ruled_out")
# ASSUME the new score is on the screen at most so long after the ball is in, and as a rule 2 to 25 s after.
# SOURCE: three real broadcasts, 1.9 to 5.7 s (an archive's own overlay); live graphics take up to 40 s.
LATEST_SECONDS, USUAL = 45.0, Interval(2.0, 25.0)
# A score that is hidden for minutes says nothing of when in them the goal was.
_LONGEST_SEARCH_SECONDS = 150.0
# So much evidence (a rank in [0, 1]) a second outside the usual time costs.
_LATE_COST = 0.005
# ASSUME as score_excitement does.
_CONSTANTS = {"loudness_mean_seconds": 4.0, "break_before_seconds": 10.0, "break_after_seconds": 20.0}
_SLOPE_MEAN_SECONDS = 4.0
# A scorer's goal within so much of a change's time is that goal.
_SLACK_SECONDS = 8.0
# A goal is understood from its last passes to the first joy: what is shown around the strike, what must be.
_BEFORE_SECONDS, _AFTER_SECONDS = 12.0, 10.0
_ACTION = Interval(-6.0, 4.0)


@dataclass(frozen=True)
class ScreenGoal:
    """A change of the score in a part, and when its goal was shot, as near as picture and sound tell."""

    part: str
    change: ScoreChange
    strike_seconds: float

    @property
    def possible(self) -> Interval:
        """When it may have been shot."""
        return _possible(self.change)

    @property
    def aftermath(self) -> Interval:
        """From the build-up to when the new score was on the screen: no other moment lies in it."""
        start = min(self.strike_seconds - _BEFORE_SECONDS, self.change.seconds)
        return Interval(max(start, 0.0), max(self.change.seconds, self.strike_seconds + _AFTER_SECONDS))


def screen_goals(
    board: Scoreboard | None, cues: Cues | None, *, wide_open_share: float, wide_body_share: float
) -> tuple[ScreenGoal, ...]:
    """Every goal that a part's scoreboard tells, in order, those that were taken back too."""
    if board is None:
        return ()
    evidence = _evidence(cues, wide_open_share, wide_body_share) if cues else None
    found = list[ScreenGoal]()
    for change in board.changes:
        after = found[-1].strike_seconds + 1.0 if found else 0.0
        span = _possible(change)
        span = Interval(min(max(span.start_seconds, after), span.end_seconds), span.end_seconds)
        found.append(ScreenGoal(board.part, change, _strike(change, span, cues, evidence)))
    return tuple(found)


def with_screen_goals(
    rows: Sequence[PlannedHighlight],
    goals: Sequence[ScreenGoal],
    boards: Mapping[str, Scoreboard],
    durations_seconds: Mapping[str, float],
    *,
    apart_seconds: float,
) -> tuple[PlannedHighlight, ...]:
    """A scorer's rows, and the goals that the screen tells, these first.

    A goal or shot of the scorer at a goal of the screen becomes that goal, at the scorer's time. A goal that
    the screen does not know, though it showed the score before and after, is noted as doubtful. Windows of a
    scorer without training keep apart_seconds from a goal, whose joy and replays they would be.
    """
    left, made = list(rows), list[PlannedHighlight]()
    for goal in goals:
        own = _row(goal, durations_seconds[goal.part])
        held = [row for row in left if _is_of(row, goal)] if goal.change.counts else []
        if held:
            best = max(held, key=lambda row: (row.label == GOAL, row.score))
            left = [row for row in left if row not in held]
            own = replace(best, label=GOAL, score=max(best.score, own.score))
        made.append(own)
    left = [row for row in left if not any(_is_part_of(row, goal, apart_seconds) for goal in goals)]
    return (*made, *(_doubted(row, boards.get(row.part)) for row in left))


def _possible(change: ScoreChange) -> Interval:
    start = max(change.earliest_seconds - LATEST_SECONDS, change.seconds - _LONGEST_SEARCH_SECONDS, 0.0)
    return Interval(min(start, change.seconds), change.seconds)


def _evidence(cues: Cues, wide_open_share: float, wide_body_share: float) -> Float64:
    """(T,) how much each step of the part stands out: the mean rank in [0, 1] of loudness, break, slope."""
    constants = CueConstants(
        **_CONSTANTS,
        slope_mean_seconds=_SLOPE_MEAN_SECONDS,
        wide_open_share=wide_open_share,
        wide_body_share=wide_body_share,
    )
    said, measured = step_cues(cues, constants), measured_steps(cues)
    ranks = [_ranks(values, measured[name]) for name, values in said.items()]
    mean: Float64 = np.mean(ranks, axis=0) if ranks else np.zeros(cues.grid.num_steps)
    return mean


def _ranks(values: Float64, measured: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Float64:
    known = np.sort(values[measured])
    ranks = np.searchsorted(known, values, side="left") / max(len(known), 1)
    held: Float64 = np.where(measured, ranks, 0.0)
    return held


def _strike(change: ScoreChange, span: Interval, cues: Cues | None, evidence: Float64 | None) -> float:
    """The second of a span with the most evidence; the usual time before the new score is preferred."""
    usual = max(change.seconds - USUAL.centre_seconds / 2, span.start_seconds)
    if cues is None or evidence is None:
        return usual
    times = cues.grid.starts_seconds()
    inside = np.flatnonzero((times >= span.start_seconds) & (times <= span.end_seconds))
    if not len(inside):
        return usual
    before = change.seconds - times[inside]
    # The last reading of the former score says how late the new one may have come.
    late = USUAL.end_seconds + change.seconds - change.earliest_seconds
    outside = np.maximum(before - late, 0.0) + np.maximum(USUAL.start_seconds - before, 0.0)
    best = int(np.argmax(evidence[inside] - _LATE_COST * outside))
    return float(times[inside][best])


def _row(goal: ScreenGoal, duration_seconds: float) -> PlannedHighlight:
    at = goal.strike_seconds
    shown = Interval(max(at - _BEFORE_SECONDS, 0.0), min(at + _AFTER_SECONDS, duration_seconds))
    return PlannedHighlight(
        part=goal.part,
        start_seconds=round(shown.start_seconds, 6),
        end_seconds=round(shown.end_seconds, 6),
        event_seconds=round(min(at, duration_seconds), 3),
        label=GOAL if goal.change.counts else MOMENT,
        score=round(goal.change.confidence, 4),
        why={},
        action_start_seconds=round(max(at + _ACTION.start_seconds, shown.start_seconds), 6),
        action_end_seconds=round(min(at + _ACTION.end_seconds, shown.end_seconds), 6),
        notes=() if goal.change.counts else (RULED_OUT,),
    )


def _is_of(row: PlannedHighlight, goal: ScreenGoal) -> bool:
    """Whether a scorer's row is a goal or shot of known time that may be this goal."""
    if row.part != goal.part or row.label not in (GOAL, *SHOTS) or row.event_seconds is None:
        return False
    return goal.possible.padded(_SLACK_SECONDS, _SLACK_SECONDS).contains(row.event_seconds)


def _is_part_of(row: PlannedHighlight, goal: ScreenGoal, apart_seconds: float) -> bool:
    """Whether a row of no known time is a goal's own build-up, joy or replay."""
    if row.part != goal.part or row.event_seconds is not None:
        return False
    return goal.aftermath.padded(0.0, apart_seconds).overlaps(row.action)


def _doubted(row: PlannedHighlight, board: Scoreboard | None) -> PlannedHighlight:
    """A goal that no change of the score belongs to, where the score was read before and after it."""
    if board is None or row.label != GOAL or row.event_seconds is None or NO_CHANGE in row.notes:
        return row
    at = row.event_seconds
    before = _was_read(board, Interval(max(at - LATEST_SECONDS, 0.0), at))
    after = _was_read(board, Interval(at + LATEST_SECONDS, at + 2 * LATEST_SECONDS))
    return replace(row, notes=(*row.notes, NO_CHANGE)) if before and after else row


def _was_read(board: Scoreboard, span: Interval) -> bool:
    return any(row.home is not None and span.contains(row.seconds) for row in board.readings)


def confirmed(rows: Iterable[PlannedHighlight], goals: Sequence[ScreenGoal]) -> list[PlannedHighlight]:
    """The rows that are goals of the screen: nothing else need confirm them."""
    return [row for row in rows if row.label == GOAL and any(_is_of(row, goal) for goal in goals)]


def clock_notices(boards: Mapping[str, Scoreboard], probes: Mapping[str, Probe]) -> list[Notice]:
    """Of parts with a picture whose score bug was looked for, those in which no match clock was read."""
    unread = [part for part, board in boards.items() if not board.halves and probes[part].video]
    return [Notice("no_match_clock", {"part": part}) for part in unread]
