"""Where play is once a shot has left the grass."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.vertical.looks import Looks
from matchreel.vertical.play import where_play_is

NUM_PICTURES, ROWS, COLUMNS = 90, 56, 100
SHOT, LOST = 24, 31


def looks_of_a_ball(*, cells_a_picture, slope):
    """A ball that rolls, is shot, and is not seen any more; the camera stands still."""
    ball = np.zeros((NUM_PICTURES, ROWS, COLUMNS), dtype=np.float32)
    x = 40.0
    for t in range(LOST):
        x += 0.6 if t < SHOT else cells_a_picture
        ball[t, 30, int(x)] = 0.9
    nothing = np.zeros_like(ball)
    return Looks(
        ball=ball,
        bright=nothing,
        foreground=nothing[:, 0],
        pan=np.zeros((NUM_PICTURES, 2)),
        people=nothing,
        slope=np.full(NUM_PICTURES, slope, dtype=np.float32),
        is_wide=np.ones(NUM_PICTURES, dtype=np.bool_),
    ), x / COLUMNS


def test_play_is_held_where_a_shot_at_the_goal_was_lost():
    looks, exit_x = looks_of_a_ball(cells_a_picture=4.0, slope=0.2)
    play = where_play_is(looks)
    assert play.x[LOST + 1 : LOST + 26].min() > exit_x - 0.05  # two seconds
    assert play.x[-1] < exit_x - 0.1  # not for ever


@pytest.mark.parametrize(
    ("cells_a_picture", "slope"), [(4.0, -0.2), (4.0, 0.0), (1.0, 0.2)], ids=["away", "midfield", "slow"]
)
def test_a_ball_that_is_lost_otherwise_is_looked_for_where_the_camera_aims(cells_a_picture, slope):
    looks, _ = looks_of_a_ball(cells_a_picture=cells_a_picture, slope=slope)
    play = where_play_is(looks)
    assert play.x[LOST + 20 :] == pytest.approx(play.x[-1], abs=0.02)
