"""Where a recording shows replays: known of rendered games only."""

from __future__ import annotations

import json
from pathlib import Path

from matchreel.errors import InputError
from matchreel.kinds import UNREADABLE
from matchreel.timeline import Interval


def load_replays(truth_path: Path) -> list[Interval]:
    """The replays in a rendered game's truth.json, sorted by start."""
    try:
        truth = json.loads(truth_path.read_text(encoding="utf-8"))
        return sorted(Interval(row["start_seconds"], row["end_seconds"]) for row in truth["replays"])
    except UNREADABLE as error:
        raise InputError(
            f"this is not the truth of a rendered game ({error})",
            where=truth_path,
            remedy="Delete it and run the same command again to render the game anew",
        ) from error
