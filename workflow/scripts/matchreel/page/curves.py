"""What a part's timeline draws: its score, and what the score was made of, as numbers in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matchreel.match_clock import MatchClock
from matchreel.page.records import PartCurve
from matchreel.records import Float64, Probe, Scores


def curve_values(parts: Sequence[Scores]) -> list[Float64]:
    """Per part (N,) float64 in [0, 1]: the best class's probability at each time.

    A scorer without training has no probabilities: its scores are stretched from the match's lowest to its
    highest.
    """
    chances = [_chances(scores.logits.max(axis=1)) for scores in parts]
    if not parts or parts[0].trained_on:
        return chances
    low, high = (f(np.concatenate(chances)) for f in (np.min, np.max))
    return [(values - low) / max(high - low, 1e-9) for values in chances]


def reasons_of(scores: Scores) -> dict[str, Float64]:
    """The curves that explain a part's score, by name, each (N,) float64 in [0, 1].

    Cues or modalities first (a trained scorer's are logits, an untrained one's are ranks), then the classes
    where there are several.
    """
    reasons = {
        # Where a cue was not measured its curve is at 0.
        name: _chances(values)
        if scores.trained_on
        else np.clip(np.nan_to_num(values.astype(np.float64)), 0, 1)
        for name, values in scores.curves.items()
    }
    if len(scores.classes) > 1:
        reasons |= {name: _chances(scores.logits[:, k]) for k, name in enumerate(scores.classes)}
    return reasons


def part_curves(
    probes: Sequence[Probe],
    scores: Sequence[Scores],
    *,
    clock: MatchClock,
    sources: Sequence[str],
) -> tuple[PartCurve, ...]:
    """The curves of all parts; sources names each part's recording as the page reaches it."""
    return tuple(
        PartCurve(
            part=probe.part,
            duration_seconds=probe.duration_seconds,
            kickoff_seconds=clock.part(probe.part).kickoff_seconds,
            times_seconds=own.times_seconds,
            values=values,
            reasons=reasons_of(own),
            source=source,
            source_zero_seconds=max(0.0, probe.zero_seconds - probe.container_start_seconds),
            is_estimate=clock.part(probe.part).is_estimate,
            halves=clock.part(probe.part).halves,
        )
        for probe, own, values, source in zip(probes, scores, curve_values(scores), sources, strict=True)
    )


def _chances(logits: np.ndarray) -> Float64:
    held: Float64 = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -60, 60)))
    return held


def thinned(times_seconds: Float64, values: Float64, *, max_points: int) -> tuple[Float64, Float64]:
    """(M,) times and values, M <= max_points: the highest value of each run of neighbours."""
    starts, size = _runs(len(values), max_points)
    peaks = [start + int(np.argmax(values[start : start + size])) for start in starts]
    return times_seconds[peaks], values[peaks]


def thinned_together(
    times_seconds: Float64, curves: Mapping[str, Float64], *, max_points: int
) -> tuple[Float64, dict[str, Float64]]:
    """(M,) times, and each curve's highest value in the run of neighbours around them, M <= max_points."""
    starts, size = _runs(len(times_seconds), max_points)
    middles = np.add.reduceat(times_seconds, starts) / np.diff([*starts, len(times_seconds)])
    return middles if size > 1 else times_seconds, {
        name: np.maximum.reduceat(values, starts) for name, values in curves.items()
    }


def _runs(num_values: int, max_points: int) -> tuple[list[int], int]:
    size = -(-num_values // max_points)
    return list(range(0, num_values, size)), size
