"""From scores to the edit list."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matchreel.errors import ConfigError, InputError
from support.plans import bump, intervals, labelled, plan_of, spotted, untrained
from support.views import made_probe, made_scores


def test_edits_are_the_reel_and_count_against_its_length(tmp_path):
    """What was chosen and is not in the edits is left out; what is said of the choice is not said of them."""
    scores = made_scores(bump(60, at10=0.9, at40=0.8))
    chosen = plan_of(tmp_path, scores)
    row = {"id": chosen.highlights[1].id, "part": "1", "start_seconds": 118.2, "end_seconds": 131.0}
    row |= {"event_seconds": 130.0, "label": "Goal", "score": 0.8, "why": {}}
    path = tmp_path / "made.json"
    path.write_text(json.dumps({"version": 1, "game": "made", "highlights": [row]}), encoding="utf-8")
    changes = {"edits_path": path, "max_duration_seconds": 10.0, "title_card_seconds": 3.0}
    plan = plan_of(tmp_path, scores, **changes)
    assert intervals(plan) == [("1", 118.2, 131.0)] and plan.is_edited
    assert chosen.highlights[0].id in {held.id for held in plan.left_out}
    assert plan.warnings == ("edited by hand and longer than asked for: 00:16 instead of 00:10",)


@pytest.mark.parametrize("seconds", [1e300, 200.0, -1.0])
def test_a_kick_off_outside_of_the_recording_is_one_line(tmp_path, seconds):
    scores = made_scores(bump(60, at10=0.9))  # 192 s
    with pytest.raises(ConfigError, match=r"games.tsv, column kickoff_seconds: 1:.* lasts 192.0 s") as caught:
        plan_of(tmp_path, scores, kickoff_seconds={"1": seconds})
    assert "\n" not in str(caught.value)
    assert plan_of(tmp_path, scores, kickoff_seconds={"1": 10.0}).highlights


def test_a_run_above_the_threshold_becomes_the_window_of_its_peak(tmp_path):
    plan = plan_of(tmp_path, made_scores(bump(60, at10=0.9, at40=0.8)))
    assert intervals(plan) == [("1", 30, 45), ("1", 120, 135)]
    assert [row.event_seconds for row in plan.highlights] == [40, 130]
    assert [row.score for row in plan.highlights] == [0.9, 0.8]
    assert plan.trained_on == ("other",) and plan.scorer == "clip_classifier" and plan.warnings == ()


def test_a_long_run_is_not_a_long_blob(tmp_path):
    shares = np.concatenate(
        [np.full(10, 0.1), np.linspace(0.6, 0.9, 12), np.linspace(0.89, 0.6, 12), np.full(9, 0.1)]
    )
    assert len(intervals(plan_of(tmp_path, made_scores(shares)))) == 1
    assert plan_of(tmp_path, made_scores(shares)).highlights[0].end_seconds - 15 == pytest.approx(63, abs=3)


def test_two_peaks_that_touch_are_one_highlight(tmp_path):
    plan = plan_of(tmp_path, made_scores(bump(60, at10=0.9, at15=0.8)))
    assert intervals(plan) == [("1", 30, 60)]
    assert plan.highlights[0].event_seconds == 40 and plan.highlights[0].score == 0.9


def test_two_peaks_less_than_a_window_apart_are_one_moment(tmp_path):
    shares = np.array([0.1, 0.1, 0.8, 0.9, 0.8, 0.3, 0.7, 0.75, 0.7, 0.1, 0.1, 0.1])
    assert intervals(plan_of(tmp_path, made_scores(shares))) == [("1", 9, 24)]


@pytest.mark.parametrize(("gap", "num_rows"), [(2.9, 2), (3.0, 1)])
def test_highlights_closer_than_the_gap_are_joined(tmp_path, gap, num_rows):
    plan = plan_of(tmp_path, made_scores(bump(60, at10=0.9, at16=0.8)), merge_gap_seconds=gap)
    assert len(plan.highlights) == num_rows


def test_padding_is_clamped_to_the_part(tmp_path):
    shares = np.array([0.9, 0.9, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 0.9])
    plan = plan_of(tmp_path, made_scores(shares), pad_before_seconds=8, pad_after_seconds=4, threshold=0.6)
    assert intervals(plan) == [("1", 0, 19), ("1", 19, 42)] or intervals(plan) == [("1", 0, 42)]


def test_the_best_of_a_trained_scorer_stay_within_the_reel(tmp_path):
    shares = bump(100, at10=0.7, at30=0.9, at50=0.6, at70=0.8)
    plan = plan_of(tmp_path, made_scores(shares), max_duration_seconds=30)
    # A clip may get one frame longer when it is cut: each is held to one less.
    assert intervals(plan) == [("1", 90.02, 104.98), ("1", 210.02, 224.98)]
    assert [row.score for row in plan.left_out] == [0.7, 0.6] and plan.budget_seconds == 30
    assert plan.warnings == ("2 weaker moments left out: the reel is limited to 30 s",)


@pytest.mark.parametrize("threshold", [0.95, 1.0])
def test_nothing_above_the_threshold_is_said(tmp_path, threshold):
    plan = plan_of(tmp_path, made_scores(bump(60, at10=0.9)), threshold=threshold)
    assert plan.highlights == ()
    assert plan.warnings == (
        f"no highlight: nothing reaches the threshold {threshold:g} (the best moment scores 0.90)",
    )


def test_the_threshold_is_not_for_the_untrained(tmp_path):
    plan = plan_of(tmp_path, untrained(bump(600, at100=0.3)), threshold=0.99)
    assert any(row.interval.contains(307.5) and row.score == 0.3 for row in plan.highlights)
    assert {row.event_seconds for row in plan.highlights} == {None}
    assert {row.label for row in plan.highlights} == {"Moment"}


@pytest.mark.parametrize(
    ("num_windows", "changes", "expected_seconds"),
    [
        (896, {}, 300),  # 45 minutes: the reel's length decides
        (96, {}, 60),  # 5 minutes: a fifth of it
        (96, {"max_share": 0.4}, 120),
        (896, {"max_duration_seconds": 60.0}, 60),
        (6, {}, 6),  # half a minute: one short piece
    ],
)
def test_how_long_an_untrained_reel_is(tmp_path, num_windows, changes, expected_seconds):
    shares = np.random.default_rng(0).random(num_windows)
    plan = plan_of(tmp_path, untrained(shares), **{"merge_gap_seconds": 0.0} | changes)
    total = sum(row.end_seconds - row.start_seconds for row in plan.highlights)
    frames = (len(plan.highlights) + 1) / 25
    assert expected_seconds - frames <= total <= expected_seconds - frames + 1 / 25 + 1e-6


@pytest.mark.parametrize(
    ("num_windows", "share", "apart"),
    [(896, 0.2, 45), (1796, 0.2, 45), (96, 0.2, 25), (46, 0.2, 25), (96, 0.5, 15)],
)
def test_how_far_apart_untrained_picks_are(tmp_path, num_windows, share, apart):
    """Ranks falling from one moment on: picks follow each other as closely as they may."""
    shares = np.linspace(0.9, 0.1, num_windows)
    plan = plan_of(tmp_path, untrained(shares), max_share=share, merge_gap_seconds=-1.0)
    starts = [row.action_start_seconds for row in plan.highlights]
    assert len(starts) == 24 or num_windows < 800  # 12 s of each window is the least of it
    assert np.diff(starts).min() == pytest.approx(np.ceil(apart / 3) * 3)


def test_parts_share_one_budget_and_stand_in_order(tmp_path):
    one, two = untrained(bump(100, at20=0.6)), untrained(bump(100, at20=0.9, at60=0.8))
    plan = plan_of(tmp_path, one, two, max_duration_seconds=45)
    assert [(row.part, round(row.start_seconds), round(row.end_seconds)) for row in plan.highlights] == [
        ("1", 60, 75), ("2", 60, 75), ("2", 180, 195),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("trained", "expected"),
    [(("other",), {"video": 0.7311, "audio": 0.5}), ((), {"video": 1.0, "audio": 0.0})],
)
def test_why_is_a_share(tmp_path, trained, expected):
    curves = {"video": np.ones(20), "audio": np.zeros(20)}
    scores = made_scores(bump(20, at10=0.9), trained_on=trained, curves=curves)
    assert plan_of(tmp_path, scores).highlights[0].why == expected


def test_why_leaves_out_what_was_not_measured(tmp_path):
    curves = {"loudness": np.full(20, np.nan), "break": np.full(20, 0.5)}
    scores = made_scores(bump(20, at10=0.9), trained_on=(), curves=curves)
    assert plan_of(tmp_path, scores).highlights[0].why == {"break": 0.5}


@pytest.mark.parametrize(
    ("label", "said"), [("Goal", "Goal"), ("Highlight", "Moment"), ("Shots on target", "Shots on target")]
)
def test_labels(tmp_path, label, said):
    assert plan_of(tmp_path, made_scores(bump(20, at10=0.9), classes=(label,))).highlights[0].label == said


@pytest.mark.parametrize(
    ("probe", "curves", "said"),
    [
        ({}, ("loudness", "break", "slope"), ()),
        ({"sound": False}, ("break", "slope"), ("no sound in part 1: judged by picture alone",)),
        ({}, ("break",), ("no sound in part 1: judged by picture alone",)),
        ({"picture": False}, ("loudness",), ("no picture of play in part 1: judged by sound alone",)),
        ({}, ("loudness",), ("no picture of play in part 1: judged by sound alone",)),
    ],
)
def test_what_was_missing_is_said(tmp_path, probe, curves, said):
    scores = untrained(bump(100, at20=0.6), curves={name: np.full(100, 0.5) for name in curves})
    plan = plan_of(tmp_path, scores, probes=[made_probe(scores.duration_seconds, **probe)])
    assert plan.warnings == said


def test_a_trained_scorer_needs_no_cues_to_have_heard(tmp_path):
    assert plan_of(tmp_path, made_scores(bump(60, at10=0.9))).warnings == ()
    silent = plan_of(tmp_path, made_scores(bump(60, at10=0.9)), probes=[made_probe(192, sound=False)])
    assert silent.warnings == ("no sound in part 1: judged by picture alone",)


def test_same_scores_same_bytes(tmp_path):
    scores = untrained(np.random.default_rng(0).random(300))
    plan_of(tmp_path, scores)
    first = (tmp_path / "plan.json").read_bytes()
    plan_of(tmp_path, scores)
    assert (tmp_path / "plan.json").read_bytes() == first


def test_scores_must_belong_to_their_part(tmp_path):
    scores = made_scores([0.9] * 10)
    with pytest.raises(InputError, match=r"of 42\.0 s, the part lasts 600\.0 s"):
        plan_of(tmp_path, scores, probes=[made_probe(600)])
    with pytest.raises(InputError, match="1 score files for 2 parts"):
        plan_of(tmp_path, scores, probes=[made_probe(42), made_probe(42, part="2")])
    with pytest.raises(InputError, match="'excitement', the first part's by 'clip_classifier'"):
        plan_of(tmp_path, scores, untrained([0.5] * 10))


def test_what_lies_before_the_kickoff_is_not_play(tmp_path):
    scores = spotted((20.0, 0, 0.9), (58.0, 2, 0.7), (120.0, 1, 0.8))
    plan = plan_of(tmp_path, scores, kickoff_seconds={"1": 56.0})
    # The shot's action reaches before the kick-off: it is kept, its build-up is not.
    assert labelled(plan) == [("Shots on target", 54.25, 63.25), ("Penalty", 112.25, 125.25)]
    assert plan.warnings == ("1 moments left out: nothing is played then",)
    assert labelled(plan_of(tmp_path, scores, kickoff_seconds={"2": 56.0}))[0] == ("Goal", 12.25, 25.25)


def test_what_lies_in_half_time_or_after_the_end_is_not_play(tmp_path):
    scores = spotted((50.0, 0, 0.9), (300.0, 1, 0.8), (350.0, 0, 0.9), num_steps=800)
    estimate = {"part": "1", "seconds": 0.0, "confidence": 0.7, "idle": [[56, 280], [340.0, 400.0]]}
    (tmp_path / "1.kickoff.json").write_text(json.dumps(estimate))
    plan = plan_of(tmp_path, scores, kickoff_paths=[tmp_path / "1.kickoff.json"])
    assert labelled(plan) == [("Goal", 42.25, 55.25), ("Penalty", 292.25, 305.25)]
    estimate["idle"] = [[53.0, 294.0]]
    (tmp_path / "1.kickoff.json").write_text(json.dumps(estimate))
    plan = plan_of(tmp_path, scores, kickoff_paths=[tmp_path / "1.kickoff.json"])
    assert labelled(plan)[:2] == [("Goal", 42.25, 53), ("Penalty", 294, 305.25)]
