"""Pictures decoded out of the recordings: windows to learn from, and whole parts to judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from matchreel.augment import PictureVariation
from matchreel.backbones import Backbone
from matchreel.dataset import InputSizes
from matchreel.features import embed
from matchreel.media.decode import Fit, read_frames
from matchreel.records import Probe
from matchreel.timeline import FrameGrid
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.windows import CachedSteps, StepBatch

# Pictures that are read at once, whatever they are for.
_BATCH_STEPS = 16


@dataclass(frozen=True)
class PictureReader:
    """How pictures come out of recordings, as a feature set says."""

    height: int
    width: int
    fit: Fit
    ffmpeg: str

    def pictures(
        self, probe: Probe, grid: FrameGrid, *, first_step: int, threads: int
    ) -> Iterator[npt.NDArray[np.uint8]]:
        """(n, H, W, 3) uint8 RGB batches of the grid's steps, counted from first_step on."""
        return read_frames(
            probe=probe,
            grid=grid,
            height=self.height,
            width=self.width,
            fit=self.fit,
            ffmpeg=self.ffmpeg,
            threads=threads,
            batch_steps=_BATCH_STEPS,
            pixel_format="rgb24",
            first_step=first_step,
        )


class DecodedSteps:
    """Windows of pictures decoded out of the recordings at every visit, threads of them at the same time.

    Sound and labels are those of the cached shards. probes: (game, part) -> recording.
    """

    def __init__(
        self,
        parts: Sequence[LabelledPart],
        probes: Mapping[tuple[str, str], Probe],
        sizes: InputSizes,
        reader: PictureReader,
        *,
        threads: int,
    ) -> None:
        self.parts, self._probes, self._reader = parts, probes, reader
        self._cached = CachedSteps(parts, sizes)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="matchreel-decode")

    def batch(self, starts: Sequence[Start], random: np.random.Generator | None) -> StepBatch:
        """The windows that begin there, frames (B, T, H, W, 3) uint8: zeros where a part has no picture.

        With a generator, how to vary them is drawn. A part shorter than a window repeats its last picture.
        Raises InputError or ToolError where a recording cannot be decoded.
        """
        sizes, reader = self._cached.sizes, self._reader
        shape = (len(starts), sizes.num_steps, reader.height, reader.width, 3)
        frames = torch.zeros(shape, dtype=torch.uint8)
        list(self._pool.map(self._decode, frames.numpy(), starts))
        variations = () if random is None else tuple(PictureVariation.drawn(random) for _ in starts)
        return replace(self._cached.batch(starts, None), frames=frames, variations=variations)

    def _decode(self, window: npt.NDArray[np.uint8], start: Start) -> None:
        """Fill a window (T, H, W, 3)."""
        part, done = self.parts[start.part_index], 0
        if part.shard.frames is None:
            return
        grid = part.shard.grid
        first = max(0, min(start.start_step, grid.num_steps - len(window)))
        own = FrameGrid(grid.rate_fps, min(len(window), grid.num_steps - first))
        probe = self._probes[part.game, part.part]
        for pictures in self._reader.pictures(probe, own, first_step=first, threads=1):
            window[done : done + len(pictures)] = pictures
            done += len(pictures)
        window[done:] = window[done - 1]


@dataclass(frozen=True)
class DecodedParts:
    """Whole parts as a backbone that learns sees them now. probes: (game, part) -> recording."""

    probes: Mapping[tuple[str, str], Probe]
    reader: PictureReader
    threads: int

    def seen(self, part: LabelledPart, backbone: Backbone, device: torch.device) -> LabelledPart:
        """The part with this backbone's features, made as cache_tensors makes them; holds a few pictures."""
        if part.shard.frames is None:
            return part
        grid, probe = part.shard.grid, self.probes[part.game, part.part]
        pictures = self.reader.pictures(probe, grid, first_step=0, threads=self.threads)
        arithmetic = part.shard.settings.get("arithmetic", "auto")
        seen = embed(backbone, pictures, num_steps=grid.num_steps, device=device, arithmetic=arithmetic)
        return replace(part, shard=replace(part.shard, frames=np.concatenate(list(seen.blocks))))
