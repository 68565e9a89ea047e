"""The record of the score bug: times on the match clock, the score at a moment, and damaged files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from matchreel.errors import DamagedError
from matchreel.scoreboard import Half, Layout, MatchTime, Reading, Scoreboard, ScoreChange
from matchreel.timeline import Interval

BOARD = Scoreboard(
    "cup",
    "full",
    6000.0,
    layouts=(Layout((0.05, 0.05, 0.3, 0.06), (0.25, 0.05, 0.1, 0.06), ((0.05, 0.05, 0.3, 0.06),), 31),),
    readings=(Reading(100.0, 0, 40.0, None, 0, 0, 0.9), Reading(2900.0, 0, 2700.0, 140.0, 1, 0, 0.8)),
    halves=(
        Half(1, 60.0, 2940.0, True, ((60.0, 0.0), (2940.0, 2882.0))),
        Half(2, 3300.0, 5900.0, True, ((3300.0, 2700.0),)),
    ),
    first_score=(0, 0),
    changes=(
        ScoreChange(1000.0, 1006.0, "home", 1, 0, None, 0.9),
        ScoreChange(4000.0, 4010.0, "away", 1, 1, 4060.0, 0.7),
    ),
    home="WES",
    away="STO",
    unread=(Interval(200.0, 260.0),),
)


def test_reads_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / "full.json"
    BOARD.save(path)
    assert Scoreboard.load(path) == BOARD


@pytest.mark.parametrize(
    ("half", "clock_seconds", "text"),
    [
        (1, 0.0, "1"), (1, 59.9, "1"), (1, 60.0, "2"), (1, 2699.0, "45"), (1, 2700.0, "45+1"), (1, 2880.0, "45+4"),
        (2, 2699.0, "46"), (2, 2700.0, "46"), (2, 5399.0, "90"), (2, 5460.0, "90+2"), (3, 5400.0, "91"),
        (4, 7200.0, "120+1"), (5, 0.0, ""),
    ],
)  # fmt: skip
def test_minutes_are_said_as_on_air(half: int, clock_seconds: float, text: str) -> None:
    assert MatchTime(half, clock_seconds).text == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (30.0, "1"),
        (60.0, "1"),
        (2939.9, "45+4"),
        (3100.0, "45+4"),
        (3200.0, "46"),
        (3301.0, "46"),
        (5999.0, "89"),
    ],
)
def test_a_moment_outside_the_halves_has_the_time_of_the_nearest_end(seconds: float, text: str) -> None:
    found = BOARD.match_time(seconds)
    assert found is not None and found.text == text


def test_clock_and_seconds_are_each_others_inverse() -> None:
    for half in BOARD.halves:
        for clock in (0.0, 1500.0, 2881.0, 5000.0):
            assert half.clock_at(half.seconds_at(clock)) == pytest.approx(clock)


def test_a_goal_that_was_taken_back_is_no_score() -> None:
    assert [BOARD.score_at(at) for at in (0.0, 1006.0, 4030.0)] == [(0, 0), (1, 0), (1, 0)]


def test_nothing_is_played_outside_the_halves() -> None:
    assert BOARD.idle() == (Interval(0.0, 60.0), Interval(2940.0, 3300.0), Interval(5900.0, 6000.0))
    assert replace(BOARD, halves=()).idle() == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_seconds": float("nan")},
        {"halves": (Half(6, 0.0, 1.0, True, ((0.0, 0.0),)),)},
        {"halves": (Half(1, 0.0, 50.0, True, ()),)},
        {"halves": (Half(1, 0.0, 50.0, True, ((0.0, 0.0),)), Half(2, 40.0, 90.0, True, ((40.0, 2700.0),)))},
        {"changes": (ScoreChange(1.0, 2.0, "left", 1, 0, None, 1.0),)},
        {"layouts": (Layout((0.0, 0.0, 2.0, 0.1), (0.0, 0.0, 0.1, 0.1), ((0.0, 0.0, 0.1, 0.1),), 3),)},
    ],
)
def test_what_no_part_can_hold_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = tmp_path / "full.json"
    from matchreel.errors import OutputError

    with pytest.raises((OutputError, DamagedError)):
        replace(BOARD, **wrong).save(path)
    assert not path.exists()
