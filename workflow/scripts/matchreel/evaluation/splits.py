"""SoccerNet's own splits by game: the names alone, as its public package lists them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from matchreel.provenance import data_path

# SOURCE: the lists inside the package SoccerNet 0.2.0 (MIT); 300, 100, 100 and 50 games.
DATA_FILES = ("soccernet_splits.json",)
SPLITS = ("train", "valid", "test", "challenge")


def games_of(splits: Iterable[str]) -> list[str]:
    """SoccerNet's paths (league/season/game) of all games of these splits, each once, in its order."""
    held = json.loads(data_path(__file__, DATA_FILES[0]).read_text(encoding="utf-8"))
    return list(dict.fromkeys(game for split in splits for game in held[split]))
