"""Figures against labels, worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from matchreel.errors import InputError
from matchreel.evaluation.clips import load_clips
from matchreel.evaluation.counts import (
    Rules,
    clip_accuracy,
    num_coverable,
    num_windows_at_share,
    part_counts,
    spots_of,
    tolerance_counts,
)
from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.matching import matched
from matchreel.evaluation.ratios import Ratio
from matchreel.evaluation.resamples import load_resamples
from matchreel.evaluation.step import evaluate
from matchreel.events import Event
from matchreel.finding import finding_rules
from matchreel.randomness import generator
from matchreel.spotting import ranked_spots
from support.views import made_probe, made_scores, saved

SPOTTING = {
    "spot_threshold": "calibrated", "spot_before_seconds": 8, "spot_after_seconds": 5, "nms": "soft", "nms_seconds": 6,
}  # fmt: skip
SELECTION = {
    "min_apart_seconds": 45, "merge_gap_seconds": 2, "pad_before_seconds": 0, "pad_after_seconds": 0,
}  # fmt: skip
OUTPUTS = ("metrics.json", "table.csv", "plot.svg", "resamples.npz")
FINDING = finding_rules(0.5, "calibrated", 8, 5, "soft", 6)
RULES = Rules(finding=FINDING, time_share=0.2, tolerances_seconds=(5.0, 15.0), classes=("Goal", "Penalty"))


def event(seconds, label="Goal", visibility="visible"):
    return Event("1", seconds, label, "home", visibility, 0)


def peaked(*indices, num_windows=96):
    """A 5-minute part whose best windows are these, the first the best."""
    shares = np.full(num_windows, 0.1)
    for rank, index in enumerate(indices):
        shares[index - 1 : index + 2] = 0.9 - 0.05 * rank
    return made_scores(shares)


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
    assert num_coverable(positions, peaked(10), RULES, num_windows=num_windows) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.2, 4), (0.199, 3), (0.05, 1), (0.04, 0)])
def test_windows_that_fit_a_share(share, expected):
    assert num_windows_at_share(peaked(10), replace(RULES, time_share=share)) == expected


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


LABELS = {
    "a": [("1", 35.0, "Goal"), ("1", 128.0, "Penalty")],
    "b": [("1", 250.0, "Goal")],
}


def evaluated(folder, clips=(), scorers=("clip_classifier", "excitement", "random"), **changes):
    """Two games: the model finds all, excitement half, random nothing."""
    held = {
        ("clip_classifier", "a"): peaked(10, 40),
        ("clip_classifier", "b"): peaked(80),
        ("other", "a"): replace(peaked(20), scorer="other", trained_on=("b", "far")),
        ("other", "b"): replace(peaked(80), scorer="other", trained_on=("b", "far")),
        ("excitement", "a"): _untrained("excitement", 10, 20, 60, 70),
        ("excitement", "b"): _untrained("excitement", 10, 20, 30, 40),
        ("random", "a"): _untrained("random", 20, 30, 60, 70),
        ("random", "b"): _untrained("random", 10, 20, 30, 50),
    }
    for game, events in LABELS.items():
        lines = [f"{part},{seconds},{label}" for part, seconds, label in events]
        (folder / f"{game}.csv").write_text("\n".join(["part,seconds,label", *lines]))
    evaluate(
        scorers=list(scorers),
        scores_paths=[
            saved(held[who, game], folder / f"{who}-{game}.npz") for who in scorers for game in LABELS
        ],
        probe_paths=[saved(made_probe(300, game=game), folder / f"{game}.json") for game in LABELS],
        labels_paths=[folder / f"{game}.csv" for game in LABELS],
        clips_paths=list(clips),
        **{f"{name.split('.')[0]}_path": folder / name for name in OUTPUTS},
        page_path=folder / "index.html",
        **{
            "games": {game: ["1"] for game in LABELS}, "seed": 0, "classes": ["Goal", "Penalty"],
            "threshold": 0.5, **SPOTTING, **SELECTION, "calibration_seconds": 5,
            "tolerances_seconds": [5, 15], "time_share": 0.2, "reel_minutes": [1, 3], "bootstrap_samples": 50,
        } | changes,
    )  # fmt: skip
    return json.loads((folder / "metrics.json").read_text())


def _untrained(scorer, *indices):
    return type(peaked())(**{**vars(peaked(*indices)), "trained_on": (), "scorer": scorer})


def test_metrics_name_the_scorer_the_references_and_the_differences(tmp_path):
    metrics = evaluated(tmp_path)
    assert set(metrics["event_recall_at_20pct"]) == {"value", "low", "high", "n"}
    values = {name: entry["value"] for name, entry in metrics.items()}
    assert values["event_recall_at_20pct"] == 1
    assert values["event_recall_at_20pct_excitement"] == pytest.approx(1 / 3, abs=1e-5)
    assert values["event_recall_at_20pct_random"] == 0
    assert values["event_recall_at_20pct_minus_excitement"] == pytest.approx(2 / 3, abs=1e-5)
    assert values["event_recall_at_20pct_minus_random"] == 1
    assert values["event_recall_at_20pct_excitement_minus_random"] == pytest.approx(1 / 3, abs=1e-5)
    assert metrics["event_recall_at_20pct"]["n"] == 3
    assert [name for name in values if "best_possible" in name] == ["event_recall_at_20pct_best_possible"]
    assert values["event_recall_at_20pct_best_possible"] == 1
    assert values["event_precision_within_5s"] == 1
    assert values["false_alarms_per_match_within_5s"] == 0


def test_an_untrained_scorer_can_be_the_one_judged(tmp_path):
    metrics = evaluated(tmp_path, scorers=("excitement", "random"))
    assert metrics["event_recall_at_20pct"]["value"] == pytest.approx(1 / 3, abs=1e-5)
    assert "event_recall_at_20pct_minus_random" in metrics
    assert not any("minus_excitement" in name for name in metrics)


def test_average_map_reels_and_calibration_stand_among_the_metrics(tmp_path):
    values = {name: entry["value"] for name, entry in evaluated(tmp_path).items()}
    # All three moments stand first, one of them 3 s off: beyond half of the smallest delta, 5 s.
    assert values["league_moment_average_map_loose"] == pytest.approx(0.97, abs=0.01)
    # Windows cannot name their class: each is counted for both, and so wrong for one.
    assert 0.3 < values["league_average_map_loose"] < 0.8
    assert values["league_average_map_tight_minus_random"] > 0
    assert values["reel_recall_at_20pct"] == 1 and values["reel_recall_at_5pct"] == pytest.approx(
        2 / 3, abs=1e-5
    )
    assert values["reel_recall_at_1min_excitement"] == pytest.approx(1 / 3, abs=1e-5)
    assert "reel_recall_at_3min" not in values  # games of 5 minutes
    assert 0 < values["expected_calibration_error"] < 1
    assert "expected_calibration_error_random" not in values
    table = pd.read_csv(tmp_path / "table.csv").set_index(["scorer", "game", "metric"])["value"]
    assert table["random", "all", "league_average_map_tight"] >= 0
    assert table["clip_classifier", "b", "reel_recall_at_20pct"] == 1


def test_further_scorers_stand_beside_the_judged_one(tmp_path, caplog):
    metrics = evaluated(tmp_path, scorers=("clip_classifier", "other", "excitement", "random"))
    values = {name: entry["value"] for name, entry in metrics.items()}
    assert values["event_recall_at_20pct_other"] == pytest.approx(2 / 3, abs=1e-5)
    assert values["event_recall_at_20pct_minus_other"] == pytest.approx(1 / 3, abs=1e-5)
    assert values["league_moment_average_map_loose_minus_other"] > 0
    assert metrics["event_recall_at_20pct_minus_other"]["low"] >= 0
    held = load_resamples(tmp_path / "resamples.npz")
    assert list(held) == ["clip_classifier", "other", "excitement", "random"]
    assert held["other"]["event_recall_at_20pct"].samples.shape == (50,)
    # "other" was trained on one of the judged games: log and page say so.
    assert "other was trained on judged games, its figures are too good: b" in caplog.text
    assert "its figures are too good (b)" in (tmp_path / "index.html").read_text()


def test_the_table_holds_every_game(tmp_path):
    evaluated(tmp_path)
    table = pd.read_csv(tmp_path / "table.csv")
    rows = table[(table.metric == "event_recall_at_20pct") & (table.scorer == "excitement")].set_index("game")
    assert rows.loc["a", ["numerator", "denominator"]].tolist() == [1, 2]
    assert rows.loc["b", ["numerator", "denominator"]].tolist() == [0, 1]
    assert rows.loc["all", "value"] == pytest.approx(1 / 3, abs=1e-5)


def test_same_inputs_same_bytes(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for folder in ("one", "two"):
        evaluated(tmp_path / folder)
    for name in (*OUTPUTS, "index.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_clips_of_the_judged_games_are_asked(tmp_path):
    header = "game,part,clip,start_seconds,end_seconds,label,is_positive,kind,event_seconds,source_event"
    rows = [
        "a,1,0001_goal.mp4,30.0,45.0,Goal,1,highlight,40.0,0",
        "a,1,0002_foul.mp4,120.0,135.0,Foul,0,labelled,,",
    ]
    (tmp_path / "clips.csv").write_text("\n".join([header, *rows]))
    (tmp_path / "none.csv").write_text(header + "\n")
    metrics = evaluated(tmp_path, clips=[tmp_path / "clips.csv", tmp_path / "none.csv"])
    assert metrics["clip_accuracy"] == {"value": 0.5, "low": 0.5, "high": 0.5, "n": 2}
    (tmp_path / "clips.csv").write_text("other,columns\n1,2\n")
    with pytest.raises(InputError, match="not a table of training clips"):
        load_clips(tmp_path / "clips.csv")


def test_an_event_beyond_the_end_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setitem(LABELS, "b", [("1", 400.0, "Goal")])
    with pytest.raises(InputError, match="beyond the end"):
        evaluated(tmp_path)
    assert not (tmp_path / "metrics.json").exists()


def test_a_part_without_probe_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="part 2 of a has no probe"):
        evaluated(tmp_path, games={"a": ["2"], "b": ["2"]})
