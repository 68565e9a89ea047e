"""results/highlights/{game}/: clips, reel, tables and page of an edit list, written whole or not at all."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matchreel import __version__
from matchreel.edit_list import EditList
from matchreel.exports import write_exports
from matchreel.graphics.words import GameNames
from matchreel.highlight_tables import write_tables
from matchreel.kickoff import check_in_recording, check_kickoffs, known_kickoffs
from matchreel.labels import MOMENT
from matchreel.media.cut import Encoding
from matchreel.media.loudness import LoudnessGoal
from matchreel.notices import NOTHING_FOUND, Notice
from matchreel.page import Highlight, PageFacts, part_curves, render_page
from matchreel.page.folder import link_from, with_files
from matchreel.provenance import file_sha256, versions, write_json, written_whole
from matchreel.records import Probe, Scores
from matchreel.reel.cutting import HighlightClip
from matchreel.reel.finish import Finish, FinishedReel, make_reel
from matchreel.reel.plan_check import check_plan
from matchreel.reel_frames import common_rate
from matchreel.stills import write_stills
from matchreel.whole_folders import FILES_KEY, MANIFEST_NAME, file_sizes

_MADE_WITH = ("av", "ffmpeg-python", "imageio-ffmpeg", "numpy", "opencv-python-headless", "OpenTimelineIO")
log = logging.getLogger("matchreel.highlights")


@dataclass(frozen=True)
class Part:
    """One part of the game: its recording, what the probe found in it, and its scores."""

    video_path: Path
    probe: Probe
    scores: Scores


def cut_highlights(
    *,
    plan_path: Path,
    video_paths: list[Path],
    probe_paths: list[Path],
    scores_paths: list[Path],
    kickoff_paths: list[Path],
    out_dir: Path,
    facts: dict[str, Any],
    height: str | int,
    crf: int,
    preset: str,
    audio_bitrate_kbps: int,
    fade_seconds: float,
    encoder: str,
    transition: str,
    transition_seconds: float,
    language: str,
    title_card_seconds: float,
    lower_third_seconds: float,
    loudness_lufs: float | None,
    peak_dbtp: float,
    lossless: bool,
    exports: list[str],
    export_timecode: str,
    ffmpeg: str,
    threads: int,
) -> None:
    """Write clips/, reel.mp4, highlights.json, highlights.csv, index.html and manifest.json into out_dir.

    Beside them thumbnails/, contact_sheet.jpg and poster.jpg where there is a picture, and exports/ with the
    files that `exports` names, in which recordings start as export_timecode says (write_exports).
    video_paths, probe_paths and scores_paths name the game's parts in one order. height: "source" or pixels.
    kickoff_paths holds find_kickoff's estimates for parts whose kick-off facts do not give.
    facts: home, away, date, source (each "" or absent where unknown), kickoff_seconds by part, score_seconds
    (part -> [second, score] of every change) and trained_sources (where the scorer's training games came
    from). An old folder is replaced only once the new one is complete. An edit list without highlights gives
    tables and page that say so, and no video.
    """
    plan = EditList.load(plan_path)
    parts = _parts(video_paths, probe_paths, scores_paths)
    lengths = {part: held.probe.duration_seconds for part, held in parts.items()}
    _check_facts(facts, lengths)
    facts = facts | {"kickoff_seconds": known_kickoffs(facts.get("kickoff_seconds") or {}, kickoff_paths)}
    check_plan(plan, lengths, where=plan_path)
    rows = None if height == "source" else int(height)
    encoding = Encoding(crf, preset, audio_bitrate_kbps, rows, None, fade_seconds, encoder=encoder)
    fade, loudness = transition_seconds * (transition == "crossfade"), LoudnessGoal(loudness_lufs, peak_dbtp)
    finish = Finish(fade, language, title_card_seconds, lower_third_seconds, loudness, lossless)
    with written_whole(out_dir) as folder:
        folder.mkdir()
        reel = write_videos(plan, parts, facts, folder, encoding, finish, ffmpeg=ffmpeg, threads=threads)
        page = _page(plan, parts, facts, reel, finish, out_dir=out_dir)
        wanted = {"exports": exports, "export_timecode": export_timecode}
        _write_beside(page, parts, folder, out_dir, finish, wanted, ffmpeg=ffmpeg, threads=threads)
        inputs = {"plan": plan_path, **_named(parts, probe_paths, scores_paths)}
        settings = {**asdict(encoding), **asdict(finish), "height": height, **wanted}
        settings |= {"ffmpeg": ffmpeg, "facts": facts}
        write_manifest(folder, settings=settings, inputs=inputs)
    _log(page)


def _log(page: PageFacts) -> None:
    # The end of the run says the notes again, for all games (run_notes).
    for notice in page.notices:
        log.warning("%s: note: %s", page.game, notice.text)
    log.info("%s: %d highlights, %.1f s of reel", page.game, len(page.highlights), page.reel_seconds)


def _check_facts(facts: Mapping[str, Any], lengths_seconds: Mapping[str, float]) -> None:
    """ConfigError where games.tsv says of a moment what the recording cannot have."""
    check_kickoffs(facts.get("kickoff_seconds") or {}, lengths_seconds)
    goals = {part: [row[0] for row in rows] for part, rows in (facts.get("score_seconds") or {}).items()}
    check_in_recording(goals, lengths_seconds, column="score")


def write_videos(
    plan: EditList,
    parts: Mapping[str, Part],
    facts: Mapping[str, Any],
    folder: Path,
    encoding: Encoding,
    finish: Finish,
    *,
    ffmpeg: str,
    threads: int,
) -> FinishedReel:
    """Cut clips/ and join reel.mp4 in a folder; nothing is written where there is no highlight."""
    if not plan.highlights:
        return FinishedReel((), (), 0.0, ())
    return make_reel(
        highlights=plan.highlights,
        videos={part: held.video_path for part, held in parts.items()},
        probes={part: held.probe for part, held in parts.items()},
        names=GameNames.of(facts),
        folder=folder,
        encoding=encoding,
        finish=finish,
        ffmpeg=ffmpeg,
        threads=threads,
    )


def _write_beside(
    page: PageFacts,
    parts: Mapping[str, Part],
    folder: Path,
    out_dir: Path,
    finish: Finish,
    wanted: Mapping[str, Any],
    *,
    ffmpeg: str,
    threads: int,
) -> None:
    """Tables, pictures, exports (wanted: which, and how), and last the page that offers them all."""
    recordings = {part: (held.video_path, held.probe) for part, held in parts.items()}
    write_tables(page, folder)
    given: dict[str, Any] = {"page": page, "recordings": recordings, "language": finish.language}
    write_stills(**given, folder=folder, titled_seconds=finish.titled_seconds, ffmpeg=ffmpeg, threads=threads)
    write_exports(**given, folder=folder, out_dir=out_dir, **wanted)
    (folder / "index.html").write_text(render_page(with_files(page, folder)), encoding="utf-8")


def write_manifest(folder: Path, *, settings: Mapping[str, Any], inputs: Mapping[str, Path]) -> None:
    """manifest.json: versions, settings and input checksums, by which a folder's making can be repeated.

    And the folder's files with their sizes: written last, it says what belongs in it.
    """
    write_json(
        folder / MANIFEST_NAME,
        {
            "matchreel": __version__,
            "versions": versions(*_MADE_WITH),
            "settings": settings,
            "inputs_sha256": {name: file_sha256(path) for name, path in inputs.items()},
            FILES_KEY: file_sizes(folder),
        },
    )


def notices_of(plan: EditList, facts: Mapping[str, Any]) -> list[Notice]:
    """What the viewer must know beyond what the edit list says."""
    found = []
    if plan.game in plan.trained_on:
        found.append(Notice("trained_on_this", {"scorer": plan.scorer}))
    source, trained_sources = facts.get("source"), facts.get("trained_sources")
    if plan.trained_on and source and trained_sources and source not in trained_sources:
        values = {"scorer": plan.scorer, "learnt": ", ".join(trained_sources), "source": str(source)}
        found.append(Notice("trained_elsewhere", values))
    if not plan.highlights:
        found.append(Notice(NOTHING_FOUND))
    return [notice for notice in found if notice not in plan.notices]


def recording_notices(plan: EditList, parts: Mapping[str, Part]) -> list[Notice]:
    """What the probe noted of the recordings; a missing picture or sound is said once, by whoever scored."""
    said = {(notice.code, notice.values.get("part")) for notice in plan.notices}
    found = [
        Notice.of_problem(part, problem) for part, held in parts.items() for problem in held.probe.problems
    ]
    return [
        notice for notice in found if (notice.code.removeprefix("probe_"), notice.values["part"]) not in said
    ]


def _parts(
    video_paths: Sequence[Path], probe_paths: Sequence[Path], scores_paths: Sequence[Path]
) -> dict[str, Part]:
    parts = dict[str, Part]()
    for video_path, probe_path, scores_path in zip(video_paths, probe_paths, scores_paths, strict=True):
        probe, scores = Probe.load(probe_path), Scores.load(scores_path)
        probe.check_duration(scores.duration_seconds, scores_path)
        parts[probe.part] = Part(video_path, probe, scores)
    return parts


def _named(
    parts: Mapping[str, Part], probe_paths: Sequence[Path], scores_paths: Sequence[Path]
) -> dict[str, Path]:
    named = {f"video {part}": held.video_path for part, held in parts.items()}
    named |= {f"probe {part}": path for part, path in zip(parts, probe_paths, strict=True)}
    return named | {f"scores {part}": path for part, path in zip(parts, scores_paths, strict=True)}


def _highlight(clip: HighlightClip, reel_start_seconds: float) -> Highlight:
    planned = clip.highlight
    return Highlight(
        part=planned.part,
        start_seconds=clip.interval.start_seconds,
        end_seconds=clip.interval.end_seconds,
        event_seconds=planned.event_seconds,
        label=planned.label or MOMENT,
        score=planned.score,
        clip=f"clips/{clip.clip_path.name}",
        reel_start_seconds=reel_start_seconds,
        why=dict(planned.why),
        id=planned.id,
        notes=planned.notes,
        side=planned.side,
        confidence=planned.confidence,
    )


def _page(
    plan: EditList,
    parts: Mapping[str, Part],
    facts: Mapping[str, Any],
    reel: FinishedReel,
    finish: Finish,
    *,
    out_dir: Path,
) -> PageFacts:
    curves = part_curves(
        [held.probe for held in parts.values()],
        [held.scores for held in parts.values()],
        kickoff_seconds=facts.get("kickoff_seconds") or {},
        sources=[link_from(out_dir, held.video_path) for held in parts.values()],
    )
    return PageFacts(
        game=plan.game,
        home=str(facts.get("home") or ""),
        away=str(facts.get("away") or ""),
        date=str(facts.get("date") or ""),
        scorer=plan.scorer,
        trained_on=plan.trained_on,
        reel_seconds=reel.duration_seconds,
        notices=(
            *plan.notices,
            *recording_notices(plan, parts),
            *reel.notices,
            *notices_of(plan, facts),
        ),
        highlights=tuple(map(_highlight, reel.clips, reel.starts_seconds)),
        parts=curves,
        left_out=plan.left_out,
        is_edited=plan.is_edited,
        budget_seconds=plan.budget_seconds,
        overlap_seconds=finish.crossfade_seconds,
        title_card_seconds=finish.title_card_seconds,
        rate_fps=common_rate(held.probe for held in parts.values()),
    )
