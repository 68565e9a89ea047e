"""Recall against the length of the reel, on made-up games."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matchreel.evaluation.reels import ReelRules, reel_counts
from matchreel.events import Event
from matchreel.finding import finding_rules
from support.views import made_scores

FINDING = finding_rules(0.99, 0.99, 8, 5, "soft", 6)  # thresholds that nothing reaches
RULES = ReelRules(
    (1, 3), min_apart_seconds=45, merge_gap_seconds=2, pad_before_seconds=0, pad_after_seconds=0
)
NAMES = [f"reel_recall_at_{share}pct" for share in (5, 10, 20, 30, 50)]


def event(part, seconds, label="Goal", visibility="visible"):
    return Event(part, seconds, label, "home", visibility, 0)


def windows(*indices, num_windows=96, **changes):
    """300 s of windows every 3 s; the best are these, the first the best."""
    shares = np.full(num_windows, 0.1)
    for rank, index in enumerate(indices):
        shares[index - 1 : index + 2] = 0.9 - 0.05 * rank
    return replace(made_scores(shares), **changes)


def steps(*seconds, classes=("Goal", "Penalty"), duration_seconds=300):
    """A spotter's scores every half second, the first moment the surest."""
    shares = np.full((2 * duration_seconds, len(classes)), 1e-5)
    for rank, at in enumerate(seconds):
        shares[round(2 * at), rank % len(classes)] = 0.8 - 0.1 * rank
    held = made_scores(shares, window_seconds=0.5, stride_seconds=0.5, classes=classes)
    return replace(held, is_stepwise=True, event_offset_seconds=0.25)


def values(scores, events, rules=RULES, finding=FINDING):
    found = reel_counts(scores, events, finding, rules, classes=("Goal", "Penalty"))
    return {name: (ratio.numerator, ratio.denominator) for name, ratio in found.items()}


def test_a_reel_holds_the_best_moments_of_all_parts_whatever_the_threshold():
    scores = {"1": windows(10), "2": windows(70)}  # two parts of 300 s: 5 % is two windows
    events = {"1": [event("1", 40)], "2": [event("2", 215), event("2", 5), event("2", 6, "Foul")]}
    found = values(scores, events)
    assert found["reel_recall_at_5pct"] == (2, 3)
    assert found["reel_recall_at_50pct"][1] == 3


def test_what_a_reel_cannot_hold_is_cut_to_its_budget():
    """5 % of 60 s is 3 s: the best window, cut to its budget around its event."""
    scores = {"1": windows(8, num_windows=16)}
    assert values(scores, {"1": [event("1", 34.0)]})["reel_recall_at_5pct"] == (1, 1)
    assert values(scores, {"1": [event("1", 38.0)]})["reel_recall_at_5pct"] == (0, 1)


def test_games_shorter_than_twice_the_reel_have_no_figure():
    events = {"1": [event("1", 40)]}
    assert set(values({"1": windows(10)}, events)) == {*NAMES, "reel_recall_at_1min"}
    longer = {"1": windows(10), "2": windows(10)}  # 600 s: room for three minutes twice
    assert "reel_recall_at_3min" in values(longer, events | {"2": []})


def test_what_was_not_shown_is_not_asked_for():
    events = {"1": [event("1", 40), event("1", 200, visibility="not shown")]}
    assert values({"1": windows(10)}, events)["reel_recall_at_50pct"] == (1, 1)


def test_moments_of_a_spotter_may_lie_close_and_join():
    """A penalty 3 s before its goal is inside the goal's action: 15 s of reel hold all three."""
    scores = {"1": steps(100, 97, 200)}
    events = {"1": [event("1", 100), event("1", 97, "Penalty"), event("1", 200)]}
    found = values(scores, events)
    assert found["reel_recall_at_5pct"] == (3, 3)
    apart = [event("1", 100), event("1", 88, "Penalty"), event("1", 200)]
    assert values({"1": steps(100, 88, 200)}, {"1": apart})["reel_recall_at_5pct"] == (2, 3)


@pytest.mark.parametrize(("apart_seconds", "hits"), [(0, 2), (45, 1)])
def test_untrained_picks_keep_their_distance(apart_seconds, hits):
    scores = {"1": windows(40, 46, trained_on=(), scorer="excitement")}
    events = {"1": [event("1", 125), event("1", 150)]}
    rules = replace(RULES, min_apart_seconds=apart_seconds)
    assert values(scores, events, rules)["reel_recall_at_10pct"] == (hits, 2)
