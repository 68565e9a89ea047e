"""read_scoreboard: what the strips of one part say, fitted to halves, goals and teams."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np

from matchreel.scoreboard.clock import fit_halves
from matchreel.scoreboard.ocr import Picture, TextReader
from matchreel.scoreboard.record import Half, Layout, Reading, Scoreboard
from matchreel.scoreboard.score import fit_score
from matchreel.scoreboard.strips import EVERY_SECONDS, Strips
from matchreel.scoreboard.texts import Score, added_in, clock_in, score_in_row, score_in_rows, without_clock
from matchreel.timeline import Interval, clock_text, merge_intervals

log = logging.getLogger("matchreel")

# Below this a text is a guess.
_MIN_CONFIDENCE = 0.5
# A row whose pixels differ by less on average (of 255) says what it said before.
_SAME_PIXELS = 2.0
_MIN_NAME_SHARE = 0.3
_UNREAD_SECONDS = 30.0
_MINUTES_BETWEEN_LINES = 30


class RowReader(Protocol):
    """What reads rows: ocr.TextReader, or a test's own."""

    def read(self, rows: Sequence[Picture]) -> list[tuple[str, float]]:
        """The text of each strip (H, W, 3) uint8 RGB of one line, and how sure it is."""


@dataclass(frozen=True)
class _Told:
    """A reading, and the names beside its score."""

    reading: Reading
    score: Score | None


def read_scoreboard(*, strips_path: Path, scoreboard_path: Path) -> None:
    """Read the strips of one part and write its Scoreboard, an empty one where no clock is read."""
    strips = Strips.load(strips_path)
    told = list(_told(strips.pictures(), strips.layouts, TextReader()))
    board = fitted_scoreboard(told, strips)
    board.save(scoreboard_path)
    log.info("%s %s: %s", board.game, board.part, _summary(board))


def fitted_scoreboard(told: Sequence[_Told], strips: Strips) -> Scoreboard:
    """The scoreboard of a part from the readings of its strips."""
    readings = [row.reading for row in told]
    halves = fit_halves(readings, strips.duration_seconds)
    first, changes = fit_score([row for row in readings if row.clock_seconds is not None])
    home, away = _names([row.score for row in told if row.score])
    return Scoreboard(
        strips.game,
        strips.part,
        strips.duration_seconds,
        layouts=strips.layouts,
        readings=tuple(row for row in readings if row.clock_seconds is not None or row.home is not None),
        halves=halves,
        first_score=first if halves else None,
        changes=changes if halves else (),
        home=home,
        away=away,
        unread=_unread(readings, halves),
    )


def _told(
    moments: Iterable[tuple[float, list[Picture]]], layouts: Sequence[Layout], reader: RowReader
) -> Iterator[_Told]:
    """The best reading of each moment, by its layouts: that of the moment before is tried first."""
    readers = [_LayoutReader(index, layout, reader) for index, layout in enumerate(layouts)]
    usual, next_line = 0, 60.0 * _MINUTES_BETWEEN_LINES
    for seconds, strips in moments:
        order = [usual, *(k for k in range(len(readers)) if k != usual)]
        best: _Told | None = None
        for k in order:
            held = readers[k].told(seconds, strips[k])
            if best is None or held.reading.clock_seconds is not None:
                best, found = held, k
            if held.reading.clock_seconds is not None:
                usual = found
                break
        if best:
            yield best
        if seconds >= next_line:
            log.info("score bug: %s read", clock_text(seconds))
            next_line += 60.0 * _MINUTES_BETWEEN_LINES


class _LayoutReader:
    """Reads the rows of one layout; a row that has not changed is not read again."""

    def __init__(self, index: int, layout: Layout, reader: RowReader) -> None:
        self._index, self._layout, self._reader = index, layout, reader
        self._before: list[tuple[Picture, tuple[str, float]] | None] = [None for _ in layout.rows]

    def told(self, seconds: float, strip: Picture) -> _Told:
        """What a strip (H, W, 3) uint8 RGB of the layout says."""
        texts = [self._text(k, self._row(k, strip)) for k in range(len(self._layout.rows))]
        sure = [text if confidence >= _MIN_CONFIDENCE else "" for text, confidence in texts]
        clocks = [(k, clock) for k, text in enumerate(sure) if (clock := clock_in(text))]
        clock = clocks[0][1] if clocks else None
        score = _score([without_clock(text) for text in sure])
        used = [confidence for (text, confidence), held in zip(texts, sure, strict=True) if held]
        return _Told(
            Reading(
                seconds=seconds,
                layout=self._index,
                clock_seconds=clock.seconds if clock else None,
                added_seconds=added_in(sure[clocks[0][0]], clock) if clock else None,
                home=score.home if score else None,
                away=score.away if score else None,
                confidence=round(min(used, default=0.0), 4),
            ),
            score,
        )

    def _row(self, k: int, strip: Picture) -> Picture:
        height, width = strip.shape[:2]
        x, y, wide, high = self._layout.box
        left, top, row_wide, row_high = self._layout.rows[k]
        first, last = round((top - y) / high * height), round((top + row_high - y) / high * height)
        start, end = round((left - x) / wide * width), round((left + row_wide - x) / wide * width)
        return strip[first : max(last, first + 4), start : max(end, start + 4)]

    def _text(self, k: int, row: Picture) -> tuple[str, float]:
        before = self._before[k]
        if before and _is_same(before[0], row):
            return before[1]
        (text,) = self._reader.read([row])
        self._before[k] = (row, text)
        return text


def _is_same(before: Picture, row: Picture) -> bool:
    """Whether two rows are alike, in every block of them: a digit is a small part of a row."""
    away = np.abs(before.astype(np.int16) - row.astype(np.int16)).mean(axis=(0, 2))
    width = max(1, row.shape[0] // 2)
    blocks = [away[at : at + width].mean() for at in range(0, len(away), width)]
    return bool(max(blocks) < _SAME_PIXELS)


def _score(rows: Sequence[str]) -> Score | None:
    """The score of a bug with both sides in a row, or with a row for each."""
    for text in rows:
        if score := score_in_row(text):
            return score
    for upper, lower in pairwise(rows):
        if score := score_in_rows(upper, lower):
            return score
    return None


def _names(scores: Sequence[Score]) -> tuple[str | None, str | None]:
    """The names or codes that were read most often beside the score; None where nothing was."""
    found = list[str | None]()
    for names in ([score.home_name for score in scores], [score.away_name for score in scores]):
        counts = Counter(filter(None, names))
        name, count = counts.most_common(1)[0] if counts else ("", 0)
        found.append(name if name and count >= _MIN_NAME_SHARE * len(scores) else None)
    return found[0], found[1]


def _unread(readings: Sequence[Reading], halves: Sequence[Half]) -> tuple[Interval, ...]:
    """Stretches of the halves in which no clock was read for a while."""
    half_step = EVERY_SECONDS / 2
    spans = [
        Interval(max(row.seconds - half_step, 0.0), row.seconds + half_step)
        for row in readings
        if row.clock_seconds is None and any(half.interval.contains(row.seconds) for half in halves)
    ]
    merged = merge_intervals(spans, max_gap_seconds=0.01)
    return tuple(span for span in merged if span.duration_seconds >= _UNREAD_SECONDS)


def _summary(board: Scoreboard) -> str:
    if not board.halves:
        return "no match clock was read"
    halves = ", ".join(f"half {half.number} from {clock_text(half.start_seconds)}" for half in board.halves)
    goals = ", ".join(f"{goal.home}-{goal.away} at {clock_text(goal.seconds)}" for goal in board.changes)
    return f"{halves}; {goals or 'no goal'}"
