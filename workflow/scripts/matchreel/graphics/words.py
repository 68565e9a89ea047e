"""What title card and lower thirds say, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matchreel.labels import MOMENT
from matchreel.languages import LABEL_WORDS, LANGUAGES
from matchreel.match_clock import PENALTIES_WORDS, MatchClock
from matchreel.scoreboard.record import PENALTIES

# On a picture an unnamed moment needs a word that says why it is shown.
_UNNAMED = ("Highlight", LABEL_WORDS[MOMENT][1])
_PARTS = {"1": ("1st half", "전반"), "2": ("2nd half", "후반"), "full": ("", "")}
_HALVES = {
    1: _PARTS["1"],
    2: _PARTS["2"],
    3: ("Extra time, 1st half", "연장 전반"),
    4: ("Extra time, 2nd half", "연장 후반"),
    PENALTIES: PENALTIES_WORDS,
}


@dataclass(frozen=True)
class GameNames:
    """What is known of a game, "" where it is not. clock: its minutes and scores."""

    home: str = ""
    away: str = ""
    date: str = ""
    clock: MatchClock = field(default_factory=MatchClock)

    @classmethod
    def of(cls, facts: Mapping[str, Any], clock: MatchClock) -> GameNames:
        """From a step's facts, whose keys may be absent or empty, and the game's clock."""
        return cls(clock.home, clock.away, str(facts.get("date") or ""), clock)

    def score_at(self, part: str, seconds: float, label: str = "") -> str:
        """The score after all that happened up to a moment of that label; "" where nobody knows it."""
        return self.clock.score(part, seconds, label=label)

    @property
    def last_score(self) -> str:
        """The score in the end, where it was read from the screen or may be compared with it; else ""."""
        return self.clock.last_score if self.clock.was_read else ""


def label_text(label: str, language: str) -> str:
    """A label as people read it, on the picture and beside it; a person's own words as they are."""
    words = _UNNAMED if label == MOMENT else LABEL_WORDS.get(label)
    return words[LANGUAGES.index(language)] if words else label


def part_text(part: str, language: str) -> str:
    """The half's name; "" for a recording of the whole match."""
    return _PARTS[part][LANGUAGES.index(language)]


def half_text(half: int | None, language: str) -> str:
    """The half's name by its number, extra time and penalties too; "" where it is unknown."""
    return _HALVES[half][LANGUAGES.index(language)] if half else ""


def headline(language: str) -> str:
    """The title card's word for a reel."""
    return ("Highlights", "하이라이트")[LANGUAGES.index(language)]


def count_text(count: int, language: str) -> str:
    """How many moments the reel shows."""
    if language == "ko":
        return f"{count}개 장면"
    return f"{count} moment{'' if count == 1 else 's'}"
