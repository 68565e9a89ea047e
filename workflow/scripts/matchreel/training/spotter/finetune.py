"""Fine-tuning: the backbone learns with the spotter, from pictures decoded out of the recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from matchreel.backbones import ClipEmbedder, check_picture_size, load_backbone
from matchreel.dataset import InputSizes
from matchreel.errors import ConfigError, InputError
from matchreel.records import Probe
from matchreel.training.spotter.decoded import DecodedParts, DecodedSteps, PictureReader
from matchreel.training.spotter.loop import SpotterTrainer
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.prepare import (
    Prepared,
    new_spotter,
    parts_of_splits,
    sampling_rules,
    set_part_statistics,
)
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.settings import SpotterSettings

Item = TypeVar("Item")


def prepare_finetuning(
    settings: SpotterSettings,
    *,
    splits: Mapping[str, str],
    feature_set: Mapping[str, Any],
    parts: Sequence[LabelledPart],
    probes: Mapping[tuple[str, str], Probe],
    weights_path: Path | None,
    ffmpeg: str,
    threads: int,
    device: torch.device,
    processes: Processes,
) -> Prepared:
    """An end-to-end training. Sound, grids and labels are those of the parts, pictures those of probes.

    Raises InputError or ConfigError where something does not fit, ToolError where decoding fails.
    """
    own = parts_of_splits(parts, splits=splits, feature_set=feature_set)
    _check_pictures(settings, own["train"])
    check_picture_size(feature_set["backbone"], feature_set["height"], feature_set["width"])
    backbone, digest = load_backbone(feature_set["backbone"], weights_path)
    _check_start(digest, parts[0], weights_path)
    sizes = InputSizes.of([part.shard for part in parts], settings.window_seconds)
    reader = PictureReader(feature_set["height"], feature_set["width"], feature_set["fit"], ffmpeg)
    train = DecodedSteps(own["train"], probes, sizes, reader, threads=threads)
    network = new_spotter(settings, frame_dim=sizes.frame_dim, num_mels=sizes.num_mels)
    # The shards hold what the backbone makes of every picture before it learns.
    set_part_statistics(network, own["train"])
    embed = ClipEmbedder(backbone.requires_grad_(True))
    return Prepared(
        trainer=SpotterTrainer(
            network, settings, device=device, processes=processes, embed=embed, threads=threads
        ),
        train=train,
        valid_parts=spread(own["valid"], settings.judged_parts),
        sizes=sizes,
        rules=sampling_rules(settings, num_steps=sizes.num_steps),
        feature_set=dict(parts[0].shard.settings),
        processes=processes,
        decoded=DecodedParts(probes, reader, threads),
    )


def load_probes(
    probe_paths: Sequence[Path], video_paths: Sequence[Path], features_paths: Sequence[Path]
) -> dict[tuple[str, str], Probe]:
    """(game, part) -> probe of the recording that lies at the path beside it in video_paths.

    Raises InputError where they do not belong to the shards, one each and in the same order.
    """
    if not len(probe_paths) == len(video_paths) == len(features_paths):
        raise InputError(
            f"{len(video_paths)} recordings and {len(probe_paths)} probes for {len(features_paths)} parts",
            where="train_spotter",
            remedy="Name one recording and one probe for each shard",
        )
    probes = dict[tuple[str, str], Probe]()
    for probe_path, video_path, features_path in zip(probe_paths, video_paths, features_paths, strict=True):
        if not video_path.exists():
            raise FileNotFoundError(2, "no such file", str(video_path))
        probe = Probe.load(probe_path)
        key = (features_path.parent.name, features_path.stem)
        if (probe.game, probe.part) != key:
            raise InputError(
                f"this is the probe of game {probe.game}, part {probe.part}, not of {features_path}",
                where=probe_path,
                remedy="Name probes and shards in the same order",
            )
        probes[key] = replace(probe, path=str(video_path))
    return probes


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of them, evenly spread, the first and the last among them."""
    indices = np.unique(np.linspace(0, len(items) - 1, min(most, len(items))).round().astype(int))
    return [items[index] for index in indices]


def _check_start(digest: str, part: LabelledPart, weights_path: Path | None) -> None:
    made_with = part.shard.settings["weights"]
    if digest != made_with:
        raise InputError(
            f"the shards were made with weights {made_with}, fine-tuning would start from {digest}",
            where=weights_path or "train_spotter",
            remedy="Name the weights that the features were cached with, or cache them anew",
        )


def _check_pictures(settings: SpotterSettings, parts: Sequence[LabelledPart]) -> None:
    if settings.modalities == "audio":
        raise ConfigError(
            "a model that may use nothing but sound has no backbone to train",
            where=f"config, models.{settings.model_name}, finetune",
            remedy="Set finetune to false, or modalities to both or video",
        )
    if all(part.shard.frames is None for part in parts):
        raise InputError(
            "no training game has a picture",
            where="train_spotter",
            remedy="Set finetune to false, or train on recordings with a picture",
        )
