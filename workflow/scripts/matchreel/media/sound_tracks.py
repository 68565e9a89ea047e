"""Which of a recording's sound tracks is used, and whether its two channels are opposite: measured, not read.

One rule everywhere: the track that the container marks as default; if that is silent, the one with the most
channels that is not; then the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from matchreel.media.demux import audio_stream, open_media, packets_of
from matchreel.media.filters import MIXING_DECODERS
from matchreel.media.sources import Source
from matchreel.records import Float32

# ASSUME sound of a match exceeds this (-60 dB of full scale) somewhere in any second; noise of an unused
# track does not.
_AUDIBLE_LEVEL = 1e-3
# So many seconds of a track are listened to, evenly spread: enough to tell an unused track from a used one.
_NUM_PLACES, _PLACE_SECONDS = 60, 1
# A track that is audible in fewer of its places (a test tone, a click) counts as silent.
_AUDIBLE_SHARE = 0.05
# Channels of one place are opposite below this correlation: natural stereo stays far above it.
_OPPOSITE_CORRELATION = -0.5


@dataclass(frozen=True)
class SoundLook:
    """Measured on a track: whether it is more than silence, and whether its two channels are opposite."""

    is_audible: bool
    is_inverted: bool


@dataclass(frozen=True)
class TrackChoice:
    """The track that is used, counted from 0 (ffmpeg's a:0), of how many, and what was measured on it.

    passed_over: the track that the container marks as default, where that one is silent and not used.
    """

    track: int
    num_tracks: int
    look: SoundLook
    passed_over: int | None = None


@dataclass(frozen=True)
class _Place:
    """One second of a track: its peak, and the correlation of its two channels (0 where it has not two)."""

    peak: float
    correlation: float


def choose_track(path: Path, *, first_byte: int = 0) -> TrackChoice | None:
    """The sound track of a recording, or of it from first_byte on, by the rule above; None without sound."""
    with open_media(path, first_byte=first_byte) as container:
        streams = list(container.streams.audio)
        channels = [stream.codec_context.channels if stream.codec_context else 0 for stream in streams]
        marked = [k for k, stream in enumerate(streams) if stream.disposition & Disposition.default]
    if not streams:
        return None
    default = marked[0] if marked else 0
    look = look_at_sound(path, default, first_byte=first_byte)
    if look.is_audible:
        return TrackChoice(default, len(streams), look)
    rest = (k for k in range(len(streams)) if k != default)
    others = {k: look_at_sound(path, k, first_byte=first_byte) for k in rest}
    audible = [k for k, other in others.items() if other.is_audible]
    if not audible:
        # Single moments may be between the places: whether there is any, only all of it tells.
        look = replace(look, is_audible=_has_any_sound(path, default, first_byte=first_byte))
        return TrackChoice(default, len(streams), look)
    chosen = max(audible, key=lambda k: (channels[k], -k))
    return TrackChoice(chosen, len(streams), others[chosen], passed_over=default)


def look_at_sound(
    media: Path | Source, track: int, *, first_byte: int = 0, within: tuple[float, float] | None = None
) -> SoundLook:
    """Listen to a track at places evenly spread over the recording; its first minute from first_byte on.

    within: from when to when on the container's clock, if not to all of it; without first_byte only.
    """
    with open_media(media, first_byte=first_byte) as container:
        stream: Any = audio_stream(container, track)
        if stream.codec_context is None:
            return SoundLook(is_audible=False, is_inverted=False)
        mix_down(stream)
        places = list(_places(container, stream, within, is_whole=not first_byte))
    loud = [place for place in places if place.peak > _AUDIBLE_LEVEL]
    opposite = sum(place.correlation < _OPPOSITE_CORRELATION for place in loud)
    return SoundLook(
        is_audible=len(loud) > 0 and len(loud) >= _AUDIBLE_SHARE * len(places),
        is_inverted=2 * opposite > len(loud),
    )


def _has_any_sound(path: Path, track: int, *, first_byte: int) -> bool:
    """Whether anything in a track is louder than silence; it is decoded up to there."""
    with open_media(path, first_byte=first_byte) as container:
        stream: Any = audio_stream(container, track)
        if stream.codec_context is None:
            return False
        mix_down(stream)
        pieces = _seconds_from(container, stream, 0.0, math.inf, is_exact=False)
        return any(_place(piece).peak > _AUDIBLE_LEVEL for piece in pieces)


def mix_down(stream: Any) -> None:
    """Let the decoders of surround formats mix to stereo themselves, as ffmpeg does for us (see filters)."""
    if stream.codec_context.name in MIXING_DECODERS:
        stream.codec_context.options = {"downmix": "stereo"}


def _places(
    container: InputContainer, stream: Any, within: tuple[float, float] | None, *, is_whole: bool
) -> Iterator[_Place]:
    start = (container.start_time or 0) / av.time_base
    start, end = within or (start, start + (container.duration or 0) / av.time_base)
    length, listened = end - start, _NUM_PLACES * _PLACE_SECONDS
    if not is_whole or length <= listened:
        if within and not _is_sought(container, start):
            return
        seconds = min(length, listened) if within else listened
        held = _seconds_from(container, stream, start, seconds, is_exact=within is not None)
        yield from map(_place, held)
        return
    for k in range(_NUM_PLACES):
        moment = start + length * (k + 0.5) / _NUM_PLACES
        if not _is_sought(container, moment):
            return
        # Where a format lasts for some time only, what a seek finds before it has another one.
        pieces = _seconds_from(container, stream, moment, _PLACE_SECONDS, is_exact=within is not None)
        yield _place(next(pieces, np.zeros((1, 0), dtype=np.float32)))


def _is_sought(container: InputContainer, seconds: float) -> bool:
    try:
        container.seek(int(seconds * av.time_base))
    except FFmpegError:
        return False
    return True


def _seconds_from(
    container: InputContainer, stream: Any, start_seconds: float, seconds: float, *, is_exact: bool
) -> Iterator[Float32]:
    """(C, S) sound of a track from a moment on, in pieces of about a second; damaged packets are left out.

    is_exact: what is stored before that moment does not count.
    """
    held, num_held, end = list[Float32](), 0, start_seconds + seconds
    for frame in _frames(container, stream, end):
        if is_exact and frame.pts is not None and frame.pts * Fraction(frame.time_base) < start_seconds:
            continue
        piece = planar(frame)
        if held and len(held[0]) != len(piece):
            yield np.concatenate(held, axis=1)
            held, num_held = [], 0
        held.append(piece)
        num_held += piece.shape[1]
        if num_held >= frame.sample_rate * _PLACE_SECONDS:
            yield np.concatenate(held, axis=1)
            held, num_held = [], 0
    if held:
        yield np.concatenate(held, axis=1)


def _frames(container: InputContainer, stream: Any, end_seconds: float) -> Iterator[Any]:
    """Decoded frames of a track up to a moment. All streams are read, so that an empty one ends too."""
    for packet in packets_of(container):
        moment = packet.pts if packet.pts is not None else packet.dts
        if moment is None or not packet.size:
            continue
        if moment * Fraction(packet.time_base) > end_seconds:
            return
        if packet.stream_index == stream.index:
            try:
                yield from packet.decode()
            except FFmpegError:
                continue


def planar(frame: Any) -> Float32:
    """(C, S) float32 samples of a frame, full scale 1."""
    samples: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype.kind == "u":
        samples = (samples.astype(np.float32) - 128) / 128
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    return np.asarray(samples, dtype=np.float32)


def _place(samples: Float32) -> _Place:
    if not samples.size:
        return _Place(0.0, 0.0)
    peak = float(np.abs(samples).max())
    if len(samples) != 2:
        return _Place(peak, 0.0)
    left, right = samples.astype(np.float64)
    norm = float(np.sqrt((left @ left) * (right @ right)))
    return _Place(peak, float(left @ right) / norm if norm > 0 else 0.0)
