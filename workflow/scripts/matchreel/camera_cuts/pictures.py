"""The small pictures that cuts are looked for in: stretches of a part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.camera_cuts.bursts import HEIGHT, WIDTH
from matchreel.media.decode import read_frames
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval

Pictures = npt.NDArray[np.uint8]

# So much is read on both sides of a stretch, for the network to look at.
CONTEXT_SECONDS = 1.0
_BATCH_STEPS = 128


@dataclass(frozen=True)
class Piece:
    """pictures (n, 27, 48, 3) uint8 RGB of a stretch and what lies around it, from first_step on."""

    stretch: Interval
    first_step: int
    pictures: Pictures


@dataclass(frozen=True)
class SmallPictures:
    """A part's pictures at its own rate, small."""

    probe: Probe
    grid: FrameGrid
    ffmpeg: str
    threads: int

    def pieces(self, stretches: Iterable[Interval]) -> Iterator[Piece]:
        """A Piece for each stretch; nothing else is decoded than the way to it."""
        for stretch in stretches:
            first, end = self._steps(stretch)
            yield Piece(stretch, first, np.concatenate(list(self._read(first, end))))

    def _steps(self, stretch: Interval) -> tuple[int, int]:
        """[first, end) steps of a stretch and its context."""
        wide = stretch.padded(CONTEXT_SECONDS, CONTEXT_SECONDS)
        first = max(0, math.floor(wide.start_seconds * self.grid.rate_fps))
        return first, min(self.grid.num_steps, math.ceil(wide.end_seconds * self.grid.rate_fps))

    def _read(self, first: int, end: int) -> Iterator[Pictures]:
        return read_frames(
            probe=self.probe, grid=FrameGrid(self.grid.rate_fps, end - first), height=HEIGHT, width=WIDTH,
            fit="squash", ffmpeg=self.ffmpeg, threads=self.threads, batch_steps=_BATCH_STEPS,
            pixel_format="rgb24", first_step=first,
        )  # fmt: skip
