"""A league of tiny real recordings whose events flash white, with labels, probes and cached shards."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import torch
import yaml

from matchreel.config import checked_config, step_settings
from matchreel.features import cache_tensors
from matchreel.media.audio import extract_audio
from matchreel.media.probe import probe_media
from matchreel.torch_shim import import_torchvision

ROOT = Path(__file__).resolve().parents[2]
FEATURE_SET: dict[str, Any] = {
    "backbone": "shufflenet_v2_x0_5", "frame_rate_fps": 2, "height": 32, "width": 48, "fit": "squash",
    "arithmetic": "auto", "n_fft": 256, "hop_samples": 200, "num_mels": 8,
}  # fmt: skip
SOUND_RATE_HZ = 8000
SECONDS, EVENTS_SECONDS = 32, (8.2, 22.4)


@dataclass(frozen=True)
class Recordings:
    """Games g0, g1, ...; the last one validates."""

    folder: Path
    games: tuple[str, ...]
    weights_path: Path

    def paths(self, pattern: str) -> list[Path]:
        """One path a game."""
        return [self.folder / pattern.format(game=game) for game in self.games]

    @property
    def video_paths(self) -> list[Path]:
        """The recordings."""
        return self.paths("games/{game}/1.mkv")

    @property
    def probe_paths(self) -> list[Path]:
        """What was found in them."""
        return self.paths("media/{game}/1.json")

    @property
    def features_paths(self) -> list[Path]:
        """Shards made with the untouched backbone."""
        return self.paths("features/{game}/1.safetensors")


def make_recordings(folder: Path, num_games: int = 3) -> Recordings:
    """Record, label, probe and cache them all."""
    weights_path = save_random_backbone(folder / "backbone.pth")
    games = Recordings(folder, tuple(f"g{index}" for index in range(num_games)), weights_path)
    for index, video_path in enumerate(games.video_paths):
        events = [seconds + index for seconds in EVENTS_SECONDS]
        record(video_path, flashes_seconds=events, seconds=SECONDS + index)
        save_labels(video_path.with_name("Labels-v2.json"), events)
        cache(games, games.games[index], weights_path, games.features_paths[index])
    return games


def save_random_backbone(path: Path) -> Path:
    """A backbone that has seen nothing but noise, for its statistics."""
    torch.manual_seed(0)
    network = import_torchvision().models.get_model(FEATURE_SET["backbone"], weights=None)
    with torch.no_grad():
        for _ in range(20):
            network(torch.randn(8, 3, FEATURE_SET["height"], FEATURE_SET["width"]))
    torch.save(network.state_dict(), path)
    return path


def record(path: Path, *, flashes_seconds: Sequence[float], seconds: float) -> None:
    """Grey pictures that move a little, white for a second from each moment on, with a steady tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = "+".join(f"between(t,{at},{at + 1})" for at in flashes_seconds) or "0"
    picture = f"testsrc2=s=64x48:r=10:d={seconds},drawbox=c=white:t=fill:enable='{shown}'"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", "-f", "lavfi", "-i", picture]
    command += ["-f", "lavfi", "-i", f"sine=frequency=500:sample_rate={SOUND_RATE_HZ}:duration={seconds}"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-threads", "1", "-c:a", "aac", str(path)], check=True)


def save_labels(path: Path, events_seconds: Sequence[float]) -> None:
    rows = [
        {
            "gameTime": f"1 - 00:{int(at):02d}", "label": "Goal", "position": str(round(at * 1000)),
            "team": "home", "visibility": "visible",
        }
        for at in events_seconds
    ]  # fmt: skip
    path.write_text(json.dumps({"annotations": rows}), encoding="utf-8")


def cache(games: Recordings, game: str, weights_path: Path, features_path: Path) -> None:
    """Probe, sound and shard of one game, with the backbone of weights_path."""
    paths = {
        "video_path": games.folder / "games" / game / "1.mkv",
        "probe_path": games.folder / "media" / game / "1.json",
        "wav_path": games.folder / "audio" / game / "1.wav",
    }
    probe_media(video_path=paths["video_path"], probe_path=paths["probe_path"], game=game, part="1")
    extract_audio(**paths, sample_rate_hz=SOUND_RATE_HZ, ffmpeg="bundled", threads=1)
    cache_tensors(
        **paths, **FEATURE_SET, weights_path=weights_path, features_path=features_path, ffmpeg="bundled",
        hwaccel="none", threads=1, gpu=0,
    )  # fmt: skip


def configured(step: str, **wildcards: str) -> dict[str, Any]:
    """What the shipped config gives a step."""
    raw = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    config = checked_config(raw, schema_path=ROOT / "config/schemas/config.schema.yaml")
    held: dict[str, Any] = json.loads(step_settings(config, step, **wildcards))
    return held


def finetuning_arguments(games: Recordings, model_dir: Path, **changes: Any) -> dict[str, Any]:
    """Keyword arguments of train_spotter that train the backbone too: 3 short epochs."""
    splits = dict.fromkeys(games.games[:-1], "train") | {games.games[-1]: "valid"}
    return {
        **configured("train_spotter", model="demo_spotter"), "classes": ["Goal"], "finetune": True,
        "hidden": 16, "dropout": 0.0, "window_seconds": 8, "windows_per_epoch": 8, "batch_size": 4,
        "micro_batch_size": 2, "learning_rate": 0.003, "backbone_rate": 0.3, "epochs": 3, "ema_decay": 0.5,
        "mine_every": 1, "judged_parts": 2, "nms_seconds": 3,
        "features_paths": games.features_paths, "labels_paths": games.paths("games/{game}/Labels-v2.json"),
        "truth_paths": [], "video_paths": games.video_paths, "probe_paths": games.probe_paths,
        "weights_path": games.weights_path, "model_dir": model_dir, "model_name": "tuned", "splits": splits,
        "feature_set": {"name": "tiny", **FEATURE_SET, "sample_rate_hz": SOUND_RATE_HZ}, "code": "abc",
        "ffmpeg": "bundled", "threads": 1, "gpu": 0, **changes,
    }  # fmt: skip
