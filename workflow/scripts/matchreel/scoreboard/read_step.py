"""read_scoreboard: what the score bug of one part says, read from its strips and fitted over time."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from matchreel.errors import DamagedError
from matchreel.scoreboard.bug import BugLayout
from matchreel.scoreboard.clock_fit import fit_halves, unread_stretches
from matchreel.scoreboard.record import Layout, Reading, Scoreboard
from matchreel.scoreboard.score_path import find_changes
from matchreel.scoreboard.strips import Picture, Strips, lines_of
from matchreel.scoreboard.understanding import Line, Texts, clock_in, understand
from matchreel.timeline import clock_text

log = logging.getLogger("matchreel")

_MINUTES_BETWEEN_LINES = 30
# A banner that shrinks the picture brings other graphics with it: its readings count less.
_SHRUNK, _SHRUNK_WEIGHT = 0.9, 0.25


class LineReader(Protocol):
    """What reads rows of text (scoreboard.text_reader.TextReader)."""

    def read(self, lines: Sequence[Picture]) -> list[tuple[str, float]]:
        """(text, confidence) of each picture of one row."""


def read_scoreboard(*, strips_path: Path, scoreboard_path: Path) -> None:
    """Write what the score bug says (scoreboard.record.Scoreboard); empty, with a line, where there is none.

    Raises DamagedError where the strips are not what was written.
    """
    strips = Strips.load(strips_path)
    board = Scoreboard(strips.game, strips.part, strips.duration_seconds)
    if strips.layouts:
        from matchreel.scoreboard.text_reader import TextReader

        try:
            board = board_of(strips, list(read_strips(strips, TextReader())))
        except ValueError as error:
            raise DamagedError(str(error), path=strips_path) from error
    board.save(scoreboard_path)
    log.info("%s %s: %s", strips.game, strips.part, summary_of(board))


def summary_of(board: Scoreboard) -> str:
    """One line on what was read."""
    if not board.halves:
        return "no match clock could be read from the picture: minutes and goals are not known from it"
    halves = ", ".join(
        f"half {half.number} from {clock_text(half.start_seconds)} to {clock_text(half.end_seconds)}"
        for half in board.halves
    )
    goals = sum(change.counts for change in board.changes)
    gone = len(board.changes) - goals
    return f"{len(board.readings)} readings, {halves}; {goals} goals, {gone} taken back"


def read_strips(strips: Strips, reader: LineReader) -> Iterator[Texts]:
    """The rows of each moment's strip: of the layout whose clock is read, that of last time tried first."""
    order, next_line = list(range(len(strips.layouts))), 60.0 * _MINUTES_BETWEEN_LINES
    for step, seconds in strips.moments():
        found = list[Texts]()
        for number in order:
            pictures = lines_of(strips.picture(number, step), strips.layouts[number])
            lines = tuple(Line(*row) for row in reader.read(pictures))
            found.append(Texts(seconds, number, lines))
            if clock_in(lines):
                order = [number, *(other for other in order if other != number)]
                break
        yield found[-1] if clock_in(found[-1].lines) else found[0]
        if seconds >= next_line:
            log.info("score bug: %s read", clock_text(seconds))
            next_line += 60.0 * _MINUTES_BETWEEN_LINES


def board_of(strips: Strips, texts: Sequence[Texts]) -> Scoreboard:
    """The record of what was read."""
    understood = understand(texts, [rows_from_top(layout) for layout in strips.layouts])
    readings = understood.readings
    halves = fit_halves(readings, part=strips.part, duration_seconds=strips.duration_seconds)
    weights = [weight_of(strips.layouts, reading) for reading in readings] if halves else []
    path = find_changes(
        readings if halves else (), weights,
        starts_at_kickoff=bool(halves) and halves[0].number == 1 and halves[0].starts_at_kickoff,
    )  # fmt: skip
    return Scoreboard(
        game=strips.game,
        part=strips.part,
        duration_seconds=strips.duration_seconds,
        layouts=tuple(Layout(row.box, row.clock_box, row.num_pictures) for row in strips.layouts),
        readings=readings,
        halves=tuple(halves),
        first_score=path.first,
        changes=path.changes,
        home=understood.home if halves else None,
        away=understood.away if halves else None,
        unread=tuple(unread_stretches(readings, halves)),
    )


def rows_from_top(layout: BugLayout) -> list[int]:
    """The numbers of a layout's rows from the top down, and from left to right."""
    return sorted(range(len(layout.lines)), key=lambda number: layout.lines[number][1::-1])


def weight_of(layouts: Sequence[BugLayout], reading: Reading) -> float:
    """What a reading counts: less where the bug is smaller than usual."""
    usual, own = layouts[0].clock_box[3], layouts[reading.layout].clock_box[3]
    return _SHRUNK_WEIGHT if own < _SHRUNK * usual else 1.0
