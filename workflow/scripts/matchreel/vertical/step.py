"""results/vertical/{game}/: the upright reel of an edit list, its clips, and where each crop stood."""

from __future__ import annotations

import csv
import logging
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.match_clock import MatchClock
from matchreel.media.commands import Encoding
from matchreel.media.filters import display_size
from matchreel.media.loudness import LoudnessGoal
from matchreel.provenance import write_json, written_whole
from matchreel.records import Probe
from matchreel.reel.cutting import HighlightClip, cut_highlight_clips
from matchreel.reel.joining import join_reel
from matchreel.reel.plan_check import check_plan
from matchreel.vertical.follow import SHAPE, Followed, follow_play, needs_crop
from matchreel.whole_folders import FILES_KEY, MANIFEST_NAME, file_sizes

REEL_NAME, CROPS_NAME = "reel_vertical.mp4", "crops.csv"
COLUMNS = ("clip", "seconds", "part_seconds", "centre_x", "is_reset")
log = logging.getLogger("matchreel.vertical")


def cut_vertical(
    *,
    plan_path: Path,
    video_paths: list[Path],
    probe_paths: list[Path],
    kickoff_paths: list[Path],
    scoreboard_paths: list[Path],
    out_dir: Path,
    facts: dict[str, Any],
    height: int,
    smoothing_seconds: float,
    crf: int,
    preset: str,
    audio_bitrate_kbps: int,
    fade_seconds: float,
    loudness_lufs: float | None,
    peak_dbtp: float,
    language: str,
    ffmpeg: str,
    threads: int,
) -> None:
    """Write reel_vertical.mp4, clips/, crops.csv and manifest.json into out_dir, in 9:16 at `height` pixels.

    video_paths and probe_paths name the game's parts in one order. crops.csv has a row a frame of each clip
    (columns COLUMNS): seconds in the clip and on the part's clock, the crop's middle in pixels of the
    recording shown upright in square pixels, and whether a camera cut starts there. Pictures not wider than
    9:16 get borders and no row. Highlights of parts without a picture are left out, and a warning says so;
    where none is left there is no video. facts, kickoff_paths, scoreboard_paths: as of cut_highlights, for
    the chapters' titles. An old folder is replaced only once the new one is complete.
    """
    plan, probes = EditList.load(plan_path), [Probe.load(path) for path in probe_paths]
    parts = {probe.part: probe for probe in probes}
    clock = MatchClock.load(facts, kickoff_paths, scoreboard_paths)
    check_plan(plan, {part: probe.duration_seconds for part, probe in parts.items()}, where=plan_path)
    shown = _with_picture(plan, parts)
    encoding = Encoding(
        crf, preset, audio_bitrate_kbps, height, None, fade_seconds, width=2 * round(height * SHAPE / 2)
    )
    with written_whole(out_dir) as folder, tempfile.TemporaryDirectory(prefix=".sounds.") as sounds:
        (folder / "clips").mkdir(parents=True)
        follows = _all_followed(shown, parts, smoothing_seconds, ffmpeg=ffmpeg, threads=threads)
        clips = cut_highlight_clips(
            highlights=shown,
            videos=dict(zip(parts, video_paths, strict=True)),
            probes={part: probe for part, probe in parts.items() if probe.video},
            clips_dir=folder / "clips",
            sounds_dir=Path(sounds),
            encoding=encoding,
            ffmpeg=ffmpeg,
            threads=threads,
            crops=[followed.path if followed else None for followed in follows],
        )
        _write_crops(folder / CROPS_NAME, clips, follows, parts)
        if clips:
            _join(
                plan.game, clips, folder / REEL_NAME, encoding, LoudnessGoal(loudness_lufs, peak_dbtp),
                titles=[clip.title(language, clock) for clip in clips], ffmpeg=ffmpeg, threads=threads,
            )  # fmt: skip
        write_json(folder / MANIFEST_NAME, {FILES_KEY: file_sizes(folder)})
    log.info("%s: %d upright clips", plan.game, len(clips))


def _with_picture(plan: EditList, parts: dict[str, Probe]) -> list[PlannedHighlight]:
    """The highlights that can be shown; a note for what cannot."""
    shown = [row for row in plan.highlights if parts[row.part].video]
    for part in sorted({row.part for row in plan.highlights} - {row.part for row in shown}):
        log.warning("%s: note: part %s has no picture: its highlights are left out", plan.game, part)
    if not shown:
        log.warning("%s: note: no highlight to show, so there is no upright reel", plan.game)
    return shown


def _all_followed(
    rows: Sequence[PlannedHighlight],
    parts: Mapping[str, Probe],
    smoothing_seconds: float,
    *,
    ffmpeg: str,
    threads: int,
) -> list[Followed | None]:
    with ThreadPoolExecutor(threads) as pool:
        follow = partial(_followed, smoothing_seconds=smoothing_seconds, ffmpeg=ffmpeg)
        return list(pool.map(lambda row: follow(row, parts[row.part]), rows))


def _followed(
    row: PlannedHighlight, probe: Probe, *, smoothing_seconds: float, ffmpeg: str
) -> Followed | None:
    """The crop of one highlight, on one thread; None where the picture is not wider than 9:16."""
    assert probe.video
    if not needs_crop(probe.video):
        return None
    # The clip starts with the picture on screen at its start, which may have appeared a little earlier.
    interval = row.interval.padded(float(1 / probe.video.rate_fps), 0.0).clamped(probe.duration_seconds)
    return follow_play(
        probe=probe, interval=interval, smoothing_seconds=smoothing_seconds, ffmpeg=ffmpeg, threads=1
    )


def _write_crops(
    crops_path: Path,
    clips: Sequence[HighlightClip],
    follows: Sequence[Followed | None],
    parts: dict[str, Probe],
) -> None:
    with crops_path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for clip, followed in zip(clips, follows, strict=True):
            video = parts[clip.highlight.part].video
            if followed and video:
                writer.writerows(_rows(clip, followed, display_size(video)[0]))


def _rows(clip: HighlightClip, followed: Followed, width: int) -> list[tuple[str, float, float, float, int]]:
    """A row for each frame of a clip."""
    rows = []
    for frame in range(clip.num_frames):
        seconds = float(frame / clip.rate_fps)
        at = clip.interval.start_seconds + seconds
        index = followed.path.index_at(at)
        before = followed.path.index_at(at - float(1 / clip.rate_fps))
        is_reset = frame > 0 and bool(followed.is_reset[before + 1 : index + 1].any())
        centre = round(float(followed.path.centres[index]) * width, 2)
        rows.append((clip.clip_path.name, round(seconds, 4), round(at, 4), centre, int(is_reset)))
    return rows


def _join(
    game: str,
    clips: Sequence[HighlightClip],
    reel_path: Path,
    encoding: Encoding,
    loudness: LoudnessGoal,
    *,
    titles: Sequence[str],
    ffmpeg: str,
    threads: int,
) -> None:
    reel = join_reel(
        clip_paths=[clip.clip_path for clip in clips],
        sound_paths=[clip.sound_path for clip in clips],
        titles=titles,
        reel_path=reel_path,
        encoding=encoding,
        loudness=loudness,
        ffmpeg=ffmpeg,
        threads=threads,
    )
    for notice in reel.notices:
        log.warning("%s: note: %s", game, notice.text)
