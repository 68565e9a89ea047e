"""Untrained windows as moments: when their event was, whether it was a chance, and how sure that is.

A window says that something stands out within it. The event is where the evidence (strikes) peaks. A peak
within a replay is none: what the replay shows was a little before it, and is the moment where it stands out
there; else the window is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matchreel.edit_list import PlannedHighlight
from matchreel.labels import CHANCE, MOMENT
from matchreel.moment_rows import Laying
from matchreel.strikes import SHOWN_WITHIN_SECONDS, Evidence
from matchreel.timeline import Interval

# ASSUME replays so near to each other show the same.
SAME_WITHIN_SECONDS = 8.0
# SOURCE: measured: the estimated event was within 3 s of all of 33 goals, penalties and shots in the clips of
# unseen rendered matches (benchmarks/moment_confidence.py).
UNSURE_SECONDS = 3.0
# SOURCE: SoccerNet-v2 labels: after a goal the next goal, penalty or shot is less than 59 s away in 1 of 100
# cases; before the kick-off (median 56 s) there are celebrations and replays.
QUIET_AFTER_GOAL = Interval(5.0, 59.0)
# A chance: the camera is turned as in this share of the part's time, and so much of the wide view is lost.
CHANCE_SLOPE_RANK, CHANCE_BREAK = 0.8, 0.3
# SOURCE: logistic regression on 468 moments of rendered matches; on 540 moments of other seeds the expected
# calibration error is .064, on the 109 of them that are offered .104 (benchmarks/moment_confidence.py).
INTERCEPTS = {CHANCE: -1.01, MOMENT: -2.18}
WEIGHTS = {"loud": 1.75, "louder": -0.15, "break": 0.21, "slope": 0.06, "cut": 2.20}


def event_in(window: Interval, evidence: Evidence) -> float | None:
    """When the event of a window was, in seconds; None where it only shows a replay of another.

    Where the peak is within a replay, the event is the peak of the time before it, if that is no weaker.
    """
    peaks, live = evidence.strongest(window, live=False), evidence.strongest(window)
    if peaks == live:
        return live[0]
    first = _first_replay(peaks[0], evidence.replays)
    before = evidence.strongest(Interval(max(first - SHOWN_WITHIN_SECONDS, 0.0), first))
    return max([*before, *live], key=lambda at: float(evidence.live[evidence.step_of(at)]), default=None)


def _first_replay(seconds: float, replays: Iterable[Interval]) -> float:
    """Where the replays begin that a moment is in: those that follow each other show the same."""
    start = seconds
    for replay in sorted(replays, reverse=True):
        if replay.start_seconds <= seconds and replay.end_seconds + SAME_WITHIN_SECONDS >= start:
            start = min(start, replay.start_seconds)
    return start


@dataclass(frozen=True)
class Places:
    """The evidence of the parts, by which windows become moments; laying: how clips are laid around them.

    goals: those that are known; what follows them is celebration.
    """

    evidence: Mapping[str, Evidence]
    laying: Laying
    durations_seconds: Mapping[str, float]
    goals: Sequence[PlannedHighlight] = ()

    def moment_of(self, window: PlannedHighlight) -> PlannedHighlight | None:
        """The moment of a window; the window itself in a part of which nothing is known.

        None where it only shows a replay, or what follows a goal.
        """
        evidence = self.evidence.get(window.part)
        if evidence is None or not evidence.ranks:
            return window
        at = event_in(window.interval, evidence)
        if at is None or any(self._is_after(goal, window.part, at) for goal in self.goals):
            return None
        row = self.laying.around(window, at, self.durations_seconds[window.part])
        label = CHANCE if is_chance(evidence, at) else MOMENT
        return replace(row, label=label, confidence=round(confidence_at(evidence, at, label), 4))

    def _is_after(self, goal: PlannedHighlight, part: str, seconds: float) -> bool:
        """Whether a moment is one of those that follow a goal that counted."""
        counted = goal.score_after is not None
        return counted and goal.part == part and QUIET_AFTER_GOAL.contains(seconds - goal.moment_seconds)


def is_chance(evidence: Evidence, seconds: float) -> bool:
    """Whether the picture says that play was at a penalty area before it broke off."""
    step = evidence.step_of(seconds)
    slope = evidence.ranks.get("slope")
    return slope is not None and bool(
        slope[step] >= CHANCE_SLOPE_RANK and evidence.breaks[step] >= CHANCE_BREAK
    )


def confidence_at(evidence: Evidence, seconds: float, label: str) -> float:
    """How likely a moment is a goal, penalty or shot, in (0, 1); what was not measured says nothing."""
    step = evidence.step_of(seconds)
    logit = INTERCEPTS[label]
    for name, weight in WEIGHTS.items():
        if name in evidence.ranks:
            logit += weight * (float(evidence.ranks[name][step]) - 0.5)
    return 1 / (1 + math.exp(-logit))
