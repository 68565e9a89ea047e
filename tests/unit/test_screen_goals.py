"""Goals that the score on the screen told: confirmed, renamed, added, ruled out or doubted."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.importance import Tier, tier_of
from matchreel.moment_rows import Laying
from matchreel.restarts import NO_KICK_OFF, Restarts, with_doubts
from matchreel.scoreboard import Reading, Scoreboard, ScoreChange
from matchreel.screen_goals import (
    UNCHANGED,
    screen_goals,
    with_screen_goals,
    with_unchanged_doubts,
)
from matchreel.strikes import strike_evidence
from matchreel.timeline import FrameGrid
from support.strikes import CONSTANTS, SECONDS, cues

CLIP, LONG = Laying(8.0, 5.0, 4.0, 2.0), {"1": float(SECONDS)}


def change(seconds, *, earliest=None, side="home", score=(1, 0), taken_back=None):
    return ScoreChange(seconds - 2 if earliest is None else earliest, seconds, side, *score, taken_back, 0.9)


def goals_of(*changes, strikes=(100.0,), **shown):
    board = Scoreboard("cup", "1", float(SECONDS), changes=changes)
    return screen_goals(board, strike_evidence(cues(*strikes, **shown), CONSTANTS))


def spotted(seconds, label="Goal"):
    start, end, action = seconds - 8, seconds + 5, (seconds - 4, seconds + 2)
    return PlannedHighlight("1", start, end, seconds, label, 0.8, {}, *action)


def told(rows, *goals):
    return with_screen_goals(rows, goals, CLIP, LONG)


@pytest.mark.parametrize("delay", [3, 12, 38])
@pytest.mark.parametrize("hidden", [2, 60])
@pytest.mark.parametrize("shown", [{}, {"sound": False}, {"picture": False}])
def test_the_strike_is_where_the_evidence_is(delay, hidden, shown):
    """However late the score is written, and for however long the bug was away before."""
    new = 100 + delay
    (goal,) = goals_of(change(new, earliest=new - hidden), **shown)
    assert goal.strike_seconds == pytest.approx(100, abs=2 if "picture" not in shown else 5)


def test_two_goals_that_appear_at_once_have_strikes_of_their_own():
    both = [change(180, earliest=60), change(180, earliest=60, side="away", score=(1, 1))]
    first, second = goals_of(*both, strikes=(70.0, 130.0))
    assert sorted([first.strike_seconds, second.strike_seconds]) == pytest.approx([70, 130], abs=2)
    assert first.strike_seconds < second.strike_seconds


def test_a_change_alone_is_a_moment_with_score_and_side():
    (row,) = told((), *goals_of(change(110, side="away", score=(2, 3))))
    assert (row.label, row.side, row.score_after, row.confidence) == ("Goal", "away", "2-3", 0.9)
    assert row.interval.duration_seconds == 13 and row.action.duration_seconds == 6
    assert row.start_seconds <= 92 + 2 and row.interval.contains(100)


def test_a_spotted_goal_is_confirmed_and_keeps_its_second():
    (row,) = told([spotted(98.4)], *goals_of(change(112)))
    assert (row.label, row.event_seconds, row.score_after) == ("Goal", 98.4, "1-0")
    assert row.id == spotted(98.4).id


@pytest.mark.parametrize("label", ["Penalty", "Shots on target", "Shots off target"])
def test_a_shot_that_the_change_explains_is_renamed(label):
    rows = told([spotted(101, label), spotted(20, label)], *goals_of(change(112)))
    assert [(row.label, row.event_seconds) for row in rows] == [("Goal", 101), (label, 20)]


def test_a_spotted_goal_comes_before_a_nearer_shot_and_cards_are_no_goals():
    rows = told([spotted(99, "Shots on target"), spotted(112)], *goals_of(change(120)))
    assert [(row.label, row.side) for row in rows] == [("Shots on target", None), ("Goal", "home")]
    rows = told([spotted(118, "Yellow card")], *goals_of(change(120)))
    assert [row.label for row in rows] == ["Goal", "Yellow card"]


def test_an_added_goal_takes_the_time_it_needs():
    rows = told([spotted(104, "Foul"), spotted(112, "Yellow card")], *goals_of(change(120)))
    assert [row.label for row in rows] == ["Goal", "Yellow card"]
    goal, card = rows
    assert not goal.interval.overlaps(card.interval) and card.interval.contains(112)


def test_a_goal_that_is_taken_back_is_ruled_out_and_none_of_the_goals():
    taken = change(110, taken_back=170)
    (alone,), (renamed,) = told((), *goals_of(taken)), told([spotted(100)], *goals_of(taken))
    for row in (alone, renamed):
        assert (row.label, row.side, row.score_after) == ("Goal ruled out", "home", None)
        assert tier_of(row.label) is Tier.REST
    assert goals_of(change(110, taken_back=115)) == []  # a slip of the hand


def board(*changes, read=range(0, SECONDS, 2)):
    readings = tuple(Reading(float(at), 0, float(at), None, 0, 0, 0.9) for at in read)
    return Scoreboard("cup", "1", float(SECONDS), readings=readings, changes=changes)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (range(0, SECONDS, 2), (UNCHANGED,)),
        (range(99), ()),  # the bug is gone when the goal would be written
        (range(145, SECONDS), ()),
        ((), ()),
    ],
)
def test_a_spotted_goal_without_a_change_is_doubted_where_the_score_was_read(read, expected):
    (row,) = with_unchanged_doubts([spotted(100)], {"1": board(read=read)})
    assert row.notes == expected and row.label == "Goal"
    assert with_unchanged_doubts([spotted(100, "Penalty")], {"1": board(read=read)})[0].notes == ()
    assert with_unchanged_doubts([spotted(100)], {})[0].notes == ()


def test_what_the_screen_confirmed_is_not_doubted():
    rows = told([spotted(98), spotted(150)], *goals_of(change(112)))
    without_kick_off = {"1": Restarts(float(SECONDS), (), None, FrameGrid(Fraction(2), 600))}
    done = with_unchanged_doubts(with_doubts(rows, without_kick_off), {"1": board(change(112))})
    assert [row.notes for row in done] == [(), (NO_KICK_OFF, UNCHANGED)]
