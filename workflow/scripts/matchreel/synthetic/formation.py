"""Where players stand for a given ball: a 4-4-2 block that shifts, stretches and leans with play."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.story import PITCH_LENGTH_METRES, PITCH_WIDTH_METRES

Float = npt.NDArray[np.float64]

# Depth (0 own back line, 1 front line) and width (0..1) of the ten outfield players.
BLOCK = np.array(
    [
        (0.00, 0.14), (0.00, 0.38), (0.00, 0.62), (0.00, 0.86),
        (0.50, 0.10), (0.42, 0.38), (0.42, 0.62), (0.50, 0.90),
        (0.95, 0.36), (1.00, 0.64),
    ]
)  # fmt: skip


def formation(side: str, ball_x: Float, ball_y: Float) -> Float:
    """(T, 10, 2) metres: the block of one side for a ball at (T,) x and y."""
    forward = ball_x if side == "home" else PITCH_LENGTH_METRES - ball_x
    across = ball_y - PITCH_WIDTH_METRES / 2
    back_line = np.clip(6 + 0.52 * (forward - 12), 5, 58)
    depth = 26 + 10 * np.clip((forward - 50) / 50, -1, 1)
    x = back_line[:, None] + BLOCK[:, 0] * depth[:, None]
    width = 44 - 6 * np.abs(forward - 52) / 52
    y = PITCH_WIDTH_METRES / 2 + (BLOCK[:, 1] - 0.5) * width[:, None] + 0.45 * across[:, None]
    x, y = np.clip(x, 3, 101), np.clip(y, 2, 66)
    if side == "away":
        x, y = PITCH_LENGTH_METRES - x, PITCH_WIDTH_METRES - y
        y = np.clip(y + 0.9 * across[:, None], 2, 66)
    return np.stack([x, y], axis=2)


def nearest_player(side: str, x: float, y: float) -> int:
    """Index 0..9 of the player whose place lies nearest to a ball there."""
    places = formation(side, np.array([x]), np.array([y]))[0]
    return int(np.argmin(np.hypot(places[:, 0] - x, places[:, 1] - y)))
