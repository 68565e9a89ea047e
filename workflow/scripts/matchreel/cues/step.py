"""cache_cues: cues and bursts of one part in one streamed pass over small pictures and one over the sound."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
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
from matchreel.scoreboard import strips
from matchreel.scoreboard.bug import BugLayout, ScoreBug
from matchreel.scoreboard.strips import Strips, StripsInMaking, strip_size
from matchreel.timeline import FrameGrid, Interval, clock_text, parse_rate

log = logging.getLogger("matchreel")

HEIGHT = 72
_MIN_WIDTH, _MAX_WIDTH = 64, 256
_BATCH_STEPS, _BURST_BATCH_STEPS, _STRIP_BATCH_STEPS = 64, 256, 16
_MINUTES_BETWEEN_LINES = 30


def cache_cues(
    *,
    video_path: Path,
    wav_path: Path,
    probe_path: Path,
    cues_path: Path,
    bursts_path: Path,
    score_bug_path: Path | None,
    strips_path: Path,
    grid_rate_fps: float,
    ffmpeg: str,
    hwaccel: Hwaccel,
    threads: int,
) -> None:
    """Write the cues of one part (cues.record.Cues) on a grid of grid_rate_fps steps a second, and bursts.

    Bursts of change (camera_cuts.bursts.Bursts) are looked for at the recording's own rate; without picture
    there are none. Strips (scoreboard.strips.Strips) of the places that score_bug_path names are cut from the
    same decode for a later step to read; without it, or without picture, there are none. Streams small
    pictures: memory grows with bursts and strips only. InputError where there is neither picture nor sound;
    ToolError where decoding fails.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    grid = FrameGrid.over(probe.duration_seconds, parse_rate(grid_rate_fps))
    curves: dict[str, Float32] = {}
    held, cut_out = Bursts(None), Strips(probe.game, probe.part, probe.duration_seconds)
    check_sound(wav_path, probe)
    loudness = loudness_db(wav_path, grid)
    if loudness is not None:
        curves["loudness_db"] = loudness
    if probe.video is not None:
        layouts = ScoreBug.load(score_bug_path).layouts if score_bug_path else ()
        watch = _Watch(probe, probe.video, grid, layouts)
        curves |= watch.curves(ffmpeg=ffmpeg, hwaccel=hwaccel, threads=threads)
        held, cut_out = watch.bursts(), watch.strips()
    if not curves:
        raise InputError("neither picture nor sound", where=video_path, remedy="Give another recording")
    Cues(curves, grid, probe.duration_seconds, probe.game, probe.part).save(cues_path)
    held.save(bursts_path)
    cut_out.save(strips_path)


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


class _Watch:
    """One decode of a part for all that is measured on its picture: cues, bursts, strips of the score bug."""

    def __init__(
        self, probe: Probe, video: VideoStream, grid: FrameGrid, layouts: Sequence[BugLayout]
    ) -> None:
        self._probe, self._grid, self._layouts = probe, grid, tuple(layouts)
        self._own, self._every = (
            FrameGrid.over(probe.duration_seconds, video.rate_fps),
            thinning(video.rate_fps),
        )
        self._strip_grid = FrameGrid.over(probe.duration_seconds, strips.RATE_FPS)
        shown = display_size(video)
        self._views = (
            cue_view(video, grid),
            View(self._own, bursts.HEIGHT, bursts.WIDTH, _BURST_BATCH_STEPS, self._every),
            *(
                View(self._strip_grid, *strip_size(layout, shown), _STRIP_BATCH_STEPS, crop=layout.box)
                for layout in self._layouts
            ),
        )
        self._meter, self._damage = BurstMeter(bursts.CONSTANTS), list[Interval]()
        self._making = [StripsInMaking() for _ in self._layouts]

    def curves(self, *, ffmpeg: str, hwaccel: Hwaccel, threads: int) -> dict[str, Float32]:
        """Every picture cue; what else is measured is there after it."""
        batches = read_views(
            probe=self._probe, views=self._views, ffmpeg=ffmpeg, hwaccel=hwaccel, threads=threads,
            damage=self._damage,
        )  # fmt: skip

        def for_cues() -> Iterator[Pictures]:
            for index, batch in read_ahead(batches):
                if index == 0:
                    yield batch
                elif index == 1:
                    self._meter.feed(batch)
                else:
                    self._making[index - 2].take(batch)

        return picture_curves(for_cues(), self._grid, CONSTANTS)

    def bursts(self) -> Bursts:
        """Bursts of change at the recording's own rate, thinned."""
        thin = FrameGrid(self._own.rate_fps / self._every, self._views[1].num_pictures)
        return Bursts(thin, self._meter.finish(), tuple(self._damage))

    def strips(self) -> Strips:
        """The score bug's piece of the picture, layout by layout."""
        probe, files = self._probe, [making.joined() for making in self._making]
        return Strips(
            probe.game, probe.part, probe.duration_seconds, self._layouts,
            self._strip_grid if self._layouts else None,
            tuple(file for file, _ in files), tuple(end for _, end in files),
        )  # fmt: skip


def cue_view(video: VideoStream, grid: FrameGrid) -> View:
    """The pictures that cues are measured on."""
    return View(grid, HEIGHT, _width(video), _BATCH_STEPS)


def _width(video: VideoStream) -> int:
    """The width that keeps pixels square, so that slopes mean the same in every recording."""
    width, height = display_size(video)
    return min(max(2 * round(HEIGHT * width / height / 2), _MIN_WIDTH), _MAX_WIDTH)
