"""One piece of work a call, so that each can be timed as a process of its own.

    python benchmarks/speed/cases.py CASE --folder FOLDER

The folder holds part.mkv and what protocol.py has prepared beside it (probe.json, part.wav, settings.json).
Cases that are to be compared do the same work: the same pictures of one size, the same seconds of clips.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.media.tools import ffmpeg_path  # noqa: E402
from matchreel.records import Probe  # noqa: E402
from matchreel.timeline import FrameGrid, Interval  # noqa: E402

THREADS = 2
BATCH_STEPS = 16
CLIP_SECONDS = 15.0


class Part:
    """The folder's recording, its probe and the feature set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.video = folder, folder / "part.mkv"
        self.probe = Probe.load(folder / "probe.json")
        held = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        self.settings: dict[str, Any] = held["features"]
        self.clips: dict[str, Any] = held["clips"]
        self.height, self.width = int(self.settings["height"]), int(self.settings["width"])
        self.grid = FrameGrid.over(
            self.probe.duration_seconds, Fraction(self.settings["frame_rate_fps"]).limit_denominator()
        )

    def is_wanted(self, index: int, rate_fps: float) -> int:
        """How many grid steps show picture `index` of a constant rate: those whose centre lies in it."""
        first, last = index / rate_fps, (index + 1) / rate_fps
        per_second = float(self.grid.rate_fps)
        return int(np.ceil(last * per_second - 0.5)) - int(np.ceil(first * per_second - 0.5))


def decode_floor(part: Part) -> None:
    """ffmpeg alone: decode, thin out, scale, throw away."""
    chain = f"fps={float(part.grid.rate_fps):g},scale={part.width}:{part.height}"
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-threads", str(THREADS)]
    command += ["-i", f"file:{part.video}", "-an", "-vf", chain, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def decode_opencv(part: Part) -> None:
    """The loop that everybody writes."""
    import cv2

    capture, held, index = cv2.VideoCapture(str(part.video)), 0, 0
    rate = capture.get(cv2.CAP_PROP_FPS)
    while capture.grab():
        for _ in range(part.is_wanted(index, rate)):
            _, picture = capture.retrieve()
            small = cv2.resize(picture, (part.width, part.height), interpolation=cv2.INTER_AREA)
            cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
            held += 1
        index += 1
    _expect(held, part)


def decode_pyav(part: Part) -> None:
    """The same with PyAV, its frames scaled by libswscale."""
    import av

    held = 0
    with av.open(str(part.video)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", THREADS
        rate = float(stream.average_rate or 25)
        for index, frame in enumerate(container.decode(stream)):
            for _ in range(part.is_wanted(index, rate)):
                frame.reformat(part.width, part.height, format="rgb24").to_ndarray()
                held += 1
    _expect(held, part)


def _expect(held: int, part: Part) -> None:
    if abs(held - part.grid.num_steps) > 2:
        sys.exit(f"{held} pictures instead of {part.grid.num_steps}")


def decode_matchreel(part: Part) -> None:
    """read_frames as cache_tensors calls it."""
    from matchreel.media.decode import read_frames

    batches = read_frames(
        probe=part.probe, grid=part.grid, height=part.height, width=part.width, fit="squash",
        ffmpeg="bundled", threads=THREADS, batch_steps=BATCH_STEPS, pixel_format="rgb24",
    )  # fmt: skip
    _expect(sum(len(batch) for batch in batches), part)


def backbone_floor(part: Part) -> None:
    """The bare backbone on random tensors: as many, of the same shape."""
    import torch

    from matchreel.backbones import load_backbone
    from matchreel.torch_shim import set_up_torch

    set_up_torch(threads=THREADS, gpu=0, seed=0)
    network, _ = load_backbone(part.settings["backbone"], None)
    network.eval()
    batch = torch.randint(0, 256, (BATCH_STEPS, part.height, part.width, 3), dtype=torch.uint8)
    with torch.inference_mode():
        for first in range(0, part.grid.num_steps, BATCH_STEPS):
            network(batch[: part.grid.num_steps - first])


def features_matchreel(part: Part) -> None:
    """The step cache_tensors: pictures through the backbone, and log-mel."""
    from matchreel.features import cache_tensors

    cache_tensors(
        video_path=part.video, wav_path=part.folder / "part.wav", probe_path=part.folder / "probe.json",
        weights_path=None, features_path=part.folder / "features.safetensors", ffmpeg="bundled",
        threads=THREADS, gpu=0, **part.settings,
    )  # fmt: skip


def logmel_matchreel(part: Part) -> None:
    """The log-mel spectrum of the whole part."""
    from matchreel.logmel import MelSettings, log_mel

    settings = MelSettings(*(part.settings[key] for key in ("n_fft", "hop_samples", "num_mels")))
    if log_mel(part.folder / "part.wav", grid=part.grid, settings=settings) is None:
        sys.exit("no sound")


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
    command += [
        "-filter_complex",
        f"{streams}concat=n={len(stretches)}:v=1:a=1[v][a]",
        "-map",
        "[v]",
        "-map",
        "[a]",
    ]
    command += [
        "-c:v",
        "libx264",
        "-crf",
        str(part.clips["crf"]),
        "-preset",
        part.clips["preset"],
        "-c:a",
        "aac",
    ]
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
        decode_floor, decode_opencv, decode_pyav, decode_matchreel, backbone_floor, features_matchreel,
        logmel_matchreel, score_matchreel, encode_floor, slice_matchreel, slice_matchreel_late,
    )
}  # fmt: skip


def main() -> None:
    """Run one case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    CASES[options.case](Part(options.folder))


if __name__ == "__main__":
    main()
