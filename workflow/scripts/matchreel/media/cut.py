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

from matchreel.errors import MatchreelError, OutputError, ToolError
from matchreel.media.clip_sounds import cut_changing_sounds, is_changing
from matchreel.media.commands import (
    Caption,
    Cut,
    Encoding,
    commands_path_of,
    cut_arguments,
    lefts_of,
    sound_arguments,
)
from matchreel.media.cropping import write_commands
from matchreel.media.damage import damage_in_clip
from matchreel.media.planned_cuts import ClipRequest, PlannedCuts, plan_cuts
from matchreel.media.tools import Job, Slots, run_many
from matchreel.media.verify import ClipFacts, verify_clip
from matchreel.records import Probe
from matchreel.timeline import Interval, clock_text

__all__ = [
    "Caption", "ClipRequest", "CutClip", "Encoding", "PlannedCuts", "cut_clip", "cut_clips", "plan_cuts",
]  # fmt: skip

log = logging.getLogger("matchreel.media")

# How much earlier to start reading where a clip came out wrong; at last from the recording's beginning.
_BACK_SECONDS = (12.0, math.inf)


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
