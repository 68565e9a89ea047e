"""Which stretches between wipes are replays: a wipe leads into one and another one out of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matchreel.timeline import Interval

# SOURCE: at a measured World Cup match replays took 40 s at most, all but those of goals 21 s.
LEAST_SECONDS, LONGEST_SECONDS, USUAL_SECONDS = 2.0, 45.0, 15.0
# ASSUME play between two replays goes on for longer than this.
LEAST_PLAY_SECONDS = 10.0
# What it costs to call a stretch what it usually is not, in one unit for all.
_LONG_REPLAY, _SHORT_PLAY, _BRIEF_PLAY = 1.0, 1.0, 2.0
# Two replays with one wipe between them; a wipe with play on both sides (its partner was missed).
_REPLAY_AFTER_REPLAY, _PLAY_AFTER_PLAY = 0.5, 1.5


def replays_between(wipes_seconds: Sequence[float]) -> list[Interval]:
    """The stretches from wipe to wipe that are most likely replays; wipes_seconds is sorted."""
    stretches = [Interval(start, end) for start, end in pairwise(wipes_seconds)]
    # What it has cost so far if a stretch is play, and if it is a replay; and what the one before was then.
    costs, came_from = (0.0, math.inf), list[tuple[bool, bool]]()
    for stretch in stretches:
        to_play = (costs[0] + _PLAY_AFTER_PLAY, costs[1])
        to_replay = (costs[0], costs[1] + _REPLAY_AFTER_REPLAY)
        came_from.append((to_play[1] < to_play[0], to_replay[1] < to_replay[0]))
        costs = (
            min(to_play) + _cost_of_play(stretch.duration_seconds),
            min(to_replay) + _cost_of_replay(stretch.duration_seconds),
        )
    is_replay, found = costs[1] < costs[0] + _PLAY_AFTER_PLAY, list[Interval]()
    for stretch, before in zip(reversed(stretches), reversed(came_from), strict=True):
        if is_replay:
            found.append(stretch)
        is_replay = before[is_replay]
    return found[::-1]


def _cost_of_play(duration_seconds: float) -> float:
    if duration_seconds < LEAST_PLAY_SECONDS:
        return _BRIEF_PLAY
    return _SHORT_PLAY if duration_seconds < USUAL_SECONDS else 0.0


def _cost_of_replay(duration_seconds: float) -> float:
    if not LEAST_SECONDS <= duration_seconds <= LONGEST_SECONDS:
        return math.inf
    return _LONG_REPLAY if duration_seconds > USUAL_SECONDS else 0.0
