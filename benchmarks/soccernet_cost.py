"""What SoccerNet's 500 games take with the shipped config: disk, hours, memory, from rates measured here.

    python benchmarks/soccernet_cost.py --out benchmarks/soccernet_cost.md

A rendered game of --minutes is probed, its sound extracted and its features cached with the default
feature set; then a few optimiser steps of the shipped spotter run on random features of the shipped sizes.
The rest is arithmetic: 764 hours of video (SoccerNet's own figure). What a GPU would do is not guessed: only
the memory that training holds (weights, gradients, optimiser, running mean, saved activations) is added up,
in 32 bits.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.features import cache_tensors  # noqa: E402
from matchreel.media.audio import extract_audio  # noqa: E402
from matchreel.media.probe import probe_media  # noqa: E402
from matchreel.records import Features  # noqa: E402
from matchreel.spotter import Spotter, SpotterShape  # noqa: E402
from matchreel.synthetic.render import render_game  # noqa: E402
from matchreel.training.spotter.loop import focal_loss  # noqa: E402

# SOURCE: SoccerNet: 500 games, 764 hours of video.
HOURS = 764.0
MEASURED_STEPS = 3


def timed(function: Callable[..., Any], **keywords: Any) -> float:
    """Seconds of one call."""
    started = time.monotonic()
    function(**keywords)
    return time.monotonic() - started


def measure_steps(folder: Path, config: dict[str, Any], minutes: float, threads: int) -> dict[str, float]:
    """Seconds of work per second of video, and bytes per hour, of each step before training."""
    video, probe, wav, shard = (folder / name for name in ("1.mkv", "1.json", "1.wav", "1.safetensors"))
    demo = {key: config["demo"][key] for key in ("difficulty", "event_rate", "informative")}
    render_game(
        game="cost", video_path=video, labels_path=folder / "l.json", truth_path=folder / "t.json",
        league_seed=1, minutes=minutes, ffmpeg="bundled", threads=threads, **demo,
    )  # fmt: skip
    probe_media(video_path=video, probe_path=probe, game="cost", part="1")
    rate = config["audio"]["sample_rate_hz"]
    audio = timed(
        extract_audio, video_path=video, probe_path=probe, wav_path=wav, sample_rate_hz=rate,
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    features = timed(
        cache_tensors, video_path=video, wav_path=wav, probe_path=probe, weights_path=None,
        features_path=shard, ffmpeg="bundled", threads=threads, gpu=0, **config["feature_sets"]["default"],
    )  # fmt: skip
    seconds, per_hour = 60 * minutes, 60 / minutes
    return {
        "audio_share": audio / seconds,
        "features_share": features / seconds,
        "wav_bytes": wav.stat().st_size * per_hour,
        "shard_bytes": shard.stat().st_size * per_hour,
        "frame_dim": Features.load(shard).frames.shape[1],  # type: ignore[union-attr]
    }


def measure_training(config: dict[str, Any], frame_dim: int, threads: int) -> dict[str, float]:
    """Seconds of one optimiser step of models.spotter, and the bytes that training it holds."""
    model, features = config["models"]["spotter"], config["feature_sets"]["default"]
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    K = len(config["classes"])
    network = Spotter(
        SpotterShape(
            frame_dim,
            features["num_mels"],
            K,
            model["hidden"],
            model["layers"],
            model["dropout"],
            model["temporal"],
        )
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=model["learning_rate"])
    B, T = model["batch_size"], round(model["window_seconds"] * features["frame_rate_fps"])
    L = round(model["window_seconds"] * config["audio"]["sample_rate_hz"] / features["hop_samples"])
    frames, logmel, ones = (
        torch.randn(B, T, frame_dim),
        torch.randn(B, L, features["num_mels"]),
        torch.ones(B),
    )
    targets, saved = torch.zeros(B, T, K), dict[int, int]()

    def step() -> None:
        logits = network(*network.standardise(frames, logmel), ones, ones)
        focal_loss(logits, targets, torch.ones_like(targets), gamma=2.0, positive_weight=5.0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()

    def note(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        step()
    seconds = sorted(timed(step) for _ in range(MEASURED_STEPS))[MEASURED_STEPS // 2]
    weights = 4 * sum(parameter.numel() for parameter in network.parameters())
    steps = -(-model["windows_per_epoch"] // B)
    return {
        "epoch_hours": seconds * steps / 3600,
        "epochs": model["epochs"],
        "weight_bytes": weights,
        # Weights, gradients, two moments, running mean; inputs and saved activations.
        "held_bytes": 5 * weights + sum(saved.values()) + 4 * (frames.numel() + logmel.numel()),
    }


def page(steps: dict[str, float], training: dict[str, float], *, threads: int, minutes: float) -> str:
    """The table as Markdown."""

    def hours(share: float) -> str:
        return f"{HOURS * share:.0f} h"

    def gigabytes(num_bytes: float) -> str:
        return f"{num_bytes / 1e9:.1f} GB"

    epoch = training["epoch_hours"]
    rows = [
        ("download 224p video", "-", f"{gigabytes(HOURS * 3600 * 0.6e6 / 8)} at an assumed 0.6 Mbit/s"),
        ("extract_audio", hours(steps["audio_share"]), gigabytes(HOURS * steps["wav_bytes"])),
        ("cache_tensors", hours(steps["features_share"]), gigabytes(HOURS * steps["shard_bytes"])),
        ("train_spotter, an epoch", f"{epoch:.1f} h", "-"),
        (
            f"train_spotter, {training['epochs']:g} epochs",
            f"{epoch * training['epochs']:.0f} h",
            f"{gigabytes(training['held_bytes'])} of memory, weights {training['weight_bytes'] / 1e6:.0f} MB",
        ),
    ]
    head = (
        f"Measured on {platform.machine()}, {threads} threads, CPU only, on {minutes:g} min of rendered "
        "video.\n"
        "Jobs of different parts run side by side: divide by their number.\n"
        "`python benchmarks/soccernet_cost.py` repeats it.\n\n"
        "| step | hours of 500 games on this machine | holds |\n|---|---|---|\n"
    )
    return (
        "# What SoccerNet's 500 games take\n\n" + head + "".join(f"| {' | '.join(row)} |\n" for row in rows)
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="matchreel-") as folder:
        steps = measure_steps(Path(folder), config, options.minutes, options.threads)
    training = measure_training(config, int(steps["frame_dim"]), options.threads)
    text = page(steps, training, threads=options.threads, minutes=options.minutes)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
