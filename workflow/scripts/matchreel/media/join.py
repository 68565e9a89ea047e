"""Join clips without losing a frame or a sample: pictures copied, sound encoded once over the whole.

The clips' own encoded sound is not used: each would bring its encoder's padding, and these would add up.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import ffmpeg as graph
import numpy as np
import numpy.typing as npt
import soundfile
from av.error import FFmpegError

from matchreel.errors import OutputError
from matchreel.media.commands import REPRODUCIBLE
from matchreel.media.demux import open_media, video_stream
from matchreel.media.pieces import SOUND_RATE_HZ
from matchreel.media.tools import PROTOCOLS, arguments_of, media_url, run_ffmpeg

Int64 = npt.NDArray[np.int64]
Int16 = npt.NDArray[np.int16]
_CHAPTER_TIME_BASE = Fraction(1, 1000)
_ESCAPED = str.maketrans({character: f"\\{character}" for character in "=;#\\\n"})


@dataclass(frozen=True)
class ClipStreams:
    """What decides whether clips can be joined by copying: all of it must be equal."""

    codec: str
    setup: bytes | None  # the decoder's set-up: size, profile, colour
    rate_fps: Fraction


@dataclass(frozen=True)
class Piece:
    """Frames [start_frame, end_frame) of a clip, a keyframe at both; end_frame None: to its end."""

    clip_path: Path
    start_frame: int = 0
    end_frame: int | None = None


def clip_streams(clip_path: Path) -> tuple[ClipStreams, int]:
    """The streams of a clip, and how many frames it has."""
    with open_media(clip_path) as container:
        video: Any = video_stream(container)
        setup = None if video is None else video.codec_context.extradata
        rate = Fraction(0) if video is None else Fraction(video.average_rate)
        codec = "" if video is None else video.codec_context.name
        num_frames = sum(packet.size > 0 for packet in container.demux(video)) if video else 0
    return ClipStreams(codec, setup, rate), num_frames


def coded_size(clip_path: Path) -> tuple[int, int]:
    """(width, height) of a clip's pictures."""
    with open_media(clip_path) as container:
        video: Any = video_stream(container)
        return int(video.codec_context.width), int(video.codec_context.height)


def join_pictures(pieces: Sequence[Piece], video_path: Path, *, rate_fps: Fraction) -> None:
    """Copy the coded pictures of equal clips one after another; every frame at its exact multiple."""
    orders = [_shown_order(piece) for piece in pieces]
    delay = max(int(max(np.arange(len(order)) - order)) for order in orders)
    try:
        with av.open(media_url(video_path), "w", format="mp4", options={"fflags": "+bitexact"}) as output:
            stream: Any = None
            base = 0
            for piece, order in zip(pieces, orders, strict=True):
                with open_media(piece.clip_path) as container:
                    template: Any = video_stream(container)
                    if stream is None:
                        stream = output.add_stream_from_template(template)
                        stream.time_base = Fraction(1, rate_fps.numerator)
                    packets = _packets(container, template, piece)
                    _copy(packets, output, stream, order + base, base - delay, rate_fps)
                base += len(order)
    except FFmpegError as error:
        raise OutputError(
            f"the clips cannot be joined ({error.strerror})",
            where=video_path,
            remedy="Free some space, then run the same command again",
        ) from error


def _packets(container: Any, stream: Any, piece: Piece) -> Any:
    """A piece's packets as stored. Groups of pictures are closed, so frames and packets count alike."""
    held = (packet for packet in container.demux(stream) if packet.size)
    return islice(held, piece.start_frame, piece.end_frame)


def _shown_order(piece: Piece) -> Int64:
    """(N,) int64: for each stored packet of a piece the index of its frame as shown."""
    with open_media(piece.clip_path) as container:
        packets = list(_packets(container, video_stream(container), piece))
    if not packets or not packets[0].is_keyframe:
        raise OutputError(
            f"it has no keyframe at frame {piece.start_frame}",
            where=piece.clip_path,
            remedy="Set reel.encoder: libx264, or reel.transition: cut",
        )
    return np.argsort(np.argsort([packet.pts for packet in packets]))


def _copy(packets: Any, output: Any, stream: Any, shown: Int64, first: int, rate_fps: Fraction) -> None:
    unit = rate_fps.denominator
    for index, packet in enumerate(packets):
        packet.stream = stream
        packet.time_base = Fraction(1, rate_fps.numerator)
        packet.pts = int(shown[index]) * unit
        packet.dts = (first + index) * unit
        packet.duration = unit
        output.mux(packet)


def join_sound(
    sound_paths: Sequence[Path],
    wav_path: Path,
    *,
    starts_frames: Sequence[int],
    num_frames: Sequence[int],
    rate_fps: Fraction,
) -> None:
    """Write the clips' 48 kHz stereo WAVs as one, each from the very sample where its first frame stands.

    Where a clip starts before the one before it ends, the two are mixed at equal power.
    """
    ends = [start + held for start, held in zip(starts_frames, num_frames, strict=True)]
    first, last = ([_sample(frame, rate_fps) for frame in frames] for frames in (starts_frames, ends))
    try:
        with sound_file(wav_path) as write:
            tail = np.zeros((0, 2), dtype=np.int16)
            for index, path in enumerate(sound_paths):
                held = _mixed(tail, _read(path, last[index] - first[index]))
                kept = first[index + 1] - first[index] if index + 1 < len(first) else len(held)
                write(held[:kept])
                tail = held[kept:]
    except soundfile.LibsndfileError as error:
        raise OutputError(
            f"the sound of a clip cannot be joined ({error.error_string})",
            where=wav_path,
            remedy="Free some space, then run the same command again",
        ) from error


@contextmanager
def sound_file(path: Path) -> Iterator[Callable[[Int16], None]]:
    """A 48 kHz stereo WAV to write (N, 2) int16 samples into. OSError where the disk is full."""
    # libsndfile does not say that a disk is full: there is no error then, or one without a cause.
    with path.open("wb") as stream, wave.open(stream, "wb") as held:
        held.setnchannels(2)
        held.setsampwidth(2)
        held.setframerate(SOUND_RATE_HZ)
        yield lambda samples: held.writeframesraw(samples.astype("<i2").tobytes())


def _sample(frame: int, rate_fps: Fraction) -> int:
    return round(frame / rate_fps * SOUND_RATE_HZ)


def _read(path: Path, num_samples: int) -> Int16:
    """(num_samples, 2) int16. A clip of a broken rate is rounded to a sample: at most that one is missing."""
    samples, _ = soundfile.read(str(path), frames=num_samples, dtype="int16", always_2d=True)
    return np.concatenate([samples, np.zeros((num_samples - len(samples), 2), dtype=np.int16)])


def _mixed(tail: Int16, head: Int16) -> Int16:
    """(S, 2) head, with (N, 2) tail fading out over its first N samples."""
    if not len(tail):
        return head
    turn = (np.arange(len(tail)) + 0.5)[:, None] / len(tail) * (np.pi / 2)
    mixed = np.rint(tail * np.cos(turn) + head[: len(tail)] * np.sin(turn))
    return np.concatenate([np.clip(mixed, -32768, 32767).astype(np.int16), head[len(tail) :]])


def mux_reel(
    *, video_path: Path, sound_path: Path, chapters_path: Path, reel_path: Path, ffmpeg: str, where: Path
) -> None:
    """Pictures and encoded sound copied into one file, chapters added, index in front."""
    pictures, sound = (
        graph.input(media_url(p), protocol_whitelist=PROTOCOLS) for p in (video_path, sound_path)
    )
    options = REPRODUCIBLE | {
        "map_metadata": 2,  # the chapters' file has none of its own; -1 would drop the chapters' titles too
        "c": "copy",
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
