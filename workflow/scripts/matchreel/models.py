"""The clip classifier: pictures and sound of one window in, one logit out.

Video: frame features -> BiGRU 512 -> 512. Audio: stride-2 convolutions and max-pooling over the log-mel
-> BiGRU 256 -> 256. Joined: 768 -> 768 -> 1 logit. The sizes are the defaults of config.yaml.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

# SOURCE: the seed project's audio branch has stride-2 convolutions with max-pooling; the widths are ours.
_AUDIO_CHANNELS = (32, 64, 128)
_SMALLEST_STD = 1e-3

# Ten times the largest that ships: of config.yaml and seed.yaml, of torchvision's backbones, of the log-mel.
LARGEST = {"frame_dim": 75_000, "num_mels": 640, "video_hidden": 5120, "audio_hidden": 2560, "hidden": 7680}


@dataclass(frozen=True)
class NetworkShape:
    """Everything that decides the layers: D and F of the inputs, widths, dropout and pooling over time.

    pooling: last (the two directions' final states), mean or max over time.
    """

    frame_dim: int
    num_mels: int
    video_hidden: int
    audio_hidden: int
    hidden: int
    dropout: float
    pooling: str


class ClipClassifier(nn.Module):
    """forward: frames (B, T, D), logmel (B, L, F), has_video (B,), has_audio (B,) -> logits (B,).

    Inputs of forward are standardised; `standardise` does that with the training set's statistics, which are
    buffers and so part of every checkpoint. A missing modality is told by 0 in has_video or has_audio.
    """

    frame_mean: torch.Tensor
    frame_std: torch.Tensor
    mel_mean: torch.Tensor
    mel_std: torch.Tensor

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.shape = shape
        self.video = VideoBranch(shape)
        self.audio = AudioBranch(shape)
        self.head = nn.Sequential(
            nn.Dropout(shape.dropout),
            nn.Linear(shape.video_hidden + shape.audio_hidden, shape.hidden),
            nn.ReLU(),
            nn.Dropout(shape.dropout),
            nn.Linear(shape.hidden, 1),
        )
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
        """(B, T, D) and (B, L, F) in the units that forward expects."""
        return (frames - self.frame_mean) / self.frame_std, (logmel - self.mel_mean) / self.mel_std

    def forward(
        self, frames: torch.Tensor, logmel: torch.Tensor, has_video: torch.Tensor, has_audio: torch.Tensor
    ) -> torch.Tensor:
        """Logits (B,)."""
        return self.joined(self.video(frames), self.audio(logmel), has_video, has_audio)

    def joined(
        self, video: torch.Tensor, audio: torch.Tensor, has_video: torch.Tensor, has_audio: torch.Tensor
    ) -> torch.Tensor:
        """Logits (B,) from the branches' outputs (B, video_hidden) and (B, audio_hidden)."""
        both = torch.cat([video * has_video[:, None], audio * has_audio[:, None]], dim=1)
        logits: torch.Tensor = self.head(both)  # (B, 1)
        return logits.squeeze(1)


class VideoBranch(nn.Module):
    """(B, T, D) -> BiGRU -> (B, video_hidden)."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        self.dropout = nn.Dropout(shape.dropout)
        self.summary = _Summary(shape.frame_dim, shape.video_hidden, shape.pooling)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """(B, video_hidden)."""
        summary: torch.Tensor = self.summary(self.dropout(frames))
        return summary


class AudioBranch(nn.Module):
    """(B, L, F) -> three convolutions -> (B, L / 32, C * F / 64) -> BiGRU -> (B, audio_hidden)."""

    def __init__(self, shape: NetworkShape) -> None:
        super().__init__()
        inner = list[nn.Module]()
        channels = 1
        for index, width in enumerate(_AUDIO_CHANNELS):
            is_last = index == len(_AUDIO_CHANNELS) - 1
            # The last block keeps its steps (a third of a second at 100 columns/s) and pools over mels only.
            inner += _audio_block(channels, width, pool=(1, 2) if is_last else (2, 2))
            channels = width
        self.layers = nn.Sequential(*inner)
        bins = -(-shape.num_mels // 4 ** len(_AUDIO_CHANNELS))
        self.summary = _Summary(channels * bins, shape.audio_hidden, shape.pooling)

    def forward(self, logmel: torch.Tensor) -> torch.Tensor:
        """(B, audio_hidden)."""
        maps = self.layers(logmel[:, None])  # (B, C, L', F')
        B, C, L, F = maps.shape
        summary: torch.Tensor = self.summary(maps.permute(0, 2, 1, 3).reshape(B, L, C * F))
        return summary


def _audio_block(inputs: int, outputs: int, *, pool: tuple[int, int]) -> list[nn.Module]:
    return [
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1, bias=False),
        # Pooled first: the rest then works on a quarter of the values.
        nn.MaxPool2d(pool, ceil_mode=True),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]


class _Summary(nn.Module):
    """(B, T, D) -> BiGRU with `hidden` states each way -> pooled over time -> (B, hidden)."""

    def __init__(self, inputs: int, hidden: int, pooling: str) -> None:
        super().__init__()
        self.pooling = pooling
        self.gru = nn.GRU(inputs, hidden, batch_first=True, bidirectional=True)
        self.project = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.ReLU())

    def forward(self, sequence: torch.Tensor) -> torch.Tensor:
        states, final = self.gru(sequence)  # (B, T, 2 * hidden), (2, B, hidden)
        if self.pooling == "last":
            pooled = torch.cat([final[0], final[1]], dim=1)
        else:
            pooled = states.mean(dim=1) if self.pooling == "mean" else states.amax(dim=1)
        summary: torch.Tensor = self.project(pooled)
        return summary
