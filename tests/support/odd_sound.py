"""Short recordings with odd sound: tones tell which track is heard, and when."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.cut import Encoding, cut_clip
from matchreel.media.probe import probe_file, probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.timeline import Interval

RATE = 8000
SILENCE = "anullsrc=r=48000:cl=stereo"
PICTURE = "testsrc2=s=64x36:r=25"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-threads", "1")


def tone(hertz: int, *, channels: str = "stereo", rate_hz: int = 48000) -> str:
    """A steady tone in all channels of a layout."""
    return f"sine=f={hertz}:r={rate_hz},aformat=channel_layouts=mono,pan={channels}|" + "|".join(
        f"c{k}=c0" for k in range({"mono": 1, "stereo": 2, "5.1": 6}[channels])
    )


def record(
    path: Path, sounds: Sequence[str], *options: str, seconds: float = 4, picture: str = PICTURE
) -> Path:
    """A recording with a picture and one sound track for each lavfi description."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y"]
    for source in (picture, *sounds):
        command += ["-t", str(seconds), "-f", "lavfi", "-i", source]
    command += [word for index in range(1 + len(sounds)) for word in ("-map", str(index))]
    subprocess.run([*command, *H264, *options, f"file:{path}"], check=True)
    return path


def heard(path: Path) -> npt.NDArray[np.float32]:
    """(S,) the part's mono sound at RATE, as extract_audio writes it."""
    probe_path, wav_path = path.with_suffix(".json"), path.with_suffix(".wav")
    probe_media(video_path=path, probe_path=probe_path, game="game", part="1")
    extract_audio(
        video_path=path, probe_path=probe_path, wav_path=wav_path, sample_rate_hz=RATE, ffmpeg="bundled", threads=1
    )  # fmt: skip
    blocks = list(read_wav(wav_path, start_sample=0, num_samples=None, block_samples=50000))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def heard_in_clip(path: Path, start: float, end: float) -> npt.NDArray[np.float32]:
    """(2, S) the sound of a clip of a recording, 48 kHz."""
    clip_path = path.with_name("clip.mp4")
    encoding = Encoding(23, "ultrafast", 128, None, None, 0.0)
    probe = probe_file(path, game="game", part="1")
    cut_clip(
        video_path=path, probe=probe, interval=Interval(start, end), clip_path=clip_path, encoding=encoding,
        ffmpeg="bundled",
    )  # fmt: skip
    with av.open(str(clip_path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def pitch(samples: npt.NDArray[np.float32], rate_hz: int = RATE) -> int:
    """The strongest frequency in hertz; 0 for silence."""
    if np.abs(samples).max(initial=0.0) < 0.002:
        return 0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return round(int(np.argmax(spectrum)) * rate_hz / len(samples))


def captured(path: Path, pieces: Sequence[tuple[str, tuple[str, ...]]], *, seconds: float = 4) -> Path:
    """A transport stream of pieces (sound, options), one after another on one clock, as receivers write them."""
    data, at = b"", 0.0
    for index, (sound, options) in enumerate(pieces):
        piece = path.with_name(f"piece{index}.ts")
        record(piece, [sound], *options, "-output_ts_offset", str(at), seconds=seconds)
        data, at = data + piece.read_bytes(), at + seconds
    path.write_bytes(data)
    return path
