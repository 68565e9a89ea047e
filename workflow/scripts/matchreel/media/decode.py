"""Pictures of a part on a FrameGrid, streamed from ffmpeg into numpy."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError, ToolError
from matchreel.media.colours import StreamClock
from matchreel.media.damage import confirm_usable
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
from matchreel.media.sources import Source, steps_of
from matchreel.media.tools import REENCODE, Job, Run, arguments_of, started
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
    InputError without a video stream, where decoding ends early or where too much is damaged (a little of it
    is a warning with its times), ToolError where it fails.
    """
    if probe.video is None:
        raise InputError(
            "there is no picture in it", where=probe.path, remedy="Use a scorer that needs sound only"
        )
    decoder = decoder_options(hwaccel, Path(probe.path), ffmpeg=ffmpeg)
    for source, first, end in steps_of(probe, grid.rate_fps, first_step, first_step + grid.num_steps):
        num_before = _steps_before(source, grid.rate_fps, first)
        wanted = _Wanted(
            probe=probe,
            source=source,
            rate_fps=grid.rate_fps,
            first_step=first - num_before,
            num_steps=num_before + end - first,
            height=height,
            width=width,
            fit=fit,
            pixel_format=pixel_format,
            decoder=decoder,
        )
        batches = wanted.batches(ffmpeg=ffmpeg, threads=threads, batch_steps=batch_steps)
        for batch in _completed(batches, wanted, batch_steps):
            dropped = min(num_before, len(batch))
            num_before -= dropped
            if dropped < len(batch):
                yield batch[dropped:]


def _steps_before(source: Source, rate_fps: Fraction, first_step: int) -> int:
    """Near the end, steps to read first: the last picture may come before the steps that are asked for."""
    tail = math.ceil(TAIL_SECONDS * rate_fps) + 1
    is_near = first_step + tail > source.end_seconds * rate_fps
    return min(first_step - source.first_step(rate_fps), tail) if is_near else 0


@dataclass(frozen=True)
class _Wanted:
    """Steps [first_step, first_step + num_steps) of a part's grid, of one source, and how they shall look."""

    probe: Probe
    source: Source
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
        num_done = 0
        for seek_seconds, strict in self._attempts():
            arguments = (*strict, *self._arguments(seek_seconds, threads))
            job = Job(arguments, "decoding the picture", self.probe.path)
            with started(job, ffmpeg=ffmpeg, piped=True) as run:
                num_read = 0
                try:
                    for batch in _batches(run, self._shape, batch_steps):
                        new = batch[max(0, num_done - num_read) :]
                        num_read += len(batch)
                        if len(new):
                            num_done += len(new)
                            yield new
                except ToolError:
                    if not strict:
                        raise
                    continue
                if num_read or seek_seconds is None:
                    self._check(run, is_whole=seek_seconds is None and not self.first_step)
                    return
            log.debug("%s: reading again from before %s s", self.probe.path, seek_seconds)

    def _attempts(self) -> Iterator[tuple[Fraction | None, tuple[str, ...]]]:
        """Where to read from: what cannot be decoded is an error at first; at last it is passed over.

        It may lie before the steps that are wanted, or be a part of a picture.
        """
        places = [place for place in self._places() if place is not None]
        yield from ((place, ("-xerror",)) for place in places)
        yield from ((place, ()) for place in (*places[-1:], None))

    def _check(self, run: Run, *, is_whole: bool) -> None:
        """Whoever reads many windows is told of damage once, by the step that read the whole part."""
        if is_whole and run.met_damage():
            confirm_usable(Path(self.probe.path), self.probe, "picture")

    @property
    def _shape(self) -> tuple[int, int, int]:
        return (self.height, self.width, 3 if self.pixel_format == "rgb24" else 1)

    def _places(self) -> Iterator[Fraction | None]:
        """Where to set ffmpeg down, on the source's clock; None: at the beginning."""
        assert self.probe.video
        is_timed = self.probe.container in _TIMED_CONTAINERS
        needed = (self.first_step + Fraction(1, 2)) / self.rate_fps
        needed -= _LEAD_PICTURES / self.probe.video.rate_fps + (0 if is_timed else _UNTIMED_SECONDS)
        keyframe, beginning = None, self.source.first_seconds
        if self.first_step > self._lowest_step and needed > self.source.start_seconds:
            (entry,) = find_entries(Path(self.probe.path), self.probe, [float(needed)])
            keyframe = entry.keyframe_seconds
        if keyframe is not None:
            late = _FFMPEG_BACK_SECONDS if self.probe.container == "matroska" else 0
            nearest = min(keyframe + late, self.source.zero_seconds + needed)
            yield from (nearest - back for back in _BACK_SECONDS if nearest - back > beginning)
        yield None

    @property
    def _lowest_step(self) -> int:
        return self.source.first_step(self.rate_fps)

    def _arguments(self, seek_seconds: Fraction | None, threads: int) -> tuple[str, ...]:
        video, rate_fps = self.probe.video, self.rate_fps
        assert video
        # A change of picture size in mid-stream must not restart the graph and with it the clock.
        source = media_input(
            self.source, threads=threads, reinit_filter=0, an=None, sn=None, dn=None,
            **seeking(seek_seconds), **self.decoder,
        )  # fmt: skip
        zero_seconds = float(self.source.zero_seconds)
        stream = deinterlaced(moved_to_zero(of_one_shape(source["V:0"], video), zero_seconds), video)
        first = self._lowest_step if seek_seconds is None else None
        stream = on_clock(stream, rate_fps, early_seconds=Fraction(1, 2) / rate_fps, first_step=first)
        if self.first_step:
            stream = steps_between(stream, self.first_step, self.first_step + self.num_steps)
        centre = float((self.first_step + Fraction(1, 2)) / rate_fps)
        clock = StreamClock(zero_seconds + centre)
        stream = fitted(stream, video, width=self.width, height=self.height, fit=self.fit, clock=clock)
        output = stream.output(
            "pipe:1", format="rawvideo", pix_fmt=self.pixel_format, **{"frames:v": self.num_steps}
        )
        return ("-copyts", "-filter_complex_threads", str(threads), *arguments_of(output))


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
        first_step=wanted.first_step, is_told=wanted.first_step == wanted.source.first_step(wanted.rate_fps),
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
            remedy=f"Copy or download it again; if it plays to its end, {REENCODE}",
        )
    if missing:
        level = logging.WARNING if is_told else logging.DEBUG
        said = "%s: note: the last picture stands for the last %.1f s"
        log.log(level, said, probe.path, float(missing / rate_fps))
    return missing
