"""Pinhole cameras around the pitch, and the main camera's operator who follows play."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.story import PITCH_LENGTH_METRES, RATE_FPS, Story
from matchreel.synthetic.world import World

WIDTH, HEIGHT = 398, 224
MAIN_POSITION = (52.5, -33.0, 19.0)
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A camera at `position` that looks at `target` (metres) with a focal length in pixels."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    focal_pixels: float

    def matrix(self) -> Matrix:
        """(3, 4) projection of homogeneous metres to homogeneous pixels."""
        position = np.array(self.position)
        ahead = np.array(self.target) - position
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        down = np.cross(ahead, right)
        rotation = np.stack([right, down, ahead])
        lens = np.array([[self.focal_pixels, 0, WIDTH / 2], [0, self.focal_pixels, HEIGHT / 2], [0, 0, 1.0]])
        held: Matrix = lens @ np.hstack([rotation, -(rotation @ position)[:, None]])
        return held


def project(matrix: Matrix, points: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(N, 2) pixels and (N,) depths in metres of (N, 3) points; behind the camera the depth is negative."""
    held = np.asarray(points, dtype=np.float64)
    seen = held @ matrix[:, :3].T + matrix[:, 3]
    depth = seen[:, 2]
    return seen[:, :2] / np.where(np.abs(depth) < 1e-6, 1e-6, depth)[:, None], depth


@dataclass(frozen=True)
class Operator:
    """The main camera's aim for every frame: target (T, 2) metres, focal (T,) pixels."""

    target: npt.NDArray[np.float32]
    focal: npt.NDArray[np.float32]

    def camera(self, frame: int) -> Camera:
        """The main camera at a frame."""
        x, y = self.target[frame]
        return Camera(MAIN_POSITION, (float(x), float(y), 0.0), float(self.focal[frame]))


def operate(story: Story, world: World, rng: np.random.Generator) -> Operator:
    """Follow the ball as a person does: late, smooth, closer near the goals and at big moments."""
    times = np.arange(world.num_frames) / RATE_FPS
    ahead = np.minimum(np.arange(world.num_frames) + 8, world.num_frames - 1)
    x = _follow(_framed(world.ball[ahead, 0].astype(np.float64)), 2.0)
    y = _follow((0.4 * world.ball[ahead, 1] + 0.6 * 30).clip(12, 46), 1.6)
    edge = np.abs(x - PITCH_LENGTH_METRES / 2) / 52.5
    factor = 1.0 + 0.12 * edge**2
    for zoom in story.zooms:
        rise = np.clip((times - zoom.start_seconds) / 1.5, 0, 1) * np.clip(
            (zoom.end_seconds - times) / 1.0, 0, 1
        )
        factor = factor * (1 + (zoom.factor - 1) * rise)
    drift = sum(np.sin(times * rate + rng.uniform(0, 6)) for rate in (0.21, 0.53, 1.7)) / 3
    distance = np.hypot(np.hypot(x - MAIN_POSITION[0], y - MAIN_POSITION[1]), MAIN_POSITION[2])
    across = 44 + 4 * drift
    focal = WIDTH * distance / across * _follow(factor, 3.0)
    hand = np.stack([np.sin(times * 2.3 + rng.uniform(0, 6)), np.sin(times * 3.1)], axis=1) * 0.12
    return Operator((np.stack([x, y], axis=1) + hand).astype(np.float32), focal.astype(np.float32))


def _framed(ball_x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(T,) metres to aim at: past the ball towards the goal once play is near it, so that the goal shows."""
    off = ball_x - PITCH_LENGTH_METRES / 2
    lead = np.sign(off) * 0.22 * np.maximum(np.abs(off) - 22, 0)
    held: npt.NDArray[np.float64] = np.clip(ball_x + lead, 8, 97)
    return held


def _follow(values: npt.NDArray[np.floating], quickness: float) -> npt.NDArray[np.float64]:
    """A critically damped spring after the values; quickness in radians a second."""
    out = np.empty(len(values), dtype=np.float64)
    place, speed, dt = float(values[0]), 0.0, 1.0 / RATE_FPS
    for index, goal in enumerate(values.tolist()):
        speed += dt * (quickness**2 * (goal - place) - 2 * quickness * speed)
        place += dt * speed
        out[index] = place
    return out


def replay_camera(angle: int, world: World, frame: float, zoom: float) -> Camera:
    """One of four cameras used in slow motion, aimed at the ball."""
    index = min(int(frame), world.num_frames - 1)
    window = world.ball[max(0, index - 12) : index + 12].mean(axis=0)
    x, y = float(window[0]), float(window[1])
    near = PITCH_LENGTH_METRES if x > 52.5 else 0.0
    inward = -1.0 if near else 1.0
    aim = (x, 0.6 * y + 13.0, 1.2)
    position, across = (
        ((near - 22.0 * -inward, -9.0, 3.5), 17.0),
        ((near + 17.0 * -inward, 27.0, 9.0), 24.0),
        ((52.5, -33.0, 19.0), 24.0),
        ((near + 18.0 * inward, -7.0, 6.0), 21.0),
    )[angle % 4]
    distance = float(np.linalg.norm(np.array(aim) - position))
    return Camera(position, aim, WIDTH * distance / across * zoom)
