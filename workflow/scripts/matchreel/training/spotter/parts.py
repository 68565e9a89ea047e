"""The labelled parts a spotter learns from: shard, events as step targets, replays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matchreel.dataset import load_shards
from matchreel.errors import InputError
from matchreel.events import Event, check_inside, load_events
from matchreel.records import Features, Float32
from matchreel.replays import load_replays
from matchreel.timeline import Interval

# ASSUME an event that the broadcast does not show leaves this much around it unsaid.
_HIDDEN_SECONDS = 3.0


@dataclass(frozen=True)
class LabelledPart:
    """One part to learn from. events: those of the model's classes; class_indices: theirs, in the same order.

    targets (T, K) float32 of 0 and 1: an event counts for all steps within dilation_seconds of it.
    weights (T, K) float32: 0 where an event that is not shown leaves open what is true, else 1.
    """

    game: str
    part: str
    shard: Features
    events: tuple[Event, ...]
    class_indices: tuple[int, ...]
    replays: tuple[Interval, ...]
    targets: Float32
    weights: Float32

    @property
    def shown(self) -> list[tuple[int, float]]:
        """(class index, seconds) of the events that the broadcast shows."""
        pairs = zip(self.class_indices, self.events, strict=True)
        return [(index, event.position_seconds) for index, event in pairs if event.visibility == "visible"]


def labelled_part(
    shard: Features,
    events: Sequence[Event],
    replays: Sequence[Interval],
    *,
    game: str,
    part: str,
    classes: Sequence[str],
    dilation_seconds: float,
) -> LabelledPart:
    """The part with its step targets; events of other classes are left out."""
    own = [event for event in events if event.label in classes]
    indices = tuple(list(classes).index(event.label) for event in own)
    centres = shard.grid.starts_seconds() + float(shard.grid.step_seconds) / 2
    targets = np.zeros((len(centres), len(classes)), dtype=np.float32)
    weights = np.ones_like(targets)
    # At least the step that holds the event.
    reach = max(dilation_seconds, float(shard.grid.step_seconds) / 2) + 1e-9
    for index, event in zip(indices, own, strict=True):
        # A label may stand a little behind the last step: it then means that one.
        distance = np.abs(centres - min(event.position_seconds, float(shard.grid.duration_seconds)))
        if event.visibility == "visible":
            targets[distance <= reach, index] = 1
        else:
            weights[distance <= _HIDDEN_SECONDS, index] = 0
    weights = np.maximum(weights, targets)
    return LabelledPart(game, part, shard, tuple(own), indices, tuple(replays), targets, weights)


def load_parts(
    *,
    features_paths: Sequence[Path],
    labels_paths: Sequence[Path],
    truth_paths: Mapping[str, Path],
    classes: Sequence[str],
    dilation_seconds: float,
) -> list[LabelledPart]:
    """The parts of features_paths (…/{game}/{part}.safetensors) with the labels beside them, one per path.

    truth_paths: game -> truth.json of rendered games, which know their replays. Raises InputError where
    labels and shards do not fit together, or there are none.
    """
    if not features_paths:
        raise InputError(
            "no features to train on", where="train_spotter", remedy="Name the shards of the games"
        )
    if len(labels_paths) != len(features_paths):
        what = f"{len(labels_paths)} label files for {len(features_paths)} parts"
        raise InputError(what, where="train_spotter", remedy="Name one label file for each shard")
    shards = load_shards(features_paths)
    held = list[LabelledPart]()
    for ((game, part), shard), labels_path in zip(shards.items(), labels_paths, strict=True):
        events = load_events(labels_path, part=part)
        check_inside(events, duration_seconds=shard.duration_seconds, labels_path=labels_path)
        replays = load_replays(truth_paths[game]) if game in truth_paths else []
        held.append(
            labelled_part(
                shard,
                events,
                replays,
                game=game,
                part=part,
                classes=classes,
                dilation_seconds=dilation_seconds,
            )
        )
    return held
