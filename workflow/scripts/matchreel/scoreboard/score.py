"""How the score went: the most likely path through what was read, and the goals in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matchreel.scoreboard.record import Reading, ScoreChange

# SOURCE: measured on three real broadcasts with 12 goals, all of which are found so without a false one: a
# goal costs as much as four wrong readings, one that is taken back as much as twenty.
_GOAL_COST, _BACK_COST = 4.0, 20.0
_MISSED_COST = 2.0  # for each further goal at once: one whose graphic was never read
# A goal that is taken back within so long was ruled out; later it is a correction.
_RULED_OUT_SECONDS = 360.0
_MAX_STATES = 150
# Within so many readings around a change its own are counted for how sure it is.
_NUM_AROUND = 8

State = tuple[int, int]


def fit_score(readings: Sequence[Reading]) -> tuple[State | None, tuple[ScoreChange, ...]]:
    """The score at the first reading of one, and its changes in order; None and () where none was read."""
    held = [row for row in readings if row.home is not None and row.away is not None]
    states = _states(held)
    if not states:
        return None, ()
    path = _path(held, states)
    return path[0], tuple(_with_ruled_out(_changes(held, path)))


def _states(readings: Sequence[Reading]) -> list[State]:
    """Scores that were read more than once, and those on the way between them."""
    counts = dict[State, int]()
    for row in readings:
        state = (int(row.home or 0), int(row.away or 0))
        counts[state] = counts.get(state, 0) + 1
    often = sorted((state for state in counts if counts[state] > 1), key=lambda state: -counts[state])
    return sorted(often[:_MAX_STATES])


def _path(readings: Sequence[Reading], states: Sequence[State]) -> list[State]:
    """The cheapest way from reading to reading, each cost of a wrong reading weighed by its confidence."""
    steps = np.array([[_step_cost(before, after) for before in states] for after in states])
    costs = np.zeros(len(states))
    came_from = np.zeros((len(readings), len(states)), dtype=np.int32)
    for index, row in enumerate(readings):
        wrong = np.array([((row.home != home) + (row.away != away)) / 2 for home, away in states])
        ways = costs[None, :] + steps if index else np.where(np.eye(len(states), dtype=bool), 0.0, np.inf)
        came_from[index] = ways.argmin(axis=1)
        costs = ways.min(axis=1) + row.confidence * np.ceil(wrong)
    at = int(costs.argmin())
    path = [states[at]]
    for index in range(len(readings) - 1, 0, -1):
        at = int(came_from[index][at])
        path.append(states[at])
    return path[::-1]


def _step_cost(before: State, after: State) -> float:
    goals = [new - old for old, new in zip(before, after, strict=True)]
    more, less = sum(max(goal, 0) for goal in goals), sum(max(-goal, 0) for goal in goals)
    cost = _GOAL_COST + _MISSED_COST * (more - 1) if more else 0.0
    return cost + _BACK_COST * less


def _changes(readings: Sequence[Reading], path: Sequence[State]) -> list[tuple[ScoreChange, int]]:
    """Each step of one goal, +1 or -1."""
    found = list[tuple[ScoreChange, int]]()
    for index in range(1, len(path)):
        now, after = path[index - 1], path[index]
        for side in (0, 1):
            while now[side] != after[side]:
                step = 1 if after[side] > now[side] else -1
                now = (now[0] + step, now[1]) if side == 0 else (now[0], now[1] + step)
                found.append((_change(readings, index, now, side, after), step))
    return found


def _change(readings: Sequence[Reading], index: int, now: State, side: int, after: State) -> ScoreChange:
    around = readings[index : index + _NUM_AROUND]
    right = [row.confidence for row in around if (row.home, row.away) == after]
    last = readings[index - 1].seconds
    return ScoreChange(
        earliest_seconds=last,
        seconds=readings[index].seconds,
        side="home" if side == 0 else "away",
        home=now[0],
        away=now[1],
        taken_back_seconds=None,
        confidence=round(sum(right) / max(len(around), 1), 4),
    )


def _with_ruled_out(changes: Sequence[tuple[ScoreChange, int]]) -> list[ScoreChange]:
    """Goals; a step back takes back the last one of its side, and is none itself."""
    goals = list[ScoreChange]()
    for change, step in changes:
        if step > 0:
            goals.append(change)
            continue
        own = [k for k, goal in enumerate(goals) if goal.side == change.side and goal.counts]
        if own and change.seconds - goals[own[-1]].seconds <= _RULED_OUT_SECONDS:
            goals[own[-1]] = _taken_back(goals[own[-1]], change.seconds)
        elif own:
            del goals[own[-1]]
    return goals


def _taken_back(goal: ScoreChange, seconds: float) -> ScoreChange:
    return ScoreChange(
        goal.earliest_seconds, goal.seconds, goal.side, goal.home, goal.away, seconds, goal.confidence
    )
