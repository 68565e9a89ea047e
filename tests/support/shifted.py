"""Made-up games whose cues speak around their events in one common way, with labels moved on purpose."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from matchreel.alignment import CuedPart
from matchreel.excitement import rank_shares
from matchreel.randomness import generator
from matchreel.timeline import FrameGrid

RATE = Fraction(2)
DURATION_SECONDS = 1500.0
LABELS = ("Goal", "Shots off target", "Foul")
# Label -> per cue: height, seconds after the event, half width in seconds. Nothing speaks around a throw-in.
BUMPS = {
    "Goal": ((4, 3, 6), (3, 6, 5)),
    "Shots off target": ((2, 1, 4), (2, -1, 3)),
    "Foul": ((0.5, 1, 3), (1.5, 4, 4)),
}


def noise(draw: np.random.Generator, num_steps: int) -> np.ndarray:
    """(T,) with deviation 1; like loudness over 4 s, alike within seconds."""
    taps = 0.94 ** np.arange(60)
    return np.convolve(draw.normal(size=num_steps + 59), taps / np.sqrt((taps**2).sum()), mode="valid")


def event_times(draw: np.random.Generator, num_events: int) -> np.ndarray:
    """(E,) sorted, at least 20 s apart and from the ends."""
    free = np.sort(draw.uniform(0, DURATION_SECONDS - 20 * (num_events + 1), num_events))
    return free + 20 * np.arange(1, num_events + 1)


def made_curves(draw: np.random.Generator, times: np.ndarray, labels: list[str], gain: float) -> np.ndarray:
    """(2, T) two cues: noise, and at each event what its label says, more or less loudly and about in time."""
    seconds = np.arange(round(DURATION_SECONDS * RATE)) / float(RATE)
    curves = np.stack([noise(draw, len(seconds)) for _ in range(2)])
    for at, label in zip(times, labels, strict=True):
        strength, late = gain * draw.uniform(0.4, 1.6), draw.normal(0, 0.7)
        for curve, (height, after, width) in zip(curves, BUMPS[label], strict=True):
            curve += strength * height * np.exp(-(((seconds - at - after - late) / width) ** 2))
    return curves


def made_part(
    game: str,
    seed: int,
    *,
    late_seconds: float = 0.0,
    gain: float = 1.0,
    num_events: int = 24,
    part: str = "1",
) -> CuedPart:
    """A part whose labels lie late_seconds behind its events; gain 0: its cues say nothing of them."""
    draw = generator(seed, game, part)
    times = event_times(draw, num_events)
    labels = [str(label) for label in draw.choice(LABELS, num_events, p=[0.15, 0.45, 0.4])]
    curves = made_curves(draw, times, labels, gain)
    return CuedPart(
        game=game,
        part=part,
        ranks=np.stack([rank_shares(curve) - 0.5 for curve in curves]),
        grid=FrameGrid(RATE, curves.shape[1]),
        labels=tuple(labels),
        positions_seconds=tuple(float(at + late_seconds) for at in times),
    )
