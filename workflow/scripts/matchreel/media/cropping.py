"""A crop that moves: the whole height of the picture, as wide as asked for, from left to right and back."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from matchreel.media.colours import StreamClock, as_bt709, is_mapped
from matchreel.media.filters import SCALE_FLAGS, display_size
from matchreel.records import Float64, VideoStream


@dataclass(frozen=True)
class CropPath:
    """centres (N,) in [0, 1]: the crop's middle as a share of the picture's width, in [i, i + 1) / rate_fps
    seconds after first_seconds of the part's clock. Before and after, the first and the last one hold.
    """

    first_seconds: float
    rate_fps: Fraction
    centres: Float64

    def __post_init__(self) -> None:
        if self.centres.ndim != 1 or not len(self.centres):
            raise ValueError(f"a path of shape {self.centres.shape}")

    def index_at(self, seconds: float) -> int:
        """The step a moment of the part's clock lies in; one that starts within a millisecond counts."""
        index = int(np.floor((seconds - self.first_seconds + 0.001) * float(self.rate_fps)))
        return min(max(index, 0), len(self.centres) - 1)


def scaled_width(video: VideoStream, height: int) -> int:
    """Width in pixels, even, of the whole picture at a height."""
    shown = display_size(video)
    return max(2, round(Fraction(shown[0], shown[1]) * height / 2) * 2)


def crop_lefts(
    path: CropPath, *, start_seconds: float, num_frames: int, rate_fps: Fraction, width: int, full_width: int
) -> list[int]:
    """The crop's left column for each of a clip's frames, in pixels of the scaled picture, inside it."""
    starts = (start_seconds + float(k / rate_fps) for k in range(num_frames))
    centres = (path.centres[path.index_at(seconds)] for seconds in starts)
    return [min(max(round(centre * full_width - width / 2), 0), full_width - width) for centre in centres]


def write_commands(commands_path: Path, lefts: list[int], rate_fps: Fraction) -> None:
    """What ffmpeg's sendcmd reads: a quarter of a frame before each frame that moves, its left column."""
    lines = [
        f"{max(0.0, float((k - Fraction(1, 4)) / rate_fps)):.6f} crop x {left};"
        for k, left in enumerate(lefts)
        if k == 0 or left != lefts[k - 1]
    ]
    commands_path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def cropped(
    stream: Any,
    video: VideoStream,
    *,
    width: int,
    height: int,
    commands_path: Path,
    left: int,
    clock: StreamClock,
) -> Any:
    """Scaled to the height in square pixels, then cropped: so the crop moves by pixels of the output.

    Colours are kept at full resolution until then, or the crop could move by two pixels only.
    """
    stream = stream.filter("scale", scaled_width(video, height), height, flags=SCALE_FLAGS, out_range="tv")
    stream = stream.filter("setsar", 1).filter("format", "yuv444p10" if is_mapped(video) else "yuv444p")
    stream = stream.filter("sendcmd", filename=str(commands_path))
    return as_bt709(stream.filter("crop", width, height, left, 0), video, clock)
