"""Short recordings of camera takes: textures that drift, with cuts and fades at known pictures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

HEIGHT, WIDTH = 72, 128
Frame = npt.NDArray[np.uint8]


def take(seed: int, num_pictures: int) -> list[Frame]:
    """Pictures (H, W, 3) uint8 of one camera that pans over blobs of a few colours."""
    rng = np.random.default_rng(seed)
    wide = rng.integers(0, 256, (6, 12, 3), dtype=np.uint8)
    scene = cv2.resize(wide, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    speed = rng.uniform(0.1, 0.5)
    starts = [round(speed * index) % WIDTH for index in range(num_pictures)]
    return [scene[:, start : start + WIDTH] for start in starts]


def takes(lengths: Sequence[int], *, seed: int, fade_pictures: int = 0) -> list[Frame]:
    """Takes one after the other, cut hard, or faded into each other over so many pictures."""
    pictures = list[Frame]()
    for index, length in enumerate(lengths):
        new = take(1000 * seed + index, length)
        for at in range(min(fade_pictures, len(pictures))):
            share = (at + 1) / (fade_pictures + 1)
            old = pictures[-fade_pictures + at]
            pictures[-fade_pictures + at] = cv2.addWeighted(old, 1 - share, new[0], share, 0)
        pictures += new
    return pictures


def write_pictures(
    path: Path, pictures: Sequence[Frame], seconds: Sequence[Fraction], rate: Fraction
) -> Path:
    """Encode pictures that appear at these moments of the container's clock; .mkv counts milliseconds."""
    time_base = Fraction(1, 1000) if path.suffix == ".mkv" else Fraction(1, rate.numerator)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = time_base
        stream.options = {"preset": "ultrafast", "crf": "16", "threads": "1", "g": "50", "bf": "0"}
        for picture, moment in zip(pictures, seconds, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.pts, frame.time_base = round(moment / time_base), time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
