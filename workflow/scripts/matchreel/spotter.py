"""The spotter: features of a long window in, per grid step and class one logit out.

Each modality has a staircase of its own (projection, then a temporal model over the whole window); the two
meet late, step by step, so that one network answers for picture and sound together or for either alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

# Log-mel columns are averaged to this many per grid step before the convolutions: 100 ms at 2.5 steps/s.
COLUMNS_PER_STEP = 4
_AUDIO_CHANNELS = (16, 32, 64)
_SMALLEST_STD = 1e-3
# SOURCE: the usual start of a focal loss: every class is said with 1 % at first.
_FIRST_PROBABILITY = 0.01
_ATTENTION_HEADS = 4

# Ten times the largest that ships: of config.yaml, of torchvision's backbones, of the log-mel, of the labels.
LARGEST = {"frame_dim": 75_000, "num_mels": 640, "num_classes": 170, "hidden": 2560, "layers": 20}


@dataclass(frozen=True)
class SpotterShape:
    """Everything that decides the layers: D and F of the inputs, K, widths, depth, dropout.

    temporal: bigru or transformer, over the steps of a window.
    """

    frame_dim: int
    num_mels: int
    num_classes: int
    hidden: int
    layers: int
    dropout: float
    temporal: str


class Spotter(nn.Module):
    """forward: frames (B, T, D), logmel (B, L, F), has_video (B,), has_audio (B,) -> logits (B, T, K).

    Inputs of forward are standardised; `standardise` does that with the training set's statistics, which are
    buffers and so part of every checkpoint. A missing modality is told by 0 in has_video or has_audio.
    """

    frame_mean: torch.Tensor
    frame_std: torch.Tensor
    mel_mean: torch.Tensor
    mel_std: torch.Tensor

    def __init__(self, shape: SpotterShape) -> None:
        super().__init__()
        self.shape = shape
        self.video = VideoSteps(shape)
        self.audio = AudioSteps(shape)
        self.head = nn.Sequential(
            nn.Dropout(shape.dropout),
            nn.Linear(2 * shape.hidden, shape.hidden),
            nn.GELU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.hidden, shape.num_classes),
        )
        last = self.head[-1]
        assert isinstance(last, nn.Linear)
        nn.init.constant_(last.bias, math.log(_FIRST_PROBABILITY / (1 - _FIRST_PROBABILITY)))
        self.register_buffer("frame_mean", torch.zeros(shape.frame_dim))
        self.register_buffer("frame_std", torch.ones(shape.frame_dim))
        self.register_buffer("mel_mean", torch.zeros(shape.num_mels))
        self.register_buffer("mel_std", torch.ones(shape.num_mels))

    def set_statistics(
        self, *, frames: tuple[torch.Tensor, torch.Tensor], mels: tuple[torch.Tensor, torch.Tensor]
    ) -> None:
        """Take mean and std of the training frames (D,) and log-mel bins (F,)."""
        for name, (mean, std) in (("frame", frames), ("mel", mels)):
            getattr(self, f"{name}_mean").copy_(mean)
            getattr(self, f"{name}_std").copy_(std.clamp_min(_SMALLEST_STD))

    def standardise(self, frames: torch.Tensor, logmel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T, D) of length sqrt(D) each and (B, L, F), in the units that forward expects."""
        return self.standardise_frames(frames), self.standardise_mels(logmel)

    def standardise_frames(self, frames: torch.Tensor) -> torch.Tensor:
        """(B, T, D) of length sqrt(D) each."""
        even: torch.Tensor = functional.normalize((frames - self.frame_mean) / self.frame_std, dim=2)
        return even * math.sqrt(self.shape.frame_dim)

    def standardise_mels(self, logmel: torch.Tensor) -> torch.Tensor:
        """(B, L, F); of means over columns the same as the means of standardised columns."""
        return (logmel - self.mel_mean) / self.mel_std

    def forward(
        self, frames: torch.Tensor, logmel: torch.Tensor, has_video: torch.Tensor, has_audio: torch.Tensor
    ) -> torch.Tensor:
        """Logits (B, T, K)."""
        video, audio = self.video(frames), self.audio(logmel, frames.shape[1])
        return self.joined(video * has_video[:, None, None], audio * has_audio[:, None, None])

    def joined(self, video: torch.Tensor, audio: torch.Tensor) -> torch.Tensor:
        """Logits (B, T, K) from the branches' outputs (B, T, H) each; zeros stand for a missing one."""
        logits: torch.Tensor = self.head(torch.cat([video, audio], dim=2))
        return logits


class VideoSteps(nn.Module):
    """(B, T, D) -> projection -> temporal model -> (B, T, H)."""

    def __init__(self, shape: SpotterShape) -> None:
        super().__init__()
        self.project = nn.Sequential(
            nn.Dropout(shape.dropout),
            nn.Linear(shape.frame_dim, shape.hidden),
            nn.GELU(),
            nn.Dropout(shape.dropout),
        )
        self.temporal = temporal_model(shape)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """(B, T, H)."""
        steps: torch.Tensor = self.temporal(self.project(frames))
        return steps


class AudioSteps(nn.Module):
    """(B, L, F) -> convolutions over mels and time -> (B, T, H), joined with the picture by time."""

    def __init__(self, shape: SpotterShape) -> None:
        super().__init__()
        inner, channels = list[nn.Module](), 1
        for width in _AUDIO_CHANNELS:
            inner += [
                nn.Conv2d(channels, width, kernel_size=3, stride=(1, 2), padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            ]
            channels = width
        self.layers = nn.Sequential(*inner)
        bins = -(-shape.num_mels // 2 ** len(_AUDIO_CHANNELS))
        self.project = nn.Sequential(
            nn.Linear(channels * bins, shape.hidden), nn.GELU(), nn.Dropout(shape.dropout)
        )
        self.temporal = temporal_model(shape)

    def forward(self, logmel: torch.Tensor, num_steps: int) -> torch.Tensor:
        """(B, T, H) with T = num_steps."""
        out: torch.Tensor = self.temporal(self.heard(self.pooled(logmel, num_steps)))
        return out

    def pooled(self, logmel: torch.Tensor, num_steps: int) -> torch.Tensor:
        """(B, L, F) -> (B, 4T, F): means over the columns of each quarter of a step."""
        columns = functional.adaptive_avg_pool1d(logmel.transpose(1, 2), num_steps * COLUMNS_PER_STEP)
        return columns.transpose(1, 2)

    def heard(self, columns: torch.Tensor) -> torch.Tensor:
        """(B, 4T, F) -> (B, T, H): what each step sounds like, before the temporal model."""
        maps = self.layers(columns[:, None])  # (B, C, 4T, F')
        B, C, L, F = maps.shape
        rows = maps.permute(0, 1, 3, 2).reshape(B, C * F, L)
        steps = functional.max_pool1d(rows, COLUMNS_PER_STEP).transpose(1, 2)  # (B, T, C * F')
        out: torch.Tensor = self.project(steps)
        return out


def temporal_model(shape: SpotterShape) -> nn.Module:
    """(B, T, H) -> (B, T, H), every step seeing the whole window."""
    if shape.temporal == "bigru":
        return _BiGru(shape)
    if shape.temporal == "transformer":
        return _Transformer(shape)
    raise ValueError(f"temporal is {shape.temporal!r}")


class _BiGru(nn.Module):
    def __init__(self, shape: SpotterShape) -> None:
        super().__init__()
        self.gru = nn.GRU(
            shape.hidden,
            -(-shape.hidden // 2),
            num_layers=shape.layers,
            dropout=shape.dropout if shape.layers > 1 else 0.0,
            batch_first=True,
            bidirectional=True,
        )
        self.project = nn.Linear(2 * -(-shape.hidden // 2), shape.hidden)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        states, _ = self.gru(steps)
        # The step itself beside what surrounds it.
        out: torch.Tensor = steps + self.project(states)
        return out


class _Transformer(nn.Module):
    def __init__(self, shape: SpotterShape) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            shape.hidden,
            _ATTENTION_HEADS,
            dim_feedforward=2 * shape.hidden,
            dropout=shape.dropout,
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, shape.layers, enable_nested_tensor=False)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        _, T, H = steps.shape
        out: torch.Tensor = self.encoder(steps + _positions(T, H, steps.device))
        return out


def _positions(num_steps: int, hidden: int, device: torch.device) -> torch.Tensor:
    """(T, H) sines and cosines of growing wavelength."""
    steps = torch.arange(num_steps, device=device, dtype=torch.float32)[:, None]
    rates = torch.exp(-math.log(1e4) * torch.arange(0, hidden, 2, device=device) / hidden)
    angles = steps * rates  # (T, H / 2)
    return torch.stack([angles.sin(), angles.cos()], dim=2).reshape(num_steps, -1)[:, :hidden]
