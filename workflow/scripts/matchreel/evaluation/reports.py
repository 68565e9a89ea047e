"""What evaluate writes: metrics.json, a table with a row per scorer, game and figure, and a plot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import matplotlib
import pandas as pd
from matplotlib.figure import Figure as Canvas

from matchreel.evaluation.intervals import Figure
from matchreel.evaluation.ratios import Ratio
from matchreel.provenance import write_json, written_whole

ALL_GAMES = "all"
COLUMNS = ("scorer", "game", "metric", "value", "low", "high", "n", "numerator", "denominator")
_DIGITS = 6


def write_metrics(path: Path, figures: Mapping[str, Figure]) -> None:
    """{metric: {value, low, high, n}}; null where there was nothing to count."""
    write_json(
        path,
        {
            name: {
                "value": _plain(figure.value), "low": _plain(figure.low), "high": _plain(figure.high),
                "n": figure.n,
            }
            for name, figure in figures.items()
        },
    )  # fmt: skip


def write_table(
    path: Path,
    totals: Mapping[str, Mapping[str, Figure]],
    per_game: Mapping[str, Mapping[str, Mapping[str, Ratio]]],
) -> None:
    """CSV with COLUMNS: a row per scorer and metric over all games, then one per game with its counts."""
    rows: list[tuple[object, ...]] = [
        (scorer, ALL_GAMES, name, f.value, f.low, f.high, f.n, math.nan, math.nan)
        for scorer, figures in totals.items()
        for name, f in figures.items()
    ]
    rows += [
        (scorer, game, name, r.value, math.nan, math.nan, r.n, r.numerator, r.denominator)
        for scorer, metrics in per_game.items()
        for name, games in metrics.items()
        for game, r in games.items()
    ]
    with written_whole(path) as temporary:
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        table.to_csv(temporary, index=False, float_format=f"%.{_DIGITS}g", lineterminator="\n")


def write_plot(
    path: Path, totals: Mapping[str, Mapping[str, Figure]], *, names: list[str], title: str
) -> None:
    """Bars with intervals, a group per figure and a bar per scorer; the same figures give the same bytes."""
    with matplotlib.rc_context({"svg.hashsalt": "matchreel", "svg.fonttype": "path"}):
        canvas = Canvas(figsize=(2 + 1.5 * len(names), 3.6), layout="constrained")
        axes = canvas.subplots()
        width = 0.8 / max(1, len(totals))
        for index, (scorer, figures) in enumerate(totals.items()):
            shown = [figures.get(name, Figure(math.nan, math.nan, math.nan, 0)) for name in names]
            places = [place + (index - (len(totals) - 1) / 2) * width for place in range(len(names))]
            values = [0.0 if math.isnan(figure.value) else figure.value for figure in shown]
            axes.bar(places, values, width, label=scorer)
            for place, figure in zip(places, shown, strict=True):
                if not math.isnan(figure.low):
                    axes.plot([place, place], [figure.low, figure.high], color="0.2", linewidth=1)
        axes.set_xticks(range(len(names)), [name.replace("_", " ") for name in names], fontsize=8)
        axes.set(ylim=(0, 1), title=title)
        axes.legend(fontsize=8)
        with written_whole(path) as temporary:
            canvas.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, _DIGITS)
