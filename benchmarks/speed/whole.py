"""matchreel from a recording to cut highlights, by the seed's frames, backbone and windows.

The default path is no case here: protocol.py runs the command of `make reel` for it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from part import CLIP_SECONDS, THREADS, Part

# As seed_way.py has them: windows, and cuts for so much of the match.
STRIDE_SECONDS, CUTS, CUTS_PER_SECONDS = 3.0, 3, 120
SETTINGS: dict[str, Any] = {
    "backbone": "resnet50", "frame_rate_fps": 5, "height": 224, "width": 224, "fit": "squash",
    "n_fft": 400, "hop_samples": 160, "num_mels": 64,
}  # fmt: skip


def random_weights(path: Path) -> None:
    """A seeded ResNet-50 as a weights file: no case needs one that finds anything."""
    import torch

    from matchreel.torch_shim import import_torchvision

    torch.manual_seed(0)
    torch.save(import_torchvision().models.resnet50(weights=None).state_dict(), path)


def _whole(part: Part, arithmetic: str) -> None:
    """Probe, sound, features, scores of windows, and the best ones cut."""
    from matchreel.features import cache_tensors
    from matchreel.media.audio import extract_audio
    from matchreel.media.probe import probe_media
    from matchreel.records import Probe

    folder = part.folder / f"whole-{arithmetic}"
    folder.mkdir(exist_ok=True)
    paths = {"video_path": part.video, "probe_path": folder / "probe.json"}
    probe_media(**paths, game="speed", part="1")
    extract_audio(
        **paths, wav_path=folder / "part.wav", sample_rate_hz=16000, ffmpeg="bundled", threads=THREADS
    )
    shard_path = folder / "features.safetensors"
    cache_tensors(
        **paths, wav_path=folder / "part.wav", weights_path=part.folder / "resnet50.pth",
        features_path=shard_path, ffmpeg="bundled", hwaccel="none", threads=THREADS, gpu=0,
        arithmetic=arithmetic, **SETTINGS,
    )  # fmt: skip
    _cut_best(part, folder, Probe.load(folder / "probe.json"), _scored(shard_path))


def _scored(shard_path: Path) -> list[tuple[float, float]]:
    """(logit, start) of every window, the best first: the shipped clip classifier's sizes, random weights."""
    import torch

    from matchreel.checkpoints import ModelFile, installed_versions
    from matchreel.models import ClipClassifier, NetworkShape
    from matchreel.records import Features, Scores
    from matchreel.scoring import score_windows

    shard = Features.load(shard_path)
    assert shard.frames is not None and shard.logmel is not None
    torch.manual_seed(0)
    shape = NetworkShape(shard.frames.shape[1], shard.logmel.shape[1], 512, 256, 768, 0.5, "max")
    model_path, scores_path = shard_path.with_name("model.safetensors"), shard_path.with_name("scores.npz")
    ModelFile(
        "seed", "clip_classifier", ("Highlight",), (), asdict(shape), shard.settings, 10.0, 5.0, {}, 1, {},
        installed_versions(), ClipClassifier(shape).state_dict(),
    ).save(model_path)  # fmt: skip
    score_windows(
        features_path=shard_path, model_path=model_path, scores_path=scores_path,
        window_seconds=CLIP_SECONDS, stride_seconds=STRIDE_SECONDS, threads=THREADS, gpu=0,
    )  # fmt: skip
    scores = Scores.load(scores_path)
    starts = scores.times_seconds - CLIP_SECONDS / 2
    return sorted(zip(scores.logits[:, 0].tolist(), starts.tolist(), strict=True), reverse=True)


def _cut_best(part: Part, folder: Path, probe: Any, ranked: list[tuple[float, float]]) -> None:
    """As many clips a second of match as the seed's way cuts, none twice."""
    from matchreel.media.commands import Encoding
    from matchreel.media.cut import ClipRequest, cut_clips
    from matchreel.timeline import Interval

    count = max(1, round(CUTS * probe.duration_seconds / CUTS_PER_SECONDS))
    requests = [
        ClipRequest(Interval(start, start + CLIP_SECONDS), folder / f"{index}.mp4", None)
        for index, (_, start) in enumerate(ranked[:count])
    ]
    encoding = Encoding(part.clips["crf"], part.clips["preset"], 128, None, None, 0.0)
    cut_clips(
        video_path=part.video, probe=probe, requests=requests, encoding=encoding, ffmpeg="bundled",
        threads=THREADS,
    )  # fmt: skip


def whole_fp32(part: Part) -> None:
    """The seed's frames and backbone in fp32."""
    _whole(part, "fp32")


def whole_bf16(part: Part) -> None:
    """The same with 16-bit arithmetic in the backbone."""
    _whole(part, "bf16")
