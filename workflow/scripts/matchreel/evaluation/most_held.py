"""The most events that windows without overlap can hold in a budget of time: exact, whatever is scored."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matchreel.records import Float64

_SLACK_SECONDS = 1e-6


@dataclass(frozen=True, eq=False)
class CandidateWindows:
    """N windows in time order: starts_seconds, seconds and num_inside (how many events) are (N,).

    apart_seconds: chosen ones start at least so far apart. It is also the length of a window that neither the
    part's start nor its end makes shorter.
    """

    starts_seconds: Float64
    seconds: Float64
    num_inside: npt.NDArray[np.int64]
    apart_seconds: float

    def where(self, is_wanted: npt.NDArray[np.bool_]) -> CandidateWindows:
        """Those of them that are wanted (N,)."""
        return CandidateWindows(
            self.starts_seconds[is_wanted],
            self.seconds[is_wanted],
            self.num_inside[is_wanted],
            self.apart_seconds,
        )

    def each(self) -> Iterator[_Window]:
        """One by one."""
        return map(_Window, self.starts_seconds.tolist(), self.seconds.tolist(), self.num_inside.tolist())


class _Window(NamedTuple):
    start_seconds: float
    seconds: float
    num_inside: int


_NONE_BEFORE, _NONE_BEHIND = _Window(-math.inf, 0.0, 0), _Window(math.inf, 0.0, 0)


def most_held(windows: CandidateWindows, budget_seconds: float) -> int:
    """The most events in windows that start apart_seconds apart and last budget_seconds together at most.

    At most one chosen window can be shortened by the part's start, and one by its end: every such pair is
    tried, each with the best choice of whole windows between the two.
    """
    apart = windows.apart_seconds - _SLACK_SECONDS
    whole_seconds, room_seconds = min(windows.apart_seconds, budget_seconds), budget_seconds + _SLACK_SECONDS
    if whole_seconds <= _SLACK_SECONDS:
        return 0
    is_short = windows.seconds < whole_seconds - _SLACK_SECONDS
    is_first = windows.starts_seconds <= _SLACK_SECONDS
    whole, most_whole = windows.where(~is_short), int(room_seconds / whole_seconds)
    behind = whole.where(whole.starts_seconds >= apart)
    choices = {held: _most_in_whole(held, most_whole) for held in (whole, behind)}
    firsts = [(_NONE_BEFORE, whole), *((row, behind) for row in windows.where(is_short & is_first).each())]
    lasts = [_NONE_BEHIND, *windows.where(is_short & ~is_first).each()]
    best = 0
    for first, between in firsts:
        for last in lasts:
            left_seconds = room_seconds - first.seconds - last.seconds
            if left_seconds < 0 or last.start_seconds - first.start_seconds < apart:
                continue
            num_before = np.searchsorted(between.starts_seconds, last.start_seconds - apart, side="right")
            held = choices[between][int(left_seconds / whole_seconds)][num_before]
            best = max(best, first.num_inside + last.num_inside + int(held))
    return best


def _most_in_whole(windows: CandidateWindows, most: int) -> Mapping[int, npt.NDArray[np.int64]]:
    """Number of windows, `most` or up to two less -> (N + 1,) the most events in so many of the first i."""
    previous = np.searchsorted(
        windows.starts_seconds, windows.starts_seconds - windows.apart_seconds + _SLACK_SECONDS, side="right"
    )
    rows = {0: np.zeros(len(previous) + 1, dtype=np.int64)}
    for num in range(1, most + 1):
        with_one = np.maximum.accumulate(windows.num_inside + rows[num - 1][previous])
        rows[num] = np.concatenate([[0], with_one])
        rows.pop(num - 3, None)
    return rows
