"""What training is told, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainSettings:
    """The config values of models.<name> and what goes with them; see config/README.md for each key."""

    model_name: str
    seed: int
    kind: str
    keep: str
    finetune: bool
    video_hidden: int
    audio_hidden: int
    hidden: int
    dropout: float
    pooling: str
    batch_size: int
    micro_batch_size: int
    learning_rate: float
    weight_decay: float
    epochs: int
    plateau_factor: float
    plateau_patience: int
    positive_weight: str | float
    free_per_positive: float
    jitter_seconds: float
    spec_augment: bool
    feature_noise: float
    modality_dropout: float
    mixed_precision: bool
    window_before_seconds: float
    window_after_seconds: float

    @property
    def window_seconds(self) -> float:
        """Length of a training window."""
        return self.window_before_seconds + self.window_after_seconds
