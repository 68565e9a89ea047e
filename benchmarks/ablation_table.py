"""The tables of docs/ablation.md from results/ablation/table.csv.

    python benchmarks/ablation_table.py results/ablation/table.csv

A cell: average-mAP in % tight / loose over the classes that have an event, and the 95 % interval of tight;
by difficulty of the league, then over all leagues.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

TIGHT, LOOSE = "league_average_map_tight", "league_average_map_loose"


def cell(rows: pd.DataFrame) -> str:
    """Of one model's rows at one difficulty."""
    tight, loose = (rows[rows["metric"] == metric].iloc[0] for metric in (TIGHT, LOOSE))
    low, high = 100 * tight["low"], 100 * tight["high"]
    return f"{100 * tight['value']:.1f} / {100 * loose['value']:.1f} [{low:.0f}, {high:.0f}]"


def table(title: str, rows: pd.DataFrame) -> str:
    """One question of the ablation as Markdown."""
    difficulties = list(dict.fromkeys(rows["difficulty"]))
    heads = [f"difficulty {name}" if name != "all" else "all leagues" for name in difficulties]
    lines = [f"## {title}\n", f"| model | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for model in dict.fromkeys(rows["model"]):
        own = rows[rows["model"] == model]
        note = "; ".join(sorted({str(word) for word in own["note"].dropna()}))
        name = f"{own['what'].iloc[0]} (`{model}`{'; ' + note if note else ''})"
        cells = [cell(own[own["difficulty"] == difficulty]) for difficulty in difficulties]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", type=Path)
    held = pd.read_csv(parser.parse_args().table, dtype={"difficulty": str})
    for title in dict.fromkeys(held["table"]):
        print(table(title, held[held["table"] == title]))


if __name__ == "__main__":
    main()
