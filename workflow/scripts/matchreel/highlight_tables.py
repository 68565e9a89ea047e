"""highlights.json and highlights.csv: the reel's rows as other programs read them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from matchreel.page import Highlight, PageFacts
from matchreel.provenance import write_json

COLUMNS = (
    "part",
    "start_seconds",
    "end_seconds",
    "event_seconds",
    "label",
    "score",
    "clip",
    "reel_start_seconds",
    "why",
)
# What the screen said of a moment: only in a game whose screen was read.
READ_COLUMNS = ("match_half", "match_minute", "match_score")


def write_tables(page: PageFacts, folder: Path) -> None:
    """highlights.json and highlights.csv, the same rows; times are those of the cuts.

    READ_COLUMNS: the half as MatchMinute has it, the minute ("45+2", "~12" where it is an estimate, "" in
    penalties), and the score after the moment, "" where it is unknown.
    """
    columns = COLUMNS + READ_COLUMNS * page.clock.was_read
    rows = [_row(held) | (_read(held, page) if page.clock.was_read else {}) for held in page.highlights]
    head = {
        "game": page.game,
        "scorer": page.scorer,
        "trained_on": list(page.trained_on),
        "reel_seconds": round(page.reel_seconds, 6),
        "warnings": [notice.text for notice in page.notices],
        "notices": [notice.coded() for notice in page.notices],
    }
    write_json(folder / "highlights.json", {**head, "highlights": rows})
    with (folder / "highlights.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            why = ";".join(f"{name}={value}" for name, value in row["why"].items())
            writer.writerow({**row, "why": why})


def _row(held: Highlight) -> dict[str, Any]:
    row = {name: getattr(held, name) for name in COLUMNS}
    row = {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
    return row | {"why": {name: round(value, 4) for name, value in held.why.items()}}


def _read(held: Highlight, page: PageFacts) -> dict[str, Any]:
    minute = page.clock.at(held.part, held.moment_seconds)
    values = (minute.half, minute.plain, page.score_after(held))
    return dict(zip(READ_COLUMNS, values, strict=True))
