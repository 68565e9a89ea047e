"""Packets without decoding: which streams count, and when their packets are shown."""

from __future__ import annotations

import errno
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from matchreel.errors import InputError
from matchreel.media.sources import Source
from matchreel.media.tools import MERGED, REENCODE
from matchreel.media.watching import Watch

_NOT_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
# These say when each packet is decoded: times that only go up, which they do not where pictures are shown.
_DECODING_TIMES = frozenset({"mpegts", "mpeg", "flv"})
# SOURCE: ffmpeg takes times that go back by 0.1 s for a clock that starts again (fftools/ffmpeg_demux.c).
_BACK_SECONDS, _REORDER_SECONDS = 0.1, 1.0
# SOURCE: ITU-T H.264 and H.265: at most 16 pictures wait to be shown.
_MAX_REORDERED = 2 * 16
_WRAPPING = frozenset({"mpegts", "mpeg"})
# SOURCE: ISO/IEC 13818-1: 33 bits at 90 kHz. ffmpeg takes times before the first one for times after a wrap,
# which only few of those that jump ahead so far really are.
_WRAP_SECONDS, _MAX_PAUSE_SECONDS = 2**33 / 90000, 3600
_TEXT_BYTES = 64
_RECOVER = f"Copy or download it again; if it plays, {REENCODE}"


@dataclass(frozen=True)
class Restart:
    """Where a stream's clock starts again: the bytes of its last packet before and of the first one after.

    back_seconds: how far it goes back; at_seconds: what it said before.
    """

    last_byte: int
    next_byte: int
    at_seconds: float
    back_seconds: float


@dataclass(frozen=True)
class StreamTimes:
    """When a stream's packets are shown: (P,) int64 pts sorted, in units of time_base, and their end."""

    codec: str
    time_base: Fraction
    pts: npt.NDArray[np.int64]
    end_pts: int
    rate_fps: Fraction | None  # as the container says
    sample_rate_hz: int
    num_channels: int
    last_byte: int = -1  # where the stored-last packet begins, -1 where that is not known
    restarts: tuple[Restart, ...] = ()

    @property
    def first_seconds(self) -> Fraction:
        """When its first packet is shown, on the container's clock."""
        return int(self.pts[0]) * self.time_base

    @property
    def end_seconds(self) -> Fraction:
        """End of the last packet on the container's clock."""
        return self.end_pts * self.time_base

    def gaps(self, min_seconds: float) -> list[tuple[float, float]]:
        """(moment in seconds, length in seconds) of the stretches without a packet."""
        steps = np.diff(self.pts) * float(self.time_base)
        return [
            (float(self.pts[index] * self.time_base), float(steps[index]))
            for index in np.flatnonzero(steps > min_seconds)
        ]


@dataclass(frozen=True)
class PacketTimes:
    """Packet times of the streams that count, and what the header promised."""

    container: str
    container_start_seconds: float
    header_seconds: float | None
    video: StreamTimes | None
    audio: StreamTimes | None
    last_end_seconds: Fraction  # over both streams

    @property
    def missing_seconds(self) -> float:
        """How much less the packets hold than the header promised; 0 where it promised nothing."""
        if self.header_seconds is None:
            return 0.0
        # A Matroska header tells the clock's last moment: from its zero, wherever the first packet lies.
        counted_from = 0 if self.container == "matroska" else Fraction(self.container_start_seconds)
        return max(0.0, self.header_seconds - float(self.last_end_seconds - counted_from))


@contextmanager
def open_media(media: Path | Source, *, first_byte: int = 0) -> Iterator[InputContainer]:
    """Open a recording with PyAV; InputError with one clear line where it cannot be read.

    first_byte: what is before it in the file is passed over, as if it were not there.
    """
    source = media if isinstance(media, Source) else Source(media)
    path = source.path
    _refuse_no_file(path)
    skipped = {"skip_initial_bytes": str(first_byte)} if first_byte else {}
    try:
        # metadata_errors: tags in odd encodings are no reason to refuse a recording.
        container = av.open(
            source.url,
            format=source.container or None,
            options={**source.limits, **MERGED, **skipped},
            metadata_errors="replace",
        )
    except (FFmpegError, UnicodeError) as error:
        raise _unreadable(path, error) from error
    with container:
        yield container


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        raise InputError("this is a folder, not a recording", where=path, remedy="Name the video file")
    if not path.is_file():
        if path.exists():
            # A pipe would be waited for until somebody writes into it.
            raise InputError("this is not a file", where=path, remedy="Name the video file itself")
        raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=path, remedy="Copy or download it again")


def _unreadable(path: Path, error: Exception) -> InputError:
    if path.is_file() and _is_text(path):
        what = "this cannot be read as a video: it is text, such as a playlist that names other files"
        return InputError(what, where=path, remedy="Give the video itself")
    reason = getattr(error, "strerror", None) or str(error)
    if isinstance(error, av.error.ArgumentError):
        what = "this cannot be read as a video: its format is none of a recording"
        return InputError(what, where=path, remedy=f"If it plays, {REENCODE}")
    return InputError(f"this cannot be read as a video ({reason})", where=path, remedy=_RECOVER)


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(_TEXT_BYTES)
    try:
        return head.decode("utf-8").replace("\n", " ").replace("\r", " ").replace("\t", " ").isprintable()
    except UnicodeDecodeError:
        return False


def video_stream(container: InputContainer) -> Any | None:
    """The first stream of moving pictures: cover art and thumbnails are none (ffmpeg's V:0)."""
    return next((s for s in container.streams.video if not s.disposition & _NOT_VIDEO), None)


def audio_stream(container: InputContainer, track: int = 0) -> Any | None:
    """The sound stream of that number (ffmpeg's a:0 is 0); see media.sound_tracks for which one is used."""
    streams = container.streams.audio
    return streams[track] if track < len(streams) else None


def packets_of(container: InputContainer, *streams: Any) -> Iterator[Any]:
    """The packets of some streams, or of all, to the file's end; the last ones are empty.

    Where a transport stream has grown streams on the way, PyAV fails at the end, in emptying the decoders.
    """
    try:
        yield from container.demux(*streams)
    except IndexError:
        if not container.format.name.startswith("mpegts"):
            raise


def read_packet_times(
    container: InputContainer, path: Path, *, track: int = 0, watch: Watch | None = None
) -> PacketTimes:
    """Demux the whole recording without decoding. A damaged end simply ends it: see the header check.

    track: which sound track counts. watch: sees the packets of the picture and of all sound tracks, and ends
    the reading where it says so.
    """
    video, audio = video_stream(container), audio_stream(container, track)
    streams = [stream for stream in (video, audio) if stream is not None]
    for stream in streams:
        if stream.codec_context is None:
            raise InputError(f"its {stream.type} is in an unknown format", where=path, remedy=_RECOVER)
    rows = {stream.index: _Rows() for stream in streams}
    try:
        others = [stream for stream in container.streams.audio if watch and stream is not audio]
        for packet in packets_of(container, *streams, *others) if streams else ():
            if watch:
                watch.see(packet)
                if watch.is_done:
                    break
            if packet.stream_index in rows:
                rows[packet.stream_index].add(packet)
    except (FFmpegError, IndexError) as error:  # PyAV's, where a damaged file grows streams on the way
        raise _unreadable(path, error) from error
    times = {stream.index: _stream_times(container, stream, rows[stream.index]) for stream in streams}
    held = [found for found in times.values() if found]
    if not held:
        raise InputError("it holds no picture or sound that can be read", where=path, remedy=_RECOVER)
    return PacketTimes(
        container=container.format.name.split(",")[0],
        container_start_seconds=(container.start_time or 0) / av.time_base,
        header_seconds=container.duration / av.time_base if container.duration else None,
        video=times[video.index] if video else None,
        audio=times[audio.index] if audio else None,
        last_end_seconds=max(found.end_seconds for found in held),
    )


class _Rows:
    """Packets of one stream in stored order, eight bytes a value."""

    def __init__(self) -> None:
        self.pts, self.durations, self.dts, self.bytes = (array("q") for _ in range(4))

    def add(self, packet: Any) -> None:
        """Take in a packet that has a time."""
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is not None:
            self.pts.append(pts)
            self.durations.append(packet.duration or 0)
            self.dts.append(pts if packet.dts is None else packet.dts)
            self.bytes.append(-1 if packet.pos is None else packet.pos)

    def bytes_around(self, index: int) -> tuple[int, int]:
        """Where the packets before and after an index begin; those that share another's bytes have none."""
        before = next((byte for byte in reversed(self.bytes[:index]) if byte >= 0), -1)
        return before, next((byte for byte in self.bytes[index:] if byte >= 0), -1)


def _stream_times(container: InputContainer, stream: Any, rows: _Rows) -> StreamTimes | None:
    if not rows.pts:
        return None
    stored, lengths = (np.frombuffer(row, dtype=np.int64) for row in (rows.pts, rows.durations))
    order = np.argsort(stored, kind="stable")
    pts = stored[order]
    usual = int(np.median(np.diff(pts))) if len(pts) > 1 else 0
    is_audio = stream.type == "audio"
    return StreamTimes(
        codec=stream.codec_context.name,
        time_base=stream.time_base,
        pts=pts,
        end_pts=int(pts[-1]) + (int(lengths[order[-1]]) or usual),
        rate_fps=None if is_audio else stream.average_rate or stream.guessed_rate,
        sample_rate_hz=stream.codec_context.sample_rate if is_audio else 0,
        num_channels=stream.codec_context.channels if is_audio else 0,
        last_byte=rows.bytes_around(len(rows.bytes))[0],
        restarts=_restarts(container, rows, stream.time_base),
    )


def _restarts(container: InputContainer, rows: _Rows, time_base: Fraction) -> tuple[Restart, ...]:
    """Where the clock runs backwards in stored order, and stays there: a single wrong time is none."""
    names = set(container.format.name.split(","))
    stored = rows.dts if names & _DECODING_TIMES else rows.pts
    times = np.frombuffer(stored, dtype=np.int64) * float(time_base)
    steps = np.diff(times)
    usual = float(np.median(np.diff(np.sort(times)))) if len(times) > 1 else 0.0
    reordered = max(_REORDER_SECONDS, _MAX_REORDERED * usual)
    is_back = steps < -(_BACK_SECONDS if names & _DECODING_TIMES else reordered)
    if names & _WRAPPING:
        is_back |= (steps > _MAX_PAUSE_SECONDS) & (times[1:] >= _WRAP_SECONDS)
    found = list[Restart]()
    for index in np.flatnonzero(is_back) + 1:
        before, after = times[max(index - 2, 0) : index], times[index : index + 2]
        stays = len(after) == 2 and abs(after[1] - after[0]) < abs(after[1] - before[-1])
        if stays and (steps[index - 1] > 0 or after[0] < before[0]):
            back = float(before[-1] - after[0]) + (_WRAP_SECONDS if steps[index - 1] > 0 else 0)
            found.append(Restart(*rows.bytes_around(int(index)), float(before[-1]), back))
    return tuple(found)
