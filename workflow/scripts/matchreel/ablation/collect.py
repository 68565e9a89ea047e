"""From every league's resamples to one table: means over leagues, with intervals over all their games."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matchreel.ablation.leagues import League
from matchreel.ablation.variants import Variants
from matchreel.evaluation.comparison import comparable
from matchreel.evaluation.intervals import Figure, Sampled
from matchreel.evaluation.reports import ALL_GAMES
from matchreel.evaluation.resamples import load_resamples, mean_over_leagues
from matchreel.provenance import written_whole

ALL = "all"
_DIGITS = 6


@dataclass(frozen=True)
class Cell:
    """One figure of one model over some leagues, and how far it is above that of its table's first row."""

    figure: Figure
    above_first: Figure
    num_leagues: int


@dataclass(frozen=True)
class Collected:
    """(title of a table, model, difficulty or "all", metric) -> cell; note: model -> what must be said."""

    cells: Mapping[tuple[str, str, str, str], Cell]
    difficulties: tuple[str, ...]
    notes: Mapping[str, str]

    def cell(self, title: str, model: str, difficulty: str, metric: str) -> Cell | None:
        """None where no league has the figure."""
        return self.cells.get((title, model, difficulty, metric))


def collect(
    leagues: Sequence[League], variants: Variants, *, notes: Mapping[str, str], seed: int
) -> Collected:
    """Read and pool every league's figures."""
    held = {league: load_resamples(league.results_path) for league in leagues}
    difficulties = list(dict.fromkeys(f"{league.difficulty:g}" for league in leagues))
    cells = {}
    for difficulty in [*difficulties, ALL]:
        chosen = [own for league, own in held.items() if difficulty in (f"{league.difficulty:g}", ALL)]
        for table in variants.tables:
            for model in table.rows:
                for name in comparable(dict.fromkeys(name for own in chosen for name in own[model])):
                    values, firsts = ([own[who].get(name) for own in chosen] for who in (model, table.first))
                    cells[table.title, model, difficulty, name] = _cell(values, firsts, seed)
    return Collected(cells, (*difficulties, ALL), notes)


def _cell(values: Sequence[Sampled | None], firsts: Sequence[Sampled | None], seed: int) -> Cell:
    above = [
        value.minus(other) if value and other else None for value, other in zip(values, firsts, strict=True)
    ]
    return Cell(
        mean_over_leagues(values, seed=seed).figure(),
        mean_over_leagues(above, seed=seed).figure(),
        sum(bool(value) and not math.isnan(value.value) for value in values if value),
    )


def num_judged_games(league: League) -> int:
    """How many games a league's figures come from."""
    table = pd.read_csv(league.results_path.with_name("table.csv"), dtype={"game": str})
    return int(table.loc[table["game"] != ALL_GAMES, "game"].nunique())


def write_ablation_table(path: Path, collected: Collected, variants: Variants) -> None:
    """CSV with a row per table, model, difficulty and metric; above: more than the table's first row."""
    words = {(table.title, model): own for table in variants.tables for model, own in table.rows.items()}
    rows = [
        {
            "table": title, "model": model, "what": words[title, model], "difficulty": difficulty,
            "metric": metric, "value": cell.figure.value, "low": cell.figure.low, "high": cell.figure.high,
            "n": cell.figure.n, "num_leagues": cell.num_leagues, "above": cell.above_first.value,
            "above_low": cell.above_first.low, "above_high": cell.above_first.high,
            "note": collected.notes.get(model, ""),
        }
        for (title, model, difficulty, metric), cell in collected.cells.items()
    ]  # fmt: skip
    with written_whole(path) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, float_format=f"%.{_DIGITS}g", lineterminator="\n")
