"""What is counted in one part for one scorer: every figure is a ratio of sums, so games add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matchreel.decoding import event_moments
from matchreel.evaluation.matching import matched
from matchreel.evaluation.most_held import CandidateWindows, most_held
from matchreel.evaluation.ratios import Ratio
from matchreel.events import Event
from matchreel.finding import FindingRules, held, ranked, sure_finds
from matchreel.probability import probabilities
from matchreel.records import Scores
from matchreel.spotting import Shape, Spot, within_budget

MATCH_SECONDS = 90 * 60
# Behind the name of recall at a share: what no scorer can exceed with windows of this length.
BEST_POSSIBLE = "_best_possible"
_CLIP_THRESHOLD = 0.5
_SLACK = 1e-6


@dataclass(frozen=True)
class Rules:
    """How scores become spots, and how near a spot must lie to an event."""

    finding: FindingRules
    time_share: float
    tolerances_seconds: tuple[float, ...]
    classes: tuple[str, ...]


def share_name(rules: Rules) -> str:
    """The name of event recall at a share of the time, for example event_recall_at_20pct."""
    return f"event_recall_at_{rules.time_share * 100:g}pct"


def spots_of(scores: Scores, rules: Rules, *, part: str) -> list[Spot]:
    """What the scorer finds: a trained one by its threshold, an untrained one by time."""
    if not scores.trained_on:
        return spots_at_share(scores, rules, part=part)
    sure = held(ranked(scores, rules.finding, part=part), scores, rules.finding)
    return _greedy(sure, scores, rules, 1.0, part=part)


def spots_at_share(scores: Scores, rules: Rules, *, part: str) -> list[Spot]:
    """The best windows of a part, greedily, not overlapping, up to the rules' share of its time."""
    return _greedy(ranked(scores, rules.finding, part=part), scores, rules, rules.time_share, part=part)


def num_coverable(positions: list[float], scores: Scores, rules: Rules) -> int:
    """The most events that highlights without overlap can hold in the rules' share of the part's time.

    No scorer can exceed it. Where events are dense and the share is small this is well below all of them. A
    highlight at the part's start or end is shorter, so that more of them may fit.
    """
    budget_seconds = rules.time_share * scores.duration_seconds
    return most_held(_windows(positions, scores, rules, budget_seconds), budget_seconds)


def _windows(positions: list[float], scores: Scores, rules: Rules, budget_seconds: float) -> CandidateWindows:
    """Each window as a highlight, cut to its part and to the whole budget, as within_budget does it."""
    length, starts = rules.finding.length_seconds(scores), scores.times_seconds - scores.window_seconds / 2
    moments = event_moments(scores)
    if rules.finding.finds_moments(scores):
        starts = moments - rules.finding.before_seconds
    ends = np.minimum(starts + length, scores.duration_seconds)
    starts = np.maximum(starts, 0.0)
    share = np.minimum(1.0, budget_seconds / np.maximum(ends - starts, _SLACK))
    is_cut = share < 1
    starts, ends = (np.where(is_cut, moments + share * (times - moments), times) for times in (starts, ends))
    ordered = np.sort(positions)
    inside = np.searchsorted(ordered, ends) - np.searchsorted(ordered, starts)
    return CandidateWindows(starts, ends - starts, inside, length)


def _greedy(
    spots: Iterable[Spot], scores: Scores, rules: Rules, time_share: float, *, part: str
) -> list[Spot]:
    return within_budget(
        spots,
        budget_seconds=time_share * scores.duration_seconds,
        min_apart_seconds=rules.finding.length_seconds(scores),
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
    spots, at_share = spots_of(scores, rules, part=part), spots_at_share(scores, rules, part=part)
    most = num_coverable(shown, scores, rules)
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
        counts["clip_accuracy"] = clip_accuracy(scores, clips, rules)
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


def clip_accuracy(scores: Scores, clips: pd.DataFrame, rules: Rules) -> Ratio:
    """Share of training clips whose nearest window is on the right side of one half.

    A scorer that finds moments says yes where one of at least its threshold lies in the clip.
    """
    if rules.finding.finds_moments(scores):
        moments = np.array([find.seconds for find in sure_finds(scores, rules.finding)])
        starts, ends = (clips[name].to_numpy(dtype=np.float64) for name in ("start_seconds", "end_seconds"))
        inside = (moments[None, :] >= starts[:, None]) & (moments[None, :] < ends[:, None])
        return _right(inside.any(axis=1), clips)
    centres = ((clips["start_seconds"] + clips["end_seconds"]) / 2).to_numpy(dtype=np.float64)
    nearest = np.abs(scores.times_seconds[None, :] - centres[:, None]).argmin(axis=1)
    return _right(probabilities(scores).max(axis=1)[nearest] >= _CLIP_THRESHOLD, clips)


def _right(said: Any, clips: pd.DataFrame) -> Ratio:
    right = said == clips["is_positive"].to_numpy(dtype=bool)
    return Ratio(float(right.sum()), len(clips), len(clips))


def _inside(positions: list[float], spots: list[Spot]) -> Ratio:
    hits = sum(any(spot.interval.contains(seconds) for spot in spots) for seconds in positions)
    return Ratio(hits, len(positions), len(positions))
