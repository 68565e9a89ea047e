"""The score's likeliest path: goals, misreadings, goals taken back."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.scoreboard.record import Reading
from matchreel.scoreboard.score_path import find_changes


def readings(*spans, every=2):
    """Readings of (start, end, home, away)."""
    return [
        Reading(float(at), 0, None, None, home, away, 0.95)
        for start, end, home, away in spans
        for at in range(start, end, every)
    ]


def path(rows, *, starts=True, weights=None):
    return find_changes(rows, weights or [1.0] * len(rows), starts_at_kickoff=starts)


def test_goals_of_both_sides():
    found = path(readings((0, 100, 0, 0), (110, 300, 0, 1), (300, 500, 1, 1)))
    assert found.first == (0, 0)
    assert [(row.side, row.home, row.away, row.earliest_seconds, row.seconds) for row in found.changes] == [
        ("away", 0, 1, 98, 110), ("home", 1, 1, 298, 300),
    ]  # fmt: skip
    assert all(row.counts and row.confidence > 0.9 for row in found.changes)


def test_scattered_and_short_misreadings_are_no_goals():
    rows = readings((0, 1000, 1, 0))
    random = np.random.default_rng(2)
    for place in random.choice(len(rows), 120, replace=False):
        rows[place] = Reading(
            rows[place].seconds, 0, None, None, int(random.integers(0, 9)), int(random.integers(0, 9)), 0.8
        )
    rows[50:53] = readings((rows[50].seconds.__int__(), rows[50].seconds.__int__() + 6, 1, 1))
    found = path(rows, starts=False)
    assert found.first == (1, 0) and found.changes == ()


def test_a_wrong_score_for_a_moment_is_passed_over():
    found = path(readings((0, 100, 0, 0), (100, 108, 1, 0), (108, 400, 0, 1)))
    assert [(row.side, row.home, row.away) for row in found.changes] == [("away", 0, 1)]


def test_a_goal_that_is_taken_back():
    found = path(readings((0, 100, 0, 0), (100, 220, 1, 0), (220, 600, 0, 0), (600, 700, 0, 1)))
    ruled_out, goal = found.changes
    assert (ruled_out.side, ruled_out.taken_back_seconds, ruled_out.counts) == ("home", 220, False)
    assert (goal.side, goal.home, goal.away, goal.counts) == ("away", 0, 1, True)


def test_two_goals_while_the_score_was_away():
    found = path(readings((0, 100, 0, 0), (400, 600, 1, 1)))
    assert [(row.side, row.home, row.away) for row in found.changes] == [("home", 1, 0), ("away", 1, 1)]
    assert {(row.earliest_seconds, row.seconds) for row in found.changes} == {(98, 400)}


def test_a_recording_that_begins_at_two_nil():
    assert path(readings((0, 300, 2, 0)), starts=False).first == (2, 0)


def test_readings_of_little_weight_need_more_of_them():
    rows = readings((0, 100, 0, 0), (100, 120, 0, 1), (120, 300, 0, 0))
    light = [0.25 if 100 <= row.seconds < 120 else 1.0 for row in rows]
    assert path(rows, weights=light).changes == ()


@pytest.mark.parametrize("rows", [[], [Reading(1.0, 0, 60.0, None, None, None, 0.9)]])
def test_without_a_score_there_is_none(rows):
    assert path(rows) == find_changes([], [], starts_at_kickoff=True)
    assert path(rows).first is None
