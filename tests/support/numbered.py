"""Tiny recordings whose every frame shows its own number in 16 black or white blocks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, BLOCK, NUM_BITS = 128, 32, 16, 16


def numbered_picture(number: int) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: bit k of the number is block k, in two rows of eight."""
    bits = (number >> np.arange(NUM_BITS)) & 1
    blocks = bits.reshape(2, 8).astype(np.uint8) * 200 + 28
    return np.kron(blocks, np.ones((BLOCK, BLOCK), dtype=np.uint8))


def write_numbered(path: Path, *, rate_fps: str, num_frames: int, sound: bool = True) -> Path:
    """A recording of numbered frames with a tone, a keyframe every 5 s as in broadcasts."""
    rate = eval_rate(rate_fps)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", "-f", "rawvideo"]
    command += ["-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate_fps, "-i", "pipe:0"]
    if sound:
        command += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={num_frames / rate}"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-g", str(int(5 * rate)), "-pix_fmt", "yuv420p"]
    command += ["-threads", "1", "-c:a", "aac", str(path)]
    data = b"".join(numbered_picture(number).tobytes() for number in range(num_frames))
    subprocess.run(command, input=data, check=True)
    return path


def read_numbers(path: Path) -> list[int]:
    """The numbers that the frames of a recording or clip show."""
    with av.open(str(path)) as container:
        return [_number_of(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def eval_rate(text: str) -> float:
    """Frames per second of "25" or "30000/1001"."""
    top, _, bottom = text.partition("/")
    return float(top) / float(bottom or 1)


def _number_of(picture: npt.NDArray[np.uint8]) -> int:
    centres = picture[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK][:2, :8]
    return int(((centres.ravel() > 128).astype(int) << np.arange(NUM_BITS)).sum())
