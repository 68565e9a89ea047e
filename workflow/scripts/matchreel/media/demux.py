"""Packets without decoding: which streams count, and when their packets are shown."""

from __future__ import annotations

import errno
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
from matchreel.media.tools import MERGED, PROTOCOLS, media_url
from matchreel.media.watching import Watch

_NOT_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_RECOVER = "Copy or download it again, or convert it to MP4"


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
def open_media(path: Path, *, first_byte: int = 0) -> Iterator[InputContainer]:
    """Open a recording with PyAV; InputError with one clear line where it cannot be read.

    first_byte: what lies before it in the file is passed over, as if it were not there.
    """
    if path.is_dir():
        raise InputError("this is a folder, not a recording", where=path, remedy="Name the video file")
    if not path.is_file():
        if path.exists():
            # A pipe would be waited for until somebody writes into it.
            raise InputError("this is not a file", where=path, remedy="Name the video file itself")
        raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
    if path.stat().st_size == 0:
        raise InputError("the file is empty", where=path, remedy="Copy or download it again")
    try:
        # metadata_errors: tags in odd encodings are no reason to refuse a recording.
        options = {"protocol_whitelist": PROTOCOLS, **MERGED}
        if first_byte:
            options["skip_initial_bytes"] = str(first_byte)
        container = av.open(media_url(path), options=options, metadata_errors="replace")
    except (FFmpegError, UnicodeError) as error:
        raise _unreadable(path, error) from error
    with container:
        yield container


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or str(error)
    return InputError(f"this cannot be read as a video ({reason})", where=path, remedy=_RECOVER)


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

    track: which sound track counts. watch: sees the packets of the picture and of all sound tracks.
    """
    video, audio = video_stream(container), audio_stream(container, track)
    streams = [stream for stream in (video, audio) if stream is not None]
    for stream in streams:
        if stream.codec_context is None:
            raise InputError(f"its {stream.type} is in an unknown format", where=path, remedy=_RECOVER)
    rows: dict[int, tuple[list[int], list[int]]] = {stream.index: ([], []) for stream in streams}
    try:
        others = [stream for stream in container.streams.audio if watch and stream is not audio]
        for packet in packets_of(container, *streams, *others) if streams else ():
            if watch:
                watch.see(packet)
            if packet.stream_index not in rows:
                continue
            pts = packet.pts if packet.pts is not None else packet.dts
            if pts is not None:
                starts, durations = rows[packet.stream_index]
                starts.append(pts)
                durations.append(packet.duration or 0)
    except (FFmpegError, IndexError) as error:  # PyAV's, where a damaged file grows streams on the way
        raise _unreadable(path, error) from error
    times = {stream.index: _stream_times(stream, *rows[stream.index]) for stream in streams}
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


def _stream_times(stream: Any, starts: list[int], durations: list[int]) -> StreamTimes | None:
    if not starts:
        return None
    pts, lengths = np.array(starts, dtype=np.int64), np.array(durations, dtype=np.int64)
    order = np.argsort(pts, kind="stable")
    pts, lengths = pts[order], lengths[order]
    usual = int(np.median(np.diff(pts))) if len(pts) > 1 else 0
    is_audio = stream.type == "audio"
    return StreamTimes(
        codec=stream.codec_context.name,
        time_base=stream.time_base,
        pts=pts,
        end_pts=int(pts[-1]) + (int(lengths[-1]) or usual),
        rate_fps=None if is_audio else stream.average_rate or stream.guessed_rate,
        sample_rate_hz=stream.codec_context.sample_rate if is_audio else 0,
        num_channels=stream.codec_context.channels if is_audio else 0,
    )
