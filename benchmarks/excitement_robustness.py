"""How much the untrained scorer depends on its constants: hits over random settings of all of them.

    python benchmarks/excitement_robustness.py --video 1.mkv --labels Labels-v2.json --out table.csv

Each setting multiplies every constant by a factor of its own from 0.7 to 1.3: those of the picture cues, of
excitement, of the spacing, and window and stride. The pictures are decoded once for each of three grid rates
(0.7, 1 and 1.3 times the configured one) and kept in memory (100 MB per half hour each); a setting draws one
of the three. Setting 0 is the shipped one. An event is hit if it lies inside the reel.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.budget import Budget  # noqa: E402
from matchreel.cues import Cues  # noqa: E402
from matchreel.cues.pictures import CONSTANTS, PictureConstants, Pictures  # noqa: E402
from matchreel.cues.sound import loudness_db  # noqa: E402
from matchreel.cues.step import cue_view, picture_curves  # noqa: E402
from matchreel.events import Event, load_events  # noqa: E402
from matchreel.excitement import CueConstants, excitement_scores  # noqa: E402
from matchreel.media.audio import extract_audio  # noqa: E402
from matchreel.media.probe import probe_file  # noqa: E402
from matchreel.media.views import read_views  # noqa: E402
from matchreel.randomness import generator  # noqa: E402
from matchreel.records import Float32, Probe, Scores  # noqa: E402
from matchreel.selection import untrained_reel  # noqa: E402
from matchreel.spotting import Shape  # noqa: E402
from matchreel.timeline import FrameGrid, parse_rate  # noqa: E402
from matchreel.untrained import SPACING_SHARE, Spacing  # noqa: E402

SPREAD = 0.3
RATE_FACTORS = (Fraction(7, 10), Fraction(1), Fraction(13, 10))
# Constants that are shares of something: never above 1.
SHARES = {
    "open_share",
    "edge_share",
    "live_share",
    "forget_share",
    "min_side",
    "wide_open_share",
    "wide_body_share",
}
log = logging.getLogger("matchreel")


@dataclass(frozen=True)
class Recording:
    """A part in memory: its pictures and its loudness on each of the grids, and its events."""

    probe: Probe
    grids: list[FrameGrid]
    pictures: list[list[Pictures]]
    loudness: list[Float32 | None]
    events: list[Event]


def read_recording(video_path: Path, labels_path: Path, part: str, config: dict[str, Any]) -> Recording:
    """Decode a part once per grid rate."""
    probe = probe_file(video_path, game="trial", part=part)
    rate = parse_rate(config["excitement"]["grid_rate_fps"])
    grids = [FrameGrid.over(probe.duration_seconds, rate * factor) for factor in RATE_FACTORS]
    with tempfile.TemporaryDirectory() as folder:
        wav_path, probe_path = Path(folder) / "sound.wav", Path(folder) / "probe.json"
        probe.save(probe_path)
        extract_audio(
            video_path=video_path,
            probe_path=probe_path,
            wav_path=wav_path,
            sample_rate_hz=config["audio"]["sample_rate_hz"],
            ffmpeg=config["ffmpeg"],
            threads=1,
        )
        loudness = [loudness_db(wav_path, grid) for grid in grids]
    assert probe.video
    pictures: list[list[Pictures]] = [[] for _ in grids]
    views = [cue_view(probe.video, grid) for grid in grids]
    for index, batch in read_views(probe=probe, views=views, ffmpeg=config["ffmpeg"], threads=1):
        pictures[index].append(batch)
    return Recording(probe, grids, pictures, loudness, load_events(labels_path, part=part))


def varied(values: dict[str, float], factors: dict[str, float]) -> dict[str, float]:
    """Each value times its factor; shares stay at most 1."""
    held = {name: value * factors.get(name, 1.0) for name, value in values.items()}
    return {name: min(value, 1.0) if name in SHARES else value for name, value in held.items()}


def scores_of(
    recording: Recording, config: dict[str, Any], factors: dict[str, float], rate_index: int
) -> Scores | None:
    """Cues and scores of a recording with every constant multiplied by its factor."""
    grid = recording.grids[rate_index]
    constants = PictureConstants(**varied(asdict(CONSTANTS), factors))
    curves = picture_curves(recording.pictures[rate_index], grid, constants)
    loudness = recording.loudness[rate_index]
    if loudness is not None:
        curves["loudness_db"] = loudness
    cues = Cues(curves, grid, recording.probe.duration_seconds, "trial", recording.probe.part)
    excitement = {key: value for key, value in config["excitement"].items() if key != "grid_rate_fps"}
    return excitement_scores(
        cues, CueConstants(**varied(excitement, factors)), **varied(dict(config["scoring"]), factors)
    )


def hits(
    recording: Recording,
    scores: Scores | None,
    config: dict[str, Any],
    factors: dict[str, float],
    minutes: float,
) -> dict[str, int]:
    """How many goals and shots lie inside a reel of so many minutes."""
    if scores is None:
        return {"goals": 0, "shots": 0}
    part, total = recording.probe.part, recording.probe.duration_seconds
    spacing = Spacing(
        config["selection"]["min_apart_seconds"] * factors.get("min_apart_seconds", 1.0),
        SPACING_SHARE * factors.get("spacing_share", 1.0),
    )
    rows = untrained_reel(
        {part: scores},
        shape=Shape(0.0, 0.0, config["selection"]["merge_gap_seconds"], {part: total}),
        budget=Budget(min(60 * minutes, total), 0.0, 0.0, None),
        spacing=spacing,
    )
    found = [
        event
        for event in recording.events
        if any(row.interval.contains(event.position_seconds) for row in rows)
    ]
    return {
        "goals": sum(event.label in ("Goal", "Penalty") for event in found),
        "shots": sum(event.label.startswith("Shots") for event in found),
    }


def settings(config: dict[str, Any], count: int, seed: int) -> list[tuple[dict[str, float], int]]:
    """The shipped setting, then `count` random ones: (factor by constant, index of the grid rate)."""
    names = [
        *asdict(CONSTANTS),
        *config["excitement"],
        *config["scoring"],
        "min_apart_seconds",
        "spacing_share",
    ]
    draw = generator(seed, "excitement robustness")
    rows: list[tuple[dict[str, float], int]] = [({}, 1)]
    for _ in range(count):
        factors = draw.uniform(1 - SPREAD, 1 + SPREAD, size=len(names))
        rows.append((dict(zip(names, map(float, factors), strict=True)), int(draw.integers(3))))
    return rows


def measured(
    recording: Recording, config: dict[str, Any], *, count: int, seed: int, minutes: list[float]
) -> pd.DataFrame:
    """A row per setting and reel length: setting, minutes, goals, shots."""
    rows = list[dict[str, float]]()
    for index, (factors, rate_index) in enumerate(settings(config, count, seed)):
        scores = scores_of(recording, config, factors, rate_index)
        rows += [
            {"setting": index, "minutes": length} | hits(recording, scores, config, factors, length)
            for length in minutes
        ]
        log.info("setting %d of %d: %s", index, count, rows[-1])
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, recording: Recording) -> str:
    """What was hit by the shipped setting and how the random ones spread, a line per reel length and kind."""
    lines = []
    for length, rows in table.groupby("minutes"):
        for kind in ("goals", "shots"):
            wanted = ("Goal", "Penalty") if kind == "goals" else ("Shots on target", "Shots off target")
            total = sum(event.label in wanted for event in recording.events)
            shipped = int(rows.loc[rows["setting"] == 0, kind].iloc[0])
            counts = rows.loc[rows["setting"] > 0, kind].value_counts().sort_index(ascending=False)
            spread = ", ".join(f"{hit}: {times}" for hit, times in counts.items())
            mean = rows.loc[rows["setting"] > 0, kind].mean()
            lines.append(
                f"{length:g} min, {kind} of {total}: shipped {shipped}; random mean {mean:.2f} ({spread})"
            )
    return "\n".join(lines)


def main() -> None:
    """Read the arguments, measure, write the table, say the distribution."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--part", default="1")
    parser.add_argument("--settings", type=int, default=50)
    parser.add_argument("--minutes", type=float, nargs="+", default=[3.0, 5.0, 8.0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="CSV, a row per setting and length")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    recording = read_recording(options.video, options.labels, options.part, config)
    table = measured(recording, config, count=options.settings, seed=options.seed, minutes=options.minutes)
    if options.out:
        table.to_csv(options.out, index=False, lineterminator="\n")
    print(summary(table, recording))


if __name__ == "__main__":
    main()
