"""From the texts of all strips to readings: what each says alone, and what the others make of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matchreel.scoreboard.record import Reading
from matchreel.scoreboard.texts import (
    ClockText,
    ScoreText,
    bare_clock,
    find_clock,
    find_goals,
    find_score,
    score_between,
    without,
)

_MIN_SHARE = 0.2  # a form of score that fewer readings have than this is a misreading of another
_LONGEST_NAME = 24


@dataclass(frozen=True)
class Line:
    """One row of a strip as it was read; confidence in [0, 1]."""

    text: str
    confidence: float


@dataclass(frozen=True)
class Texts:
    """The rows of one strip, the nearest to the clock first, in the layout of that number."""

    seconds: float
    layout: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Understood:
    """Readings in order of time, and the names left and right of the score, None where unread."""

    readings: tuple[Reading, ...]
    home: str | None
    away: str | None


@dataclass(frozen=True)
class _Form:
    """How the score is written: with a dash or colon, or a row per side (then which rows, from the top)."""

    is_separated: bool
    is_stacked: bool


def understand(texts: Sequence[Texts], row_orders: Sequence[Sequence[int]]) -> Understood:
    """Readings of all strips. row_orders: per layout its rows from the top down, as numbers of lines."""
    form = _form_of(texts)
    names = _names(texts, form, row_orders)
    readings = list[Reading]()
    for strip in texts:
        reading = _reading(strip, form, names, row_orders[strip.layout])
        if reading is not None:
            readings.append(reading)
    return Understood(tuple(readings), names[0] or None, names[1] or None)


def clock_in(lines: Sequence[Line], *, bare: bool = False) -> tuple[ClockText, Line] | None:
    """The clock of a strip and the row it is in; bare: also one without its colon."""
    for line in lines:
        clock = find_clock(line.text)
        if clock:
            return clock, line
    if bare and lines and (clock := bare_clock(lines[0].text)):
        return clock, lines[0]
    return None


def _rest(strip: Texts) -> list[Line]:
    return [Line(without(line.text, find_clock(line.text)), line.confidence) for line in strip.lines]


def _form_of(texts: Sequence[Texts]) -> _Form:
    """The form that most strips have; a dash, where there are enough."""
    separated = stacked = joined = 0
    for strip in texts:
        rest = _rest(strip)
        separated += any(find_score(line.text) for line in rest)
        joined += any(find_score(line.text, separated=False) for line in rest)
        stacked += sum(find_goals(line.text) is not None for line in rest) >= 2
    enough = _MIN_SHARE * len(texts)
    is_separated = separated >= enough and separated >= stacked
    return _Form(is_separated, not is_separated and stacked >= max(joined, 1))


def _score_of(strip: Texts, form: _Form, order: Sequence[int]) -> tuple[ScoreText, float] | None:
    """The score and the confidence of the rows it is from."""
    rest = _rest(strip)
    if form.is_stacked:
        rows = [(find_goals(rest[number].text), rest[number]) for number in order if number < len(rest)]
        held = [(goals, line) for goals, line in rows if goals is not None]
        if len(held) != 2:
            return None
        ((home, one), first), ((away, other), second) = held
        return ScoreText(one, other, home, away, 1.0), min(first.confidence, second.confidence)
    for line in rest:
        score = find_score(line.text, separated=form.is_separated)
        if score:
            return score, line.confidence
    return None


def _names(texts: Sequence[Texts], form: _Form, row_orders: Sequence[Sequence[int]]) -> tuple[str, str]:
    """The names that most readings have, "" where none is there."""
    votes: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for strip in texts:
        found = _score_of(strip, form, row_orders[strip.layout])
        for name, counter in zip((found[0].left, found[0].right) if found else (), votes, strict=False):
            if _is_name(name):
                counter[name] += 1
    home, away = (counter.most_common(1)[0][0] if counter else "" for counter in votes)
    return home, away


def _is_name(text: str) -> bool:
    letters = re.sub(r"[\W\d_]", "", text)
    return len(letters) >= 2 and len(text) <= _LONGEST_NAME


def _reading(strip: Texts, form: _Form, names: tuple[str, str], order: Sequence[int]) -> Reading | None:
    clock = clock_in(strip.lines, bare=True)
    score = _score_of(strip, form, order) or _between(strip, names)
    if clock is None and score is None:
        return None
    sure = [clock[1].confidence] if clock else []
    sure += [score[0].sureness * score[1]] if score else []
    return Reading(
        seconds=strip.seconds,
        layout=strip.layout,
        clock_seconds=clock[0].seconds if clock else None,
        added_seconds=clock[0].added_seconds if clock else None,
        home=score[0].home if score else None,
        away=score[0].away if score else None,
        confidence=min(sure),
    )


def _between(strip: Texts, names: tuple[str, str]) -> tuple[ScoreText, float] | None:
    found = _between_rows(strip, names)
    return next(found, None)


def _between_rows(strip: Texts, names: tuple[str, str]) -> Iterator[tuple[ScoreText, float]]:
    for line in _rest(strip):
        score = score_between(line.text, *names)
        if score:
            yield score, line.confidence
