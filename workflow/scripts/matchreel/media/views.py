"""Several looks at a whole part in one decode: each of its own size and rate, all streamed together."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
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
from matchreel.media.damage import confirm_usable
from matchreel.media.decode import num_missing
from matchreel.media.filters import deinterlaced, fitted, media_input, moved_to_zero, of_one_shape, on_clock
from matchreel.media.hardware import Hwaccel, decoder_options
from matchreel.media.sources import Source, sources_of
from matchreel.media.tools import Job, arguments_of, started
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class View:
    """Every `every`-th picture of a grid over the whole part, squashed to height x width, in batches.

    crop: only this piece of the upright picture, as shares x, y, width, height of it.
    """

    grid: FrameGrid
    height: int
    width: int
    batch_steps: int
    every: int = 1
    crop: tuple[float, float, float, float] | None = None

    @property
    def num_pictures(self) -> int:
        """How many pictures it has."""
        return -(-self.grid.num_steps // self.every)


@dataclass(frozen=True)
class _Part:
    """The pictures of a view, given by its index, in steps [first_step, end_step): those of one source."""

    index: int
    view: View
    first_step: int
    end_step: int

    @property
    def num_pictures(self) -> int:
        """How many they are."""
        every = self.view.every
        return -(-self.end_step // every) - -(-self.first_step // every)


def read_views(
    *,
    probe: Probe,
    views: Sequence[View],
    ffmpeg: str,
    threads: int,
    hwaccel: Hwaccel = "none",
    damage: list[Interval] | None = None,
) -> Iterator[tuple[int, Pictures]]:
    """Yield (index of the view, (n, H, W, 3) uint8 RGB batch), each view's batches in its order.

    The pictures are those that media.decode.read_frames gives for the same grid, and so are the errors; the
    part is decoded once. hwaccel: what decodes it (media.hardware), where that works. Each batch is an array
    of its own. damage: takes up the stretches that are damaged; all are known after the last batch.
    """
    if probe.video is None:
        raise InputError("there is no picture in it", where=probe.path, remedy="Use its sound only")
    options = decoder_options(hwaccel, Path(probe.path), ffmpeg=ffmpeg) | {"threads": threads}
    for source in sources_of(Path(probe.path), probe):
        parts = [_Part(index, view, *_steps(view, source)) for index, view in enumerate(views)]
        parts = [part for part in parts if part.num_pictures > 0]
        if parts:
            found = yield from _read_source(probe, source, parts, ffmpeg, options)
            if damage is not None and found:
                damage[:] = found


def _steps(view: View, source: Source) -> tuple[int, int]:
    grid = view.grid
    end = grid.num_steps if source.is_last else source.end_step(grid.rate_fps)
    return source.first_step(grid.rate_fps), min(end, grid.num_steps)


def _read_source(
    probe: Probe, source: Source, parts: Sequence[_Part], ffmpeg: str, options: Mapping[str, Any]
) -> Generator[tuple[int, Pictures], None, tuple[Interval, ...]]:
    """Its pictures; returns the damaged stretches of the whole part where it met damage."""
    damage: tuple[Interval, ...] = ()
    with ExitStack() as held:
        pipes = [os.pipe() for _ in parts]
        streams = [held.enter_context(os.fdopen(read, "rb", buffering=0)) for read, _ in pipes]
        ends = [write for _, write in pipes]
        arguments = _arguments(probe, source, parts, ends, options)
        job = Job(arguments, "decoding the picture", probe.path)
        run = held.enter_context(started(job, ffmpeg=ffmpeg, handed=ends))
        fillings = list(map(_Filling, parts))
        waiting: dict[IO[bytes], _Filling] = dict(zip(streams, fillings, strict=True))
        while waiting:
            for stream in run.readable(list(waiting)):
                if not waiting[stream].fill_from(stream):
                    del waiting[stream]
                elif waiting[stream].is_full:
                    yield waiting[stream].taken()
        run.wait()
        if run.met_damage():
            damage = confirm_usable(Path(probe.path), probe, "picture")
        for filling in fillings:
            yield from filling.rest(probe)
    return damage


class _Filling:
    """A view's batch while it comes in, bytes by bytes."""

    def __init__(self, part: _Part) -> None:
        self._part, view = part, part.view
        self._num_read, self._last = 0, np.empty((0, view.height, view.width, 3), dtype=np.uint8)
        self._renew()

    def _renew(self) -> None:
        view = self._part.view
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
        return self._part.index, batch

    def rest(self, probe: Probe) -> Iterator[tuple[int, Pictures]]:
        """After the last picture: what is left, and the last one again where it has to stand for others."""
        index, batch = self.taken()
        if len(batch):
            yield index, batch
        view = self._part.view
        missing = num_missing(
            probe, num_wanted=self._part.num_pictures, num_read=self._num_read,
            rate_fps=view.grid.rate_fps / view.every, first_step=self._part.first_step // view.every,
            is_told=index == 0,
        )  # fmt: skip
        for start in range(0, missing, view.batch_steps):
            yield index, np.repeat(self._last, min(view.batch_steps, missing - start), axis=0)


def _arguments(
    probe: Probe, source: Source, parts: Sequence[_Part], ends: Sequence[int], options: Mapping[str, Any]
) -> tuple[str, ...]:
    video = probe.video
    assert video
    held = media_input(source, reinit_filter=0, an=None, sn=None, dn=None, **options)
    zero_seconds = float(source.zero_seconds)
    whole = deinterlaced(moved_to_zero(of_one_shape(held["V:0"], video), zero_seconds), video).split()
    outputs = list[Any]()
    for index, (part, end) in enumerate(zip(parts, ends, strict=True)):
        view, rate_fps = part.view, part.view.grid.rate_fps
        first, early = part.first_step, Fraction(1, 2) / rate_fps
        stream = on_clock(whole[index], rate_fps, early_seconds=early, first_step=first)
        if view.every > 1:
            # Counted anew: ffmpeg fills gaps in time with the picture before.
            chosen = f"not(mod(n+{first},{view.every}))"
            stream = stream.filter("select", chosen).filter("setpts", "N")
        elif first:
            stream = stream.filter("setpts", "N")
        if view.crop:
            x, y, wide, tall = view.crop
            # Of the picture as it comes: its stored pixels need not be square.
            stream = stream.filter("crop", f"iw*{wide:.6f}", f"ih*{tall:.6f}", f"iw*{x:.6f}", f"ih*{y:.6f}")
        centre = float((first + -first % view.every + Fraction(1, 2)) / rate_fps)
        clock = StreamClock(zero_seconds + centre, speed=view.every)
        stream = fitted(stream, video, width=view.width, height=view.height, fit="squash", clock=clock)
        limit = {"frames:v": part.num_pictures}
        outputs.append(stream.output(f"pipe:{end}", format="rawvideo", pix_fmt="rgb24", **limit))
    merged = graph.merge_outputs(*outputs)
    return ("-copyts", "-filter_complex_threads", str(options["threads"]), *arguments_of(merged))
