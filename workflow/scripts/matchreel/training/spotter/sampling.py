"""Which windows an epoch of the spotter's training sees: half around events, half elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from matchreel.training.spotter.parts import LabelledPart

T = TypeVar("T")
# An event lies anywhere in this middle share of its window, so that its surroundings are always seen.
_MIDDLE = (0.15, 0.85)


@dataclass(frozen=True)
class Start:
    """A window: which part, and the grid step it starts at."""

    part_index: int
    start_step: int


@dataclass(frozen=True)
class Moment:
    """A moment of a part in seconds, for example of a false alarm."""

    part_index: int
    seconds: float


@dataclass(frozen=True)
class SamplingRules:
    """num_windows of num_steps each; event_share of them around events. Of the rest hard_share lies around

    mined false alarms and replay_share around replays (where there are any), what is left anywhere.
    """

    num_windows: int
    num_steps: int
    event_share: float
    replay_share: float
    hard_share: float


class WindowSampler:
    """Draws an epoch's windows. Classes are drawn alike, however rare one is."""

    def __init__(self, parts: Sequence[LabelledPart], rules: SamplingRules) -> None:
        self._parts, self._rules = parts, rules
        by_class: dict[int, list[Moment]] = {}
        for index, part in enumerate(parts):
            for class_index, seconds in part.shown:
                by_class.setdefault(class_index, []).append(Moment(index, seconds))
        self._events = [by_class[key] for key in sorted(by_class)]
        self._replays = [
            Moment(index, replay.centre_seconds)
            for index, part in enumerate(parts)
            for replay in part.replays
        ]
        steps = np.array([part.shard.grid.num_steps for part in parts], dtype=np.float64)
        self._share_of_time = steps / steps.sum()

    def draw(self, hard: Sequence[Moment], random: np.random.Generator) -> list[Start]:
        """The windows of one epoch in a random order; hard: moments of false alarms."""
        rules = self._rules
        num_events = round(rules.num_windows * rules.event_share) if self._events else 0
        starts = [self._around(self._event(random), random) for _ in range(num_events)]
        for _ in range(rules.num_windows - num_events):
            kind = random.uniform()
            if hard and kind < rules.hard_share:
                starts.append(self._around(_one_of(hard, random), random))
            elif self._replays and 0 <= kind - rules.hard_share < rules.replay_share:
                starts.append(self._around(_one_of(self._replays, random), random))
            else:
                starts.append(self._anywhere(random))
        return [starts[index] for index in random.permutation(len(starts))]

    def _event(self, random: np.random.Generator) -> Moment:
        return _one_of(_one_of(self._events, random), random)

    def _around(self, moment: Moment, random: np.random.Generator) -> Start:
        grid = self._parts[moment.part_index].shard.grid
        before = random.uniform(*_MIDDLE) * self._rules.num_steps
        return self._inside(moment.part_index, round(moment.seconds * float(grid.rate_fps) - before))

    def _anywhere(self, random: np.random.Generator) -> Start:
        part_index = int(random.choice(len(self._parts), p=self._share_of_time))
        num_steps = self._parts[part_index].shard.grid.num_steps
        return self._inside(
            part_index, int(random.integers(0, max(1, num_steps - self._rules.num_steps + 1)))
        )

    def _inside(self, part_index: int, step: int) -> Start:
        last = self._parts[part_index].shard.grid.num_steps - self._rules.num_steps
        return Start(part_index, max(0, min(step, last)))


def _one_of(items: Sequence[T], random: np.random.Generator) -> T:
    return items[int(random.integers(len(items)))]
