"""The reel's loudness (EBU R128): measured, brought to its goal with peaks limited, measured again."""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg as graph
import soundfile

from matchreel.errors import ToolError
from matchreel.media.commands import AAC_CODER, ENCODE_THREADS, REPRODUCIBLE
from matchreel.media.pieces import SOUND_RATE_HZ
from matchreel.media.tools import PROTOCOLS, Job, arguments_of, media_url, run_ffmpeg, started
from matchreel.notices import Notice

log = logging.getLogger("matchreel.media")

# ASSUME sound that needs more is noise: raised further, it would only hiss.
MAX_GAIN_DB = 20.0
# SOURCE: EBU R 128: a programme lies within this of its goal.
TOLERANCE_LU = 0.5
_ENOUGH_LU = 0.2
_PEAK_TOLERANCE_DB = 0.3
# ASSUME broadcast sound peaks at most so much higher between its samples (two broadcasts: 0.1 dB).
_BETWEEN_SAMPLES_DB = 0.3
_MARGIN_DB = 0.3  # encoding and resampling raise limited peaks by about so much
_PEAK_RATE_HZ = (
    4 * SOUND_RATE_HZ
)  # SOURCE: ITU-R BS.1770-5, annex 2: true peaks are seen at four times 48 kHz
_ATTEMPTS = 4
_SILENT_LUFS = -69.0  # SOURCE: BS.1770's absolute gate is at -70 LUFS
_NUMBER = re.compile(r"\b(I|Peak):\s+(-?inf|nan|-?[\d.]+) (?:LUFS|dBFS)")


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness and true peak; integrated_lufs is None for silence and less than 0.4 s."""

    integrated_lufs: float | None
    peak_dbtp: float


@dataclass(frozen=True)
class LoudnessGoal:
    """Where the reel's sound should lie. lufs None: as recorded, peaks too."""

    lufs: float | None
    peak_dbtp: float


@dataclass(frozen=True)
class _Gain:
    gain_db: float
    ceiling_dbtp: float | None  # None: no limiter


_UNCHANGED = _Gain(0.0, None)


def measure_loudness(path: Path, *, ffmpeg: str, peaks: str = "true") -> Loudness:
    """Loudness of a file's sound. Raises ToolError where it cannot be decoded.

    peaks: "true", or "sample": an estimate of them from the samples alone, in half the time.
    """
    arguments: tuple[str, ...] = (
        "-loglevel",
        "info",
        "-protocol_whitelist",
        PROTOCOLS,
        "-i",
        media_url(path),
        "-map",
        "0:a:0",
    )
    arguments += ("-af", f"ebur128=peak={peaks}:framelog=quiet", "-f", "null", "-")
    job = Job(arguments, "measuring the loudness", path)
    with started(job, ffmpeg=ffmpeg) as run:
        run.wait()
        run.messages.seek(0)
        said = run.messages.read().decode("utf-8", "replace")
    found = dict(_NUMBER.findall(said))
    if set(found) != {"I", "Peak"}:
        raise ToolError("the loudness cannot be measured", where=path, remedy="Set reel.loudness_lufs: null")
    integrated = float(found["I"])
    measured = math.isfinite(integrated) and integrated > _SILENT_LUFS
    between = 0.0 if peaks == "true" else _BETWEEN_SAMPLES_DB
    return Loudness(integrated if measured else None, float(found["Peak"]) + between)


def encode_sound(
    wav_path: Path, sound_path: Path, *, goal: LoudnessGoal, audio_bitrate_kbps: int, ffmpeg: str
) -> list[Notice]:
    """Write a 48 kHz stereo WAV as AAC (.m4a) of the same length at the goal's loudness; returns notes.

    One gain for the whole: nothing is louder or quieter against the rest than it was recorded, but peaks
    above the goal's are limited. What was written is measured, and written again while it is off.
    """
    # An estimate is enough to plan by: what was written is measured exactly.
    measured = None if goal.lufs is None else measure_loudness(wav_path, ffmpeg=ffmpeg, peaks="sample")
    if measured is None or measured.integrated_lufs is None:
        _encode(wav_path, sound_path, _UNCHANGED, audio_bitrate_kbps, ffmpeg)
        return []
    # The first gain is exact: a little off, and what encoding takes away would call for a second attempt.
    plan, held = _next_plan(_UNCHANGED, measured, goal, enough_lu=0.0) or _UNCHANGED, measured
    for attempt in range(_ATTEMPTS):
        _encode(wav_path, sound_path, plan, audio_bitrate_kbps, ffmpeg)
        held = measure_loudness(sound_path, ffmpeg=ffmpeg)
        log.debug("loudness after attempt %d: %s with %s", attempt + 1, held, plan)
        better = _next_plan(plan, held, goal)
        if better is None:
            break
        plan = better
    return _shortfall(held, goal)


def _next_plan(
    plan: _Gain, held: Loudness, goal: LoudnessGoal, *, enough_lu: float = _ENOUGH_LU
) -> _Gain | None:
    """What to do about sound that lies off the goal under a plan; None where no more can or need be done."""
    assert goal.lufs is not None
    over = held.peak_dbtp - goal.peak_dbtp
    short = 0.0 if held.integrated_lufs is None else goal.lufs - held.integrated_lufs
    gain = min(plan.gain_db + short, MAX_GAIN_DB) if abs(short) > enough_lu else plan.gain_db
    if over <= _PEAK_TOLERANCE_DB and gain == plan.gain_db:
        return None
    ceiling = plan.ceiling_dbtp
    if ceiling is None:
        is_limited = over + gain - plan.gain_db > -_MARGIN_DB
        ceiling = goal.peak_dbtp - _MARGIN_DB if is_limited else None
    elif over > _PEAK_TOLERANCE_DB:
        ceiling -= over
    return _Gain(gain, ceiling)


def _shortfall(held: Loudness, goal: LoudnessGoal) -> list[Notice]:
    """A note where the goal could not be reached."""
    assert goal.lufs is not None
    if held.integrated_lufs is None or abs(held.integrated_lufs - goal.lufs) <= TOLERANCE_LU:
        return []
    values = {"measured": f"{held.integrated_lufs:.1f}", "goal": f"{goal.lufs:g}"}
    values |= {"gain": f"{MAX_GAIN_DB:.0f}", "peak": f"{goal.peak_dbtp:g}"}
    return [Notice("loudness_missed", values)]


def _encode(wav_path: Path, sound_path: Path, plan: _Gain, audio_bitrate_kbps: int, ffmpeg: str) -> None:
    num_samples = soundfile.info(str(wav_path)).frames
    sound = graph.input(media_url(wav_path), protocol_whitelist=PROTOCOLS)["a:0"]
    options = REPRODUCIBLE | {
        "c:a": "aac",
        "b:a": f"{audio_bitrate_kbps}k",
        "aac_coder": AAC_CODER,
        "threads": ENCODE_THREADS,
        "flags:a": "+bitexact",
        "format": "mp4",
    }
    output = _gained(sound, plan, num_samples).output(media_url(sound_path), **options)
    run_ffmpeg(
        arguments_of(output), ffmpeg=ffmpeg, what="encoding the sound", where=sound_path, timeout_seconds=None
    )


def _gained(sound: Any, plan: _Gain, num_samples: int) -> Any:
    if not plan.gain_db and plan.ceiling_dbtp is None:
        return sound
    sound = sound.filter("aformat", sample_fmts="fltp").filter("volume", f"{plan.gain_db:.4f}dB")
    if plan.ceiling_dbtp is None:
        return sound
    limit = 10 ** (plan.ceiling_dbtp / 20)
    sound = sound.filter("aresample", _PEAK_RATE_HZ)
    sound = sound.filter("alimiter", limit=f"{limit:.6f}", level=0, attack=5, release=50, latency=1)
    sound = sound.filter("aresample", SOUND_RATE_HZ).filter("apad", whole_len=num_samples)
    return sound.filter("atrim", end_sample=num_samples)
