"""What a crowd sounds like: an uneasy bed of noise, roars, groans, swells, chants and applause over it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matchreel.synthetic.story import Sound

Float = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]
SAMPLE_RATE_HZ = 48000
ENVELOPE_HZ = 100
BED_LEVEL = 0.11
BED_SWAY_DB = 2.0
LOOP_SAMPLES = 2**19  # a power of two: its Fourier transform is quick
# Centres in Hz of the bands of noise, and how strong each is per kind.
BANDS_HZ = (180, 420, 900, 1700, 3000, 5200)
COLOURS = {
    "bed": (1.0, 0.8, 0.45, 0.2, 0.08, 0.03),
    "roar": (0.45, 0.75, 1.0, 1.0, 0.8, 0.4),
    "groan": (0.9, 1.0, 0.5, 0.12, 0.04, 0.01),
    "swell": (0.9, 1.0, 0.7, 0.3, 0.1, 0.04),
    "chant": (0.5, 1.0, 0.9, 0.25, 0.06, 0.02),
    "applause": (0.1, 0.2, 0.4, 0.7, 1.0, 0.9),
}
# How far above the bed a noise of strength 1 rises.
# SOURCE: at a measured World Cup match the 99th percentile stood 6 dB and the maximum 7 dB above the median.
PEAK_DB = {"roar": 9.2, "groan": 8.0, "swell": 8.5, "chant": 8.5, "applause": 8.0}


def crowd_loops(rng: np.random.Generator) -> dict[str, Samples]:
    """(S, 2) loops of coloured stereo noise of RMS 1, some seconds long, one per kind."""
    loops = {}
    for kind, colour in COLOURS.items():
        size = LOOP_SAMPLES if kind == "bed" else LOOP_SAMPLES // 2
        frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)
        shape = np.zeros_like(frequency)
        for centre, weight in zip(BANDS_HZ, colour, strict=True):
            shape += weight * np.exp(-(np.log2(np.maximum(frequency, 20) / centre) ** 2) / 0.5)
        angle = rng.uniform(0, 2 * np.pi, size=(len(frequency), 2))
        spectrum = np.exp(1j * angle) * shape[:, None]
        spectrum[:, 1] = 0.6 * spectrum[:, 0] + 0.8 * spectrum[:, 1]
        noise = np.fft.irfft(spectrum, size, axis=0)
        loops[kind] = (noise / noise.std()).astype(np.float32)
    return loops


def crowd_levels(sounds: list[Sound], duration_seconds: float, rng: np.random.Generator) -> dict[str, Float]:
    """(E,) gain per kind at ENVELOPE_HZ: how each noise comes and goes."""
    times = np.arange(int(duration_seconds * ENVELOPE_HZ) + 2) / ENVELOPE_HZ
    levels = {kind: np.zeros(len(times)) for kind in COLOURS}
    rates = np.array((0.07, 0.19, 0.47))[:, None]
    wander = np.sin(times * rates + rng.uniform(0, 6.3, size=(3, 1))).mean(axis=0)
    levels["bed"] = BED_LEVEL * 10 ** (BED_SWAY_DB * wander / 20)
    for sound in sounds:
        if sound.kind not in PEAK_DB:
            continue
        peak = BED_LEVEL * 10 ** (PEAK_DB[sound.kind] * sound.strength / 20)
        levels[sound.kind] = np.maximum(levels[sound.kind], peak * _shape(sound, times))
    return levels


def _shape(sound: Sound, times: Float) -> Float:
    """(E,) 0..1: a roar jumps up and holds, a groan sinks at once, the others swell and ebb."""
    since, length = times - sound.seconds, sound.duration_seconds
    if sound.kind == "roar":
        rise, hold, fall = 0.35, 0.5 * length, 0.5 * length
    elif sound.kind == "groan":
        rise, hold, fall = 0.25, 0.1 * length, 0.6 * length
    else:
        rise, hold, fall = 0.35 * length, 0.3 * length, 0.35 * length
    down = np.exp(-np.maximum(since - rise - hold, 0) / (fall / 2))
    shape: Float = np.clip(since / rise, 0, 1) * down * ((since > 0) & (since < 4 * length + 2))
    if sound.kind == "chant":
        shape = shape * (0.55 + 0.45 * np.tanh(4 * np.sin(2 * np.pi * 1.3 * since)))
    return shape
