"""From spots of several classes to the edit list, and what of a reel ends on cuts."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.camera_cuts.record import CameraCuts
from matchreel.edit_list import EditList
from matchreel.timeline import Interval
from support.plans import SPOTTED, bump, labelled, plan_of, spotted, untrained


@pytest.mark.parametrize(
    "peaks",
    [
        [(50.0, 1, 0.95), (53.0, 0, 0.6)],  # the penalty is surer, but broadcasters show the goal
        [(50.0, 0, 0.6), (53.0, 1, 0.95)],
        [(50.0, 2, 0.99), (53.0, 0, 0.55)],
    ],
)
def test_a_penalty_and_its_goal_seconds_later_are_one_highlight(tmp_path, peaks):
    plan = plan_of(tmp_path, spotted(*peaks))
    assert labelled(plan) == [("Goal", 42.25, 58.25)]
    goal = next(peak for peak in peaks if peak[1] == 0)
    assert plan.highlights[0].event_seconds == goal[0] + 0.25 and plan.highlights[0].score == goal[2]
    assert plan.warnings == ()


def test_of_two_spots_of_one_class_that_join_the_surer_is_named(tmp_path):
    plan = plan_of(tmp_path, spotted((50.0, 0, 0.7), (59.0, 0, 0.9)))
    assert labelled(plan) == [("Goal", 42.25, 64.25)] and plan.highlights[0].event_seconds == 59.25


@pytest.mark.parametrize(("seconds", "num_rows"), [(64.5, 1), (65.5, 2), (120.0, 2)])
def test_spots_far_apart_are_highlights_of_their_own(tmp_path, seconds, num_rows):
    # 13 s around each, joined where at most 2 s apart.
    plan = plan_of(tmp_path, spotted((50.0, 1, 0.9), (seconds, 0, 0.8)))
    assert len(plan.highlights) == num_rows
    assert [row.label for row in plan.highlights][-1] == "Goal"


def test_spots_stay_within_the_reel_and_the_part(tmp_path):
    scores = spotted((2.0, 0, 0.9), (60.0, 2, 0.7), (120.0, 1, 0.8), (198.0, 0, 0.95))
    assert labelled(plan_of(tmp_path, scores)) == [
        ("Goal", 0, 7.25), ("Shots on target", 52.25, 65.25), ("Penalty", 112.25, 125.25), ("Goal", 190.25, 200),
    ]  # fmt: skip
    plan = plan_of(tmp_path, scores, max_duration_seconds=31)
    assert [row.label for row in plan.highlights] == ["Goal", "Shots on target", "Penalty", "Goal"]
    assert plan.warnings == ()
    plan = plan_of(tmp_path, scores, max_duration_seconds=20)
    assert [row.label for row in plan.highlights] == ["Goal", "Penalty", "Goal"]
    assert plan.warnings == ("1 weaker moments left out: the reel is limited to 20 s",)


@pytest.mark.parametrize(
    ("thresholds", "spot_threshold", "labels"),
    [
        ((0.5, 0.9, 0.5), "calibrated", ["Goal"]),
        ((0.7, 0.7, 0.7), "calibrated", ["Penalty"]),
        ((0.7, 0.7, 0.7), 0.5, ["Goal", "Penalty"]),
        ((), "calibrated", ["Goal", "Penalty"]),
    ],
)
def test_every_class_has_its_own_threshold(tmp_path, thresholds, spot_threshold, labels):
    scores = spotted((50.0, 0, 0.6), (150.0, 1, 0.8), thresholds=thresholds)
    plan = plan_of(tmp_path, scores, spot_threshold=spot_threshold, threshold=0.99)
    assert [row.label for row in plan.highlights] == labels


def test_no_spot_above_its_threshold_is_said(tmp_path):
    plan = plan_of(tmp_path, spotted((50.0, 0, 0.6), thresholds=(0.7, 0.7, 0.7)))
    assert plan.highlights == ()
    assert plan.warnings == (
        "no highlight: nothing reaches its class's threshold (the best moment scores 0.60)",
    )


def test_goals_alone_may_exceed_the_reel_and_it_is_said(tmp_path):
    scores = spotted((20.0, 0, 0.9), (80.0, 0, 0.6), (120.0, 1, 0.99), (160.0, 0, 0.7))
    plan = plan_of(tmp_path, scores, max_duration_seconds=12)
    assert [row.label for row in plan.highlights] == ["Goal"] * 3
    assert plan.warnings[0] == (
        "the goals alone last 18.0 s even at their shortest: 6.0 s more than the 12 s asked for"
    )
    assert [row.label for row in plan.left_out] == ["Penalty"]


def test_an_order_by_importance(tmp_path):
    scores = spotted((20.0, 2, 0.9), (80.0, 1, 0.6), (160.0, 0, 0.7))
    plan = plan_of(tmp_path, scores, order="importance", max_duration_seconds="short")
    assert [row.label for row in plan.highlights] == ["Goal", "Penalty", "Shots on target"]
    assert plan.budget_seconds == 60


def test_crossfades_and_title_card_are_part_of_the_reel(tmp_path):
    scores = spotted(*[(40.0 * number, 2, 0.9) for number in range(1, 5)])
    plan = plan_of(tmp_path, scores, max_duration_seconds=30, transition="crossfade", title_card_seconds=5.0)
    total = sum(row.interval.duration_seconds for row in plan.highlights)
    assert len(plan.highlights) == 4
    # Four joints of 0.5 s less half a frame, the card's too; a frame for each clip.
    assert total == pytest.approx(30 - 5 + 4 * 0.48 - 4 / 25, abs=0.005)


def test_moments_stand_best_first_with_more_than_the_reel_holds(tmp_path):
    plan = plan_of(tmp_path, untrained(np.random.default_rng(0).random(896)), max_duration_seconds=60.0)
    moments = EditList.load(tmp_path / "moments.json")
    assert sum(row.interval.duration_seconds for row in moments.highlights) >= 2 * 300
    assert {row.id for row in plan.highlights} | {row.id for row in plan.left_out} == {
        row.id for row in moments.highlights
    }
    assert [row.score for row in plan.left_out] == sorted((row.score for row in plan.left_out), reverse=True)
    trained = plan_of(tmp_path, spotted((20.0, 2, 0.9), (80.0, 0, 0.6), (160.0, 0, 0.7), (120.0, 1, 0.8)))
    assert trained.left_out == ()
    found = EditList.load(tmp_path / "moments.json").highlights
    assert [row.label for row in found] == ["Goal", "Goal", "Penalty", "Shots on target"]


def with_cuts(folder, *seconds):
    CameraCuts("1", (Interval(0, 200),), seconds).save(folder / "cuts.json")
    return {"cuts_paths": [folder / "cuts.json"]}


def test_what_is_trimmed_ends_on_a_cut_and_the_action_stays_as_it_was(tmp_path):
    # An untrained window of 15 s around 52.5 s: its action, the middle 12 s, from 46.5 to 58.5 s.
    shares = bump(60, at15=0.9)
    row = plan_of(
        tmp_path, untrained(shares), **with_cuts(tmp_path, 45.5, 59.0), max_duration_seconds=14
    ).highlights[0]
    assert (row.start_seconds, row.end_seconds) == (45.5, 59.0)
    assert row.action.duration_seconds == pytest.approx(12.0)


@pytest.mark.parametrize("class_index", range(3))
def test_no_moment_of_a_known_kind_is_dropped_so_that_others_end_on_cuts(tmp_path, class_index):
    scores = spotted((50.0, class_index, 0.9), (100.0, class_index, 0.8))
    cuts = with_cuts(tmp_path, 43.5, 54.5, 93.5, 104.5)
    plan = plan_of(tmp_path, scores, **cuts, max_duration_seconds=13)  # 6 s of action each, 11 s on cuts
    assert [row.label for row in plan.highlights] == [SPOTTED[class_index]] * 2
    assert sum(row.interval.duration_seconds for row in plan.highlights) <= 13
    assert not any("more than" in warning for warning in plan.warnings)
