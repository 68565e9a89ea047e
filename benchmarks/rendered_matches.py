"""Render matches of many kinds for measuring, and keep what the steps make of them, not the videos.

    python benchmarks/rendered_matches.py --seeds 201 240 --out matches

A match a seed: difficulty, rate of events and length are drawn from the seed. Each match's folder holds
probe.json, cues.safetensors, bursts.safetensors, Labels-v2.json, truth.json and, unless --unread,
scoreboard.json; one that is there is not made again. About a minute of one core for a match of six minutes,
half of it reading.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.cues import cache_cues  # noqa: E402
from matchreel.events import Event, load_events  # noqa: E402
from matchreel.labels import HIGHLIGHT_LABELS  # noqa: E402
from matchreel.media.audio import extract_audio  # noqa: E402
from matchreel.media.probe import probe_media  # noqa: E402
from matchreel.randomness import generator  # noqa: E402
from matchreel.replays import load_replays  # noqa: E402
from matchreel.scoreboard.find_step import find_score_bug  # noqa: E402
from matchreel.scoreboard.read_step import read_scoreboard  # noqa: E402
from matchreel.synthetic.render import render_game  # noqa: E402
from matchreel.timeline import Interval  # noqa: E402

DONE = "done"
DIFFICULTIES, EVENT_RATES, MINUTES = (0.1, 0.9), (1.5, 5.0), (5.0, 8.0)


@dataclass(frozen=True)
class Match:
    """A rendered match: the folder of what was made of it, and its truth."""

    folder: Path

    @property
    def events(self) -> list[Event]:
        """Goals, penalties and shots, in order."""
        found = load_events(self.folder / "Labels-v2.json", part="1")
        return [event for event in found if event.label in HIGHLIGHT_LABELS]

    @property
    def replays(self) -> list[Interval]:
        """When replays are on the screen."""
        return load_replays(self.folder / "truth.json")

    @property
    def shown_seconds(self) -> list[float]:
        """For each replay, the moment with which what it shows begins."""
        truth = json.loads((self.folder / "truth.json").read_text(encoding="utf-8"))
        rows = sorted(truth["replays"], key=lambda row: float(row["start_seconds"]))
        return [float(row["shows_seconds"]) for row in rows]


def rendered(seed: int, out: Path, config: dict[str, object], *, is_read: bool = True) -> Match:
    """The match of a seed, rendered and read unless it is there."""
    match = Match(out / f"match-{seed}")
    if (match.folder / ("scoreboard.json" if is_read else DONE)).exists():
        return match
    draw = generator(seed, "rendered matches")
    difficulty, rate, minutes = (float(draw.uniform(*span)) for span in (DIFFICULTIES, EVENT_RATES, MINUTES))
    video, made = match.folder / "video" / "1_224p.mkv", match.folder
    render_game(
        game=match.folder.name,
        video_path=video,
        labels_path=made / "Labels-v2.json",
        truth_path=made / "truth.json",
        league_seed=seed,
        difficulty=round(difficulty, 2),
        event_rate=round(rate, 1),
        minutes=round(minutes, 1),
        informative="both",
        ffmpeg="bundled",
        threads=1,
    )
    read(video, made, config, is_read=is_read)
    (made / DONE).touch()
    shutil.rmtree(video.parent)
    return match


def read(video: Path, folder: Path, config: dict[str, object], *, is_read: bool) -> None:
    """What the steps before find_moments make of a recording; is_read: its score bug too."""
    probe, bug, wav = folder / "probe.json", folder / "score_bug.json", folder / "sound.wav"
    media = {"video_path": video, "probe_path": probe}
    common = {"ffmpeg": "bundled", "threads": 1}
    probe_media(**media, game=folder.name, part="1")
    rate_hz = config["audio"]["sample_rate_hz"]  # type: ignore[index]
    extract_audio(**media, wav_path=wav, sample_rate_hz=rate_hz, **common)
    if is_read:
        find_score_bug(**media, score_bug_path=bug, **common)
    cache_cues(
        **media,
        wav_path=wav,
        cues_path=folder / "cues.safetensors",
        bursts_path=folder / "bursts.safetensors",
        score_bug_path=bug if is_read else None,
        strips_path=folder / "strips.safetensors",
        grid_rate_fps=config["excitement"]["grid_rate_fps"],  # type: ignore[index]
        hwaccel="none",
        **common,
    )
    if is_read:
        read_scoreboard(strips_path=folder / "strips.safetensors", scoreboard_path=folder / "scoreboard.json")
    for path in (wav, folder / "strips.safetensors"):
        path.unlink()


def matches_of(seeds: Iterable[int], out: Path, *, is_read: bool = True) -> list[Match]:
    """The matches of these seeds."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    return [rendered(seed, out, config, is_read=is_read) for seed in seeds]


def main() -> None:
    """Render and read the matches of a range of seeds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs=2, required=True, help="first and last seed")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--unread", action="store_true", help="leave out the score bug")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    first, last = options.seeds
    matches_of(range(first, last + 1), options.out, is_read=not options.unread)


if __name__ == "__main__":
    main()
