"""score_spotter: a spotter's logits for every grid step of one part, from its cached features."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from matchreel.checkpoints import ModelFile
from matchreel.dataset import check_settings
from matchreel.errors import ConfigError
from matchreel.records import Features, Float32
from matchreel.spotter import LARGEST, Spotter, SpotterShape
from matchreel.step_scoring import MODALITIES, score_steps, step_scores
from matchreel.torch_shim import set_up_torch

log = logging.getLogger("matchreel")


def score_spotter(
    *,
    features_path: Path,
    model_path: Path,
    scores_path: Path,
    modalities: str,
    threads: int,
    gpu: int,
) -> None:
    """Write records.Scores (T, K), with the likeliest class's logit of each modality alone in `curves`.

    modalities: both, video or audio; what the spotter may use. Raises InputError where the shard was made
    with another feature set than the model's, ConfigError where the model never learnt the modalities asked
    for, or the part lacks the only one.
    """
    model = ModelFile.load(model_path)
    shard = Features.load(features_path)
    check_settings(
        shard.settings, model.feature_set, where=features_path, against=f"model {model.model_name}"
    )
    _check_learnt(modalities, model, model_path)
    _check_modality(modalities, shard, features_path)
    device = set_up_torch(threads=threads, gpu=gpu, seed=0)
    logits = score_steps(
        spotter_of(model, model_path).to(device),
        shard,
        window_seconds=model.window_seconds,
        modalities=MODALITIES,
        device=device,
    )
    step_scores(
        logits[modalities],
        shard,
        classes=model.classes,
        scorer=model.model_name,
        trained_on=model.trained_on,
        thresholds=model.thresholds,
        curves=_curves(logits, shard) if modalities == "both" else {},
    ).save(scores_path)


def spotter_of(model: ModelFile, path: Path) -> Spotter:
    """The network of a spotter's file, in evaluation mode; InputError where the file holds another."""
    model.check_kind("spotter", path)
    return model.network(Spotter, SpotterShape, largest=LARGEST, path=path)


def _check_learnt(modalities: str, model: ModelFile, where: Path) -> None:
    learnt = str(model.settings.get("modalities", "both"))
    if learnt not in ("both", modalities):
        raise ConfigError(
            f"this model learnt from {learnt} alone and cannot use {modalities}",
            where=where,
            remedy=f"Set models.<name>.modalities to {learnt}, or train it with both",
        )


def _check_modality(modalities: str, shard: Features, where: Path) -> None:
    missing = {"video": shard.frames is None, "audio": shard.logmel is None}
    if missing.get(modalities, False):
        raise ConfigError(
            f"this part has no {modalities}, and the model may use nothing else",
            where=where,
            remedy="Set models.<name>.modalities to both, or choose another scorer for this game",
        )


def _curves(logits: dict[str, Float32], shard: Features) -> dict[str, Float32]:
    """What each modality alone says at its likeliest class, (T,), where the part has both."""
    if shard.frames is None or not shard.has_sound:
        return {}
    return {name: np.max(logits[name], axis=1) for name in MODALITIES if name != "both"}
