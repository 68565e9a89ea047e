"""Frame counts as SMPTE timecode, for rates that have one."""

from __future__ import annotations

import re
from fractions import Fraction

from opentimelineio.opentime import RationalTime, to_timecode

# SOURCE: SMPTE ST 12 counts frames at these rates.
TIMECODE_RATES = tuple(
    Fraction(n, d) for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1))
) + tuple(Fraction(n, d) for n, d in ((50, 1), (60000, 1001), (60, 1)))
_DROP_FRAME = (Fraction(30000, 1001), Fraction(60000, 1001))


def timecode_rate(rate_fps: Fraction) -> Fraction:
    """The rate itself where it has timecode, else the nearest one that has."""
    return min(TIMECODE_RATES, key=lambda rate: abs(rate - rate_fps))


def is_drop_frame(rate_fps: Fraction) -> bool:
    """Whether timecode at this rate leaves numbers out so that it keeps step with the clock."""
    return rate_fps in _DROP_FRAME


def timecode(frame: int, rate_fps: Fraction, *, is_dropping: bool | None = None) -> str:
    """HH:MM:SS:FF of a frame counted from 0; HH:MM:SS;FF where numbers are left out.

    is_dropping: None as is usual at this rate. A day has 24 hours: what comes after begins at 0 again.
    """
    drops = is_drop_frame(rate_fps) if is_dropping is None else is_dropping
    day = frames_of("24:00:00;00" if drops else "24:00:00:00", rate_fps)
    if drops:
        return str(to_timecode(RationalTime(frame % day, float(rate_fps)), float(rate_fps), drop_frame=True))
    # Not by OpenTimelineIO, whose day has 24 hours of the clock also where the count runs slower.
    seconds, frames = divmod(frame % day, round(rate_fps))
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def frames_of(label: str, rate_fps: Fraction, *, label_rate_fps: Fraction | None = None) -> int:
    """How many frames at a rate are before a timecode; label_rate_fps: what it counts at, if another."""
    hours, minutes, seconds, frames = map(int, re.split("[:;]", label))
    nominal = round(rate_fps)
    counted = ((hours * 60 + minutes) * 60 + seconds) * nominal
    counted += round(Fraction(frames * nominal, round(label_rate_fps or rate_fps)))
    if ";" in label and is_drop_frame(rate_fps):
        # SOURCE: SMPTE ST 12: two numbers (four at 60) are left out each minute but every tenth.
        whole_minutes = hours * 60 + minutes
        counted -= nominal // 15 * (whole_minutes - whole_minutes // 10)
    return counted
