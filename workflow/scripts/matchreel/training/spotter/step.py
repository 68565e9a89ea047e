"""train_spotter: from shards and labels to the checkpoints, metrics and curves of one spotter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from matchreel.torch_shim import set_up_torch
from matchreel.training.outputs import Outputs
from matchreel.training.resume import training_digest
from matchreel.training.spotter.launch import is_worker, launch
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.prepare import prepare_cached
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.run import SpotterRun
from matchreel.training.spotter.settings import SpotterSettings

Record = TypeVar("Record")


def train_spotter(
    *,
    features_paths: list[Path],
    labels_paths: list[Path],
    truth_paths: list[Path],
    model_dir: Path,
    splits: dict[str, str],
    feature_set: dict[str, Any],
    model_name: str,
    code: str,
    threads: int,
    gpu: int,
    seed: int,
    classes: list[str],
    kind: str,
    keep: str,
    finetune: bool,
    modalities: str,
    temporal: str,
    hidden: int,
    layers: int,
    dropout: float,
    window_seconds: float,
    windows_per_epoch: int,
    batch_size: int,
    micro_batch_size: int,
    learning_rate: float,
    weight_decay: float,
    warmup_share: float,
    epochs: int,
    focal_gamma: float,
    positive_weight: float,
    dilation_seconds: float,
    event_share: float,
    replay_share: float,
    hard_share: float,
    mine_every: int,
    mixup: float,
    ema_decay: float,
    spec_augment: bool,
    feature_noise: float,
    modality_dropout: float,
    mixed_precision: bool,
    nms: str,
    nms_seconds: float,
    calibration_seconds: float,
) -> None:
    """Train one spotter into model_dir (training.outputs), and go on where a killed run stopped.

    labels_paths: one for each of features_paths. truth_paths: of rendered games, which know their replays.
    splits: game -> train or valid. feature_set: the config's values and sample_rate_hz. code: its digest.
    With gpu above 1 as many processes train together. Raises InputError or ConfigError.
    """
    given = locals()
    if gpu > 1 and not is_worker():
        launch(given, num_processes=gpu)
    else:
        _train(given)


@dataclass(frozen=True)
class Data:
    """What a training reads."""

    features_paths: list[Path]
    labels_paths: list[Path]
    truth_paths: list[Path]
    splits: dict[str, str]
    feature_set: dict[str, Any]

    @property
    def digested_paths(self) -> list[Path]:
        """Files whose contents decide the result."""
        return [*self.features_paths, *self.labels_paths, *self.truth_paths]


def _train(given: Mapping[str, Any]) -> None:
    settings = _chosen(SpotterSettings, {**given, "classes": tuple(given["classes"])})
    data, outputs = _chosen(Data, given), Outputs.inside(given["model_dir"])
    facts = {
        "settings": asdict(settings), "code": given["code"], "splits": data.splits, "set": data.feature_set,
        "processes": max(1, given["gpu"]),
    }  # fmt: skip
    digest = training_digest(facts, data.digested_paths)
    device = set_up_torch(threads=given["threads"], gpu=given["gpu"], seed=settings.seed)
    processes = Processes.join(device)
    parts = load_parts(
        features_paths=data.features_paths,
        labels_paths=data.labels_paths,
        truth_paths={path.parent.name: path for path in data.truth_paths},
        classes=settings.classes,
        dilation_seconds=settings.dilation_seconds,
    )
    prepared = prepare_cached(
        settings,
        splits=data.splits,
        feature_set=data.feature_set,
        parts=parts,
        device=device,
        processes=processes,
    )
    SpotterRun(settings, outputs, prepared, splits=data.splits, digest=digest).go()
    processes.leave()


def _chosen(kind: type[Record], given: Mapping[str, Any]) -> Record:
    """A record of those values that it has fields for."""
    return kind(**{name: given[name] for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]
