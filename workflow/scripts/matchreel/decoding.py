"""From a score per grid step and class to spots: per class, the nearby weaker ones suppressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matchreel.probability import probabilities
from matchreel.records import Float64, Scores

_LEAST_PROBABILITY = 1e-4


@dataclass(frozen=True)
class Decoding:
    """How peaks are told apart: every class keeps one spot within nms_seconds.

    nms: hard removes its weaker neighbours, soft lowers them by the square of their nearness.
    """

    nms: str
    nms_seconds: float

    def __post_init__(self) -> None:
        if self.nms not in ("hard", "soft") or self.nms_seconds < 0:
            raise ValueError(f"not a way to decode: {self}")


@dataclass(frozen=True)
class Find:
    """One spot of a class: its grid step, its moment in seconds from the part's start, its confidence."""

    step_index: int
    seconds: float
    class_index: int
    confidence: float


def decode(scores: Scores, decoding: Decoding) -> list[Find]:
    """All finds of a part, by class and then time. A window stands for where its event is expected."""
    values, moments = probabilities(scores), event_moments(scores)
    return [
        Find(int(step), float(moments[step]), index, float(confidence))
        for index in range(values.shape[1])
        for step, confidence in suppressed(values[:, index], moments, decoding)
    ]


def event_moments(scores: Scores) -> Float64:
    """(N,) seconds at which each score says that something happens."""
    if scores.is_stepwise:
        return scores.times_seconds
    starts = scores.times_seconds - scores.window_seconds / 2
    return np.clip(starts + scores.event_offset_seconds, 0.0, scores.duration_seconds)


def suppressed(values: Float64, moments: Float64, decoding: Decoding) -> list[tuple[int, float]]:
    """(step, confidence) of one class in time order: best first, its neighbours lowered or removed.

    Steps that were no peak of their own (a neighbour scored higher) are not kept by the soft way either.
    """
    left = np.where(_is_peak(values), values, 0.0)
    kept = list[tuple[int, float]]()
    while left.size and (best := float(left.max())) > _LEAST_PROBABILITY:
        step = int(left.argmax())  # of equal ones the earliest
        kept.append((step, best))
        distance = np.abs(moments - moments[step])
        near = distance <= decoding.nms_seconds
        if decoding.nms == "soft" and decoding.nms_seconds > 0:
            left[near] *= (distance[near] / decoding.nms_seconds) ** 2
        else:
            left[near] = 0.0
        left[step] = 0.0
    return sorted(kept)


def _is_peak(values: Float64) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(N,) whether it is higher than what comes before and after; of a plateau only its middle step.

    Of a plateau of an even number of steps the earlier of the two in its middle.
    """
    peaks = np.zeros(len(values), dtype=np.bool_)
    firsts = np.flatnonzero(np.diff(values, prepend=-1.0))  # of every plateau
    lasts = np.append(firsts[1:], len(values))[: len(firsts)] - 1
    heights = np.pad(values[firsts], 1, constant_values=-1.0)
    is_top = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
    peaks[(firsts + lasts)[is_top] // 2] = True
    return peaks


def of_at_least(finds: Sequence[Find], thresholds: Sequence[float]) -> list[Find]:
    """The finds whose confidence reaches their class's threshold."""
    return [find for find in finds if find.confidence >= thresholds[find.class_index]]
