"""Which training clips a part gives: one around each highlight, and the negatives beside them.

Every clip has the same length: before_seconds + after_seconds around its event, moved inside the part where
it would reach over an end, cut short only where the part itself is shorter. Starts lie on video frames.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matchreel.events import Event
from matchreel.labels import LABELS
from matchreel.randomness import generator
from matchreel.timeline import Interval, snap_to_frame

HIGHLIGHT, LABELLED, OPEN_PLAY, REPLAY = "highlight", "labelled", "open_play", "replay"
# What stands in the label column of clips that no event made.
KIND_LABELS = {OPEN_PLAY: "Open play", REPLAY: "Replay"}
# Distance of the starts that are tried for clips without an event.
_CANDIDATE_SECONDS = 0.5


@dataclass(frozen=True)
class ClipShape:
    """Where clips of one part can lie: length in seconds before and after the event, on the frames."""

    before_seconds: float
    after_seconds: float
    duration_seconds: float
    rate_fps: Fraction

    @property
    def num_frames(self) -> int:
        """Frames of every clip: as many as its length holds, at most those of the part."""
        wanted = math.floor(self._length * self.rate_fps + Fraction(1, 2))
        return max(1, min(wanted, self._num_part_frames))

    def around(self, position_seconds: float) -> Interval:
        """The clip of an event."""
        return self.starting(position_seconds - self.before_seconds)

    def starting(self, start_seconds: float) -> Interval:
        """The clip that starts on the frame nearest to a moment, moved inside the part."""
        last_start = (self._num_part_frames - self.num_frames) / self.rate_fps
        start = min(max(snap_to_frame(start_seconds, self.rate_fps), Fraction(0)), last_start)
        return Interval(float(start), float(start + self.num_frames / self.rate_fps))

    @property
    def _length(self) -> Fraction:
        return Fraction(str(self.before_seconds)) + Fraction(str(self.after_seconds))

    @property
    def _num_part_frames(self) -> int:
        # A thousandth of a frame forgives the rounding of the duration in the probe.
        frames = Fraction(self.duration_seconds) * self.rate_fps + Fraction(1, 1000)
        return max(1, math.floor(frames))


@dataclass(frozen=True)
class NegativePolicy:
    """How many negatives: every labelled_every-th other event, the rest in proportion to the positives."""

    labelled_every: int
    open_play_per_positive: float
    replays_per_positive: float


@dataclass(frozen=True)
class TrainingClip:
    """A labelled interval of a part. events: those it stands for, the one it is placed on first."""

    interval: Interval
    label: str
    kind: str
    events: tuple[Event, ...]

    @property
    def is_positive(self) -> bool:
        """Whether it shows a highlight."""
        return self.kind == HIGHLIGHT


def choose_clips(
    *,
    events: list[Event],
    replays: list[Interval],
    classes: list[str],
    shape: ClipShape,
    overlap: str,
    policy: NegativePolicy,
    seed: int,
    game: str,
    part: str,
) -> list[TrainingClip]:
    """All training clips of a part, sorted by start.

    Negatives overlap neither each other nor the clip of any highlight, merged and dropped ones included.
    A part without a highlight gives as many open-play and replay clips as one with a single highlight.
    """
    highlights = [event for event in events if event.label in classes]
    others = [event for event in events if event.label not in classes]
    taken = [shape.around(event.position_seconds) for event in highlights]
    positives = positive_clips(highlights, shape=shape, overlap=overlap)
    num_positives = max(1, len(positives))

    labelled = labelled_negatives(others, shape=shape, taken=taken, every=policy.labelled_every)
    taken += [clip.interval for clip in labelled]
    shown_again = replay_negatives(
        replays,
        shape=shape,
        taken=taken,
        count=_rounded(policy.replays_per_positive * num_positives),
        draw=generator(seed, game, part, "replay clips"),
    )
    taken += [clip.interval for clip in shown_again]
    open_play = open_play_negatives(
        events,
        replays,
        shape=shape,
        taken=taken,
        count=_rounded(policy.open_play_per_positive * num_positives),
        draw=generator(seed, game, part, "open play clips"),
    )
    return sorted([*positives, *labelled, *shown_again, *open_play], key=lambda clip: clip.interval)


def positive_clips(events: list[Event], *, shape: ClipShape, overlap: str) -> list[TrainingClip]:
    """One clip per highlight; of those that overlap, one stays.

    "merge": the most important stays (Goal before Penalty before shots, in the order of the label table;
    of two alike the earlier) and names all it stands for. "drop": the earlier stays, the others leave.
    """
    by_weight = sorted(events, key=lambda event: (LABELS.index(event.label), event.position_seconds))
    kept: list[tuple[Interval, list[Event]]] = []
    for event in by_weight if overlap == "merge" else events:
        interval = shape.around(event.position_seconds)
        sharing = [held for known, held in kept if known.overlaps(interval)]
        if not sharing:
            kept.append((interval, [event]))
        elif overlap == "merge":
            sharing[0].append(event)
    return [TrainingClip(interval, held[0].label, HIGHLIGHT, tuple(held)) for interval, held in kept]


def labelled_negatives(
    events: list[Event], *, shape: ClipShape, taken: list[Interval], every: int
) -> list[TrainingClip]:
    """Every `every`-th event that is no highlight and whose clip is free, from mid-run."""
    free = [event for event in events if _is_free(shape.around(event.position_seconds), taken)]
    chosen: list[TrainingClip] = []
    for event in free[every // 2 :: every]:
        interval = shape.around(event.position_seconds)
        if _is_free(interval, [clip.interval for clip in chosen]):
            chosen.append(TrainingClip(interval, event.label, LABELLED, (event,)))
    return chosen


def replay_negatives(
    replays: list[Interval], *, shape: ClipShape, taken: list[Interval], count: int, draw: np.random.Generator
) -> list[TrainingClip]:
    """Up to `count` clips, each on a replay drawn at random, placed to show as much of it as is free."""
    chosen: list[Interval] = []
    for index in draw.permutation(len(replays)):
        if len(chosen) >= count:
            break
        best = _best_on(replays[index], shape, [*taken, *chosen])
        if best is not None:
            chosen.append(best)
    return [TrainingClip(interval, KIND_LABELS[REPLAY], REPLAY, ()) for interval in chosen]


def open_play_negatives(
    events: list[Event],
    replays: list[Interval],
    *,
    shape: ClipShape,
    taken: list[Interval],
    count: int,
    draw: np.random.Generator,
) -> list[TrainingClip]:
    """Up to `count` clips at random where there is no labelled event, no known replay and no other clip."""
    starts = np.arange(0.0, shape.duration_seconds, _CANDIDATE_SECONDS)
    chosen: list[Interval] = []
    for start in draw.permutation(starts):
        if len(chosen) >= count:
            break
        interval = shape.starting(float(start))
        is_quiet = not any(interval.contains(event.position_seconds) for event in events)
        if is_quiet and _is_free(interval, [*taken, *replays, *chosen]):
            chosen.append(interval)
    return [TrainingClip(interval, KIND_LABELS[OPEN_PLAY], OPEN_PLAY, ()) for interval in chosen]


def _best_on(replay: Interval, shape: ClipShape, taken: list[Interval]) -> Interval | None:
    """The free clip around a replay's middle that shows most of it; of equal ones the earliest."""
    length = float(shape.num_frames / shape.rate_fps)
    starts = np.arange(replay.centre_seconds - length, replay.centre_seconds, _CANDIDATE_SECONDS)
    free = [
        interval
        for interval in map(shape.starting, map(float, starts))
        if interval.contains(replay.centre_seconds) and _is_free(interval, taken)
    ]
    return max(
        free, key=lambda interval: (interval.overlap_seconds(replay), -interval.start_seconds), default=None
    )


def _is_free(interval: Interval, taken: Iterable[Interval]) -> bool:
    return not any(interval.overlaps(other) for other in taken)


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
