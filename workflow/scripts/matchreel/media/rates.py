"""The frame rate of a recording, measured on its packet times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from matchreel.media.demux import StreamTimes

# Rates that recordings really have; a measured one this near to them is taken for them.
STANDARD_RATES = tuple(
    Fraction(n, d)
    for n, d in (
        (10, 1), (12, 1), (25, 2), (15000, 1001), (15, 1), (20, 1), (24000, 1001), (24, 1), (25, 1),
        (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1), (100, 1), (120000, 1001), (120, 1),
    )
)  # fmt: skip
NEAR = 0.0004  # less than half of the distance between 30 and 29.97
_STEADY_SHARE = 0.95
_FALLBACK = Fraction(25)
# Of fewer pictures a second each is shown several times.
_MIN_RATE_FPS = 1.0


@dataclass(frozen=True)
class RateFacts:
    """Pictures per second, and whether the pictures' distances differ."""

    rate_fps: Fraction
    is_variable: bool


def measure_rate(times: StreamTimes, *, is_interlaced: bool) -> RateFacts:
    """The rate from picture to picture: of most pictures where it varies, over the whole part where not."""
    steps = np.diff(times.pts)
    steps = steps[steps > 0]
    if len(steps) == 0:
        return RateFacts(max(times.rate_fps or _FALLBACK, Fraction(1)), is_variable=False)
    usual = float(np.median(steps))
    # Containers round to their time base (1 ms in Matroska): steady distances differ by one unit.
    regular = steps[np.abs(steps - usual) <= 1.001 + 0.1 * usual]
    measured = 1 / (float(regular.mean()) * float(times.time_base))
    rounding = float(2 / Fraction(int(regular.sum())))
    rate = _named(max(measured, _MIN_RATE_FPS), times.rate_fps, near=max(NEAR, rounding))
    if is_interlaced and times.rate_fps and rate == 2 * times.rate_fps:
        rate = times.rate_fps  # each field came as a packet of its own
    is_variable = len(regular) / len(steps) < _STEADY_SHARE or measured < _MIN_RATE_FPS
    return RateFacts(rate, is_variable)


def _named(measured_fps: float, header: Fraction | None, *, near: float) -> Fraction:
    def distance(rate: Fraction) -> float:
        return abs(float(rate) / measured_fps - 1)

    candidates = [rate for rate in (header, min(STANDARD_RATES, key=distance)) if rate]
    fitting = [rate for rate in candidates if distance(rate) < near]
    if not fitting:
        return Fraction(measured_fps).limit_denominator(1001)
    return next((rate for rate in fitting if rate in STANDARD_RATES), fitting[0])
