"""train_spotter: from shards and labels to the checkpoints, metrics and curves of one spotter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch

from matchreel.torch_shim import set_up_torch
from matchreel.training.outputs import Outputs
from matchreel.training.resume import sampled_sha256, training_digest
from matchreel.training.spotter.finetune import load_probes, prepare_finetuning
from matchreel.training.spotter.launch import is_worker, launch
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.prepare import Prepared, prepare_cached
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.run import SpotterRun
from matchreel.training.spotter.settings import SpotterSettings

Record = TypeVar("Record")


def train_spotter(
    *,
    features_paths: list[Path], labels_paths: list[Path], truth_paths: list[Path],
    video_paths: list[Path], probe_paths: list[Path], weights_path: Path | None,
    model_dir: Path, model_name: str, splits: dict[str, str], feature_set: dict[str, Any],
    code: str, ffmpeg: str, threads: int, gpu: int, seed: int,
    classes: list[str], kind: str, keep: str,
    finetune: bool, backbone_rate: float, judged_parts: int,
    modalities: str, temporal: str, hidden: int, layers: int, dropout: float,
    window_seconds: float, windows_per_epoch: int, batch_size: int, micro_batch_size: int,
    learning_rate: float, weight_decay: float, warmup_share: float, epochs: int,
    focal_gamma: float, positive_weight: float, dilation_seconds: float,
    event_share: float, replay_share: float, hard_share: float, mine_every: int,
    mixup: float, ema_decay: float, spec_augment: bool, feature_noise: float, modality_dropout: float,
    mixed_precision: bool, nms: str, nms_seconds: float, calibration_seconds: float,
    calibration_beta: float,
) -> None:  # fmt: skip
    """Train one spotter into model_dir (training.outputs), and go on where a killed run stopped.

    labels_paths: one for each of features_paths. truth_paths: of rendered games, which know their replays.
    splits: game -> train or valid. feature_set: the config's values and sample_rate_hz. code: its digest.
    finetune: trains the backbone too, from weights_path on, with pictures decoded out of video_paths; these
    and probe_paths hold one for each of features_paths, from which sound and grid come. With gpu above 1 as
    many processes train together. Raises InputError, ConfigError or ToolError.
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
    video_paths: list[Path]
    probe_paths: list[Path]
    weights_path: Path | None
    splits: dict[str, str]
    feature_set: dict[str, Any]

    @property
    def digested_paths(self) -> list[Path]:
        """Small files whose contents decide the result."""
        weights = [self.weights_path] if self.weights_path else []
        return [*self.features_paths, *self.labels_paths, *self.truth_paths, *self.probe_paths, *weights]


def _train(given: Mapping[str, Any]) -> None:
    settings = _chosen(SpotterSettings, {**given, "classes": tuple(given["classes"])})
    data, outputs = _chosen(Data, given), Outputs.inside(given["model_dir"])
    facts = {
        "settings": asdict(settings), "code": given["code"], "splits": data.splits, "set": data.feature_set,
        "processes": max(1, given["gpu"]), "recordings": [sampled_sha256(path) for path in data.video_paths],
    }  # fmt: skip
    digest = training_digest(facts, data.digested_paths)
    device = set_up_torch(threads=given["threads"], gpu=given["gpu"], seed=settings.seed)
    processes = Processes.join(device)
    prepared = _prepared(settings, data, given, device=device, processes=processes)
    SpotterRun(settings, outputs, prepared, splits=data.splits, digest=digest).go()
    processes.leave()


def _prepared(
    settings: SpotterSettings,
    data: Data,
    given: Mapping[str, Any],
    *,
    device: torch.device,
    processes: Processes,
) -> Prepared:
    parts = load_parts(
        features_paths=data.features_paths,
        labels_paths=data.labels_paths,
        truth_paths={path.parent.name: path for path in data.truth_paths},
        classes=settings.classes,
        dilation_seconds=settings.dilation_seconds,
    )
    common: dict[str, Any] = {
        "splits": data.splits, "feature_set": data.feature_set, "parts": parts, "device": device,
        "processes": processes,
    }  # fmt: skip
    if not settings.finetune:
        return prepare_cached(settings, **common)
    return prepare_finetuning(
        settings,
        **common,
        probes=load_probes(data.probe_paths, data.video_paths, data.features_paths),
        weights_path=data.weights_path,
        ffmpeg=given["ffmpeg"],
        threads=max(1, given["threads"] // processes.count),
    )


def _chosen(kind: type[Record], given: Mapping[str, Any]) -> Record:
    """A record of those values that it has fields for."""
    return kind(**{name: given[name] for name in kind.__dataclass_fields__})  # type: ignore[attr-defined]
