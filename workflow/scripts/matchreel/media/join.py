"""Join clips without losing a frame or a sample: pictures copied, sound encoded once over the whole.

The clips' own sound is not used: each would bring its encoder's padding, and the paddings would add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg as graph
import numpy as np
import soundfile
from av.error import FFmpegError

from matchreel.errors import OutputError
from matchreel.media.commands import AAC_CODER, ENCODE_THREADS, REPRODUCIBLE, SOUND_RATE_HZ
from matchreel.media.demux import audio_stream, open_media, video_stream
from matchreel.media.tools import PROTOCOLS, arguments_of, media_url, run_ffmpeg

_BLOCK_SAMPLES = 1 << 16
_CHAPTER_TIME_BASE = Fraction(1, 1000)
_ESCAPED = str.maketrans({character: f"\\{character}" for character in "=;#\\\n"})


@dataclass(frozen=True)
class ClipStreams:
    """What decides whether clips can be joined by copying: all of it must be equal."""

    codec: str
    setup: bytes | None  # the decoder's set-up: size, profile, colour
    rate_fps: Fraction
    has_sound: bool


def clip_streams(clip_path: Path) -> tuple[ClipStreams, int]:
    """The streams of a clip, and how many frames it has."""
    with open_media(clip_path) as container:
        video: Any = video_stream(container)
        setup = None if video is None else video.codec_context.extradata
        rate = Fraction(0) if video is None else Fraction(video.average_rate)
        codec = "" if video is None else video.codec_context.name
        has_sound = audio_stream(container) is not None
        num_frames = sum(packet.size > 0 for packet in container.demux(video)) if video else 0
    return ClipStreams(codec, setup, rate, has_sound), num_frames


def coded_size(clip_path: Path) -> tuple[int, int]:
    """(width, height) of a clip's pictures."""
    with open_media(clip_path) as container:
        video: Any = video_stream(container)
        return int(video.codec_context.width), int(video.codec_context.height)


def join_pictures(clip_paths: Sequence[Path], video_path: Path, *, rate_fps: Fraction) -> None:
    """Copy the coded pictures of equal clips one after another; every frame at its exact multiple."""
    delay = max(_shown_order(path)[1] for path in clip_paths)
    try:
        with av.open(media_url(video_path), "w", format="mp4", options={"fflags": "+bitexact"}) as output:
            stream: Any = None
            base = 0
            for path in clip_paths:
                with open_media(path) as container:
                    template: Any = video_stream(container)
                    if stream is None:
                        stream = output.add_stream_from_template(template)
                        stream.time_base = Fraction(1, rate_fps.numerator)
                    base += _copy(container.demux(template), output, stream, path, base, delay, rate_fps)
    except FFmpegError as error:
        raise OutputError(
            f"the clips cannot be joined ({error.strerror})",
            where=video_path,
            remedy="Free some space, then run the same command again",
        ) from error


def _shown_order(path: Path) -> tuple[list[int], int]:
    """For each stored packet the index of its frame as shown; and the reordering delay in frames."""
    with open_media(path) as container:
        video: Any = video_stream(container)
        shown = np.array([packet.pts for packet in container.demux(video) if packet.pts is not None])
    order = np.argsort(np.argsort(shown))
    return [int(index) for index in order], int(max(np.arange(len(order)) - order))


def _copy(
    packets: Any, output: Any, stream: Any, path: Path, base: int, delay: int, rate_fps: Fraction
) -> int:
    order, _ = _shown_order(path)
    unit = rate_fps.denominator
    for index, (packet, shown) in enumerate(zip((p for p in packets if p.size), order, strict=True)):
        packet.stream = stream
        packet.time_base = Fraction(1, rate_fps.numerator)
        packet.pts = (base + shown) * unit
        packet.dts = (base + index - delay) * unit
        packet.duration = unit
        output.mux(packet)
    return len(order)


def join_sound(
    sound_paths: Sequence[Path], wav_path: Path, *, num_frames: Sequence[int], rate_fps: Fraction
) -> None:
    """Write the clips' 48 kHz stereo WAVs as one, each from the very sample where its first frame stands."""
    goals = [round(int(end) / rate_fps * SOUND_RATE_HZ) for end in np.cumsum(num_frames)]
    kind: dict[str, Any] = {"samplerate": SOUND_RATE_HZ, "channels": 2, "subtype": "PCM_16", "format": "WAV"}
    try:
        with soundfile.SoundFile(str(wav_path), "w", **kind) as output:
            written = 0
            for path, goal in zip(sound_paths, goals, strict=True):
                written += _append(path, output, goal - written)
    except soundfile.LibsndfileError as error:
        raise OutputError(
            f"the sound of a clip cannot be joined ({error.error_string})",
            where=wav_path,
            remedy="Free some space, then run the same command again",
        ) from error


def _append(path: Path, output: Any, num_samples: int) -> int:
    left = num_samples
    with soundfile.SoundFile(str(path)) as stream:
        while left > 0 and len(
            block := stream.read(min(left, _BLOCK_SAMPLES), dtype="int16", always_2d=True)
        ):
            output.write(block)
            left -= len(block)
    # A clip of a broken rate is rounded to a sample: at most that one is missing here.
    output.write(np.zeros((left, 2), dtype=np.int16))
    return num_samples


def mux_reel(
    *,
    video_path: Path,
    wav_path: Path,
    chapters_path: Path,
    reel_path: Path,
    audio_bitrate_kbps: int,
    ffmpeg: str,
    where: Path,
) -> None:
    """Pictures copied, sound encoded in one go, chapters added, index in front."""
    pictures, sound = (
        graph.input(media_url(p), protocol_whitelist=PROTOCOLS) for p in (video_path, wav_path)
    )
    options = REPRODUCIBLE | {
        "map_metadata": 2,  # the chapters' file has none of its own; -1 would drop the chapters' titles too
        "c:v": "copy",
        "c:a": "aac",
        "b:a": f"{audio_bitrate_kbps}k",
        "aac_coder": AAC_CODER,
        "threads": ENCODE_THREADS,
        "flags:a": "+bitexact",
        "movflags": "+faststart",
        "map_chapters": 2,
        "format": "mp4",
    }
    output = graph.output(pictures["v:0"], sound["a:0"], media_url(reel_path), **options)
    # ffmpeg-python has no node for an input without streams, so the chapters come in by hand, as input 2.
    arguments = list(arguments_of(output))
    first_map = arguments.index("-map")
    arguments[first_map:first_map] = ["-f", "ffmetadata", "-i", media_url(chapters_path)]
    run_ffmpeg(arguments, ffmpeg=ffmpeg, what="joining the reel", where=where, timeout_seconds=None)


def write_chapters(
    path: Path, titles: Sequence[str], starts_seconds: Sequence[Fraction], end_seconds: Fraction
) -> None:
    """A file of ffmpeg metadata with one chapter a title, each up to the next one's start."""
    lines = [";FFMETADATA1"]
    bounds = [*starts_seconds, end_seconds]
    for title, start, end in zip(titles, bounds, bounds[1:], strict=False):
        first, last = round(start / _CHAPTER_TIME_BASE), round(end / _CHAPTER_TIME_BASE)
        lines += ["[CHAPTER]", f"TIMEBASE={_CHAPTER_TIME_BASE}", f"START={first}", f"END={last}"]
        lines.append(f"title={title.translate(_ESCAPED)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
