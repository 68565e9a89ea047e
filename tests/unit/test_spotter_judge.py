"""What a spotter finds in labelled parts: false alarms to learn from and thresholds, worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from matchreel.decoding import Find
from matchreel.training.spotter.judge import false_alarms, judge
from matchreel.training.spotter.prepare import new_spotter
from matchreel.training.spotter.run import SpotterRow, is_better
from matchreel.training.spotter.sampling import Moment
from matchreel.training.spotter.thresholds import calibrated_thresholds
from support.shards import FRAME_DIM, NUM_MELS
from support.spotter_leagues import made_event, made_part, spotter_settings


def find(seconds, confidence, class_index=0):
    return Find(int(seconds * 2), seconds, class_index, confidence)


def test_false_alarms_are_the_surest_finds_far_from_every_event_of_their_class():
    parts = [made_part(made_event(50), made_event(80, "Penalty")), made_part(game="g1")]
    finds = [
        [find(44, 0.9), find(56.1, 0.3), find(80, 0.8), find(20, 0.5), find(80, 0.9, 1), find(50, 0.4, 1)],
        [find(10, 0.7), find(30, 0.2)],
    ]
    # Two for each of two events: 56.1 s is just beyond 6 s, each class has events of its own.
    expected = [Moment(0, 80), Moment(1, 10), Moment(0, 20), Moment(0, 50)]
    assert false_alarms(parts, finds) == expected
    assert false_alarms(parts[1:], finds[1:]) == []  # no event, nothing to balance


def test_what_is_found_at_an_event_that_is_not_shown_is_no_false_alarm():
    part = made_part(made_event(50, visibility="not shown"))
    assert false_alarms([part], [[find(52, 0.9), find(90, 0.1)]]) == [Moment(0, 90)]


@pytest.mark.parametrize(
    "parts", [[], [made_part()], [made_part(made_event(20, "Corner"))], [made_part(made_event(20, visibility="not shown"))]]
)  # fmt: skip
def test_nothing_to_judge_by_is_nan(parts):
    settings = spotter_settings()
    network = new_spotter(settings, frame_dim=FRAME_DIM, num_mels=NUM_MELS)
    judged = judge(network, parts, settings, torch.device("cpu"))
    assert math.isnan(judged.loose_map) and math.isnan(judged.tight_map) and len(judged.finds) == len(parts)


def calibrated(parts, finds, **changes):
    return calibrated_thresholds(parts, finds, spotter_settings(**changes))


def test_each_class_has_the_threshold_of_its_best_f1():
    goals = [made_event(10 * index + 5.0) for index in range(6)]
    penalties = [made_event(10 * index + 5.0, "Penalty") for index in range(6)]
    part = made_part(*goals, *penalties)
    finds = [
        # Goals: all six down to 0.4, with one false alarm on the way: F1 12 / 13.
        *(find(10 * index + 5, 0.9 - 0.1 * index) for index in range(6)),
        find(70, 0.55),
        find(80, 0.3),
        # Penalties: three, then nothing but false alarms.
        *(find(10 * index + 5, 0.8, 1) for index in range(3)),
        *(find(60 + 10 * index, 0.7, 1) for index in range(4)),
    ]
    assert calibrated([part], [finds]) == pytest.approx((0.4, 0.8))


def test_a_find_counts_within_calibration_seconds_once_for_each_event():
    events = [made_event(10 * index + 5.0) for index in range(5)]
    near = [find(10 * index + 8, 0.9 - 0.1 * index) for index in range(5)]
    twice = [find(10 * index + 6, 0.4) for index in range(5)]
    assert calibrated([made_part(*events)], [near + twice], calibration_seconds=3)[0] == pytest.approx(0.5)
    assert calibrated([made_part(*events)], [near + twice], calibration_seconds=2.9)[0] == pytest.approx(0.4)


def test_a_class_with_few_events_takes_the_threshold_of_all_together():
    goals = [made_event(10 * index + 5.0) for index in range(6)]
    part = made_part(*goals, made_event(95, "Penalty"))
    finds = [*(find(10 * index + 5, 0.6) for index in range(6)), find(95, 0.95, 1), find(30, 0.2, 1)]
    assert calibrated([part], [finds]) == pytest.approx((0.6, 0.6))


def test_beta_says_how_much_more_a_missed_event_weighs():
    events = [made_event(10 * index + 5.0) for index in range(5)]
    sure = [find(10 * index + 5, 0.9) for index in range(3)]
    unsure = [find(35, 0.3), find(45, 0.3), *(find(60 + 5 * index, 0.4) for index in range(5))]
    # Three of five at no false alarm, or all five with five: F1 0.75 / 0.67, F2 0.65 / 0.83.
    assert calibrated([made_part(*events)], [sure + unsure])[0] == pytest.approx(0.9)
    assert calibrated([made_part(*events)], [sure + unsure], calibration_beta=2)[0] == pytest.approx(0.3)


def test_all_classes_together_say_moments_whichever_their_class():
    part = made_part(made_event(20), made_event(21, "Penalty"), made_event(60))
    # The shot at 60 s has the wrong name, and two names at 20 s are one moment: two of two, no false alarm.
    finds = [find(20, 0.9), find(21, 0.7, 1), find(60, 0.5, 1), find(90, 0.2)]
    assert calibrated([part], [finds]) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(
    ("parts", "finds"),
    [
        ([], []),
        ([made_part(made_event(50))], [[]]),
        ([made_part()], [[find(50, 0.9)]]),
        ([made_part(made_event(50))], [[find(20, 0.9)]]),  # nothing that is right
    ],
)
def test_one_half_where_there_is_nothing_to_go_by(parts, finds):
    assert calibrated(parts, finds) == (0.5, 0.5)


@pytest.mark.parametrize("confidence", [0.1234567, 0.9999999, 0.5000004, 1.0])
def test_the_find_that_sets_a_threshold_reaches_it(confidence):
    events = [made_event(10 * index + 5.0) for index in range(5)]
    finds = [find(10 * index + 5, confidence) for index in range(5)]
    threshold = calibrated([made_part(*events)], [finds])[0]
    assert threshold <= confidence and threshold == pytest.approx(confidence, abs=1e-6)


def row(loose, tight, valid_loss=1.0, train_loss=1.0):
    return SpotterRow(1, 0.1, train_loss, valid_loss, loose, tight)


NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other", "better"),
    [
        (row(0.9, 0.4), row(0.8, 0.4), True),
        (row(0.8, 0.5), row(0.9, 0.3), True),  # the mean of the two decides
        (row(0.8, 0.4), row(0.8, 0.4), False),  # of equal ones the earlier
        (row(0.8, 0.4, 0.9), row(0.8, 0.4, 1.0), True),
        (row(0.8, 0.4, 1.1), row(0.8, 0.4, 1.0), False),
        (row(NAN, NAN, 0.9), row(NAN, NAN, 1.0), True),
        (row(NAN, NAN, NAN, 0.7), row(NAN, NAN, NAN, 0.8), True),
        (row(NAN, NAN, NAN, 0.8), row(NAN, NAN, NAN, 0.7), False),
    ],
)
def test_which_epoch_is_best(one, other, better):
    assert is_better(one, other) is better
