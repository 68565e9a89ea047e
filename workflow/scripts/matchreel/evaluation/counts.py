"""What is counted in one part for one scorer: every figure is a ratio of sums, so games add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matchreel.events import Event
from matchreel.records import Scores
from matchreel.spotting import Shape, Spot, peaks_from, probabilities, ranked_spots, within_budget

MATCH_SECONDS = 90 * 60
# Behind the name of recall at a share: what no scorer can exceed with windows of this length.
BEST_POSSIBLE = "_best_possible"
_CLIP_THRESHOLD = 0.5
_SLACK = 1e-6


@dataclass(frozen=True)
class Ratio:
    """numerator / denominator; n is how many events, spots, clips or games the denominator stands for."""

    numerator: float
    denominator: float
    n: int

    def __add__(self, other: Ratio) -> Ratio:
        """The ratio of the two together."""
        return Ratio(self.numerator + other.numerator, self.denominator + other.denominator, self.n + other.n)

    @property
    def value(self) -> float:
        """The figure; nan where there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else float("nan")


@dataclass(frozen=True)
class Rules:
    """How scores become spots, and how near a spot must lie to an event."""

    threshold: float
    time_share: float
    tolerances_seconds: tuple[float, ...]
    classes: tuple[str, ...]


def share_name(rules: Rules) -> str:
    """The name of event recall at a share of the time, for example event_recall_at_20pct."""
    return f"event_recall_at_{rules.time_share * 100:g}pct"


def spots_of(scores: Scores, rules: Rules, *, part: str) -> list[Spot]:
    """What the scorer finds: a trained one by its threshold, an untrained one by time."""
    if not scores.trained_on:
        return spots_at_share(scores, rules.time_share, part=part)
    ranked = ranked_spots(scores, part=part)
    peaks = peaks_from(ranked, threshold=rules.threshold, reach_seconds=scores.window_seconds / 2)
    return _greedy(peaks, scores, 1.0, part=part)


def spots_at_share(scores: Scores, time_share: float, *, part: str) -> list[Spot]:
    """The best windows of a part, greedily, not overlapping, up to this share of its time."""
    return _greedy(ranked_spots(scores, part=part), scores, time_share, part=part)


def num_windows_at_share(scores: Scores, time_share: float) -> int:
    """How many windows fit this share of the part's time."""
    return int(time_share * scores.duration_seconds / scores.window_seconds + _SLACK)


def num_coverable(positions: list[float], scores: Scores, *, num_windows: int) -> int:
    """The most events that so many windows can hold without overlap: what no scorer can exceed.

    Where events are dense and the share is small this is well below all of them.
    """
    starts = scores.times_seconds - scores.window_seconds / 2
    ordered = np.sort(positions)
    held = np.searchsorted(ordered, starts + scores.window_seconds) - np.searchsorted(ordered, starts)
    following = np.searchsorted(starts, starts + scores.window_seconds - _SLACK)
    most = np.zeros(len(starts) + 1, dtype=np.int64)
    for _ in range(num_windows):
        with_window = held + most[following]
        most = np.append(np.maximum.accumulate(with_window[::-1])[::-1], 0)
    return int(most[0])


def _greedy(ranked: Iterable[Spot], scores: Scores, time_share: float, *, part: str) -> list[Spot]:
    return within_budget(
        ranked,
        budget_seconds=time_share * scores.duration_seconds,
        min_apart_seconds=scores.window_seconds,
        shape=Shape(0.0, 0.0, 0.0, {part: scores.duration_seconds}),
    )


def part_counts(
    scores: Scores, events: list[Event], clips: pd.DataFrame | None, rules: Rules, *, part: str
) -> dict[str, Ratio]:
    """Every figure of one part.

    ASSUME an event that the broadcast does not show cannot be found: it is no miss, and what finds it is no
    false alarm.
    """
    wanted = [event for event in events if event.label in rules.classes]
    shown = [event.position_seconds for event in wanted if event.visibility == "visible"]
    hidden = [event.position_seconds for event in wanted if event.visibility != "visible"]
    spots, at_share = spots_of(scores, rules, part=part), spots_at_share(scores, rules.time_share, part=part)
    most = num_coverable(shown, scores, num_windows=num_windows_at_share(scores, rules.time_share))
    counts = {
        share_name(rules): _inside(shown, at_share),
        share_name(rules) + BEST_POSSIBLE: Ratio(most, len(shown), len(shown)),
        "event_recall_in_highlights": _inside(shown, spots),
    }
    for label in rules.classes:
        positions = [event.position_seconds for event in wanted if event.label == label
                     and event.visibility == "visible"]  # fmt: skip
        counts[f"{share_name(rules)}_{label.lower().replace(' ', '_')}"] = _inside(positions, at_share)
    duration = scores.duration_seconds
    kept = sum(spot.interval.duration_seconds for spot in spots)
    counts["time_share_kept"] = Ratio(kept, duration, 1)
    for tolerance in rules.tolerances_seconds:
        counts |= tolerance_counts(spots, shown, hidden, tolerance, duration)
    if clips is not None and len(clips):
        counts["clip_accuracy"] = clip_accuracy(scores, clips)
    return counts


def tolerance_counts(
    spots: list[Spot], shown: list[float], hidden: list[float], tolerance: float, duration_seconds: float
) -> dict[str, Ratio]:
    """Recall, precision, F1 and false alarms per 90 minutes within a tolerance."""
    found = [spot.event_seconds for spot in spots]
    pairs = matched(found, shown, tolerance)
    spare = [seconds for index, seconds in enumerate(found) if index not in pairs]
    num_excused = len(matched(spare, hidden, tolerance))
    num_spots, num_hits = len(found) - num_excused, len(pairs)
    within = f"within_{tolerance:g}s"
    return {
        f"event_recall_{within}": Ratio(num_hits, len(shown), len(shown)),
        f"event_precision_{within}": Ratio(num_hits, num_spots, num_spots),
        f"event_f1_{within}": Ratio(2 * num_hits, num_spots + len(shown), len(shown)),
        f"false_alarms_per_match_{within}": Ratio(
            (num_spots - num_hits) * MATCH_SECONDS, duration_seconds, 1
        ),
    }


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


def clip_accuracy(scores: Scores, clips: pd.DataFrame) -> Ratio:
    """Share of training clips whose nearest window is on the right side of one half."""
    centres = ((clips["start_seconds"] + clips["end_seconds"]) / 2).to_numpy(dtype=np.float64)
    nearest = np.abs(scores.times_seconds[None, :] - centres[:, None]).argmin(axis=1)
    said = probabilities(scores).max(axis=1)[nearest] >= _CLIP_THRESHOLD
    right = said == clips["is_positive"].to_numpy(dtype=bool)
    return Ratio(float(right.sum()), len(clips), len(clips))


def _inside(positions: list[float], spots: list[Spot]) -> Ratio:
    hits = sum(any(spot.interval.contains(seconds) for spot in spots) for seconds in positions)
    return Ratio(hits, len(positions), len(positions))
