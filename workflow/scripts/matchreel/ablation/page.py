"""index.html of the ablation: a table per question, its models as rows."""

from __future__ import annotations

from html import escape

from matchreel.ablation.collect import ALL, Collected
from matchreel.ablation.variants import Comparison, Variants
from matchreel.evaluation.intervals import QUANTILES
from matchreel.evaluation.markup import Table, breakable, count_text, figure_cell, notices, page_of, section

# What is shown of all that the CSV holds: column -> figure.
_SHOWN = {
    "tight": "league_average_map_tight",
    "loose": "league_average_map_loose",
    "any class, tight": "league_moment_average_map_tight",
    "F1 within 5 s": "event_f1_within_5s",
    "in 20 % reel": "reel_recall_at_20pct",
}
_BY_DIFFICULTY = ("tight", "loose")
_LIMIT = "These leagues are rendered: a choice that helps here may not help on television, nor the reverse."


def ablation_html(collected: Collected, variants: Variants, *, num_leagues: int, num_games: int) -> str:
    """The whole page, self-contained; the same figures give the same text."""
    difficulties = [name for name in collected.difficulties if name != ALL]
    share = round(100 * (QUANTILES[1] - QUANTILES[0]))
    summary = (
        f"Every row was judged on the same {count_text(num_leagues, 'rendered league')} with "
        f"{count_text(num_games, 'game')} to test on (difficulty {escape(', '.join(difficulties))}). A "
        f"figure is the mean over leagues; ranges are {share} % intervals, a bootstrap over the games of "
        "every league. The second table of each question gives differences to its first row, on the same "
        "resamples."
    )
    said = [f"{model}: {note}." for model, note in collected.notes.items()]
    sections = [
        section(f"table-{index}", table.title, *_tables(table, collected, difficulties))
        for index, table in enumerate(variants.tables)
    ]
    return page_of(
        {
            "title": "Ablation",
            "heading": "What each choice is worth",
            "summary": summary,
            "notices": notices([_LIMIT, *said]),
            "sections": "".join(sections),
        }
    )


def _tables(table: Comparison, collected: Collected, difficulties: list[str]) -> list[str]:
    def named(model: str) -> str:
        note = collected.notes.get(model)
        below = f"{breakable(model)}<br>{escape(note)}" if note else breakable(model)
        return f"{escape(table.rows[model])}<small>{below}</small>"

    def value(model: str, difficulty: str, metric: str) -> str:
        cell = collected.cell(table.title, model, difficulty, _SHOWN[metric])
        return figure_cell(cell.figure if cell else None)

    def above(model: str, metric: str) -> str:
        cell = collected.cell(table.title, model, ALL, _SHOWN[metric])
        return figure_cell(cell.above_first if cell else None, is_difference=True)

    wanted = [(name, metric) for name in [*difficulties, ALL] for metric in _BY_DIFFICULTY]
    groups = [*(f"difficulty {name}" for name in difficulties), "all leagues"]
    own = Table(
        "Average-mAP in %, over the classes",
        "Model",
        [metric for _, metric in wanted],
        {named(model): [value(model, name, metric) for name, metric in wanted] for model in table.rows},
        [(title, len(_BY_DIFFICULTY)) for title in groups],
    )
    less = Table(
        f"Less {table.first}, points, all leagues. ★ the interval does not hold 0",
        "Model",
        list(_SHOWN),
        {
            named(model): [above(model, metric) for metric in _SHOWN]
            for model in table.rows
            if model != table.first
        },
    )
    return [own.html(), less.html()]
