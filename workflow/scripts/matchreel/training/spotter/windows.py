"""Batches of windows: features, and what is true at each of their steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch

from matchreel.augment import PictureVariation
from matchreel.dataset import InputSizes, read_window, stacked
from matchreel.records import Float32
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.sampling import Start


@dataclass(frozen=True)
class StepBatch:
    """frames (B, T, D) float32 features (or (B, T, H, W, 3) uint8 pictures), logmel (B, L, F) float32 dB,

    has_video and has_audio (B,) of 0 or 1, targets and weights (B, T, K) float32. variations: how a window's
    pictures are to be varied on the device, one for each window; none where they stay as they are.
    """

    frames: torch.Tensor
    logmel: torch.Tensor
    has_video: torch.Tensor
    has_audio: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    variations: tuple[PictureVariation, ...] = ()

    def to(self, device: torch.device) -> StepBatch:
        """The same batch on a device; pinned memory is copied while the GPU works."""
        return self._with_all(lambda held: held.to(device, non_blocking=True))

    def pinned(self) -> StepBatch:
        """The same batch in memory from which a GPU copies by itself."""
        return self._with_all(torch.Tensor.pin_memory)

    def varied(self) -> StepBatch:
        """The batch with its pictures varied, each window's all alike."""
        if not self.variations:
            return self
        pairs = zip(self.frames, self.variations, strict=True)
        return replace(self, frames=torch.stack([how.of(window) for window, how in pairs]), variations=())

    def _with_all(self, change: Callable[[torch.Tensor], torch.Tensor]) -> StepBatch:
        changed: dict[str, Any] = {
            name: change(held) for name, held in self.__dict__.items() if isinstance(held, torch.Tensor)
        }
        return replace(self, **changed)


class Windows(Protocol):
    """What the training loop reads: windows by where they start."""

    parts: Sequence[LabelledPart]

    def batch(self, starts: Sequence[Start], random: np.random.Generator | None) -> StepBatch:
        """The windows that begin there; with a generator, varied as training allows."""
        ...


class CachedSteps:
    """Windows of cached shards, read by memory map."""

    def __init__(self, parts: Sequence[LabelledPart], sizes: InputSizes) -> None:
        self.parts, self.sizes = parts, sizes

    def batch(self, starts: Sequence[Start], random: np.random.Generator | None) -> StepBatch:
        """The windows that begin there, (B, ...); cached features do not vary.

        A part shorter than a window is filled up, unweighted.
        """
        T = self.sizes.num_steps
        held = [
            read_window(self.parts[start.part_index].shard, start_step=start.start_step, num_steps=T)
            for start in starts
        ]
        batch = stacked(held, [0.0] * len(starts), self.sizes)
        return StepBatch(
            batch.frames,
            batch.logmel,
            batch.has_video,
            batch.has_audio,
            targets=self.labels_of(starts, "targets"),
            weights=self.labels_of(starts, "weights"),
        )

    def labels_of(self, starts: Sequence[Start], name: str) -> torch.Tensor:
        """(B, T, K) targets or weights of windows; 0 beyond the end of a part."""
        rows = [
            _piece(getattr(self.parts[start.part_index], name), start.start_step, self.sizes.num_steps)
            for start in starts
        ]
        return torch.from_numpy(np.stack(rows))


def _piece(values: Float32, first: int, count: int) -> Float32:
    piece = values[first : first + count]
    return np.pad(piece, ((0, count - len(piece)), (0, 0))) if len(piece) < count else piece
