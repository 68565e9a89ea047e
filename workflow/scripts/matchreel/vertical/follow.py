"""The crop that follows play through one stretch of a part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from matchreel.media.cropping import CropPath
from matchreel.media.decode import read_frames
from matchreel.media.filters import display_size
from matchreel.records import Float32, Probe, VideoStream
from matchreel.timeline import FrameGrid, Interval
from matchreel.vertical.cuts import ColourMeter, find_cuts
from matchreel.vertical.looks import CELL, HEIGHT, LOOK_RATE_FPS, Looks, Meter
from matchreel.vertical.path import PathLimits, plan_path, takes_between
from matchreel.vertical.play import where_play_is

SHAPE = Fraction(9, 16)
_BATCH_STEPS = 32
# Looked at before and after a stretch: where the ball comes from and goes to tells where it is.
_CONTEXT_SECONDS = (3.0, 1.5)
# Shares of the crop's width: the quickest pan in a second, and how much quicker it gets in a second.
_SPEED_SHARE, _ACCELERATION_SHARE = 2.0, 2.0


@dataclass(frozen=True)
class Followed:
    """A crop's path through a stretch and (N,) bool: which of its steps a camera cut resets."""

    path: CropPath
    is_reset: npt.NDArray[np.bool_]


def needs_crop(video: VideoStream) -> bool:
    """Whether the picture is wider than 9:16."""
    width, height = display_size(video)
    return width > height * SHAPE + 1


def follow_play(
    *, probe: Probe, interval: Interval, smoothing_seconds: float, ffmpeg: str, threads: int
) -> Followed:
    """Look at every picture of a stretch and plan the crop, a step for each of the video's frames.

    The part must have a picture that is wider than 9:16. Raises what read_frames raises.
    """
    assert probe.video and needs_crop(probe.video)
    rate = probe.video.rate_fps
    num_steps = FrameGrid.over(probe.duration_seconds, rate).num_steps
    seen = interval.padded(*_CONTEXT_SECONDS)
    first = min(max(0, int(seen.start_seconds * rate)), num_steps - 1)
    end = min(num_steps, int(np.ceil(seen.end_seconds * rate)) + 1)
    grid = FrameGrid(rate, max(1, end - first))
    changes, looks, every = _look(probe, grid, first, ffmpeg=ffmpeg, threads=threads)
    takes = takes_between(find_cuts(changes, float(rate)), len(changes))
    width, height = display_size(probe.video)
    centres = _planned(looks, every, takes, float(rate), float(height * SHAPE / width), smoothing_seconds)
    is_reset = np.zeros(len(centres), dtype=np.bool_)
    is_reset[[take.start for take in takes[1:]]] = True
    return Followed(CropPath(float(first / rate), rate, centres), is_reset)


def _look(
    probe: Probe, grid: FrameGrid, first_step: int, *, ffmpeg: str, threads: int
) -> tuple[Float32, Looks, int]:
    """Changes (N,) of all pictures, looks of every `every`-th one."""
    assert probe.video
    width, height = display_size(probe.video)
    width = max(2 * CELL, round(HEIGHT * width / height / CELL) * CELL)
    every = max(1, round(grid.rate_fps / LOOK_RATE_FPS))
    meter, colours = Meter(width), ColourMeter()
    changes, held, index = list[Float32](), list[Looks](), 0
    for batch in _pictures(probe, grid, first_step, width, ffmpeg=ffmpeg, threads=threads):
        changes.append(colours.measure(batch))
        held += [meter.measure(batch[i]) for i in range(-index % every, len(batch), every)]
        index += len(batch)
    return np.concatenate(changes), _joined(held), every


def _pictures(
    probe: Probe, grid: FrameGrid, first_step: int, width: int, *, ffmpeg: str, threads: int
) -> Iterator[npt.NDArray[np.uint8]]:
    return read_frames(
        probe=probe,
        grid=grid,
        height=HEIGHT,
        width=width,
        fit="squash",
        ffmpeg=ffmpeg,
        threads=threads,
        batch_steps=_BATCH_STEPS,
        pixel_format="rgb24",
        first_step=first_step,
    )


def _joined(held: list[Looks]) -> Looks:
    return Looks(
        **{f.name: np.concatenate([getattr(looks, f.name) for looks in held]) for f in fields(Looks)}
    )


def _planned(
    looks: Looks, every: int, takes: list[slice], rate_fps: float, crop_share: float, smoothing_seconds: float
) -> npt.NDArray[np.float64]:
    """(N,) centres of the crop for all pictures of the takes."""
    num_pictures = takes[-1].stop
    targets, weights = np.full(num_pictures, 0.5), np.zeros(num_pictures)
    for take in takes:
        chosen = slice(-(-take.start // every), -(-take.stop // every))
        if chosen.start < chosen.stop:
            play = where_play_is(looks.part(chosen))
            at = np.arange(chosen.start, chosen.stop) * every
            here = np.arange(take.start, take.stop)
            targets[take] = np.interp(here, at, play.x)
            weights[take] = np.interp(here, at, play.weight)
    limits = PathLimits(
        low=crop_share / 2,
        high=1 - crop_share / 2,
        max_per_second=_SPEED_SHARE * crop_share,
        max_acceleration=_ACCELERATION_SHARE * crop_share,
        width=crop_share,
        smoothing_seconds=smoothing_seconds,
    )
    return plan_path(targets, weights, takes, rate_fps=rate_fps, limits=limits)
