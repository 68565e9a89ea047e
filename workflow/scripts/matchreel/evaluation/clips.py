"""Training clips of the judged games, read back as the questions that a scorer is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from matchreel.checksums import check_in_folder
from matchreel.clips.table import COLUMNS
from matchreel.errors import DamagedError


def load_clips(table_path: Path) -> pd.DataFrame:
    """A clips.csv with its COLUMNS; game and part are text. InputError where it is none."""
    check_in_folder(table_path)
    try:
        table = pd.read_csv(table_path, dtype={"game": str, "part": str}, keep_default_na=False)
        return table[list(COLUMNS)].astype(
            {"start_seconds": float, "end_seconds": float, "is_positive": bool}
        )
    except (ValueError, KeyError) as error:
        raise DamagedError(f"this is not a table of training clips ({error})", path=table_path) from error


def clips_by_part(clips_paths: Iterable[Path]) -> dict[tuple[str, str], pd.DataFrame]:
    """(game, part) -> its clips; parts without clips are left out."""
    tables = [load_clips(path) for path in clips_paths]
    return {(table["game"].iloc[0], table["part"].iloc[0]): table for table in tables if len(table)}
