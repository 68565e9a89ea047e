"""From the texts of all strips to readings: what each says alone, and what the others make of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from matchreel.scoreboard.bug import BugLayout
from matchreel.scoreboard.record import Reading
from matchreel.scoreboard.texts import (
    ClockText,
    ScoreText,
    bare_clock,
    find_clock,
    find_goals,
    find_minute,
    find_score,
    goals_after,
    score_between,
    without,
)

_MIN_SHARE = 0.2  # a form of score that fewer readings have than this is a misreading of another
_LONGEST_NAME = 24


@dataclass(frozen=True)
class Line:
    """One row of a strip as it was read; confidence in [0, 1].

    is_repeated: it looks as it did before, and is what was read then.
    """

    text: str
    confidence: float
    is_repeated: bool = False


@dataclass(frozen=True)
class Texts:
    """The rows of one strip, the nearest to the clock first, in the layout of that number."""

    seconds: float
    layout: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Understood:
    """Readings in order of time, and the names left and right of the score, None where unread.

    repeated: whether the score of each reading is that of one before it, unchanged in the picture.
    """

    readings: tuple[Reading, ...]
    repeated: tuple[bool, ...]
    home: str | None
    away: str | None


@dataclass(frozen=True)
class _Form:
    """How the score is written: with a dash or colon, or a row per side (then which rows, from the top)."""

    is_separated: bool
    is_stacked: bool


def understand(texts: Sequence[Texts], layouts: Sequence[BugLayout]) -> Understood:
    """Readings of all strips, each of a layout given by its number."""
    form = _form_of(texts, layouts)
    names = _names(texts, form, layouts)
    readings, repeated = list[Reading](), list[bool]()
    for strip in texts:
        reading = _reading(strip, form, names, layouts[strip.layout])
        if reading is not None:
            readings.append(reading)
            # The nearest row is the clock's own: it changes all the time.
            others = strip.lines[1:] or strip.lines
            repeated.append(all(line.is_repeated for line in others))
    return Understood(tuple(readings), tuple(repeated), names[0] or None, names[1] or None)


def clock_in(lines: Sequence[Line], layout: BugLayout, *, bare: bool = False) -> tuple[ClockText, int] | None:
    """The clock of a strip and the number of its row; bare: also one without its colon."""
    for number, line in enumerate(lines):
        clock = find_clock(line.text)
        if clock and (clock.has_seconds or not layout.has_seconds):
            return clock, number
    if not lines:
        return None
    first = lines[0].text
    if not layout.has_seconds:
        minute = find_minute(first, is_last=_is_right(layout))
        return (minute, 0) if minute else None
    found = bare_clock(first) if bare else None
    return (found, 0) if found else None


def rows_from_top(layout: BugLayout) -> list[int]:
    """The numbers of a layout's rows from the top down, and from left to right."""
    return sorted(range(len(layout.lines)), key=lambda number: layout.lines[number][1::-1])


def _is_right(layout: BugLayout) -> bool:
    """Whether the clock is in the right half of its row."""
    x, _, width, _ = layout.lines[0]
    return layout.clock_box[0] + layout.clock_box[2] / 2 >= x + width / 2


def _rest(strip: Texts, layout: BugLayout) -> list[Line]:
    """The rows without clocks."""
    found = clock_in(strip.lines, layout)
    own = found[1] if found else None
    return [
        Line(
            without(line.text, found[0] if found and number == own else find_clock(line.text)),
            line.confidence,
        )
        for number, line in enumerate(strip.lines)
    ]


def _form_of(texts: Sequence[Texts], layouts: Sequence[BugLayout]) -> _Form:
    """The form that most strips have; a dash, where there are enough."""
    separated = stacked = joined = 0
    for strip in texts:
        rest = _rest(strip, layouts[strip.layout])
        separated += any(find_score(line.text) for line in rest)
        joined += any(find_score(line.text, separated=False) for line in rest)
        stacked += sum(find_goals(line.text) is not None for line in rest) >= 2
    enough = _MIN_SHARE * max(separated + joined + stacked, 1)
    is_separated = separated >= enough and separated >= stacked
    return _Form(is_separated, not is_separated and stacked >= max(joined, 1))


def _score_of(
    strip: Texts, form: _Form, names: tuple[str, str], layout: BugLayout
) -> tuple[ScoreText, float] | None:
    """The score and the confidence of the rows it is from."""
    rest = _rest(strip, layout)
    if form.is_stacked:
        return _stacked([rest[number] for number in rows_from_top(layout) if number < len(rest)], names)
    for line in rest:
        score = find_score(line.text, separated=form.is_separated)
        if score:
            return score, line.confidence
    between = ((score_between(line.text, *names), line.confidence) for line in rest)
    return next(((score, confidence) for score, confidence in between if score), None)


def _stacked(rows: Sequence[Line], names: tuple[str, str]) -> tuple[ScoreText, float] | None:
    """A score whose sides have a row each, from the top down."""
    held = list[tuple[str, int, float]]()
    for line in rows:
        own = next((name for name in names if name and goals_after(line.text, name) is not None), None)
        if own is not None:
            held.append((own, goals_after(line.text, own) or 0, line.confidence))
        elif goals := find_goals(line.text):
            held.append((*goals, line.confidence))
    if len(held) != 2:
        return None
    (home, one, first), (away, other, second) = held
    return ScoreText(one, other, home, away, 1.0), min(first, second)


def _names(texts: Sequence[Texts], form: _Form, layouts: Sequence[BugLayout]) -> tuple[str, str]:
    """The names that most readings have, "" where none is there."""
    votes: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for strip in texts:
        found = _score_of(strip, form, ("", ""), layouts[strip.layout])
        for name, counter in zip((found[0].left, found[0].right) if found else (), votes, strict=False):
            if _is_name(name):
                counter[name] += 1
    home, away = (counter.most_common(1)[0][0] if counter else "" for counter in votes)
    return home, away


def _is_name(text: str) -> bool:
    letters = re.sub(r"[\W\d_]", "", text)
    return len(letters) >= 2 and len(text) <= _LONGEST_NAME


def _reading(strip: Texts, form: _Form, names: tuple[str, str], layout: BugLayout) -> Reading | None:
    clock = clock_in(strip.lines, layout, bare=True)
    score = _score_of(strip, form, names, layout)
    if clock is None and score is None:
        return None
    sure = [strip.lines[clock[1]].confidence] if clock else []
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
