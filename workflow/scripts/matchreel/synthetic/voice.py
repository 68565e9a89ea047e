"""Commentary-like babble: a buzzing source through moving formants, in phrases with pauses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.crowd_noise import ENVELOPE_HZ, SAMPLE_RATE_HZ, Float, Samples
from matchreel.synthetic.story import Sound

VOICE_RATE_HZ = 16000
NUM_HARMONICS = 20
LEAST_GAIN = 1e-4
SYLLABLES_PER_SECOND = 4.6
CALM_PITCH_HZ = 120.0
LEVEL = 0.085
# SOURCE: textbook formants of five vowels (a, e, i, o, u), Hz.
VOWELS_HZ = ((730, 1090), (530, 1840), (300, 2250), (570, 840), (320, 870))


class Voice:
    """The commentator of one part; blocks are asked for in order."""

    def __init__(self, sounds: list[Sound], duration_seconds: float, rng: np.random.Generator) -> None:
        size = int(duration_seconds * ENVELOPE_HZ) + 2
        self.times = np.arange(size) / ENVELOPE_HZ
        excited = _excitement(sounds, self.times)
        speaking = np.maximum(_phrases(self.times, rng), excited > 0.35)
        pace = np.cumsum(rng.uniform(0.8, 1.3, size)) / ENVELOPE_HZ * (SYLLABLES_PER_SECOND / 2)
        syllable = 0.35 + 0.65 * np.abs(np.sin(np.pi * pace))
        self.gain = LEVEL * speaking * syllable * (1 + 0.9 * excited)
        knots = np.arange(0, self.times[-1] + 0.5, 0.25)
        sway = np.interp(self.times, knots, rng.normal(0, 1, len(knots)))
        self.pitch_hz = CALM_PITCH_HZ * (1 + 0.1 * sway + 0.75 * excited)
        self.tones = _tones(self.times, self.pitch_hz, rng)
        self.phase = 0.0

    def block(self, start_seconds: float, num_samples: int) -> Samples:
        """(S,) samples at 48 kHz from a moment on; num_samples is a multiple of 3."""
        ratio = SAMPLE_RATE_HZ // VOICE_RATE_HZ
        at = start_seconds + np.arange(num_samples // ratio + 1) / VOICE_RATE_HZ
        gain = np.interp(at, self.times, self.gain).astype(np.float32)
        pitch = np.interp(at, self.times, self.pitch_hz)
        phase = self.phase + np.concatenate([[0.0], np.cumsum(pitch)[:-1]]) * (2 * np.pi / VOICE_RATE_HZ)
        self.phase = float(phase[-1] % (2 * np.pi))
        if gain.max() < LEAST_GAIN:
            return np.zeros(num_samples, dtype=np.float32)
        # Overtones by the recurrence sin(n + 1) = 2 cos(1) sin(n) - sin(n - 1): cheaper than a sine each.
        one, twice = np.sin(phase), 2 * np.cos(phase)
        before, now = np.zeros_like(one), one
        first = int(start_seconds * ENVELOPE_HZ)
        near = slice(first, first + int(num_samples / SAMPLE_RATE_HZ * ENVELOPE_HZ) + 2)
        voiced = np.zeros(len(at))
        for harmonic in range(NUM_HARMONICS):
            voiced += now * np.interp(at, self.times[near], self.tones[harmonic, near])
            before, now = now, twice * now - before
        voiced *= gain
        return np.interp(np.arange(num_samples) / ratio, np.arange(len(at)), voiced).astype(np.float32)


def _tones(times: Float, pitch_hz: Float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(harmonics, E) strength of each harmonic as the formants move."""
    num_vowels = int(times[-1] * SYLLABLES_PER_SECOND) + 4
    track = np.array(VOWELS_HZ, dtype=np.float64)[rng.integers(0, len(VOWELS_HZ), size=num_vowels)]
    at = np.arange(num_vowels) / SYLLABLES_PER_SECOND
    first, second = np.interp(times, at, track[:, 0]), np.interp(times, at, track[:, 1])
    tones = np.empty((NUM_HARMONICS, len(times)), dtype=np.float32)
    for harmonic in range(NUM_HARMONICS):
        frequency = (harmonic + 1) * pitch_hz
        low = np.exp(-(((frequency - first) / 130) ** 2))
        high = 0.6 * np.exp(-(((frequency - second) / 190) ** 2))
        tones[harmonic] = low + high + 0.12 / (harmonic + 1)
    return tones


def _excitement(sounds: list[Sound], times: Float) -> Float:
    excited = np.zeros(len(times))
    for sound in sounds:
        if sound.kind in ("excited", "talk"):
            since = times - sound.seconds
            fade = np.clip((sound.duration_seconds + 1 - since) / 1.5, 0, 1)
            excited = np.maximum(excited, sound.strength * np.clip(since / 0.6, 0, 1) * fade)
    return excited


def _phrases(times: Float, rng: np.random.Generator) -> Float:
    speaking = np.zeros(len(times))
    at = float(rng.uniform(0, 2))
    while at < times[-1]:
        length = float(rng.uniform(1.0, 4.5))
        spoken = slice(*np.searchsorted(times, [at, at + length]))
        speaking[spoken] = float(rng.uniform(0.6, 1.0))
        at += length + float(rng.uniform(0.4, 3.0))
    return np.convolve(speaking, np.ones(8) / 8, mode="same")
