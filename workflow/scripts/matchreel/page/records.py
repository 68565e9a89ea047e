"""What the page shows: the highlights as they were cut, and each part's scores as a curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matchreel.records import Float64, Scores


@dataclass(frozen=True)
class Highlight:
    """One row of highlights.json: [start_seconds, end_seconds) of a part as it was really cut.

    clip is the file's path from the page; score and every why lie in [0, 1].
    """

    part: str
    start_seconds: float
    end_seconds: float
    event_seconds: float | None
    label: str
    score: float
    clip: str
    reel_start_seconds: float
    why: Mapping[str, float]

    @property
    def moment_seconds(self) -> float:
        """The moment it is about: the event where it is known, else its middle."""
        if self.event_seconds is not None:
            return self.event_seconds
        return (self.start_seconds + self.end_seconds) / 2

    @property
    def reel_end_seconds(self) -> float:
        """Where it ends in the reel."""
        return self.reel_start_seconds + self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class PartCurve:
    """Scores of one part to draw: times_seconds (N,) float64 and values (N,) float64 in [0, 1].

    kickoff_seconds is None where nobody knows it.
    """

    part: str
    duration_seconds: float
    kickoff_seconds: float | None
    times_seconds: Float64
    values: Float64


@dataclass(frozen=True)
class PageFacts:
    """All that the page of one game says. teams, date: "" where unknown."""

    game: str
    home: str
    away: str
    date: str
    scorer: str
    trained_on: tuple[str, ...]
    reel_seconds: float
    warnings: tuple[str, ...]
    highlights: tuple[Highlight, ...]
    parts: tuple[PartCurve, ...]


def curve_values(parts: list[Scores]) -> list[Float64]:
    """Per part (N,) float64 in [0, 1]: the best class's probability at each time.

    A scorer without training has no probabilities: its scores are stretched from the match's lowest to its
    highest.
    """
    best = [scores.logits.astype(np.float64).max(axis=1) for scores in parts]
    chances = [1 / (1 + np.exp(-np.clip(logits, -60, 60))) for logits in best]
    if not parts or parts[0].trained_on:
        return chances
    low, high = (f(np.concatenate(chances)) for f in (np.min, np.max))
    return [(values - low) / max(high - low, 1e-9) for values in chances]


def thinned(times_seconds: Float64, values: Float64, *, max_points: int) -> tuple[Float64, Float64]:
    """(M,) times and values, M <= max_points: the highest value of each run of neighbours."""
    size = -(-len(values) // max_points)
    starts = np.arange(0, len(values), size)
    peaks = [start + int(np.argmax(values[start : start + size])) for start in starts]
    return times_seconds[peaks], values[peaks]
