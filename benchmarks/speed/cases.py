"""One piece of work a call, so that each can be timed as a process of its own.

    python benchmarks/speed/cases.py CASE --folder FOLDER

The folder holds part.mkv and what protocol.py has prepared beside it (probe.json, part.wav, settings.json).
Cases that are to be compared do the same work: the same pictures of one size, the same seconds of clips.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from decoders import DECODERS
from part import BATCH_STEPS, CLIP_SECONDS, THREADS, Part
from whole import whole_bf16, whole_fp32

from matchreel.media.tools import ffmpeg_path
from matchreel.timeline import Interval

# What a case's own seconds leave out: it is imported before they begin.
HEAVY = {
    "decode_opencv": ("cv2",),
    "decode_pyav": ("av",),
    "decode_matchreel": ("matchreel.media.decode",),
    "backbone": ("torch", "matchreel.backbones"),
    "features": ("torch", "matchreel.features"),
    "logmel": ("torch", "matchreel.logmel"),
    "score": ("torch", "matchreel.step_scoring", "matchreel.spotter"),
    "slice": ("matchreel.media.cut",),
    "whole": ("torch", "matchreel.features", "matchreel.scoring", "matchreel.media.cut"),
}


def import_heavy(case: str) -> None:
    """The modules of a case, and what they in turn import only when they are asked."""
    for name in [
        module for prefix, modules in HEAVY.items() if case.startswith(prefix) for module in modules
    ]:
        importlib.import_module(name)
    if case.startswith(("logmel", "features", "whole")):
        importlib.import_module("matchreel.torch_shim").import_torchaudio()


def _bare_backbone(part: Part, *, is_bf16: bool) -> None:
    """The bare backbone on random tensors: as many, of the same shape."""
    import torch

    from matchreel.backbones import load_backbone
    from matchreel.torch_shim import set_up_torch

    set_up_torch(threads=THREADS, gpu=0, seed=0)
    network, _ = load_backbone(part.settings["backbone"], None)
    network.eval()
    batch = torch.randint(0, 256, (BATCH_STEPS, part.height, part.width, 3), dtype=torch.uint8)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        for first in range(0, part.grid.num_steps, BATCH_STEPS):
            network(batch[: part.grid.num_steps - first])


def backbone_floor(part: Part) -> None:
    """The bare backbone in fp32."""
    _bare_backbone(part, is_bf16=False)


def backbone_floor_bf16(part: Part) -> None:
    """The bare backbone under torch's own bfloat16 autocast."""
    _bare_backbone(part, is_bf16=True)


def _features(part: Part, arithmetic: str) -> None:
    """The step cache_tensors: pictures through the backbone, and log-mel."""
    from matchreel.features import cache_tensors

    settings = part.settings | {"arithmetic": arithmetic}
    cache_tensors(
        video_path=part.video, wav_path=part.folder / "part.wav", probe_path=part.folder / "probe.json",
        weights_path=None, features_path=part.folder / "features.safetensors", ffmpeg="bundled",
        hwaccel="none", threads=THREADS, gpu=0, **settings,
    )  # fmt: skip


def features_matchreel(part: Part) -> None:
    """cache_tensors in fp32."""
    _features(part, "fp32")


def features_bf16(part: Part) -> None:
    """cache_tensors with 16-bit arithmetic."""
    _features(part, "bf16")


def logmel_matchreel(part: Part) -> None:
    """The log-mel spectrum of the whole part, block by block as the step makes and writes it."""
    from matchreel.logmel import MelSettings, log_mel_blocks

    settings = MelSettings(*(part.settings[key] for key in ("n_fft", "hop_samples", "num_mels")))
    columns = log_mel_blocks(part.folder / "part.wav", grid=part.grid, settings=settings)
    if columns is None:
        sys.exit("no sound")
    done = sum(len(block) for block in columns.blocks)
    if done != columns.shape[0]:
        sys.exit(f"{done} of {columns.shape[0]} columns")


def score_matchreel(part: Part) -> None:
    """A spotter of the shipped size over the cached features; random weights take as long."""
    from matchreel.records import Features
    from matchreel.spotter import Spotter, SpotterShape
    from matchreel.step_scoring import MODALITIES, score_steps
    from matchreel.torch_shim import set_up_torch

    device = set_up_torch(threads=THREADS, gpu=0, seed=0)
    shard = Features.load(part.folder / "features.safetensors")
    assert shard.frames is not None and shard.logmel is not None
    shape = SpotterShape(shard.frames.shape[1], shard.logmel.shape[1], 4, 256, 2, 0.3, "bigru")
    score_steps(Spotter(shape), shard, window_seconds=40, modalities=MODALITIES, device=device)


def _stretches(part: Part, *, from_share: float) -> list[Interval]:
    first, last = (share * (part.probe.duration_seconds - CLIP_SECONDS) for share in (from_share, 1.0))
    starts = np.linspace(first, last, int(part.clips["num"])).round(2)
    return [Interval(float(start), float(start) + CLIP_SECONDS) for start in starts]


def encode_floor(part: Part) -> None:
    """One ffmpeg that reads the clips' stretches one after the other and encodes them as one file."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-y"]
    stretches = _stretches(part, from_share=0)
    for stretch in stretches:
        command += ["-ss", str(stretch.start_seconds), "-t", str(CLIP_SECONDS), "-i", f"file:{part.video}"]
    streams = "".join(f"[{index}:v:0][{index}:a:0]" for index in range(len(stretches)))
    command += ["-filter_complex", f"{streams}concat=n={len(stretches)}:v=1:a=1[v][a]"]
    command += ["-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-crf", str(part.clips["crf"])]
    command += ["-preset", part.clips["preset"], "-c:a", "aac"]
    subprocess.run([*command, "-b:a", "128k", str(part.folder / "bare.mp4")], check=True)


def slice_matchreel(part: Part, *, from_share: float = 0.0) -> None:
    """The same stretches as clips of their own, each verified."""
    from matchreel.media.commands import Encoding
    from matchreel.media.cut import ClipRequest, cut_clips

    folder = part.folder / "clips"
    folder.mkdir(exist_ok=True)
    requests = [
        ClipRequest(stretch, folder / f"{index}.mp4", None)
        for index, stretch in enumerate(_stretches(part, from_share=from_share))
    ]
    encoding = Encoding(part.clips["crf"], part.clips["preset"], 128, None, None, 0.0)
    cut_clips(
        video_path=part.video, probe=part.probe, requests=requests, encoding=encoding, ffmpeg="bundled",
        threads=THREADS,
    )  # fmt: skip


def slice_matchreel_late(part: Part) -> None:
    """As many clips of the last third."""
    slice_matchreel(part, from_share=2 / 3)


CASES: dict[str, Callable[[Part], None]] = {
    case.__name__: case
    for case in (
        *DECODERS, backbone_floor, backbone_floor_bf16, features_matchreel, features_bf16, logmel_matchreel,
        score_matchreel, encode_floor, slice_matchreel, slice_matchreel_late, whole_fp32, whole_bf16,
    )
}  # fmt: skip


def main() -> None:
    """Run one case; the last line says its seconds without imports."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    import_heavy(options.case)
    started = time.monotonic()
    CASES[options.case](Part(options.folder))
    print(f"inner seconds: {time.monotonic() - started:.3f}", flush=True)


if __name__ == "__main__":
    main()
