"""Halves from clock readings: drift, misreadings, half-time, added time, restarts and recordings that begin late."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.scoreboard.clock_fit import fit_halves, unread_stretches
from matchreel.scoreboard.record import Reading


def read(seconds, clock, added=None):
    return Reading(float(seconds), 0, None if clock is None else float(int(clock)), added, 0, 0, 0.9)


def played(start, end, clock, *, every=2, speed=1.0):
    """Readings of a clock that says `clock` at start."""
    return [read(at, clock + (at - start) * speed) for at in range(start, end, every)]


def fitted(readings, part="full", duration=None):
    return fit_halves(readings, part=part, duration_seconds=duration or readings[-1].seconds + 1)


def test_a_half_from_its_kickoff():
    (half,) = fitted(played(63, 2000, 3), part="1")
    assert half.number == 1 and half.starts_at_kickoff and half.start_seconds == pytest.approx(59.5, abs=0.6)
    assert half.end_seconds == 2000 and half.clock_at(1000) == pytest.approx(940.5, abs=0.6)


def test_misreadings_change_nothing():
    rows = played(0, 1800, 0)
    random = np.random.default_rng(1)
    for place in random.choice(len(rows), 300, replace=False):
        rows[place] = read(rows[place].seconds, random.integers(0, 6000))
    # And a digit that is misread for a while.
    for place in range(300, 330):
        rows[place] = read(rows[place].seconds, rows[place].seconds + 600)
    (half,) = fitted(rows)
    assert all(abs(half.clock_at(at) - at) <= 1 for at in range(0, 1800, 50))


def test_drift_is_followed():
    (half,) = fitted(played(0, 2700, 0, speed=1 + 3 / 2700))
    worst = max(abs(half.clock_at(at) - at * (1 + 3 / 2700)) for at in range(0, 2700, 30))
    assert worst <= 1


def test_both_halves_in_one_file():
    rows = played(100, 2920, 0) + played(3900, 6800, 2700)
    first, second = fitted(rows)
    assert (first.number, second.number) == (1, 2)
    assert first.end_seconds == pytest.approx(2918, abs=3) and second.start_seconds == pytest.approx(
        3900, abs=1
    )
    assert second.starts_at_kickoff and second.clock_at(4000) == pytest.approx(2800, abs=1)


def test_half_time_cut_out():
    first, second = fitted(played(0, 2820, 0) + played(2820, 5000, 2700))
    assert first.end_seconds <= second.start_seconds == pytest.approx(2820, abs=2)
    assert second.number == 2 and second.starts_at_kickoff


def test_a_clock_that_stands_in_added_time():
    standing = [read(at, 2700) for at in range(2700, 2880, 2)]
    first, second = fitted(played(0, 2700, 0) + standing + played(3800, 5000, 2700))
    assert first.end_seconds == pytest.approx(2878, abs=2) and first.clock_at(2800) == pytest.approx(
        2800, abs=1
    )
    assert second.number == 2


def test_added_time_on_a_clock_of_its_own():
    extra = [read(at, 2700, float(at - 2700)) for at in range(2702, 2850, 2)]
    (half,) = fitted(played(0, 2700, 0) + extra)
    assert half.clock_at(2840) == pytest.approx(2840, abs=1) and half.end_seconds >= 2848


def test_a_second_half_that_counts_from_zero():
    _, second = fitted(played(0, 2800, 0) + played(3700, 6000, 0))
    assert second.number == 2 and second.clock_at(3800) == pytest.approx(2800, abs=1)
    (alone,) = fitted(played(5, 2000, 0), part="2")
    assert alone.number == 2 and alone.clock_at(105) == pytest.approx(2800, abs=1)


def test_extra_time():
    rows = played(0, 2820, 0) + played(3720, 6600, 2700) + played(7000, 7900, 5400) + played(8000, 8950, 6300)
    assert [half.number for half in fitted(rows)] == [1, 2, 3, 4]


def test_a_recording_that_begins_late():
    (half,) = fitted(played(0, 900, 1800))
    assert half.number == 1 and not half.starts_at_kickoff and half.start_seconds == 0
    (half,) = fitted(played(0, 900, 3600))
    assert half.number == 2 and not half.starts_at_kickoff


def test_play_that_was_cut_out():
    (half,) = fitted(played(0, 600, 0) + played(600, 1200, 1500))
    assert half.clock_at(300) == pytest.approx(300, abs=1) and half.clock_at(900) == pytest.approx(
        1800, abs=1
    )


def test_a_clock_of_minutes():
    rows = [read(at, 60 * ((at + 20) // 60)) for at in range(0, 2400, 2)]
    (half,) = fitted(rows)
    assert max(abs(half.clock_at(at) - at - 20) for at in range(0, 2400, 60)) <= 30


def test_where_nothing_runs_there_is_no_half():
    assert fitted([read(at, 754) for at in range(0, 600, 2)]) == []
    assert fit_halves([], part="1", duration_seconds=100.0) == []


def test_stretches_without_a_clock():
    rows = played(0, 600, 0) + played(700, 1200, 700)
    halves = fitted(rows)
    (gap,) = unread_stretches(rows, halves)
    assert (gap.start_seconds, gap.end_seconds) == (598, 700)
