"""Scoreboards as read_scoreboard writes them, made by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from matchreel.scoreboard import Half, Scoreboard, ScoreChange

# Both halves in one file: kick-off at 60 s, half-time from 2945 s to 3300 s, the end at 6050 s of 6200.
WHOLE_MATCH = Scoreboard(
    "cup",
    "full",
    6200.0,
    halves=(
        Half(1, 60.0, 2945.0, True, ((60.0, 0.0), (2945.0, 2885.0))),
        Half(2, 3300.0, 6050.0, True, ((3300.0, 2700.0),)),
    ),
    first_score=(0, 0),
    changes=(
        ScoreChange(1000.0, 1006.0, "home", 1, 0, None, 0.9),
        ScoreChange(4000.0, 4010.0, "away", 1, 1, 4060.0, 0.7),
        ScoreChange(5490.0, 5500.0, "away", 1, 1, None, 0.9),
    ),
    home="WES",
    away="STO",
)
# The same with extra time and penalties.
EXTRA_TIME = replace(
    WHOLE_MATCH,
    duration_seconds=9500.0,
    halves=(
        *WHOLE_MATCH.halves,
        Half(3, 6300.0, 7260.0, True, ((6300.0, 5400.0),)),
        Half(4, 7300.0, 8300.0, True, ((7300.0, 6300.0),)),
        Half(5, 8700.0, 9300.0, True, ((8700.0, 0.0),)),
    ),
)


def saved_boards(folder: Path, *boards: Scoreboard) -> list[Path]:
    """Their files, in order."""
    paths = [folder / f"{board.part}.scoreboard.json" for board in boards]
    for board, path in zip(boards, paths, strict=True):
        board.save(path)
    return paths
