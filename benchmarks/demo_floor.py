"""The demo's floors: the spotter beside the classifier, its single modalities and the untrained scorers.

    python benchmarks/demo_floor.py league-1 league-2 league-3 --out floor.csv

Each folder is one in which the workflow has run for a league seed of its own (demo.seed); it holds
results/evaluation/<scorer>/resamples.npz. A figure is the mean over leagues; its interval resamples the games
of each league, the same ones for every scorer. Exits 1 where a floor is missed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.evaluation.intervals import Sampled  # noqa: E402
from matchreel.evaluation.resamples import load_resamples, mean_over_leagues  # noqa: E402

RECALL, TIGHT, LOOSE = "event_recall_at_20pct", "league_average_map_tight", "league_average_map_loose"
CLASSIFIER, ALONE, UNTRAINED = "demo_classifier", ("spotter_video", "spotter_audio"), ("excitement", "random")
League = dict[str, dict[str, Sampled]]  # scorer -> figure


@dataclass(frozen=True)
class Floor:
    """first's figure must be more than `least` above second's (at least that where it is not 0).

    is_sure: and its interval above 0.
    """

    metric: str
    first: str
    second: str
    least: float
    is_sure: bool = False

    def is_met(self, value: float, low: float) -> bool:
        """Whether a difference reaches the floor; nan does not."""
        enough = value >= self.least if self.least else value > 0
        return enough and (low > 0 or not self.is_sure)


def floors_of(scorer: str) -> list[Floor]:
    """What the demo promises of its scorer."""
    return [
        Floor(RECALL, scorer, UNTRAINED[0], 0.10, is_sure=True),
        Floor(RECALL, *UNTRAINED, 0.10, is_sure=True),
        Floor(TIGHT, scorer, CLASSIFIER, 0.15),
        Floor(LOOSE, scorer, CLASSIFIER, 0.0),
        *(Floor(TIGHT, scorer, alone, 0.0) for alone in ALONE),
    ]


def row_of(
    leagues: list[League], metric: str, first: str, second: str | None, seed: int
) -> dict[str, object]:
    """One line of the table: a scorer's figure, or its difference to a second one's."""

    def of(held: League) -> Sampled | None:
        own = held.get(first, {}).get(metric)
        other = held.get(second, {}).get(metric) if second else None
        if own is None or (second and other is None):
            return None
        return own.minus(other) if other else own

    each = [of(held) for held in leagues]
    figure = mean_over_leagues(each if all(each) else [], seed=seed).figure()
    named = {f"league_{i}": held.value if held else float("nan") for i, held in enumerate(each, start=1)}
    what = f"{first} - {second}" if second else first
    held = {"metric": metric, "what": what, "mean": figure.value, "low": figure.low, "high": figure.high}
    return held | {"n": figure.n} | named


def main() -> None:
    """Read the leagues, print and write the table, judge the floors."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--scorer", default="demo_spotter")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    leagues = [
        load_resamples(folder / "results/evaluation" / options.scorer / "resamples.npz")
        for folder in options.folders
    ]
    scorers = [options.scorer, CLASSIFIER, *ALONE, *UNTRAINED]
    rows = [
        row_of(leagues, metric, scorer, None, options.seed) | {"floor": "", "met": ""}
        for metric in (RECALL, TIGHT, LOOSE)
        for scorer in scorers
    ]
    for floor in floors_of(options.scorer):
        row = row_of(leagues, floor.metric, floor.first, floor.second, options.seed)
        words = f"{'>=' if floor.least else '>'} {floor.least:.2f}{', interval > 0' if floor.is_sure else ''}"
        rows.append(row | {"floor": words, "met": "yes" if floor.is_met(row["mean"], row["low"]) else "NO"})
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="%.3f"))
    if options.out:
        table.to_csv(options.out, index=False, float_format="%.6g", lineterminator="\n")
    missed = [f"{row['metric']} of {row['what']}" for row in rows if row["met"] == "NO"]
    if missed:
        sys.exit(f"floor missed: {'; '.join(missed)}")


if __name__ == "__main__":
    main()
