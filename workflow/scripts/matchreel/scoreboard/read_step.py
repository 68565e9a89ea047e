"""read_scoreboard: what the score bug of one part says, read from its strips and fitted over time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from matchreel.errors import DamagedError
from matchreel.scoreboard.bug import BugLayout
from matchreel.scoreboard.clock_fit import fit_halves, unread_stretches
from matchreel.scoreboard.record import Layout, Reading, Scoreboard
from matchreel.scoreboard.score_path import find_changes
from matchreel.scoreboard.strip_reading import LineReader, read_around, read_coarsely
from matchreel.scoreboard.strips import Strips
from matchreel.scoreboard.understanding import Texts, understand
from matchreel.timeline import clock_text

log = logging.getLogger("matchreel")

# A row that looks as it did says nothing new, but that it is still there.
_REPEATED_WEIGHT = 0.35
# A banner that shrinks the picture brings other graphics with it: its readings count less.
_SHRUNK, _SHRUNK_WEIGHT = 0.9, 0.25


def read_scoreboard(*, strips_path: Path, scoreboard_path: Path) -> None:
    """Write what the score bug says (scoreboard.record.Scoreboard); empty, with a line, where there is none.

    Raises DamagedError where the strips are not what was written.
    """
    strips = Strips.load(strips_path)
    board = Scoreboard(strips.game, strips.part, strips.duration_seconds)
    if strips.layouts:
        from matchreel.scoreboard.text_reader import TextReader

        try:
            board = read_board(strips, TextReader())
        except ValueError as error:
            raise DamagedError(str(error), path=strips_path) from error
    board.save(scoreboard_path)
    # Where there is no score bug, find_score_bug has said so.
    level = logging.INFO if strips.layouts else logging.DEBUG
    log.log(level, "%s %s: %s", strips.game, strips.part, summary_of(board))


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


def read_board(strips: Strips, reader: LineReader) -> Scoreboard:
    """The record of one part's strips."""
    texts = read_coarsely(strips, reader)
    changes = board_of(strips, texts).changes
    return board_of(strips, read_around(strips, reader, texts, changes))


def board_of(strips: Strips, texts: Sequence[Texts]) -> Scoreboard:
    """The record of what was read."""
    understood = understand(texts, strips.layouts)
    readings = understood.readings
    halves = fit_halves(readings, part=strips.part, duration_seconds=strips.duration_seconds)
    weights = [
        weight_of(strips.layouts, reading) * (_REPEATED_WEIGHT if is_repeated else 1.0)
        for reading, is_repeated in zip(readings, understood.repeated, strict=True)
    ]
    path = find_changes(
        readings if halves else (), weights if halves else (),
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


def weight_of(layouts: Sequence[BugLayout], reading: Reading) -> float:
    """What a reading counts: less where the bug is smaller than usual."""
    usual, own = layouts[0].clock_box[3], layouts[reading.layout].clock_box[3]
    return _SHRUNK_WEIGHT if own < _SHRUNK * usual else 1.0
