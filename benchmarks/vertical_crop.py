"""The upright crop on rendered games, where the ball's place is known: how much of wide-shot time shows it.

    python benchmarks/vertical_crop.py --seeds 201 202 203 --difficulties 0.3 0.5 0.8 --out FOLDER

Seed i is rendered at difficulty i (FOLDER keeps the games). The crop is planned, not encoded, for whole games
cut into stretches of --stretch seconds, and for a stretch around every labelled highlight. Counted are the
frames of wide views that show the ball; beside it stands a crop that stays in the middle.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.media.probe import probe_file  # noqa: E402
from matchreel.records import Probe  # noqa: E402
from matchreel.synthetic.ball import BallTrack, track_ball  # noqa: E402
from matchreel.synthetic.camera import HEIGHT, WIDTH  # noqa: E402
from matchreel.synthetic.render import render_game  # noqa: E402
from matchreel.timeline import Interval  # noqa: E402
from matchreel.vertical.follow import SHAPE, follow_play  # noqa: E402

HALF_CROP_PIXELS = float(HEIGHT * SHAPE / 2)
HIGHLIGHTS = ("Goal", "Penalty", "Shots on target", "Shots off target")
BEFORE_SECONDS, AFTER_SECONDS = 8.0, 5.0


@dataclass(frozen=True)
class Measured:
    """Frames of wide views that show the ball: (N,) misses in pixels of both crops; and the path's motion."""

    followed: npt.NDArray[np.float64]
    fixed: npt.NDArray[np.float64]
    most_speed: float  # source pixels per second, within takes
    most_acceleration: float  # source pixels per second squared, within takes

    def line(self, name: str) -> str:
        """One line of the report."""
        shares = [float(np.mean(held <= HALF_CROP_PIXELS)) for held in (self.followed, self.fixed)]
        return (
            f"{name:<28} frames {len(self.followed):6d}  ball inside: followed {shares[0]:7.2%}  "
            f"fixed {shares[1]:7.2%}  at most {self.most_speed:.0f} px/s, {self.most_acceleration:.0f} px/s2"
        )


def measure(probe: Probe, track: BallTrack, stretches: list[Interval], smoothing_seconds: float) -> Measured:
    """The misses over stretches."""
    followed, fixed = list[npt.NDArray[np.float64]](), list[npt.NDArray[np.float64]]()
    speeds, bends = [0.0], [0.0]
    for stretch in stretches:
        crop = follow_play(
            probe=probe, interval=stretch, smoothing_seconds=smoothing_seconds, ffmpeg="bundled", threads=1
        )
        times = track.times_seconds
        chosen = (times >= stretch.start_seconds) & (times < stretch.end_seconds) & track.is_seen
        path = crop.path.centres * WIDTH
        places = np.array([path[crop.path.index_at(float(at))] for at in times[chosen]])
        followed.append(np.abs(track.x[chosen] - places))
        fixed.append(np.abs(track.x[chosen] - WIDTH / 2))
        speed = np.abs(np.diff(path)) * float(crop.path.rate_fps)
        speeds.append(float(np.max(speed[~crop.is_reset[1:]], initial=0.0)))
        near_reset = np.convolve(crop.is_reset, np.ones(3), mode="same") > 0
        bend = np.abs(np.diff(path, 2)) * float(crop.path.rate_fps) ** 2
        bends.append(float(np.max(bend[~near_reset[1:-1]], initial=0.0)))
    return Measured(np.concatenate(followed), np.concatenate(fixed), max(speeds), max(bends))


def stretches_of(
    probe: Probe, labels_path: Path, stretch_seconds: float
) -> tuple[list[Interval], list[Interval]]:
    """The whole part in stretches, and a stretch around every labelled highlight."""
    duration = probe.duration_seconds
    starts = np.arange(0, duration - 1, stretch_seconds)
    whole = [Interval(float(at), min(float(at) + stretch_seconds, duration)) for at in starts]
    rows = json.loads(labels_path.read_text(encoding="utf-8"))["annotations"]
    moments = [int(row["position"]) / 1000 for row in rows if row["label"] in HIGHLIGHTS]
    return whole, [Interval(at - BEFORE_SECONDS, at + AFTER_SECONDS).clamped(duration) for at in moments]


def main() -> None:
    """Render what is missing, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[201, 202, 203])
    parser.add_argument("--difficulties", type=float, nargs="+", default=[0.3, 0.5, 0.8])
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--stretch", type=float, default=15.0, help="seconds")
    parser.add_argument("--smoothing-seconds", type=float, default=1.5)
    parser.add_argument("--only", choices=("whole", "highlights"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    found: dict[str, list[Measured]] = {"whole": [], "highlights": []}
    for seed, difficulty in zip(options.seeds, options.difficulties, strict=True):
        game = "demo-01"
        folder = options.out / f"league-{seed}" / game
        facts = {
            "game": game, "league_seed": seed, "difficulty": difficulty, "event_rate": 5.0,
            "minutes": options.minutes, "informative": "both",
        }  # fmt: skip
        video_path, labels_path = folder / "1_224p.mkv", folder / "Labels-v2.json"
        if not video_path.exists():
            render_game(
                **facts, video_path=video_path, labels_path=labels_path, truth_path=folder / "truth.json",
                ffmpeg="bundled", threads=1,
            )  # fmt: skip
        probe, track = probe_file(video_path, game=game, part="1"), track_ball(**facts)
        whole, highlights = stretches_of(probe, labels_path, options.stretch)
        shown = track.is_seen.sum() / max(1, track.is_wide.sum())
        print(
            f"seed {seed}, difficulty {difficulty}: {shown:.1%} of wide-shot time shows the ball", flush=True
        )
        for name, stretches in (("whole", whole), ("highlights", highlights)):
            if options.only in (None, name):
                found[name].append(measure(probe, track, stretches, options.smoothing_seconds))
                print(found[name][-1].line(f"seed {seed}, {name}"), flush=True)
    for name, held in found.items():
        if held:
            joined = (np.concatenate([getattr(m, key) for m in held]) for key in ("followed", "fixed"))
            most = (max(getattr(m, key) for m in held) for key in ("most_speed", "most_acceleration"))
            print(Measured(*joined, *most).line(f"all seeds, {name}"))


if __name__ == "__main__":
    main()
