"""Whether confidences are right as often as they say, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.evaluation.calibration import BinCounts, bin_counts, reliability
from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.league import JudgedPart
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.events import Event

CLASSES = ("Goal", "Penalty")


def part(spots, events, game="a"):
    return JudgedPart(
        game,
        "1",
        tuple(TypedSpot("1", seconds, label, sure) for seconds, label, sure in spots),
        tuple(
            Event("1", seconds, label, "home", visibility, 0)
            for seconds, label, visibility in ((*row, "visible")[:3] for row in events)
        ),
    )


def counted(spots, events):
    """Bin -> (hits, finds)."""
    held = bin_counts(part(spots, events), classes=CLASSES, tolerance_seconds=5)
    return {i: (held.num_hits[i], held.num_finds[i]) for i in range(10) if held.num_finds[i]}


@pytest.mark.parametrize(
    ("spots", "events", "expected"),
    [
        ([(10, "Goal", 0.95)], [(15, "Goal")], {9: (1, 1)}),
        ([(10, "Goal", 0.95)], [(15.1, "Goal")], {9: (0, 1)}),
        ([(10, "Goal", 0.95)], [(10, "Penalty")], {9: (0, 1)}),
        # one event is hit by one find, the surest
        ([(10, "Goal", 0.95), (12, "Goal", 0.31)], [(12, "Goal")], {9: (1, 1), 3: (0, 1)}),
        ([(10, "Goal", 1.0)], [(10, "Goal")], {9: (1, 1)}),
        ([(10, "Goal", 0.049), (20, "Goal", 0.05)], [], {0: (0, 1)}),
        # nearest to what was not shown: neither right nor wrong
        ([(10, "Goal", 0.95), (60, "Goal", 0.5)], [(11, "Goal", "not shown"), (59, "Goal")], {5: (1, 1)}),
        ([(10, "Moment", 0.95), (50, "Moment", 0.2)], [(8, "Penalty"), (90, "Foul")], {9: (1, 1), 2: (0, 1)}),
        ([], [(10, "Goal")], {}),
    ],
)
def test_what_counts_as_right(spots, events, expected):
    assert counted(spots, events) == expected


def test_the_error_is_the_mean_distance_over_all_finds():
    """Three finds of 0.9, two right: 0.7 off in sum; one of 0.2 that is wrong: 0.2 off."""
    held = bin_counts(
        part([(10, "Goal", 0.9), (50, "Goal", 0.9), (90, "Goal", 0.9), (130, "Goal", 0.2)],
             [(10, "Goal"), (50, "Goal")]), classes=CLASSES, tolerance_seconds=5,
    )  # fmt: skip
    found = reliability({"a": held, "b": held}, Bootstrap(["a", "b"], num_samples=20, seed=0))
    assert found.error.value == pytest.approx((0.7 + 0.2) / 4)
    assert found.error.n == 8
    assert found.error.samples == pytest.approx(np.full(20, 0.225))
    assert found.hit_shares[9] == pytest.approx(2 / 3)
    assert np.isnan(found.hit_shares[5]) and found.num_finds[5] == 0


def test_games_that_differ_have_an_interval_and_one_game_has_none():
    right, wrong = BinCounts(*np.zeros((3, 10))), BinCounts(*np.zeros((3, 10)))
    for held, hits in ((right, 4), (wrong, 0)):
        held.confidence_sums[9], held.num_hits[9], held.num_finds[9] = 3.8, hits, 4
    both = reliability({"a": right, "b": wrong}, Bootstrap(["a", "b"], num_samples=200, seed=0))
    figure = both.error.figure()
    assert (figure.low, figure.value, figure.high) == pytest.approx((0.05, 0.45, 0.95))
    alone = reliability({"a": right}, Bootstrap(["a"], num_samples=20, seed=0)).error.figure()
    assert alone.value == pytest.approx(0.05) and np.isnan(alone.low)


def test_nothing_found_is_no_error_of_zero():
    none = BinCounts(*np.zeros((3, 10)))
    found = reliability({"a": none, "b": none}, Bootstrap(["a", "b"], num_samples=20, seed=0))
    assert np.isnan(found.error.value)
