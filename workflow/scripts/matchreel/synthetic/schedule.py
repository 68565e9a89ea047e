"""When highlights happen and which: gaps and class mix as in SoccerNet, denser by event_rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# SOURCE: SoccerNet-v2 Labels-v2.json of all 500 games: 12.95 highlight labels a half of 45 minutes, many
# of them in groups (labels less than 4 s apart); gaps between groups: mean 226 s, deviation 204 s,
# 5th percentile 28.5 s, so about a gamma of shape 1 above a least gap.
LABELS_PER_HALF = 12.95
HALF_MINUTES = 45.0
GAP_SHAPE = 1.0
LEAST_GAP_SECONDS = 24.0
# SOURCE: the same labels, shares of the groups; "saved" and "wide" stand for shots on and off target.
# ASSUME penalties six times as often as the 1.4 % found, so that a small league holds some.
KIND_SHARES = {"wide": 0.45, "saved": 0.35, "goal": 0.125, "penalty": 0.075}
GOAL_HAS_SHOT_LABEL = 0.91
PENALTY_SCORED = 0.72
# What follows from the two above.
LABELS_PER_GROUP = 0.45 + 0.35 + 0.125 * (1 + GOAL_HAS_SHOT_LABEL) + 0.075 * (2 + PENALTY_SCORED)
# Seconds that a kind's aftermath takes at least, before the next group may start to build up.
AFTERMATH_SECONDS = {"wide": 4.0, "saved": 4.0, "goal": 26.0, "penalty": 22.0}
BUILD_UP_SECONDS = {"wide": 0.0, "saved": 0.0, "goal": 0.0, "penalty": 10.0}


@dataclass(frozen=True)
class Moment:
    """A highlight to be staged: the kick happens at `seconds`."""

    seconds: float
    kind: str
    side: str


def moments(
    rng: np.random.Generator, *, duration_seconds: float, event_rate: float, first_seconds: float
) -> list[Moment]:
    """The highlights of one part, sorted; as many as its length and rate call for, give or take one."""
    expected = LABELS_PER_HALF / LABELS_PER_GROUP * event_rate * duration_seconds / (60 * HALF_MINUTES)
    num_moments = max(1, int(np.floor(expected + rng.uniform(0.2, 0.8))))
    kinds = _kinds(rng, num_moments)
    least = np.array([_room_between(a, b) for a, b in zip([None, *kinds], [*kinds, None], strict=True)])
    room = duration_seconds - first_seconds - least.sum()
    while room < 0 and len(kinds) > 1:
        kinds.pop()
        least = np.array([_room_between(a, b) for a, b in zip([None, *kinds], [*kinds, None], strict=True)])
        room = duration_seconds - first_seconds - least.sum()
    gaps = rng.gamma(GAP_SHAPE, 1.0, size=len(least))
    times = first_seconds + np.cumsum(least + max(room, 0.0) * gaps / gaps.sum())[:-1]
    sides = rng.choice(["home", "away"], size=len(kinds), p=[0.55, 0.45])
    return [Moment(float(t), str(k), str(s)) for t, k, s in zip(times, kinds, sides, strict=True)]


def _kinds(rng: np.random.Generator, num_moments: int) -> list[str]:
    """Kinds by their shares, one draw from each of num_moments even slices, so that no game is all alike."""
    draws = (rng.permutation(num_moments) + rng.random(num_moments)) / num_moments
    bounds = np.cumsum(list(KIND_SHARES.values()))[:-1]
    return [list(KIND_SHARES)[int(np.searchsorted(bounds, draw, side="right"))] for draw in draws]


def _room_between(before: str | None, after: str | None) -> float:
    least = LEAST_GAP_SECONDS if before and after else 14.0
    return least + (AFTERMATH_SECONDS[before] if before else 0) + (BUILD_UP_SECONDS[after] if after else 0)
