"""Where the clips of one part begin in its recording: what is known before anything is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from matchreel.errors import InputError
from matchreel.media.commands import Caption, Cut, Encoding, is_entered_inside_packets, picture_size
from matchreel.media.cropping import CropPath
from matchreel.media.seeking import Entry, find_entries
from matchreel.media.sources import source_at, sources_of
from matchreel.records import Probe
from matchreel.reel_frames import num_frames
from matchreel.timeline import Interval, clock_text

# SOURCE: a group of pictures on a DVD lasts at most 0.72 s.
_RUN_UP_SECONDS = 2


@dataclass(frozen=True)
class ClipRequest:
    """One clip of a part to cut; sound_path gets its sound as 48 kHz stereo 16-bit WAV, before its pictures.

    crop: of the whole height, as wide as the encoding asks; it never leaves the picture.
    head_frames and tail_frames: so many at its start and end can be replaced without touching those between.
    """

    interval: Interval
    clip_path: Path
    sound_path: Path | None
    crop: CropPath | None = None
    caption: Caption | None = None
    head_frames: int = 0
    tail_frames: int = 0

    def key_frames(self, num_frames: int) -> tuple[int, ...]:
        """Where head ends and tail begins."""
        edges = {self.head_frames, num_frames - self.tail_frames}
        return tuple(sorted(edge for edge in edges if 0 < edge < num_frames))


@dataclass(frozen=True)
class PlannedCuts:
    """Clips of one part whose places in the recording are known: what cut_clips does in its two stages."""

    probe: Probe
    cuts: tuple[Cut, ...]


def plan_cuts(
    *, video_path: Path, probe: Probe, requests: Sequence[ClipRequest], encoding: Encoding
) -> PlannedCuts:
    """Where each clip starts; see cut_clips."""
    return PlannedCuts(probe, tuple(_planned(video_path, probe, requests, encoding)))


def _planned(
    video_path: Path, probe: Probe, requests: Sequence[ClipRequest], encoding: Encoding
) -> list[Cut]:
    intervals = [_inside(request.interval, probe) for request in requests]
    starts = [interval.start_seconds for interval in intervals]
    if probe.video:
        entries = [_with_run_up(entry, probe) for entry in find_entries(video_path, probe, starts)]
    else:
        places = [source_at(sources_of(video_path, probe), start) for start in starts]
        entries = [
            Entry(place.zero_seconds + Fraction(start), None, place)
            for place, start in zip(places, starts, strict=True)
        ]
    rate = encoding.rate_fps or (probe.video.rate_fps if probe.video else Fraction(25))
    return [
        Cut(
            video_path=video_path,
            clip_path=request.clip_path,
            sound_path=request.sound_path,
            entry=entry,
            num_frames=num_frames(interval, rate),
            rate_fps=rate,
            size=picture_size(probe, encoding),
            encoding=encoding,
            crop=request.crop,
            caption=request.caption,
            key_frames=request.key_frames(num_frames(interval, rate)),
        )
        for request, interval, entry in zip(requests, intervals, entries, strict=True)
    ]


def _with_run_up(entry: Entry, probe: Probe) -> Entry:
    """Where reading begins inside a picture, it begins some groups early: what counts is decoded whole."""
    if not is_entered_inside_packets(probe) or entry.keyframe_seconds is None:
        return entry
    early = entry.keyframe_seconds - _RUN_UP_SECONDS
    return replace(entry, keyframe_seconds=early if early > entry.source.first_seconds else None)


def _inside(interval: Interval, probe: Probe) -> Interval:
    clamped = interval.clamped(probe.duration_seconds)
    if clamped.duration_seconds <= 0:
        raise InputError(
            f"there is nothing to cut from {clock_text(interval.start_seconds)} to"
            f" {clock_text(interval.end_seconds)}: it ends at {clock_text(probe.duration_seconds)}",
            where=probe.path,
            remedy="Check the labels or the edit list",
        )
    return clamped
