"""Tiny matches whose every moment is known: frame numbers burnt into the pixels, clicks and flashes.

Forty-five minutes take a second: one segment is encoded and its packets are written again and again at exact
times. Numbers therefore repeat with the segment; no error of a whole segment can be taken for the truth.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

HEIGHT, WIDTH = 36, 64
CELL_HEIGHT, CELL_WIDTH, NUM_COLUMNS, NUM_BITS = 12, 8, 6, 12
SOUND_RATE_HZ = 8000
PACKET_SAMPLES = 4000
FLASH_OFFSET_SECONDS = Fraction(5)  # flash and click of every segment
FLASH_SECONDS = 1
Frame = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sound:
    """What may be odd about the sound; its clicks stay where the timestamps say.

    delay_seconds: no packets before. stretch: timestamps run so much faster than the samples (a drifting clock).
    overlap_samples: each segment holds so many more than its timestamps have room for (as AAC joints do).
    """

    codec: str = "pcm_u8"
    delay_seconds: Fraction = Fraction(0)
    stretch: Fraction = Fraction(1)
    overlap_samples: int = 0


@dataclass(frozen=True)
class Match:
    """What a generated recording shows. Times are seconds from the part's time zero."""

    path: Path
    rate_fps: Fraction
    frame_seconds: npt.NDArray[np.float64]  # (P,) when each picture appears, as the container stores it
    numbers_per_segment: int
    event_seconds: npt.NDArray[np.float64]  # (E,) when flash and click happen
    duration_seconds: float

    def number_at(self, seconds: npt.ArrayLike, *, tolerance_seconds: float) -> npt.NDArray[np.int64]:
        """The numbers of the pictures on screen at moments; one that appears within the tolerance counts."""
        moments = np.asarray(seconds, dtype=np.float64) + tolerance_seconds
        index = np.searchsorted(self.frame_seconds, moments, side="right") - 1
        return np.maximum(index, 0) % self.numbers_per_segment


def draw(number: int, *, bright: bool) -> Frame:
    """(H, W) uint8: the number as black and white cells on the left, the flash on the right."""
    picture = np.full((HEIGHT, WIDTH), 40, dtype=np.uint8)
    for bit in range(NUM_BITS):
        row, column = divmod(bit, NUM_COLUMNS)
        top, left = row * CELL_HEIGHT, column * CELL_WIDTH
        picture[top : top + CELL_HEIGHT, left : left + CELL_WIDTH] = 235 if number >> bit & 1 else 16
    picture[:, NUM_COLUMNS * CELL_WIDTH :] = 235 if bright else 16
    return picture


def read_number(picture: Frame) -> int:
    """The number in a picture of any size and shape (H, W) or (H, W, C)."""
    gray = _gray(picture)
    H, W = gray.shape
    number = 0
    for bit in range(NUM_BITS):
        row, column = divmod(bit, NUM_COLUMNS)
        y = round((row + 0.5) * CELL_HEIGHT / HEIGHT * H)
        x = round((column + 0.5) * CELL_WIDTH / WIDTH * W)
        number |= int(gray[y, x] > 125) << bit
    return number


def brightness(picture: Frame) -> float:
    """Mean of the flash area, 0 to 255."""
    gray = _gray(picture)
    H, W = gray.shape
    return float(gray[H // 4 : 3 * H // 4, round(W * 0.82) : round(W * 0.95)].mean())


def _gray(picture: Frame) -> npt.NDArray[np.float64]:
    plane = picture.astype(np.float64)
    return plane if plane.ndim == 2 else plane.mean(axis=2)


def render_match(
    path: Path,
    *,
    rate_fps: Fraction,
    num_segments: int,
    start_seconds: Fraction = Fraction(0),
    segment_seconds: int = 10,
    durations: Callable[[int], int] | None = None,
    sound: Sound | None = Sound(),
    keyframe_frames: int = 50,
    open_gop: bool = False,
) -> Match:
    """Write a recording of num_segments equal segments of about segment_seconds; .mkv counts milliseconds.

    durations: each picture's length in frames of rate_fps (a variable rate). start_seconds: where the
    container's clock stands at the first picture.
    """
    per_segment = round(segment_seconds * rate_fps)
    starts = _picture_starts(per_segment, durations)
    segment = per_segment / rate_fps
    time_base = Fraction(1, 1000) if path.suffix == ".mkv" else Fraction(1, rate_fps.numerator)
    flash = _flash_start(starts, rate_fps)
    frames = np.add.outer(np.arange(num_segments) * per_segment, starts).ravel()
    pts = _rounded(frames, step=1 / (rate_fps * time_base), offset=start_seconds / time_base)
    with av.open(_coded_segment(starts, rate_fps, keyframe_frames, open_gop)) as coded:
        rows = _rows(coded)
        with av.open(str(path), "w") as output:
            video = output.add_stream_from_template(coded.streams.video[0])
            video.time_base = time_base
            audio = output.add_stream(sound.codec, rate=SOUND_RATE_HZ, layout="mono") if sound else None
            for k in range(num_segments):
                _write_pictures(output, video, rows, pts, k * len(starts), time_base)
                if sound and audio:
                    _write_sound(
                        output, audio, sound, start_seconds + k * segment, segment, flash, first=k == 0
                    )
    return Match(
        path=path,
        rate_fps=rate_fps,
        frame_seconds=(np.array(pts) - pts[0]) * float(time_base),
        numbers_per_segment=len(starts),
        event_seconds=np.array([float(k * segment + flash) for k in range(num_segments)]),
        duration_seconds=float(num_segments * segment),
    )


def _rounded(indices: npt.NDArray[np.int64], *, step: Fraction, offset: Fraction) -> list[int]:
    """offset + index * step to the nearest whole number, exactly."""
    unit = 2 * step.denominator * offset.denominator
    values = indices * int(step * unit) + int(offset * unit) + unit // 2
    return [int(value) for value in values // unit]


def _picture_starts(per_segment: int, durations: Callable[[int], int] | None) -> list[int]:
    starts, at = list[int](), 0
    while at < per_segment:
        starts.append(at)
        at += durations(len(starts)) if durations else 1
    return starts


def _flash_start(starts: list[int], rate_fps: Fraction) -> Fraction:
    """When the first bright picture of a segment appears; the click is put there too."""
    return next(start / rate_fps for start in starts if start / rate_fps >= FLASH_OFFSET_SECONDS)


def _coded_segment(starts: list[int], rate_fps: Fraction, keyframe_frames: int, open_gop: bool) -> io.BytesIO:
    memory = io.BytesIO()
    with av.open(memory, "w", format="mp4") as holder:
        stream = holder.add_stream("libx264", rate=rate_fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {
            "preset": "ultrafast",
            "crf": "12",
            "threads": "1",
            "bf": "2",
            "g": str(keyframe_frames),
            "x264-params": f"scenecut=0:open-gop={int(open_gop)}:b-adapt=0:weightp=0",
        }
        flash = _flash_start(starts, rate_fps)
        for index, start in enumerate(starts):
            bright = flash <= start / rate_fps < flash + FLASH_SECONDS
            chroma = np.full((HEIGHT // 2, WIDTH), 128, dtype=np.uint8)
            planes = np.concatenate([draw(index, bright=bright), chroma])
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = index
            holder.mux(stream.encode(frame))
        holder.mux(stream.encode(None))
    memory.seek(0)
    return memory


@dataclass(frozen=True)
class Row:
    """One coded picture in stored order; shown is its index as shown."""

    data: bytes
    shown: int
    is_keyframe: bool


def _rows(coded: av.container.InputContainer) -> list[Row]:
    packets = [packet for packet in coded.demux(video=0) if packet.size]
    order = np.argsort(np.argsort([packet.pts for packet in packets]))
    return [Row(bytes(p), int(n), bool(p.is_keyframe)) for p, n in zip(packets, order, strict=True)]


def _write_pictures(
    output: Any, video: Any, rows: list[Row], pts: list[int], base: int, time_base: Fraction
) -> None:
    usual = pts[1] - pts[0]
    delay = max(stored - row.shown for stored, row in enumerate(rows))
    for stored, row in enumerate(rows):
        packet = av.Packet(row.data)
        packet.stream, packet.time_base = video, time_base
        shown, earlier = base + row.shown, base + stored - delay
        packet.pts = pts[shown]
        packet.dts = pts[earlier] if earlier >= 0 else pts[0] + earlier * usual
        packet.duration = pts[shown + 1] - pts[shown] if shown + 1 < len(pts) else usual
        packet.is_keyframe = row.is_keyframe
        output.mux(packet)


def _write_sound(
    output: Any, audio: Any, sound: Sound, base: Fraction, segment: Fraction, click: Fraction, *, first: bool
) -> None:
    """A segment's samples with a click, in packets whose timestamps are the truth."""
    num_samples = round(segment * SOUND_RATE_HZ / sound.stretch)
    samples = np.zeros(num_samples + sound.overlap_samples)
    peak = round(click * SOUND_RATE_HZ / sound.stretch)
    samples[peak - 4 : peak + 5] = np.hanning(11)[1:-1]
    is_byte = sound.codec == "pcm_u8"
    coded = (samples * 100 + 128).astype(np.uint8) if is_byte else (samples * 20000).astype("<i2")
    for start in range(0, len(samples), PACKET_SAMPLES):
        moment = start / Fraction(SOUND_RATE_HZ) * sound.stretch
        if first and moment < sound.delay_seconds:
            continue
        piece = coded[start : start + PACKET_SAMPLES]
        packet = av.Packet(piece.tobytes())
        packet.stream, packet.time_base = audio, Fraction(1, SOUND_RATE_HZ)
        packet.pts = packet.dts = round((base + moment) * SOUND_RATE_HZ)
        packet.duration = len(piece)
        output.mux(packet)


def clicks(samples: npt.NDArray[np.float32], sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """(E,) seconds of the loudest sample of every click in (S,) sound."""
    loud = np.flatnonzero(np.abs(samples) > 0.15)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > sample_rate_hz // 10) + 1)
    return np.array([g[np.argmax(np.abs(samples[g]))] / sample_rate_hz for g in groups if len(g)])


@dataclass(frozen=True)
class Shown:
    """A clip as a player shows it: (P, H, W) uint8 pictures, (P,) their seconds, (S,) mono sound from 0 s on."""

    pictures: npt.NDArray[np.uint8]
    seconds: npt.NDArray[np.float64]
    samples: npt.NDArray[np.float32]
    sample_rate_hz: int

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """(P,) the burnt-in numbers."""
        return np.array([read_number(picture) for picture in self.pictures])

    @property
    def flashes(self) -> npt.NDArray[np.float64]:
        """(E,) seconds at which the picture turns bright."""
        return flash_starts(self.pictures, self.seconds)

    @property
    def clicks(self) -> npt.NDArray[np.float64]:
        """(E,) seconds of the clicks."""
        return clicks(self.samples, self.sample_rate_hz)


def flash_starts(
    pictures: npt.NDArray[np.uint8], seconds: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """(E,) the moments among (P,) seconds at which (P, H, W) or (P, H, W, C) pictures turn bright."""
    bright = np.array([brightness(picture) > 125 for picture in pictures])
    return seconds[1:][bright[1:] & ~bright[:-1]]


def read_shown(path: Path) -> Shown:
    """Decode a whole clip, placing its sound by its timestamps."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        pictures = np.array([frame.to_ndarray(format="gray") for frame in frames])
        seconds = np.array([frame.time for frame in frames])
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        blocks = [(frame.pts, frame.to_ndarray().mean(axis=0)) for frame in container.decode(audio=0)]
    first = blocks[0][0]
    samples = np.concatenate([block for _, block in blocks]).astype(np.float32)
    samples = np.concatenate([np.zeros(max(0, first), dtype=np.float32), samples[max(0, -first) :]])
    return Shown(pictures, seconds, samples, rate)
