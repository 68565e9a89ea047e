"""Log-mel of a WAV in absolute dB, in columns that lie on the grid, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch

from matchreel.arrays import Blocks
from matchreel.errors import ConfigError, DamagedError
from matchreel.records import Float16
from matchreel.timeline import FrameGrid
from matchreel.torch_shim import import_torchaudio

# The floor in dB of mel power. ASSUME nothing below it matters: 16-bit rounding alone lies near -75 dB.
FLOOR_DB = -80.0
_BLOCK_COLUMNS = 6000


@dataclass(frozen=True)
class MelSettings:
    """How sound becomes columns: FFT length and hop in samples, number of mel bins."""

    n_fft: int
    hop_samples: int
    num_mels: int


def columns_per_step(*, sample_rate_hz: int, hop_samples: int, rate_fps: Fraction) -> int:
    """Log-mel columns in one grid step; ConfigError where that is not a whole number."""
    columns = Fraction(sample_rate_hz, hop_samples) / rate_fps
    if columns.denominator != 1:
        raise ConfigError(
            f"{float(columns):.3f} log-mel columns per grid step is not a whole number",
            where=f"sound at {sample_rate_hz} Hz, hop_samples {hop_samples}, {rate_fps} frames/s",
            remedy="Choose hop_samples so that sample rate / hop_samples / frame_rate_fps is whole",
        )
    return int(columns)


def wav_rate_hz(wav_path: Path) -> int:
    """The sample rate that the file's header declares."""
    with _opened(wav_path) as sound:
        return int(sound.samplerate)


def log_mel(wav_path: Path, *, grid: FrameGrid, settings: MelSettings) -> Float16 | None:
    """(L, F) float16 dB, all of log_mel_blocks in one array."""
    blocks = log_mel_blocks(wav_path, grid=grid, settings=settings)
    if blocks is None:
        return None
    columns = np.empty(blocks.shape, dtype=blocks.dtype)
    np.concatenate(list(blocks.blocks), out=columns)
    return columns


def log_mel_blocks(wav_path: Path, *, grid: FrameGrid, settings: MelSettings) -> Blocks | None:
    """(L, F) float16 dB, L = T * columns_per_step, a minute at a time; None where the file has no samples.

    Column j covers samples [j, j + 1) * hop and its FFT is centred at their middle. Beyond the file's ends
    there is silence. Levels are absolute: a quiet recording stays quiet.
    """
    with _opened(wav_path) as sound:
        if sound.frames == 0:
            return None
        rate_hz = int(sound.samplerate)
        per_step = columns_per_step(
            sample_rate_hz=rate_hz, hop_samples=settings.hop_samples, rate_fps=grid.rate_fps
        )
    shape = (grid.num_steps * per_step, settings.num_mels)
    return Blocks(shape, np.float16, _columns(wav_path, shape[0], settings))


def _columns(wav_path: Path, num_columns: int, settings: MelSettings) -> Iterator[Float16]:
    with _opened(wav_path) as sound:
        to_db = _Spectrum(int(sound.samplerate), settings)
        for first in range(0, num_columns, _BLOCK_COLUMNS):
            last = min(first + _BLOCK_COLUMNS, num_columns)
            yield to_db(_samples(sound, first, last, settings))


def _opened(wav_path: Path) -> soundfile.SoundFile:
    if not wav_path.is_file():
        raise FileNotFoundError(2, "no such file", str(wav_path))
    try:
        return soundfile.SoundFile(wav_path)
    except soundfile.LibsndfileError as error:
        raise DamagedError(f"this is not a readable WAV file ({error})", path=wav_path) from error


def _samples(sound: soundfile.SoundFile, first: int, last: int, settings: MelSettings) -> torch.Tensor:
    """(S,) float32 mono samples under columns [first, last), zeros where the file has none."""
    start = first * settings.hop_samples + (settings.hop_samples - settings.n_fft) // 2
    count = (last - first - 1) * settings.hop_samples + settings.n_fft
    samples = np.zeros(count, dtype=np.float32)
    begin, end = max(start, 0), min(start + count, sound.frames)
    if begin < end:
        sound.seek(begin)
        read = sound.read(end - begin, dtype="float32", always_2d=True)  # (S, C)
        samples[begin - start : begin - start + len(read)] = read.mean(axis=1)
    return torch.from_numpy(samples)


class _Spectrum:
    """Samples to dB, the transforms made once."""

    def __init__(self, rate_hz: int, settings: MelSettings) -> None:
        transforms = import_torchaudio().transforms
        self._mel = transforms.MelSpectrogram(
            rate_hz,
            n_fft=settings.n_fft,
            hop_length=settings.hop_samples,
            n_mels=settings.num_mels,
            center=False,
        )
        self._db = transforms.AmplitudeToDB("power")
        self._db.amin = 10 ** (FLOOR_DB / 10)

    def __call__(self, samples: torch.Tensor) -> Float16:
        with torch.inference_mode():
            decibels: torch.Tensor = self._db(self._mel(samples))  # (F, L)
        return decibels.T.to(torch.float16).numpy()
