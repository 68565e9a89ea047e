"""Streams raw pictures and one WAV file into an H.264 + AAC Matroska file, frame by frame."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from matchreel.errors import DiskFullError, ToolError
from matchreel.media.tools import ffmpeg_path, media_url
from matchreel.synthetic.camera import HEIGHT, WIDTH
from matchreel.synthetic.stadium import Image
from matchreel.synthetic.story import RATE_FPS

# The encoder's output differs with its number of threads, so it is the same on every machine.
ENCODER_THREADS = 1


def encode(frames: Iterable[Image], *, wav_path: Path, video_path: Path, ffmpeg: str) -> None:
    """Encode I420 frames ((H * 3 / 2, W) uint8) with the sound of wav_path; ToolError with its last lines.

    The same frames and sound give the same bytes. The encoder is ended if the frames' source fails.
    """
    command = [
        ffmpeg_path(ffmpeg), "-nostdin", "-v", "error", "-y",
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE_FPS),
        "-i", "pipe:0",
        "-i", media_url(wav_path), "-map", "0:v", "-map", "1:a", "-map_metadata", "-1",
        "-c:v", "libx264", "-preset", "superfast", "-crf", "27", "-threads", str(ENCODER_THREADS), "-g", "50",
        "-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-ac", "2",
        "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", media_url(video_path),
    ]  # fmt: skip
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            broken = _feed(process, frames)
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if code != 0 or broken:
            errors.seek(0)
            last = errors.read().decode("utf-8", "replace").strip().splitlines()[-3:]
            if any("No space left" in line for line in last):
                raise DiskFullError(where=video_path)
            raise ToolError(
                f"ffmpeg could not encode the rendered game: {' / '.join(last) or f'exit status {code}'}",
                where=video_path.name,
                remedy="Check the free disk space and that this ffmpeg has libx264 and aac",
            )


def _feed(process: subprocess.Popen[bytes], frames: Iterable[Image]) -> bool:
    """Write all frames; True where the encoder went away before the end."""
    assert process.stdin is not None
    try:
        for frame in frames:
            process.stdin.write(frame.data)
        process.stdin.close()
    except BrokenPipeError:
        return True
    return False
