"""The match clock of a game: half, minute, score and teams at any moment of its parts, and when nobody plays.

What games.tsv says comes first, then what the scoreboard said, then the estimate of find_kickoff.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from matchreel.kickoff import known_idle, known_kickoffs
from matchreel.languages import LANGUAGES
from matchreel.scoreboard import Half, MatchTime, Scoreboard, ScoreChange
from matchreel.scoreboard.record import PENALTIES, REGULAR_START
from matchreel.timeline import Interval, match_minute

PENALTIES_WORDS = ("Penalties", "승부차기")
_HALF_OF_PART = {"1": 1, "2": 2}
_SCORING_LABELS = ("Goal", "Penalty")
# ASSUME a broadcaster writes the new score at most this long after the goal, and a spotter finds the goal at
# most so long after the score was already written.
_WRITTEN_WITHIN_SECONDS = 60.0
_FOUND_LATE_SECONDS = 5.0
# ASSUME a score that changes so soon after the last clock of a half is that of a goal in its last moments.
_LAST_GOAL_SECONDS = 120.0
# ASSUME a half lasts at most so long after its regular end where nobody saw its clock.
_ADDED_SECONDS = 480.0
_REGULAR_END = {1: 45, 2: 90, 3: 105, 4: 120}


@dataclass(frozen=True)
class MatchMinute:
    """When something happens in the match.

    half: 1 and 2; 3 and 4 of extra time; 5 penalties; None where a recording of the whole match does not say.
    text: "63", "45+2"; "" in penalties. is_estimate: whether nobody knows the kick-off that it counts from.
    """

    half: int | None
    text: str
    is_estimate: bool

    def shown(self, language: str = "en") -> str:
        """As people read it: "63'", "~12'" for an estimate, "Penalties"."""
        if self.half == PENALTIES:
            return PENALTIES_WORDS[LANGUAGES.index(language)]
        return f"{'~' if self.is_estimate else ''}{self.text}'"

    @property
    def plain(self) -> str:
        """For tables: "63", "~12" for an estimate; "" in penalties."""
        return "~" * (self.is_estimate and bool(self.text)) + self.text


@dataclass(frozen=True)
class PartClock:
    """The match clock of one part, from its halves where they are known, else from its kick-off.

    kickoff_seconds: from the part's start; None where nobody knows it: then the part's start stands in.
    is_estimate: whether it was estimated. halves: rising; they count where there are any.
    """

    part: str
    kickoff_seconds: float | None = None
    is_estimate: bool = False
    halves: tuple[Half, ...] = ()

    def at(self, seconds: float) -> MatchMinute:
        """The minute at a moment of the part; between two halves that of the nearer end."""
        if self.halves:
            time = self._time(seconds)
            return MatchMinute(time.half, time.text, False)
        text = match_minute(seconds, part=self.part, kickoff_seconds=self.kickoff_seconds or 0.0)
        is_estimate = self.is_estimate or self.kickoff_seconds is None
        return MatchMinute(_HALF_OF_PART.get(self.part), text.removesuffix("'"), is_estimate)

    def _time(self, seconds: float) -> MatchTime:
        inside = next((half for half in self.halves if half.interval.contains(seconds)), None)
        half = inside or min(self.halves, key=lambda half: _distance(half, seconds))
        seconds = min(max(seconds, half.start_seconds), half.end_seconds)
        return MatchTime(half.number, half.clock_at(seconds))


@dataclass(frozen=True)
class MatchClock:
    """All that is known of a game's clock, score and teams.

    parts: by name. idle: by part, when surely nothing is played. home, away: "" where unknown;
    are_names_read: whether they are from the screen. boards: what the score bugs said, by part. given_score:
    part -> (seconds, score) of every change, as games.tsv has it.
    """

    parts: Mapping[str, PartClock] = field(default_factory=dict)
    idle: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    home: str = ""
    away: str = ""
    are_names_read: bool = False
    boards: Mapping[str, Scoreboard] = field(default_factory=dict)
    given_score: Mapping[str, tuple[tuple[float, str], ...]] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        facts: Mapping[str, Any],
        kickoff_paths: Sequence[Path] = (),
        scoreboard_paths: Sequence[Path] = (),
    ) -> MatchClock:
        """From a step's facts (home, away, kickoff_seconds, score_seconds; absent or empty where unknown).

        kickoff_paths: estimates of find_kickoff; scoreboard_paths: of read_scoreboard. DamagedError for a
        file that is none.
        """
        given = dict[str, float](facts.get("kickoff_seconds") or {})
        boards = {board.part: board for board in map(Scoreboard.load, scoreboard_paths)}
        halves = {part: _halves(board, given.get(part)) for part, board in boards.items()}
        halves = {part: own for part, own in halves.items() if own}
        kickoffs = known_kickoffs(given, kickoff_paths)
        parts = {
            part: PartClock(part, kickoffs.get(part), part in kickoffs and part not in given)
            for part in kickoffs
        }
        parts |= {part: PartClock(part, _kickoff_of(own), halves=own) for part, own in halves.items()}
        idle = known_idle(given, kickoff_paths)
        idle |= {part: _idle(own, boards[part]) for part, own in halves.items()}
        home, away = str(facts.get("home") or ""), str(facts.get("away") or "")
        are_names_read = not (home or away)
        if are_names_read:
            home, away = _teams(boards)
        changes = (facts.get("score_seconds") or {}).items()
        score = {part: tuple((float(at), str(text)) for at, text in rows) for part, rows in changes}
        return cls(parts, idle, home, away, are_names_read, boards, score)

    @property
    def was_read(self) -> bool:
        """Whether the screen said anything."""
        return any(map(_says, self.boards.values()))

    @property
    def kickoff_seconds(self) -> dict[str, float]:
        """By part, where it is known or estimated."""
        return {
            part: own.kickoff_seconds for part, own in self.parts.items() if own.kickoff_seconds is not None
        }

    def part(self, name: str) -> PartClock:
        """The clock of one part; that of an unknown kick-off where nothing is known."""
        return self.parts.get(name) or PartClock(name)

    def at(self, part: str, seconds: float) -> MatchMinute:
        """The minute at a moment of a part."""
        return self.part(part).at(seconds)

    def score(self, part: str, seconds: float, *, label: str = "") -> str:
        """The score after what happens at a moment, "2-1"; "" where nobody knows it.

        label: of the moment. On the screen the score changes some time after the goal: at a goal or penalty
        it is the score of the change that belongs to it. A goal without such a change has no known score.
        """
        if self.given_score:
            return _given_score_at(self.given_score, part, seconds)
        board = self.boards.get(part)
        if board is None:
            return ""
        change = _change_of(board, seconds) if label in _SCORING_LABELS else None
        if label == "Goal" and not change:
            return ""
        score = (change.home, change.away) if change else board.score_at(seconds)
        return f"{score[0]}-{score[1]}" if score else ""

    @property
    def last_score(self) -> str:
        """The score when the recordings end; "" where nobody knows it."""
        parts = sorted({*self.given_score, *self.boards})
        return self.score(parts[-1], float("inf")) if parts else ""


def _distance(half: Half, seconds: float) -> float:
    return max(half.start_seconds - seconds, seconds - half.end_seconds)


def _says(board: Scoreboard) -> bool:
    return bool(board.halves or board.first_score or board.changes or board.home or board.away)


def _halves(board: Scoreboard, given_seconds: float | None) -> tuple[Half, ...]:
    """The halves of a part, the first of them from the kick-off that games.tsv gives.

    Nothing where the two contradict each other: then games.tsv alone counts.
    """
    halves = _as_played(board)
    if given_seconds is None or not halves:
        return halves
    number = _HALF_OF_PART.get(board.part, 1)
    opening = next((half for half in halves if half.number == number), None)
    later = tuple(half for half in halves if half.number > number)
    end = opening.end_seconds if opening else later[0].start_seconds if later else 0.0
    if end <= given_seconds:
        return ()
    anchors = ((given_seconds, 60.0 * REGULAR_START[number]),)
    return (Half(number, given_seconds, end, True, anchors), *later)


def _as_played(board: Scoreboard) -> tuple[Half, ...]:
    """The halves as read, each as long as it may have been played after the last clock that was read of it.

    That is up to the goal whose score appeared after it; and where its clock had not reached the half's
    regular end, as when the score bug is gone for minutes, up to that end, and for the last half beyond it.
    """
    nexts = [half.start_seconds for half in board.halves[1:]] + [max(board.duration_seconds, 0.0)]
    return tuple(
        replace(half, end_seconds=max(half.end_seconds, min(end, until)))
        for half, until in zip(board.halves, nexts, strict=False)
        for end in [
            max(_last_change(half, board), _regular_end(half, until, is_last=half is board.halves[-1]))
        ]
    )


def _regular_end(half: Half, until_seconds: float, *, is_last: bool) -> float:
    """When a half may have ended whose clock was last read before its regular end."""
    end = _REGULAR_END.get(half.number, 0)
    missing = 60.0 * end - half.clock_at(half.end_seconds)
    if missing <= 0:
        return half.end_seconds
    if is_last:
        return half.end_seconds + missing + _ADDED_SECONDS
    # A match of shorter halves, or a recording with a piece missing: there is no time for the rest of it.
    return half.end_seconds + (missing if half.end_seconds + missing < until_seconds else 0.0)


def _last_change(half: Half, board: Scoreboard) -> float:
    until = half.end_seconds + _LAST_GOAL_SECONDS
    return max((row.seconds for row in board.changes if half.end_seconds < row.seconds <= until), default=0.0)


def _kickoff_of(halves: Sequence[Half]) -> float | None:
    """Of the half that a part begins with, where the part holds it."""
    return halves[0].start_seconds if halves[0].starts_at_kickoff else None


def _idle(halves: Sequence[Half], board: Scoreboard) -> tuple[Interval, ...]:
    """Before, between and after the halves.

    Before a half whose kick-off was not seen, as many seconds may be play as its clock already shows.
    """
    ends = [0.0, *(half.end_seconds for half in halves)]
    starts = [half.start_seconds - _unseen_seconds(half) for half in halves]
    starts.append(max(board.duration_seconds, ends[-1]))
    return tuple(Interval(end, start) for end, start in zip(ends, starts, strict=True) if start > end)


def _unseen_seconds(half: Half) -> float:
    if half.starts_at_kickoff or half.number == PENALTIES:
        return 0.0
    return max(0.0, half.clock_at(half.start_seconds) - 60 * REGULAR_START[half.number])


def _teams(boards: Mapping[str, Scoreboard]) -> tuple[str, str]:
    """The names of the first part that shows both, else of the first that shows one."""
    shown = [(board.home or "", board.away or "") for board in boards.values()]
    return max(shown, key=lambda names: sum(map(bool, names)), default=("", ""))


def _change_of(board: Scoreboard, seconds: float) -> ScoreChange | None:
    """The change of the score that a goal at a moment made; None where there is none."""
    rows = [
        row
        for row in board.changes
        if row.counts
        and row.earliest_seconds - _WRITTEN_WITHIN_SECONDS <= seconds <= row.seconds + _FOUND_LATE_SECONDS
    ]
    return rows[0] if rows else None


def _given_score_at(given: Mapping[str, Sequence[tuple[float, str]]], part: str, seconds: float) -> str:
    order = [name for name in ("1", "2", "full") if name <= part]
    changes = [row for name in order for row in given.get(name, ()) if name < part or row[0] <= seconds]
    return changes[-1][1] if changes else "0-0"
