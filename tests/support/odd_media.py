"""Short recordings in the odd forms that users have, encoded by ffmpeg from numbered pictures and clicks."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np

from matchreel.media.tools import ffmpeg_path
from support.media import HEIGHT, WIDTH, draw

SOUND_RATE_HZ = 48000
CLICK_EVERY_SECONDS = 1.0
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "14", "-pix_fmt", "yuv420p", "-threads", "1")


def encode(
    path: Path,
    *,
    rate_fps: Fraction = Fraction(25),
    num_frames: int = 100,
    options: tuple[str, ...] = (),
    before_input: tuple[str, ...] = (),
    picture: bool = True,
    sound: bool = True,
    num_channels: int = 2,
) -> Path:
    """Numbered pictures, dark, and a click every full second from 1 s on, as 16-bit PCM into ffmpeg."""
    pictures, samples = path.with_name("pictures.raw"), path.with_name("samples.raw")
    pictures.write_bytes(b"".join(draw(n, bright=False).tobytes() for n in range(num_frames)))
    _click_track(float(num_frames / rate_fps), num_channels).tofile(samples)
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y", *before_input]
    if picture:
        command += ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(rate_fps)]
        command += ["-i", str(pictures)]
    if sound:
        command += ["-f", "s16le", "-ar", str(SOUND_RATE_HZ), "-ac", str(num_channels), "-i", str(samples)]
    subprocess.run([*command, *(H264 if picture else ()), *options, f"file:{path}"], check=True)
    pictures.unlink()
    samples.unlink()
    return path


def _click_track(seconds: float, num_channels: int) -> np.ndarray:
    samples = np.zeros((round(seconds * SOUND_RATE_HZ), num_channels))
    shape = np.hanning(51)
    for second in range(1, int(seconds)):
        samples[second * SOUND_RATE_HZ - 25 : second * SOUND_RATE_HZ + 26] = shape[:, None]
    return (samples * 25000).astype("<i2")


def remux(source: Path, path: Path, *options: str) -> Path:
    """The same streams in another container."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y", "-i", f"file:{source}"]
    subprocess.run([*command, *options, "-c", "copy", f"file:{path}"], check=True)
    return path
