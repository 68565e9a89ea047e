"""The demo's floors: recall at a share of the time of the three scorers, over finished leagues.

    python benchmarks/demo_floor.py league-1 league-2 league-3 --out floor.csv

Each folder is one in which the workflow has run for a league seed of its own (demo.seed); it holds
results/evaluation/<scorer>/table.csv. A figure is the mean over leagues; its interval resamples the games of
each league, the same ones for every scorer. Exits 1 where a floor is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.evaluation.intervals import Bootstrap, Figure, figure_of  # noqa: E402
from matchreel.evaluation.ratios import Ratio  # noqa: E402
from matchreel.evaluation.reports import ALL_GAMES  # noqa: E402

# A difference must be at least this, and its interval above 0.
FLOOR = 0.10
League = Mapping[str, Mapping[str, Ratio]]  # scorer -> game -> counts


def read_league(folder: Path, scorer: str, metric: str) -> League:
    """One league's counts of a metric."""
    table = pd.read_csv(folder / "results/evaluation" / scorer / "table.csv", dtype={"game": str})
    rows = table[(table["metric"] == metric) & (table["game"] != ALL_GAMES)]
    return {
        str(name): {
            row["game"]: Ratio(row["numerator"], row["denominator"], int(row["n"]))
            for row in held.to_dict("records")
        }
        for name, held in rows.groupby("scorer")
    }


def total(ratios: Mapping[str, Ratio]) -> Ratio:
    """All games together."""
    return sum(ratios.values(), Ratio(0.0, 0.0, 0))


def mean_figure(leagues: list[League], bootstraps: list[Bootstrap], first: str, second: str | None) -> Figure:
    """Mean over leagues of a scorer's figure, or of its difference to a second one's."""

    def values(held: League, bootstrap: Bootstrap, name: str) -> tuple[float, np.ndarray]:
        return total(held[name]).value, bootstrap.resampled(held[name])

    points, samples = [], []
    for held, bootstrap in zip(leagues, bootstraps, strict=True):
        point, resampled = values(held, bootstrap, first)
        if second:
            other, other_resampled = values(held, bootstrap, second)
            point, resampled = point - other, resampled - other_resampled
        points.append(point)
        samples.append(resampled)
    num_counted = sum(total(held[first]).n for held in leagues)
    return figure_of(float(np.mean(points)), np.mean(samples, axis=0), num_counted)


def main() -> None:
    """Read the leagues, print and write the table, judge the floors."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--scorer", default="demo_classifier")
    parser.add_argument("--metric", default="event_recall_at_20pct")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    leagues = [read_league(folder, options.scorer, options.metric) for folder in options.folders]
    bootstraps = [
        Bootstrap(list(held[options.scorer]), num_samples=options.samples, seed=options.seed + index)
        for index, held in enumerate(leagues)
    ]
    pairs = [(options.scorer, None), ("excitement", None), ("random", None)]
    differences = [(options.scorer, "excitement"), ("excitement", "random")]
    rows = []
    for first, second in [*pairs, *differences]:
        figure = mean_figure(leagues, bootstraps, first, second)
        each = {
            f"league_{index + 1}": total(held[first]).value - (total(held[second]).value if second else 0)
            for index, held in enumerate(leagues)
        }
        name = f"{first} - {second}" if second else first
        rows.append(
            {"what": name, "mean": figure.value, "low": figure.low, "high": figure.high, "n": figure.n} | each
        )
    table = pd.DataFrame(rows)
    print(f"{options.metric}\n{table.to_string(index=False, float_format='%.3f')}")
    if options.out:
        table.to_csv(options.out, index=False, float_format="%.6g", lineterminator="\n")
    missed = [row["what"] for row in rows[len(pairs) :] if row["mean"] < FLOOR or not row["low"] > 0]
    if missed:
        sys.exit(f"floor missed (at least {FLOOR}, interval above 0): {', '.join(missed)}")


if __name__ == "__main__":
    main()
