"""What texts of a score bug mean: a match clock, added time, a score, the names beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What a recogniser takes for digits in small letters, and digits for.
_AS_DIGITS = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "I": "1", "l": "1", "|": "1", "S": "5", "B": "8", "Z": "2"}
)
_DIGIT = "[0-9OoQIl|SBZ]"
_CLOCK = re.compile(rf"(?<![0-9])({_DIGIT}{{1,3}})\s?[:.;：]\s?({_DIGIT}{{2}})(?![0-9])")
_ADDED = re.compile(r"\+\s?(\d{1,2})(?![0-9:])")
# Goals as they stand between names: 1-0, 1:0, 1 0, O-O.
_PAIR = re.compile(r"(?<![0-9])([0-9OoQ]{1,2})\s?[-–—:·•_/|]\s?([0-9OoQ]{1,2})(?![0-9])")
_NUMBER = re.compile(r"(?<![0-9])(\d{1,2})(?![0-9])")
_LETTERS = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'’ -](?=[^\W\d_]))+")
_MAX_MINUTES, _MAX_GOALS = 130, 30
MAX_ADDED_MINUTES = 30


@dataclass(frozen=True)
class Clock:
    """A match clock as it is written, in seconds; its place [start, end) in the text."""

    seconds: float
    start: int
    end: int


@dataclass(frozen=True)
class Score:
    """Goals from left to right (or top to bottom), and the names on either side, "" where there are none."""

    home: int
    away: int
    home_name: str
    away_name: str


def clock_in(text: str) -> Clock | None:
    """The clock mm:ss that a text holds, the first one where there are several; None where there is none."""
    found = None
    for match in _CLOCK.finditer(text):
        minutes, seconds = (int(group.translate(_AS_DIGITS)) for group in match.groups())
        if minutes <= _MAX_MINUTES and seconds < 60:
            if not any(sign.isdigit() for sign in match[0]):
                continue
            found = found or Clock(60.0 * minutes + seconds, match.start(), match.end())
    return found


def added_in(text: str, clock: Clock) -> float | None:
    """Added time beside a clock, in seconds: "+3", or a second clock after 45:00; None without."""
    rest = text[clock.end :]
    if match := _ADDED.search(rest):
        minutes = int(match[1])
        return 60.0 * minutes if minutes <= MAX_ADDED_MINUTES else None
    second = clock_in(rest)
    is_end = clock.seconds in (2700.0, 5400.0, 6300.0, 7200.0)
    return second.seconds if second and is_end and second.seconds <= 60 * MAX_ADDED_MINUTES else None


def without_clock(text: str) -> str:
    """A row's text without its clock and added time."""
    clock = clock_in(text)
    if clock is None:
        return text
    rest = _ADDED.sub(" ", text[clock.end :])
    second = _CLOCK.search(rest)
    rest = rest[: second.start()] + " " + rest[second.end() :] if second else rest
    return f"{text[: clock.start]} {rest}"


def score_in_row(text: str) -> Score | None:
    """The score in a row that holds both sides, without its clock; None where there is none."""
    pair = _PAIR.search(text)
    if pair is None:
        numbers = list(_NUMBER.finditer(text))
        if len(numbers) == 2:
            left, right = numbers
            return _score(
                text, left[1], right[1], left.start(), right.end(), between=text[left.end() : right.start()]
            )
        # Boxes side by side: 10 is 1 and 0.
        if len(numbers) == 1 and len(numbers[0][1]) == 2:
            only = numbers[0]
            if _name(text[: only.start()]) and _name(text[only.end() :]):
                return _score(text, only[1][0], only[1][1], only.start(), only.end())
        return None
    return _score(text, pair[1], pair[2], pair.start(), pair.end())


def score_in_rows(upper: str, lower: str) -> Score | None:
    """The score of a bug with one side a row; None where a row does not hold just one number."""
    held = [[*_NUMBER.finditer(text)] for text in (upper, lower)]
    if any(len(numbers) != 1 for numbers in held):
        return None
    goals = [int(numbers[0][1]) for numbers in held]
    if max(goals) > _MAX_GOALS:
        return None
    names = [_name(_NUMBER.sub(" ", text)) for text in (upper, lower)]
    return Score(goals[0], goals[1], names[0], names[1])


def _score(text: str, left: str, right: str, start: int, end: int, *, between: str = "") -> Score | None:
    home, away = (int(goals.translate(_AS_DIGITS)) for goals in (left, right))
    if max(home, away) > _MAX_GOALS:
        return None
    before, after = _name(text[:start], last=True), _name(text[end:])
    inner = _LETTERS.findall(between)
    if not before and not after and len(inner) == 1:
        inner = inner[0].split()
    if not before and len(inner) == 2:  # 1 WES STO 0
        before, after = inner[0], inner[1]
    elif not after and len(inner) == 1:  # WES 1 STO 0
        after = inner[0]
    elif not before and len(inner) == 1:  # 1 WES 0 STO
        before = inner[0]
    return Score(home, away, before, after)


def _name(text: str, *, last: bool = False) -> str:
    """The name that is nearest to the score; "" without letters."""
    found = _LETTERS.findall(text)
    return (found[-1] if last else found[0]).strip() if found else ""
