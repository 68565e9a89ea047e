"""Cut clips: fast wherever they lie, exact to one frame, checked after writing.

Each clip starts with the picture on screen at its interval's start. ffmpeg is set down on the keyframe before
that picture; pictures and sound are then placed by their timestamps, never by counting.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from matchreel.errors import InputError, MatchreelError, OutputError, ToolError
from matchreel.media.clip_sounds import cut_changing_sounds, is_changing
from matchreel.media.commands import (
    Caption,
    Cut,
    Encoding,
    commands_path_of,
    cut_arguments,
    is_entered_inside_packets,
    lefts_of,
    picture_size,
    sound_arguments,
)
from matchreel.media.cropping import CropPath, write_commands
from matchreel.media.damage import damage_in_clip
from matchreel.media.seeking import Entry, find_entries
from matchreel.media.sources import source_at, sources_of
from matchreel.media.tools import Job, Slots, run_many
from matchreel.media.verify import ClipFacts, verify_clip
from matchreel.records import Probe
from matchreel.reel_frames import num_frames
from matchreel.timeline import Interval, clock_text

__all__ = ["Caption", "ClipRequest", "CutClip", "Encoding", "cut_clip", "cut_clips"]

log = logging.getLogger("matchreel.media")

# How much earlier to start reading where a clip came out wrong; at last from the recording's beginning.
_BACK_SECONDS = (12.0, math.inf)
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
class CutClip:
    """What a clip really shows: its interval on the part's clock and its constant rate.

    damage: the stretches, on the part's clock, whose pictures are damaged in the recording.
    """

    interval: Interval
    clip_path: Path
    num_frames: int
    rate_fps: Fraction
    damage: tuple[Interval, ...] = ()


def cut_clip(
    *, video_path: Path, probe: Probe, interval: Interval, clip_path: Path, encoding: Encoding, ffmpeg: str
) -> CutClip:
    """Cut one clip; see cut_clips."""
    request = ClipRequest(interval, clip_path, None)
    (cut,) = cut_clips(
        video_path=video_path, probe=probe, requests=[request], encoding=encoding, ffmpeg=ffmpeg, threads=1
    )
    return cut


def cut_clips(
    *,
    video_path: Path,
    probe: Probe,
    requests: Sequence[ClipRequest],
    encoding: Encoding,
    ffmpeg: str,
    threads: int,
) -> list[CutClip]:
    """Cut many clips of one part, `threads` at a time; the container is chosen by suffix.

    A clip's bytes depend on its request and encoding alone, not on threads or neighbours. Intervals are
    clamped to the part. Raises InputError for an interval outside the part, ToolError where ffmpeg fails,
    OutputError where a written clip is not as asked.
    """
    with _sounds_beside(requests, probe) as given:
        planned = plan_cuts(video_path=video_path, probe=probe, requests=given, encoding=encoding)
        cut_sounds([planned], ffmpeg=ffmpeg, threads=threads)
        return cut_pictures(planned, ffmpeg=ffmpeg, num_at_once=threads)


@contextmanager
def _sounds_beside(requests: Sequence[ClipRequest], probe: Probe) -> Iterator[list[ClipRequest]]:
    """The same requests; where the sound changes its format, each has a WAV, for so long as it is cut."""
    if not is_changing(probe):
        yield list(requests)
        return
    given = [
        row if row.sound_path else replace(row, sound_path=row.clip_path.with_suffix(".sound.wav"))
        for row in requests
    ]
    try:
        yield given
    finally:
        for row, asked in zip(given, requests, strict=True):
            if row.sound_path and not asked.sound_path:
                row.sound_path.unlink(missing_ok=True)


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


def cut_sounds(parts: Iterable[PlannedCuts], *, ffmpeg: str, threads: int) -> None:
    """Write the WAVs that were asked for, which takes a tenth of the time of the pictures."""
    rows = list[tuple[Cut, Probe]]()
    for part in parts:
        if is_changing(part.probe):
            cut_changing_sounds(part.cuts, part.probe)
        else:
            rows += [(cut, part.probe) for cut in part.cuts if cut.sound_path]
    for _ in range(2):
        jobs = [
            Job(sound_arguments(cut, probe), "cutting the sound of a clip", _where(cut, probe))
            for cut, probe in rows
        ]
        failed: dict[int, ToolError] = {}
        for _ in run_many(jobs, ffmpeg=ffmpeg, num_at_once=threads, failed=failed):
            pass
        lasting = [error for index, error in failed.items() if not rows[index][0].is_strict]
        if lasting:
            raise lasting[0]
        # What could not be decoded, mostly before the clip begins, is left out.
        rows = [(replace(rows[index][0], is_strict=False), rows[index][1]) for index in failed]


def cut_pictures(planned: PlannedCuts, *, ffmpeg: str, num_at_once: Slots) -> list[CutClip]:
    """Write the clips, with the sound of cut_sounds where it has written any."""
    pending = dict(enumerate(planned.cuts))
    with _crops_written(planned.cuts, planned.probe):
        done = _cut_until_right(pending, planned.probe, ffmpeg=ffmpeg, num_at_once=num_at_once)
    return [_result(done[index], planned.probe) for index in range(len(planned.cuts))]


@contextmanager
def _crops_written(cuts: Sequence[Cut], probe: Probe) -> Iterator[None]:
    """Beside each clip the moves of its crop, while it is cut."""
    paths = {commands_path_of(cut): cut for cut in cuts if cut.crop}
    try:
        for path, cut in paths.items():
            write_commands(path, lefts_of(cut, probe), cut.rate_fps)
        yield
    finally:
        for path in paths:
            path.unlink(missing_ok=True)


def _cut_until_right(
    pending: dict[int, Cut], probe: Probe, *, ffmpeg: str, num_at_once: Slots
) -> dict[int, Cut]:
    """Cut them; those that came out wrong again, read from earlier on. Returns how each was cut at last."""
    done, backs = dict(pending), {index: iter(_BACK_SECONDS) for index in pending}
    while pending:
        wrong = _cut_all(pending, probe, ffmpeg=ffmpeg, num_at_once=num_at_once)
        done |= pending
        log.debug("%s: %d clips again, less strictly or from earlier on", probe.path, len(wrong))
        pending = {index: _again(pending[index], error, backs[index]) for index, error in wrong.items()}
    return done


def _again(cut: Cut, error: MatchreelError, backs: Iterator[float]) -> Cut:
    """How to cut it once more; the error where everything has been tried."""
    if isinstance(error, ToolError) and cut.is_strict:
        # What cannot be decoded mostly comes before the clip; where it is inside, the clip is marked.
        return replace(_from_earlier(cut, _BACK_SECONDS[0]), is_strict=False)
    back_seconds = next(backs, None)
    if back_seconds is None:
        raise error
    return _from_earlier(cut, back_seconds)


def _cut_all(
    pending: Mapping[int, Cut], probe: Probe, *, ffmpeg: str, num_at_once: Slots
) -> dict[int, MatchreelError]:
    """Cut and verify; returns what failed or came out wrong, by index."""
    indices = list(pending)
    jobs = [Job(cut_arguments(cut, probe), "cutting a clip", _where(cut, probe)) for cut in pending.values()]
    wrong, failed = dict[int, MatchreelError](), dict[int, ToolError]()
    for done in run_many(jobs, ffmpeg=ffmpeg, num_at_once=num_at_once, failed=failed):
        cut = pending[indices[done]]
        try:
            verify_clip(cut.clip_path, expected=_expected(cut), where=_where(cut, probe))
        except OutputError as error:
            wrong[indices[done]] = error
    return wrong | {indices[index]: error for index, error in failed.items()}


def _from_earlier(cut: Cut, back_seconds: float) -> Cut:
    """Some containers cannot set ffmpeg down on the very keyframe asked for; an earlier one serves."""
    keyframe = cut.entry.keyframe_seconds
    earlier = None if keyframe is None or math.isinf(back_seconds) else keyframe - Fraction(back_seconds)
    return replace(cut, entry=replace(cut.entry, keyframe_seconds=earlier))


def _with_run_up(entry: Entry, probe: Probe) -> Entry:
    """Where reading begins inside a picture, it begins some groups early: what counts is decoded whole."""
    if not is_entered_inside_packets(probe) or entry.keyframe_seconds is None:
        return entry
    early = entry.keyframe_seconds - _RUN_UP_SECONDS
    return replace(entry, keyframe_seconds=early if early > entry.source.first_seconds else None)


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


def _where(cut: Cut, probe: Probe) -> str:
    """The recording and the moment, as users know them."""
    return f"{cut.video_path} at {clock_text(float(cut.entry.moment_seconds))}"


def _expected(cut: Cut) -> ClipFacts:
    width, height = cut.size
    return ClipFacts(num_frames=cut.num_frames, rate_fps=cut.rate_fps, width=width, height=height)


def _result(cut: Cut, probe: Probe) -> CutClip:
    start = float(cut.entry.moment_seconds)
    end = start + float(cut.num_frames / cut.rate_fps)
    shown = Interval(start, end)
    damage = (
        () if cut.is_strict or not probe.video else damage_in_clip(cut.video_path, probe, cut.entry, shown)
    )
    return CutClip(shown, cut.clip_path, cut.num_frames, cut.rate_fps, damage)
