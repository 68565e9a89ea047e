"""Whether an edit list, which people may have edited, can be cut."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from matchreel.edit_list import LEAST_SECONDS, EditList, PlannedHighlight, is_too_short
from matchreel.errors import InputError
from matchreel.kinds import is_number

# ASSUME a row that ends this little behind the last frame means the last frame.
_SLACK_SECONDS = 1.0


def check_plan(plan: EditList, durations_seconds: Mapping[str, float], *, where: Path) -> None:
    """InputError for the first row of an edit list that cannot be cut from parts of these lengths."""
    for number, row in enumerate(plan.highlights, start=1):
        times = (row.start_seconds, row.end_seconds, row.score, *row.why.values())
        if row.event_seconds is not None:
            times = (*times, row.event_seconds)
        problem = None
        if row.part not in durations_seconds:
            problem = f"part {row.part!r} is none of the game's parts ({', '.join(durations_seconds)})"
        elif not all(map(is_number, times)):
            problem = "a time or score is not a number"
        elif not 0 <= row.start_seconds < row.end_seconds:
            problem = f"{row.start_seconds} to {row.end_seconds} s is not a stretch of time"
        elif is_too_short(row.start_seconds, row.end_seconds, part_seconds=durations_seconds[row.part]):
            problem = f"{row.start_seconds} to {row.end_seconds} s is shorter than {LEAST_SECONDS} s"
        elif row.start_seconds >= durations_seconds[row.part]:
            problem = f"{row.start_seconds} s lies beyond the end of part {row.part}"
        elif not _is_within(row, durations_seconds[row.part]):
            length = f"{durations_seconds[row.part]:.3f} s"
            problem = f"its end or its moment is beyond part {row.part}, which lasts {length}"
        if problem:
            raise InputError(
                problem, where=f"{where}, highlight {number}", remedy="Correct or remove this row"
            )


def _is_within(row: PlannedHighlight, duration_seconds: float) -> bool:
    moment = row.start_seconds if row.event_seconds is None else row.event_seconds
    last = duration_seconds + _SLACK_SECONDS
    return row.end_seconds <= last and 0 <= moment <= last
