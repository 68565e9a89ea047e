"""Mixup of windows: inputs, targets and weights blended by the same shares."""

from __future__ import annotations

import numpy as np
import torch


class Mixing:
    """Mixup: every window is blended with another of its batch by one share each."""

    def __init__(self, order: torch.Tensor, shares: torch.Tensor) -> None:
        self._order, self._shares = order, shares

    @classmethod
    def drawn(cls, count: int, alpha: float, random: np.random.Generator, device: torch.device) -> Mixing:
        """Shares from Beta(alpha, alpha), the larger part the window's own; alpha 0 mixes nothing."""
        if alpha == 0:
            return cls(torch.arange(count, device=device), torch.ones(count, device=device))
        share = random.beta(alpha, alpha, size=count)
        shares = torch.from_numpy(np.maximum(share, 1 - share).astype(np.float32))
        return cls(torch.from_numpy(random.permutation(count)).to(device), shares.to(device))

    def of(self, values: torch.Tensor) -> torch.Tensor:
        """(B, ...) blended."""
        shares = self._own_shares(values)
        return shares * values + (1 - shares) * values[self._order]

    def weights_of(self, weights: torch.Tensor) -> torch.Tensor:
        """(B, ...) weights blended; 0 where either window's target is unknown, as the blend's is too."""
        is_known = (weights > 0) & ((weights[self._order] > 0) | (self._own_shares(weights) == 1))
        return self.of(weights) * is_known

    def _own_shares(self, values: torch.Tensor) -> torch.Tensor:
        return self._shares.view(-1, *[1] * (values.dim() - 1))
