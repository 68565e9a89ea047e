"""The upright crop's path: inside the picture, within its limits, anew at every cut, near its target."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchreel.media.cropping import CropPath, crop_lefts, write_commands
from matchreel.vertical.ball import find_ball
from matchreel.vertical.cuts import find_cuts
from matchreel.vertical.path import PathLimits, plan_path, takes_between

RATE = 25.0
LIMITS = PathLimits(
    low=0.16, high=0.84, max_per_second=0.6, max_acceleration=0.6, width=0.32, smoothing_seconds=1.5
)
PLACE = 0.32 / 32  # places of knots lie so far apart


def planned(targets, cuts=(), weights=None, limits=LIMITS):
    values = np.asarray(targets, dtype=np.float64)
    takes = takes_between(np.array(cuts, dtype=int), len(values))
    given_weights = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    return plan_path(values, given_weights, takes, rate_fps=RATE, limits=limits), takes


@settings(max_examples=60, deadline=None)
@given(
    targets=st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=120),
    cuts=st.lists(st.integers(0, 130), max_size=4),
    smoothing=st.floats(0, 4),
)
def test_a_path_stays_in_the_picture_within_its_speed_and_acceleration(targets, cuts, smoothing):
    limits = replace(LIMITS, smoothing_seconds=smoothing)
    path, takes = planned(targets, cuts, limits=limits)
    assert path.shape == (len(targets),) and np.isfinite(path).all()
    assert path.min() >= limits.low - 1e-9 and path.max() <= limits.high + 1e-9
    for take in takes:
        assert np.abs(np.diff(path[take])).max(initial=0) <= limits.max_per_second / RATE + 1e-9
        assert np.abs(np.diff(path[take], 2)).max(initial=0) <= limits.max_acceleration / RATE**2 + 1e-9


def test_a_cut_resets_the_path():
    path, _ = planned([0.3] * 50 + [0.7] * 50, [50])
    assert path[:50] == pytest.approx(0.3, abs=PLACE) and path[50:] == pytest.approx(0.7, abs=PLACE)
    without, _ = planned([0.3] * 50 + [0.7] * 50)
    assert np.abs(np.diff(without)).max() <= LIMITS.max_per_second / RATE + 1e-9


def test_a_path_is_smooth_and_keeps_near_a_shaking_target():
    times = np.arange(250) / RATE
    truth = 0.5 + 0.2 * np.sin(times * 0.8)
    shaken = truth + 0.08 * (-1.0) ** np.arange(250)
    path, _ = planned(shaken)
    assert np.abs(path - truth).max() < 0.12
    assert np.abs(np.diff(path, 2)).max() < 0.02 * np.abs(np.diff(shaken, 2)).max()


def test_a_path_leaves_before_a_jump_so_that_it_shows_both_sides_of_it():
    targets = np.array([0.3] * 100 + [0.7] * 100)
    path, _ = planned(targets)
    is_shown = np.abs(path - targets) <= LIMITS.width / 2
    assert path[100] > 0.4 and is_shown.mean() > 0.9


def test_more_smoothing_bends_less():
    targets = 0.5 + 0.25 * np.sin(np.arange(250) / RATE * 2.5)
    bends = [
        np.abs(np.diff(planned(targets, limits=replace(LIMITS, smoothing_seconds=seconds))[0], 2)).sum()
        for seconds in (0.5, 1.5, 4.0)
    ]
    assert bends[0] > 1.2 * bends[1] > 1.44 * bends[2]


def test_unsure_targets_count_for_little_and_none_means_the_middle():
    targets, weights = [0.4] * 100, [1.0] * 100
    targets[40:60], weights[40:60] = [0.8] * 20, [0.0] * 20
    assert planned(targets, weights=weights)[0] == pytest.approx(0.4, abs=0.02)
    assert planned([0.2] * 10, weights=[0.0] * 10)[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "changed",
    [
        {"low": 0.9},
        {"max_per_second": 0.0},
        {"max_acceleration": -1.0},
        {"width": 0.0},
        {"smoothing_seconds": -1.0},
    ],
)
def test_limits_that_are_none_are_refused(changed):
    with pytest.raises(ValueError, match="not limits"):
        replace(LIMITS, **changed)


def test_a_crop_without_room_stays_where_it_is():
    limits = replace(LIMITS, low=0.5, high=0.5)
    assert planned([0.1, 0.9, 0.4], limits=limits)[0] == pytest.approx([0.5] * 3)


def test_takes_tile_the_stretch():
    takes = takes_between(np.array([0, 30, 30, 99, 200]), 100)
    assert [(take.start, take.stop) for take in takes] == [(0, 30), (30, 99), (99, 100)]


@pytest.mark.parametrize("rate_fps", [25.0, 50.0])
def test_cuts_are_found_to_the_picture_and_wipes_in_their_middle(rate_fps):
    num = round(10 * rate_fps)
    changes = np.full(num, 0.3 / rate_fps, dtype=np.float32)  # a pan
    hard, wipe = round(2 * rate_fps), round(6 * rate_fps)
    changes[hard] = 0.6
    reach = round(0.36 * rate_fps)
    changes[wipe - reach : wipe + reach + 1] = 1.7 / (2 * reach + 1)
    found = find_cuts(changes, rate_fps)
    assert found[0] == hard and len(found) == 2
    assert abs(found[1] - wipe) <= 2


def test_the_ball_is_found_among_brighter_things_that_lie_still():
    T, H, W = 50, 20, 60
    rng = np.random.default_rng(5)
    spots = np.zeros((T, H, W), dtype=np.float32)
    pan = np.tile([0.6, 0.0], (T, 1))
    truth = 45 - 0.5 * np.arange(T)
    for t in range(T):
        shift = round(float(pan[1 : t + 1, 0].sum()))
        spots[t, 4, (8 + shift) % W] = 1.0  # a penalty spot: it moves with the pan
        if rng.random() < 0.75:
            spots[t, 12, round(truth[t])] = 0.8
    path = find_ball(spots, np.zeros_like(spots), pan, np.zeros_like(spots))
    assert np.abs(path.x - 0.5 - truth)[3:-3].max() <= 3


def test_a_ball_is_followed_before_the_boards_by_its_motion():
    T, H, W = 30, 20, 90
    spots, bright = np.zeros((2, T, H, W), dtype=np.float32)
    pan = np.tile([-1.0, 0.0], (T, 1))
    truth = 10 + 2.5 * np.arange(T)
    for t in range(T):
        spots[t, 12, int(truth[t])] = 0.9 if t < 10 else 0.0
        bright[t, 12, int(truth[t])] = 0.9
        for letter in range(40, 140, 4):  # they move with the pan
            if 0 <= letter - t < W:
                bright[t, 10, letter - t] = 1.0
    path = find_ball(spots, bright, pan, np.zeros_like(spots))
    assert np.abs(path.x - 0.5 - truth).max() <= 2
    assert path.confidence[12:].min() > 0.4
    assert path.onward.way[8:] == pytest.approx(4 * 3.5, abs=2)
    blind = find_ball(spots, np.zeros_like(bright), pan, np.zeros_like(spots))
    assert np.abs(blind.x - 0.5 - truth)[20:].min() > 10
    assert blind.onward.sure[8] > 0.8 and blind.onward.sure[16:].max() == 0


def test_lefts_stay_inside_and_commands_name_only_moves(tmp_path):
    path = CropPath(10.0, Fraction(25), np.array([0.0, 0.5, 0.5, 1.0]))
    lefts = crop_lefts(
        path, start_seconds=10.0, num_frames=5, rate_fps=Fraction(25), width=720, full_width=2276
    )
    assert lefts == [0, 778, 778, 1556, 1556]
    write_commands(tmp_path / "moves", lefts, Fraction(25))
    assert (tmp_path / "moves").read_text().splitlines() == [
        "0.000000 crop x 0;",
        "0.030000 crop x 778;",
        "0.110000 crop x 1556;",
    ]
    with pytest.raises(ValueError, match="shape"):
        CropPath(0.0, Fraction(25), np.zeros(0))
