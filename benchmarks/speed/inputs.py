"""What the cases work on: a rendered segment, repeated to a part, with its probe, sound and settings.

    python benchmarks/speed/inputs.py --folder FOLDER --minutes 45 [--size 720p] [--recording-only]

Sizes: 224p is the renderer's own picture. 720p and 1080p50 are that segment scaled up with a little noise, so
that the encoder has something to say, at the bit rate of such recordings (x264, a keyframe every 2 s).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.media.audio import extract_audio  # noqa: E402
from matchreel.media.probe import probe_media  # noqa: E402
from matchreel.media.tools import ffmpeg_path  # noqa: E402
from matchreel.synthetic.render import render_game  # noqa: E402

CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
SEGMENT_MINUTES = 3
# Width, height, pictures a second, megabits a second.
SIZES = {"720p": (1280, 720, 25, 3), "1080p50": (1920, 1080, 50, 8)}


def render_segment(folder: Path, minutes: float) -> Path:
    """The segment at 224p, shorter for a shorter part; one that is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    segment = folder / f"segment-{min(SEGMENT_MINUTES, minutes):g}min.mkv"
    if not segment.exists():
        render_game(
            game="speed", video_path=segment, labels_path=folder / "labels.json",
            truth_path=folder / "truth.json", league_seed=1, minutes=min(SEGMENT_MINUTES, minutes),
            ffmpeg="bundled", threads=2,
            **{key: CONFIG["demo"][key] for key in ("difficulty", "event_rate", "informative")},
        )  # fmt: skip
    return segment


def scaled(segment: Path, size: str) -> Path:
    """The segment in another size, beside it; one that is there stays."""
    path = segment.with_name(f"{segment.stem}-{size}.mkv")
    if size == "224p" or path.exists():
        return segment if size == "224p" else path
    width, height, rate_fps, megabits = SIZES[size]
    chain = f"scale={width}:{height}:flags=lanczos,setsar=1,fps={rate_fps},noise=alls=6:allf=t:all_seed=1"
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-y", "-i", f"file:{segment}", "-vf", chain]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", f"{megabits}M", "-g", str(2 * rate_fps)]
    part = path.with_suffix(".part.mkv")
    subprocess.run([*command, "-pix_fmt", "yuv420p", "-c:a", "copy", f"file:{part}"], check=True)
    return part.rename(path)


def repeat(segment: Path, part: Path, minutes: float) -> None:
    """The segment again and again, by stream copy."""
    count = max(1, round(minutes / min(SEGMENT_MINUTES, minutes)))
    listed = part.with_suffix(".txt")
    listed.write_text(f"file '{segment.resolve()}'\n" * count, encoding="utf-8")
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-y", "-f", "concat", "-safe", "0"]
    subprocess.run([*command, "-i", str(listed), "-c", "copy", f"file:{part}"], check=True)


def prepare(folder: Path, segment: Path, minutes: float, pixels: int | None) -> None:
    """part.mkv of so many minutes, its probe, its sound, and what the cases work with."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part.mkv"
    repeat(segment, part, minutes)
    probe_media(video_path=part, probe_path=folder / "probe.json", game="speed", part="1")
    extract_audio(
        video_path=part, probe_path=folder / "probe.json", wav_path=folder / "part.wav",
        sample_rate_hz=CONFIG["audio"]["sample_rate_hz"], ffmpeg="bundled", threads=2,
    )  # fmt: skip
    clips = {key: CONFIG["clips"][key] for key in ("crf", "preset")} | {
        "num": max(2, round(60 * minutes / 45))
    }
    features = CONFIG["feature_sets"]["default"] | ({"height": pixels, "width": pixels} if pixels else {})
    (folder / "settings.json").write_text(
        json.dumps({"features": features, "clips": clips}), encoding="utf-8"
    )


def main() -> None:
    """Prepare the folder; the segment lies in its parent, so that folders share it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--size", choices=["224p", *SIZES], default="224p")
    parser.add_argument("--picture-pixels", type=int, help="height and width of the backbone's pictures")
    parser.add_argument("--recording-only", action="store_true", help="no probe, sound and settings")
    parser.add_argument("--seed-weights", action="store_true", help="and random ResNet-50 weights")
    options = parser.parse_args()
    segment = scaled(render_segment(options.folder.parent, options.minutes), options.size)
    if options.recording_only:
        options.folder.mkdir(parents=True, exist_ok=True)
        repeat(segment, options.folder / "part.mkv", options.minutes)
    else:
        prepare(options.folder, segment, options.minutes, options.picture_pixels)
    if options.seed_weights:
        from whole import random_weights

        random_weights(options.folder / "resnet50.pth")


if __name__ == "__main__":
    main()
