"""What a run says last of each game: the notes of its reel, else what the probe noted of its recordings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A season's run would bury its own end.
_MOST_LINES = 30


@dataclass(frozen=True)
class GameOfRun:
    """A game that a run was about.

    tables_path: its highlights.json, None where the run has not brought it up to date. probe_paths: by part.
    """

    game: str
    tables_path: Path | None
    probe_paths: tuple[Path, ...]


def note_lines(games: Iterable[GameOfRun]) -> list[str]:
    """A line for each note, game by game; the rest is counted where there are too many."""
    lines = [f"note: {held.game}: {text}" for held in games for text in _texts(held)]
    num_left = len(lines) - _MOST_LINES
    if num_left > 0:
        lines[_MOST_LINES:] = [f"note: {num_left} more notes: each reel's page has those of its game"]
    return lines


def _texts(held: GameOfRun) -> list[str]:
    warnings = _field(held.tables_path, "warnings") if held.tables_path else None
    if isinstance(warnings, list):
        return list(map(str, warnings))
    found = [(path.stem, _field(path, "problems")) for path in held.probe_paths]
    return [
        f"part {part}: {problem}"
        for part, problems in found
        if isinstance(problems, list)
        for problem in problems
    ]


def _field(path: Path, name: str) -> Any:
    """A field of a JSON file; None where there is none: a run that ends says what it can."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
