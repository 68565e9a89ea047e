"""What pictures tell the upright crop: the ball among lines and players, and wide views beside banners."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from matchreel.cues.pictures import CONSTANTS, is_grass
from matchreel.vertical.looks import ball_spots, bright_things
from matchreel.vertical.views import is_wide_view

GRASS, WHITE, SHIRT, BLUE = (60, 120, 50), (250, 250, 250), (230, 200, 20), (20, 60, 120)


def field(height: int = 224, width: int = 400) -> np.ndarray:
    return np.full((height, width, 3), GRASS, dtype=np.uint8)


def grass_of(picture: np.ndarray) -> np.ndarray:
    return is_grass(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV), dtype=np.uint8), CONSTANTS)


def best_near(picture: np.ndarray, x: int, y: int) -> float:
    spots = ball_spots(picture, grass_of(picture), bright_things(picture))
    return float(spots[y - 4 : y + 5, x - 4 : x + 5].max())


def with_ball(picture: np.ndarray, x: int, y: int) -> np.ndarray:
    cv2.circle(picture, (x, y), 1, WHITE, -1)
    return picture


def test_a_ball_stands_out_on_grass_and_beside_a_line():
    assert best_near(with_ball(field(), 200, 100), 200, 100) > 0.8
    lined = field()
    cv2.line(lined, (50, 106), (350, 106), WHITE, 1)
    assert best_near(with_ball(lined, 200, 100), 200, 100) > 0.7
    assert best_near(lined, 300, 106) < 0.1


def test_white_shorts_are_no_ball_but_a_ball_at_their_feet_is():
    picture = field()
    cv2.rectangle(picture, (198, 92), (202, 98), SHIRT, -1)
    cv2.rectangle(picture, (198, 99), (202, 102), WHITE, -1)
    cv2.rectangle(picture, (198, 103), (202, 109), SHIRT, -1)
    as_ball = picture.copy()
    as_ball[90:99], as_ball[103:112] = GRASS, GRASS  # the shorts alone
    assert best_near(picture, 200, 100) < 0.5 * best_near(as_ball, 200, 100)
    assert best_near(with_ball(picture, 208, 109), 208, 109) > 0.5


def test_a_dash_longer_than_a_ball_is_part_of_a_line():
    """6 pixels, which look like 10 with their blurred edges, are the longest that may be a ball."""
    short, long = field(), field()
    short[100:102, 200:206] = long[100:102, 200:207] = WHITE
    assert best_near(short, 203, 101) > 1.1 * best_near(long, 203, 101)


def test_before_a_board_a_ball_is_a_bright_thing_but_no_ball_on_grass():
    picture = field()
    picture[:112] = BLUE
    with_ball(picture, 200, 60)
    assert best_near(picture, 200, 60) == 0
    things = bright_things(picture)
    assert things[56:65, 196:205].max() > 60
    picture[100:104] = WHITE  # a board's edge
    assert bright_things(picture)[98:106, 20:380].max() < 20


def wide_view() -> np.ndarray:
    """Stands above, grass below, small players."""
    picture = field(72, 128)
    picture[:18] = (90, 80, 80)
    for x in range(10, 120, 25):
        picture[40:48, x : x + 3] = SHIRT
    return picture


@pytest.mark.parametrize(("share", "expected"), [(1.0, True), (0.84, True), (0.75, True), (0.5, False)])
def test_a_wide_view_is_one_beside_a_banner_too(share, expected):
    screen = np.full((72, 128, 3), BLUE, dtype=np.uint8)
    size = (round(128 * share), round(72 * share))
    screen[: size[1], : size[0]] = cv2.resize(wide_view(), size, interpolation=cv2.INTER_AREA)
    assert is_wide_view(grass_of(screen)) is expected


def test_a_large_body_or_no_grass_is_no_wide_view():
    close = wide_view()
    close[20:70, 50:80] = BLUE
    assert not is_wide_view(grass_of(close))
    assert not is_wide_view(grass_of(np.full((72, 128, 3), BLUE, dtype=np.uint8)))
