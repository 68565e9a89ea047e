"""score_windows: a trained model's logits for every window of one part, from its cached features."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch

from matchreel.arrays import forget_pages
from matchreel.checkpoints import ModelFile
from matchreel.dataset import Batch, InputSizes, check_settings, read_window, stacked
from matchreel.models import LARGEST, ClipClassifier, NetworkShape
from matchreel.records import Features, Float32, Float64, Scores
from matchreel.timeline import window_starts
from matchreel.torch_shim import set_up_torch

log = logging.getLogger("matchreel")

_BATCH_WINDOWS = 32
_CURVES = ("both", "video", "audio")


def score_windows(
    *,
    features_path: Path,
    model_path: Path,
    scores_path: Path,
    window_seconds: float,
    stride_seconds: float,
    threads: int,
    gpu: int,
) -> None:
    """Write records.Scores of one class, with what each modality alone says in `curves`.

    Raises InputError where the shard was made with another feature set than the model's.
    """
    model = ModelFile.load(model_path)
    shard = Features.load(features_path)
    check_settings(
        shard.settings, model.feature_set, where=features_path, against=f"model {model.model_name}"
    )
    if window_seconds != model.window_seconds:
        log.info("windows of %g s, but the model learnt from %g s", window_seconds, model.window_seconds)
    starts = window_starts(
        duration_seconds=shard.duration_seconds, window_seconds=window_seconds, stride_seconds=stride_seconds
    )
    device = set_up_torch(threads=threads, gpu=gpu, seed=0)
    network = classifier_of(model, model_path).to(device)
    logits = _logits(network, shard, starts, window_seconds, device)
    Scores(
        logits=logits[:, :1],
        times_seconds=starts + window_seconds / 2,
        window_seconds=window_seconds,
        stride_seconds=stride_seconds,
        classes=model.classes,
        scorer=model.model_name,
        trained_on=model.trained_on,
        duration_seconds=shard.duration_seconds,
        event_offset_seconds=model.window_before_seconds,
        curves=_curves(logits, shard),
    ).save(scores_path)


def classifier_of(model: ModelFile, path: Path) -> ClipClassifier:
    """The network of a clip classifier's file, in evaluation mode; InputError where it holds another."""
    model.check_kind("clip_classifier", path)
    return model.network(ClipClassifier, NetworkShape, largest=LARGEST, path=path)


def _curves(logits: Float32, shard: Features) -> dict[str, Float32]:
    """What each modality alone says, where the part has both."""
    if shard.frames is None or not shard.has_sound:
        return {}
    return {name: logits[:, index] for index, name in enumerate(_CURVES) if name != "both"}


def _logits(
    network: ClipClassifier, shard: Features, starts: Float64, window_seconds: float, device: torch.device
) -> Float32:
    """(N, 3) float32 logits: of both modalities, of video alone, of audio alone."""
    shape = network.shape
    num_steps = shard.grid.steps_in(window_seconds)
    sizes = InputSizes(num_steps, shape.frame_dim, num_steps * shard.columns_per_step, shape.num_mels)
    rows = list[Float32]()
    for first in range(0, len(starts), _BATCH_WINDOWS):
        steps = [shard.grid.nearest_step(start) for start in starts[first : first + _BATCH_WINDOWS]]
        windows = [read_window(shard, start_step=step, num_steps=num_steps) for step in steps]
        batch = stacked(windows, [0.0] * len(windows), sizes).to(device)
        with torch.inference_mode():
            rows.append(_three_logits(network, batch))
        forget_pages(shard.frames, shard.logmel)
    return np.concatenate(rows)


def _three_logits(network: ClipClassifier, batch: Batch) -> Float32:
    """(B, 3): the branches run once, the head three times."""
    frames, logmel = network.standardise(batch.frames, batch.logmel)
    video, audio = network.video(frames), network.audio(logmel)
    none = torch.zeros_like(batch.has_video)
    masks = ((batch.has_video, batch.has_audio), (batch.has_video, none), (none, batch.has_audio))
    return torch.stack([network.joined(video, audio, *mask) for mask in masks], dim=1).cpu().numpy()
