"""What ffmpeg and PyAV open: a recording, or those of its bytes in which its clock runs on.

Captures that were joined byte by byte start their clock again at each joint. Their stretches stand one after
the other on the part's clock, and each is an input of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from matchreel.media.tools import FORMATS, MERGED, PROTOCOLS, media_url
from matchreel.records import Probe

_BYTE_RANGES = "subfile"
_TRANSPORT_STREAM = "mpegts"


@dataclass(frozen=True)
class Source:
    """One input: moment t of the part is zero_seconds + t on its clock, for t in [start, end) seconds.

    end_byte None: the whole file. container: what its bytes are, "" where that is to be found out.
    is_merged: whether a picture or sound that moves to another PID is to stay the stream that it was.
    is_inverted: whether one of the sound's two channels is the other one upside down.
    """

    path: Path
    zero_seconds: Fraction = Fraction(0)
    start_seconds: Fraction = Fraction(0)
    end_seconds: Fraction = Fraction(0)
    num_channels: int = 0
    first_byte: int = 0
    end_byte: int | None = None
    container: str = ""
    is_last: bool = True
    is_merged: bool = False
    is_inverted: bool = False

    @property
    def url(self) -> str:
        """As ffmpeg and PyAV take it."""
        if self.end_byte is None:
            return media_url(self.path)
        return f"{_BYTE_RANGES},,start,{self.first_byte},end,{self.end_byte},,:{media_url(self.path)}"

    @property
    def limits(self) -> dict[str, str]:
        """Options of the input, by which nothing but these bytes is opened."""
        protocols = PROTOCOLS if self.end_byte is None else f"{PROTOCOLS},{_BYTE_RANGES}"
        merged = MERGED if self.is_merged else {}
        return {"protocol_whitelist": protocols, "format_whitelist": FORMATS, **merged}

    @property
    def first_seconds(self) -> Fraction:
        """Its first moment, on its own clock."""
        return self.zero_seconds + self.start_seconds

    def first_step(self, rate_fps: Fraction) -> int:
        """The first step of an even grid over the part whose centre is inside."""
        return math.ceil(self.start_seconds * rate_fps - Fraction(1, 2))

    def end_step(self, rate_fps: Fraction) -> int:
        """The step after the last one whose centre is inside."""
        return math.ceil(self.end_seconds * rate_fps - Fraction(1, 2))


def sources_of(path: Path, probe: Probe) -> tuple[Source, ...]:
    """The inputs that make up a part, in order; a single one where its clock never starts again."""
    duration, channels = Fraction(probe.duration_seconds), probe.audio.num_channels if probe.audio else 0
    is_inverted = bool(probe.audio and probe.audio.is_inverted)
    is_merged = probe.container == _TRANSPORT_STREAM
    if not probe.stretches:
        zero = Fraction(probe.zero_seconds)
        return (
            Source(path, zero, Fraction(0), duration, channels, is_merged=is_merged, is_inverted=is_inverted),
        )
    starts = [Fraction(stretch.start_seconds) for stretch in probe.stretches]
    return tuple(
        Source(
            path, Fraction(stretch.zero_seconds) - start, start, end, stretch.num_channels,
            stretch.first_byte, stretch.end_byte, probe.container, start == starts[-1],
            is_merged, stretch.is_inverted,
        )
        for stretch, start, end in zip(probe.stretches, starts, [*starts[1:], duration], strict=True)
    )  # fmt: skip


def steps_of(
    probe: Probe, rate_fps: Fraction, first_step: int, end_step: int
) -> Iterator[tuple[Source, int, int]]:
    """(source, first, end) of the steps [first_step, end_step) of an even grid, by their centres."""
    for source in sources_of(Path(probe.path), probe):
        end = end_step if source.is_last else min(source.end_step(rate_fps), end_step)
        if first_step < end:
            yield source, first_step, end
            first_step = end


def source_at(sources: tuple[Source, ...], seconds: float | Fraction) -> Source:
    """The source in which a moment of the part is."""
    return next((source for source in sources if seconds < source.end_seconds), sources[-1])
