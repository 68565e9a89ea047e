"""When play starts in a recording with a pre-match part: the first long stretch of wide views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matchreel.records import Float64
from matchreel.timeline import FrameGrid

# ASSUME in play the wide camera is on air most of any two minutes, before it never for so long.
STRETCH_SECONDS = 120
STRETCH_SHARE = 0.6


@dataclass(frozen=True)
class Kickoff:
    """seconds from the part's start; confidence in [0, 1], 0 where no play was found (seconds is 0 then)."""

    seconds: float
    confidence: float


def estimate_kickoff(is_wide: Float64, grid: FrameGrid) -> Kickoff:
    """The first wide step (T,) from which on wide views fill STRETCH_SHARE of STRETCH_SECONDS.

    is_wide is 1, 0 or NaN (black), as cues.wide_views gives it. Confidence is how much more the stretch is
    wide than all before it; a recording that starts in play is as sure as its stretch is wide.
    """
    wide = np.nan_to_num(is_wide)
    num_steps = min(grid.steps_in(STRETCH_SECONDS), len(wide))
    sums = np.concatenate([[0.0], np.cumsum(wide)])
    shares = (sums[num_steps:] - sums[:-num_steps]) / num_steps
    found = np.flatnonzero((shares >= STRETCH_SHARE) & (wide[: len(shares)] == 1))
    if len(found) == 0:
        return Kickoff(0.0, 0.0)
    first = int(found[0])
    before = sums[first] / first if first else 0.0
    return Kickoff(float(grid.start_seconds(first)), float(np.clip(shares[first] - before, 0.0, 1.0)))
