"""How loud each grid step is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from matchreel.media.audio import read_wav, wav_facts
from matchreel.records import Float32, Float64
from matchreel.timeline import FrameGrid

SILENCE_DB = -100.0
_BLOCK_SAMPLES = 1 << 20


def loudness_db(wav_path: Path, grid: FrameGrid) -> Float32 | None:
    """(T,) float32 level in dB of full scale of each step's samples; None where the WAV holds none.

    Step i takes the samples from round(i / rate) to round((i + 1) / rate); a step without samples is silent.
    """
    facts = wav_facts(wav_path)
    if facts.num_samples == 0:
        return None
    edges = np.rint(
        np.append(grid.starts_seconds(), float(grid.duration_seconds)) * facts.sample_rate_hz
    ).astype(np.int64)
    squares, counts = np.zeros(grid.num_steps), np.zeros(grid.num_steps)
    first_sample = 0
    blocks = read_wav(wav_path, start_sample=0, num_samples=None, block_samples=_BLOCK_SAMPLES)
    for block in blocks:
        _add(squares, counts, block, edges, first_sample)
        first_sample += len(block)
    power = squares / np.maximum(counts, 1)
    floor = 10 ** (SILENCE_DB / 10)
    return (10 * np.log10(np.maximum(power, floor))).astype(np.float32)


def _add(
    squares: Float64, counts: Float64, block: Float32, edges: npt.NDArray[np.int64], first_sample: int
) -> None:
    """Add a block's squares to the steps it lies in."""
    steps = np.searchsorted(edges, first_sample + np.arange(len(block)), side="right") - 1
    inside = steps < len(squares)
    num_steps = len(squares)
    squares += np.bincount(steps[inside], weights=block[inside].astype(np.float64) ** 2, minlength=num_steps)
    counts += np.bincount(steps[inside], minlength=num_steps)
