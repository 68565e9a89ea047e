"""The benchmark that judges the demo's floors, on made-up tables."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks/demo_floor.py"


def league(folder, found):
    """A finished league: of ten events in each of two games, how many each scorer found."""
    rows = [
        (scorer, game, "event_recall_at_20pct", hits / 10, "", "", 10, hits, 10)
        for scorer, of_games in found.items()
        for game, hits in zip(("a", "b"), of_games, strict=True)
    ]
    rows.append(("random", "all", "event_recall_at_20pct", 0.99, "", "", 20, "", ""))
    columns = ["scorer", "game", "metric", "value", "low", "high", "n", "numerator", "denominator"]
    (folder / "results/evaluation/demo_classifier").mkdir(parents=True)
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(folder / "results/evaluation/demo_classifier/table.csv", index=False)
    return str(folder)


@pytest.mark.parametrize(
    ("trained", "untrained", "random", "missed"),
    [
        ((8, 9), (5, 6), (2, 3), None),
        ((8, 9), (8, 8), (2, 3), "demo_classifier - excitement"),
        ((9, 9), (3, 3), (3, 2), "excitement - random"),
        ((9, 9), (9, 0), (1, 5), "excitement - random"),  # far on average, in one game only
    ],
)
def test_floors(tmp_path, trained, untrained, random, missed):
    found = {"demo_classifier": trained, "excitement": untrained, "random": random}
    folders = [league(tmp_path / f"league-{i}", found) for i in range(3)]
    out = tmp_path / "floor.csv"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *folders, "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if missed else 0), done.stdout + done.stderr
    assert (missed or "") in done.stderr
    table = pd.read_csv(out).set_index("what")
    assert table.loc["demo_classifier", "mean"] == pytest.approx(sum(trained) / 20)
    assert table.loc["excitement - random", "mean"] == pytest.approx((sum(untrained) - sum(random)) / 20)
    assert table.loc["random", "league_3"] == pytest.approx(sum(random) / 20)
