"""A few decoded pictures of a recording: what only the decoder knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import FFmpegError

from matchreel.errors import InputError
from matchreel.media.demux import StreamTimes, audio_stream, open_media, packets_of, video_stream
from matchreel.media.picture_forms import FormSpan, form_of, form_spans
from matchreel.media.sources import Source
from matchreel.media.tools import REENCODE
from matchreel.media.watching import FormatRun

_NUM_PLACES, _NUM_PICTURES = 4, 5


@dataclass(frozen=True)
class Looks:
    """Facts of decoded pictures; spans and first_seconds on the container's own clock, rotation clockwise."""

    spans: tuple[FormSpan, ...]
    first_seconds: Fraction
    is_interlaced: bool
    rotation_degrees: int


def look_at_pictures(media: Path | Source, times: StreamTimes, runs: Sequence[FormatRun]) -> Looks:
    """Decode the first picture, one of each run of a new format, and a few at even distances."""
    with open_media(media) as container:
        first = next(_pictures(container), None)
        if first is None:
            where = media.path if isinstance(media, Source) else media
            raise InputError(
                "no picture in it can be decoded",
                where=where,
                remedy=f"Copy it again, or {REENCODE}",
            )
        stream = video_stream(container)
        assert stream is not None
        pts = first.pts if first.pts is not None else int(times.pts[0])
        form = form_of(first, stream, container.format.name.split(",")[0])
        return Looks(
            spans=tuple(form_spans(container, stream, times, runs, form)),
            first_seconds=pts * Fraction(stream.time_base),
            is_interlaced=_is_interlaced(container, times),
            rotation_degrees=(360 - round(first.rotation)) % 360,
        )


def first_sound_seconds(media: Path | Source, track: int = 0) -> Fraction | None:
    """When a track's first decoded sample sounds, on the container's own clock; None where none decodes."""
    with open_media(media) as container:
        stream: Any = audio_stream(container, track)
        for frame in _sounds(container, stream):
            if frame.pts is not None and frame.samples:
                return Fraction(frame.pts * Fraction(frame.time_base or stream.time_base))
    return None


def first_sound_layout(media: Path | Source, track: int = 0) -> tuple[int, int]:
    """(samples per second, channels) of a track's first decoded sound; zeros where none decodes."""
    with open_media(media) as container:
        for frame in _sounds(container, audio_stream(container, track)):
            return int(frame.sample_rate), int(frame.layout.nb_channels)
    return 0, 0


def _sounds(container: InputContainer, stream: Any) -> Iterator[Any]:
    """Decoded sound; packets that are damaged are passed over."""
    try:
        for packet in packets_of(container, stream):
            with suppress(FFmpegError):
                yield from packet.decode()
    except FFmpegError:
        return


def _is_interlaced(container: InputContainer, times: StreamTimes) -> bool:
    """Most of the pictures looked at are flagged interlaced (single wrong flags occur)."""
    flags = list[bool]()
    for place in range(_NUM_PLACES):
        index = place * len(times.pts) // _NUM_PLACES
        try:
            container.seek(int(times.pts[index]), stream=video_stream(container))
        except FFmpegError:
            break
        flags += [bool(frame.interlaced_frame) for frame in islice(_pictures(container), _NUM_PICTURES)]
    return 2 * sum(flags) > len(flags)


def _pictures(container: InputContainer) -> Iterator[Any]:
    """Pictures from where the container stands; damage ends it (the full decode reports it)."""
    try:
        for packet in packets_of(container, video_stream(container)):
            yield from packet.decode()
    except FFmpegError:
        return
