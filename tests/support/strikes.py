"""Cues of five minutes of play with strikes in them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from matchreel.cues import Cues
from matchreel.excitement import CueConstants
from matchreel.timeline import FrameGrid

SECONDS, RATE = 300, 2
CONSTANTS = CueConstants(4.0, 10.0, 20.0, 4.0, 0.6, 0.2)


def cues(*strikes, sound=True, picture=True):
    """Wide play; before each strike the camera turns, at it the crowd gets loud, 3 s later the view is left."""
    grid = FrameGrid(Fraction(RATE), SECONDS * RATE)
    times = grid.starts_seconds()
    level, opened, slope = np.full(len(times), -30.0), np.ones(len(times)), np.zeros(len(times))
    level += np.random.default_rng(3).normal(0, 0.5, len(times))
    for strike in strikes:
        level[(times >= strike) & (times < strike + 7)] += 8
        opened[(times >= strike + 3) & (times < strike + 28)] = 0.0
        slope[(times >= strike - 4) & (times < strike + 1)] = 0.3
    held = {"loudness_db": level} if sound else {}
    if picture:
        flat = np.zeros(len(times))
        cut = np.abs(np.diff(opened, prepend=1.0))
        held |= {"open_share": opened, "body_share": flat, "edge_slope": slope}
        held |= {"brightness": flat + 0.5, "cut": cut, "grass_share": opened, "motion": flat}
    curves = {name: curve.astype(np.float32) for name, curve in held.items()}
    return Cues(curves, grid, float(SECONDS), "cup", "1")
