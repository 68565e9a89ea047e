"""From shards and clip tables to a network with its statistics and the windows of both splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from matchreel.clip_windows import CachedWindows, ClipRow, Examples, WindowRules, read_clips
from matchreel.dataset import Batch, InputSizes, check_settings, load_shards
from matchreel.errors import InputError
from matchreel.models import ClipClassifier, NetworkShape
from matchreel.randomness import generator
from matchreel.training.loop import Trainer
from matchreel.training.moments import Moments
from matchreel.training.settings import TrainSettings

_STATISTICS_BATCH, _MAX_DECODED = 32, 64


@dataclass(frozen=True)
class Prepared:
    """What the run needs. feature_set: the values that scoring must find in a shard."""

    trainer: Trainer
    train: Examples
    valid: Examples
    feature_set: dict[str, Any]


def prepare_cached(
    settings: TrainSettings,
    *,
    splits: Mapping[str, str],
    feature_set: Mapping[str, Any],
    features_paths: Sequence[Path],
    clips_paths: Sequence[Path],
    device: torch.device,
) -> Prepared:
    """A training on cached features. Raises InputError where shards, clips and splits do not fit together."""
    if not features_paths:
        raise InputError(
            "no features to train on", where="train_model", remedy="Name the shards of the games"
        )
    shards = load_shards(features_paths)
    first = next(iter(shards.values()))
    check_settings(
        first.settings, {**first.settings, **feature_set}, where=features_paths[0], against="the config"
    )
    rows = {split: rows_of(read_clips(clips_paths), splits, split) for split in ("train", "valid")}
    sizes = InputSizes.of(list(shards.values()), settings.window_seconds)
    windows = {split: CachedWindows(rows[split], shards, sizes, _rules(settings, split)) for split in rows}
    network = new_network(settings, frame_dim=sizes.frame_dim, num_mels=sizes.num_mels)
    set_input_statistics(network, windows["train"])
    weight = positive_weight(settings, windows["train"].labels)
    trainer = Trainer(network, settings, device=device, positive_weight=weight)
    return Prepared(trainer, windows["train"], windows["valid"], dict(first.settings))


def _rules(settings: TrainSettings, split: str) -> WindowRules:
    """Free windows are for training: validation keeps to the clips, so that its figures stay comparable."""
    free = settings.free_per_positive if split == "train" else 0.0
    return WindowRules(settings.window_before_seconds, settings.window_seconds, settings.jitter_seconds, free)


def rows_of(rows: Sequence[ClipRow], splits: Mapping[str, str], split: str) -> list[ClipRow]:
    """The clips of a split's games; InputError where a training split lacks positives or negatives."""
    own = [row for row in rows if splits.get(row.game) == split]
    if split == "train" and len({row.is_positive for row in own}) < 2:
        missing = "positive" if not any(row.is_positive for row in own) else "negative"
        raise InputError(
            f"the training games hold no {missing} clip",
            where="train_model",
            remedy="Add games with labels to the train split, or check classes and the clips section",
        )
    return own


def new_network(settings: TrainSettings, *, frame_dim: int, num_mels: int) -> ClipClassifier:
    """The classifier with weights drawn from (seed, model)."""
    torch.manual_seed(int(generator(settings.seed, "weights", settings.model_name).integers(2**31)))
    return ClipClassifier(
        NetworkShape(
            frame_dim=frame_dim,
            num_mels=num_mels,
            video_hidden=settings.video_hidden,
            audio_hidden=settings.audio_hidden,
            hidden=settings.hidden,
            dropout=settings.dropout,
            pooling=settings.pooling,
        )
    )


def positive_weight(settings: TrainSettings, labels: np.ndarray[Any, Any]) -> float:
    """How much a positive counts: the configured number, or negatives per positive where balanced."""
    if settings.positive_weight == "balanced":
        return float((labels <= 0).sum() / (labels > 0).sum())
    return float(settings.positive_weight)


def set_input_statistics(network: ClipClassifier, windows: Examples, embed: nn.Module | None = None) -> None:
    """Give the network mean and standard deviation per feature and per mel bin over all training windows.

    embed: makes features of pictures; then at most _MAX_DECODED windows, evenly spread, are looked at.
    """
    frames, mels = Moments(), Moments()
    count = len(windows.labels)
    indices = list(range(0, count, -(-count // _MAX_DECODED))) if embed else list(range(count))
    size = 1 if embed else _STATISTICS_BATCH
    for first in range(0, len(indices), size):
        batch = windows.batch(indices[first : first + size], None)
        frames.add(_features(batch, embed)[batch.has_video > 0])
        mels.add(batch.logmel[batch.has_audio > 0])
    network.set_statistics(
        frames=frames.mean_and_std(len(network.frame_mean)), mels=mels.mean_and_std(len(network.mel_mean))
    )


def _features(batch: Batch, embed: nn.Module | None) -> torch.Tensor:
    """(B, T, D) float32 of a batch that may hold pictures."""
    if embed is None:
        return batch.frames
    device = next(embed.parameters()).device
    with torch.inference_mode():
        features: torch.Tensor = embed(batch.frames.to(device))
    return features.cpu()
