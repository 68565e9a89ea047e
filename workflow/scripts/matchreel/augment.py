"""Augmentation, on training windows only: of pictures, log-mel, features and whole modalities."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import numpy as np
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


@dataclass(frozen=True)
class PictureVariation:
    """How the pictures of one clip are varied, all alike: nothing flickers.

    The crop is (scale * H, scale * W) large; top and left say where, as shares of what is cut off. The others
    are what torchvision's adjust_... functions take.
    """

    scale: float
    top: float
    left: float
    is_mirrored: bool
    brightness: float
    contrast: float
    saturation: float
    hue: float

    @classmethod
    def drawn(cls, random: np.random.Generator) -> PictureVariation:
        """A crop of 70 % to 100 % of the area, mirrored or not, in slightly other colours."""
        return cls(
            scale=float(random.uniform(0.7, 1.0)) ** 0.5,
            top=float(random.uniform()),
            left=float(random.uniform()),
            is_mirrored=bool(random.uniform() < 0.5),
            brightness=float(random.uniform(0.8, 1.2)),
            contrast=float(random.uniform(0.8, 1.2)),
            saturation=float(random.uniform(0.8, 1.2)),
            hue=float(random.uniform(-0.02, 0.02)),
        )

    def of(self, pictures: torch.Tensor) -> torch.Tensor:
        """(T, H, W, 3) uint8 pictures of one clip, varied, on whatever device they are."""
        import_torchvision()
        functional = importlib.import_module("torchvision.transforms.v2.functional")
        _, H, W, _ = pictures.shape
        height, width = max(1, round(H * self.scale)), max(1, round(W * self.scale))
        top, left = round(self.top * (H - height)), round(self.left * (W - width))
        held = pictures.permute(0, 3, 1, 2)  # (T, 3, H, W)
        held = functional.resized_crop(held, top, left, height, width, [H, W], antialias=True)
        held = functional.horizontal_flip(held) if self.is_mirrored else held
        held = functional.adjust_brightness(held, self.brightness)
        held = functional.adjust_contrast(held, self.contrast)
        held = functional.adjust_saturation(held, self.saturation)
        varied: torch.Tensor = functional.adjust_hue(held, self.hue)
        return varied.permute(0, 2, 3, 1).contiguous()


def clip_augment(pictures: torch.Tensor, random: np.random.Generator) -> torch.Tensor:
    """(T, H, W, 3) uint8 pictures of one clip, cropped, mirrored and coloured alike."""
    return PictureVariation.drawn(random).of(pictures)
