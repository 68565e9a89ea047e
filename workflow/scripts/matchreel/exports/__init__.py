"""exports/: the reel for editors and players, as files that they open."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matchreel.exports.build import build_track
from matchreel.exports.captions import srt_text, webvtt_text
from matchreel.exports.chapters import MIN_CHAPTERS, chapters, chapters_text
from matchreel.exports.edl import edl_text
from matchreel.exports.fcpxml import fcpxml_text
from matchreel.exports.losslesscut import losslesscut_texts
from matchreel.exports.otio import otio_text
from matchreel.exports.records import ReelTrack
from matchreel.media.start_timecode import start_timecode
from matchreel.page.records import PageFacts
from matchreel.records import Probe

log = logging.getLogger("matchreel.exports")

# By the name that reel.exports uses: the file, and what writes it.
_WRITERS: dict[str, tuple[str, Callable[[ReelTrack], str]]] = {
    "otio": ("timeline.otio", otio_text),
    "edl": ("timeline.edl", edl_text),
    "fcpxml": ("timeline.fcpxml", fcpxml_text),
    "srt": ("highlights.srt", srt_text),
    "webvtt": ("highlights.vtt", webvtt_text),
    "chapters": ("chapters.txt", chapters_text),
}


def write_exports(
    *,
    page: PageFacts,
    recordings: Mapping[str, tuple[Path, Probe]],
    folder: Path,
    out_dir: Path,
    exports: Sequence[str],
    export_timecode: str,
    language: str,
) -> None:
    """Write exports/ into a highlights folder that holds its reel: one file for each name of reel.exports.

    recordings: by part, the file and what the probe found in it. out_dir is where the folder will be in the
    end: recordings are named from there. export_timecode: "source" counts each recording from its own
    timecode, "zero" from 0. language: of the titles, "en" or "ko". Without highlights there is no reel, and
    nothing is written.
    """
    if not page.highlights or not exports:
        return
    exports_dir = folder / "exports"
    exports_dir.mkdir()
    track = build_track(
        page=page,
        recordings=recordings,
        reel_path=folder / "reel.mp4",
        exports_dir=out_dir / "exports",
        language=language,
        start_timecodes=_start_timecodes(recordings) if export_timecode == "source" else {},
    )
    for name in exports:
        for file_name, text in _texts(name, track).items():
            (exports_dir / file_name).write_text(text, encoding="utf-8", newline="\n")
    if "chapters" in exports and len(chapters(track)) < MIN_CHAPTERS:
        log.info("%s: fewer than %d chapters: YouTube shows none", page.game, MIN_CHAPTERS)


def _start_timecodes(recordings: Mapping[str, tuple[Path, Probe]]) -> dict[str, str]:
    found = {part: start_timecode(path) for part, (path, probe) in recordings.items() if probe.video}
    return {part: label for part, label in found.items() if label}


def _texts(name: str, track: ReelTrack) -> dict[str, str]:
    if name == "losslesscut":
        return losslesscut_texts(track)
    file_name, write = _WRITERS[name]
    return {file_name: write(track)}
