"""The step that judges scorers: its metrics, table and page, from games of known figures."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from matchreel.errors import InputError
from matchreel.evaluation.clips import load_clips
from matchreel.evaluation.intervals import Figure
from matchreel.evaluation.reports import write_plot
from matchreel.evaluation.resamples import load_resamples
from matchreel.evaluation.step import evaluate
from support.views import made_probe, peaked, saved

SPOTTING = {
    "spot_threshold": "calibrated", "spot_before_seconds": 8, "spot_after_seconds": 5, "nms": "soft", "nms_seconds": 6,
}  # fmt: skip
SELECTION = {
    "min_apart_seconds": 45, "merge_gap_seconds": 2, "pad_before_seconds": 0, "pad_after_seconds": 0,
}  # fmt: skip
OUTPUTS = ("metrics.json", "table.csv", "plot.svg", "resamples.npz")
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
    return replace(peaked(*indices), trained_on=(), scorer=scorer)


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


def test_bars_do_not_overlap(tmp_path):
    figures = dict.fromkeys(["x", "y"], Figure(0.5, 0.4, 0.6, 3))
    write_plot(tmp_path / "p.svg", {"a": figures, "b": figures}, names=["x", "y"], title="t")
    bars = re.findall(r'<path d="([^"]+)" clip-path="[^"]+" style="fill: #', (tmp_path / "p.svg").read_text())
    edges = [[float(x) for x in re.findall(r"[ML] ([\d.]+) ", bar)] for bar in bars]
    spans = sorted((min(xs), max(xs)) for xs in edges)
    assert len(spans) == 4
    assert all(end <= start + 0.01 for (_, end), (start, _) in itertools.pairwise(spans))
