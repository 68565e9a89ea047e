"""What the cases work on: a rendered segment, repeated to a part, with its probe, sound and settings.

python benchmarks/speed/inputs.py --folder FOLDER --minutes 45
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


def prepare(folder: Path, minutes: float) -> None:
    """part.mkv of so many minutes, its probe, its sound, and what the cases work with."""
    folder.mkdir(parents=True, exist_ok=True)
    segment, part = folder / "segment.mkv", folder / "part.mkv"
    if not segment.exists():
        render_game(
            game="speed", video_path=segment, labels_path=folder / "labels.json",
            truth_path=folder / "truth.json", league_seed=1, minutes=min(SEGMENT_MINUTES, minutes),
            ffmpeg="bundled", threads=2,
            **{key: CONFIG["demo"][key] for key in ("difficulty", "event_rate", "informative")},
        )  # fmt: skip
    repeat(segment, part, minutes)
    probe_media(video_path=part, probe_path=folder / "probe.json", game="speed", part="1")
    extract_audio(
        video_path=part, probe_path=folder / "probe.json", wav_path=folder / "part.wav",
        sample_rate_hz=CONFIG["audio"]["sample_rate_hz"], ffmpeg="bundled", threads=2,
    )  # fmt: skip
    clips = {key: CONFIG["clips"][key] for key in ("crf", "preset")} | {
        "num": max(2, round(60 * minutes / 45))
    }
    settings = {"features": CONFIG["feature_sets"]["default"], "clips": clips}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


def repeat(segment: Path, part: Path, minutes: float) -> None:
    """The segment again and again, by stream copy."""
    count = max(1, round(minutes / SEGMENT_MINUTES))
    (part.parent / "list.txt").write_text(f"file '{segment.name}'\n" * count, encoding="utf-8")
    command = [ffmpeg_path("bundled"), "-nostdin", "-v", "error", "-y", "-f", "concat", "-i", "list.txt"]
    subprocess.run([*command, "-c", "copy", part.name], check=True, cwd=part.parent)


def main() -> None:
    """Prepare the folder; a segment that is there stays."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=45)
    options = parser.parse_args()
    prepare(options.folder, options.minutes)


if __name__ == "__main__":
    main()
