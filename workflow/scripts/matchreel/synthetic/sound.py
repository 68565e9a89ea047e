"""The sound of a part: compressed crowd bed, roars and other noises of a crowd, a voice, whistles, kicks."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.story import Sound

Float = npt.NDArray[np.float64]
SAMPLE_RATE_HZ = 48000
ENVELOPE_HZ = 100
BLOCK_SECONDS = 2.0
# Band centres in Hz of the noise that crowds are made of.
BANDS_HZ = (180, 420, 900, 1700, 3000, 5200)
COLOURS = {
    "bed": (1.0, 0.8, 0.45, 0.2, 0.08, 0.03),
    "roar": (0.5, 0.8, 1.0, 1.0, 0.75, 0.35),
    "groan": (0.9, 1.0, 0.5, 0.12, 0.04, 0.01),
    "swell": (0.9, 1.0, 0.7, 0.35, 0.12, 0.05),
    "chant": (0.5, 1.0, 0.9, 0.25, 0.06, 0.02),
    "applause": (0.1, 0.2, 0.4, 0.7, 1.0, 0.9),
}
PEAK_DB = {"roar": 9.0, "groan": 7.0, "swell": 7.5, "chant": 7.5, "applause": 7.0}


def write_sound(sounds: list[Sound], *, duration_seconds: float, wav_path: Path, rng: np.random.Generator) -> None:
    """Write the part's sound as 16-bit 48 kHz stereo WAV, block by block."""
    with wave.open(str(wav_path), "wb") as held:
        held.setnchannels(2)
        held.setsampwidth(2)
        held.setframerate(SAMPLE_RATE_HZ)
        for block in sound_blocks(sounds, duration_seconds=duration_seconds, rng=rng):
            held.writeframes((np.clip(block, -1, 1) * 32000).astype("<i2").tobytes())


def sound_blocks(sounds: list[Sound], *, duration_seconds: float, rng: np.random.Generator) -> Iterator[Float]:
    """(S, 2) float blocks in -1..1 that join to the whole part."""
    levels = _levels(sounds, duration_seconds, rng)
    crowd = _crowd_loops(rng)
    voice = _Voice(sounds, duration_seconds, rng)
    at, total = 0, round(duration_seconds * SAMPLE_RATE_HZ)
    while at < total:
        size = min(int(BLOCK_SECONDS * SAMPLE_RATE_HZ), total - at)
        seconds = (at + np.arange(size)) / SAMPLE_RATE_HZ
        mixed = np.zeros((size, 2))
        for kind, level in levels.items():
            gain = np.interp(seconds, np.arange(len(level)) / ENVELOPE_HZ, level)
            loop = crowd[kind]
            index = (at + np.arange(size)) % len(loop)
            mixed += loop[index] * gain[:, None]
        mixed += voice.block(seconds)[:, None]
        mixed += _effects(sounds, seconds)[:, None]
        yield 0.55 * np.tanh(mixed * 1.2)
        at += size


def _crowd_loops(rng: np.random.Generator) -> dict[str, Float]:
    """One loop of coloured stereo noise per kind, some ten seconds long, of RMS 1."""
    loops = {}
    for kind, colour in COLOURS.items():
        size = int(SAMPLE_RATE_HZ * rng.uniform(8, 11))
        spectrum = np.zeros((size // 2 + 1, 2), dtype=np.complex128)
        frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
        shape = np.zeros_like(frequency)
        for centre, weight in zip(BANDS_HZ, colour, strict=True):
            shape += weight * np.exp(-(np.log2(np.maximum(frequency, 20) / centre) ** 2) / 0.5)
        spectrum = rng.normal(size=spectrum.shape) + 1j * rng.normal(size=spectrum.shape)
        spectrum[:, 1] = 0.6 * spectrum[:, 0] + 0.8 * spectrum[:, 1]
        noise = np.fft.irfft(spectrum * shape[:, None], size, axis=0)
        loops[kind] = noise / noise.std()
    return loops


def _levels(sounds: list[Sound], duration_seconds: float, rng: np.random.Generator) -> dict[str, Float]:
    """(E,) gain per kind at ENVELOPE_HZ: rise and fall of each crowd noise over an uneasy bed."""
    times = np.arange(int(duration_seconds * ENVELOPE_HZ) + 2) / ENVELOPE_HZ
    levels = {kind: np.zeros(len(times)) for kind in COLOURS}
    wander = sum(np.sin(times * rate + rng.uniform(0, 6.3)) for rate in (0.07, 0.19, 0.47)) / 3
    levels["bed"] = 0.11 * 10 ** (1.6 * wander / 20)
    for sound in sounds:
        if sound.kind not in PEAK_DB:
            continue
        peak = 0.11 * 10 ** (PEAK_DB[sound.kind] * sound.strength / 20)
        levels[sound.kind] = np.maximum(levels[sound.kind], peak * _shape(sound, times))
    return levels


def _shape(sound: Sound, times: Float) -> Float:
    """(E,) 0..1: how a noise of this kind comes and goes."""
    since, length = times - sound.seconds, sound.duration_seconds
    if sound.kind == "roar":
        rise, hold, fall = 0.35, 0.55 * length, 0.6 * length
    elif sound.kind == "groan":
        rise, hold, fall = 0.25, 0.1 * length, 0.6 * length
    else:
        rise, hold, fall = 0.45 * length, 0.1 * length, 0.45 * length
    up = np.clip(since / rise, 0, 1)
    down = np.exp(-np.maximum(since - rise - hold, 0) / (fall / 2))
    shape = up * down * (since > 0) * (since < 4 * length + 2)
    if sound.kind == "chant":
        shape = shape * (0.55 + 0.45 * np.sign(np.sin(2 * np.pi * 1.3 * since)) * 0.9)
    return shape


class _Voice:
    """Commentary-like babble: a buzzing source through moving formants, in phrases with pauses."""

    def __init__(self, sounds: list[Sound], duration_seconds: float, rng: np.random.Generator) -> None:
        size = int(duration_seconds * ENVELOPE_HZ) + 2
        times = np.arange(size) / ENVELOPE_HZ
        self.times = times
        excited = np.zeros(size)
        for sound in sounds:
            if sound.kind in ("excited", "talk"):
                since = times - sound.seconds
                bump = np.clip(since / 0.6, 0, 1) * np.clip((sound.duration_seconds + 1 - since) / 1.5, 0, 1)
                excited = np.maximum(excited, sound.strength * bump)
        speaking = _phrases(times, rng)
        speaking = np.maximum(speaking, excited > 0.35)
        syllable = 0.45 + 0.55 * np.abs(np.sin(np.cumsum(rng.uniform(0.9, 1.4, size)) * np.pi * 4.3 / ENVELOPE_HZ))
        self.gain = 0.1 * speaking * syllable * (1 + 1.1 * excited)
        sway = np.interp(times, np.arange(0, times[-1] + 1, 0.25), rng.normal(0, 1, len(np.arange(0, times[-1] + 1, 0.25))))
        self.pitch_hz = 118 * (1 + 0.12 * sway + 0.75 * excited)
        vowels = rng.integers(0, 5, size=int(duration_seconds * 9) + 4)
        table = np.array([(730, 1090), (530, 1840), (300, 2250), (570, 840), (320, 870)], dtype=np.float64)
        track = table[vowels]
        at = np.arange(len(vowels)) / 9
        self.first = np.interp(times, at, track[:, 0])
        self.second = np.interp(times, at, track[:, 1])
        self.phase = 0.0

    def block(self, seconds: Float) -> Float:
        """(S,) the voice at these moments; blocks are asked for in order."""
        pitch = np.interp(seconds, self.times, self.pitch_hz)
        gain = np.interp(seconds, self.times, self.gain)
        phase = self.phase + np.cumsum(pitch) * (2 * np.pi / SAMPLE_RATE_HZ)
        self.phase = float(phase[-1] % (2 * np.pi))
        first, second = (np.interp(seconds, self.times, track) for track in (self.first, self.second))
        out = np.zeros(len(seconds))
        for harmonic in range(1, 22):
            frequency = harmonic * pitch
            tone = np.exp(-(((frequency - first) / 130) ** 2)) + 0.6 * np.exp(-(((frequency - second) / 190) ** 2))
            tone += 0.12 / harmonic
            out += tone * np.sin(harmonic * phase)
        return out * gain


def _phrases(times: Float, rng: np.random.Generator) -> Float:
    speaking = np.zeros(len(times))
    at = float(rng.uniform(0, 2))
    while at < times[-1]:
        length = float(rng.uniform(1.0, 4.5))
        speaking[(times >= at) & (times < at + length)] = float(rng.uniform(0.6, 1.0))
        at += length + float(rng.uniform(0.4, 3.0))
    return np.convolve(speaking, np.ones(8) / 8, mode="same")


def _effects(sounds: list[Sound], seconds: Float) -> Float:
    out = np.zeros(len(seconds))
    for sound in sounds:
        if sound.kind not in ("whistle", "kick"):
            continue
        since = seconds - sound.seconds
        on = (since >= 0) & (since < sound.duration_seconds)
        if not on.any():
            continue
        t = since[on]
        if sound.kind == "whistle":
            trill = np.sin(2 * np.pi * 2900 * t + 6 * np.sin(2 * np.pi * 38 * t))
            out[on] += 0.22 * sound.strength * trill * np.clip(t / 0.02, 0, 1)
        else:
            out[on] += 0.5 * sound.strength * np.sin(2 * np.pi * 95 * t) * np.exp(-t * 45)
    return out
