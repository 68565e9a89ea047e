"""Leagues of tiny feature shards, whose events speak in picture, in sound, or only in both together."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matchreel.records import Features
from matchreel.timeline import FrameGrid

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"
RATE_FPS, PER_STEP, FRAME_DIM, NUM_MELS = Fraction(2), 8, 12, 8
FEATURE_SET = {
    "backbone": "efficientnet_lite0", "frame_rate_fps": 2, "height": 32, "width": 48, "fit": "squash",
    "n_fft": 512, "hop_samples": 500, "num_mels": NUM_MELS, "sample_rate_hz": 8000,
}  # fmt: skip
SETTINGS = {**FEATURE_SET, "weights": "0123456789ab"}
TRAINING: dict[str, Any] = {
    "seed": 3, "kind": "clip_classifier", "keep": "best_last", "finetune": False, "video_hidden": 12,
    "audio_hidden": 12, "hidden": 24, "dropout": 0.1, "pooling": "max", "batch_size": 16,
    "micro_batch_size": 2, "learning_rate": 0.005, "weight_decay": 0.0001, "epochs": 8, "plateau_factor": 0.5,
    "plateau_patience": 3, "positive_weight": "balanced", "free_per_positive": 0.0, "jitter_seconds": 0.5,
    "spec_augment": True, "feature_noise": 0.1, "modality_dropout": 0.2, "mixed_precision": True,
    "window_before_seconds": 10, "window_after_seconds": 5, "ffmpeg": "bundled",
}  # fmt: skip


@dataclass(frozen=True)
class League:
    """Shards and clip tables of games g0, g1, ...; the last one validates."""

    features_paths: list[Path]
    clips_paths: list[Path]
    splits: dict[str, str]


def make_league(
    folder: Path,
    *,
    informative: str = "both",
    num_games: int = 4,
    num_events: int = 12,
    late_audio_steps: int = 0,
) -> League:
    """informative: both, audio, video or none. Every event has a negative twin with nothing to see or hear."""
    games = [f"g{index}" for index in range(num_games)]
    paths = [_make_game(folder, game, informative, num_events, late_audio_steps) for game in games]
    splits = {game: "valid" if game == games[-1] else "train" for game in games}
    return League([path for path, _ in paths], [path for _, path in paths], splits)


def _make_game(
    folder: Path, game: str, informative: str, num_events: int, late_steps: int
) -> tuple[Path, Path]:
    random = np.random.default_rng(int(game[1:]))
    grid = FrameGrid.over(40 * num_events, RATE_FPS)
    T = grid.num_steps
    frames = random.normal(size=(T, FRAME_DIM))
    logmel = random.normal(size=(T * PER_STEP, NUM_MELS)) * 4 - 40
    rows = []
    for index in range(num_events):
        event, other = 40 * index + 11.0, 40 * index + 31.0
        if informative in ("both", "video"):
            frames[2 * int(event) : 2 * int(event) + 3, :4] += 3
        if informative in ("both", "audio"):
            first = (2 * int(event) + late_steps) * PER_STEP
            logmel[first : first + 3 * PER_STEP, 2:5] += 15
        rows.append(
            (game, "1", f"p{index}.mp4", event - 10, event + 5, "Goal", 1, "highlight", event, str(index))
        )
        rows.append(
            (game, "1", f"n{index}.mp4", other - 10, other + 5, "negative", 0, "open_play", None, None)
        )
    return save_shard(folder, game, frames, logmel, grid), save_clips(folder, game, rows)


def save_shard(folder: Path, game: str, frames: Any, logmel: Any, grid: FrameGrid, **settings: Any) -> Path:
    path = folder / "features" / game / "1.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    Features(
        frames=None if frames is None else frames.astype(np.float16),
        logmel=None if logmel is None else logmel.astype(np.float16),
        grid=grid,
        columns_per_step=PER_STEP,
        duration_seconds=float(grid.duration_seconds),
        backbone="efficientnet_lite0",
        settings={**SETTINGS, **settings},
    ).save(path)
    return path


def save_clips(folder: Path, game: str, rows: list[Any]) -> Path:
    path = folder / "clips" / game / "1" / "clips.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = "game part clip start_seconds end_seconds label is_positive kind event_seconds source_event"
    pd.DataFrame(rows, columns=columns.split()).to_csv(path, index=False)
    return path


def outputs_in(folder: Path) -> dict[str, Path]:
    """The output paths of train_model, as the rule names them."""
    names = {
        "best_path": "best.safetensors", "last_path": "last.safetensors", "epochs_dir": "epochs",
        "metrics_path": "metrics.csv", "curves_path": "curves.svg", "resume_path": "resume.pt",
        "tensorboard_dir": "tensorboard",
    }  # fmt: skip
    return {key: folder / name for key, name in names.items()}


def training_arguments(league: League, folder: Path, **changes: Any) -> dict[str, Any]:
    """Keyword arguments of train_model for a league."""
    return {
        "features_paths": league.features_paths, "clips_paths": league.clips_paths, **outputs_in(folder),
        "weights_path": None, "splits": league.splits, "feature_set": {"name": "tiny", **FEATURE_SET},
        "model_name": "tiny", "code": "abc", "threads": 1, "gpu": 0, **TRAINING, **changes,
    }  # fmt: skip


def start_step(name: str, arguments: dict[str, Any]) -> subprocess.Popen[str]:
    """A step script as its own process: paths as options, the rest as --settings."""
    options, settings = list[str](), {}
    for key, value in arguments.items():
        option = f"--{key.replace('_', '-')}"
        if isinstance(value, Path):
            options += [option, str(value)]
        elif isinstance(value, list):
            options += [option, *map(str, value)]
        elif value is not None:
            settings[key] = value
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), *options, "--settings", json.dumps(settings)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def stopped_early(name: str, arguments: dict[str, Any], resume_path: Path, how: int) -> int:
    """Start a training as its own process, stop it once it has finished an epoch; its exit status."""
    step = start_step(name, arguments)
    deadline = time.monotonic() + 120
    while not resume_path.exists() and step.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    step.send_signal(how)
    step.communicate()
    return step.returncode
