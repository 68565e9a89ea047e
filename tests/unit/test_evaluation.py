"""Figures against labels, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from matchreel.evaluation.counts import (
    Rules,
    clip_accuracy,
    num_coverable,
    part_counts,
    spots_of,
    tolerance_counts,
)
from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.matching import matched
from matchreel.evaluation.ratios import Ratio
from matchreel.events import Event
from matchreel.finding import finding_rules, ranked
from matchreel.randomness import generator
from matchreel.spotting import ranked_spots
from support.views import made_scores, made_step_scores, peaked

FINDING = finding_rules(0.5, "calibrated", 8, 5, "soft", 6)
RULES = Rules(finding=FINDING, time_share=0.2, tolerances_seconds=(5.0, 15.0), classes=("Goal", "Penalty"))


def event(seconds, label="Goal", visibility="visible"):
    return Event("1", seconds, label, "home", visibility, 0)


@pytest.mark.parametrize(
    ("found", "positions", "tolerance", "expected"),
    [
        ([10], [15], 5, {0: 0}),
        ([10], [15.1], 5, {}),
        ([10, 11], [10.4], 5, {0: 0}),  # one event counts once
        ([10], [8, 11], 5, {0: 1}),  # the nearest
        ([10, 20], [14, 22], 15, {1: 1, 0: 0}),
        ([], [1], 5, {}),
    ],
)
def test_matching_is_one_to_one_and_nearest_first(found, positions, tolerance, expected):
    assert matched(found, positions, tolerance) == expected


def test_figures_within_a_tolerance():
    spots = ranked_spots(
        made_scores([0.9, 0.1, 0.1, 0.1, 0.1], stride_seconds=40), part="1"
    )  # events at 10, 50, ...
    shown, hidden = [14.0, 58.0, 300.0], [91.0]
    near = tolerance_counts(spots, shown, hidden, 5, 1800)
    assert near["event_recall_within_5s"] == Ratio(1, 3, 3)
    assert near["event_precision_within_5s"] == Ratio(1, 4, 4)  # the one near what was not shown is excused
    assert near["event_f1_within_5s"] == Ratio(2, 7, 3)
    assert near["false_alarms_per_match_within_5s"].value == pytest.approx(3 * 5400 / 1800)
    assert tolerance_counts(spots, shown, hidden, 8, 1800)["event_recall_within_8s"] == Ratio(2, 3, 3)


def test_recall_at_a_share_of_the_time_is_about_chosen_intervals():
    scores = peaked(10, 40, 60, 80)  # 300 s: room for four windows of 15 s, at 30, 120, 180, 240
    events = [
        event(30.0),
        event(44.9),
        event(45.0),
        event(29.9),
        event(240.0, "Penalty"),
        event(250.0, "Foul"),
    ]
    counts = part_counts(scores, events, None, RULES, part="1")
    assert counts["event_recall_at_20pct"] == Ratio(3, 5, 5)
    assert counts["event_recall_at_20pct_goal"] == Ratio(2, 4, 4)
    assert counts["event_recall_at_20pct_penalty"] == Ratio(1, 1, 1)
    assert "clip_accuracy" not in counts


@pytest.mark.parametrize(
    ("positions", "num_windows", "expected"),
    [
        ([], 2, 0),
        ([10, 100, 200], 2, 2),
        ([9, 23.9, 100], 1, 2),
        ([9, 24.0, 100], 1, 1),  # 15 s apart: no window holds both
        ([10, 20, 30, 40], 2, 4),
        ([0, 299.9], 2, 2),
        ([20, 31, 33, 44], 1, 3),
        ([20, 31, 33, 44], 0, 0),
    ],
)
def test_no_scorer_can_cover_more(positions, num_windows, expected):
    rules = replace(RULES, time_share=num_windows * 15 / 300)
    assert num_coverable(positions, peaked(10), rules) == expected


@pytest.mark.parametrize(
    ("positions", "budget_seconds", "expected"),
    [
        ([20.0, 40.0], 26.0, 2),
        ([20.0, 40.0], 25.9, 1),
        ([1.0, 20.0, 40.0], 26.0, 2),
        # Highlights at the start (5.5 s around a moment at 0.5 s) and at the end (8.25 s) are shorter.
        ([1.0, 20.0, 40.0], 31.5, 3),
        ([1.0, 20.0, 40.0], 31.2, 2),
        ([59.0, 20.0, 40.0], 34.3, 3),
        ([59.0, 20.0, 40.0], 34.2, 2),
        ([1.0, 59.0], 13.8, 2),
        ([1.0, 30.0, 31.0], 2.0, 2),  # shorter than one highlight: a piece of it
        ([1.0, 30.0, 33.0], 2.0, 1),
        ([1.0], 0.0, 0),
    ],
)
def test_highlights_at_the_ends_of_a_part_are_shorter_so_more_of_them_fit(
    positions, budget_seconds, expected
):
    scores = made_step_scores(np.full(120, 0.5))
    rules = replace(RULES, time_share=budget_seconds / scores.duration_seconds)
    assert num_coverable(positions, scores, rules) == expected


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("is_stepwise", [False, True])
def test_what_can_be_covered_is_as_much_as_trying_everything(seed, is_stepwise):
    draw = generator(seed, "coverable")
    shares = np.full(16, 0.5)
    scores = (
        made_step_scores(shares, step_seconds=2.0) if is_stepwise
        else made_scores(shares, window_seconds=7, stride_seconds=2, duration_seconds=34.5, trained_on=())
    )  # fmt: skip
    rules = replace(RULES, time_share=float(draw.uniform(0.05, 1)))
    positions = draw.uniform(0, scores.duration_seconds, size=8).tolist()
    apart = FINDING.length_seconds(scores)
    spots = [spot_at(index) for index in range(16)] if is_stepwise else ranked(scores, FINDING, part="1")
    best = 0
    for size in range(5):
        for chosen in combinations(spots, size):
            starts = sorted(spot.interval.start_seconds for spot in chosen)
            total = sum(spot.interval.duration_seconds for spot in chosen)
            if total <= rules.time_share * scores.duration_seconds and all(
                two - one >= apart for one, two in pairwise(starts)
            ):
                held = [any(spot.interval.contains(at) for spot in chosen) for at in positions]
                best = max(best, sum(held))
    # A budget that is shorter than one highlight holds a piece of it besides.
    is_whole = rules.time_share * scores.duration_seconds >= apart
    found = num_coverable(positions, scores, rules)
    assert found == best if is_whole else found >= best


def spot_at(index):
    """The highlight of scores that are high at one of 16 steps."""
    shares = np.full(16, 0.001)
    shares[index] = 0.9
    (spot, *_) = ranked(made_step_scores(shares, step_seconds=2.0), FINDING, part="1")
    return spot


def test_what_was_not_shown_is_no_miss():
    counts = part_counts(peaked(10), [event(200.0, visibility="not shown"), event(40)], None, RULES, part="1")
    assert counts["event_recall_at_20pct"] == Ratio(1, 1, 1)


def test_a_long_run_of_high_windows_is_one_spot():
    ramp = np.concatenate([np.full(10, 0.1), np.linspace(0.6, 0.9, 12), np.linspace(0.89, 0.6, 12)])
    assert len(spots_of(made_scores(ramp), RULES, part="1")) == 1


def test_windows_may_touch():
    counts = part_counts(peaked(10, 15), [event(35), event(55)], None, RULES, part="1")
    assert counts["event_recall_at_20pct"] == Ratio(2, 2, 2)


def test_a_trained_scorer_is_judged_by_its_threshold_an_untrained_one_by_its_time():
    trained = peaked(10, 40)
    assert [spot.interval.start_seconds for spot in spots_of(trained, RULES, part="1")] == [30, 120]
    untrained = made_scores(np.full(96, 0.1), trained_on=())
    assert len(spots_of(untrained, RULES, part="1")) == 4
    counts = part_counts(trained, [event(40)], None, RULES, part="1")
    assert counts["time_share_kept"] == Ratio(30, 300, 1)
    assert counts["event_precision_within_5s"] == Ratio(1, 2, 2)


@pytest.mark.parametrize(("share", "is_right"), [(0.51, True), (0.49, False)])
def test_clip_accuracy_asks_the_nearest_window(share, is_right):
    scores = made_scores([0.1, share, 0.9])
    clips = pd.DataFrame({"start_seconds": [3.4], "end_seconds": [18.4], "is_positive": [True]})
    assert clip_accuracy(scores, clips, RULES) == Ratio(float(is_right), 1, 1)
    assert clip_accuracy(scores, clips.assign(is_positive=False), RULES) == Ratio(float(not is_right), 1, 1)


def test_games_add_up_before_they_are_divided():
    bootstrap = Bootstrap(["a", "b"], num_samples=400, seed=0)
    figure = bootstrap.sampled({"a": Ratio(1, 1, 1), "b": Ratio(0, 9, 9)}).figure()
    assert (figure.value, figure.low, figure.high, figure.n) == (0.1, 0.0, 1.0, 10)


def test_differences_are_paired():
    """Two scorers that differ by the same amount in every game differ by it with certainty."""
    draw = generator(0, "test")
    first = {f"g{i}": Ratio(float(draw.integers(2, 9)), 10, 10) for i in range(8)}
    second = {game: Ratio(ratio.numerator - 2, 10, 10) for game, ratio in first.items()}
    bootstrap = Bootstrap(list(first), num_samples=300, seed=0)
    figure = bootstrap.sampled(first).minus(bootstrap.sampled(second)).figure()
    assert figure.value == pytest.approx(0.2) and figure.high - figure.low < 1e-9
    own = bootstrap.sampled(first).figure()
    assert own.high - own.low > 0.1


@pytest.mark.parametrize("seed", [0, 1])
def test_intervals_come_from_the_seed(seed):
    ratios = {f"g{i}": Ratio(float(i), 10, 10) for i in range(9)}
    figures = [
        Bootstrap(list(ratios), num_samples=200, seed=s).sampled(ratios).figure()
        for s in (seed, seed, seed + 1)
    ]
    assert figures[0] == figures[1] != figures[2]


def test_one_game_has_no_interval_and_nothing_has_no_value():
    bootstrap = Bootstrap(["a"], num_samples=10, seed=0)
    assert np.isnan(bootstrap.sampled({"a": Ratio(1, 2, 2)}).figure().low)
    assert np.isnan(bootstrap.sampled({"a": Ratio(0, 0, 0)}).value)
