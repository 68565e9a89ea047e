"""Where the ball is in every finished picture of a rendered game: the story and the camera replayed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matchreel.records import Float64
from matchreel.synthetic.camera import HEIGHT, WIDTH, project
from matchreel.synthetic.render import Broadcast, shown_story
from matchreel.synthetic.story import RATE_FPS


@dataclass(frozen=True)
class BallTrack:
    """x and y (T,) in pixels of the 398x224 picture at times_seconds (T,), the starts of the frames.

    NaN where no wide view is on screen. is_wide (T,): whether one is. is_seen (T,): and the ball is inside
    the picture.
    """

    times_seconds: Float64
    x: Float64
    y: Float64

    @property
    def is_wide(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(T,) bool."""
        return ~np.isnan(self.x)

    @property
    def is_seen(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """(T,) bool."""
        return (self.x >= 0) & (self.x < WIDTH) & (self.y >= 0) & (self.y < HEIGHT)


def track_ball(
    *, game: str, league_seed: int, difficulty: float, event_rate: float, minutes: float, informative: str
) -> BallTrack:
    """The ball of the game that render_game draws from the same arguments; nothing is drawn."""
    story = shown_story(
        game=game,
        league_seed=league_seed,
        difficulty=difficulty,
        event_rate=event_rate,
        minutes=minutes,
        informative=informative,
    )
    broadcast = Broadcast(story, seed=league_seed, game=game)
    times = np.arange(broadcast.world.num_frames) / RATE_FPS
    places = np.array([_place(broadcast, frame) for frame in range(len(times))])
    return BallTrack(times, places[:, 0], places[:, 1])


def _place(broadcast: Broadcast, frame: int) -> tuple[float, float]:
    """(x, y) of the ball at a frame, outside the picture too; NaN where no wide view is on screen."""
    seconds = frame / RATE_FPS
    if broadcast.view_at(seconds).kind != "wide":
        return np.nan, np.nan
    pixels, depth = project(broadcast.operator.camera(frame).matrix(), broadcast.world.ball[frame, None])
    if depth[0] <= 0:
        return -1.0, -1.0
    scale = broadcast.graphics.picture_width_at(seconds) / WIDTH
    return float(pixels[0, 0]) * scale, float(pixels[0, 1]) * scale
