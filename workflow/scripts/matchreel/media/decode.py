"""Pictures of a part on a FrameGrid, streamed from ffmpeg into numpy."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError, ToolError
from matchreel.media.colours import StreamClock
from matchreel.media.filters import (
    deinterlaced,
    fitted,
    media_input,
    moved_to_zero,
    of_one_shape,
    on_clock,
    seeking,
    steps_between,
)
from matchreel.media.hardware import Hwaccel, decoder_options
from matchreel.media.seeking import find_entries
from matchreel.media.tools import Job, Run, arguments_of, started
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, clock_text

log = logging.getLogger("matchreel.media")

PixelFormat = Literal["rgb24", "gray"]
Fit = Literal["squash", "letterbox"]
# A recording may end a little before its packets say; more than this is damage.
TAIL_SECONDS = 2
# Pictures to decode before the first one wanted: deinterlacing looks at its neighbours.
_LEAD_PICTURES = 3
# These give every picture its time. SOURCE: in MPEG streams times stand up to 0.7 s apart (ISO/IEC 13818-1,
# 2.7.4), and until the first one ffmpeg guesses.
_TIMED_CONTAINERS, _UNTIMED_SECONDS = ("matroska", "mov"), 1
# How much earlier to start reading where ffmpeg was set down too late; at last from the beginning.
_BACK_SECONDS = (0, 12)
# SOURCE: measured: where pictures are stored in another order than shown, ffmpeg's -ss goes back 3/23 s more.
# Matroska's index holds the times of showing, so that it would land a keyframe too early.
_FFMPEG_BACK_SECONDS = Fraction(3, 23) + Fraction(1, 1000)


def read_frames(
    *,
    probe: Probe,
    grid: FrameGrid,
    height: int,
    width: int,
    fit: Fit,
    ffmpeg: str,
    threads: int,
    batch_steps: int,
    pixel_format: PixelFormat,
    first_step: int = 0,
    hwaccel: Hwaccel = "none",
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield (n, H, W, 3) uint8 RGB ("gray": (n, H, W, 1)) batches, n <= batch_steps, grid.num_steps in all.

    Picture i is the one on screen at the centre of step first_step + i of the part's grid, deinterlaced,
    upright, in square pixels: the same one whatever first_step is, found without decoding what lies before.
    Each batch is an array of its own. hwaccel: what decodes it (media.hardware), where that works. Raises
    InputError without a video stream or where decoding ends early, ToolError where it fails: a picture that
    could not be decoded is never replaced.
    """
    if probe.video is None:
        raise InputError(
            "there is no picture in it", where=probe.path, remedy="Use a scorer that needs sound only"
        )
    num_before = _steps_before(probe, grid, first_step)
    wanted = _Wanted(
        probe=probe,
        rate_fps=grid.rate_fps,
        first_step=first_step - num_before,
        num_steps=num_before + grid.num_steps,
        height=height,
        width=width,
        fit=fit,
        pixel_format=pixel_format,
        decoder=decoder_options(hwaccel, Path(probe.path), ffmpeg=ffmpeg),
    )
    batches = wanted.batches(ffmpeg=ffmpeg, threads=threads, batch_steps=batch_steps)
    for batch in _completed(batches, wanted, batch_steps):
        dropped = min(num_before, len(batch))
        num_before -= dropped
        if dropped < len(batch):
            yield batch[dropped:]


def _steps_before(probe: Probe, grid: FrameGrid, first_step: int) -> int:
    """Near the end, steps to read first: the recording's last picture may lie before the steps asked for."""
    tail = math.ceil(TAIL_SECONDS * grid.rate_fps) + 1
    is_near = first_step + tail > Fraction(probe.duration_seconds) * grid.rate_fps
    return min(first_step, tail) if is_near else 0


@dataclass(frozen=True)
class _Wanted:
    """Steps [first_step, first_step + num_steps) of a part's grid, and how their pictures shall look."""

    probe: Probe
    rate_fps: Fraction
    first_step: int
    num_steps: int
    height: int
    width: int
    fit: Fit
    pixel_format: PixelFormat
    decoder: Mapping[str, Any]

    def batches(self, *, ffmpeg: str, threads: int, batch_steps: int) -> Iterator[npt.NDArray[np.uint8]]:
        """What can be decoded of them, from the nearest place from which that works."""
        for seek_seconds in self._places():
            job = Job(self._arguments(seek_seconds, threads), "decoding the picture", self.probe.path)
            with started(job, ffmpeg=ffmpeg, piped=True) as run:
                batches = _batches(run, self._shape, batch_steps)
                first = next(batches, None) if seek_seconds is None else _first_or_none(batches)
                if first is not None:
                    yield from chain([first], batches)
                    return
            log.debug("%s: reading again from before %s s", self.probe.path, seek_seconds)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return (self.height, self.width, 3 if self.pixel_format == "rgb24" else 1)

    def _places(self) -> Iterator[Fraction | None]:
        """Where to set ffmpeg down, on the container's clock; None: at the beginning."""
        assert self.probe.video
        is_timed = self.probe.container in _TIMED_CONTAINERS
        needed = (self.first_step + Fraction(1, 2)) / self.rate_fps
        needed -= _LEAD_PICTURES / self.probe.video.rate_fps + (0 if is_timed else _UNTIMED_SECONDS)
        keyframe = None
        if self.first_step and needed > 0:
            (entry,) = find_entries(Path(self.probe.path), self.probe, [float(needed)])
            keyframe = entry.keyframe_seconds
        if keyframe is not None:
            zero = Fraction(self.probe.zero_seconds)
            late = _FFMPEG_BACK_SECONDS if self.probe.container == "matroska" else 0
            nearest = min(keyframe + late, zero + needed)
            yield from (nearest - back for back in _BACK_SECONDS if nearest - back > zero)
        yield None

    def _arguments(self, seek_seconds: Fraction | None, threads: int) -> tuple[str, ...]:
        video, rate_fps = self.probe.video, self.rate_fps
        assert video
        # A change of picture size in mid-stream must not restart the graph and with it the clock.
        source = media_input(
            Path(self.probe.path), self.probe.container, threads=threads, reinit_filter=0,
            an=None, sn=None, dn=None, **seeking(seek_seconds), **self.decoder,
        )  # fmt: skip
        shaped = of_one_shape(source["V:0"], video)
        stream = deinterlaced(moved_to_zero(shaped, self.probe.zero_seconds), video)
        stream = on_clock(
            stream, rate_fps, early_seconds=Fraction(1, 2) / rate_fps, is_whole=seek_seconds is None
        )
        if self.first_step:
            stream = steps_between(stream, self.first_step, self.first_step + self.num_steps)
        centre = float((self.first_step + Fraction(1, 2)) / rate_fps)
        clock = StreamClock(self.probe.zero_seconds + centre)
        stream = fitted(stream, video, width=self.width, height=self.height, fit=self.fit, clock=clock)
        output = stream.output(
            "pipe:1", format="rawvideo", pix_fmt=self.pixel_format, **{"frames:v": self.num_steps}
        )
        return ("-copyts", "-xerror", "-filter_complex_threads", str(threads), *arguments_of(output))


def _first_or_none(batches: Iterator[npt.NDArray[np.uint8]]) -> npt.NDArray[np.uint8] | None:
    """The first batch; None where ffmpeg was set down too late, or cannot decode from there."""
    try:
        return next(batches, None)
    except ToolError:
        return None


def _batches(run: Run, shape: tuple[int, int, int], batch_steps: int) -> Iterator[npt.NDArray[np.uint8]]:
    while True:
        batch = np.empty((batch_steps, *shape), dtype=np.uint8)
        view = memoryview(batch.data).cast("B")
        filled = 0
        while filled < len(view) and (count := run.read_into(view[filled:])):
            filled += count
        num_whole = filled // (shape[0] * shape[1] * shape[2])
        if filled < len(view):
            run.wait()
        if num_whole:
            yield batch[:num_whole]
        if filled < len(view):
            return


def _completed(
    batches: Iterator[npt.NDArray[np.uint8]], wanted: _Wanted, batch_steps: int
) -> Iterator[npt.NDArray[np.uint8]]:
    """Exactly wanted.num_steps pictures: the last one stands where the recording ends a moment early."""
    num_read, last = 0, np.empty(0, dtype=np.uint8)
    for batch in batches:
        num_read, last = num_read + len(batch), batch[-1:]
        yield batch
    missing = num_missing(
        wanted.probe, num_wanted=wanted.num_steps, num_read=num_read, rate_fps=wanted.rate_fps,
        # Whoever reads many windows is told once, by the step that read the whole part.
        first_step=wanted.first_step, is_told=wanted.first_step == 0,
    )  # fmt: skip
    for start in range(0, missing, batch_steps):
        yield np.repeat(last, min(batch_steps, missing - start), axis=0)


def num_missing(
    probe: Probe, *, num_wanted: int, num_read: int, rate_fps: Fraction, first_step: int, is_told: bool
) -> int:
    """How many pictures the last one stands for at the end; InputError where that is too many.

    is_told: whether a line says so.
    """
    missing = num_wanted - num_read
    if num_read == 0 or missing / rate_fps > TAIL_SECONDS:
        end = clock_text(float((first_step + num_read) / rate_fps))
        raise InputError(
            f"the picture can be decoded only up to {end}",
            where=probe.path,
            remedy="Copy or download it again, or convert it to MP4",
        )
    if missing:
        level = logging.WARNING if is_told else logging.DEBUG
        said = "%s: note: the last picture stands for the last %.1f s"
        log.log(level, said, probe.path, float(missing / rate_fps))
    return missing
