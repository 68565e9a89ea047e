"""cache_tensors: log-mel and frame features of one part on one frame grid, each picture embedded once."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from matchreel.arrays import Blocks
from matchreel.backbones import Backbone, check_picture_size, load_backbone
from matchreel.background import read_ahead
from matchreel.errors import InputError
from matchreel.folding import fold
from matchreel.logmel import MelSettings, columns_per_step, log_mel_blocks, wav_rate_hz
from matchreel.media.audio import check_sound
from matchreel.media.decode import Fit, read_frames
from matchreel.media.hardware import Hwaccel
from matchreel.records import Features, Float16, Probe
from matchreel.timeline import FrameGrid, parse_rate
from matchreel.torch_shim import set_up_torch

log = logging.getLogger("matchreel")

# auto: 32 bits on a processor, 16 bits on a GPU, as each does quickest without changing its spots.
Arithmetic = Literal["auto", "fp32", "bf16"]

_BATCH_STEPS = 16
_SECONDS_BETWEEN_LINES = 20.0


def cache_tensors(
    *,
    video_path: Path,
    wav_path: Path,
    probe_path: Path,
    weights_path: Path | None,
    features_path: Path,
    backbone: str,
    frame_rate_fps: float,
    height: int,
    width: int,
    fit: Fit,
    arithmetic: Arithmetic,
    n_fft: int,
    hop_samples: int,
    num_mels: int,
    ffmpeg: str,
    hwaccel: Hwaccel,
    threads: int,
    gpu: int,
) -> None:
    """Write one shard (records.Features): frames (T, D) float16 and logmel (L, F) float16 in dB.

    A part without picture has no frames, a WAV without samples no logmel. Streams: memory grows
    neither with the pictures nor with the features (about 35 MB each per 45 minutes at 5 frames/s).
    Raises InputError, ConfigError or ToolError.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    grid = FrameGrid.over(probe.duration_seconds, parse_rate(frame_rate_fps))
    rate_hz = wav_rate_hz(wav_path)
    check_sound(wav_path, probe)
    per_step = columns_per_step(sample_rate_hz=rate_hz, hop_samples=hop_samples, rate_fps=grid.rate_fps)
    device = set_up_torch(threads=threads, gpu=gpu, seed=0)
    check_picture_size(backbone, height, width)
    network, weights = load_backbone(backbone, weights_path)
    fold(network)
    logmel = log_mel_blocks(wav_path, grid=grid, settings=MelSettings(n_fft, hop_samples, num_mels))
    if probe.video is None and logmel is None:
        raise InputError("neither picture nor sound", where=video_path, remedy="Give another recording")
    frames = None
    if probe.video is not None:
        pictures = read_frames(
            probe=probe, grid=grid, height=height, width=width, fit=fit, ffmpeg=ffmpeg,
            threads=threads, batch_steps=_BATCH_STEPS, pixel_format="rgb24", hwaccel=hwaccel,
        )  # fmt: skip
        frames = embed(network, pictures, num_steps=grid.num_steps, device=device, arithmetic=arithmetic)
    settings: dict[str, Any] = {
        "backbone": backbone, "frame_rate_fps": frame_rate_fps, "height": height, "width": width, "fit": fit,
        "arithmetic": arithmetic, "n_fft": n_fft, "hop_samples": hop_samples, "num_mels": num_mels,
        "sample_rate_hz": rate_hz, "weights": weights,
    }  # fmt: skip
    shard = Features(None, None, grid, per_step, probe.duration_seconds, backbone, settings)
    shard.save(features_path, frames=frames, logmel=logmel)


def embed(
    network: Backbone,
    pictures: Iterator[np.ndarray[Any, Any]],
    *,
    num_steps: int,
    device: torch.device,
    arithmetic: Arithmetic,
) -> Blocks:
    """(T, D) float16 from T pictures in (n, H, W, 3) uint8 batches, one of which is decoded ahead. They
    are made as they are asked for.
    """
    network = network.to(device)
    dtype = _autocast_dtype(arithmetic, device)
    rows = (_embed_batch(network, batch, device, dtype) for batch in read_ahead(pictures))
    first = next(rows)
    return Blocks((num_steps, first.shape[1]), np.float16, _told(chain([first], rows), num_steps))


def _told(rows: Iterable[Float16], num_steps: int) -> Iterator[Float16]:
    """The same rows, with a line now and then that says how far they are."""
    done, told = 0, time.monotonic()
    for batch in rows:
        yield batch
        done += len(batch)
        if time.monotonic() - told > _SECONDS_BETWEEN_LINES:
            log.info("%d of %d frames", done, num_steps)
            told = time.monotonic()


def _autocast_dtype(arithmetic: Arithmetic, device: torch.device) -> torch.dtype | None:
    """What the layers that may compute with 16 bits use; None: 32 bits everywhere."""
    if arithmetic == "auto":
        return torch.float16 if device.type == "cuda" else None
    return torch.bfloat16 if arithmetic == "bf16" else None


def _embed_batch(
    network: Backbone, batch: np.ndarray[Any, Any], device: torch.device, dtype: torch.dtype | None
) -> Float16:
    with torch.inference_mode(), torch.autocast(device.type, dtype=dtype, enabled=dtype is not None):
        vectors = network(torch.from_numpy(batch).to(device))  # (B, D)
    # The largest float16, in case a backbone without a final normalisation exceeds it.
    limit = float(np.finfo(np.float16).max)
    rounded: Float16 = vectors.float().clamp(-limit, limit).cpu().numpy().astype(np.float16)
    if not np.isfinite(rounded).all():
        raise InputError(
            "the features came out as NaN",
            where="config, feature_sets, backbone",
            remedy="Set arithmetic to fp32, fetch the backbone's weights again, or choose another backbone",
        )
    return rounded
