"""Windows of the cached shards, read by memory map: one windowing for training and scoring of every model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from matchreel.errors import InputError
from matchreel.records import Features, Float32


@dataclass(frozen=True)
class Batch:
    """frames (B, T, D) float32 features (or (B, T, H, W, 3) uint8 pictures), logmel (B, L, F) float32 dB,

    has_video and has_audio (B,) float32 of 0 or 1, labels (B,) float32 of 0 or 1.
    """

    frames: torch.Tensor
    logmel: torch.Tensor
    has_video: torch.Tensor
    has_audio: torch.Tensor
    labels: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(**{name: tensor.to(device) for name, tensor in self.__dict__.items()})


def load_shards(features_paths: Sequence[Path]) -> dict[tuple[str, str], Features]:
    """(game, part) -> shard, by the last two words of each path; InputError where their settings differ."""
    shards = {(path.parent.name, path.stem): Features.load(path) for path in features_paths}
    first_path = next(iter(features_paths), None)
    for path, shard in zip(features_paths, shards.values(), strict=True):
        check_settings(
            shard.settings, shards[next(iter(shards))].settings, where=path, against=str(first_path)
        )
    return shards


def check_settings(
    found: Mapping[str, Any], expected: Mapping[str, Any], *, where: Path, against: str
) -> None:
    """InputError naming the first value of two feature sets that differs; the name and the bits may."""
    for key in sorted(({*found} | {*expected}) - {"name", "arithmetic"}):
        if found.get(key) != expected.get(key):
            raise InputError(
                f"its features have {key} {found.get(key)!r}, but {against} has {expected.get(key)!r}",
                where=where,
                remedy="Cache the features with the model's own feature set, or train a model on these",
            )


def read_window(shard: Features, *, start_step: int, num_steps: int) -> tuple[Float32 | None, Float32 | None]:
    """(T, D) frames and (L, F) logmel of the window that starts at a grid step, either None where absent.

    The window is moved inside the part; a part shorter than it repeats its last step and column.
    """
    first = max(0, min(start_step, shard.grid.num_steps - num_steps))
    per_step = shard.columns_per_step
    return (
        _piece(shard.frames, first, num_steps),
        _piece(shard.logmel, first * per_step, num_steps * per_step),
    )


def _piece(rows: npt.NDArray[np.float16] | None, first: int, count: int) -> Float32 | None:
    if rows is None:
        return None
    # torch widens 16 bits four times quicker than numpy; it wants memory that could be written to.
    piece: Float32 = torch.from_numpy(rows[first : first + count].copy()).float().numpy()
    return np.pad(piece, ((0, count - len(piece)), (0, 0)), mode="edge") if len(piece) < count else piece


@dataclass(frozen=True)
class InputSizes:
    """T, D, L and F of one window: what an absent modality is filled up to."""

    num_steps: int
    frame_dim: int
    num_columns: int
    num_mels: int

    @classmethod
    def of(cls, shards: Sequence[Features], window_seconds: float) -> InputSizes:
        """The sizes that shards of one feature set share."""
        num_steps = shards[0].grid.steps_in(window_seconds)
        dims = [shard.frames.shape[1] for shard in shards if shard.frames is not None]
        mels = [shard.logmel.shape[1] for shard in shards if shard.logmel is not None]
        return cls(
            num_steps, max(dims, default=1), num_steps * shards[0].columns_per_step, max(mels, default=1)
        )


def stacked(
    windows: Sequence[tuple[Float32 | None, Float32 | None]], labels: Sequence[float], sizes: InputSizes
) -> Batch:
    """A batch of windows; zeros stand for what a window does not have."""
    no_frames = np.zeros((sizes.num_steps, sizes.frame_dim), dtype=np.float32)
    no_logmel = np.zeros((sizes.num_columns, sizes.num_mels), dtype=np.float32)
    frames = [no_frames if window[0] is None else window[0] for window in windows]
    logmel = [no_logmel if window[1] is None else window[1] for window in windows]
    return Batch(
        frames=torch.from_numpy(np.stack(frames)),
        logmel=torch.from_numpy(np.stack(logmel)),
        has_video=torch.tensor([float(window[0] is not None) for window in windows]),
        has_audio=torch.tensor([float(window[1] is not None) for window in windows]),
        labels=torch.tensor(list(labels), dtype=torch.float32),
    )
