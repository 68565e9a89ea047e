"""Batches of windows made in background threads while the network learns from those before."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from matchreel.background import Ahead
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.windows import StepBatch, Windows


@dataclass(frozen=True)
class Piece:
    """The windows of one batch; with a generator, varied as training allows."""

    starts: Sequence[Start]
    random: np.random.Generator | None


@dataclass
class Waiting:
    """How long training ran, and how much of that it waited for windows."""

    waited_seconds: float = 0.0
    passed_seconds: float = 0.0

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.waited_seconds / self.passed_seconds if self.passed_seconds else 0.0

    def line(self) -> str:
        """For the log."""
        return f"waited for windows {self.share:.0%} of the time"


def prefetched(
    windows: Windows, pieces: Sequence[Piece], *, num_ahead: int, device: torch.device, waiting: Waiting
) -> Generator[StepBatch]:
    """The batches of these pieces, in order and on the device; up to num_ahead are made ahead of need.

    The batches do not depend on num_ahead. waiting is added up. An error in a window is raised here.
    """
    is_cuda, started = device.type == "cuda", time.monotonic()
    jobs = (partial(_made, windows, piece, is_pinned=is_cuda) for piece in pieces)
    with Ahead(jobs, num_ahead=max(1, min(num_ahead, len(pieces)))) as ahead:
        try:
            for batch in ahead:
                yield batch.to(device)
        finally:
            waiting.waited_seconds += ahead.waited_seconds
            waiting.passed_seconds += time.monotonic() - started


def _made(windows: Windows, piece: Piece, *, is_pinned: bool) -> StepBatch:
    batch = windows.batch(piece.starts, piece.random)
    return batch.pinned() if is_pinned else batch
