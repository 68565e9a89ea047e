"""Which spots of one game hit an event: greedily, one to one, at each tolerance; no game needs another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.records import Float64

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
SHOWN, UNSHOWN = 1, -1


@dataclass(frozen=True)
class Track:
    """One class in one part: N spots and M events, each in the order of time, in any one unit.

    spot_times (N,), confidences (N,), event_times (M,), visibility (M,): 1 shown, -1 not shown.
    halfway (M - 1,): the time from which on the next event is the nearest.
    """

    class_index: int
    spot_times: Float64
    confidences: Float64
    event_times: Float64
    visibility: Ints
    halfway: Float64

    def __post_init__(self) -> None:
        if self.spot_times.shape != self.confidences.shape:
            raise ValueError(f"{len(self.spot_times)} spots with {len(self.confidences)} confidences")
        num_events = len(self.event_times)
        if len(self.visibility) != num_events or len(self.halfway) != max(0, num_events - 1):
            raise ValueError(f"{num_events} events with visibility {len(self.visibility)} and halfway points")


@dataclass(frozen=True)
class GameMatches:
    """What counts of one game with N spots of K classes at R tolerances.

    class_indices (N,); confidences (N,); is_hit (R, N); nearest (N,): 1 where the nearest event of the class
    is shown, -1 where it is not; num_shown (K,), num_unshown (K,): events.
    """

    game: str
    class_indices: Ints
    confidences: Float64
    is_hit: Bools
    nearest: Ints
    num_shown: Ints
    num_unshown: Ints

    def __post_init__(self) -> None:
        _, N = self.is_hit.shape
        if not self.class_indices.shape == self.confidences.shape == self.nearest.shape == (N,):
            raise ValueError(f"columns of other lengths than {N} spots")
        if self.num_shown.shape != self.num_unshown.shape:
            raise ValueError("shown and unshown events are of other classes")


def match_game(
    game: str, tracks: Sequence[Track], *, radii: Float64, num_classes: int, nearest_without_events: int
) -> GameMatches:
    """The matches of all tracks of a game within each of radii (R,), in the unit of the tracks' times.

    nearest_without_events is what a spot counts as where its track has no event: 1 or -1.
    """
    counts = np.zeros((2, num_classes), dtype=np.int64)
    for track in tracks:
        for row, sign in enumerate((SHOWN, UNSHOWN)):
            counts[row, track.class_index] += int((track.visibility == sign).sum())
    classes = [np.full(len(track.spot_times), track.class_index) for track in tracks]
    nearest = [nearest_visibility(track, without_events=nearest_without_events) for track in tracks]
    hits = [hits_of(track, radii=radii) for track in tracks]
    return GameMatches(
        game=game,
        class_indices=np.concatenate([*classes, np.zeros(0, dtype=np.int64)]),
        confidences=np.concatenate([*(track.confidences for track in tracks), np.zeros(0)]),
        is_hit=np.concatenate([*hits, np.zeros((len(radii), 0), dtype=np.bool_)], axis=1),
        nearest=np.concatenate([*nearest, np.zeros(0, dtype=np.int64)]),
        num_shown=counts[0],
        num_unshown=counts[1],
    )


def hits_of(track: Track, *, radii: Float64) -> Bools:
    """(R, N) the spots that an event takes within each of radii (R,).

    Events choose in the order of time: each takes the surest spot still free, of equals the earliest.
    """
    is_hit = np.zeros((len(radii), len(track.spot_times)), dtype=np.bool_)
    firsts = np.searchsorted(track.spot_times, track.event_times - radii.max(), side="left")
    lasts = np.searchsorted(track.spot_times, track.event_times + radii.max(), side="right")
    rows = np.arange(len(radii))
    for event_time, first, last in zip(track.event_times, firsts, lasts, strict=True):
        if first == last:
            continue
        near = np.abs(track.spot_times[first:last] - event_time) <= radii[:, None]
        free = near & ~is_hit[:, first:last]
        offered = np.where(free, track.confidences[first:last], -np.inf)
        best = offered.argmax(axis=1)
        takes = free[rows, best]
        is_hit[rows[takes], first + best[takes]] = True
    return is_hit


def nearest_visibility(track: Track, *, without_events: int) -> Ints:
    """(N,) the visibility (1 or -1) of the event nearest to each spot."""
    if len(track.event_times) == 0:
        return np.full(len(track.spot_times), without_events, dtype=np.int64)
    return track.visibility[np.searchsorted(track.halfway, track.spot_times, side="right")]


def matched(found: list[float], positions: list[float], tolerance: float) -> Mapping[int, int]:
    """found index -> position index, one to one, nearest pairs first, at most the tolerance apart."""
    pairs = sorted(
        (abs(a - b), i, j) for i, a in enumerate(found) for j, b in enumerate(positions)
        if abs(a - b) <= tolerance
    )  # fmt: skip
    held: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in held and j not in held.values():
            held[i] = j
    return held
