"""Spotting figures over games of any league: true times, configured classes, any parts; not SoccerNet's.

It differs from soccernet_map in four ways: times are not cut to half seconds, every distinct confidence is a
threshold, classes without an event are left out of the mean, and a spot in a part without the class counts as
a false alarm among the visible.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matchreel.evaluation.average_map import DELTAS_SECONDS, MapRules, Pool, SampledMap
from matchreel.evaluation.intervals import Bootstrap, Sampled
from matchreel.evaluation.matching import SHOWN, UNSHOWN, Track, match_game
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.events import Event
from matchreel.labels import MOMENT, slug_of

METRICS = tuple(DELTAS_SECONDS)
# Two times that differ by a tolerance as written may differ by more in binary.
_SLACK_SECONDS = 1e-6


@dataclass(frozen=True)
class JudgedPart:
    """What a scorer found in one part of a game, and what is labelled there, in any order."""

    game: str
    part: str
    spots: tuple[TypedSpot, ...]
    events: tuple[Event, ...]

    def __post_init__(self) -> None:
        if {self.part} != {self.part, *(s.part for s in self.spots), *(e.part for e in self.events)}:
            raise ValueError(f"{self.game}: spots or events of another part than {self.part}")
        if any(math.isnan(spot.confidence) or not math.isfinite(spot.seconds) for spot in self.spots):
            raise ValueError(f"{self.game}, part {self.part}: a spot without time or confidence")


def league_figures(
    parts: Sequence[JudgedPart],
    *,
    classes: Sequence[str],
    kind: str,
    min_apart_seconds: float,
    bootstrap: Bootstrap,
) -> dict[str, Sampled]:
    """Name -> figure of one scorer, in [0, 1], for the metrics loose and tight.

    league_average_map_<metric>: the mean over the classes that have an event. Beside it each class,
    league_average_precision_<metric>_<class>, and league_moment_average_map_<metric>, where every configured
    class is one (as_one_class). A spot "Moment" counts for every class. kind is all or visible; visible
    overlooks events that are not shown, and the spots nearest to them.
    """
    named: dict[str, Sampled] = {}
    every_class = [of_every_class(part, classes=classes) for part in parts]
    one_class = [as_one_class(part, classes=classes, min_apart_seconds=min_apart_seconds) for part in parts]
    for metric in METRICS:
        held = _sampled(every_class, classes=classes, metric=metric, kind=kind, bootstrap=bootstrap)
        moment = _sampled(one_class, classes=[MOMENT], metric=metric, kind=kind, bootstrap=bootstrap)
        named[f"league_average_map_{metric}"] = held.average_map
        named[f"league_moment_average_map_{metric}"] = moment.average_map
        for label, of_class in held.classes.items():
            slug = slug_of(label).replace("-", "_")
            named[f"league_average_precision_{metric}_{slug}"] = of_class
    return named


def league_pool(parts: Iterable[JudgedPart], *, classes: Sequence[str], metric: str) -> Pool:
    """The matches of all parts, a game's parts together; spots and events of other classes are left out.

    Raises ValueError where a part stands there twice.
    """
    by_game: dict[str, list[JudgedPart]] = {}
    for part in parts:
        of_game = by_game.setdefault(part.game, [])
        if any(other.part == part.part for other in of_game):
            raise ValueError(f"part {part.part} of {part.game} stands there twice")
        of_game.append(part)
    deltas = DELTAS_SECONDS[metric]
    matches = [
        match_game(
            game,
            [track_of(part, label, index) for part in held for index, label in enumerate(classes)],
            radii=np.array(deltas) / 2 + _SLACK_SECONDS,
            num_classes=len(classes),
            nearest_without_events=SHOWN,
        )
        for game, held in by_game.items()
    ]
    return Pool(matches, MapRules(tuple(classes), deltas, thresholds=None, counts_absent=False))


def of_every_class(part: JudgedPart, *, classes: Sequence[str]) -> JudgedPart:
    """The part with each spot "Moment" turned into one of every class, of the same time and confidence."""
    spots = [
        replace(spot, label=label)
        for spot in part.spots
        for label in (classes if spot.label == MOMENT else [spot.label])
    ]
    return replace(part, spots=tuple(spots))


def as_one_class(part: JudgedPart, *, classes: Sequence[str], min_apart_seconds: float) -> JudgedPart:
    """The part with every configured class, and "Moment", called "Moment"; the others are left out.

    Of spots at most min_apart_seconds apart the surest stays, of equals the earliest: a scorer that names two
    classes at one moment has found one.
    """
    events = tuple(replace(event, label=MOMENT) for event in part.events if event.label in classes)
    named = [spot for spot in part.spots if spot.label in (*classes, MOMENT)]
    kept: list[TypedSpot] = []
    for spot in sorted(named, key=lambda spot: (-spot.confidence, spot.seconds)):
        if all(abs(spot.seconds - other.seconds) > min_apart_seconds for other in kept):
            kept.append(replace(spot, label=MOMENT))
    return replace(part, spots=tuple(sorted(kept, key=lambda spot: spot.seconds)), events=events)


def _sampled(
    parts: Sequence[JudgedPart], *, classes: Sequence[str], metric: str, kind: str, bootstrap: Bootstrap
) -> SampledMap:
    return league_pool(parts, classes=classes, metric=metric).sampled(bootstrap, kind=kind)


def track_of(part: JudgedPart, label: str, class_index: int) -> Track:
    """The spots and events of one label in a part, both in the order of time."""
    spots = sorted((spot.seconds, spot.confidence) for spot in part.spots if spot.label == label)
    events = sorted(
        (event.position_seconds, SHOWN if event.visibility == "visible" else UNSHOWN)
        for event in part.events
        if event.label == label
    )
    times = np.array([seconds for seconds, _ in events], dtype=np.float64)
    return Track(
        class_index=class_index,
        spot_times=np.array([seconds for seconds, _ in spots], dtype=np.float64),
        confidences=np.array([confidence for _, confidence in spots], dtype=np.float64),
        event_times=times,
        visibility=np.array([sign for _, sign in events], dtype=np.int64),
        halfway=(times[:-1] + times[1:]) / 2,
    )
