"""When a recording cannot be decoded whole: looked for only after ffmpeg has failed to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from av.error import FFmpegError

from matchreel.errors import InputError
from matchreel.media.demux import audio_stream, open_media, packets_of, video_stream
from matchreel.media.seeking import Entry
from matchreel.media.sources import Source, sources_of
from matchreel.records import Probe
from matchreel.timeline import Interval, clock_text, merge_intervals, times_text

log = logging.getLogger("matchreel.media")

Kind = Literal["picture", "sound"]
# ASSUME what is damaged for more than a tenth of its time is no recording to choose moments from.
MAX_SHARE = 0.1
_AHEAD_SECONDS = 1  # pictures are stored at most this long after one that is shown later
NEAR_SECONDS = 2.0


@dataclass(frozen=True)
class _Look:
    """What is decoded of a source: from a keyframe (None: the beginning) up to a moment of its own clock."""

    source: Source
    kind: Kind
    keyframe_seconds: Fraction | None
    end_seconds: Fraction
    track: int


def damage_between(
    source: Source,
    kind: Kind,
    *,
    keyframe_seconds: Fraction | None,
    start: Fraction,
    end: Fraction,
    track: int = 0,
) -> list[Interval]:
    """The stretches of [start, end), on the part's clock, that cannot be decoded whole.

    A damaged picture counts until the next keyframe: those in between are made from it.
    """
    look = _Look(source, kind, keyframe_seconds, source.zero_seconds + end, track)
    zero = source.zero_seconds
    wanted, found = Interval(float(start), float(end)), list[Interval]()
    for first, last in _damage(look):
        interval = Interval(float(first - zero), float(max(first, last) - zero))
        found += [interval] if interval.overlaps(wanted) else []
    return merge_intervals(found, max_gap_seconds=NEAR_SECONDS)


def _damage(look: _Look) -> Iterator[tuple[Fraction, Fraction]]:
    with open_media(look.source) as container:
        stream: Any = (
            video_stream(container) if look.kind == "picture" else audio_stream(container, look.track)
        )
        time_base, broken_from = Fraction(stream.time_base), None
        if look.keyframe_seconds is not None:
            container.seek(int(look.keyframe_seconds / time_base), stream=stream)
        is_begun = look.keyframe_seconds is None
        for packet in packets_of(container, stream):
            shown = None if packet.pts is None else packet.pts * time_base
            is_begun |= packet.is_keyframe
            if not is_begun:
                continue
            if shown is not None and packet.is_keyframe and broken_from is not None:
                yield broken_from, shown + (packet.duration or 0) * time_base * (look.kind == "sound")
                broken_from = None
            if not _decodes(packet) and broken_from is None:
                broken_from = shown
            stored = packet.pts if packet.dts is None else packet.dts
            if stored is not None and stored * time_base > look.end_seconds + _AHEAD_SECONDS:
                break
        if broken_from is not None:
            yield broken_from, look.end_seconds


def _decodes(packet: Any) -> bool:
    try:
        return not any(getattr(frame, "is_corrupt", False) for frame in packet.decode())
    except FFmpegError:
        return False


def confirm_usable(path: Path, probe: Probe, kind: Kind) -> tuple[Interval, ...]:
    """After ffmpeg met damage in a whole part: a warning with its times, InputError where it is too much.

    Returns the damaged stretches, on the part's clock.
    """
    found = list[Interval]()
    for source in sources_of(path, probe):
        found += damage_between(
            source,
            kind,
            keyframe_seconds=None,
            start=source.start_seconds,
            end=source.end_seconds,
            track=probe.audio.track if probe.audio else 0,
        )
    return judged_damage(path, probe, kind, found)


def judged_damage(path: Path, probe: Probe, kind: Kind, found: Sequence[Interval]) -> tuple[Interval, ...]:
    """Damaged stretches of a part, on its clock: a warning with their times; InputError for too many."""
    broken = sum(interval.duration_seconds for interval in found)
    if broken > MAX_SHARE * probe.duration_seconds:
        raise InputError(
            f"its {kind} is damaged for {broken:.0f} of {probe.duration_seconds:.0f} s ({times_text(found)})",
            where=path,
            remedy="Copy or download it again",
        )
    if found:
        said = "%s %s: note: the %s is damaged at %s; everything else is used as it is"
        log.warning(said, probe.game, probe.part, kind, times_text(found))
    return tuple(found)


def damage_in_clip(path: Path, probe: Probe, entry: Entry, shown: Interval) -> tuple[Interval, ...]:
    """Where the pictures of a clip that begins at an entry are damaged; a warning says so."""
    found = list[Interval]()
    for source in sources_of(path, probe):
        start = max(Fraction(shown.start_seconds), source.start_seconds)
        end = min(Fraction(shown.end_seconds), source.end_seconds)
        keyframe = entry.keyframe_seconds if source == entry.source else None
        if start < end:
            found += damage_between(source, "picture", keyframe_seconds=keyframe, start=start, end=end)
    if found:
        said = "%s %s: note: the clip from %s on shows a damaged picture at %s"
        log.warning(said, probe.game, probe.part, clock_text(shown.start_seconds), times_text(found))
    return tuple(found)
