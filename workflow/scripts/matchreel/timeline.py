"""THE CLOCK. Seconds from the part's start, half-open intervals, rational rates: all said here, once.

A part's time zero is the presentation time of its first video frame (of its first audio sample where
there is no video). Sound before that moment is dropped, sound that starts later is preceded by silence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

_MAX_TOLD = 5

# No recording is longer: a time beyond it is a mistake, wherever it comes from.
LONGEST_SECONDS = 24 * 3600.0


def parse_rate(value: str | int | float | Fraction) -> Fraction:
    """A rate per second as an exact fraction: "30000/1001", 25, or 29.97 (= 30000/1001).

    Raises ValueError for anything not finite and positive.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a rate")
    rate = Fraction(str(value)) if not isinstance(value, Fraction) else value
    if rate <= 0:
        raise ValueError(f"{value} is not a positive rate")
    # ASSUME the NTSC family (23.976, 29.97, 59.94) where a short decimal stands for n * 1000 / 1001.
    for nominal in (24, 30, 48, 60, 120):
        ntsc = Fraction(nominal * 1000, 1001)
        if rate.denominator in (10, 50, 100, 125, 500, 1000) and abs(rate - ntsc) < Fraction(1, 200):
            return ntsc
    return rate


@dataclass(frozen=True, order=True)
class Interval:
    """[start_seconds, end_seconds) of one part; end is never before start."""

    start_seconds: float
    end_seconds: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_seconds) and math.isfinite(self.end_seconds)):
            raise ValueError(f"{self} is not finite")
        if self.end_seconds < self.start_seconds:
            raise ValueError(f"{self} ends before it starts")

    @property
    def duration_seconds(self) -> float:
        """Length in seconds."""
        return self.end_seconds - self.start_seconds

    @property
    def centre_seconds(self) -> float:
        """The middle of the interval."""
        return (self.start_seconds + self.end_seconds) / 2

    def contains(self, seconds: float) -> bool:
        """Whether a moment lies inside: the start does, the end does not."""
        return self.start_seconds <= seconds < self.end_seconds

    def overlaps(self, other: Interval) -> bool:
        """Whether the two share time; touching ends do not."""
        return self.start_seconds < other.end_seconds and other.start_seconds < self.end_seconds

    def overlap_seconds(self, other: Interval) -> float:
        """Seconds the two share."""
        return max(
            0.0,
            min(self.end_seconds, other.end_seconds) - max(self.start_seconds, other.start_seconds),
        )

    def clamped(self, duration_seconds: float) -> Interval:
        """The piece of it inside [0, duration_seconds)."""
        start = min(max(self.start_seconds, 0.0), duration_seconds)
        return Interval(start, min(max(self.end_seconds, start), duration_seconds))

    def padded(self, before_seconds: float, after_seconds: float) -> Interval:
        """Grown at both ends (shrunk where negative)."""
        return Interval(self.start_seconds - before_seconds, self.end_seconds + after_seconds)


def merge_intervals(intervals: list[Interval], *, max_gap_seconds: float = 0.0) -> list[Interval]:
    """Join intervals that overlap, touch, or lie at most max_gap_seconds apart; sorted by start."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if merged and interval.start_seconds - merged[-1].end_seconds <= max_gap_seconds:
            end = max(merged[-1].end_seconds, interval.end_seconds)
            merged[-1] = Interval(merged[-1].start_seconds, end)
        else:
            merged.append(interval)
    return merged


@dataclass(frozen=True)
class FrameGrid:
    """An even grid over a part: step i covers [i / rate, (i + 1) / rate) seconds.

    The picture of step i is the one on screen at the step's centre. So a change at time t first shows in
    the step whose start is within half a step of t. Only steps whose centre lies inside the part exist.
    """

    rate_fps: Fraction
    num_steps: int

    def __post_init__(self) -> None:
        if self.rate_fps <= 0 or self.num_steps < 1:
            raise ValueError(f"not a grid: {self}")

    @classmethod
    def over(cls, duration_seconds: float | Fraction, rate_fps: Fraction) -> FrameGrid:
        """The grid of a whole part."""
        steps = math.ceil(Fraction(duration_seconds) * rate_fps - Fraction(1, 2))
        return cls(rate_fps, max(1, steps))

    @property
    def step_seconds(self) -> Fraction:
        """Length of one step, exact."""
        return 1 / self.rate_fps

    @property
    def duration_seconds(self) -> Fraction:
        """End of the last step, exact."""
        return self.num_steps / self.rate_fps

    def start_seconds(self, step_index: int) -> Fraction:
        """Start of a step, exact: never a sum of rounded steps."""
        return step_index / self.rate_fps

    def starts_seconds(self) -> npt.NDArray[np.float64]:
        """(T,) float64: the start of every step in seconds."""
        steps = np.arange(self.num_steps, dtype=np.float64)
        return steps * self.rate_fps.denominator / self.rate_fps.numerator

    def nearest_step(self, seconds: float | Fraction) -> int:
        """The step whose start lies nearest to a moment (the later one of two), clamped to the grid."""
        index = math.floor(Fraction(seconds) * self.rate_fps + Fraction(1, 2))
        return min(max(index, 0), self.num_steps - 1)

    def steps_in(self, duration_seconds: float | Fraction) -> int:
        """How many steps make a duration, to the nearest whole number (at least 1)."""
        return max(1, math.floor(Fraction(duration_seconds) * self.rate_fps + Fraction(1, 2)))


def frame_index(seconds: float | Fraction, rate_fps: Fraction) -> int:
    """The constant-rate video frame on screen at a moment."""
    return math.floor(Fraction(seconds) * rate_fps + Fraction(1, 10**6))


def snap_to_frame(seconds: float | Fraction, rate_fps: Fraction) -> Fraction:
    """The exact start of the constant-rate frame nearest to a moment."""
    return math.floor(Fraction(seconds) * rate_fps + Fraction(1, 2)) / rate_fps


def window_starts(
    *, duration_seconds: float, window_seconds: float, stride_seconds: float
) -> npt.NDArray[np.float64]:
    """(N,) float64 starts in seconds of the windows over a part.

    One every stride, the last one flush with the end. A part shorter than one window has one window that
    starts at 0. Used for validation and inference alike.
    """
    last = duration_seconds - window_seconds
    if last <= 0:
        return np.zeros(1, dtype=np.float64)
    count = math.floor(Fraction(last) / Fraction(stride_seconds)) + 1
    starts = np.arange(count, dtype=np.float64) * stride_seconds
    if last - starts[-1] > 1e-9:
        starts = np.append(starts, last)
    return starts


def times_text(intervals: Sequence[Interval]) -> str:
    """When the first few begin, as people write times: "12:31, 40:02, +3"."""
    told = ", ".join(clock_text(interval.start_seconds) for interval in intervals[:_MAX_TOLD])
    return told + (f", +{len(intervals) - _MAX_TOLD}" if len(intervals) > _MAX_TOLD else "")


def clock_text(seconds: float) -> str:
    """Minutes and seconds as people write them: 75.4 -> "01:15"; whole seconds, rounded down."""
    whole = math.floor(seconds + 1e-9)
    sign = "-" if whole < 0 else ""
    minutes, rest = divmod(abs(whole), 60)
    return f"{sign}{minutes:02d}:{rest:02d}"


def match_minute(seconds: float, *, part: str, kickoff_seconds: float) -> str:
    """The minute a broadcaster would write: "23'", "45+2'" in added time, from 46' in part 2.

    seconds and kickoff_seconds are from the part's start. Part full counts on from its kickoff.
    """
    played = max(0.0, seconds - kickoff_seconds)
    first, last = {"1": (0, 45), "2": (45, 90)}.get(part, (0, 10**6))
    minute = first + math.floor(played / 60) + 1
    return f"{last}+{minute - last}'" if minute > last else f"{minute}'"
