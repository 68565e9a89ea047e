"""Frame counts as SMPTE timecode, for rates that have one."""

from __future__ import annotations

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


def timecode(frame: int, rate_fps: Fraction) -> str:
    """HH:MM:SS:FF of a frame counted from 0; HH:MM:SS;FF where numbers are left out."""
    return str(to_timecode(RationalTime(frame, float(rate_fps)), float(rate_fps)))
