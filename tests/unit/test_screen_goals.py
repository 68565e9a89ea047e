"""Goals of the score on the screen among a scorer's own moments: named, timed, confirmed, doubted, ruled out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from matchreel.cues import Cues
from matchreel.edit_list import PlannedHighlight
from matchreel.goals import NO_CHANGE, RULED_OUT, clock_notices, confirmed, screen_goals, with_screen_goals
from matchreel.scoreboard import Half, Reading, Scoreboard, ScoreChange
from matchreel.timeline import FrameGrid
from support.views import made_probe

SECONDS, RATE = 600, 2
WIDE = {"wide_open_share": 0.6, "wide_body_share": 0.2}
DURATIONS = {"1": float(SECONDS)}


def cues_with(*events: float) -> Cues:
    """Wide play that is left for 20 s after each event, when the crowd gets loud."""
    grid = FrameGrid.over(SECONDS, Fraction(RATE))
    times = grid.starts_seconds()
    noise = np.random.default_rng(1).normal(0, 1, len(times))
    after = np.any([(times >= at) & (times < at + 20) for at in events], axis=0) if events else times < 0
    curves = {
        "loudness_db": -30 + noise + 12 * after, "open_share": np.where(after, 0.1, 0.9), "body_share": 0 * times,
        "brightness": 0 * times + 0.5, "cut": 0 * times, "edge_slope": 0 * times, "grass_share": 0 * times,
        "motion": 0 * times,
    }  # fmt: skip
    return Cues({name: curve.astype(np.float32) for name, curve in curves.items()}, grid, SECONDS, "g", "1")


def board(*changes: ScoreChange) -> Scoreboard:
    readings = tuple(Reading(at, 0, at, None, 0, 0, 0.9) for at in np.arange(1.5, SECONDS, 3.0).tolist())
    return Scoreboard("g", "1", SECONDS, readings=readings, first_score=(0, 0), changes=changes)


def change(seconds: float, *, earliest: float | None = None, taken_back: float | None = None) -> ScoreChange:
    return ScoreChange(seconds - 3 if earliest is None else earliest, seconds, "home", 1, 0, taken_back, 0.9)


def spot(label: str, at: float, score: float = 0.8) -> PlannedHighlight:
    return PlannedHighlight("1", at - 8, at + 5, at, label, score, {}, at - 4, at + 2)


def window(start: float) -> PlannedHighlight:
    return PlannedHighlight("1", start, start + 15, None, "Moment", 0.7, {}, start + 1.5, start + 13.5)


def rows_of(
    rows: list[PlannedHighlight], *changes: ScoreChange, cues: Cues | None = None
) -> list[PlannedHighlight]:
    held = board(*changes)
    goals = screen_goals(held, cues or cues_with(), **WIDE)
    return list(with_screen_goals(rows, goals, {"1": held}, DURATIONS, apart_seconds=45.0))


@pytest.mark.parametrize("delay", [3.0, 10.0, 25.0, 38.0])
def test_the_strike_is_where_picture_and_sound_say(delay: float) -> None:
    """However late the new score comes; the louder moment two minutes before is another one."""
    (goal,) = screen_goals(board(change(300 + delay)), cues_with(180.0, 300.0), **WIDE)
    assert goal.strike_seconds == pytest.approx(300, abs=4)


def test_a_score_that_was_hidden_for_a_minute() -> None:
    (goal,) = screen_goals(board(change(360, earliest=290)), cues_with(300.0), **WIDE)
    assert goal.strike_seconds == pytest.approx(300, abs=4)


def test_an_untrained_reel_has_the_goal_first_and_no_window_of_its_joy() -> None:
    windows = [window(start) for start in (100.0, 295.0, 330.0, 500.0)]
    rows = rows_of(windows, change(310.0), cues=cues_with(300.0))
    assert [row.label for row in rows] == ["Goal", "Moment", "Moment"]
    assert rows[0].event_seconds == pytest.approx(300, abs=4) and rows[0].score == 0.9
    assert [row.start_seconds for row in rows[1:]] == [100.0, 500.0]
    assert rows[0].interval.start_seconds < rows[0].action.start_seconds < rows[0].action.end_seconds


def test_a_trained_goal_is_confirmed_at_its_own_time() -> None:
    rows = rows_of([spot("Goal", 301.0), spot("Shots on target", 100.0)], change(310.0))
    assert [(row.label, row.event_seconds, row.score) for row in rows] == [
        ("Goal", 301.0, 0.9), ("Shots on target", 100.0, 0.8),
    ]  # fmt: skip
    goals = screen_goals(board(change(310.0)), cues_with(), **WIDE)
    assert confirmed(rows, goals) == [rows[0]]


def test_a_trained_shot_that_changed_the_score_was_a_goal() -> None:
    (row,) = rows_of([spot("Shots on target", 299.0)], change(310.0))
    assert (row.label, row.event_seconds) == ("Goal", 299.0)


def test_of_a_goal_and_a_shot_the_goal_is_it() -> None:
    (row,) = rows_of([spot("Shots on target", 297.0, 0.95), spot("Goal", 300.0, 0.6)], change(310.0))
    assert (row.label, row.event_seconds) == ("Goal", 300.0)


def test_a_goal_that_no_scorer_found_is_there() -> None:
    rows = rows_of([spot("Shots off target", 100.0)], change(310.0), cues=cues_with(300.0))
    assert [row.label for row in rows] == ["Goal", "Shots off target"]


def test_a_trained_goal_without_a_change_is_doubtful() -> None:
    (row,) = rows_of([spot("Goal", 300.0)])
    assert row.notes == (NO_CHANGE,)
    unread = replace(board(), readings=())
    (row,) = with_screen_goals([spot("Goal", 300.0)], (), {"1": unread}, DURATIONS, apart_seconds=45.0)
    assert row.notes == ()


def test_a_goal_that_was_taken_back_is_no_goal_and_is_told() -> None:
    (row,) = rows_of([], change(310.0, taken_back=350.0), cues=cues_with(300.0))
    assert (row.label, row.notes) == ("Moment", (RULED_OUT,))


def test_without_a_scoreboard_everything_is_as_it_was() -> None:
    rows = [spot("Goal", 300.0), window(100.0)]
    assert screen_goals(None, cues_with(), **WIDE) == ()
    assert list(with_screen_goals(rows, (), {}, DURATIONS, apart_seconds=45.0)) == rows


def test_a_picture_without_a_clock_is_told_in_a_note() -> None:
    probe = made_probe(60.0, part="1")
    held = {"1": board()}
    assert [notice.code for notice in clock_notices(held, {"1": probe})] == ["no_match_clock"]
    with_half = replace(board(), halves=(Half(1, 0.0, 50.0, True, ((0.0, 0.0),)),))
    assert clock_notices({"1": with_half}, {"1": probe}) == []
    assert clock_notices(held, {"1": replace(probe, video=None)}) == []
