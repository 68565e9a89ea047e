"""Scoreboard: results/features/scoreboard/{game}/{part}.json, what one part's score bug says, and when."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE, check_kinds
from matchreel.timeline import Interval

# Regular length, in minutes of the match clock, at which each half ends before its added time.
_REGULAR_END = {1: 45, 2: 90, 3: 105, 4: 120}
REGULAR_START = {1: 0, 2: 45, 3: 90, 4: 105}
PENALTIES = 5


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Layout:
    """One place and shape of the score bug.

    Boxes are x, y, width, height as shares in [0, 1] of the upright picture as it is displayed. box holds
    rows, the lines of text from top to bottom, and clock_box. num_pictures: in how many of the pictures that
    were searched its clock was found.
    """

    box: Box
    clock_box: Box
    rows: tuple[Box, ...]
    num_pictures: int

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Layout:
        """Of what JSON holds of one; ValueError where it is none."""
        boxes = [tuple(map(float, box)) for box in (raw["box"], raw["clock_box"], *raw["rows"])]
        if (
            not all(len(box) == 4 and all(0 <= value <= 1 for value in box) for box in boxes)
            or len(boxes) < 3
        ):
            raise ValueError(f"{raw} is no layout")
        first, clock, *rows = ((box[0], box[1], box[2], box[3]) for box in boxes)
        return cls(first, clock, tuple(rows), int(raw["num_pictures"]))


@dataclass(frozen=True)
class Reading:
    """What was read at one moment: each value None where it could not be read.

    seconds from the part's start; clock_seconds of the match clock as it is written; added_seconds where a
    clock that stands at the half's end is followed by a second one or by "+3" (then 180); home and away, the
    goals as written from left to right; confidence in [0, 1], that of the least sure text of it.
    """

    seconds: float
    layout: int
    clock_seconds: float | None
    added_seconds: float | None
    home: int | None
    away: int | None
    confidence: float


@dataclass(frozen=True)
class MatchTime:
    """A moment on the match clock: half (1, 2; 3, 4 of extra time; 5 penalties), seconds since 0:00."""

    half: int
    clock_seconds: float

    @property
    def text(self) -> str:
        """The minute as it is spoken: "1" in the first minute, "45+2", "90+4"; "" for penalties."""
        if self.half == PENALTIES:
            return ""
        end, minute = _REGULAR_END[self.half], math.floor(max(self.clock_seconds, 0.0) / 60) + 1
        minute = max(minute, REGULAR_START[self.half] + 1)
        return str(minute) if minute <= end else f"{end}+{minute - end}"


@dataclass(frozen=True)
class Half:
    """A half as far as the part holds it, [start_seconds, end_seconds) of the part.

    anchors: rising (seconds of the part, seconds of the match clock), at least one; between two of them the
    clock runs evenly, before the first and after the last one second a second. The match clock of the second
    half starts at 45:00 whatever the bug counts from. starts_at_kickoff: whether the part holds its kick-off.
    """

    number: int
    start_seconds: float
    end_seconds: float
    starts_at_kickoff: bool
    anchors: tuple[tuple[float, float], ...]

    @property
    def interval(self) -> Interval:
        """When it is played."""
        return Interval(self.start_seconds, self.end_seconds)

    def clock_at(self, seconds: float) -> float:
        """The match clock, in seconds, at a moment of the part."""
        return _along(self.anchors, seconds)

    def seconds_at(self, clock_seconds: float) -> float:
        """The moment of the part at which the match clock says so many seconds."""
        return _along([(clock, at) for at, clock in self.anchors], clock_seconds)


@dataclass(frozen=True)
class ScoreChange:
    """A change of the score on the screen: a goal, unless it was taken back.

    earliest_seconds: when the former score was last read; seconds: when the new one was first read. side: the
    one that scored, "home" or "away" from left to right. home, away: the score after it. taken_back_seconds:
    when the former score stood again, None for a goal that counts. confidence in [0, 1].
    """

    earliest_seconds: float
    seconds: float
    side: str
    home: int
    away: int
    taken_back_seconds: float | None
    confidence: float

    @property
    def counts(self) -> bool:
        """Whether the goal stood."""
        return self.taken_back_seconds is None


@dataclass(frozen=True)
class Scoreboard:
    """What the score bug of one part says; all of it is empty where there is none.

    readings rise in seconds. first_score: the score at the first reading of it, None where none was read.
    home, away: names or codes beside the score, left and right, None where unread. unread: stretches of play
    in which no clock was read. halves and changes rise in time.
    """

    game: str
    part: str
    duration_seconds: float
    layouts: tuple[Layout, ...] = ()
    readings: tuple[Reading, ...] = ()
    halves: tuple[Half, ...] = ()
    first_score: tuple[int, int] | None = None
    changes: tuple[ScoreChange, ...] = ()
    home: str | None = None
    away: str | None = None
    unread: tuple[Interval, ...] = ()

    def half_at(self, seconds: float) -> Half | None:
        """The half that is played at a moment of the part; None before, between and after them."""
        return next((half for half in self.halves if half.interval.contains(seconds)), None)

    def match_time(self, seconds: float) -> MatchTime | None:
        """The match clock at a moment; outside the halves that of the nearest end. None without halves."""
        if not self.halves:
            return None
        half = self.half_at(seconds) or min(self.halves, key=lambda half: _distance(half, seconds))
        inside = min(max(seconds, half.start_seconds), half.end_seconds)
        return MatchTime(half.number, half.clock_at(inside))

    def score_at(self, seconds: float) -> tuple[int, int] | None:
        """The score at a moment, without goals that were taken back; None where none was read."""
        score = self.first_score
        for change in self.changes:
            if change.counts and change.seconds <= seconds:
                score = change.home, change.away
        return score

    def idle(self) -> tuple[Interval, ...]:
        """When nothing is played, as the clock says: before, between and after the halves."""
        if not self.halves:
            return ()
        edges = [0.0, *(edge for half in self.halves for edge in (half.start_seconds, half.end_seconds))]
        edges.append(max(self.duration_seconds, edges[-1]))
        spans = [Interval(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]
        return tuple(span for span in spans if span.duration_seconds > 0)

    def save(self, path: Path) -> None:
        """Write as JSON with its checksum."""
        write_record(path, asdict(self), Scoreboard.load)

    @classmethod
    def load(cls, path: Path) -> Scoreboard:
        """Read what save wrote; DamagedError where it is not that."""
        try:
            raw = read_record(path)
            board = cls(**(raw | _nested(raw)))
            _check(board)
            return board
        except UNREADABLE as error:
            raise DamagedError(f"this is not a scoreboard record ({error})", path=path) from error


@dataclass(frozen=True)
class ScoreBug:
    """The layouts of a part's score bug, the most frequent first; none where no running clock was found."""

    game: str
    part: str
    layouts: tuple[Layout, ...] = ()

    def save(self, path: Path) -> None:
        """Write as JSON with its checksum."""
        write_record(path, asdict(self), ScoreBug.load)

    @classmethod
    def load(cls, path: Path) -> ScoreBug:
        """Read what save wrote; DamagedError where it is not that."""
        try:
            raw = read_record(path)
            bug = cls(raw["game"], raw["part"], tuple(map(Layout.of, raw["layouts"])))
            check_kinds(bug)
            return bug
        except UNREADABLE as error:
            raise DamagedError(f"this is not a score bug record ({error})", path=path) from error


def _along(points: Sequence[tuple[float, float]], at: float) -> float:
    """The piecewise even line through the points, one for one outside them."""
    first, last = points[0], points[-1]
    if at <= first[0]:
        return first[1] + at - first[0]
    for (left, low), (right, high) in pairwise(points):
        if at < right:
            return low + (high - low) * (at - left) / (right - left)
    return last[1] + at - last[0]


def _distance(half: Half, seconds: float) -> float:
    return max(half.start_seconds - seconds, seconds - half.end_seconds)


def _nested(raw: Mapping[str, Any]) -> dict[str, Any]:
    score = raw["first_score"]
    return {
        "layouts": tuple(map(Layout.of, raw["layouts"])),
        "readings": tuple(Reading(**row) for row in raw["readings"]),
        "halves": tuple(
            Half(**(row | {"anchors": tuple((float(at), float(clock)) for at, clock in row["anchors"])}))
            for row in raw["halves"]
        ),
        "first_score": None if score is None else (int(score[0]), int(score[1])),
        "changes": tuple(ScoreChange(**row) for row in raw["changes"]),
        "unread": tuple(
            Interval(float(row["start_seconds"]), float(row["end_seconds"])) for row in raw["unread"]
        ),
    }


def _check(board: Scoreboard) -> None:
    """ValueError or TypeError for what no part can hold."""
    for row in (board, *board.layouts, *board.readings, *board.halves, *board.changes):
        check_kinds(row)
    for half in board.halves:
        rising = all(a < b and c <= d for (a, c), (b, d) in pairwise(half.anchors))
        if half.number not in (*_REGULAR_END, PENALTIES) or not half.anchors or not rising:
            raise ValueError(f"half {half.number} is none")
        if not 0 <= half.start_seconds <= half.end_seconds:
            raise ValueError(f"half {half.number} ends before it starts")
    if any(before.end_seconds > after.start_seconds for before, after in pairwise(board.halves)):
        raise ValueError("halves overlap")
    if any(change.side not in ("home", "away") for change in board.changes):
        raise ValueError("a goal of neither side")
