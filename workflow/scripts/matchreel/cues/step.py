"""cache_cues: all cues of one part in one streamed pass over small pictures and one over the sound."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np

from matchreel.cues.pictures import CONSTANTS, PictureConstants, PictureCues, PictureMeter, Pictures
from matchreel.cues.record import Cues
from matchreel.cues.sound import loudness_db
from matchreel.errors import InputError
from matchreel.media.decode import read_frames
from matchreel.media.filters import display_size
from matchreel.records import Float32, Probe, VideoStream
from matchreel.timeline import FrameGrid, clock_text, parse_rate

log = logging.getLogger("matchreel")

HEIGHT = 72
_MIN_WIDTH, _MAX_WIDTH = 64, 256
_BATCH_STEPS = 64
_MINUTES_BETWEEN_LINES = 30


def cache_cues(
    *,
    video_path: Path,
    wav_path: Path,
    probe_path: Path,
    cues_path: Path,
    grid_rate_fps: float,
    ffmpeg: str,
    threads: int,
) -> None:
    """Write the cues of one part (cues.record.Cues) on a grid of grid_rate_fps steps a second.

    Streams pictures of 72 rows: memory does not grow with the part. InputError where there is neither
    picture nor sound; ToolError where decoding fails.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    grid = FrameGrid.over(probe.duration_seconds, parse_rate(grid_rate_fps))
    curves: dict[str, Float32] = {}
    loudness = loudness_db(wav_path, grid)
    if loudness is not None:
        curves["loudness_db"] = loudness
    if probe.video is not None:
        curves |= picture_curves(small_pictures(probe, grid, ffmpeg=ffmpeg, threads=threads), grid, CONSTANTS)
    if not curves:
        raise InputError("neither picture nor sound", where=video_path, remedy="Give another recording")
    Cues(curves, grid, probe.duration_seconds, probe.game, probe.part).save(cues_path)


def picture_curves(
    pictures: Iterable[Pictures], grid: FrameGrid, constants: PictureConstants
) -> dict[str, Float32]:
    """Every picture cue (T,) of batches (n, H, W, 3) uint8 RGB that cover the grid in order."""
    meter: PictureMeter | None = None
    held: list[PictureCues] = []
    num_measured, next_line = 0, grid.steps_in(60 * _MINUTES_BETWEEN_LINES)
    for batch in pictures:
        meter = meter or PictureMeter(batch.shape[1], batch.shape[2], constants)
        held.append(meter.measure(batch))
        num_measured += len(batch)
        if num_measured >= next_line:
            log.info("cues: %s measured", clock_text(float(num_measured / grid.rate_fps)))
            next_line += grid.steps_in(60 * _MINUTES_BETWEEN_LINES)
    names = [field.name for field in fields(PictureCues)]
    return {name: np.concatenate([getattr(cues, name) for cues in held]) for name in names}


def small_pictures(probe: Probe, grid: FrameGrid, *, ffmpeg: str, threads: int) -> Iterator[Pictures]:
    """Yield (n, HEIGHT, W, 3) uint8 RGB pictures of a part with a picture, W as its shape asks."""
    assert probe.video
    return read_frames(
        probe=probe,
        grid=grid,
        height=HEIGHT,
        width=_width(probe.video),
        fit="squash",
        ffmpeg=ffmpeg,
        threads=threads,
        batch_steps=_BATCH_STEPS,
        pixel_format="rgb24",
    )


def _width(video: VideoStream) -> int:
    """The width that keeps pixels square, so that slopes mean the same in every recording."""
    width, height = display_size(video)
    return min(max(2 * round(HEIGHT * width / height / 2), _MIN_WIDTH), _MAX_WIDTH)
