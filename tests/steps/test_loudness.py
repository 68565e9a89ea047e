"""Loudness: measured by another meter, the reel lies at its goal, its peaks below theirs, nothing is shifted."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pyloudnorm
import pytest
import soundfile

from matchreel.media.loudness import LoudnessGoal, encode_sound, measure_loudness
from matchreel.notices import Notice

RATE_HZ = 48000
GOAL = LoudnessGoal(-16.0, -1.5)


def crowd(seconds: float, level_db: float, *, peaks: float = 0.0) -> np.ndarray:
    """(S, 2) low-passed noise that swells, with single peaks where asked for."""
    generator = np.random.default_rng(7)
    noise = generator.standard_normal((round(seconds * RATE_HZ), 2))
    noise = sum(np.roll(noise, shift, axis=0) for shift in range(8)) / 8
    samples = noise * 10 ** (level_db / 20) * (1 + 0.5 * np.sin(np.arange(len(noise)) / RATE_HZ))[:, None]
    if peaks:
        samples[RATE_HZ // 2 :: RATE_HZ, :] = peaks
    return np.clip(samples, -1, 1)


def encoded(
    folder: Path, samples: np.ndarray, goal: LoudnessGoal = GOAL
) -> tuple[Path, np.ndarray, list[Notice]]:
    wav, coded = folder / "a.wav", folder / "a – 소리.m4a"
    soundfile.write(wav, samples, RATE_HZ, subtype="PCM_16")
    notes = encode_sound(wav, coded, goal=goal, audio_bitrate_kbps=128, ffmpeg="bundled")
    with av.open(str(coded)) as container:
        blocks = [(frame.pts, frame.to_ndarray()) for frame in container.decode(audio=0)]
    assert blocks[0][0] == 0
    return coded, np.concatenate([block for _, block in blocks], axis=1).T[: len(samples)], notes


@pytest.mark.parametrize(("level_db", "peaks"), [(-28, 0.0), (-2, 0.0), (-25, 0.95)])
def test_the_goal_is_reached_by_another_meter(tmp_path, level_db, peaks):
    samples = crowd(6, level_db, peaks=peaks)
    path, heard, notes = encoded(tmp_path, samples)
    assert notes == []
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(heard) == pytest.approx(-16, abs=0.5)
    assert measure_loudness(path, ffmpeg="bundled").peak_dbtp <= GOAL.peak_dbtp + 0.5
    assert len(heard) == len(samples)
    spectrum = np.fft.rfft(samples[:, 0], 1 << 19) * np.conj(np.fft.rfft(heard[:, 0], 1 << 19))
    assert abs(np.argmax(np.fft.irfft(spectrum))) <= 1, "limiting and resampling moved the sound"


def test_another_goal_and_none(tmp_path):
    samples = crowd(4, -20)
    before = pyloudnorm.Meter(RATE_HZ).integrated_loudness(samples)
    _, heard, _ = encoded(tmp_path, samples, LoudnessGoal(-23, -3))
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(heard) == pytest.approx(-23, abs=0.5)
    _, heard, notes = encoded(tmp_path, samples, LoudnessGoal(None, -9))
    assert pyloudnorm.Meter(RATE_HZ).integrated_loudness(heard) == pytest.approx(before, abs=0.5)
    assert notes == []


@pytest.mark.parametrize("samples", [np.zeros((RATE_HZ, 2)), crowd(0.2, -20)], ids=["silent", "very short"])
def test_what_cannot_be_measured_stays_as_it_is(tmp_path, samples):
    _, heard, notes = encoded(tmp_path, samples)
    assert notes == [] and len(heard) == len(samples)
    assert np.abs(heard).max() == pytest.approx(np.abs(samples).max(), abs=0.05)


def test_hiss_is_not_raised_without_end(tmp_path):
    path, _, notes = encoded(tmp_path, crowd(3, -60))
    (note,) = [notice.text for notice in notes]
    assert "LUFS instead of -16: the sound is too quiet" in note
    measured = measure_loudness(path, ffmpeg="bundled").integrated_lufs
    assert measured is not None and measured < -40
