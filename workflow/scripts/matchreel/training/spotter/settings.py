"""What the spotter's training is told, as one frozen record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpotterSettings:
    """The config values of models.<name> and what goes with them; see config/README.md for each key."""

    model_name: str
    seed: int
    classes: tuple[str, ...]
    kind: str
    keep: str
    finetune: bool
    backbone_rate: float
    judged_parts: int
    modalities: str
    temporal: str
    hidden: int
    layers: int
    dropout: float
    window_seconds: float
    windows_per_epoch: int
    batch_size: int
    micro_batch_size: int
    learning_rate: float
    weight_decay: float
    warmup_share: float
    epochs: int
    focal_gamma: float
    positive_weight: float
    dilation_seconds: float
    event_share: float
    replay_share: float
    hard_share: float
    mine_every: int
    mixup: float
    ema_decay: float
    spec_augment: bool
    feature_noise: float
    modality_dropout: float
    mixed_precision: bool
    nms: str
    nms_seconds: float
    calibration_seconds: float
    calibration_beta: float
