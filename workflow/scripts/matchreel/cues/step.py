"""cache_cues: cues and bursts of one part in one streamed pass over small pictures and one over the sound."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np

from matchreel.background import read_ahead
from matchreel.camera_cuts import bursts
from matchreel.camera_cuts.bursts import BurstMeter, Bursts, thinning
from matchreel.cues.pictures import CONSTANTS, PictureConstants, PictureCues, PictureMeter, Pictures
from matchreel.cues.record import Cues
from matchreel.cues.sound import loudness_db
from matchreel.errors import InputError
from matchreel.media.audio import check_sound
from matchreel.media.filters import display_size
from matchreel.media.hardware import Hwaccel
from matchreel.media.views import View, read_views
from matchreel.records import Float32, Probe, VideoStream
from matchreel.scoreboard import ScoreBug
from matchreel.scoreboard.strips import Strips, strip_views
from matchreel.timeline import FrameGrid, Interval, clock_text, parse_rate

log = logging.getLogger("matchreel")

HEIGHT = 72
_MIN_WIDTH, _MAX_WIDTH = 64, 256
_BATCH_STEPS, _BURST_BATCH_STEPS = 64, 256
_MINUTES_BETWEEN_LINES = 30


def cache_cues(
    *,
    video_path: Path,
    wav_path: Path,
    probe_path: Path,
    cues_path: Path,
    bursts_path: Path,
    grid_rate_fps: float,
    ffmpeg: str,
    hwaccel: Hwaccel,
    threads: int,
    bug_path: Path | None = None,
    strips_path: Path | None = None,
) -> None:
    """Write the cues of one part (cues.record.Cues) on a grid of grid_rate_fps steps a second, and bursts.

    strips_path: where the score bug is written, cut out every few seconds (scoreboard.strips.Strips);
    bug_path says where on the picture it is, None: nowhere.

    Bursts of change (camera_cuts.bursts.Bursts) are looked for at the recording's own rate; without picture
    there are none. Streams small pictures: memory grows with the number of bursts only. InputError where
    there is neither picture nor sound; ToolError where decoding fails.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    grid = FrameGrid.over(probe.duration_seconds, parse_rate(grid_rate_fps))
    curves: dict[str, Float32] = {}
    held = Bursts(None)
    layouts = ScoreBug.load(bug_path).layouts if bug_path and strips_path else ()
    strips = Strips(probe.game, probe.part, probe.duration_seconds, layouts)
    check_sound(wav_path, probe)
    loudness = loudness_db(wav_path, grid)
    if loudness is not None:
        curves["loudness_db"] = loudness
    if probe.video is not None:
        how = partial(read_views, probe=probe, ffmpeg=ffmpeg, hwaccel=hwaccel, threads=threads)
        seen, held = _watched(how, probe, probe.video, grid, strips)
        curves |= seen
    if not curves:
        raise InputError("neither picture nor sound", where=video_path, remedy="Give another recording")
    Cues(curves, grid, probe.duration_seconds, probe.game, probe.part).save(cues_path)
    held.save(bursts_path)
    if strips_path:
        strips.save(strips_path)


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


def _watched(
    how: Callable[..., Iterator[tuple[int, Pictures]]],
    probe: Probe,
    video: VideoStream,
    grid: FrameGrid,
    strips: Strips,
) -> tuple[dict[str, Float32], Bursts]:
    """Every picture cue, and the bursts of change at the recording's own rate; the strips are filled."""
    own, every = FrameGrid.over(probe.duration_seconds, video.rate_fps), thinning(video.rate_fps)
    views = (
        cue_view(video, grid),
        View(own, bursts.HEIGHT, bursts.WIDTH, _BURST_BATCH_STEPS, every),
        *strip_views(video, probe.duration_seconds, strips.layouts),
    )
    meter = BurstMeter(bursts.CONSTANTS)
    damage = list[Interval]()
    batches = how(views=views, damage=damage)

    def for_cues() -> Iterator[Pictures]:
        for index, batch in read_ahead(batches):
            if index == 0:
                yield batch
            elif index == 1:
                meter.feed(batch)
            else:
                strips.add(index - 2, batch)

    curves = picture_curves(for_cues(), grid, CONSTANTS)
    thin = FrameGrid(own.rate_fps / every, views[1].num_pictures)
    return curves, Bursts(thin, meter.finish(), tuple(damage))


def cue_view(video: VideoStream, grid: FrameGrid) -> View:
    """The pictures that cues are measured on."""
    return View(grid, HEIGHT, _width(video), _BATCH_STEPS)


def _width(video: VideoStream) -> int:
    """The width that keeps pixels square, so that slopes mean the same in every recording."""
    width, height = display_size(video)
    return min(max(2 * round(HEIGHT * width / height / 2), _MIN_WIDTH), _MAX_WIDTH)
