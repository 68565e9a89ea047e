"""From which confidence a find is held for true: calibrated on the labels of validation games."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matchreel.decoding import Find
from matchreel.evaluation.matching import matched
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.settings import SpotterSettings

# A class with fewer validation events than this gets the threshold of all classes together.
_LEAST_EVENTS = 5
# Confidences that are tried as thresholds: these shares of all, closer together at the sure end.
_QUANTILES = 1 - np.linspace(1, 0, 200) ** 3


@dataclass(frozen=True)
class _Track:
    """What is said and what is true of one part: (confidence, seconds) and seconds."""

    finds: tuple[tuple[float, float], ...]
    events_seconds: tuple[float, ...]

    def said_from(self, confidence: float) -> list[float]:
        return sorted(seconds for own, seconds in self.finds if own >= confidence)


def calibrated_thresholds(
    parts: Sequence[LabelledPart], finds: Sequence[Sequence[Find]], settings: SpotterSettings
) -> tuple[float, ...]:
    """Per class the confidence whose finds have the best F-beta within calibration_seconds.

    parts: of validation games only. beta is calibration_beta: above 1 a missed event weighs more than a false
    alarm, which a viewer removes with a click. A class with few events takes the threshold at which all
    classes together say best that there is a moment, whichever its class: a shot under the wrong name is
    still worth showing. One half where there is nothing to go by.
    """
    pairs = list(zip(parts, finds, strict=True))
    common = _best_threshold([_any_class(part, held, settings.nms_seconds) for part, held in pairs], settings)
    thresholds = []
    for k in range(len(settings.classes)):
        count = sum(class_index == k for part in parts for class_index, _ in part.shown)
        tracks = [_one_class(part, held, k) for part, held in pairs]
        found = _best_threshold(tracks, settings) if count >= _LEAST_EVENTS else common
        # Rounded down, so that the find it was taken from still reaches it.
        thresholds.append(math.floor(found * 1e6) / 1e6)
    return tuple(thresholds)


def _one_class(part: LabelledPart, finds: Iterable[Find], k: int) -> _Track:
    said = tuple((find.confidence, find.seconds) for find in finds if find.class_index == k)
    return _Track(said, tuple(seconds for index, seconds in part.shown if index == k))


def _any_class(part: LabelledPart, finds: Iterable[Find], apart_seconds: float) -> _Track:
    """Moments: finds and events nearer to each other than that are one, a shot and the goal it was."""
    said = list[tuple[float, float]]()
    for find in sorted(finds, key=lambda find: (-find.confidence, find.seconds)):
        if all(abs(find.seconds - seconds) > apart_seconds for _, seconds in said):
            said.append((find.confidence, find.seconds))
    events = list[float]()
    for seconds in sorted(seconds for _, seconds in part.shown):
        if not events or seconds - events[-1] > apart_seconds:
            events.append(seconds)
    return _Track(tuple(said), tuple(events))


def _best_threshold(tracks: Sequence[_Track], settings: SpotterSettings) -> float:
    """Matched one to one per part at every confidence there is; of equal ones the highest."""
    confidences = [confidence for track in tracks for confidence, _ in track.finds]
    candidates: list[float] = []
    if confidences:
        candidates = np.unique(np.quantile(confidences, _QUANTILES, method="nearest")).tolist()
    best_value, best = 0.0, 0.5
    for candidate in candidates:
        value = _f_beta(tracks, candidate, settings)
        if value > 0 and value >= best_value:
            best_value, best = value, candidate
    return best


def _f_beta(tracks: Sequence[_Track], confidence: float, settings: SpotterSettings) -> float:
    num_hits = num_finds = num_events = 0
    for track in tracks:
        said = track.said_from(confidence)
        num_hits += len(matched(said, list(track.events_seconds), settings.calibration_seconds))
        num_finds, num_events = num_finds + len(said), num_events + len(track.events_seconds)
    squared = settings.calibration_beta**2
    return (1 + squared) * num_hits / max(1.0, num_finds + squared * num_events)
