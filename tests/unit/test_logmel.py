"""Log-mel columns lie where they say, at absolute levels, streamed or not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import soundfile

from matchreel import logmel
from matchreel.errors import ConfigError, InputError
from matchreel.logmel import FLOOR_DB, MelSettings, columns_per_step, log_mel, wav_rate_hz
from matchreel.timeline import FrameGrid

MEL = MelSettings(n_fft=256, hop_samples=80, num_mels=16)
GRID = FrameGrid(Fraction(5), 50)  # 10 s


def write_wav(path, samples, rate_hz=8000):
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


@pytest.mark.parametrize("at_seconds", [0.0, 0.005, 3.333, 7.5, 9.99])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_a_click_is_loudest_in_the_column_that_covers_it(tmp_path, at_seconds, rate_hz):
    samples = np.zeros(10 * rate_hz)
    at = round(at_seconds * rate_hz)
    samples[at] = 0.9
    settings = MelSettings(256, rate_hz // 100, 16)
    columns = log_mel(write_wav(tmp_path / "a.wav", samples, rate_hz), grid=GRID, settings=settings)
    assert columns.shape == (1000, 16) and columns.dtype == np.float16
    loudest = int(columns.astype(float).sum(axis=1).argmax())
    assert abs(loudest - at // settings.hop_samples) <= 1
    assert abs((loudest + 0.5) * settings.hop_samples - at) <= settings.hop_samples


def test_streaming_changes_nothing(tmp_path, monkeypatch):
    path = write_wav(tmp_path / "a.wav", np.random.default_rng(0).normal(size=80_000) * 0.1)
    whole = log_mel(path, grid=GRID, settings=MEL)
    monkeypatch.setattr(logmel, "_BLOCK_COLUMNS", 77)
    np.testing.assert_allclose(log_mel(path, grid=GRID, settings=MEL), whole, atol=0.05)


def test_loudness_is_kept_and_silence_is_the_floor(tmp_path):
    tone = np.sin(np.arange(80_000) * 2 * np.pi * 1000 / 8000)
    loud = log_mel(write_wav(tmp_path / "loud.wav", tone * 0.5), grid=GRID, settings=MEL)
    soft = log_mel(write_wav(tmp_path / "soft.wav", tone * 0.05), grid=GRID, settings=MEL)
    inner = slice(10, 900)
    difference = (loud.astype(float) - soft.astype(float))[inner].max(axis=1)
    np.testing.assert_allclose(difference, 20, atol=0.3)
    silent = log_mel(write_wav(tmp_path / "none.wav", np.zeros(8000)), grid=GRID, settings=MEL)
    assert np.all(silent == FLOOR_DB)


def test_the_mean_of_the_channels_is_heard(tmp_path):
    tone = np.sin(np.arange(80_000) * 0.7) * 0.3
    stereo = np.stack([tone, np.zeros_like(tone)], axis=1)
    columns = [
        log_mel(write_wav(tmp_path / f"{name}.wav", samples), grid=GRID, settings=MEL)
        for name, samples in (("mono", tone / 2), ("stereo", stereo))
    ]
    # The loudest bin: the quietest ones hold nothing but the rounding to 16 bits.
    np.testing.assert_allclose(columns[0].max(axis=1), columns[1].max(axis=1), atol=0.1)


def test_a_wav_without_samples_is_no_sound(tmp_path):
    path = write_wav(tmp_path / "a.wav", np.zeros(0), 48000)
    assert wav_rate_hz(path) == 48000
    assert log_mel(path, grid=GRID, settings=MEL) is None


@pytest.mark.parametrize(
    ("rate_hz", "hop", "fps", "columns"),
    [(16000, 160, "5", 20), (48000, 160, "5", 60), (16000, 160, "5/2", 40)],
)
def test_columns_per_step(rate_hz, hop, fps, columns):
    assert columns_per_step(sample_rate_hz=rate_hz, hop_samples=hop, rate_fps=Fraction(fps)) == columns


def test_broken_columns_are_refused():
    # The seed read 44.1 kHz with a hop of 160 as 55 columns a frame instead of 55.125.
    with pytest.raises(ConfigError, match=r"55\.125 log-mel columns"):
        columns_per_step(sample_rate_hz=44100, hop_samples=160, rate_fps=Fraction(5))


def test_a_wav_that_is_none_is_refused(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF nothing")
    with pytest.raises(InputError, match="not a readable WAV"):
        wav_rate_hz(path)
    with pytest.raises(FileNotFoundError):
        wav_rate_hz(tmp_path / "absent.wav")
