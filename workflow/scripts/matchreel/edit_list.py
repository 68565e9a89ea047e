"""The edit list: which moments go into the reel, from when to when, in which order, and which do not."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE, check_kinds, check_text
from matchreel.notices import Notice
from matchreel.timeline import Interval

# ASSUME nobody sees a shorter clip; it may hold no frame at all.
LEAST_SECONDS = 0.2
# The difference of two times that people write, such as 1.0 - 0.8, is as wrong as this at most.
_ROUNDING_SECONDS = 1e-6
_PERHAPS = ("side", "score_after", "confidence")


def is_too_short(start_seconds: float, end_seconds: float, *, part_seconds: float = math.inf) -> bool:
    """Whether a highlight is shorter than any may be; one of a whole part may be as short as the part."""
    return end_seconds - start_seconds < min(LEAST_SECONDS, part_seconds) - _ROUNDING_SECONDS


def moment_of(interval: Interval, event_seconds: float | None) -> float:
    """The moment that a highlight is about: its event where that is known, else its middle."""
    if event_seconds is not None:
        return event_seconds
    return (interval.start_seconds + interval.end_seconds) / 2


@dataclass(frozen=True)
class PlannedHighlight:
    """One row: [start_seconds, end_seconds) of a part; score and every why in [0, 1].

    Within it, [action_start_seconds, action_end_seconds) is what must be shown: trimming and camera cuts move
    the ends, never into it. id: the same for the same moment of a game however its clip is cut; "" gets one
    made from its part and moment. notes: what to tell the viewer about this moment. side, "home" or "away",
    and score_after, "2-1": of a goal that the screen told. confidence: how likely it is a highlight, in
    [0, 1]. None where nobody knows.
    """

    part: str
    start_seconds: float
    end_seconds: float
    event_seconds: float | None
    label: str
    score: float
    why: Mapping[str, float]
    action_start_seconds: float | None = None
    action_end_seconds: float | None = None
    id: str = ""
    notes: tuple[Notice, ...] = ()
    side: str | None = None
    score_after: str | None = None
    confidence: float | None = None

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", f"{self.part}-{round(self.moment_seconds * 1000)}")

    @property
    def moment_seconds(self) -> float:
        """The moment it is about."""
        return moment_of(self.interval, self.event_seconds)

    @property
    def is_told(self) -> bool:
        """Whether the screen told it: a goal, counted or ruled out."""
        return self.side is not None

    @property
    def surety(self) -> float:
        """How sure it is: its confidence, else its score."""
        return self.score if self.confidence is None else self.confidence

    @property
    def interval(self) -> Interval:
        """What is cut."""
        return Interval(self.start_seconds, self.end_seconds)

    @property
    def action(self) -> Interval:
        """What must be shown; the whole of it where nobody said less."""
        start = self.start_seconds if self.action_start_seconds is None else self.action_start_seconds
        end = self.end_seconds if self.action_end_seconds is None else self.action_end_seconds
        return Interval(max(start, self.start_seconds), min(end, self.end_seconds))


@dataclass(frozen=True)
class EditList:
    """results/plans/{scorer}/{game}.json: the reel's highlights in its order, and what to tell the viewer.

    left_out: further moments, surest first, that a person may take in. budget_seconds: what the reel was held
    to; of one that a person put together (is_edited), what it would have been held to.
    """

    game: str
    scorer: str
    trained_on: tuple[str, ...]
    notices: tuple[Notice, ...]
    highlights: tuple[PlannedHighlight, ...]
    left_out: tuple[PlannedHighlight, ...] = ()
    budget_seconds: float | None = None
    is_edited: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """The notices in English."""
        return tuple(notice.text for notice in self.notices)

    def save(self, path: Path) -> None:
        """Write as readable JSON."""
        raw = asdict(self)
        for name in ("highlights", "left_out"):
            raw[name] = tuple(map(_without_unknown, raw[name]))
        write_record(path, raw, EditList.load)

    @classmethod
    def load(cls, path: Path, *, parts: Collection[str] | None = None) -> EditList:
        """Read what save wrote or a person edited, of a game of these parts; else a DamagedError."""
        try:
            raw = read_record(path)
            check_text(raw)
            plan = cls(
                game=raw["game"],
                scorer=raw["scorer"],
                trained_on=tuple(raw["trained_on"]),
                notices=tuple(map(Notice.of, raw["notices"])),
                highlights=tuple(map(_row, raw["highlights"])),
                left_out=tuple(map(_row, raw.get("left_out", ()))),
                budget_seconds=raw.get("budget_seconds"),
                is_edited=raw.get("is_edited", False),
            )
            for record in (plan, *plan.highlights, *plan.left_out):
                check_kinds(record)
            _check_parts(plan, parts)
            return plan
        except UNREADABLE as error:
            raise DamagedError(f"this is not an edit list ({error})", path=path) from error


def _check_parts(plan: EditList, parts: Collection[str] | None) -> None:
    for row in (*plan.highlights, *plan.left_out):
        if parts is not None and row.part not in parts:
            raise ValueError(f"part {row.part!r} is none of the game's parts ({', '.join(parts)})")


def _without_unknown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what only some moments have, where this one has it not."""
    return {name: value for name, value in raw.items() if value is not None or name not in _PERHAPS}


def _row(raw: Mapping[str, Any]) -> PlannedHighlight:
    known = {field.name for field in fields(PlannedHighlight)}
    unknown = set(raw) - known
    if unknown:
        raise ValueError(f"unknown {sorted(unknown)[0]!r}")
    return PlannedHighlight(**{**raw, "notes": tuple(map(Notice.of, raw.get("notes", ())))})
