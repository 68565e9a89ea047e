"""Pictures of a part on a FrameGrid, streamed from ffmpeg into numpy."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError
from matchreel.media.filters import deinterlaced, fitted, media_input, moved_to_zero, on_clock
from matchreel.media.tools import Job, Run, arguments_of, started
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, clock_text

log = logging.getLogger("matchreel.media")

PixelFormat = Literal["rgb24", "gray"]
Fit = Literal["squash", "letterbox"]
# A recording may end a little before its packets say; more than this is damage.
TAIL_SECONDS = 2


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
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield (n, H, W, 3) uint8 RGB ("gray": (n, H, W, 1)) batches, n <= batch_steps, grid.num_steps in all.

    Step i is the picture on screen at the step's centre, deinterlaced, upright, in square pixels. Each batch
    is an array of its own. Raises InputError without a video stream or where decoding ends early, ToolError
    where it fails: a picture that could not be decoded is never replaced.
    """
    if probe.video is None:
        raise InputError(
            "there is no picture in it", where=probe.path, remedy="Use a scorer that needs sound only"
        )
    shape = (height, width, 3 if pixel_format == "rgb24" else 1)
    job = Job(
        _arguments(probe, grid, height, width, fit, threads, pixel_format), "decoding the picture", probe.path
    )
    with started(job, ffmpeg=ffmpeg, piped=True) as run:
        yield from _on_whole_grid(_batches(run, shape, batch_steps), probe, grid, batch_steps)
        run.process.wait()
        run.check()


def _arguments(
    probe: Probe, grid: FrameGrid, height: int, width: int, fit: Fit, threads: int, pixel_format: PixelFormat
) -> tuple[str, ...]:
    assert probe.video
    # A change of picture size in mid-stream must not restart the graph and with it the clock.
    source = media_input(Path(probe.path), threads=threads, reinit_filter=0, an=None, sn=None, dn=None)
    stream = moved_to_zero(source["V:0"], probe.zero_seconds)
    stream = on_clock(
        deinterlaced(stream, probe.video), grid.rate_fps, early_seconds=Fraction(1, 2) / grid.rate_fps
    )
    stream = fitted(stream, probe.video, width=width, height=height, fit=fit)
    output = stream.output("pipe:1", format="rawvideo", pix_fmt=pixel_format, **{"frames:v": grid.num_steps})
    return ("-copyts", "-xerror", "-filter_complex_threads", str(threads), *arguments_of(output))


def _batches(run: Run, shape: tuple[int, int, int], batch_steps: int) -> Iterator[npt.NDArray[np.uint8]]:
    assert run.process.stdout
    while True:
        batch = np.empty((batch_steps, *shape), dtype=np.uint8)
        view = memoryview(batch.data).cast("B")
        filled = 0
        while filled < len(view) and (count := run.process.stdout.readinto(view[filled:])):  # type: ignore[attr-defined]
            filled += count
        num_whole = filled // (shape[0] * shape[1] * shape[2])
        if num_whole:
            yield batch[:num_whole]
        if filled < len(view):
            run.process.wait()
            run.check()
            return


def _on_whole_grid(
    batches: Iterator[npt.NDArray[np.uint8]], probe: Probe, grid: FrameGrid, batch_steps: int
) -> Iterator[npt.NDArray[np.uint8]]:
    """Exactly grid.num_steps pictures: the last one stands where the recording ends a moment early."""
    num_read, last = 0, None
    for batch in batches:
        num_read, last = num_read + len(batch), batch[-1:]
        yield batch
    missing = grid.num_steps - num_read
    if last is None or missing / grid.rate_fps > TAIL_SECONDS:
        raise InputError(
            f"the picture can be decoded only up to {clock_text(float(num_read / grid.rate_fps))}",
            where=probe.path,
            remedy="Copy or download it again, or convert it to MP4",
        )
    if missing:
        seconds = float(missing / grid.rate_fps)
        log.warning("%s: note: the last picture stands for the last %.1f s", probe.path, seconds)
    for start in range(0, missing, batch_steps):
        yield np.repeat(last, min(batch_steps, missing - start), axis=0)
