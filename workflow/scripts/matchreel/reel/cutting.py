"""Highlight clips: every highlight of the edit list cut from its part, all in one picture size and rate."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from matchreel.edit_list import PlannedHighlight
from matchreel.graphics.words import half_text, label_text, part_text
from matchreel.labels import slug_of
from matchreel.match_clock import MatchClock
from matchreel.media.colours import is_mapped
from matchreel.media.commands import Encoding, picture_size
from matchreel.media.cropping import CropPath
from matchreel.media.cut import (
    Caption,
    ClipRequest,
    CutClip,
    cut_pictures,
    cut_sounds,
    plan_cuts,
)
from matchreel.media.tools import Slots
from matchreel.notices import Notice
from matchreel.records import Probe
from matchreel.reel_frames import common_rate
from matchreel.timeline import Interval, clock_text

log = logging.getLogger("matchreel.reel")


@dataclass(frozen=True)
class HighlightClip:
    """A highlight and the clip that shows it. interval is what the clip really holds, on the part's clock."""

    highlight: PlannedHighlight
    interval: Interval
    clip_path: Path
    sound_path: Path
    num_frames: int
    rate_fps: Fraction

    def title(self, language: str, clock: MatchClock | None = None) -> str:
        """Its chapter's title: the label, when it is, the half, and the score after it where that was read.

        When it is: the match minute where the screen said it, else the part's clock at the moment shown.
        """
        row, label = self.highlight, label_text(self.highlight.label, language)
        if clock and clock.was_read:
            minute = clock.at(row.part, row.moment_seconds)
            half = half_text(minute.half, language)
            score = clock.score(row.part, row.moment_seconds, label=row.label)
            said = f"{label} {minute.shown(language)}" + (f", {half}" if half and minute.text else "")
            return said + (f" ({score})" if score else "")
        shown = clock_text(self.interval.start_seconds if row.event_seconds is None else row.event_seconds)
        part = part_text(row.part, language)
        return f"{label} {shown}" + (f", {part}" if part else "")


def cut_highlight_clips(
    *,
    highlights: Sequence[PlannedHighlight],
    videos: Mapping[str, Path],
    probes: Mapping[str, Probe],
    clips_dir: Path,
    sounds_dir: Path,
    encoding: Encoding,
    ffmpeg: str,
    threads: int,
    captions: Sequence[Caption | None] = (),
    edges: Sequence[tuple[int, int]] = (),
    crops: Sequence[CropPath | None] = (),
    beside: Callable[[Sequence[Path]], Future[Any]] | None = None,
) -> list[HighlightClip]:
    """Cut all highlights into clips_dir as NN_part_MMmSSs_label.mp4, `threads` at a time, in the given order.

    videos and probes: by part. sounds_dir gets one 48 kHz stereo WAV a clip, for join_reel. captions, crops,
    and edges (frames at start and end that crossfades replace): one a highlight, or none. beside: called with
    the WAVs as soon as all are written; while what it started runs, that takes one of the threads. Raises
    what cut_clips raises.
    """
    unified = common_encoding(probes.values(), encoding)
    by_part: dict[str, list[int]] = defaultdict(list)
    for index, highlight in enumerate(highlights):
        by_part[highlight.part].append(index)
    requests = [
        _request(index, highlight, len(highlights), clips_dir, sounds_dir)
        for index, highlight in enumerate(highlights)
    ]
    requests = _detailed(requests, captions, edges, crops)
    planned = {
        part: plan_cuts(
            video_path=videos[part],
            probe=probes[part],
            requests=[requests[index] for index in indices],
            encoding=unified,
        )
        for part, indices in by_part.items()
    }
    cut_sounds(planned.values(), ffmpeg=ffmpeg, threads=threads)
    paths = [_sound_path(row.clip_path, sounds_dir) for row in requests]
    slots = _slots_left(threads, beside(paths)) if beside else threads
    cuts: dict[int, CutClip] = {}
    for part, indices in by_part.items():
        log.info("cutting %d clips of part %s", len(indices), part)
        done = cut_pictures(planned[part], ffmpeg=ffmpeg, num_at_once=slots)
        cuts |= dict(zip(indices, done, strict=True))
    return [_clip(highlight, cuts[index], sounds_dir) for index, highlight in enumerate(highlights)]


def _slots_left(threads: int, running: Future[Any]) -> Slots:
    """The threads that something which runs beside leaves; the only one is waited for."""
    if threads == 1:
        wait([running])
    return lambda: threads if running.done() else threads - 1


def common_encoding(probes: Iterable[Probe], encoding: Encoding) -> Encoding:
    """The encoding with one picture size and rate for all parts.

    The rate is common_rate's; the size is the largest part's, other shapes get black borders. Where a part
    is HDR, which becomes BT.709, all parts do.
    """
    parts = [probe for probe in probes if probe.video]
    encoding = replace(encoding, as_bt709=any(is_mapped(probe.video) for probe in parts if probe.video))
    largest = max(parts, key=lambda probe: picture_size(probe, encoding), default=None)
    rate = encoding.rate_fps or common_rate(parts)
    if largest is None:
        return replace(encoding, rate_fps=rate)
    width, height = picture_size(largest, encoding)
    return replace(encoding, width=width, height=height, rate_fps=rate)


def clip_name(number: int, highlight: PlannedHighlight, *, num_clips: int) -> str:
    """NN_part_MMmSSs_label.mp4: its place in the reel, part, the part's clock at its start, label."""
    digits = max(2, len(str(num_clips)))
    minutes, seconds = clock_text(max(0.0, highlight.start_seconds)).split(":")
    label = slug_of(highlight.label)
    return f"{number:0{digits}d}_{highlight.part}_{minutes}m{seconds}s_{label}.mp4"


def _request(
    index: int, highlight: PlannedHighlight, num_clips: int, clips_dir: Path, sounds_dir: Path
) -> ClipRequest:
    clip_path = clips_dir / clip_name(index + 1, highlight, num_clips=num_clips)
    interval = Interval(highlight.start_seconds, highlight.end_seconds)
    return ClipRequest(interval, clip_path, _sound_path(clip_path, sounds_dir))


def _detailed(
    requests: list[ClipRequest],
    captions: Sequence[Caption | None],
    edges: Sequence[tuple[int, int]],
    crops: Sequence[CropPath | None],
) -> list[ClipRequest]:
    if captions:
        requests = [replace(row, caption=caption) for row, caption in zip(requests, captions, strict=True)]
    if crops:
        requests = [replace(row, crop=crop) for row, crop in zip(requests, crops, strict=True)]
    if edges:
        requests = [
            replace(row, head_frames=head, tail_frames=tail)
            for row, (head, tail) in zip(requests, edges, strict=True)
        ]
    return requests


def _sound_path(clip_path: Path, sounds_dir: Path) -> Path:
    return sounds_dir / f"{clip_path.stem}.wav"


def _clip(highlight: PlannedHighlight, cut: CutClip, sounds_dir: Path) -> HighlightClip:
    damage = [
        Notice("damaged_here", {"start": clock_text(span.start_seconds), "end": clock_text(span.end_seconds)})
        for span in cut.damage
    ]
    return HighlightClip(
        highlight=replace(highlight, notes=(*highlight.notes, *damage)),
        interval=cut.interval,
        clip_path=cut.clip_path,
        sound_path=_sound_path(cut.clip_path, sounds_dir),
        num_frames=cut.num_frames,
        rate_fps=cut.rate_fps,
    )
