"""Augmentation, on training windows only: of pictures, log-mel, features and whole modalities."""

from __future__ import annotations

import importlib
from typing import Any

import torch

from matchreel.torch_shim import import_torchaudio, import_torchvision

# Widest masks as a share of the mel bins and of the columns; drawn anew for every window.
_MEL_MASK_SHARE = 0.2
_TIME_MASK_SHARE = 0.1


def spec_augment(logmel: torch.Tensor) -> torch.Tensor:
    """(B, L, F) standardised log-mel with one band and one stretch of each window set to the mean."""
    functional = import_torchaudio().functional
    B, L, F = logmel.shape
    spectrogram = logmel.transpose(1, 2)[:, None]  # (B, 1, F, L)
    for axis, length in ((2, int(F * _MEL_MASK_SHARE)), (3, int(L * _TIME_MASK_SHARE))):
        spectrogram = functional.mask_along_axis_iid(spectrogram, max(1, length), 0.0, axis)
    masked: torch.Tensor = spectrogram[:, 0].transpose(1, 2)
    return masked.reshape(B, L, F)


def feature_noise(frames: torch.Tensor, amount: float) -> torch.Tensor:
    """(B, T, D) standardised frames plus normal noise of `amount` standard deviations.

    Half of it is the same for all steps of a window, as another stadium or light would be.
    """
    B, _, D = frames.shape
    steady = torch.randn(B, 1, D, device=frames.device)
    return frames + amount * (torch.randn_like(frames) + steady) / 2**0.5


def modality_dropout(
    has_video: torch.Tensor, has_audio: torch.Tensor, share: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """(B,) masks with one modality hidden in about `share` of the windows that have both."""
    draw = torch.rand(len(has_video), device=has_video.device)
    both = (has_video * has_audio) > 0
    hide_video = both & (draw < share / 2)
    hide_audio = both & (draw >= share / 2) & (draw < share)
    return has_video * ~hide_video, has_audio * ~hide_audio


def clip_augment(pictures: torch.Tensor) -> torch.Tensor:
    """(T, H, W, 3) uint8 pictures of one clip, cropped, mirrored and coloured alike: nothing flickers."""
    _, H, W, _ = pictures.shape
    augmented: torch.Tensor = _picture_transform(H, W)(pictures.permute(0, 3, 1, 2))  # (T, 3, H, W)
    return augmented.permute(0, 2, 3, 1).contiguous()


def _picture_transform(height: int, width: int) -> Any:
    """torchvision draws once for a tensor, so all pictures in it share the draw."""
    import_torchvision()
    v2 = importlib.import_module("torchvision.transforms.v2")
    ratio = width / height
    return v2.Compose(
        [
            v2.RandomResizedCrop((height, width), scale=(0.7, 1.0), ratio=(ratio, ratio), antialias=True),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02),
        ]
    )
