"""The benchmark that judges the demo's floors, on made-up leagues."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from matchreel.evaluation.counts import Ratio
from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.resamples import save_resamples

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SCORERS = ("demo_spotter", "demo_classifier", "spotter_video", "spotter_audio", "excitement", "random")
METRICS = ("event_recall_at_20pct", "league_average_map_tight", "league_average_map_loose")
# Per scorer and metric, of ten in each of two games.
GOOD = {
    "demo_spotter": ((8, 9), (7, 8), (8, 9)),
    "demo_classifier": ((7, 7), (4, 6), (8, 8)),
    "spotter_video": ((6, 7), (6, 8), (9, 9)),
    "spotter_audio": ((6, 6), (1, 1), (2, 2)),
    "excitement": ((5, 6), (1, 1), (3, 3)),
    "random": ((2, 3), (1, 0), (1, 1)),
}


def league(folder, found):
    """A finished league's resamples."""
    bootstrap = Bootstrap(["a", "b"], num_samples=200, seed=0)
    figures = {
        scorer: {
            metric: bootstrap.sampled(
                {game: Ratio(hits, 10, 10) for game, hits in zip("ab", pair, strict=True)}
            )
            for metric, pair in zip(METRICS, pairs, strict=True)
        }
        for scorer, pairs in found.items()
    }
    save_resamples(folder / "results/evaluation/demo_spotter/resamples.npz", figures)
    return str(folder)


def judged(tmp_path, found):
    folders = [league(tmp_path / f"league-{i}", found) for i in range(3)]
    command = [
        sys.executable,
        str(BENCHMARKS / "demo_floor.py"),
        *folders,
        "--out",
        str(tmp_path / "floor.csv"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done, pd.read_csv(tmp_path / "floor.csv", keep_default_na=False).set_index(["metric", "what"])


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, None),
        ({"excitement": ((8, 8), (1, 1), (3, 3))}, "event_recall_at_20pct of demo_spotter - excitement"),
        # far above on average, in one game only
        ({"excitement": ((5, 3), (1, 1), (3, 3)), "random": ((0, 5), (0, 0), (0, 0))}, "of excitement - random"),
        ({"demo_classifier": ((7, 7), (6, 7), (8, 8))}, "league_average_map_tight of demo_spotter - demo_class"),
        ({"demo_classifier": ((7, 7), (1, 1), (9, 9))}, "league_average_map_loose of demo_spotter - demo_class"),
        ({"spotter_video": ((6, 7), (7, 8), (1, 1))}, "league_average_map_tight of demo_spotter - spotter_video"),
        ({"spotter_audio": ((6, 6), (9, 8), (1, 1))}, "league_average_map_tight of demo_spotter - spotter_audio"),
    ],
)  # fmt: skip
def test_floors(tmp_path, changes, missed):
    done, table = judged(tmp_path, GOOD | changes)
    assert done.returncode == (1 if missed else 0), done.stdout + done.stderr
    assert (missed or "") in done.stderr
    assert list(table["met"]).count("NO") == bool(missed)
    assert float(table.loc[("event_recall_at_20pct", "demo_spotter"), "mean"]) == pytest.approx(0.85)
    row = table.loc[("league_average_map_tight", "demo_spotter - demo_classifier")]
    tight = (GOOD | changes)["demo_classifier"][1]
    assert float(row["mean"]) == pytest.approx(0.75 - sum(tight) / 20)
    assert float(row["league_3"]) == pytest.approx(0.75 - sum(tight) / 20)


def test_a_scorer_that_is_not_there_is_a_floor_missed(tmp_path):
    done, table = judged(tmp_path, {name: own for name, own in GOOD.items() if name != "spotter_video"})
    assert done.returncode == 1
    assert "demo_spotter - spotter_video" in done.stderr
    assert table.loc[("league_average_map_tight", "spotter_video"), "mean"] == ""


def test_leagues_judge_the_single_modalities_of_one_checkpoint():
    code = "import json, demo_leagues; print(json.dumps(demo_leagues.league_config(3)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    assert '"seed": 3' in done.stdout
    assert '"compare": ["demo_classifier", "spotter_video", "spotter_audio"]' in done.stdout
    assert done.stdout.count("results/models/demo_spotter/model.safetensors") == 2
