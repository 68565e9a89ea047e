"""From scores to spots: order, peaks, distance, budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matchreel.randomness import generator
from matchreel.spotting import Shape, peaks_from, ranked_spots, smoothed, within_budget
from matchreel.timeline import Interval
from support.views import made_scores


def shape(duration=1000.0, before=0.0, after=0.0, gap=0.0):
    return Shape(before, after, gap, {"1": duration, "2": duration})


def starts(spots):
    return [spot.interval.start_seconds for spot in spots]


def test_a_spot_is_its_window():
    spot = ranked_spots(made_scores([0.1, 0.2, 0.9, 0.2], duration_seconds=20), part="2")[0]
    assert (spot.part, spot.window_index, spot.class_index) == ("2", 2, 0)
    assert spot.interval == Interval(6, 20)  # clamped to the part
    assert spot.event_seconds == 16
    assert spot.score == pytest.approx(0.9)


def test_the_likeliest_class_speaks():
    spots = ranked_spots(
        made_scores([[0.2, 0.7], [0.6, 0.1], [0.1, 0.1]], classes=("Goal", "Penalty")), part="1"
    )
    assert {spot.window_index: (spot.class_index, round(spot.score, 3)) for spot in spots} == {
        0: (1, 0.7), 1: (0, 0.6), 2: (0, 0.1)
    }  # fmt: skip


def test_smoothed_is_the_mean_of_three():
    assert smoothed(np.array([3.0, 0, 6, 0])).tolist() == [2, 3, 2, 2]


def test_the_middle_of_a_plateau_beats_its_ends():
    spots = ranked_spots(made_scores([0.1, 0.9, 0.9, 0.9, 0.1, 0.1]), part="1")
    assert spots[0].window_index == 2


def test_of_equal_windows_the_earlier_comes_first():
    assert starts(ranked_spots(made_scores([0.5] * 4), part="1")) == [0, 3, 6, 9]


def test_peaks_are_best_within_half_a_window():
    shares = [0.5, 0.6, 0.7, 0.8, 0.9, 0.8, 0.7, 0.6, 0.5, 0.6, 0.7, 0.6, 0.5]
    found = peaks_from(ranked_spots(made_scores(shares), part="1"), threshold=0.5, reach_seconds=7.5)
    assert starts(found) == [12, 30]


@pytest.mark.parametrize(("threshold", "num_found"), [(0.69, 2), (0.7, 2), (0.71, 1), (0.91, 0)])
def test_the_threshold_itself_counts(threshold, num_found):
    shares = np.array([0.1, 0.2, 0.9, 0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.7, 0.2, 0.1])
    spots = list(ranked_spots(made_scores(shares), part="1"))
    exact = [spot if spot.score < 0.6 else _scored(spot, round(spot.score, 6)) for spot in spots]
    assert len(peaks_from(exact, threshold=threshold, reach_seconds=7.5)) == num_found


def test_one_high_window_is_a_peak_whatever_stands_beside_it():
    shares = [0.1, 0.1, 0.1, 0.9, 0.6, 0.55, 0.7, 0.6, 0.1]
    found = peaks_from(ranked_spots(made_scores(shares), part="1"), threshold=0.88, reach_seconds=7.5)
    assert starts(found) == [9]


def test_parts_have_peaks_of_their_own():
    ranked = [*ranked_spots(made_scores([0.9]), part="1"), *ranked_spots(made_scores([0.7]), part="2")]
    assert len(peaks_from(ranked, threshold=0.5, reach_seconds=100)) == 2


def _scored(spot, score):
    return type(spot)(**{**vars(spot), "score": score})


@pytest.mark.parametrize(
    ("apart", "expected"), [(15, [0, 15, 30]), (15.1, [0, 18, 36]), (3, [0, 3, 6]), (45, [0, 45, 90])]
)
def test_spots_keep_their_distance(apart, expected):
    ranked = ranked_spots(made_scores([0.5] * 60), part="1")
    found = within_budget(ranked, budget_seconds=1000, min_apart_seconds=apart, shape=shape())
    assert starts(found)[:3] == expected


def test_parts_do_not_keep_distance_from_each_other():
    ranked = [*ranked_spots(made_scores([0.5]), part="1"), *ranked_spots(made_scores([0.5]), part="2")]
    assert len(within_budget(ranked, budget_seconds=30, min_apart_seconds=45, shape=shape())) == 2


@pytest.mark.parametrize(("budget", "num_found"), [(14.9, 1), (15, 1), (29.9, 1), (30, 2), (45, 3)])
def test_the_budget_holds(budget, num_found):
    ranked = ranked_spots(made_scores([0.5] * 60), part="1")
    found = within_budget(ranked, budget_seconds=budget, min_apart_seconds=15, shape=shape())
    assert len(found) == num_found
    assert shape().total_seconds(found) <= budget + 1e-6


def test_what_overlaps_is_counted_once():
    ranked = ranked_spots(made_scores([0.5] * 60), part="1")
    found = within_budget(ranked, budget_seconds=21, min_apart_seconds=3, shape=shape())
    assert starts(found) == [0, 3, 6]


def test_padding_and_gaps_count_towards_the_budget():
    ranked = ranked_spots(made_scores([0.5] * 60), part="1")
    padded = shape(before=1, after=2)
    found = within_budget(ranked, budget_seconds=36, min_apart_seconds=30, shape=padded)
    assert padded.joined(found) == [("1", Interval(0, 17)), ("1", Interval(29, 47))]
    gaps = shape(gap=900)
    assert gaps.joined(found) == [("1", Interval(0, 45))]
    assert len(within_budget(ranked, budget_seconds=36, min_apart_seconds=30, shape=gaps)) == 1


def test_a_window_longer_than_the_budget_is_cut_around_its_event():
    ranked = ranked_spots(made_scores([0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1]), part="1")
    found = within_budget(ranked, budget_seconds=6, min_apart_seconds=15, shape=shape())
    assert [spot.interval for spot in found] == [Interval(15, 21)]  # event at 19, two thirds in
    padded = shape(before=1, after=2)
    found = within_budget(ranked, budget_seconds=6, min_apart_seconds=15, shape=padded)
    assert padded.joined(found) == [("1", Interval(16, 22))]
    assert within_budget(ranked, budget_seconds=0, min_apart_seconds=15, shape=shape()) == []


def test_parts_stand_in_order():
    ranked = [*ranked_spots(made_scores([0.9]), part="2"), *ranked_spots(made_scores([0.5]), part="1")]
    assert [part for part, _ in shape().joined(ranked)] == ["1", "2"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_kept_is_what_the_whole_reel_allows(seed):
    """The same spots as when every candidate's reel is joined and measured anew."""
    draw = generator(seed, "reel")
    rules = shape(duration=200, before=float(draw.integers(3)), after=1.0, gap=float(draw.integers(4)))
    made = ranked_spots(made_scores(draw.random(64), window_seconds=9, stride_seconds=3), part="1")
    candidates = [replace(spot, part=str(draw.integers(1, 3))) for spot in made]
    budget, apart = float(draw.integers(20, 150)), float(draw.integers(0, 12))
    kept = []
    for spot in candidates:
        near = any(
            spot.part == other.part
            and abs(spot.interval.start_seconds - other.interval.start_seconds) < apart - 1e-6
            for other in kept
        )
        if not near and rules.total_seconds([*kept, spot]) <= budget + 1e-6:
            kept.append(spot)
    found = within_budget(candidates, budget_seconds=budget, min_apart_seconds=apart, shape=rules)
    assert len(kept) > 1 and found == kept
