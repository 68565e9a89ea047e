"""Leagues of tiny shards with labels, whose events of each class speak in picture, in sound or in both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from matchreel.events import Event
from matchreel.records import Features
from matchreel.timeline import FrameGrid, Interval
from matchreel.training.spotter.parts import LabelledPart, labelled_part
from matchreel.training.spotter.settings import SpotterSettings
from support.shards import FEATURE_SET, FRAME_DIM, NUM_MELS, PER_STEP, RATE_FPS, SETTINGS, save_shard

CLASSES = ("Goal", "Penalty")
SPACING_SECONDS = 20
SPOTTER_TRAINING: dict[str, Any] = {
    "seed": 3, "classes": list(CLASSES), "kind": "spotter", "keep": "best_last", "finetune": False,
    "backbone_rate": 0.1, "judged_parts": 16,
    "modalities": "both", "temporal": "bigru", "hidden": 16, "layers": 1, "dropout": 0.1, "window_seconds": 20,
    "windows_per_epoch": 48, "batch_size": 8, "micro_batch_size": 8, "learning_rate": 0.02,
    "weight_decay": 0.01, "warmup_share": 0.1, "epochs": 8, "focal_gamma": 2, "positive_weight": 5,
    "dilation_seconds": 0.5, "event_share": 0.5, "replay_share": 0.1, "hard_share": 0.3, "mine_every": 3,
    "mixup": 0.2, "ema_decay": 0.9, "spec_augment": True, "feature_noise": 0.1, "modality_dropout": 0.2,
    "mixed_precision": True, "nms": "soft", "nms_seconds": 4, "calibration_seconds": 3, "calibration_beta": 1,
}  # fmt: skip
# Nothing random in the training but which windows are drawn.
PLAIN = {
    "mixup": 0, "spec_augment": False, "feature_noise": 0, "modality_dropout": 0, "dropout": 0, "mine_every": 0,
}  # fmt: skip


@dataclass(frozen=True)
class SpotterLeague:
    """Shards and labels of games g0, g1, ... in their order; the last one validates."""

    features_paths: list[Path]
    labels_paths: list[Path]
    truth_paths: list[Path]
    splits: dict[str, str]


def make_spotter_league(
    folder: Path,
    *,
    informative: str = "both",
    num_games: int = 4,
    num_events: int = 12,
    classes: Sequence[str] = CLASSES,
    replays: bool = False,
) -> SpotterLeague:
    """informative: both, audio, video or none. Each class has features and mel bins of its own.

    replays: truth.json files say that every event is shown again 8 s later, where it looks alike but is silent.
    """
    games = [f"g{index}" for index in range(num_games)]
    shards = [_make_game(folder, game, informative, num_events, classes, replays=replays) for game in games]
    return SpotterLeague(
        features_paths=shards,
        labels_paths=[folder / "games" / game / "Labels-v2.json" for game in games],
        truth_paths=[folder / "games" / game / "truth.json" for game in games] if replays else [],
        splits={game: "valid" if game == games[-1] else "train" for game in games},
    )


def event_steps(game: str, num_events: int) -> list[int]:
    """The grid steps at which a game's events happen: one in each stretch of SPACING_SECONDS."""
    random = np.random.default_rng(100 + int(game[1:]))
    per_stretch = int(SPACING_SECONDS * RATE_FPS)
    return [index * per_stretch + int(random.integers(8, 20)) for index in range(num_events)]


def _make_game(
    folder: Path, game: str, informative: str, num_events: int, classes: Sequence[str], *, replays: bool
) -> Path:
    random = np.random.default_rng(int(game[1:]))
    grid = FrameGrid.over(SPACING_SECONDS * num_events, RATE_FPS)
    frames = random.normal(size=(grid.num_steps, FRAME_DIM))
    logmel = random.normal(size=(grid.num_steps * PER_STEP, NUM_MELS)) * 4 - 40
    steps = event_steps(game, num_events)
    for index, step in enumerate(steps):
        k = index % len(classes)
        if informative in ("both", "video"):
            for first in [step, *([step + 16] if replays else [])]:
                frames[first : first + 2, 3 * k : 3 * k + 3] += 10
        if informative in ("both", "audio"):
            logmel[step * PER_STEP : (step + 2) * PER_STEP, 2 * k : 2 * k + 2] += 15
    events = [(float(s / RATE_FPS), classes[i % len(classes)]) for i, s in enumerate(steps)]
    save_labels(folder, game, events)
    if replays:
        rows = [{"start_seconds": seconds + 8, "end_seconds": seconds + 9} for seconds, _ in events]
        (folder / "games" / game / "truth.json").write_text(json.dumps({"replays": rows}), encoding="utf-8")
    return save_shard(folder, game, frames, logmel, grid)


def save_labels(folder: Path, game: str, events: Iterable[tuple[float, str]]) -> Path:
    """Labels-v2.json with visible events (seconds, label) of half 1."""
    path = folder / "games" / game / "Labels-v2.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "gameTime": f"1 - {int(seconds) // 60:02d}:{int(seconds) % 60:02d}",
            "label": label,
            "position": str(round(seconds * 1000)),
            "team": "home",
            "visibility": "visible",
        }
        for seconds, label in events
    ]
    path.write_text(json.dumps({"annotations": rows}), encoding="utf-8")
    return path


def spotter_arguments(league: SpotterLeague, folder: Path, **changes: Any) -> dict[str, Any]:
    """Keyword arguments of train_spotter for a league."""
    return {
        "features_paths": league.features_paths, "labels_paths": league.labels_paths,
        "truth_paths": league.truth_paths, "video_paths": [], "probe_paths": [], "weights_path": None,
        "ffmpeg": "bundled", "model_dir": folder, "splits": league.splits,
        "feature_set": {"name": "tiny", **FEATURE_SET}, "model_name": "tiny", "code": "abc", "threads": 1,
        "gpu": 0, **SPOTTER_TRAINING, **changes,
    }  # fmt: skip


def spotter_settings(**changes: Any) -> SpotterSettings:
    """What the training is told, as its own record."""
    held = {**SPOTTER_TRAINING, "model_name": "tiny", **changes}
    return SpotterSettings(**{**held, "classes": tuple(held["classes"])})


def made_event(seconds: float, label: str = "Goal", *, visibility: str = "visible") -> Event:
    """An event of half 1."""
    return Event("1", seconds, label, "home", visibility, 0)


def made_features(num_steps: int = 200, *, rate_fps: Fraction = RATE_FPS, **held: Any) -> Features:
    """A shard with nothing to see or hear, or with frames and logmel as given."""
    arrays = {
        "frames": np.zeros((num_steps, FRAME_DIM), dtype=np.float16),
        "logmel": np.zeros((num_steps * PER_STEP, NUM_MELS), dtype=np.float16),
    }
    return Features(
        **{**arrays, **held},
        grid=FrameGrid(rate_fps, num_steps),
        columns_per_step=PER_STEP,
        duration_seconds=float(num_steps / rate_fps),
        backbone="efficientnet_lite0",
        settings=SETTINGS,
    )


def made_part(
    *events: Event,
    num_steps: int = 200,
    rate_fps: Fraction = RATE_FPS,
    replays: Sequence[Interval] = (),
    classes: Sequence[str] = CLASSES,
    dilation_seconds: float = 0.5,
    game: str = "g0",
    **held: Any,
) -> LabelledPart:
    """A labelled part without anything to see or hear, or with frames and logmel as given."""
    return labelled_part(
        made_features(num_steps, rate_fps=rate_fps, **held),
        events,
        replays,
        game=game,
        part="1",
        classes=classes,
        dilation_seconds=dilation_seconds,
    )
