"""Pieces of a reel that no recording holds: the title card, and the crossfades between clips.

Both are built on pictures of the cut clips, so that they are alike in every property and join by copying.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg as graph

from matchreel.media.commands import (
    REPRODUCIBLE,
    Encoding,
    forced_keyframes,
    picture_options,
)
from matchreel.media.encoders import device_options, uploaded
from matchreel.media.filters import SCALE_FLAGS
from matchreel.media.tools import PROTOCOLS, Job, arguments_of, media_url

_THREADS = ("-filter_threads", "1", "-filter_complex_threads", "1")


@dataclass(frozen=True)
class Crossfade:
    """num_frames pictures in which the tail of one clip becomes the head of the next.

    tail_frame: where they start in the first clip. The first picture is still the first clip's alone.
    """

    tail_path: Path
    tail_frame: int
    head_path: Path
    num_frames: int
    video_path: Path


@dataclass(frozen=True)
class StillClip:
    """A picture as large as the clips' shown for num_frames, from and to black over fade_frames.

    like_path: the clip that it shall be joined with. fade_ends: which ends are faded, "in" and "out".
    key_frames: as of a Cut.
    """

    image_path: Path
    like_path: Path
    num_frames: int
    fade_frames: int
    fade_ends: tuple[str, ...]
    video_path: Path
    key_frames: tuple[int, ...] = ()


def crossfade_job(fade: Crossfade, *, encoding: Encoding, rate_fps: Fraction) -> Job:
    """The ffmpeg run that writes a crossfade, without sound."""
    # Half a frame early: the seek then keeps just this one and what follows.
    start = float((fade.tail_frame - Fraction(1, 2)) / rate_fps)
    tail = _steady(_clip_input(fade.tail_path, ss=f"{start:.6f}"), rate_fps)
    head = _steady(_clip_input(fade.head_path), rate_fps)
    seconds = f"{float(fade.num_frames / rate_fps):.6f}"
    mixed = graph.filter([tail, head], "xfade", transition="fade", duration=seconds, offset=0)
    return _job(mixed, fade.num_frames, fade.video_path, encoding, rate_fps, "crossfading two clips")


def still_job(still: StillClip, *, encoding: Encoding, rate_fps: Fraction) -> Job:
    """The ffmpeg run that writes a still clip, without sound."""
    below = _steady(_clip_input(still.like_path), rate_fps)
    picture = graph.input(media_url(still.image_path), format="png_pipe", framerate=str(rate_fps)).video
    # It takes the clip's colour space: see commands.
    picture = picture.filter("scale", flags=SCALE_FLAGS).filter("format", "yuv420p")
    shown = graph.filter([below, picture], "overlay", 0, 0, eof_action="repeat", format="yuv420")
    for end in still.fade_ends:
        first = 0 if end == "in" else still.num_frames - still.fade_frames
        shown = shown.filter("fade", type=end, start_frame=first, nb_frames=still.fade_frames)
    options = forced_keyframes(still.key_frames)
    what = "encoding the title card"
    return _job(shown, still.num_frames, still.video_path, encoding, rate_fps, what, **options)


def _clip_input(path: Path, **options: Any) -> Any:
    return graph.input(media_url(path), protocol_whitelist=PROTOCOLS, threads=1, **options)["v:0"]


def _steady(stream: Any, rate_fps: Fraction) -> Any:
    """Every picture once, from timestamp 0 on at the clips' rate, the last one standing for ever."""
    stream = stream.filter("settb", "AVTB").filter("setpts", f"N/({rate_fps})/TB")
    stream = stream.filter("fps", fps=str(rate_fps), start_time=0)
    return stream.filter("tpad", stop_mode="clone", stop=-1)


def _job(
    stream: Any, num_frames: int, path: Path, encoding: Encoding, rate_fps: Fraction, what: str, **more: Any
) -> Job:
    stream = uploaded(stream.filter("format", "yuv420p"), encoding.encoder)
    options = REPRODUCIBLE | picture_options(encoding, rate_fps) | {"frames:v": num_frames} | more
    output = stream.output(media_url(path), **options)
    arguments = (*device_options(encoding.encoder), *_THREADS, *arguments_of(output))
    return Job(arguments, what, path)
