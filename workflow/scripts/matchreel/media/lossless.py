"""A reel of copied packets: nothing is encoded again, so each clip starts at the keyframe before its moment.

Only recordings that are alike in every coding parameter can be joined so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from matchreel.errors import OutputError
from matchreel.media.demux import audio_stream, open_media, packets_of, video_stream
from matchreel.media.seeking import find_keyframe
from matchreel.media.tools import media_url
from matchreel.notices import Notice
from matchreel.provenance import written_whole
from matchreel.timeline import Interval

log = logging.getLogger("matchreel.media")

_CHAPTER_TIME_BASE = Fraction(1, 1000)


@dataclass(frozen=True)
class LosslessCut:
    """A clip to copy: interval on the part's clock, whose zero is the container's zero_seconds.

    track: the sound track that is copied.
    """

    video_path: Path
    interval: Interval
    zero_seconds: float
    title: str
    track: int = 0


@dataclass(frozen=True)
class _Span:
    """What is copied, on the container's clock: packets shown in [keyframe_seconds, end_seconds)."""

    cut: LosslessCut
    keyframe_seconds: Fraction
    end_seconds: Fraction

    @property
    def early_seconds(self) -> float:
        return float(
            Fraction(self.cut.zero_seconds)
            + Fraction(self.cut.interval.start_seconds)
            - self.keyframe_seconds
        )


def join_packets(cuts: Sequence[LosslessCut], reel_path: Path) -> list[Notice]:
    """Write a Matroska reel of copied packets with chapters; one note on what it is, or on why there is none.

    Sound follows its picture to within one sound packet at each joint, and never adds up.
    """
    name = reel_path.name
    try:
        setups = {
            path: _setup(path, track) for path, track in {cut.video_path: cut.track for cut in cuts}.items()
        }
        if len(set(setups.values())) > 1:
            return [Notice("lossless_parts_differ", {"file": name})]
        if next(iter(setups.values()))[0] is None:
            return [Notice("lossless_no_picture", {"file": name})]
        spans = [_span(cut) for cut in cuts]
        with written_whole(reel_path) as temporary:
            _write(spans, temporary)
    except (FFmpegError, OSError, OutputError, ValueError) as error:
        log.debug("no lossless reel", exc_info=True)
        return [Notice("lossless_failed", {"file": name, "error": str(error)})]
    early = max(span.early_seconds for span in spans)
    return [Notice("lossless_early", {"file": name, "seconds": f"{early:.1f}"})]


def _setup(path: Path, track: int) -> tuple[Any, Any]:
    """Everything that two recordings must share to stand in one stream each."""
    with open_media(path) as container:
        video, audio = video_stream(container), audio_stream(container, track)
        return _of_stream(video), _of_stream(audio)


def _of_stream(stream: Any) -> tuple[Any, ...] | None:
    if stream is None:
        return None
    context = stream.codec_context
    shape: tuple[Any, ...] = (context.name, bytes(context.extradata or b""))
    if stream.type == "video":
        return (*shape, context.width, context.height, context.pix_fmt, stream.average_rate)
    return (*shape, context.sample_rate, context.channels)


def _span(cut: LosslessCut) -> _Span:
    zero = Fraction(cut.zero_seconds)
    start = find_keyframe(cut.video_path, zero + Fraction(cut.interval.start_seconds))
    return _Span(cut, start, zero + Fraction(cut.interval.end_seconds))


def _write(spans: Sequence[_Span], path: Path) -> None:
    at, chapters = Fraction(0), list[Any]()
    with av.open(media_url(path), "w", format="matroska", options={"fflags": "+bitexact"}) as output:
        outputs: dict[str, Any] = {}
        for span in spans:
            with open_media(span.cut.video_path) as container:
                found = (video_stream(container), audio_stream(container, span.cut.track))
                streams: dict[str, Any] = {held.type: held for held in found if held is not None}
                if not outputs:
                    outputs |= {kind: output.add_stream_from_template(held) for kind, held in streams.items()}
                end = at + _copy(span, container, streams, output, outputs, at)
            chapters.append((span.cut.title, at, end))
            at = end
        output.set_chapters(list(map(_chapter, range(len(chapters)), chapters)))


def _chapter(index: int, row: tuple[str, Fraction, Fraction]) -> Any:
    title, start, end = row
    first, last = (round(moment / _CHAPTER_TIME_BASE) for moment in (start, end))
    return {
        "id": index,
        "start": first,
        "end": last,
        "time_base": _CHAPTER_TIME_BASE,
        "metadata": {"title": title},
    }


def _copy(
    span: _Span, container: Any, streams: dict[str, Any], output: Any, outputs: dict[str, Any], at: Fraction
) -> Fraction:
    """Copy one span so that its keyframe stands at `at`; how long it is."""
    video = streams["video"]
    container.seek(int(span.keyframe_seconds / video.time_base), stream=video)
    held: dict[str, list[Any]] = {kind: [] for kind in streams}
    done: set[str] = set()
    for packet in packets_of(container, *streams.values()):
        if packet.pts is None or not packet.size:
            continue
        kind, shown = packet.stream.type, packet.pts * packet.time_base
        # Matroska tells no decoding time for some; pictures are stored in that order anyway.
        if packet.dts is not None and packet.dts * packet.time_base >= span.end_seconds:
            done.add(kind)
        elif span.keyframe_seconds <= shown and (kind == "video" or shown < span.end_seconds):
            held[kind].append(packet)
        if done == set(streams):
            break
    last = max(packet.pts * packet.time_base + _length(packet, video) for packet in held["video"])
    timed = [row for packets in held.values() for row in _decoding_times(packets)]
    for _, dts, packet in sorted(timed, key=lambda row: row[0]):
        _mux(packet, dts, output, outputs[packet.stream.type], at - span.keyframe_seconds)
    return Fraction(last - span.keyframe_seconds)


def _decoding_times(packets: Sequence[Any]) -> list[tuple[Fraction, int, Any]]:
    """Packets in their order with a decoding time (seconds, units): when the first one left is shown."""
    rows, earliest = list[tuple[Fraction, int, Any]](), packets[-1].pts if packets else 0
    for packet in reversed(packets):
        earliest = min(earliest, packet.pts)
        rows.append((Fraction(earliest * packet.time_base), earliest, packet))
    return rows[::-1]


def _length(packet: Any, video: Any) -> Fraction:
    if packet.duration:
        return Fraction(packet.duration * packet.time_base)
    return 1 / Fraction(video.average_rate or 25)


def _mux(packet: Any, dts: int, output: Any, stream: Any, shift: Fraction) -> None:
    units = round(shift / packet.time_base)
    packet.pts, packet.dts = packet.pts + units, dts + units
    packet.stream = stream
    output.mux(packet)
