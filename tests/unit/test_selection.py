"""From scores to the edit list."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matchreel.camera_cuts.record import CameraCuts
from matchreel.edit_list import EditList
from matchreel.errors import InputError
from matchreel.moments import find_moments
from matchreel.selection import select_highlights
from matchreel.timeline import Interval
from support.views import made_probe, made_scores, made_step_scores, saved, steps_with

FINDING = {
    "spot_threshold": "calibrated",
    "spot_before_seconds": 8.0,
    "spot_after_seconds": 5.0,
    "nms": "soft",
    "nms_seconds": 6.0,
    "threshold": 0.5,
    "max_share": 0.2,
    "min_apart_seconds": 45.0,
    "merge_gap_seconds": 2.0,
    "pad_before_seconds": 0.0,
    "pad_after_seconds": 0.0,
    "wide_open_share": 0.4,
    "wide_body_share": 0.3,
    "cues_paths": [],
}
CHOOSING = {
    "snap_seconds": 3.0,
    "replays": 1,
    "cuts_paths": [],
    "edits_path": None,
    "kickoff_paths": [],
    "kickoff_seconds": {},
    "max_duration_seconds": 300.0,
    "max_share": 0.2,
    "min_apart_seconds": 45.0,
    "order": "time",
    "transition": "cut",
    "transition_seconds": 0.5,
    "title_card_seconds": 0.0,
}


def plan_of(folder, *parts, probes=None, **changes):
    """The edit list of parts given as Scores, by both steps."""
    probes = probes or [
        made_probe(scores.duration_seconds, part=str(index + 1)) for index, scores in enumerate(parts)
    ]
    probe_paths = [saved(probe, folder / f"p{i}.json") for i, probe in enumerate(probes)]
    find_moments(
        scores_paths=[saved(scores, folder / f"s{i}.npz") for i, scores in enumerate(parts)],
        probe_paths=probe_paths,
        moments_path=folder / "moments.json",
        game="made",
        **FINDING | {name: value for name, value in changes.items() if name in FINDING},
    )
    select_highlights(
        moments_path=folder / "moments.json",
        probe_paths=probe_paths,
        plan_path=folder / "plan.json",
        **CHOOSING | {name: value for name, value in changes.items() if name in CHOOSING},
    )
    return EditList.load(folder / "plan.json")


def intervals(plan):
    return [(row.part, row.start_seconds, row.end_seconds) for row in plan.highlights]


def bump(num_windows, **peaks):
    """Shares of 0.1 with a peak of five windows around each index: bump(50, at10=0.9)."""
    shares = np.full(num_windows, 0.1)
    for name, height in peaks.items():
        at = int(name.removeprefix("at"))
        for offset, factor in ((0, 1), (-1, 0.95), (1, 0.95), (-2, 0.6), (2, 0.6)):
            shares[at + offset] = max(shares[at + offset], height * factor)
    return shares


def untrained(shares, **changes):
    return made_scores(shares, trained_on=(), classes=("Moment",), scorer="excitement", **changes)


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


SPOTTED = ("Goal", "Penalty", "Shots on target")


def spotted(*peaks, num_steps=400, **changes):
    """Scores of a spotter with peaks (seconds, class index, height)."""
    shares = steps_with(num_steps, *peaks, num_classes=3)
    return made_step_scores(shares, classes=SPOTTED, **changes)


def labelled(plan):
    return [(row.label, row.start_seconds, row.end_seconds) for row in plan.highlights]


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
