"""Which scorers find windows and which find moments, and what each holds for true."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.finding import finding_rules, held, ranked, sure_finds, thresholds_of
from matchreel.timeline import Interval
from support.views import made_scores, made_step_scores, steps_with

CLASSES = ("Goal", "Penalty")


def rules(threshold=0.5, spot_threshold="calibrated", before=8.0, after=5.0, nms="hard", nms_seconds=6.0):
    return finding_rules(threshold, spot_threshold, before, after, nms, nms_seconds)


def moments_of(scores, chosen):
    return [
        (spot.event_seconds, spot.class_index)
        for spot in held(ranked(scores, chosen, part="1"), scores, chosen)
    ]


@pytest.mark.parametrize(
    ("scores", "finds_moments", "length_seconds"),
    [
        (made_scores([0.5] * 4), False, 15),
        (made_scores([0.5] * 4, window_seconds=13), False, 13),  # as long as 8 s before and 5 s after
        (made_scores([0.5] * 4, window_seconds=12), True, 13),  # shorter: more time around it
        (made_scores([0.5] * 4, window_seconds=12, trained_on=()), False, 12),
        (made_step_scores([0.5] * 4), True, 13),
        (made_step_scores([0.5] * 40, step_seconds=15.0), True, 13),
    ],
)
def test_who_finds_moments(scores, finds_moments, length_seconds):
    assert rules().finds_moments(scores) is finds_moments
    assert rules().length_seconds(scores) == length_seconds


def test_a_moment_becomes_the_time_around_it_inside_its_part():
    scores = made_step_scores(steps_with(80, (2.0, 0, 0.9), (20.0, 0, 0.8), (38.0, 0, 0.7)))
    spots = ranked(scores, rules(), part="2")[:3]
    assert [spot.event_seconds for spot in spots] == [2.25, 20.25, 38.25]
    assert [spot.interval for spot in spots] == [
        Interval(0, 7.25),
        Interval(12.25, 25.25),
        Interval(30.25, 40),
    ]
    assert [spot.score for spot in spots] == pytest.approx([0.9, 0.8, 0.7])
    assert {spot.part for spot in spots} == {"2"} and spots[1].window_index == 40


def test_of_equally_sure_moments_the_earlier_comes_first_then_the_first_class():
    shares = steps_with(80, (30.0, 0, 0.75), (10.0, 1, 0.75), (10.0, 0, 0.75), num_classes=2)
    spots = ranked(made_step_scores(shares, classes=CLASSES), rules(), part="1")
    assert [(spot.event_seconds, spot.class_index) for spot in spots[:3]] == [
        (10.25, 0),
        (10.25, 1),
        (30.25, 0),
    ]


@pytest.mark.parametrize(
    ("thresholds", "spot_threshold", "found"),
    [
        ((), "calibrated", [(10.25, 0)]),  # one half where none was calibrated
        ((0.3, 0.95), "calibrated", [(10.25, 0), (20.25, 0)]),
        ((0.9, 0.4), "calibrated", [(30.25, 1)]),
        ((0.9, 0.9), 0.35, [(10.25, 0), (30.25, 1), (20.25, 0)]),  # a number stands above all
        ((), 0.9, []),
    ],
)
def test_calibrated_thresholds_or_one_number(thresholds, spot_threshold, found):
    shares = steps_with(80, (10.0, 0, 0.6), (20.0, 0, 0.4), (30.0, 1, 0.45), num_classes=2)
    scores = made_step_scores(shares, classes=CLASSES, thresholds=thresholds)
    chosen = rules(spot_threshold=spot_threshold)
    assert moments_of(scores, chosen) == found
    assert sorted((find.seconds, find.class_index) for find in sure_finds(scores, chosen)) == sorted(found)
    assert len(thresholds_of(scores, chosen)) == 2


def test_moments_do_not_ask_for_the_windows_threshold_nor_windows_for_theirs():
    scores = made_step_scores(steps_with(40, (10.0, 0, 0.6)))
    assert moments_of(scores, rules(threshold=0.99)) == [(10.25, 0)]
    shares = np.full(30, 0.1)
    shares[10] = 0.9
    windows = made_scores(shares)
    assert moments_of(windows, rules(spot_threshold=0.99)) == [(40.0, 0)]
    assert moments_of(windows, rules(threshold=0.95)) == []


def test_soft_leaves_a_lowered_neighbour_that_still_counts():
    shares = steps_with(80, (10.0, 0, 0.9), (15.0, 0, 0.8))
    scores = made_step_scores(shares)
    assert moments_of(scores, rules()) == [(10.25, 0)]
    spots = ranked(scores, rules(nms="soft"), part="1")
    assert spots[1].event_seconds == 15.25 and spots[1].score == pytest.approx(0.8 * (5 / 6) ** 2)
    assert moments_of(scores, rules(nms="soft")) == [(10.25, 0), (15.25, 0)]
