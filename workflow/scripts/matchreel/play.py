"""What is play: a moment before the kick-off is none of the match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from matchreel.edit_list import PlannedHighlight


@dataclass(frozen=True)
class InPlay:
    """Moments of play, and how many were not."""

    rows: tuple[PlannedHighlight, ...]
    num_dropped: int


def in_play(rows: Iterable[PlannedHighlight], kickoffs_seconds: Mapping[str, float]) -> InPlay:
    """Rows without those whose action ends before their part's kick-off; the others begin no earlier.

    kickoffs_seconds: by part, only where it is known well. A row that the kick-off cuts keeps its action.
    """
    held, kept = list(rows), list[PlannedHighlight]()
    for row in held:
        kickoff = kickoffs_seconds.get(row.part, 0.0)
        if row.action.end_seconds > kickoff:
            start = max(row.start_seconds, min(kickoff, row.action.start_seconds))
            kept.append(replace(row, start_seconds=start))
    return InPlay(tuple(kept), len(held) - len(kept))
