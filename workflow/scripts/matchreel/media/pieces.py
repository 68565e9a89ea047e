"""A clip's frames and sound out of the recording: of one stretch of the part's clock, seldom of several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from matchreel.media.audio import sound_on_clock
from matchreel.media.filters import (
    deinterlaced,
    media_input,
    moved_to_zero,
    of_one_shape,
    one_after_the_other,
    seeking,
    silence,
    sound_stream,
)
from matchreel.media.seeking import Entry
from matchreel.media.sources import Source, sources_of
from matchreel.records import AudioStream, Probe, VideoStream

SOUND_RATE_HZ = 48000
_SOUND_LEAD_SECONDS = 2  # sound decoders need a moment to settle, and sound is stored before its picture
_EARLY_FRAMES = Fraction(1, 4)
_PAD_SECONDS = 1  # of the last picture, where a recording's last timestamp promises a little more


@dataclass(frozen=True)
class Piece:
    """Frames [first_frame, end_frame) of a clip, out of one source.

    start_seconds: when its first frame is shown, on the source's clock. keyframe_seconds: where to decode it
    from; None: from the source's beginning. is_shown_before: its first picture may be on screen already.
    """

    source: Source
    start_seconds: Fraction
    keyframe_seconds: Fraction | None
    first_frame: int
    end_frame: int
    rate_fps: Fraction
    is_shown_before: bool

    @property
    def num_samples(self) -> int:
        """Its sound at SOUND_RATE_HZ; of all pieces of a clip together exactly as long as its frames."""
        return num_samples(self.end_frame, self.rate_fps) - num_samples(self.first_frame, self.rate_fps)


def num_samples(num_frames: int, rate_fps: Fraction) -> int:
    """Sound samples that are as long as so many frames."""
    return round(num_frames / rate_fps * SOUND_RATE_HZ)


def pieces_of(path: Path, probe: Probe, *, entry: Entry, num_frames: int, rate_fps: Fraction) -> list[Piece]:
    """The pieces of a clip that begins at an entry. A frame shows the picture of a quarter frame later."""
    pieces, first = (
        [
            Piece(
                entry.source,
                entry.start_seconds,
                entry.keyframe_seconds,
                0,
                num_frames,
                rate_fps,
                is_shown_before=entry.held_seconds > 0,
            )
        ],
        0,
    )
    for source in sources_of(path, probe):
        if source.start_seconds > entry.source.start_seconds:
            first = max(
                first + 1, math.ceil((source.start_seconds - entry.moment_seconds) * rate_fps - _EARLY_FRAMES)
            )
            if first >= num_frames:
                break
            pieces[-1] = replace(pieces[-1], end_frame=first)
            start = source.zero_seconds + entry.moment_seconds + first / rate_fps
            pieces.append(Piece(source, start, None, first, num_frames, rate_fps, is_shown_before=True))
    return pieces


def clip_frames(pieces: Sequence[Piece], video: VideoStream) -> Any:
    """The clip's frames, deinterlaced, at its rate; at its end the last one goes on for a moment."""
    streams = [_frames(piece, video) for piece in pieces]
    if len(streams) == 1:
        return streams[0]
    exact = [
        stream.filter("trim", end_frame=piece.end_frame - piece.first_frame)
        for stream, piece in zip(streams, pieces, strict=True)
    ]
    rate = str(pieces[0].rate_fps)
    stream = one_after_the_other(exact).filter("settb", f"1/({rate})").filter("setpts", "N")
    return stream.filter("fps", fps=rate)


def _frames(piece: Piece, video: VideoStream) -> Any:
    # A change of the picture's size in mid-stream must not restart the graph and with it the clock.
    place = seeking(piece.keyframe_seconds)
    source = media_input(piece.source, reinit_filter=0, **place, **only("v"))
    shaped = of_one_shape(source["V:0"], video)
    # A quarter of a frame early: rounded timestamps must not make a steady rate skip and repeat.
    early, start = float(_EARLY_FRAMES / piece.rate_fps), dict[str, Any]()
    stream = moved_to_zero(deinterlaced(shaped, video), float(piece.start_seconds))
    if piece.is_shown_before:
        start = {"start_time": 0}
    else:
        stream = stream.filter("trim", start=f"-{early / 2:.6f}")
    stream = stream.filter("setpts", f"PTS-{early:.6f}/TB")
    stream = stream.filter("fps", fps=str(piece.rate_fps), round="up", **start)
    return stream.filter("tpad", stop_mode="clone", stop_duration=_PAD_SECONDS)


def clip_sound(pieces: Sequence[Piece], audio: AudioStream | None, *, is_strict: bool) -> Any:
    """The clip's sound, stereo at SOUND_RATE_HZ, exactly as long as its frames."""
    streams = [_sound(piece, audio, is_strict) for piece in pieces]
    return one_after_the_other(streams, sound=True)


def _sound(piece: Piece, audio: AudioStream | None, is_strict: bool) -> Any:
    if audio is None or not piece.source.num_channels:
        return silence(SOUND_RATE_HZ, "stereo", piece.num_samples)
    lead = piece.start_seconds - _SOUND_LEAD_SECONDS
    seek_seconds = lead if lead > piece.source.first_seconds else None
    sound = sound_stream(piece.source, audio, **seeking(seek_seconds), **only("a"))
    stream = sound_on_clock(
        sound,
        zero_seconds=float(piece.start_seconds),
        sample_rate_hz=SOUND_RATE_HZ,
        num_samples=piece.num_samples,
        is_strict=is_strict,
    )
    return stream.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def only(kind: str) -> dict[str, Any]:
    """Options of an input of which one kind of stream is used."""
    return {"threads": 1, **{f"{other}n": None for other in "vasd" if other != kind}}
