"""train_model: from shards and clip tables to the checkpoints, metrics and curves of one model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from matchreel.torch_shim import set_up_torch
from matchreel.training.prepare import prepare_cached
from matchreel.training.resume import training_digest
from matchreel.training.run import Outputs, Run
from matchreel.training.settings import TrainSettings


def train_model(
    *,
    features_paths: list[Path],
    clips_paths: list[Path],
    best_path: Path,
    last_path: Path,
    epochs_dir: Path,
    metrics_path: Path,
    curves_path: Path,
    resume_path: Path,
    tensorboard_dir: Path,
    splits: dict[str, str],
    feature_set: dict[str, Any],
    model_name: str,
    code: str,
    threads: int,
    gpu: int,
    seed: int,
    kind: str,
    keep: str,
    finetune: bool,
    video_hidden: int,
    audio_hidden: int,
    hidden: int,
    dropout: float,
    pooling: str,
    batch_size: int,
    micro_batch_size: int,
    learning_rate: float,
    weight_decay: float,
    epochs: int,
    plateau_factor: float,
    plateau_patience: int,
    positive_weight: str | float,
    jitter_seconds: float,
    spec_augment: bool,
    feature_noise: float,
    modality_dropout: float,
    mixed_precision: bool,
    window_before_seconds: float,
    window_after_seconds: float,
) -> None:
    """Train one model and write best, last, epochs, metrics and curves; resumes after a kill."""
    given = locals()
    settings = TrainSettings(**{name: given[name] for name in TrainSettings.__dataclass_fields__})
    outputs = Outputs(**{name: given[name] for name in Outputs.__dataclass_fields__})
    facts = {"settings": asdict(settings), "code": code, "splits": splits, "feature_set": feature_set}
    digest = training_digest(facts, [*features_paths, *clips_paths])
    prepared = prepare_cached(
        settings,
        splits=splits,
        feature_set=feature_set,
        features_paths=features_paths,
        clips_paths=clips_paths,
        device=set_up_torch(threads=threads, gpu=gpu, seed=seed),
    )
    Run(settings, outputs, prepared, splits=splits, digest=digest).go()
