"""A part in several files as one recording on one clock: their packets, copied one file after the other.

Nothing is encoded again. Each piece starts where the picture of the one before it ends, by exact fractions,
however many there are. Only pieces that are alike in all that a decoder is told once can share a stream;
others are refused.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from matchreel.errors import InputError
from matchreel.media.demux import open_media, video_stream
from matchreel.media.filters import display_size
from matchreel.media.joints import read_recording
from matchreel.media.probe import probe_file, probe_of
from matchreel.media.tools import media_url
from matchreel.provenance import written_whole
from matchreel.records import Probe, VideoStream

log = logging.getLogger("matchreel.media")

# Packets without a decoding time get that of the earliest picture among so many: no codec reorders more.
_REORDERED = 32
# A camera's files may divide sound a little before or after the picture: so much is taken beyond its ends.
_SOUND_OVER_SECONDS = Fraction(1, 2)
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
# Matroska counts in milliseconds, so times of a copy are off by half of one.
_SLACK_SECONDS = 0.002


@dataclass(frozen=True)
class _Piece:
    """One file: what is in it, and its first picture and the end of its last one, on its own clock."""

    path: Path
    probe: Probe
    zero_seconds: Fraction
    end_seconds: Fraction


@dataclass
class _Output:
    """The file that is written; sound_ends_seconds: by place in streams, where its sound ends so far."""

    container: Any
    streams: list[Any]
    sound_ends_seconds: dict[int, Fraction] = field(default_factory=dict)


def join_pieces(*, piece_paths: list[Path], video_path: Path, game: str, part: str) -> None:
    """Write the recording of a part that was given in pieces, in their order, into one file.

    InputError where the pieces cannot follow one another in one stream; it says what differs.
    """
    pieces = [_looked_at(path, game, part) for path in piece_paths]
    _check_alike(pieces)
    with written_whole(video_path) as temporary:
        try:
            _write(pieces, temporary)
        except (FFmpegError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise _refused(pieces, f"their packets cannot be copied into one file ({reason})") from error
        joined = probe_file(temporary, game=game, part=part)
        _check_joined(joined, pieces)
    log.info("%s %s: %d pieces, %.3f s", game, part, len(pieces), joined.duration_seconds)


def _looked_at(path: Path, game: str, part: str) -> _Piece:
    recording = read_recording(path)
    probe = probe_of(recording, path, game=game, part=part)
    stream = recording.times.video if probe.video else recording.times.audio
    assert stream
    zero_units = round(Fraction(probe.zero_seconds) / stream.time_base)
    piece = _Piece(path, probe, zero_units * stream.time_base, stream.end_seconds)
    if probe.stretches:
        raise _refused([piece], f"the clock of {path.name} starts again in it")
    return piece


def _check_alike(pieces: Sequence[_Piece]) -> None:
    """InputError where two pieces differ in what a stream says once; one without sound fits beside any."""
    first, sounding = pieces[0], None
    for piece in pieces:
        shown = [_shown(held.probe.video) for held in (first, piece)]
        if shown[0] != shown[1]:
            raise _refused([first, piece], f"{piece.path.name} has {shown[1]}, {first.path.name} {shown[0]}")
        picture, sounds = _setups(piece)
        sounding = sounding or ((piece, sounds) if sounds else None)
        different = [first] if picture != _setups(first)[0] else []
        different += [sounding[0]] if sounding and sounds and sounds != sounding[1] else []
        if different:
            what = f"{piece.path.name} is encoded differently than {different[0].path.name}"
            raise _refused([different[0], piece], what)


def _shown(video: VideoStream | None) -> str:
    """What a viewer would see change."""
    if video is None:
        return "no picture"
    rate = "a variable rate" if video.is_variable_rate else f"{float(video.rate_fps):.3f} pictures a second"
    aspect = "" if video.sample_aspect == 1 else f", pixels of {video.sample_aspect}"
    turned = f", turned by {video.rotation_degrees} degrees" if video.rotation_degrees else ""
    return f"{video.width}x{video.height}{aspect}{turned} at {rate}"


def _setups(piece: _Piece) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What is said once of its picture and of its sound tracks."""
    with open_media(piece.path) as container:
        setups = [_setup(stream) for stream in _copied(container)]
    return [held for held in setups if held[0] == "video"], [held for held in setups if held[0] == "audio"]


def _setup(stream: Any) -> tuple[Any, ...]:
    context = stream.codec_context
    sound = (context.sample_rate, context.channels) if stream.type == "audio" else (context.pix_fmt,)
    return (stream.type, context.name, bytes(context.extradata or b""), *sound)


def _copied(container: Any) -> list[Any]:
    """The streams of a piece that are copied: its picture, then every sound track that can be decoded."""
    video = video_stream(container)
    sounds = [stream for stream in container.streams.audio if stream.codec_context is not None]
    return [*([video] if video is not None else []), *sounds]


def _write(pieces: Sequence[_Piece], path: Path) -> None:
    first = pieces[0].probe
    # Sound may begin before the first picture: nothing gets a time below zero.
    at = max(Fraction(0), pieces[0].zero_seconds - Fraction(first.container_start_seconds))
    options = {"fflags": "+bitexact"}
    with av.open(media_url(path), "w", format=_FORMATS[path.suffix], options=options) as container:
        output = _Output(container, _streams_like_those_of(pieces, container))
        for index, piece in enumerate(pieces):
            with open_media(piece.path) as source:
                streams = _copied(source)
                packets = _within(source.demux(streams), piece, is_first=index == 0)
                # MP4 keeps decoding times, where there are any: a name may be wrong about what a file is.
                is_timed = path.suffix != ".mkv" and piece.probe.container == "mov"
                timed = packets if is_timed else _with_decoding_times(packets)
                _copy(timed, streams, output, at - piece.zero_seconds)
            at += piece.end_seconds - piece.zero_seconds


def _streams_like_those_of(pieces: Sequence[_Piece], container: Any) -> list[Any]:
    """All streams, before the first packet: a later piece may have sound where the first has none."""
    made = list[Any]()
    for piece in pieces:
        with open_media(piece.path) as source:
            held = len(list(source.streams.audio)) - sum(s.type == "audio" for s in _copied(source))
            if held:
                log.warning("%s: sound that cannot be decoded is left out (tracks: %d)", piece.path, held)
            made += [_stream_like(stream, container) for stream in _copied(source)[len(made) :]]
    return made


def _stream_like(stream: Any, container: Any) -> Any:
    made = container.add_stream_from_template(stream)
    made.time_base = stream.time_base
    made.disposition = stream.disposition
    return made


def _within(packets: Iterable[Any], piece: _Piece, *, is_first: bool) -> Iterator[Any]:
    """A piece's packets, those before its first picture left out but for the first piece's own beginning."""
    is_begun = is_first
    for packet in packets:
        if packet.pts is None:
            packet.pts = packet.dts
        if packet.pts is None or not packet.size:
            continue
        is_sound = packet.stream.type == "audio"
        over = _SOUND_OVER_SECONDS if is_sound and piece.probe.video else 0
        shown = packet.pts * packet.time_base
        if (shown < piece.zero_seconds - over and not is_first) or shown >= piece.end_seconds + over:
            continue
        if not is_sound and not is_begun:
            if not packet.is_keyframe:
                raise ValueError(f"the picture of {piece.path.name} does not begin with a keyframe")
            is_begun = True
        yield packet


def _with_decoding_times(packets: Iterable[Any]) -> Iterator[Any]:
    """The same packets, each decoded when the earliest of it and what follows is shown.

    Matroska has no decoding times, and tells them for some packets only; it stores pictures in that order.
    """
    waiting = deque[Any]()
    for packet in packets:
        waiting.append(packet)
        if len(waiting) > _REORDERED:
            yield _timed(waiting)
    while waiting:
        yield _timed(waiting)


def _timed(waiting: deque[Any]) -> Any:
    packet = waiting.popleft()
    later = (held.pts for held in waiting if held.stream_index == packet.stream_index)
    packet.dts = min([packet.pts, *later])
    return packet


def _copy(packets: Iterable[Any], streams: Sequence[Any], output: _Output, shift: Fraction) -> None:
    """Write packets, all times later by shift; sound that another piece has brought already is left out."""
    places = {stream.index: place for place, stream in enumerate(streams)}
    for packet in packets:
        place = places[packet.stream_index]
        units = round(shift / packet.time_base)
        packet.pts, packet.dts = packet.pts + units, packet.dts + units
        if packet.stream.type == "audio":
            length = Fraction((packet.duration or 0) * packet.time_base)
            sounds = packet.pts * packet.time_base
            if sounds < output.sound_ends_seconds.get(place, sounds) - length / 2:
                continue
            output.sound_ends_seconds[place] = sounds + length
        packet.stream = output.streams[place]
        output.container.mux(packet)


def _check_joined(joined: Probe, pieces: Sequence[_Piece]) -> None:
    """InputError where the file that was written is not what its pieces are, one after the other."""
    first = pieces[0].probe
    seconds = float(sum(piece.end_seconds - piece.zero_seconds for piece in pieces))
    if abs(joined.duration_seconds - seconds) > _SLACK_SECONDS:
        lengths = f"{joined.duration_seconds:.3f} s instead of {seconds:.3f} s"
        raise _refused(pieces, f"joined without encoding they have {lengths}")
    if _shown(joined.video) != _shown(first.video):
        raise _refused(pieces, f"joined without encoding they have {_shown(joined.video)}")
    if any(piece.probe.audio for piece in pieces) and not joined.audio:
        raise _refused(pieces, "joined without encoding they lose their sound")


def _refused(pieces: Sequence[_Piece], what: str) -> InputError:
    video = pieces[0].probe.video
    picture = ""
    if video:
        width, height = (2 * round(length / 2) for length in display_size(video))
        picture = f" -vf scale={width}:{height},setsar=1 -r {video.rate_fps} -c:v libx264 -crf 18"
    convert = f"ffmpeg -i PIECE{picture} -c:a aac -ar 48000 -ac 2 NEW.mkv"
    return InputError(
        f"these pieces cannot be one recording: {what}",
        where=", ".join(str(piece.path) for piece in pieces),
        remedy=f"Convert each of them in the same way and put the new files in their place: {convert}",
    )
