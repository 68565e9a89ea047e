"""Where everything is at every frame of a story: ball, players, keepers, referee. T frames at 25 a second."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.formation import formation
from matchreel.synthetic.story import (
    NUM_OUTFIELD,
    PITCH_LENGTH_METRES,
    RATE_FPS,
    SIDES,
    Gather,
    Knot,
    Story,
    other,
)

Float = npt.NDArray[np.float32]
NUM_FIGURES = 2 * (NUM_OUTFIELD + 1) + 1
HOLD_SECONDS = 1.2
SMOOTH_FRAMES = 17


@dataclass(frozen=True)
class World:
    """ball (T, 3), figures (T, 23, 2) metres, stride (T, 23) metres run so far, lean (T, 2) of the keepers.

    Figures: 0..9 home, 10 home keeper, 11..20 away, 21 away keeper, 22 referee. lean is -1..1, a dive to
    smaller or larger y.
    """

    ball: Float
    figures: Float
    stride: Float
    lean: Float

    @property
    def num_frames(self) -> int:
        """T."""
        return int(self.ball.shape[0])


def build_world(story: Story, rng: np.random.Generator) -> World:
    """Everything that moves, for the whole part (about 500 bytes a frame)."""
    num_frames = round(story.duration_seconds * RATE_FPS)
    times = np.arange(num_frames) / RATE_FPS
    ball = _ball_path(story.knots, times)
    figures = np.empty((num_frames, NUM_FIGURES, 2), dtype=np.float32)
    slow_x, slow_y = _smooth(ball[:, 0], 31), _smooth(ball[:, 1], 31)
    for side in SIDES:
        first = _first(side)
        figures[:, first : first + NUM_OUTFIELD] = formation(side, slow_x, slow_y)
        figures[:, first + NUM_OUTFIELD] = _keeper_place(side, ball)
    figures[:, -1, 0] = _smooth(slow_x - 7, 41)
    figures[:, -1, 1] = _smooth(34 + 0.6 * (slow_y - 34) + 7, 41)
    figures += _wander(times, rng)
    _follow_ball(figures, story.knots, times, ball)
    for gather in story.gathers:
        _gather(figures, gather, times)
    for index in range(NUM_FIGURES):
        for axis in (0, 1):
            figures[:, index, axis] = _smooth(figures[:, index, axis], SMOOTH_FRAMES)
    lean = _dives(figures, story, times)
    steps = np.hypot(*np.moveaxis(np.diff(figures, axis=0, prepend=figures[:1]), 2, 0))
    return World(ball, figures, np.cumsum(steps, axis=0, dtype=np.float64).astype(np.float32), lean)


def _first(side: str) -> int:
    return 0 if side == "home" else NUM_OUTFIELD + 1


def _ball_path(knots: list[Knot], times: npt.NDArray[np.float64]) -> Float:
    at = np.array([k.seconds for k in knots])
    places = np.array([(k.x, k.y, k.z) for k in knots])
    index = np.clip(np.searchsorted(at, times, side="right"), 1, len(knots) - 1)
    span = np.maximum(at[index] - at[index - 1], 1e-6)
    u = np.clip((times - at[index - 1]) / span, 0, 1)
    ease = np.array([k.ease for k in knots])[index]
    loft = np.array([k.loft_metres for k in knots])[index]
    eased = 1 - (1 - u) ** ease
    path = places[index - 1] + (places[index] - places[index - 1]) * eased[:, None]
    path[:, 2] += 4 * loft * u * (1 - u)
    held: Float = path.astype(np.float32)
    return held


def _smooth(values: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.float64]:
    width = min(width, max(1, len(values) // 2 * 2 - 1))
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(values.astype(np.float64), width // 2, mode="edge")
    held: npt.NDArray[np.float64] = np.convolve(padded, window / window.sum(), mode="valid")
    return held[: len(values)]


def _wander(times: npt.NDArray[np.float64], rng: np.random.Generator) -> Float:
    phase = rng.uniform(0, 6.3, size=(2, NUM_FIGURES, 2))
    rate = rng.uniform(0.25, 0.9, size=(2, NUM_FIGURES, 2))
    sway = np.sin(times[:, None, None] * rate[0] + phase[0]) + np.sin(
        times[:, None, None] * rate[1] + phase[1]
    )
    size = np.full((NUM_FIGURES, 1), 1.3)
    size[[NUM_OUTFIELD, 2 * NUM_OUTFIELD + 1]] = 0.25
    held: Float = (sway * size).astype(np.float32)
    return held


def _keeper_place(side: str, ball: Float) -> Float:
    forward = ball[:, 0] if side == "home" else PITCH_LENGTH_METRES - ball[:, 0]
    out = 1.2 + 0.09 * np.clip(forward - 16, 0, 70)
    x = out if side == "home" else PITCH_LENGTH_METRES - out
    y = 34 + 0.12 * (ball[:, 1] - 34)
    return np.stack([_smooth(x, 25), _smooth(y, 25)], axis=1).astype(np.float32)


def _follow_ball(figures: Float, knots: list[Knot], times: npt.NDArray[np.float64], ball: Float) -> None:
    """Whoever has the ball at a knot runs to it and stays near; the nearest opponent closes in."""
    for before, knot in pairwise(knots):
        if knot.player < 0:
            continue
        start, end = knot.seconds - HOLD_SECONDS, knot.seconds + 0.5
        chosen = slice(*np.searchsorted(times, [start, end]))
        if chosen.start >= chosen.stop:
            continue
        weight = np.clip(1 - np.abs(times[chosen] - knot.seconds) / HOLD_SECONDS, 0, 1) ** 0.5
        if before.player == knot.player and before.side == knot.side:
            weight = np.maximum(weight, times[chosen] < knot.seconds)
        index = _first(knot.side) + knot.player
        target = np.array([knot.x + 0.3, knot.y + 0.3])
        _pull(figures, chosen, index, target, weight)
        foes = _first(other(knot.side))
        here = figures[chosen.start, foes : foes + NUM_OUTFIELD]
        nearest = int(np.argmin(np.hypot(here[:, 0] - knot.x, here[:, 1] - knot.y)))
        _pull(figures, chosen, foes + nearest, target + np.array((1.2, -1.0)), 0.6 * weight)


def _pull(
    figures: Float,
    chosen: slice,
    index: int,
    target: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
) -> None:
    part = figures[chosen, index]
    figures[chosen, index] = part + (target - part) * weight[:, None]


def _gather(figures: Float, gather: Gather, times: npt.NDArray[np.float64]) -> None:
    chosen = slice(*np.searchsorted(times, [gather.start_seconds, gather.end_seconds + 2]))
    at = times[chosen]
    weight = np.clip((at - gather.start_seconds) / 2.0, 0, 1) * np.clip(
        (gather.end_seconds + 2 - at) / 2, 0, 1
    )
    for (side, player), place in gather.places.items():
        _pull(figures, chosen, _first(side) + player, np.array(place), weight)


def _dives(figures: Float, story: Story, times: npt.NDArray[np.float64]) -> Float:
    lean = np.zeros((len(times), 2), dtype=np.float32)
    for dive in story.dives:
        index = _first(dive.side) + NUM_OUTFIELD
        chosen = slice(*np.searchsorted(times, [dive.seconds - 0.5, dive.seconds + 2.2]))
        since = times[chosen] - dive.seconds + 0.5
        out = np.clip(since / 0.5, 0, 1) * np.clip((2.7 - since) / 1.0, 0, 1)
        middle = figures[chosen, index, 1]
        away = float(np.clip(dive.y - middle[:1].mean(), -3.2, 3.2)) if len(middle) else 0.0
        figures[chosen, index, 1] = middle + out * away * 0.75
        lean[chosen, SIDES.index(dive.side)] = out * np.sign(away) * min(1.0, 0.3 + abs(away) / 2)
    return lean
