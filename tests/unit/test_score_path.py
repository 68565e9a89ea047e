"""How the score went, from readings of which some are wrong: goals, goals taken back, and what is none."""

from __future__ import annotations

import numpy as np

from matchreel.scoreboard import Reading
from matchreel.scoreboard.score import fit_score


def read(scores: list[tuple[int, int]], *, wrong: float = 0.0, seed: int = 1) -> list[Reading]:
    """A reading every three seconds."""
    dice, rows = np.random.default_rng(seed), list[Reading]()
    for index, (home, away) in enumerate(scores):
        if dice.random() < wrong:
            home, away = int(dice.integers(0, 9)), away
        rows.append(Reading(3.0 * index, 0, float(index), None, home, away, 0.95))
    return rows


def told(readings: list[Reading]) -> tuple[tuple[int, int] | None, list[tuple[float, str, int, int, bool]]]:
    first, changes = fit_score(readings)
    return first, [(row.seconds, row.side, row.home, row.away, row.counts) for row in changes]


def test_goals_of_both_sides_are_found_among_wrong_readings() -> None:
    scores = [(0, 0)] * 200 + [(1, 0)] * 200 + [(1, 1)] * 200 + [(2, 1)] * 100
    for seed in range(5):
        first, changes = told(read(scores, wrong=0.15, seed=seed))
        assert first == (0, 0)
        assert [row[1:] for row in changes] == [
            ("home", 1, 0, True), ("away", 1, 1, True), ("home", 2, 1, True),
        ]  # fmt: skip
        assert np.abs(np.array([row[0] for row in changes]) - [600, 1200, 1800]).max() <= 6


def test_a_recording_that_begins_later_begins_with_its_score() -> None:
    assert told(read([(2, 1)] * 60 + [(3, 1)] * 60)) == ((2, 1), [(180.0, "home", 3, 1, True)])


def test_a_goal_that_is_taken_back_is_ruled_out() -> None:
    scores = [(0, 0)] * 100 + [(0, 1)] * 30 + [(0, 0)] * 100
    first, changes = fit_score(read(scores))
    (goal,) = changes
    assert first == (0, 0) and (goal.seconds, goal.taken_back_seconds) == (300.0, 390.0)


def test_a_wrong_score_for_a_moment_is_no_goal() -> None:
    scores = [(0, 0)] * 100 + [(0, 1)] * 3 + [(0, 0)] * 100 + [(1, 0)] * 50
    assert [row[1:4] for row in told(read(scores))[1]] == [("home", 1, 0)]


def test_two_goals_while_the_bug_was_hidden_are_two() -> None:
    before, after = read([(0, 0)] * 50), read([(1, 1)] * 50)
    later = [
        Reading(row.seconds + 600, 0, row.clock_seconds, None, row.home, row.away, 0.95) for row in after
    ]
    _, changes = fit_score([*before, *later])
    assert {(row.side, row.earliest_seconds, row.seconds) for row in changes} == {
        ("home", 147.0, 600.0), ("away", 147.0, 600.0),
    }  # fmt: skip


def test_nothing_read_is_nothing() -> None:
    assert fit_score([Reading(1.0, 0, 1.0, None, None, None, 0.9)]) == (None, ())
