"""From window scores to the moments worth showing: ranked, kept apart, within a budget of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from matchreel.probability import probabilities
from matchreel.records import Float64, Scores
from matchreel.timeline import Interval, merge_intervals

# Forgives rounding where lengths are compared.
_SLACK_SECONDS = 1e-6


@dataclass(frozen=True)
class Spot:
    """One scored window of a part: where its event is expected, its likeliest class and probability.

    rank_score is what it is ranked by.
    """

    part: str
    window_index: int
    interval: Interval
    event_seconds: float
    class_index: int
    score: float
    rank_score: float


@dataclass(frozen=True)
class Shape:
    """How spots become highlights: padded, clamped to their part, joined where at most a gap apart."""

    pad_before_seconds: float
    pad_after_seconds: float
    merge_gap_seconds: float
    duration_seconds: Mapping[str, float]  # of every part

    def interval_of(self, spot: Spot) -> Interval:
        """The padded, clamped interval of one spot."""
        padded = spot.interval.padded(self.pad_before_seconds, self.pad_after_seconds)
        return padded.clamped(self.duration_seconds[spot.part])

    def joined(self, spots: Iterable[Spot]) -> list[tuple[str, Interval]]:
        """The highlights that spots make, as (part, interval), in the order of parts and time."""
        held: dict[str, list[Interval]] = {part: [] for part in self.duration_seconds}
        for spot in spots:
            held[spot.part].append(self.interval_of(spot))
        return [
            (part, interval)
            for part, intervals in held.items()
            for interval in merge_intervals(intervals, max_gap_seconds=self.merge_gap_seconds)
        ]

    def total_seconds(self, spots: Iterable[Spot]) -> float:
        """Length of all highlights that spots make."""
        return sum(interval.duration_seconds for _, interval in self.joined(spots))


def ranked_spots(scores: Scores, *, part: str) -> list[Spot]:
    """A spot for every window, best first; of equal ones the earlier first.

    Ranked by the mean of a window's probability (of its likeliest class) and its neighbours': the middle of a
    plateau beats its ends. score is the window's own probability.
    """
    likely = probabilities(scores)
    best = likely.max(axis=1)
    rank_values = smoothed(best)
    order = np.lexsort((-best, -rank_values))
    return [
        Spot(
            part=part,
            window_index=int(index),
            interval=_interval(scores, int(index)),
            event_seconds=_event_seconds(scores, int(index)),
            class_index=int(likely[index].argmax()),
            score=float(best[index]),
            rank_score=float(rank_values[index]),
        )
        for index in order
    ]


def smoothed(values: Float64) -> Float64:
    """(N,) mean of each value and its two neighbours, rounded so that equal plateaus stay equal."""
    padded = np.pad(values, 1, mode="edge")
    return ((padded[:-2] + padded[1:-1] + padded[2:]) / 3).round(9)


def _start_seconds(scores: Scores, index: int) -> float:
    return float(scores.times_seconds[index]) - scores.window_seconds / 2


def _interval(scores: Scores, index: int) -> Interval:
    start = _start_seconds(scores, index)
    return Interval(start, start + scores.window_seconds).clamped(scores.duration_seconds)


def _event_seconds(scores: Scores, index: int) -> float:
    event = _start_seconds(scores, index) + scores.event_offset_seconds
    return min(max(event, 0.0), scores.duration_seconds)


def peaks_from(ranked: Iterable[Spot], *, threshold: float, reach_seconds: float) -> list[Spot]:
    """Of the spots of at least the threshold, in their order, those that no other within reach outranks.

    A long run of high windows gives its peaks; a single high window is a peak wherever it stands.
    """
    high = [spot for spot in ranked if spot.score >= threshold]
    peaks = set[tuple[str, int]]()
    for part in {spot.part for spot in high}:
        spots = sorted((spot for spot in high if spot.part == part), key=lambda spot: spot.window_index)
        starts = np.array([spot.interval.start_seconds for spot in spots])
        values = np.array([spot.rank_score for spot in spots])
        first = np.searchsorted(starts, starts - reach_seconds - _SLACK_SECONDS)
        last = np.searchsorted(starts, starts + reach_seconds + _SLACK_SECONDS)
        highest = [values[i:j].max() for i, j in zip(first, last, strict=True)]
        is_peak = values >= np.array(highest)
        peaks |= {(part, spot.window_index) for spot, peak in zip(spots, is_peak, strict=True) if peak}
    return [spot for spot in high if (spot.part, spot.window_index) in peaks]


def within_budget(
    ranked: Iterable[Spot], *, budget_seconds: float, min_apart_seconds: float, shape: Shape
) -> list[Spot]:
    """Best first: each spot that keeps its distance to all kept before it and still fits the budget.

    Distance is from start to start. A window longer than the whole budget is cut to it around its event.
    """
    kept, reel = list[Spot](), _GrowingReel(shape)
    for ranked_spot in ranked:
        spot = _cut_to(ranked_spot, budget_seconds - shape.pad_before_seconds - shape.pad_after_seconds)
        if spot.interval.duration_seconds <= 0 or reel.seconds_with(spot) > budget_seconds + _SLACK_SECONDS:
            continue
        if all(_distance_seconds(spot, other) >= min_apart_seconds - _SLACK_SECONDS for other in kept):
            kept.append(spot)
            reel.add(spot)
    return kept


class _GrowingReel:
    """Spots joined as they come, so that one more costs a look at what it touches, not at all of them."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._joined: dict[str, list[Interval]] = {part: [] for part in shape.duration_seconds}
        self._seconds = 0.0

    def seconds_with(self, spot: Spot) -> float:
        """Length of all highlights if the spot were added."""
        touched, joined = self._around(spot)
        taken = sum(interval.duration_seconds for interval in touched)
        return self._seconds + joined.duration_seconds - taken

    def add(self, spot: Spot) -> None:
        """Take the spot in."""
        self._seconds = self.seconds_with(spot)
        touched, joined = self._around(spot)
        held = self._joined[spot.part]
        self._joined[spot.part] = [interval for interval in held if interval not in touched] + [joined]

    def _around(self, spot: Spot) -> tuple[list[Interval], Interval]:
        """The highlights that a spot would join, and the one that it would make of them."""
        own, gap = self._shape.interval_of(spot), self._shape.merge_gap_seconds
        first, last = own.start_seconds - gap, own.end_seconds + gap
        touched = [
            held
            for held in self._joined[spot.part]
            if held.end_seconds >= first and held.start_seconds <= last
        ]
        starts = (own.start_seconds, *(held.start_seconds for held in touched))
        return touched, Interval(min(starts), max((own.end_seconds, *(held.end_seconds for held in touched))))


def _distance_seconds(spot: Spot, other: Spot) -> float:
    if spot.part != other.part:
        return float("inf")
    return abs(spot.interval.start_seconds - other.interval.start_seconds)


def _cut_to(spot: Spot, length_seconds: float) -> Spot:
    """The spot with an interval of at most this length, the event at the same share of it."""
    interval = spot.interval
    if interval.duration_seconds <= length_seconds:
        return spot
    share = max(length_seconds, 0.0) / interval.duration_seconds
    start = spot.event_seconds - share * (spot.event_seconds - interval.start_seconds)
    return replace(spot, interval=Interval(start, start + share * interval.duration_seconds))
