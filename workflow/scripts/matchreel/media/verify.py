"""Check a written clip by its packets: start, length, rate, size, streams, and sound against picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from matchreel.errors import MatchreelError, OutputError
from matchreel.media.demux import PacketTimes, audio_stream, open_media, read_packet_times, video_stream
from matchreel.media.pictures import first_sound_seconds
from matchreel.media.tools import REENCODE

# SOURCE: ITU-R BT.1359: sound may lead by 25 ms (and lag by more) before anybody notices.
MAX_OFFSET_SECONDS = 0.025
_ROUNDING_SECONDS = 0.0011


@dataclass(frozen=True)
class ClipFacts:
    """What a clip must hold: frames at a constant rate from 0 on, and 48 kHz stereo sound as long."""

    num_frames: int
    rate_fps: Fraction
    width: int
    height: int

    @property
    def duration_seconds(self) -> float:
        """Length of the pictures."""
        return float(self.num_frames / self.rate_fps)


def verify_clip(clip_path: Path, *, expected: ClipFacts, where: object) -> None:
    """Raise OutputError, saying `where`, unless the file is what was asked for."""
    problem = _problem(clip_path, expected)
    if problem:
        raise OutputError(
            f"the clip came out wrong: {problem}",
            where=where,
            remedy=f"See whether the recording plays at that moment; if so, {REENCODE}",
        )


def _problem(path: Path, expected: ClipFacts) -> str | None:
    try:
        with open_media(path) as container:
            video, audio = video_stream(container), audio_stream(container)
            if video is None or audio is None:
                return "picture or sound is missing"
            size = (video.codec_context.width, video.codec_context.height)
            layout = (audio.codec_context.sample_rate, audio.codec_context.channels)
            times = read_packet_times(container, path)
    except MatchreelError as error:
        return error.what
    if size != (expected.width, expected.height):
        return f"{size[0]}x{size[1]} instead of {expected.width}x{expected.height}"
    if layout != (48000, 2):
        return f"sound at {layout[0]} Hz in {layout[1]} channels"
    return _picture_problem(times, expected) or _sound_problem(path, times, expected)


def _picture_problem(times: PacketTimes, expected: ClipFacts) -> str | None:
    assert times.video
    num_frames = len(times.video.pts)
    if num_frames != expected.num_frames:
        return f"{num_frames} frames instead of {expected.num_frames}"
    shown = times.video.pts * float(times.video.time_base)
    wanted = np.arange(num_frames) / float(expected.rate_fps)
    worst = float(np.abs(shown - wanted).max())
    return f"a frame is {worst * 1000:.1f} ms off" if worst > _ROUNDING_SECONDS else None


def _sound_problem(path: Path, times: PacketTimes, expected: ClipFacts) -> str | None:
    assert times.audio
    start = first_sound_seconds(path)
    if start is None:
        return "its sound cannot be decoded"
    if abs(start) > MAX_OFFSET_SECONDS:
        return f"the sound starts {float(start) * 1000:.0f} ms after the picture"
    frame_seconds = 1024 / 48000  # AAC's
    end = float(times.audio.end_seconds)
    late = end - expected.duration_seconds
    if not -MAX_OFFSET_SECONDS <= late <= frame_seconds + MAX_OFFSET_SECONDS:
        return f"the sound ends {late * 1000:.0f} ms after the picture"
    return None
