"""Reading the rows of all strips: every second one, and all of them around changes of the score."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import cv2

from matchreel.scoreboard.record import ScoreChange
from matchreel.scoreboard.strips import Picture, Strips, lines_of
from matchreel.scoreboard.understanding import Line, Texts, clock_in
from matchreel.timeline import clock_text

log = logging.getLogger("matchreel")

_MINUTES_BETWEEN_LINES = 30
# Shorter parts are read at every step: that takes seconds.
_MANY_STEPS = 450
_AROUND_SECONDS = 12.0
# A row that looks as it did is taken for read so often on end.
_REPEATS = 4
_LETTER_PIXELS, _LETTER_LEVEL = (3, 3), 20.0


class LineReader(Protocol):
    """What reads rows of text (scoreboard.text_reader.TextReader)."""

    def read(self, lines: Sequence[Picture]) -> list[tuple[str, float]]:
        """(text, confidence) of each picture of one row."""


def read_coarsely(strips: Strips, reader: LineReader) -> list[Texts]:
    """The rows of every second strip, of all in a short part."""
    every = 2 if strips.grid and strips.grid.num_steps > _MANY_STEPS else 1
    return list(_read(strips, reader, (row for row in strips.moments() if row[0] % every == 0)))


def read_around(
    strips: Strips, reader: LineReader, texts: Sequence[Texts], changes: Sequence[ScoreChange]
) -> list[Texts]:
    """These rows and those of the strips around changes, in order of time: so goals are timed to one step."""
    known = {row.seconds for row in texts}
    near = [
        (change.earliest_seconds - _AROUND_SECONDS, change.seconds + _AROUND_SECONDS) for change in changes
    ]
    missing = (
        (step, seconds)
        for step, seconds in strips.moments()
        if seconds not in known and any(start <= seconds <= end for start, end in near)
    )
    return sorted([*texts, *_read(strips, reader, missing)], key=lambda row: row.seconds)


def _read(strips: Strips, reader: LineReader, moments: Iterable[tuple[int, float]]) -> Iterator[Texts]:
    """The rows of the layout whose clock is read, that of last time tried first."""
    order, next_line = list(range(len(strips.layouts))), 60.0 * _MINUTES_BETWEEN_LINES
    memories = [_Memory(reader) for _ in strips.layouts]
    for step, seconds in moments:
        found = list[Texts]()
        for number in order:
            lines = memories[number].read(lines_of(strips.picture(number, step), strips.layouts[number]))
            found.append(Texts(seconds, number, lines))
            if clock_in(lines, strips.layouts[number]):
                order = [number, *(other for other in order if other != number)]
                break
        last = found[-1]
        yield last if clock_in(last.lines, strips.layouts[last.layout]) else found[0]
        if seconds >= next_line:
            log.info("score bug: %s read", clock_text(seconds))
            next_line += 60.0 * _MINUTES_BETWEEN_LINES


class _Memory:
    """Reads the rows of one layout; a row that looks as it did is not read again for a while."""

    def __init__(self, reader: LineReader) -> None:
        self._reader = reader
        # Row -> its picture, what it said, how often that was repeated.
        self._seen = dict[int, tuple[Picture, Line, int]]()

    def read(self, rows: Sequence[Picture]) -> tuple[Line, ...]:
        """What each row says."""
        lines = dict[int, Line]()
        for number, row in enumerate(rows):
            picture, line, times = self._seen.get(number, (None, None, 0))
            if picture is not None and line is not None and times < _REPEATS and looks_same(picture, row):
                lines[number] = replace(line, is_repeated=True)
                self._seen[number] = picture, line, times + 1
        unread = [number for number in range(len(rows)) if number not in lines]
        for number, said in zip(unread, self._reader.read([rows[number] for number in unread]), strict=True):
            lines[number] = Line(*said)
            self._seen[number] = rows[number], lines[number], 0
        return tuple(lines[number] for number in range(len(rows)))


def looks_same(one: Picture, other: Picture) -> bool:
    """Whether two pictures of a row differ by no more than noise: nowhere by as much as a letter would."""
    if one.shape != other.shape:
        return False
    difference = cv2.absdiff(one, other).mean(axis=2)
    return float(cv2.blur(difference, _LETTER_PIXELS).max()) < _LETTER_LEVEL
