"""The score over a part: the likeliest path through its readings, and the goals along it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matchreel.records import Float64
from matchreel.scoreboard.record import Reading, ScoreChange

# Counted in sure readings that say something else.
_GOAL_COST, _TAKEN_BACK_COST, _NOT_NIL_COST = 4.0, 20.0, 6.0
_TAKEN_BACK_SECONDS = 420.0  # a goal is ruled out within this
_LIMIT = 20
_NEARBY = 15  # readings before and after a change that its confidence is told by


@dataclass(frozen=True)
class ScorePath:
    """The first score, None where none was read, and the changes after it."""

    first: tuple[int, int] | None
    changes: tuple[ScoreChange, ...]


def find_changes(
    readings: Sequence[Reading], weights: Sequence[float], *, starts_at_kickoff: bool
) -> ScorePath:
    """The path of least cost: each reading that says another score costs its confidence times its weight.

    weights: one per reading. starts_at_kickoff: the part begins with the match, so 0-0 is likeliest at first.
    """
    rows = [
        (reading, weight)
        for reading, weight in zip(readings, weights, strict=True)
        if reading.home is not None and reading.away is not None and max(reading.home, reading.away) < _LIMIT
    ]
    if not rows:
        return ScorePath(None, ())
    scores = [(reading.home or 0, reading.away or 0) for reading, _ in rows]
    costs = [reading.confidence * weight for reading, weight in rows]
    path = _best_path(scores, costs, starts_at_kickoff=starts_at_kickoff)
    return ScorePath(path[0], tuple(_changes([reading for reading, _ in rows], scores, path)))


def _best_path(
    scores: Sequence[tuple[int, int]], costs: Sequence[float], *, starts_at_kickoff: bool
) -> list[tuple[int, int]]:
    """The score that stood at each reading."""
    shape = (max(home for home, _ in scores) + 2, max(away for _, away in scores) + 2)
    total: Float64 = np.full(shape, _NOT_NIL_COST if starts_at_kickoff else 0.0)
    if starts_at_kickoff:
        total[0, 0] = 0.0
    came_from = list[npt.NDArray[np.int64]]()
    for step, (score, cost) in enumerate(zip(scores, costs, strict=True)):
        if step:
            total, source = _moved(total)
            came_from.append(source)
        total = total + cost
        total[score] -= cost
    state = int(total.argmin())
    path = [state]
    for source in reversed(came_from):
        state = int(source.flat[state])
        path.append(state)
    return [divmod(state, shape[1]) for state in reversed(path)]


def _moved(total: Float64) -> tuple[Float64, npt.NDArray[np.int64]]:
    """Least costs after any goals and goals taken back at once, and the state that each comes from."""
    best = total.copy()
    source = np.arange(total.size, dtype=np.int64).reshape(total.shape)
    for axis in (0, 1):
        for order, cost in ((range(1, total.shape[axis]), _GOAL_COST),
                            (range(total.shape[axis] - 2, -1, -1), _TAKEN_BACK_COST)):  # fmt: skip
            for index in order:
                other = index - 1 if cost == _GOAL_COST else index + 1
                here, there = _line(axis, index), _line(axis, other)
                better = best[there] + cost < best[here] - 1e-9
                best[here] = np.where(better, best[there] + cost, best[here])
                source[here] = np.where(better, source[there], source[here])
    return best, source


def _line(axis: int, index: int) -> tuple[slice | int, slice | int]:
    return (index, slice(None)) if axis == 0 else (slice(None), index)


def _changes(
    readings: Sequence[Reading], scores: Sequence[tuple[int, int]], path: Sequence[tuple[int, int]]
) -> list[ScoreChange]:
    found = list[ScoreChange]()
    for index in range(1, len(path)):
        before, now = path[index - 1], path[index]
        if now == before:
            continue
        score = list(before)
        for axis, side in enumerate(("home", "away")):
            for _ in range(now[axis] - before[axis]):
                score[axis] += 1
                found.append(
                    ScoreChange(
                        earliest_seconds=_last_seen(readings, scores, index, before),
                        seconds=readings[index].seconds,
                        side=side,
                        home=score[0],
                        away=score[1],
                        taken_back_seconds=None,
                        confidence=_confidence(scores, path, index),
                    )
                )
            for _ in range(before[axis] - now[axis]):
                score[axis] -= 1
                _take_back(found, side, readings[index].seconds)
    return found


def _last_seen(
    readings: Sequence[Reading], scores: Sequence[tuple[int, int]], index: int, score: tuple[int, int]
) -> float:
    """When a score was last read before a reading."""
    seen = (readings[step].seconds for step in range(index - 1, -1, -1) if scores[step] == score)
    return next(seen, readings[index - 1].seconds)


def _take_back(found: list[ScoreChange], side: str, seconds: float) -> None:
    """The latest goal of a side that still counts did not stand."""
    for place in range(len(found) - 1, -1, -1):
        change = found[place]
        if change.side == side and change.counts and seconds - change.seconds <= _TAKEN_BACK_SECONDS:
            found[place] = replace(change, taken_back_seconds=seconds)
            return


def _confidence(scores: Sequence[tuple[int, int]], path: Sequence[tuple[int, int]], index: int) -> float:
    """The share of the readings around a change that say what the path says."""
    near = range(max(0, index - _NEARBY), min(len(path), index + _NEARBY))
    return float(np.mean([scores[step] == path[step] for step in near]))
