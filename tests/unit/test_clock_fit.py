"""The halves of a part, fitted to clocks that were read every three seconds, some of them wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from matchreel.scoreboard import Reading
from matchreel.scoreboard.clock import fit_halves

Clock = Callable[[float], float | None]


def read(
    clock: Clock, until: float, *, wrong: float = 0.1, unread: float = 0.1, seed: int = 1
) -> list[Reading]:
    """What is read of a clock: its whole seconds, some digits wrong, some not at all."""
    dice, rows = np.random.default_rng(seed), list[Reading]()
    for seconds in np.arange(1.5, until, 3.0):
        held = clock(float(seconds))
        shown = None if held is None or dice.random() < unread else float(int(held))
        if shown is not None and dice.random() < wrong:
            shown = float(dice.integers(0, 5400))
        rows.append(Reading(float(seconds), 0, shown, None, None, None, 0.9))
    return rows


def running(*stretches: tuple[float, float, float]) -> Clock:
    """(from, to, the clock at from): runs in between, and is not shown elsewhere."""

    def clock(seconds: float) -> float | None:
        return next((at + seconds - first for first, last, at in stretches if first <= seconds < last), None)

    return clock


def check(rows: Iterable[Reading], until: float, expected: list[tuple[int, float, float, float]]) -> None:
    """expected: (half, a moment, the clock then, when it kicks off or the part begins with it)."""
    halves = fit_halves(list(rows), until)
    assert [half.number for half in halves] == [number for number, *_ in expected]
    for half, (_number, at, clock, start) in zip(halves, expected, strict=True):
        assert half.clock_at(at) == pytest.approx(clock, abs=1.0)
        assert half.start_seconds == pytest.approx(start, abs=3.0)
        assert half.start_seconds <= at < half.end_seconds


def test_both_halves_in_one_file_with_half_time_between() -> None:
    clock = running((100, 100 + 2880, 0), (3900, 3900 + 2940, 2700))
    check(read(clock, 7000), 7000, [(1, 1100, 1000, 100), (2, 5000, 3800, 3900)])


def test_half_time_cut_out() -> None:
    clock = running((0, 2880, 0), (2880, 5700, 2700))
    check(read(clock, 5700), 5700, [(1, 1000, 1000, 0), (2, 3880, 3700, 2880)])


def test_a_second_half_that_is_counted_from_nought() -> None:
    clock = running((60, 2800, 0), (3700, 6500, 0))
    check(read(clock, 6600), 6600, [(1, 1060, 1000, 60), (2, 4700, 3700, 3700)])


def test_a_clock_that_stands_in_added_time() -> None:
    def clock(seconds: float) -> float | None:
        if seconds < 2700 + 200:
            return min(seconds, 2700.0)
        return None if seconds < 3800 else 2700 + seconds - 3800

    halves = fit_halves(read(clock, 5000), 5000)
    assert [half.number for half in halves] == [1, 2]
    assert halves[0].end_seconds == pytest.approx(2900, abs=6)
    assert halves[0].clock_at(2850) == pytest.approx(2850, abs=1)


@pytest.mark.parametrize(("starts_at", "half"), [(1043.0, 1), (2600.0, 1), (3500.0, 2), (2760.0, 2)])
def test_a_recording_that_starts_late(starts_at: float, half: int) -> None:
    clock = running((0, 900, starts_at))
    (found,) = fit_halves(read(clock, 900), 900)
    assert (found.number, found.starts_at_kickoff) == (half, False)
    assert found.clock_at(450) == pytest.approx(starts_at + 450, abs=1)
    assert found.start_seconds == 0


def test_the_end_of_a_first_half_past_45_is_told_by_the_second() -> None:
    clock = running((0, 200, 2690), (1100, 2100, 2700))
    check(read(clock, 2100), 2100, [(1, 100, 2790, 0), (2, 1600, 3200, 1100)])


def test_extra_time_that_is_counted_from_nought() -> None:
    clock = running((0, 2800, 0), (3700, 6600, 2700), (6900, 7850, 0), (7970, 8900, 900))
    check(
        read(clock, 9000), 9000,
        [(1, 1000, 1000, 0), (2, 4700, 3700, 3700), (3, 7200, 5700, 6900), (4, 8300, 6630, 7970)],
    )  # fmt: skip


def test_an_archive_that_drifts_is_fitted_locally() -> None:
    (half,) = fit_halves(read(lambda seconds: 10 + seconds * 1.001, 2600), 2600)
    for at in (100, 1300, 2500):
        assert half.clock_at(at) == pytest.approx(10 + at * 1.001, abs=1.0)


def test_a_clock_without_its_first_digit_is_no_other_half() -> None:
    clock, rows = running((0, 2700, 0)), list[Reading]()
    for row in read(clock, 2700, wrong=0.0, unread=0.0):
        lost = row.clock_seconds is not None and 1500 < row.seconds < 1620
        rows.append(
            Reading(
                row.seconds,
                0,
                row.clock_seconds % 600 if lost and row.clock_seconds else row.clock_seconds,
                None,
                None,
                None,
                0.9,
            )
        )
    (half,) = fit_halves(rows, 2700)
    assert half.number == 1 and half.clock_at(1560) == pytest.approx(1560, abs=1)


@pytest.mark.parametrize("clock", [running(), lambda seconds: 1245.0], ids=["none", "standing"])
def test_no_running_clock_is_no_half(clock: Clock) -> None:
    assert fit_halves(read(clock, 600, wrong=0.0), 600) == ()


def test_a_clip_of_half_a_minute_has_its_half_too() -> None:
    (half,) = fit_halves(read(running((9, 24, 8.0)), 24, wrong=0.0, unread=0.0), 24)
    assert half.number == 1 and half.clock_at(20) == pytest.approx(19, abs=1)
