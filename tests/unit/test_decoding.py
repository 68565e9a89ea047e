"""From a score per step and class to spots, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.decoding import Decoding, Find, decode, event_moments, of_at_least, suppressed
from support.views import made_scores, made_step_scores


def kept(values, *, nms="hard", nms_seconds=1.0, step_seconds=0.5):
    """step -> confidence of one class."""
    moments = (np.arange(len(values)) + 0.5) * step_seconds
    return dict(suppressed(np.array(values, dtype=np.float64), moments, Decoding(nms, nms_seconds)))


@pytest.mark.parametrize("nms", ["hard", "soft"])
@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([], []),
        ([0.4], [0]),
        ([0.0, 0.0, 0.0], []),
        ([0.1, 0.9, 0.1], [1]),
        ([0.9, 0.1, 0.1], [0]),  # at the part's start
        ([0.1, 0.1, 0.9], [2]),  # at its end
        ([0.2, 0.9, 0.9, 0.9, 0.2], [2]),  # a plateau's peak is its middle
        ([0.9, 0.9, 0.9, 0.2], [1]),
        ([0.2, 0.9, 0.9, 0.9, 0.9, 0.9], [3]),
        ([0.2, 0.9, 0.9, 0.2], [1]),  # the earlier one of two
        ([0.5, 0.5, 0.5, 0.5], [1]),
        ([0.1, 0.3, 0.3, 0.5, 0.1], [3]),  # a terrace on the way up is no peak
        ([0.1, 0.5, 0.3, 0.3, 0.1], [1]),  # nor one on the way down
        ([0.9, 0.1, 0.9, 0.1, 0.9], [0, 2, 4]),
    ],
)
def test_what_a_peak_is(values, steps, nms):
    assert list(kept(values, nms=nms, nms_seconds=0.4)) == steps


@pytest.mark.parametrize(
    ("nms_seconds", "steps"),
    [(0, [1, 3, 6]), (0.9, [1, 3, 6]), (1.0, [3, 6]), (1.4, [3, 6]), (1.5, [3]), (9.0, [3])],
)
def test_hard_removes_all_weaker_ones_within_the_window(nms_seconds, steps):
    # Peaks at 0.75, 1.75 and 3.25 s: 1.0 and 1.5 s apart.
    values = [0.0, 0.6, 0.1, 0.9, 0.1, 0.2, 0.8, 0.0]
    found = kept(values, nms_seconds=nms_seconds)
    assert list(found) == steps and all(found[step] == values[step] for step in steps)


def test_windows_are_in_seconds_not_steps():
    values = [0.0, 0.6, 0.1, 0.9, 0.0]
    assert list(kept(values, nms_seconds=1.0, step_seconds=0.5)) == [3]
    assert list(kept(values, nms_seconds=1.0, step_seconds=1.0)) == [1, 3]
    assert list(kept(values, nms_seconds=0.1, step_seconds=0.04)) == [3]


def test_a_removed_peak_removes_nothing():
    # The middle one falls to the first, so the third stands though it is near the middle one.
    assert list(kept([0.0, 0.9, 0.1, 0.8, 0.1, 0.7, 0.0])) == [1, 5]


def test_of_equal_peaks_the_earlier_stays():
    assert kept([0.0, 0.7, 0.0, 0.7, 0.0, 0.7, 0.0]) == {1: 0.7, 5: 0.7}


def test_soft_lowers_by_the_square_of_the_nearness():
    # 1 s away of 2 s: a quarter stays. 2 s away: all of it. 3 s away: out of reach.
    values = [0.0, 0.8, 0.0, 0.9, 0.0, 0.0, 0.0, 0.6, 0.0, 0.5]
    found = kept(values, nms="soft", nms_seconds=2.0)
    assert found == pytest.approx({1: 0.8 / 4, 3: 0.9, 7: 0.6, 9: 0.5 / 4})


def test_soft_lowers_again_for_every_stronger_one():
    found = kept([0.0, 0.9, 0.0, 0.4, 0.0, 0.8, 0.0], nms="soft", nms_seconds=2.0)
    # The first leaves 0.8 of the last as it is, 2 s away; both quarter the one between them.
    assert found == pytest.approx({1: 0.9, 5: 0.8, 3: 0.4 / 16})


def test_soft_keeps_no_step_that_was_no_peak():
    # 0.8 is the second highest score but stands beside a higher one.
    assert list(kept([0.1, 0.8, 0.9, 0.8, 0.1], nms="soft", nms_seconds=4.0)) == [2]


def test_soft_without_reach_keeps_every_peak_as_it_is():
    values = [0.0, 0.6, 0.1, 0.9, 0.0]
    assert kept(values, nms="soft", nms_seconds=0) == {1: 0.6, 3: 0.9}


def test_classes_do_not_suppress_each_other():
    shares = np.full((8, 2), 0.01)
    shares[3, 0], shares[4, 1], shares[5, 0] = 0.9, 0.8, 0.7
    scores = made_step_scores(shares, classes=("Goal", "Penalty"))
    found = [find for find in decode(scores, Decoding("hard", 2.0)) if find.confidence > 0.1]
    assert [(find.step_index, find.seconds, find.class_index) for find in found] == [
        (3, 1.75, 0),
        (4, 2.25, 1),
    ]
    assert [find.confidence for find in found] == pytest.approx([0.9, 0.8])


def test_windows_stand_for_where_their_event_is_expected():
    scores = made_scores([0.1, 0.9, 0.1], duration_seconds=14)
    # Windows start at 0, 3 and 6 s; an event is expected 10 s later, but inside the part.
    assert event_moments(scores).tolist() == [10, 13, 14]
    best = max(decode(scores, Decoding("hard", 5)), key=lambda find: find.confidence)
    assert (best.step_index, best.seconds) == (1, 13)
    assert event_moments(made_step_scores([0.1, 0.2])).tolist() == [0.25, 0.75]


def test_thresholds_are_of_each_class_and_count_themselves():
    finds = [Find(0, 0.25, 0, 0.5), Find(1, 0.75, 0, 0.49), Find(2, 1.25, 1, 0.5), Find(3, 1.75, 1, 0.6)]
    assert [find.step_index for find in of_at_least(finds, (0.5, 0.6))] == [0, 3]
    assert of_at_least([], (0.5,)) == []


@pytest.mark.parametrize(("nms", "nms_seconds"), [("none", 1.0), ("hard", -0.1)])
def test_what_is_no_way_to_decode(nms, nms_seconds):
    with pytest.raises(ValueError, match="not a way to decode"):
        Decoding(nms, nms_seconds)
