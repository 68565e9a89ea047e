"""The reel's pieces, from the rows as they were cut and from the reel that was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from matchreel.exports.records import NO_TIMECODE, Piece, ReelTrack, Source
from matchreel.exports.text import file_name, media_url, one_line, own_file
from matchreel.graphics.words import label_text
from matchreel.media.filters import display_size
from matchreel.media.join import clip_streams, coded_size
from matchreel.page.records import Highlight, PageFacts, PartCurve
from matchreel.page.words import minute_text, title_text
from matchreel.records import Probe
from matchreel.reel_frames import card_frames


def build_track(
    *,
    page: PageFacts,
    recordings: Mapping[str, tuple[Path, Probe]],
    reel_path: Path,
    exports_dir: Path,
    language: str,
    start_timecodes: Mapping[str, str],
) -> ReelTrack:
    """The track of a written reel; recordings by part, exports_dir where the exports will be.

    start_timecodes: of the recordings that are not counted from 0, by part.
    """
    streams, num_frames = clip_streams(reel_path)
    width, height = coded_size(reel_path)
    sources = {
        part: replace(
            _source(part, own_file(video_path), probe, streams.rate_fps, exports_dir),
            start_timecode=start_timecodes.get(part, NO_TIMECODE),
        )
        for part, (video_path, probe) in recordings.items()
    }
    curves = {curve.part: curve for curve in page.parts}
    pieces = [
        replace(
            _piece(number, held, sources[held.part], curves[held.part], streams.rate_fps, language),
            match_score=page.score_after(held),
        )
        for number, held in enumerate(page.highlights, start=1)
    ]
    return ReelTrack(
        game=page.game,
        title=one_line(title_text(page)),
        scorer=page.scorer,
        rate_fps=streams.rate_fps,
        num_frames=num_frames,
        width=width,
        height=height,
        pieces=tuple(pieces),
        card_frames=card_frames(page.title_card_seconds, streams.rate_fps),
        home=one_line(page.home),
        away=one_line(page.away),
    )


def _source(part: str, video_path: Path, probe: Probe, reel_rate_fps: Fraction, exports_dir: Path) -> Source:
    rate = probe.video.rate_fps if probe.video else reel_rate_fps
    width, height = display_size(probe.video) if probe.video else (0, 0)
    return Source(
        part=part,
        name=one_line(file_name(video_path)),
        url=media_url(video_path, exports_dir),
        rate_fps=rate,
        duration_frames=round(probe.duration_seconds * rate),
        width=width,
        height=height,
        sample_rate_hz=probe.audio.sample_rate_hz if probe.audio else 0,
        num_channels=probe.audio.num_channels if probe.audio else 0,
        lead_seconds=max(0.0, probe.zero_seconds - probe.container_start_seconds),
    )


def _piece(
    number: int, held: Highlight, source: Source, curve: PartCurve, rate_fps: Fraction, language: str
) -> Piece:
    return Piece(
        number=number,
        label=one_line(held.label),
        shown_label=one_line(label_text(held.label, language)),
        minute=minute_text(held.moment_seconds, curve, language),
        source=source,
        source_start_frame=round(held.start_seconds * source.rate_fps),
        reel_start_frame=round(held.reel_start_seconds * rate_fps),
        num_frames=max(1, round((held.end_seconds - held.start_seconds) * rate_fps)),
        start_seconds=held.start_seconds,
        end_seconds=held.end_seconds,
        event_seconds=held.event_seconds,
        score=held.score,
        clip=held.clip,
    )
