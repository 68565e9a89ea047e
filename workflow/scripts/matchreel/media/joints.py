"""Recordings that were joined byte by byte: each stretch of them begins its clock anew.

The stretches are put one after the other, in the order in which they are stored. Only formats that can be
read from any byte on are joined so; what cannot be told apart for certain is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError
from matchreel.media.colours import MAPPED
from matchreel.media.demux import PacketTimes, StreamTimes, open_media, read_packet_times, video_stream
from matchreel.media.pictures import Looks, first_sound_layout, first_sound_seconds, look_at_pictures
from matchreel.media.sound_tracks import TrackChoice, choose_track, look_at_sound
from matchreel.media.sources import Source
from matchreel.media.trailing import refuse_second_file
from matchreel.media.watching import Watch
from matchreel.records import Stretch
from matchreel.timeline import clock_text

# Formats that can be read from any byte on.
_TRANSPORT_STREAM, _PROGRAM_STREAM = "mpegts", "mpeg"
_TRANSPORT_PACKET_BYTES = 188
_PACK, _MAX_PACK_BYTES = re.compile(rb"\x00\x00\x01\xba[\x44-\x7f].{5}", re.DOTALL), 1 << 16
_MAX_STRETCHES = 100
# Sound that begins or ends further from its picture belongs to another clock.
_MAX_APART_SECONDS = 10
_MIN_SECONDS, _MAX_LINES = 0.1, 3
_REMEDY = (
    "Give its pieces instead, as VIDEO and VIDEO2 or each as a game of its own; where only this file is left,"
    " give what comes out of: ffmpeg -i IN -c:v libx264 -crf 18 -c:a aac OUT.mkv"
)


@dataclass(frozen=True)
class Recording:
    """What the packets of a recording say, on one clock: that of its first stretch.

    looks is None without a picture, first_sound None where no sound can be decoded, choice without sound.
    watches: of each stretch.
    """

    times: PacketTimes
    looks: Looks | None
    first_sound: Fraction | None
    choice: TrackChoice | None
    watch: Watch
    watches: tuple[Watch, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def track(self) -> int:
        """The sound track that is used."""
        return self.choice.track if self.choice else 0


def read_recording(path: Path) -> Recording:
    """Read all packets of a recording and decode a few pictures; InputError where it cannot be used."""
    choice = choose_track(path)
    times, watch = _read_packets(Source(path), choice)
    stream = times.video or times.audio
    assert stream
    last_byte = max(held.last_byte for held in (times.video, times.audio) if held)
    refuse_second_file(path, times.container, last_byte)
    if not stream.restarts:
        return _read_looks(Source(path), times, choice, watch)
    ranges = _byte_ranges(path, times)
    pieces = [
        _read_piece(Source(path, first_byte=a, end_byte=b, container=times.container), choice)
        for a, b in ranges
    ]
    joined = _joined(path, pieces, ranges)
    return replace(joined, problems=tuple(_problems(stream, joined)))


def _read_packets(source: Source, choice: TrackChoice | None) -> tuple[PacketTimes, Watch]:
    with open_media(source) as container:
        watch = Watch(video_stream(container), list(container.streams.audio))
        track = choice.track if choice else 0
        return read_packet_times(container, source.path, track=track, watch=watch), watch


def _read_looks(source: Source, times: PacketTimes, choice: TrackChoice | None, watch: Watch) -> Recording:
    track = choice.track if choice else 0
    looks = look_at_pictures(source, times.video, watch.runs) if times.video else None
    first_sound = first_sound_seconds(source, track) if times.audio else None
    if (
        times.audio
        and first_sound is not None
        and not (times.audio.sample_rate_hz and times.audio.num_channels)
    ):
        # Sound that begins late: the header, or what ffmpeg looks at first, says nothing of it.
        rate_hz, channels = first_sound_layout(source, track)
        times = replace(times, audio=replace(times.audio, sample_rate_hz=rate_hz, num_channels=channels))
    return Recording(times, looks, first_sound, choice, watch)


def _byte_ranges(path: Path, times: PacketTimes) -> list[tuple[int, int]]:
    """[first, end) of each stretch. Neighbours may share bytes, but no packet begins in those."""
    stream = times.video or times.audio
    assert stream
    at = clock_text(stream.restarts[0].at_seconds)
    if times.container not in (_TRANSPORT_STREAM, _PROGRAM_STREAM):
        raise _refused(path, f"its clock starts again after {at}: it is several files joined byte by byte")
    if len(stream.restarts) >= _MAX_STRETCHES:
        raise _refused(path, f"its clock starts again {len(stream.restarts)} times")
    firsts, ends = [0], list[int]()
    sounds = times.audio.restarts if times.video and times.audio else ()
    for restart in stream.restarts:
        near = [s for s in sounds if s.last_byte < restart.next_byte and restart.last_byte < s.next_byte]
        last = max(held.last_byte for held in (restart, *near))
        end = min(held.next_byte for held in (restart, *near))
        if not firsts[-1] <= last < end:
            raise _refused(
                path, f"its clock starts again after {at}, of picture and sound at different places"
            )
        exact = _pack_start(path, last, end) if times.container == _PROGRAM_STREAM else None
        firsts.append(exact or last + _TRANSPORT_PACKET_BYTES)
        ends.append(exact or end)
    return list(zip(firsts, [*ends, path.stat().st_size], strict=True))


def _pack_start(path: Path, last: int, end: int) -> int | None:
    """The first pack of a program stream in these bytes whose clock is before that of the pack before it."""
    first, before = max(0, last - _MAX_PACK_BYTES), -1
    with path.open("rb") as stream:
        stream.seek(first)
        held = stream.read(end + _MAX_PACK_BYTES - first)
    for found in _PACK.finditer(held):
        clock = _pack_clock(found[0])
        if clock < before and last < first + found.start() <= end:
            return first + found.start()
        before = clock
    return None


def _pack_clock(pack: bytes) -> int:
    """SOURCE: ISO/IEC 13818-1, 2.5.3.4: the system clock reference's base, at 90 kHz, between marker bits."""
    bits = int.from_bytes(pack[4:9], "big")
    return (bits >> 35 & 7) << 30 | (bits >> 19 & 0x7FFF) << 15 | bits >> 3 & 0x7FFF


def _read_piece(source: Source, choice: TrackChoice | None) -> Recording:
    times, watch = _read_packets(source, choice)
    if any(stream.restarts for stream in (times.video, times.audio) if stream):
        raise _refused(source.path, "the clocks of its picture and sound start again at different places")
    if times.video and times.audio:
        early = times.video.first_seconds - times.audio.end_seconds
        late = times.audio.first_seconds - times.video.end_seconds
        if max(early, late) > _MAX_APART_SECONDS:
            raise _refused(
                source.path, "its clock starts again, and picture and sound cannot be told together"
            )
    return _read_looks(source, times, choice, watch)


def _joined(path: Path, pieces: Sequence[Recording], ranges: Sequence[tuple[int, int]]) -> Recording:
    """The pieces one after the other, on the clock of the first one."""
    first, at = pieces[0], _zero(path, pieces[0])
    stretches, shifts = list[Stretch](), list[Fraction]()
    for piece, (first_byte, end_byte) in zip(pieces, ranges, strict=True):
        _refuse_other_kind(path, piece, first)
        zero = _zero(path, piece)
        sound = piece.times.audio if piece.first_sound is not None else None
        start = float(at - _zero(path, first))
        channels = sound.num_channels if sound else 0
        source = Source(path, first_byte=first_byte, end_byte=end_byte, container=piece.times.container)
        is_inverted = channels == 2 and look_at_sound(source, piece.track).is_inverted
        stretches.append(Stretch(first_byte, end_byte, start, float(zero), channels, is_inverted))
        shifts.append(at - zero)
        at += _end(piece) - zero
    sounds = [(piece.first_sound, shift) for piece, shift in zip(pieces, shifts, strict=True)]
    rows = [
        (piece.times, Fraction(stretch.zero_seconds), shift)
        for piece, stretch, shift in zip(pieces, stretches, shifts, strict=True)
    ]
    times = replace(
        first.times,
        header_seconds=None,  # counted from the first time to the last
        video=_merged([(held.video, zero, shift) for held, zero, shift in rows]),
        audio=_merged([(held.audio, zero, shift) for held, zero, shift in rows]),
        last_end_seconds=at,
    )
    first_sound = next((sound + shift for sound, shift in sounds if sound is not None), None)
    watches = tuple(piece.watch for piece in pieces)
    return Recording(times, first.looks, first_sound, first.choice, first.watch, watches, tuple(stretches))


def _merged(rows: Sequence[tuple[StreamTimes | None, Fraction, Fraction]]) -> StreamTimes | None:
    """(times, zero, what is added to them) of each stretch that has this stream, as one stream's times."""
    held = [(times, zero, shift) for times, zero, shift in rows if times]
    if not held:
        return None
    first = held[0][0]
    pts, end = list[npt.NDArray[np.int64]](), Fraction(0)
    for times, zero, shift in held:
        kept = times.pts[times.pts * float(times.time_base) >= float(zero) - _MIN_SECONDS]
        pts.append(kept + round(shift / times.time_base))
        end = times.end_seconds + shift
    return replace(first, pts=np.concatenate(pts), end_pts=round(end / first.time_base), restarts=())


def _zero(path: Path, piece: Recording) -> Fraction:
    zero = piece.looks.first_seconds if piece.looks else piece.first_sound
    if zero is None or _end(piece) - zero < _MIN_SECONDS:
        raise _refused(path, "its clock starts again where neither picture nor sound can be decoded")
    return zero


def _end(piece: Recording) -> Fraction:
    stream = piece.times.video or piece.times.audio
    assert stream
    return stream.end_seconds


def _refuse_other_kind(path: Path, piece: Recording, first: Recording) -> None:
    def kinds(recording: Recording) -> set[object]:
        looks = recording.looks
        spans = looks.spans if looks else ()
        # Colours count where they are mapped to others.
        return {
            (
                span.form.shape,
                span.form.colour in MAPPED and span.form.colour,
                looks.is_interlaced,
                looks.rotation_degrees,
            )
            for span in spans
            if looks
        }

    if kinds(piece) != kinds(first) or len(kinds(piece)) > 1:
        raise _refused(
            path, "recordings whose pictures differ in size or shape are joined in it byte by byte"
        )


def _problems(stream: StreamTimes, joined: Recording) -> list[str]:
    """One line for each joint, the first few of them."""
    backs = [clock_text(restart.back_seconds) for restart in stream.restarts]
    starts = [clock_text(stretch.start_seconds) for stretch in joined.stretches[1:]]
    lines = [
        f"its clock goes back by {back} at {start}: what follows there is put after what was before"
        for back, start in zip(backs, starts, strict=True)
    ]
    more = [f"{len(lines) - _MAX_LINES} more such places"] if len(lines) > _MAX_LINES else []
    return [*lines[:_MAX_LINES], *more]


def _refused(path: Path, what: str) -> InputError:
    return InputError(what, where=path, remedy=_REMEDY)
