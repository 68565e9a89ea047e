"""What title card and lower thirds say, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matchreel.labels import MOMENT
from matchreel.languages import LABEL_WORDS, LANGUAGES
from matchreel.timeline import match_minute

# On a picture an unnamed moment needs a word that says why it is shown.
_UNNAMED = ("Highlight", LABEL_WORDS[MOMENT][1])
_PARTS = {"1": ("1st half", "전반"), "2": ("2nd half", "후반"), "full": ("", "")}


@dataclass(frozen=True)
class GameNames:
    """What is known of a game, "" or absent where it is not.

    kickoff_seconds: by part. score_seconds: part -> (seconds, score) of every change of the score, in order.
    """

    home: str = ""
    away: str = ""
    date: str = ""
    kickoff_seconds: Mapping[str, float] = field(default_factory=dict)
    score_seconds: Mapping[str, tuple[tuple[float, str], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> GameNames:
        """From a step's facts, whose keys may be absent or empty."""
        changes = (facts.get("score_seconds") or {}).items()
        return cls(
            home=str(facts.get("home") or ""),
            away=str(facts.get("away") or ""),
            date=str(facts.get("date") or ""),
            kickoff_seconds=facts.get("kickoff_seconds") or {},
            score_seconds={
                part: tuple((float(at), str(score)) for at, score in rows) for part, rows in changes
            },
        )

    def score_at(self, part: str, seconds: float) -> str:
        """The score after all that happened up to a moment; "" where nobody gave one."""
        if not self.score_seconds:
            return ""
        order = [name for name in ("1", "2", "full") if name <= part]
        changes = [
            row
            for name in order
            for row in self.score_seconds.get(name, ())
            if name < part or row[0] <= seconds
        ]
        return changes[-1][1] if changes else "0-0"


def label_text(label: str, language: str) -> str:
    """A label as people read it, on the picture and beside it; a person's own words as they are."""
    words = _UNNAMED if label == MOMENT else LABEL_WORDS.get(label)
    return words[LANGUAGES.index(language)] if words else label


def part_text(part: str, language: str) -> str:
    """The half's name; "" for a recording of the whole match."""
    return _PARTS[part][LANGUAGES.index(language)]


def minute_text(seconds: float, *, part: str, kickoff_seconds: Mapping[str, float]) -> str:
    """The match minute, with "~" where the kick-off is unknown and the part's start stands in for it."""
    doubt = "" if part in kickoff_seconds else "~"
    return doubt + match_minute(seconds, part=part, kickoff_seconds=kickoff_seconds.get(part, 0.0))


def headline(language: str) -> str:
    """The title card's word for a reel."""
    return ("Highlights", "하이라이트")[LANGUAGES.index(language)]


def count_text(count: int, language: str) -> str:
    """How many moments the reel shows."""
    if language == "ko":
        return f"{count}개 장면"
    return f"{count} moment{'' if count == 1 else 's'}"
