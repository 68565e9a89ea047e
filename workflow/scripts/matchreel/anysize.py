"""torchvision's networks of one picture size, run over their own parts so that they take any size.

vit_*: the learnt positions are interpolated to the picture's grid of patches (bicubic).
maxvit_*: windows and grids are cut for the picture's own height and width.
Both pad on the right and at the bottom, never crop or squash, hold the same tensors under the same names as
torchvision's network, and compute the same at its own size.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

# (B, C, H split in two, W split in two) -> (B, H/P, W/P, P, P, C): the P * P cells that attend to each other
# are neighbours in a window, but equally spaced over the whole map in a grid.
_TILE_ORDERS = {"window": (0, 2, 4, 3, 5, 1), "grid": (0, 3, 5, 2, 4, 1)}


def padded(pixels: torch.Tensor, multiple: int) -> torch.Tensor:
    """(B, C, H, W) normalised pixels with H and W made multiples: zeros, the mean colour, right and below."""
    height, width = pixels.shape[-2:]
    missing_rows, missing_columns = -height % multiple, -width % multiple
    if not missing_rows and not missing_columns:
        return pixels
    return functional.pad(pixels, (0, missing_columns, 0, missing_rows))


def positions_for(learnt: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(1, 1 + S*S, D) learnt positions -> (1, 1 + height*width, D): the class token's, then the grid's.

    Bicubic, as a product with two small matrices: unlike interpolate's, its gradient repeats itself on CUDA.
    """
    side = math.isqrt(learnt.shape[1] - 1)
    if (height, width) == (side, side):
        return learnt
    with torch.autocast(learnt.device.type, enabled=False):
        grid = learnt[0, 1:].reshape(side, side, -1)  # (S, S, D)
        rows, columns = (_bicubic(side, size).to(learnt) for size in (height, width))
        spread = torch.einsum("hs,wr,srd->hwd", rows, columns, grid)
        return torch.cat([learnt[0, :1], spread.flatten(0, 1)])[None]


def _bicubic(side: int, size: int) -> torch.Tensor:
    """(size, side) weights of a bicubic interpolation along one axis."""
    weights = functional.interpolate(torch.eye(side)[None, None], size=(size, side), mode="bicubic")
    return weights[0, 0]


class AnySizeVit(nn.Module):
    """A torchvision VisionTransformer: (B, 3, H, W) normalised pixels -> (B, D) of the class token."""

    def __init__(self, vit: Any) -> None:
        super().__init__()
        self.patch_size = int(vit.patch_size)
        self.class_token = vit.class_token
        self.conv_proj = vit.conv_proj
        self.encoder = vit.encoder
        self.heads = vit.heads

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, D) float."""
        patches = self.conv_proj(padded(pixels, self.patch_size))
        B, _, H, W = patches.shape
        rows = patches.flatten(2).mT  # (B, H*W, D)
        tokens = torch.cat([self.class_token.expand(B, -1, -1), rows], dim=1)
        tokens = tokens + positions_for(self.encoder.pos_embedding, H, W)
        encoded = self.encoder.ln(self.encoder.layers(self.encoder.dropout(tokens)))
        embedded: torch.Tensor = self.heads(encoded[:, 0])
        return embedded


class AnySizeMaxVit(nn.Module):
    """A torchvision MaxVit: (B, 3, H, W) normalised pixels -> (B, D), pooled where the picture is.

    Padded to whole partitions in the last block, where one cell stands for 32 pixels: for maxvit_t, whose
    partitions are 7 x 7, to multiples of 224 pixels.
    """

    def __init__(self, maxvit: Any) -> None:
        super().__init__()
        self.partition_size = int(maxvit.partition_size)
        self.stem = maxvit.stem
        self.blocks = maxvit.blocks
        self.classifier = maxvit.classifier
        self.cell_pixels = 2 ** (1 + len(maxvit.blocks))  # the stem and each block halve the picture

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, D) float."""
        height, width = pixels.shape[-2:]
        maps = self.stem(padded(pixels, self.partition_size * self.cell_pixels))
        for block in self.blocks:
            for layer in block.layers:
                maps = self._layer(layer.layers, maps)
        seen = maps[..., : -(-height // self.cell_pixels), : -(-width // self.cell_pixels)]
        embedded: torch.Tensor = self.classifier(seen)
        return embedded

    def _layer(self, parts: Any, maps: torch.Tensor) -> torch.Tensor:
        maps = parts.MBconv(maps)
        for attention in (parts.window_attention, parts.grid_attention):
            maps = attended(attention, maps, self.partition_size)
        return maps


def attended(part: Any, maps: torch.Tensor, partition_size: int) -> torch.Tensor:
    """(B, C, H, W), both multiples of partition_size (P below), through one attention layer of a MaxVit."""
    B, C, H, W = maps.shape
    P, kind = partition_size, part.partition_type
    split = (H // P, P, W // P, P) if kind == "window" else (P, H // P, P, W // P)
    order = _TILE_ORDERS[kind]
    tiles = maps.reshape(B, C, *split).permute(order)
    rows = tiles.reshape(B, (H // P) * (W // P), P * P, C)
    rows = rows + part.stochastic_dropout(part.attn_layer(rows))
    rows = rows + part.stochastic_dropout(part.mlp_layer(rows))
    back = sorted(range(6), key=order.__getitem__)
    joined: torch.Tensor = rows.reshape(tiles.shape).permute(back).reshape(B, C, H, W)
    return joined


def any_size(name: str, network: nn.Module) -> nn.Module:
    """The network of that name, ready for pictures of any size its layers can halve."""
    if name.startswith("vit_"):
        return AnySizeVit(network)
    return AnySizeMaxVit(network) if name.startswith("maxvit_") else network
