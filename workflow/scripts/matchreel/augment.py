"""Augmentation, on training windows only: SpecAugment, feature noise, modality dropout."""

from __future__ import annotations

import torch

from matchreel.torch_shim import import_torchaudio

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
