"""Where to start reading a recording so that a moment can be decoded exactly, found without decoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError

from matchreel.media.demux import open_media, packets_of, video_stream
from matchreel.media.sources import Source, source_at, sources_of
from matchreel.records import Probe

# A picture that appears this shortly after a moment counts as on screen: containers round to a millisecond.
ROUNDING_SECONDS = Fraction(1, 1000)
# ASSUME nobody misses as much at a start: where pictures stand still for longer, a clip begins between two.
LONGEST_STEP_SECONDS = 1
_REORDER_SECONDS = 1  # pictures are stored at most this long after one that is shown later
_STEPS_BACK_SECONDS = (0, 2, 10, 30)


@dataclass(frozen=True)
class Entry:
    """On its source's clock: the picture on screen at a moment, and a keyframe to decode it from.

    held_seconds: how long it is on screen already; 0 up to LONGEST_STEP_SECONDS, when one begins with it.
    """

    picture_seconds: Fraction
    keyframe_seconds: Fraction | None  # None: decode from the beginning
    source: Source
    held_seconds: Fraction = Fraction(0)

    @property
    def start_seconds(self) -> Fraction:
        """Where to begin, on the source's clock: with the picture, or later, while it stays on screen."""
        return self.picture_seconds + self.held_seconds

    @property
    def moment_seconds(self) -> Fraction:
        """The same on the part's clock."""
        return self.start_seconds - self.source.zero_seconds

    @property
    def appears_seconds(self) -> Fraction:
        """When the picture appears, on the part's clock."""
        return self.picture_seconds - self.source.zero_seconds


def find_entries(video_path: Path, probe: Probe, moments_seconds: Sequence[float]) -> list[Entry]:
    """An Entry for each moment of the part's clock; packets are read from a keyframe on, never decoded."""
    sources = sources_of(video_path, probe)
    moments = [Fraction(moment) + ROUNDING_SECONDS for moment in moments_seconds]
    places = [source_at(sources, moment) for moment in moments]
    found = dict[int, Entry]()
    for source in dict.fromkeys(places):
        with open_media(source) as container:
            for index, moment in enumerate(moments):
                if places[index] == source:
                    found[index] = _find_entry(container, source, moment)
    return [found[index] for index in range(len(moments))]


def _find_entry(container: InputContainer, source: Source, moment: Fraction) -> Entry:
    target = source.zero_seconds + moment
    for back in _STEPS_BACK_SECONDS:
        found = _look_from(container, source, target - back, target)
        if found:
            return _held(found, target)
    found = _look_from(container, source, None, target)
    return _held(Entry(found.picture_seconds if found else source.first_seconds, None, source), target)


def _held(entry: Entry, target: Fraction) -> Entry:
    held = target - ROUNDING_SECONDS - entry.picture_seconds
    return replace(entry, held_seconds=held) if held > LONGEST_STEP_SECONDS else entry


def _look_from(
    container: InputContainer, source: Source, seek_seconds: Fraction | None, target: Fraction
) -> Entry | None:
    """The last picture shown by `target`, reading from the keyframe at or before `seek_seconds`."""
    stream: Any = video_stream(container)
    assert stream is not None
    time_base = Fraction(stream.time_base)
    try:
        if seek_seconds is None:
            container.seek(0)
        else:
            container.seek(int(seek_seconds / time_base), stream=stream)
        keyframe: Fraction | None = None
        best: Fraction | None = None
        for packet in packets_of(container, stream):
            if packet.pts is None:
                continue
            shown = packet.pts * time_base
            if keyframe is None:
                if not packet.is_keyframe and seek_seconds is not None:
                    continue
                keyframe = shown
                if keyframe > target:
                    return None
            if keyframe <= shown <= target and (best is None or shown > best):
                best = shown
            if shown > target + _REORDER_SECONDS or (packet.dts or 0) * time_base > target:
                break
    except FFmpegError:
        return None
    return Entry(best, keyframe, source) if best is not None and keyframe is not None else None


def find_keyframe(video_path: Path, moment: Fraction) -> Fraction:
    """The keyframe at or before a moment of the container's clock; ValueError where none is found."""
    with open_media(video_path) as container:
        stream: Any = video_stream(container)
        time_base = Fraction(stream.time_base)
        for back in _STEPS_BACK_SECONDS:
            container.seek(int((moment - back) / time_base), stream=stream)
            found = _last_keyframe(container, stream, moment + ROUNDING_SECONDS)
            if found is not None:
                return found
    raise ValueError(f"no keyframe before {float(moment):.1f} s")


def _last_keyframe(container: InputContainer, stream: Any, target: Fraction) -> Fraction | None:
    best: Fraction | None = None
    time_base = Fraction(stream.time_base)
    for packet in packets_of(container, stream):
        if packet.pts is None:
            continue
        shown = packet.pts * time_base
        if packet.is_keyframe and shown <= target:
            best = shown
        if (packet.dts or 0) * time_base > target:
            break
    return best
