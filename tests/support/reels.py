"""A tiny game of two numbered parts, and its highlights folder made by cut_highlights."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.highlights import cut_highlights
from matchreel.media.probe import probe_media
from matchreel.notices import Notice
from matchreel.provenance import json_text
from matchreel.records import Probe, Scores
from support.numbered import write_numbered

SETTINGS: dict[str, Any] = {
    "height": "source",
    "crf": 30,
    "preset": "ultrafast",
    "audio_bitrate_kbps": 64,
    "fade_seconds": 0.05,
    "encoder": "libx264",
    "transition": "cut",
    "transition_seconds": 0.5,
    "language": "en",
    "title_card_seconds": 0,
    "lower_third_seconds": 0,
    "loudness_lufs": None,
    "peak_dbtp": -1.5,
    "lossless": False,
    "exports": ["otio", "edl", "fcpxml", "srt", "webvtt", "chapters", "losslesscut"],
    "export_timecode": "source",
    "ffmpeg": "bundled",
}
FACTS: dict[str, Any] = {
    "home": "Reds & 'Co' </script>",
    "away": "한양 유나이티드 ⚽",
    "date": "2030-04-12",
    "kickoff_seconds": {"1": 2.0, "2": 0.0},
    "source": "demo",
}
HIGHLIGHTS = (
    PlannedHighlight("1", 5.013, 9.0, 7.0, "Goal", 0.91, {"video": 0.9, "audio": 0.4}),
    PlannedHighlight("1", 20.0, 24.0, None, "Moment", 0.55, {}),
    PlannedHighlight("2", 33.0, 38.5, 36.0, "Shots on target", 0.7, {"video": 0.6, "audio": 0.7}),
)
PLAN = EditList(
    "tiny", "demo_classifier", ("tiny-a", "tiny-b"), (Notice("no_sound", {"part": "2"}),), HIGHLIGHTS
)


def make_parts(folder: Path, *, sound: tuple[bool, bool] = (True, False)) -> dict[str, Any]:
    """Two parts of 25 and 30 frames a second, 40 s each: the path arguments of cut_highlights."""
    videos, probes, scores = list[Path](), list[Path](), list[Path]()
    for part, rate, has_sound in zip("12", ("25", "30"), sound, strict=True):
        video = write_numbered(
            folder / f"{part}.mkv", rate_fps=rate, num_frames=40 * int(rate), sound=has_sound
        )
        probe_path, scores_path = folder / f"{part}.json", folder / f"{part}.npz"
        probe_media(video_path=video, probe_path=probe_path, game="tiny", part=part)
        write_scores(scores_path, Probe.load(probe_path).duration_seconds)
        videos, probes, scores = [*videos, video], [*probes, probe_path], [*scores, scores_path]
    return {
        "video_paths": videos,
        "probe_paths": probes,
        "scores_paths": scores,
        "kickoff_paths": [],
        "scoreboard_paths": [],
    }


def write_scores(path: Path, duration_seconds: float) -> None:
    """A wave of scores, a window every second."""
    times = np.arange(2.0, duration_seconds - 2.0, 1.0)
    logits = np.sin(times / 5).astype(np.float32)[:, None]
    Scores(logits, times, 4, 1, ("Goal",), "demo_classifier", ("tiny-a",), duration_seconds, 2.0, {}).save(
        path
    )


def cut(paths: dict[str, Any], plan: EditList, out_dir: Path, **changes: Any) -> dict[str, Any]:
    """Run cut_highlights; what highlights.json says."""
    plan_path = out_dir.parent / f"{out_dir.name}-plan.json"
    # As a person may have edited it: `save` refuses what cannot be read again.
    plan_path.parent.mkdir(parents=True, exist_ok=True)
    plan_path.write_text(json_text(asdict(plan)), encoding="utf-8")
    keywords = {**SETTINGS, "facts": FACTS, "threads": 2, **paths, **changes}
    cut_highlights(plan_path=plan_path, out_dir=out_dir, **keywords)
    return json.loads((out_dir / "highlights.json").read_text(encoding="utf-8"))
