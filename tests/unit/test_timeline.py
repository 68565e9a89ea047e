"""The clock: rates, intervals, grids and windows, over a whole part."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchreel.timeline import (
    FrameGrid,
    Interval,
    clock_text,
    frame_index,
    match_minute,
    merge_intervals,
    parse_rate,
    snap_to_frame,
    window_starts,
)

RATES = [Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50), Fraction(60000, 1001)]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("25", Fraction(25)),
        (25, Fraction(25)),
        ("30000/1001", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        ("29.970", Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        (2.5, Fraction(5, 2)),
        (30, Fraction(30)),
        ("12.5", Fraction(25, 2)),
    ],
)
def test_rates_are_exact(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["0", -1, "x", float("nan"), float("inf"), "1/0"])
def test_not_a_rate(text):
    with pytest.raises((ValueError, ZeroDivisionError)):
        parse_rate(text)


def test_intervals_are_half_open():
    interval = Interval(10.0, 15.0)
    assert interval.contains(10.0)
    assert not interval.contains(15.0)
    assert not interval.overlaps(Interval(15.0, 20.0))
    assert interval.overlaps(Interval(14.999, 20.0))
    assert interval.overlap_seconds(Interval(12.0, 30.0)) == 3.0
    assert interval.overlap_seconds(Interval(15.0, 30.0)) == 0.0


@pytest.mark.parametrize(
    ("interval", "duration", "clamped"),
    [
        ((-5, 5), 100, (0, 5)),
        ((95, 110), 100, (95, 100)),
        ((120, 130), 100, (100, 100)),
        ((-9, -1), 100, (0, 0)),
        ((3, 4), 100, (3, 4)),
    ],
)
def test_clamping(interval, duration, clamped):
    assert Interval(*interval).clamped(duration) == Interval(*clamped)


@pytest.mark.parametrize(("start", "end"), [(2.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_not_an_interval(start, end):
    with pytest.raises(ValueError):
        Interval(start, end)


@pytest.mark.parametrize(
    ("gap", "merged"),
    [(0, [(0, 5), (5.5, 8), (20, 21)]), (0.5, [(0, 8), (20, 21)]), (12, [(0, 21)])],
)
def test_merging(gap, merged):
    parts = [Interval(20, 21), Interval(3, 5), Interval(0, 3), Interval(5.5, 8), Interval(1, 2)]
    assert merge_intervals(parts, max_gap_seconds=gap) == [Interval(*pair) for pair in merged]


@pytest.mark.parametrize("rate", [Fraction(5), Fraction(5, 2), Fraction(30000, 1001), Fraction(2)])
def test_a_grid_does_not_drift(rate):
    grid = FrameGrid.over(2700.0, rate)
    starts = grid.starts_seconds()
    assert starts.shape == (grid.num_steps,)
    exact = np.array([float(grid.start_seconds(i)) for i in range(0, grid.num_steps, 997)])
    np.testing.assert_allclose(starts[::997], exact, rtol=0, atol=1e-9)
    last_centre = grid.start_seconds(grid.num_steps - 1) + grid.step_seconds / 2
    assert last_centre < 2700 <= last_centre + grid.step_seconds


@given(seconds=st.floats(0, 2700), rate=st.sampled_from(RATES))
def test_snapping_stays_within_half_a_frame(seconds, rate):
    snapped = snap_to_frame(seconds, rate)
    assert abs(snapped - Fraction(seconds)) <= Fraction(1, 2) / rate
    assert (snapped * rate).denominator == 1
    assert frame_index(snapped, rate) == snapped * rate


@given(seconds=st.floats(0, 2699), rate=st.sampled_from(RATES))
def test_the_nearest_step_is_within_half_a_step(seconds, rate):
    grid = FrameGrid.over(2700.0, rate)
    start = grid.start_seconds(grid.nearest_step(seconds))
    assert abs(start - Fraction(seconds)) <= grid.step_seconds / 2


@pytest.mark.parametrize(
    ("duration", "starts"),
    [(10, [0]), (15, [0]), (16, [0, 1]), (21, [0, 3, 6]), (22, [0, 3, 6, 7]), (0.5, [0])],
)
def test_windows_cover_the_part(duration, starts):
    found = window_starts(duration_seconds=duration, window_seconds=15, stride_seconds=3)
    np.testing.assert_allclose(found, starts)


@given(st.floats(1, 3000), st.floats(0.5, 20), st.floats(0.1, 20))
def test_no_window_leaves_the_part(duration, window, stride):
    starts = window_starts(duration_seconds=duration, window_seconds=window, stride_seconds=stride)
    assert starts[0] == 0
    if duration > window:
        assert starts[-1] + window == pytest.approx(duration)
        assert np.all(np.diff(starts) > 0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (75.4, "01:15"), (3599.9999, "59:59"), (6000, "100:00")]
)
def test_clock_text(seconds, text):
    assert clock_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "part", "kickoff", "text"),
    [
        (0, "1", 0, "1'"),
        (59.9, "1", 0, "1'"),
        (60, "1", 0, "2'"),
        (90, "1", 30, "2'"),
        (10, "1", 30, "1'"),
        (2700 + 65, "1", 0, "45+2'"),
        (0, "2", 0, "46'"),
        (2700, "2", 0, "90+1'"),
        (3000, "full", 0, "51'"),
    ],
)
def test_match_minute(seconds, part, kickoff, text):
    assert match_minute(seconds, part=part, kickoff_seconds=kickoff) == text
