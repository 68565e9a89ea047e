"""Several looks at a whole part in one decode: each of its own size and rate, all streamed together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import ffmpeg as graph
import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError
from matchreel.media.colours import StreamClock
from matchreel.media.decode import num_missing
from matchreel.media.filters import deinterlaced, fitted, media_input, moved_to_zero, of_one_shape, on_clock
from matchreel.media.hardware import Hwaccel, decoder_options
from matchreel.media.tools import Job, arguments_of, started
from matchreel.records import Probe
from matchreel.timeline import FrameGrid

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """Every `every`-th picture of a grid over the whole part, squashed to height x width, in batches."""

    grid: FrameGrid
    height: int
    width: int
    batch_steps: int
    every: int = 1

    @property
    def num_pictures(self) -> int:
        """How many pictures it has."""
        return -(-self.grid.num_steps // self.every)


def read_views(
    *, probe: Probe, views: Sequence[View], ffmpeg: str, threads: int, hwaccel: Hwaccel = "none"
) -> Iterator[tuple[int, Pictures]]:
    """Yield (index of the view, (n, H, W, 3) uint8 RGB batch), each view's batches in its order.

    The pictures are those that media.decode.read_frames gives for the same grid, and so are the errors; the
    part is decoded once. hwaccel: what decodes it (media.hardware), where that works. Each batch is an array
    of its own.
    """
    if probe.video is None:
        raise InputError("there is no picture in it", where=probe.path, remedy="Use its sound only")
    options = decoder_options(hwaccel, Path(probe.path), ffmpeg=ffmpeg) | {"threads": threads}
    with ExitStack() as held:
        pipes = [os.pipe() for _ in views]
        streams = [held.enter_context(os.fdopen(read, "rb", buffering=0)) for read, _ in pipes]
        ends = [write for _, write in pipes]
        job = Job(_arguments(probe, views, ends, options), "decoding the picture", probe.path)
        run = held.enter_context(started(job, ffmpeg=ffmpeg, handed=ends))
        fillings = [_Filling(index, view) for index, view in enumerate(views)]
        waiting: dict[IO[bytes], _Filling] = dict(zip(streams, fillings, strict=True))
        while waiting:
            for stream in run.readable(list(waiting)):
                if not waiting[stream].fill_from(stream):
                    del waiting[stream]
                elif waiting[stream].is_full:
                    yield waiting[stream].taken()
        run.wait()
        for filling in fillings:
            yield from filling.rest(probe)


class _Filling:
    """A view's batch while it comes in, bytes by bytes."""

    def __init__(self, index: int, view: View) -> None:
        self._index, self._view = index, view
        self._num_read, self._last = 0, np.empty((0, view.height, view.width, 3), dtype=np.uint8)
        self._renew()

    def _renew(self) -> None:
        view = self._view
        self._batch = np.empty((view.batch_steps, view.height, view.width, 3), dtype=np.uint8)
        self._bytes, self._filled = memoryview(self._batch.data).cast("B"), 0

    def fill_from(self, stream: IO[bytes]) -> bool:
        """Take in what there is; False at the stream's end."""
        count = os.readv(stream.fileno(), [self._bytes[self._filled :]])
        self._filled += count
        return count > 0

    @property
    def is_full(self) -> bool:
        """Whether the batch is whole."""
        return self._filled == len(self._bytes)

    def taken(self) -> tuple[int, Pictures]:
        """What came in, so far as pictures are whole; a new batch is begun."""
        batch = self._batch[: self._filled // self._batch[0].nbytes]
        self._num_read += len(batch)
        self._last = batch[-1:] if len(batch) else self._last
        self._renew()
        return self._index, batch

    def rest(self, probe: Probe) -> Iterator[tuple[int, Pictures]]:
        """After the last picture: what is left, and the last one again where it has to stand for others."""
        index, batch = self.taken()
        if len(batch):
            yield index, batch
        view = self._view
        missing = num_missing(
            probe, num_wanted=view.num_pictures, num_read=self._num_read,
            rate_fps=view.grid.rate_fps / view.every, first_step=0, is_told=index == 0,
        )  # fmt: skip
        for start in range(0, missing, view.batch_steps):
            yield index, np.repeat(self._last, min(view.batch_steps, missing - start), axis=0)


def _arguments(
    probe: Probe, views: Sequence[View], ends: Sequence[int], options: Mapping[str, Any]
) -> tuple[str, ...]:
    video = probe.video
    assert video
    source = media_input(
        Path(probe.path), probe.container, reinit_filter=0, an=None, sn=None, dn=None, **options
    )
    whole = deinterlaced(moved_to_zero(of_one_shape(source["V:0"], video), probe.zero_seconds), video).split()
    outputs = list[Any]()
    for index, (view, end) in enumerate(zip(views, ends, strict=True)):
        rate_fps = view.grid.rate_fps
        stream = on_clock(whole[index], rate_fps, early_seconds=Fraction(1, 2) / rate_fps)
        if view.every > 1:
            # Counted anew: ffmpeg fills gaps in time with the picture before.
            stream = stream.filter("select", f"not(mod(n,{view.every}))").filter("setpts", "N")
        clock = StreamClock(probe.zero_seconds + float(Fraction(1, 2) / rate_fps), speed=view.every)
        stream = fitted(stream, video, width=view.width, height=view.height, fit="squash", clock=clock)
        limit = {"frames:v": view.num_pictures}
        outputs.append(stream.output(f"pipe:{end}", format="rawvideo", pix_fmt="rgb24", **limit))
    merged = graph.merge_outputs(*outputs)
    return ("-copyts", "-xerror", "-filter_complex_threads", str(options["threads"]), *arguments_of(merged))
