"""A goal is doubted where no kick-off follows it, or where the camera stays on play."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.restarts import NO_KICK_OFF, PLAY_WENT_ON, Restarts, with_doubts
from matchreel.timeline import FrameGrid

GRID = FrameGrid(Fraction(2), 600)


def row(seconds, label="Goal", part="1"):
    return PlannedHighlight(part, seconds - 8, seconds + 5, seconds, label, 0.9, {})


def notes(rows, *, kickoffs=None, wide=None):
    known = Restarts(300.0, None if kickoffs is None else tuple(kickoffs), wide, GRID)
    return [held.notes for held in with_doubts(rows, {"1": known})]


@pytest.mark.parametrize(
    ("goal", "kickoffs", "expected"),
    [
        (50, (0.5, 110), ()),
        (50, (0.5,), (NO_KICK_OFF,)),
        (50, (171,), (NO_KICK_OFF,)),  # too late to be its own
        (200, (0.5,), ()),  # the part ends before it could be told
    ],
)
def test_a_goal_without_a_kick_off_is_doubted(goal, kickoffs, expected):
    assert notes([row(goal)], kickoffs=kickoffs) == [expected]


def test_a_kick_off_after_the_next_goal_is_not_the_first_ones():
    assert notes([row(50), row(100)], kickoffs=[150]) == [(NO_KICK_OFF,), ()]


def test_only_goals_of_known_time_are_doubted():
    unknown = PlannedHighlight("1", 40, 55, None, "Goal", 0.9, {})
    assert notes([row(50, "Shots on target"), unknown], kickoffs=[]) == [(), ()]
    assert with_doubts([row(50, part="2")], {"1": Restarts(300, (), None, GRID)})[0].notes == ()


@pytest.mark.parametrize(
    ("share", "expected"), [(1.0, (PLAY_WENT_ON,)), (0.7, (PLAY_WENT_ON,)), (0.5, ()), (0.0, ())]
)
def test_play_that_goes_on_in_the_wide_view_speaks_against_a_goal(share, expected):
    wide = np.zeros(600)
    wide[106 : 106 + round(30 * share)] = 1  # from 3 s to 18 s after 50 s
    assert notes([row(50)], wide=wide) == [expected]


def test_a_black_picture_and_the_end_of_the_part_say_nothing():
    black = np.full(600, np.nan)
    black[106:118] = 1  # 12 of 30 steps are seen
    assert notes([row(50)], wide=black) == [()]
    assert notes([row(290)], wide=np.ones(600)) == [()]
    assert notes([row(50)]) == [()]


def test_the_scorer_is_asked_before_the_camera_and_nothing_is_said_twice():
    (held,) = with_doubts([row(50)], {"1": Restarts(300.0, (90,), np.ones(600), GRID)})
    assert held.notes == ()
    known = {"1": Restarts(300.0, (), None, GRID)}
    assert with_doubts(with_doubts([row(50)], known), known)[0].notes == (NO_KICK_OFF,)
