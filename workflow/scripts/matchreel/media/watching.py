"""What is noted of every packet while a recording is demuxed: when there are any, where formats change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from matchreel.media.formats import picture_format, sound_format

# A stream without packets for so long has a gap.
GAP_SECONDS = 1.0
_HEAD_BYTES = 8

Range = tuple[float, float]


@dataclass
class TrackPackets:
    """Of one sound track: the stretches with packets, in seconds; its formats, by first byte and second."""

    ranges: list[list[float]] = field(default_factory=list)
    formats: list[tuple[int, float, bytes]] = field(default_factory=list)

    def add(self, start: float, end: float) -> None:
        """Take in a packet."""
        if not self.ranges or not -GAP_SECONDS < start - self.ranges[-1][1] < GAP_SECONDS:
            self.ranges.append([start, end])
        else:
            self.ranges[-1][1] = max(end, self.ranges[-1][1])

    def see_format(self, first_byte: int, seconds: float, held: bytes | None) -> None:
        """Note a change; what says nothing is none."""
        if held is not None and (not self.formats or held != self.formats[-1][2]):
            self.formats.append((first_byte, seconds, held))

    def ranges_of_formats(self) -> list[Range]:
        """The same ranges, divided where the format changes."""
        turns = sorted(seconds for _, seconds, _ in self.formats[1:])
        edges = [(start, *(at for at in turns if start < at < end), end) for start, end in self.ranges]
        return [pair for row in edges for pair in pairwise(row)]

    def num_changes(self, *, outside: Sequence[tuple[int, int]] = ()) -> int:
        """How often the format changes, but for what is in these bytes of the file (end 0: to its end)."""
        kept = [
            held
            for at, _seconds, held in self.formats
            if not any(first <= at and (at < end or not end) for first, end in outside)
        ]
        return sum(before != after for before, after in pairwise(kept))


@dataclass
class FormatRun:
    """Pictures of one format, from a packet's pts on."""

    pts: int
    format: bytes


class Watch:
    """Sees the packets of a recording; see the module."""

    def __init__(self, video: Any, sounds: Sequence[Any], *, end_byte: int = 0) -> None:
        """end_byte: packets that are stored from there on are passed over; 0: none."""
        self._end_byte = end_byte
        self._places: dict[int, int] = {}
        self.tracks = {stream.index: TrackPackets() for stream in sounds}
        self.runs = list[FormatRun]()
        self._video_index = None if video is None else video.index
        streams = [*sounds, *([] if video is None else [video])]
        self._codecs = {s.index: s.codec_context.name for s in streams if s.codec_context}
        self._units = {s.index: float(s.time_base) for s in streams}
        self.pids = [int(stream.id) for stream in sounds]
        self.last_byte = 0
        self.is_done = False  # nothing that counts is stored later

    def see(self, packet: Any) -> None:
        """Note one packet."""
        index = packet.stream_index
        # Of several that are stored together only the first one has a place.
        place = self._places[index] = packet.pos or self._places.get(index, 0)
        if self._end_byte and place >= self._end_byte:
            self.is_done = True
            return
        self.last_byte = max(self.last_byte, place)
        if index == self._video_index:
            if packet.is_keyframe and packet.pts is not None:
                self._see_picture(packet)
        elif index in self.tracks:
            self._see_sound(packet, self.tracks[index])

    def _see_picture(self, packet: Any) -> None:
        held = picture_format(self._codecs[packet.stream_index], bytes(packet))
        if held is not None and (not self.runs or held != self.runs[-1].format):
            self.runs.append(FormatRun(packet.pts, held))

    def _see_sound(self, packet: Any, track: TrackPackets) -> None:
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None or not packet.size:
            return
        start = pts * self._units[packet.stream_index]
        track.add(start, start + (packet.duration or 0) * self._units[packet.stream_index])
        if packet.has_sidedata("new_extradata"):
            held: bytes | None = bytes(packet.get_sidedata("new_extradata"))
        else:
            codec = self._codecs.get(packet.stream_index, "")
            held = sound_format(codec, bytes(memoryview(packet)[:_HEAD_BYTES]))
        track.see_format(self._places[packet.stream_index], start, held)
