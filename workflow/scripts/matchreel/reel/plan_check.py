"""Whether an edit list, which people may have edited, can be cut."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from matchreel.edit_list import EditList
from matchreel.errors import InputError


def check_plan(plan: EditList, durations_seconds: Mapping[str, float], *, where: Path) -> None:
    """InputError for the first row of an edit list that cannot be cut from parts of these lengths."""
    for number, row in enumerate(plan.highlights, start=1):
        times = (row.start_seconds, row.end_seconds, row.score, *row.why.values())
        if row.event_seconds is not None:
            times = (*times, row.event_seconds)
        problem = None
        if row.part not in durations_seconds:
            problem = f"part {row.part!r} is none of the game's parts ({', '.join(durations_seconds)})"
        elif not all(_is_number(value) for value in times):
            problem = "a time or score is not a number"
        elif not 0 <= row.start_seconds < row.end_seconds:
            problem = f"{row.start_seconds} to {row.end_seconds} s is not a stretch of time"
        elif row.start_seconds >= durations_seconds[row.part]:
            problem = f"{row.start_seconds} s lies beyond the end of part {row.part}"
        if problem:
            raise InputError(
                problem, where=f"{where}, highlight {number}", remedy="Correct or remove this row"
            )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
