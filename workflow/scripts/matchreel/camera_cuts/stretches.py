"""Where to look for camera cuts: around the ends that could move, and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from matchreel.edit_list import PlannedHighlight
from matchreel.importance import most_important_first
from matchreel.timeline import Interval, merge_intervals

# So much beyond where an end may move to: a cut there would flash up in the clip.
MARGIN_SECONDS = 0.5
# Stretches closer than this are read as one; longer ones in pieces, so that memory does not grow.
_JOIN_SECONDS = 2.0
LONGEST_SECONDS = 60.0


def worth_searching(rows: Iterable[PlannedHighlight], *, search_seconds: float) -> list[PlannedHighlight]:
    """The most important rows of a game, so many as have actions of search_seconds together; one at least."""
    held, lasting_seconds = list[PlannedHighlight](), 0.0
    for row in sorted(rows, key=most_important_first):
        lasting_seconds += row.action.duration_seconds
        if held and lasting_seconds > search_seconds:
            break
        held.append(row)
    return held


def stretches_to_search(
    rows: Iterable[PlannedHighlight], *, snap_seconds: float, duration_seconds: float
) -> list[Interval]:
    """What to look at in one part, sorted and apart, none longer than LONGEST_SECONDS.

    Around each row's ends snap_seconds outward, and inward as far as the row's action, where a reel that is
    short of time trims it to; but at most twice as far.
    """
    if not snap_seconds:
        return []
    wanted = [stretch for row in rows for stretch in _around_ends(row, snap_seconds)]
    held = merge_intervals(
        [stretch.clamped(duration_seconds) for stretch in wanted], max_gap_seconds=_JOIN_SECONDS
    )
    return [piece for stretch in held if stretch.duration_seconds > 0 for piece in _pieces(stretch)]


def _around_ends(row: PlannedHighlight, snap_seconds: float) -> tuple[Interval, Interval]:
    start, end, action = row.start_seconds, row.end_seconds, row.action
    last_start = min(start + 2 * snap_seconds, max(action.start_seconds, start))
    first_end = max(end - 2 * snap_seconds, min(action.end_seconds, end))
    return (
        Interval(start - snap_seconds, last_start).padded(MARGIN_SECONDS, MARGIN_SECONDS),
        Interval(first_end, end + snap_seconds).padded(MARGIN_SECONDS, MARGIN_SECONDS),
    )


def _pieces(stretch: Interval) -> Sequence[Interval]:
    count = max(1, math.ceil(stretch.duration_seconds / LONGEST_SECONDS))
    step = stretch.duration_seconds / count
    edges = [stretch.start_seconds + index * step for index in range(count)] + [stretch.end_seconds]
    return [Interval(start, end) for start, end in pairwise(edges)]
