"""What a line of text on a score bug says: clock, added time, score and names. Pure functions of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Letters that recognisers give for digits.
_CONFUSED = str.maketrans("OoQDIl|!iZSBG", "0000111112586")
_DIGIT = "[0-9OoQDIl|!]"
_CLOCK = re.compile(rf"(1[0-4]\d|\d{{1,2}}|[Oo]\d|\d[Oo])\s*[:：.·;]\s*([0-5Oo]{_DIGIT})(?![0-9])")
_BARE_CLOCK = re.compile(r"^\W*(\d{2})([0-5]\d)\W*$")
_MINUTES = re.compile(r"(?<![0-9:])(1[0-4]\d|\d{1,2})\s*(?:\+\s*(\d{1,2})\s*)?['’′´`‘]\s*(?:\+\s*(\d{1,2}))?")
_SPOKEN = re.compile(r"(?<![0-9:])(45|90|105|120)\s*\+\s*(\d{1,2})(?![0-9:])")
_ASIAN = re.compile(r"(\d{1,3})\s*[分분]")
_ADDED = re.compile(r"^\s*\+?\s*(\d{1,2})\s*[:：.]\s*([0-5]\d)|^\s*\+\s*(\d{1,2})(?![0-9:])")
_LONGEST_MINUTES = 150
_SEPARATOR = r"[-–—−:：~－]"
_STRICT = re.compile(rf"(?<![\d:.])(\d{{1,2}})\s*{_SEPARATOR}\s*(\d{{1,2}})(?![\d:.])")
_LOOSE = re.compile(rf"(?<![A-Za-z0-9])({_DIGIT})\s*{_SEPARATOR}+\s*({_DIGIT})(?![A-Za-z0-9])")
_HALF_LOOSE = re.compile(
    rf"({_DIGIT})\s*{_SEPARATOR}\s*(\d)(?!\d)|(?<!\d)(\d)\s*{_SEPARATOR}\s*({_DIGIT})(?![a-z])"
)
_SPACED = re.compile(r"(?<!\d)(\d{1,2})\s+(\d{1,2})(?!\d)")
_JOINED = re.compile(r"(?<=[^\W\d])\s*(\d)(\d)\s*(?=[^\W\d])")
_ONE = re.compile(r"^\W*([^\W\d][^\d]*?)\s*(\d{1,2})\W*$")
_ONE_BEFORE = re.compile(r"^\W*(\d{1,2})\s*([^\W\d][^\d]*?)\W*$")


@dataclass(frozen=True)
class ClockText:
    """A clock as it is written: seconds; added_seconds beside it; whether it shows seconds; its place.

    start, end: the characters of the text that are the clock, with what was added to it.
    """

    seconds: float
    added_seconds: float | None
    has_seconds: bool
    start: int
    end: int


@dataclass(frozen=True)
class ScoreText:
    """A score as it is written, with the text left and right of it; sureness in [0, 1]."""

    home: int
    away: int
    left: str
    right: str
    sureness: float


def find_clock(text: str) -> ClockText | None:
    """The first clock in a line: "12:34", "45:00 +3", "45:00 01:23", "67'", "45'+3", "90+2"; else None."""
    for match in _CLOCK.finditer(text):
        minutes, seconds = (int(part.translate(_CONFUSED)) for part in match.groups())
        if minutes < _LONGEST_MINUTES and seconds < 60:
            added, length = _added(text[match.end() :])
            end = match.end() + length
            return ClockText(60.0 * minutes + seconds, added, True, match.start(), end)
    for pattern in (_MINUTES, _SPOKEN, _ASIAN):
        said = pattern.search(text)
        if said and int(said[1]) < _LONGEST_MINUTES:
            added_minutes = next((group for group in said.groups()[1:] if group), None)
            added = None if added_minutes is None else 60.0 * int(added_minutes)
            return ClockText(60.0 * int(said[1]), added, False, said.start(), said.end())
    return None


def bare_clock(text: str) -> ClockText | None:
    """A clock whose colon was not read, "1234", for a place where a clock is known to be; else None."""
    match = _BARE_CLOCK.search(text.translate(_CONFUSED))
    if not match:
        return None
    return ClockText(60.0 * int(match[1]) + int(match[2]), None, True, 0, len(text))


def _added(rest: str) -> tuple[float | None, int]:
    match = _ADDED.search(rest)
    if not match:
        return None, 0
    if match[3]:
        return 60.0 * int(match[3]), match.end()
    return 60.0 * int(match[1]) + int(match[2]), match.end()


def without(text: str, clock: ClockText | None) -> str:
    """The text with a gap in place of its clock."""
    return text if clock is None else f"{text[: clock.start]}   {text[clock.end :]}"


def find_score(text: str, *, separated: bool = True) -> ScoreText | None:
    """A score of two numbers in a line without its clock; None where there is none.

    separated: between the numbers is a dash or a colon; else only a gap or a border.
    """
    if separated:
        for pattern, sureness in ((_STRICT, 1.0), (_LOOSE, 0.8), (_HALF_LOOSE, 0.6)):
            match = pattern.search(text)
            if match:
                return _as_score(text, match, sureness)
        return None
    for pattern, sureness in ((_SPACED, 1.0), (_JOINED, 0.8)):
        match = pattern.search(text)
        if match:
            return _as_score(text, match, sureness)
    return None


def _as_score(text: str, match: re.Match[str], sureness: float) -> ScoreText:
    home, away = (int(group.translate(_CONFUSED)) for group in match.groups() if group)
    return ScoreText(home, away, name_of(text[: match.start()]), name_of(text[match.end() :]), sureness)


def find_goals(text: str) -> tuple[str, int] | None:
    """(name, goals) of a line of one side, "BRA 2" or "2 BRA"; None where it is none."""
    match = _ONE.search(text)
    if match:
        return name_of(match[1]), int(match[2])
    match = _ONE_BEFORE.search(text)
    return (name_of(match[2]), int(match[1])) if match else None


def name_of(text: str) -> str:
    """The name in the text on one side of a score: without digits and marks at its edges."""
    return re.sub(r"\s+", " ", re.sub(r"[\d\W_]*([\w\W]*?)[\d\W_]*$", r"\1", text.strip())).strip()


def score_between(text: str, home: str, away: str) -> ScoreText | None:
    """The score between two known names, where digits were taken for letters: "ITA1-TFRA" is 1-1."""
    squeezed = re.sub(r"\s", "", text)
    left, right = (re.sub(r"\s", "", name) for name in (home, away))
    if len(left) < 2 or len(right) < 2:
        return None
    start, end = _after(squeezed, left), _after(squeezed[::-1], right[::-1])
    if start is None or end is None or start + end >= len(squeezed):
        return None
    core = re.sub(rf"{_SEPARATOR}|[.,·_'\"]", "", squeezed[start : len(squeezed) - end])
    digits = core.translate(_CONFUSED).replace("T", "1").replace("A", "4")
    if len(digits) != 2 or not digits.isdecimal():
        return None
    return ScoreText(int(digits[0]), int(digits[1]), home, away, 0.7 if core.isdecimal() else 0.4)


def _after(text: str, name: str) -> int | None:
    """Where a text goes on after a name it begins with, up to one letter of which was misread."""
    head = text[: len(name)]
    wrong = sum(a != b for a, b in zip(head, name, strict=False))
    return len(name) if len(head) == len(name) and wrong <= (len(name) >= 3) else None
