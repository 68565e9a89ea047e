"""train_model: from shards and clip tables to the checkpoints, metrics and curves of one model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matchreel.torch_shim import set_up_torch
from matchreel.training.finetune import prepare_finetuning
from matchreel.training.outputs import Outputs
from matchreel.training.prepare import prepare_cached
from matchreel.training.resume import training_digest
from matchreel.training.run import Run
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
    weights_path: Path | None,
    splits: dict[str, str],
    feature_set: dict[str, Any],
    model_name: str,
    code: str,
    ffmpeg: str,
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
    free_per_positive: float,
    jitter_seconds: float,
    spec_augment: bool,
    feature_noise: float,
    modality_dropout: float,
    mixed_precision: bool,
    window_before_seconds: float,
    window_after_seconds: float,
) -> None:
    """Train one model; write best, last, epochs, metrics and curves, and go on where a killed run stopped.

    splits: game -> train or valid. feature_set: the config's values and sample_rate_hz. code: its digest.
    finetune: trains the backbone too, from the clip files beside clips_paths (then features_paths is empty
    and weights_path holds a torchvision backbone's weights). Raises InputError or ConfigError.
    """
    given = locals()
    settings = TrainSettings(**{name: given[name] for name in TrainSettings.__dataclass_fields__})
    outputs = Outputs(**{name: given[name] for name in Outputs.__dataclass_fields__})
    data = Data(**{name: given[name] for name in Data.__dataclass_fields__})
    _train(settings, outputs, data, code=code, ffmpeg=ffmpeg, threads=threads, gpu=gpu)


@dataclass(frozen=True)
class Data:
    """What a training reads."""

    features_paths: list[Path]
    clips_paths: list[Path]
    weights_path: Path | None
    splits: dict[str, str]
    feature_set: dict[str, Any]

    def digested_paths(self, *, finetune: bool) -> list[Path]:
        """Files whose contents decide the result."""
        paths = [*self.features_paths, *self.clips_paths, *([self.weights_path] if self.weights_path else [])]
        if finetune:
            paths += [path for table in self.clips_paths for path in sorted(table.parent.glob("*.mp4"))]
        return paths


def _train(
    settings: TrainSettings, outputs: Outputs, data: Data, *, code: str, ffmpeg: str, threads: int, gpu: int
) -> None:
    facts = {"settings": asdict(settings), "code": code, "splits": data.splits, "set": data.feature_set}
    digest = training_digest(facts, data.digested_paths(finetune=settings.finetune))
    device = set_up_torch(threads=threads, gpu=gpu, seed=settings.seed)
    if settings.finetune:
        prepared = prepare_finetuning(
            settings,
            splits=data.splits,
            feature_set=data.feature_set,
            clips_paths=data.clips_paths,
            weights_path=data.weights_path,
            ffmpeg=ffmpeg,
            threads=threads,
            device=device,
        )
    else:
        prepared = prepare_cached(
            settings,
            splits=data.splits,
            feature_set=data.feature_set,
            features_paths=data.features_paths,
            clips_paths=data.clips_paths,
            device=device,
        )
    Run(settings, outputs, prepared, splits=data.splits, digest=digest).go()
