"""Mean and standard deviation of more values than are held at once."""

from __future__ import annotations

import torch


class Moments:
    """Running count, sum and sum of squares per last axis."""

    def __init__(self) -> None:
        self._count = 0
        self._sums: tuple[torch.Tensor, torch.Tensor] | None = None

    def add(self, values: torch.Tensor) -> None:
        """values (B, T, D); an empty batch adds nothing."""
        if not len(values):
            return
        flat = values.reshape(-1, values.shape[-1]).double()  # (B * T, D)
        sums = flat.sum(0), flat.square().sum(0)
        self._sums = sums if self._sums is None else (self._sums[0] + sums[0], self._sums[1] + sums[1])
        self._count += len(flat)

    def mean_and_std(self, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(D,) each; 0 and 1 where nothing was added."""
        if self._sums is None:
            return torch.zeros(dim), torch.ones(dim)
        mean = self._sums[0] / self._count
        variance = (self._sums[1] / self._count - mean.square()).clamp_min(0)
        return mean.float(), variance.sqrt().float()
