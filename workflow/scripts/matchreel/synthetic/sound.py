"""The sound of a part, mixed block by block: crowd, commentator, whistles and kicks, then compressed."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from matchreel.synthetic.crowd_noise import (
    ENVELOPE_HZ,
    SAMPLE_RATE_HZ,
    Float,
    Samples,
    crowd_levels,
    crowd_loops,
)
from matchreel.synthetic.story import Sound
from matchreel.synthetic.voice import Voice

BLOCK_SECONDS = 2
# Loud sound is bent towards LOUDEST, as broadcasters' limiters do.
DRIVE, LOUDEST = 1.2, 0.55
WHISTLE_HZ, TRILL_HZ = 2900.0, 38.0
KICK_HZ = 95.0
LEAST_GAIN = 1e-4


def write_sound(
    sounds: list[Sound], *, duration_seconds: float, wav_path: Path, rng: np.random.Generator
) -> None:
    """Write the part's sound as 16-bit 48 kHz stereo WAV."""
    with wave.open(str(wav_path), "wb") as held:
        held.setnchannels(2)
        held.setsampwidth(2)
        held.setframerate(SAMPLE_RATE_HZ)
        for block in sound_blocks(sounds, duration_seconds=duration_seconds, rng=rng):
            held.writeframes((np.clip(block, -1, 1) * 32000).astype("<i2").tobytes())


def sound_blocks(
    sounds: list[Sound], *, duration_seconds: float, rng: np.random.Generator
) -> Iterator[Samples]:
    """(S, 2) blocks in -1..1 that join to the whole part."""
    levels = crowd_levels(sounds, duration_seconds, rng)
    loops = crowd_loops(rng)
    voice = Voice(sounds, duration_seconds, rng)
    total, size = round(duration_seconds * SAMPLE_RATE_HZ), BLOCK_SECONDS * SAMPLE_RATE_HZ
    for at in range(0, total, size):
        start = at / SAMPLE_RATE_HZ
        mixed = _crowd(levels, loops, at, size)
        mono = voice.block(start, size) + _effects(sounds, start, size)
        mixed += mono[:, None]
        yield np.float32(LOUDEST) * np.tanh(mixed[: total - at] * np.float32(DRIVE))


def _crowd(levels: dict[str, Float], loops: dict[str, Samples], at: int, size: int) -> Samples:
    """(S, 2) all kinds of noise that are heard in a block."""
    mixed = np.zeros((size, 2), dtype=np.float32)
    first = at * ENVELOPE_HZ // SAMPLE_RATE_HZ
    steps = np.arange(BLOCK_SECONDS * ENVELOPE_HZ + 1)
    per_step = SAMPLE_RATE_HZ // ENVELOPE_HZ
    for kind, level in levels.items():
        held = level[np.minimum(first + steps, len(level) - 1)].astype(np.float32)
        if held.max() < LEAST_GAIN:
            continue
        loop = loops[kind]
        start = at % len(loop)
        piece = loop[start : start + size]
        if len(piece) < size:
            piece = np.concatenate([piece, loop[: size - len(piece)]])
        ramp = np.linspace(held[:-1], held[1:], per_step, endpoint=False, axis=1).reshape(-1, 1)
        mixed += piece * ramp
    return mixed


def _effects(sounds: list[Sound], start: float, size: int) -> Samples:
    """(S,) whistles and kicks in a block."""
    out = np.zeros(size, dtype=np.float32)
    end = start + size / SAMPLE_RATE_HZ
    for sound in sounds:
        over = sound.seconds + sound.duration_seconds
        if sound.kind not in ("whistle", "kick") or sound.seconds >= end or over <= start:
            continue
        since = start + np.arange(size) / SAMPLE_RATE_HZ - sound.seconds
        on = (since >= 0) & (since < sound.duration_seconds)
        out[on] += sound.strength * (_whistle if sound.kind == "whistle" else _kick)(since[on])
    return out


def _whistle(since: Float) -> Float:
    tone = np.sin(2 * np.pi * WHISTLE_HZ * since + 6 * np.sin(2 * np.pi * TRILL_HZ * since))
    return np.asarray(0.2 * tone * np.clip(since / 0.02, 0, 1))


def _kick(since: Float) -> Float:
    return np.asarray(0.5 * np.sin(2 * np.pi * KICK_HZ * since) * np.exp(-since * 45))
