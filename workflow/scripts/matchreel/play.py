"""What is play: a moment before the kick-off, at half-time or after the end is none of the match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from matchreel.edit_list import PlannedHighlight
from matchreel.timeline import Interval


@dataclass(frozen=True)
class InPlay:
    """Moments of play, and how many were not."""

    rows: tuple[PlannedHighlight, ...]
    num_dropped: int


def in_play(rows: Iterable[PlannedHighlight], idle: Mapping[str, Sequence[Interval]]) -> InPlay:
    """Rows without those whose action lies in an idle stretch of their part; of the others without such time.

    idle: by part, where surely nothing is played. An action that reaches into it is kept whole.
    """
    held, kept = list(rows), list[PlannedHighlight]()
    for row in held:
        spans = idle.get(row.part, ())
        if not any(_holds(span, row.action) for span in spans):
            kept.append(_without(row, spans))
    return InPlay(tuple(kept), len(held) - len(kept))


def _holds(span: Interval, action: Interval) -> bool:
    return span.start_seconds <= action.start_seconds and action.end_seconds <= span.end_seconds


def _without(row: PlannedHighlight, spans: Sequence[Interval]) -> PlannedHighlight:
    """The row with neither build-up nor aftermath in an idle stretch, its action untouched."""
    action, start, end = row.action, row.start_seconds, row.end_seconds
    for span in spans:
        if span.start_seconds < action.start_seconds:
            start = max(start, min(span.end_seconds, action.start_seconds))
        if span.end_seconds > action.end_seconds:
            end = min(end, max(span.start_seconds, action.end_seconds))
    return replace(row, start_seconds=start, end_seconds=end)
