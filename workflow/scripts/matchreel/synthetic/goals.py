"""Goals and their nets as lines in space; a ball in the net makes it bulge."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.synthetic.camera import HEIGHT, WIDTH, Matrix, project
from matchreel.synthetic.figures import ONE, SHIFT
from matchreel.synthetic.stadium import Image
from matchreel.synthetic.story import PITCH_WIDTH_METRES

GOAL_HALF_METRES, GOAL_HEIGHT_METRES, GOAL_DEPTH_METRES = 3.66, 2.44, 2.2
NET_COLUMNS, NET_ROWS = 13, 9
NET_OPACITY = 0.5
BULGE_SECONDS = 3.0
Nets = list[tuple[float, float, float, float]]


def draw_goal(image: Image, matrix: Matrix, x: float, seconds: float, nets: Nets) -> None:
    """Draw the goal on the line x; nets: (seconds, goal x, y, z) of balls that went in."""
    low, high = PITCH_WIDTH_METRES / 2 - GOAL_HALF_METRES, PITCH_WIDTH_METRES / 2 + GOAL_HALF_METRES
    posts = [(x, low, 0), (x, low, GOAL_HEIGHT_METRES), (x, high, GOAL_HEIGHT_METRES), (x, high, 0)]
    pixels, depth = project(matrix, posts)
    if (depth < 1).any() or pixels[:, 0].max() < -30 or pixels[:, 0].min() > WIDTH + 30:
        return
    net = _net(x, seconds, nets)
    lines, net_depth = project(matrix, net.reshape(-1, 3))
    if (net_depth < 0.5).any():
        return
    left, top = np.clip(lines.min(axis=0) - 1, 0, (WIDTH, HEIGHT)).astype(int)
    right, bottom = np.clip(lines.max(axis=0) + 2, 0, (WIDTH, HEIGHT)).astype(int)
    if left < right and top < bottom:
        part = image[top:bottom, left:right]
        shaped = np.round((lines - (left, top)).reshape((*net.shape[:2], 2)) * ONE).astype(np.int32)
        overlay = part.copy()
        cv2.polylines(overlay, list(shaped), False, (222, 222, 222), 1, cv2.LINE_AA, SHIFT)
        cv2.addWeighted(overlay, NET_OPACITY, part, 1 - NET_OPACITY, 0, dst=part)
    tall = abs(float(pixels[1, 1] - pixels[0, 1]))
    frame = np.round(pixels * ONE).astype(np.int32)
    cv2.polylines(image, [frame], False, (250, 250, 250), max(1, round(tall / 16)), cv2.LINE_AA, SHIFT)


def _net(x: float, seconds: float, nets: Nets) -> npt.NDArray[np.float64]:
    """(lines, points, 3) metres: rows and columns of the back of the net, and its roof."""
    away = GOAL_DEPTH_METRES if x else -GOAL_DEPTH_METRES
    ys = np.linspace(-GOAL_HALF_METRES, GOAL_HALF_METRES, NET_COLUMNS) + PITCH_WIDTH_METRES / 2
    rise = np.linspace(0, 1, NET_ROWS)
    grid = np.zeros((NET_ROWS, NET_COLUMNS, 3))
    grid[:, :, 0] = (x + away * (1 - 0.55 * rise))[:, None]
    grid[:, :, 1] = ys
    grid[:, :, 2] = (GOAL_HEIGHT_METRES * rise)[:, None]
    for at, goal, y, z in nets:
        since = seconds - at
        if goal == x and 0 <= since < BULGE_SECONDS:
            near = np.exp(-((grid[..., 1] - y) ** 2 + (grid[..., 2] - z) ** 2) / 1.5)
            grid[..., 0] += np.sign(away) * 1.6 * near * np.exp(-0.8 * since) * np.cos(since * 5)
    columns = np.zeros((NET_COLUMNS, NET_COLUMNS, 3))
    columns[:, :NET_ROWS] = grid.transpose(1, 0, 2)
    columns[:, NET_ROWS:] = (x, 0, GOAL_HEIGHT_METRES)
    columns[:, NET_ROWS:, 1] = ys[:, None]
    return np.concatenate([grid, columns])
