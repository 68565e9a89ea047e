"""Training clips as windows of the cached shards, and the free windows between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from matchreel.checksums import check_in_folder
from matchreel.dataset import Batch, InputSizes, read_window, stacked
from matchreel.errors import DamagedError, InputError
from matchreel.records import Features, Float32
from matchreel.timeline import FrameGrid

_COLUMNS = (
    "game", "part", "clip", "start_seconds", "end_seconds", "is_positive", "kind", "event_seconds",
    "source_event",
)  # fmt: skip

# ASSUME labels are right to within this.
_EVENT_SLACK_SECONDS = 0.5


@dataclass(frozen=True)
class ClipRow:
    """One row of clips.csv: a labelled interval of a part, and the folder its file lies in."""

    game: str
    part: str
    clip_path: Path
    start_seconds: float
    end_seconds: float
    is_positive: bool
    kind: str
    event_seconds: float | None
    num_events: int

    def window_start_seconds(self, rules: WindowRules) -> float:
        """Where a training window of it starts: before its event, or around its middle where it has none."""
        if self.event_seconds is not None:
            return self.event_seconds - rules.before_seconds
        return (self.start_seconds + self.end_seconds - rules.window_seconds) / 2

    def highlight_seconds(self, rules: WindowRules) -> tuple[float, float]:
        """From when to when its highlight, or those merged into it, may have happened."""
        if self.event_seconds is not None and self.num_events == 1:
            return self.event_seconds - _EVENT_SLACK_SECONDS, self.event_seconds + _EVENT_SLACK_SECONDS
        after_seconds = rules.window_seconds - rules.before_seconds
        return self.start_seconds - after_seconds, self.end_seconds + rules.before_seconds


class Examples(Protocol):
    """What the training loop reads: a fixed list of labelled windows."""

    labels: Float32

    def batch(self, indices: Sequence[int], random: np.random.Generator | None) -> Batch:
        """The windows of these indices; with a generator they are varied as training allows."""
        ...


def read_clips(clips_paths: Sequence[Path]) -> list[ClipRow]:
    """All rows of the tables; InputError naming the table that is wrong."""
    rows = list[ClipRow]()
    for path in clips_paths:
        check_in_folder(path)
        try:
            table = pd.read_csv(
                path, dtype={"game": str, "part": str, "clip": str, "source_event": str}, keep_default_na=True
            )
            rows += [_row(record, path.parent) for record in table[list(_COLUMNS)].to_dict("records")]
        except (KeyError, ValueError, pd.errors.ParserError) as error:
            raise DamagedError(f"this is not a table of clips ({error})", path=path) from error
    return rows


def _row(record: Mapping[Any, Any], folder: Path) -> ClipRow:
    event = float(record["event_seconds"])
    return ClipRow(
        game=record["game"],
        part=record["part"],
        clip_path=folder / str(record["clip"]),
        start_seconds=float(record["start_seconds"]),
        end_seconds=float(record["end_seconds"]),
        is_positive=bool(int(record["is_positive"])),
        kind=str(record["kind"]),
        event_seconds=event if math.isfinite(event) else None,
        num_events=str(record["source_event"]).count(";") + 1,
    )


@dataclass(frozen=True)
class WindowRules:
    """Where training windows lie: an event's place in its window, how far windows move, how many are free.

    free_per_positive: windows without a highlight, drawn anew every epoch, for each positive clip.
    """

    before_seconds: float
    window_seconds: float
    jitter_seconds: float
    free_per_positive: float


class CachedWindows:
    """Examples over cached shards: the window of every clip, then the free ones.

    Given a generator, clips' windows move by up to jitter_seconds and free ones are drawn anew. Raises
    InputError for a clip whose part has no shard.
    """

    def __init__(
        self,
        rows: Sequence[ClipRow],
        shards: Mapping[tuple[str, str], Features],
        sizes: InputSizes,
        rules: WindowRules,
    ) -> None:
        for row in rows:
            if (row.game, row.part) not in shards:
                where = f"game {row.game}, part {row.part}"
                raise InputError(
                    "clips without features", where=where, remedy="Cache this part's features too"
                )
        self._sizes, self._rules = sizes, rules
        self._items = [(shards[row.game, row.part], row.window_start_seconds(rules)) for row in rows]
        self._free = _free_windows(rows, shards, sizes, rules)
        labels = [float(row.is_positive) for row in rows] + [0.0] * len(self._free)
        self.labels = np.array(labels, dtype=np.float32)

    def batch(self, indices: Sequence[int], random: np.random.Generator | None) -> Batch:
        """The windows of these indices, (B, ...)."""
        windows = [self._window(index, random) for index in indices]
        return stacked(windows, [float(self.labels[index]) for index in indices], self._sizes)

    def _window(
        self, index: int, random: np.random.Generator | None
    ) -> tuple[Float32 | None, Float32 | None]:
        if index >= len(self._items):
            shard, steps = self._free[index - len(self._items)]
            step = int(steps[len(steps) // 2] if random is None else random.choice(steps))
        else:
            shard, start = self._items[index]
            jitter = self._rules.jitter_seconds
            step = shard.grid.nearest_step(
                start if random is None else start + random.uniform(-jitter, jitter)
            )
        return read_window(shard, start_step=step, num_steps=self._sizes.num_steps)


def _free_windows(
    rows: Sequence[ClipRow],
    shards: Mapping[tuple[str, str], Features],
    sizes: InputSizes,
    rules: WindowRules,
) -> list[tuple[Features, npt.NDArray[np.int64]]]:
    """A part's shard and free starts, as often as that part gives free windows."""
    free = list[tuple[Features, npt.NDArray[np.int64]]]()
    for key in sorted({(row.game, row.part) for row in rows}):
        positives = [row for row in rows if (row.game, row.part) == key and row.is_positive]
        steps = free_starts(positives, shards[key].grid, num_steps=sizes.num_steps, rules=rules)
        if len(steps):
            free += [(shards[key], steps)] * round(rules.free_per_positive * len(positives))
    return free


def free_starts(
    positives: Sequence[ClipRow], grid: FrameGrid, *, num_steps: int, rules: WindowRules
) -> npt.NDArray[np.int64]:
    """(N,) grid steps at which a window starts that holds no highlight.

    Around a clip that stands for one event, windows begin after it or end before it. Around one that stands
    for several, or for an unknown moment, they keep the distance at which another event would have had a clip
    of its own.
    """
    starts = grid.starts_seconds()[: max(0, grid.num_steps - num_steps + 1)]
    ends = starts + float(num_steps * grid.step_seconds)
    is_free = np.ones(len(starts), dtype=np.bool_)
    for row in positives:
        first, last = row.highlight_seconds(rules)
        is_free &= (starts > last) | (ends < first)
    return np.flatnonzero(is_free)
