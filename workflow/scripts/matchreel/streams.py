"""The sound and the picture of a recording: facts that its probe has found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from matchreel.timeline import parse_rate


@dataclass(frozen=True)
class ShapeSpan:
    """Where on the container's clock pictures have another size or shape than most."""

    start_seconds: float
    end_seconds: float
    width: int
    height: int
    sample_aspect: Fraction

    @classmethod
    def of(cls, raw: dict[str, Any]) -> ShapeSpan:
        """Of what JSON holds of one."""
        return cls(**raw | {"sample_aspect": parse_rate(raw["sample_aspect"])})


@dataclass(frozen=True)
class VideoStream:
    """Facts of a part's video. sample_aspect is width/height of one pixel; rotation in degrees clockwise.

    Size and shape are those that most of the time has. other_shapes: where not. colour: a name of
    media.colours. sdr_spans: where a part that is HDR elsewhere is not, on the container's clock.
    """

    codec: str
    width: int
    height: int
    sample_aspect: Fraction
    rate_fps: Fraction
    start_seconds: float  # on the container's own clock, which players and ffmpeg's seeks count from
    is_variable_rate: bool
    is_interlaced: bool
    rotation_degrees: int
    other_shapes: tuple[ShapeSpan, ...] = ()
    colour: str = ""
    sdr_spans: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, raw: dict[str, Any]) -> VideoStream:
        """Of what JSON holds of one."""
        values = raw | {key: parse_rate(raw[key]) for key in ("sample_aspect", "rate_fps")}
        spans = raw.get("sdr_spans", ())
        values["sdr_spans"] = tuple((float(start), float(end)) for start, end in spans)
        values["other_shapes"] = tuple(map(ShapeSpan.of, raw.get("other_shapes", ())))
        return cls(**values)


@dataclass(frozen=True)
class SoundStretch:
    """Sound from one track in [start_seconds, end_seconds) of the container's clock.

    first_byte and end_byte: the piece of the file in which the track has that number; 0: no bound.
    is_inverted: whether one of its two channels is the other one upside down there. later_seconds: of a clock
    that starts again in the file, what its times lack to those of the first clock.
    """

    start_seconds: float
    end_seconds: float
    track: int
    first_byte: int = 0
    end_byte: int = 0
    is_inverted: bool = False
    later_seconds: float = 0.0


@dataclass(frozen=True)
class AudioStream:
    """Facts of a part's sound. start_seconds is on the container's own clock.

    track: which of the recording's num_tracks sound tracks is used, counted from 0. silent_track: the track
    that the container marks as default, where it is silent and another one is used. is_audible: whether it is
    more than silence. is_inverted: one of its two channels is the other one upside down, of stretches in any
    of them. stretches: where the sound is found if it does not stay in one track and format; num_changes: how
    often it changes.
    """

    codec: str
    sample_rate_hz: int
    num_channels: int
    start_seconds: float
    track: int = 0
    num_tracks: int = 1
    silent_track: int | None = None
    is_audible: bool = True
    is_inverted: bool = False
    stretches: tuple[SoundStretch, ...] = ()
    num_changes: int = 0

    @classmethod
    def of(cls, raw: dict[str, Any]) -> AudioStream:
        """Of what JSON holds of one."""
        stretches = tuple(SoundStretch(**row) for row in raw.get("stretches", ()))
        return cls(**raw | {"stretches": stretches})


@dataclass(frozen=True)
class Stretch:
    """Bytes [first_byte, end_byte) of a recording in which its clock runs on without starting again.

    start_seconds is on the part's clock, zero_seconds is the same moment on the clock of these bytes.
    num_channels is 0 where the stretch has no sound. is_inverted: one of its two channels is the other one
    upside down.
    """

    first_byte: int
    end_byte: int
    start_seconds: float
    zero_seconds: float
    num_channels: int
    is_inverted: bool = False
