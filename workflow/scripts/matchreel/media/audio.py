"""The sound of a part on the video's clock: one mono 16-bit WAV per part."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from matchreel.checksums import BLANK_MARK, check_whole, seal
from matchreel.errors import DamagedError, InputError, OutputError, ToolError
from matchreel.media.changing_sound import wav_file, write_mono
from matchreel.media.damage import confirm_usable
from matchreel.media.filters import (
    moved_to_zero,
    num_decoded_channels,
    one_after_the_other,
    silence,
    sound_stream,
)
from matchreel.media.sources import sources_of
from matchreel.media.tools import REENCODE, arguments_of, media_url, run_ffmpeg
from matchreel.provenance import written_whole
from matchreel.records import Probe
from matchreel.sound_damage import SoundDamage
from matchreel.timeline import Interval

log = logging.getLogger("matchreel.media")

# Samples per second by which sound may be stretched to follow its timestamps (from 0.1 s on: cut or filled).
STRETCH_SAMPLES = 1000
_DAMAGE_GAP_SECONDS = 0.01


@dataclass(frozen=True)
class WavFacts:
    """Rate and length of a WAV; num_samples 0 means that the part has no sound."""

    sample_rate_hz: int
    num_samples: int


def extract_audio(
    *,
    video_path: Path,
    probe_path: Path,
    wav_path: Path,
    sample_rate_hz: int,
    ffmpeg: str,
    threads: int,
    damage_path: Path | None = None,
) -> None:
    """Write the part's sound as mono 16-bit PCM: the mean of the channels, sample 0 at the part's time zero.

    Surround in Dolby and DTS formats is first mixed to stereo by its decoder. Earlier sound is dropped,
    silence stands where there is none, timestamps are followed through overlaps and gaps, and the length is
    the part's duration. A part without sound gets a valid WAV of 0 samples. damage_path: where it is recorded
    which of the sound is damaged (SoundDamage); None: only the log says so.
    """
    probe = Probe.load(probe_path)
    damage = _extract(probe, video_path, wav_path, sample_rate_hz, ffmpeg, threads)
    if damage_path:
        SoundDamage(probe.part, damage).save(damage_path)


def _extract(
    probe: Probe, video_path: Path, wav_path: Path, sample_rate_hz: int, ffmpeg: str, threads: int
) -> tuple[Interval, ...]:
    """Write the WAV; returns where the sound is damaged, on the part's clock."""
    with written_whole(wav_path) as temporary:
        if probe.audio is None:
            _write_empty(temporary, sample_rate_hz)
            return ()
        wav = WavFacts(sample_rate_hz, round(probe.duration_seconds * sample_rate_hz))
        if probe.audio.stretches:
            damage = write_mono(video_path, probe, temporary, sample_rate_hz=sample_rate_hz)
        else:
            damage = _write_sound(video_path, probe, temporary, wav, ffmpeg=ffmpeg, threads=threads)
        _check(temporary, wav_path, wav)
        seal(temporary)
    return damage


def _write_sound(
    video_path: Path, probe: Probe, path: Path, wav: WavFacts, *, ffmpeg: str, threads: int
) -> tuple[Interval, ...]:
    """By ffmpeg; where not all of it can be decoded, once more without what cannot, which is returned."""
    whole = partial(_whole_sound, video_path, probe, wav, threads)
    run = partial(
        run_ffmpeg, ffmpeg=ffmpeg, what="extracting the sound", where=video_path, timeout_seconds=None
    )
    try:
        run(("-copyts", "-xerror", *_wav_arguments(whole(is_strict=True), path)))
    except ToolError:
        damage = confirm_usable(video_path, probe, "sound")
        run(("-copyts", *_wav_arguments(whole(is_strict=False), path)))
        return damage
    return ()


def _wav_arguments(stream: Any, path: Path) -> tuple[str, ...]:
    options = {
        "format": "wav", "acodec": "pcm_s16le", "fflags": "+bitexact", "map_metadata": -1,
        "metadata": f"comment={BLANK_MARK}",
    }  # fmt: skip
    return arguments_of(stream.output(media_url(path), **options))


def _whole_sound(path: Path, probe: Probe, wav: WavFacts, threads: int, *, is_strict: bool) -> Any:
    """The part's sound, of each stretch of its clock exactly as many samples as it is long."""
    sample_rate_hz, num_samples = wav.sample_rate_hz, wav.num_samples
    assert probe.audio
    sources, streams = sources_of(path, probe), list[Any]()
    starts = [round(source.start_seconds * sample_rate_hz) for source in sources]
    for source, start, end in zip(sources, starts, [*starts[1:], num_samples], strict=True):
        if not source.num_channels:
            streams.append(silence(sample_rate_hz, "mono", end - start))
            continue
        held = sound_stream(source, probe.audio, threads=threads, vn=None, sn=None, dn=None)
        stream = sound_on_clock(
            mono(held, num_decoded_channels(source, probe.audio)),
            zero_seconds=float(source.zero_seconds + Fraction(start, sample_rate_hz)),
            sample_rate_hz=sample_rate_hz,
            num_samples=end - start,
            is_strict=is_strict,
        )
        streams.append(stream)
    return one_after_the_other(streams, sound=True)


def mono(stream: Any, num_channels: int) -> Any:
    """The mean of all channels as one."""
    if num_channels < 2:
        return stream.filter("aformat", channel_layouts="mono")
    # "<" makes the shares add up to 1.
    channels = "+".join(f"c{index}" for index in range(num_channels))
    return stream.filter("aformat", sample_fmts="fltp").filter("pan", f"mono|c0<{channels}")


def sound_on_clock(
    stream: Any, *, zero_seconds: float, sample_rate_hz: int, num_samples: int, is_strict: bool = True
) -> Any:
    """Sound resampled so that sample 0 is at zero_seconds, exactly num_samples long.

    Where it is not strict, packets may be missing: then short gaps are filled, not stretched over.
    """
    gaps = {} if is_strict else {"min_hard_comp": _DAMAGE_GAP_SECONDS}
    stream = moved_to_zero(stream, zero_seconds, sound=True).filter("atrim", start=0)
    stream = stream.filter("aresample", sample_rate_hz, **{"async": STRETCH_SAMPLES, "first_pts": 0}, **gaps)
    return stream.filter("apad", whole_len=num_samples).filter("atrim", end_sample=num_samples)


def wav_facts(wav_path: Path) -> WavFacts:
    """Rate and length of a WAV; InputError where it is none."""
    try:
        info = soundfile.info(str(wav_path))
    except soundfile.LibsndfileError as error:
        raise _not_wav(wav_path, error) from error
    return WavFacts(int(info.samplerate), int(info.frames))


def check_sound(wav_path: Path, probe: Probe) -> None:
    """DamagedError where a part's WAV was altered since extract_audio wrote it, or lasts another time.

    A WAV that somebody else made carries no checksum: its length is compared only.
    """
    check_whole(wav_path)
    facts = wav_facts(wav_path)
    if facts.num_samples:
        probe.check_duration(facts.num_samples / facts.sample_rate_hz, wav_path)
    elif probe.audio:
        raise DamagedError(f"it is empty, but part {probe.part} has sound", path=wav_path)


def read_wav(
    wav_path: Path, *, start_sample: int, num_samples: int | None, block_samples: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield (n,) float32 mono blocks in [-1, 1), n <= block_samples, from start_sample on.

    num_samples None: to the end. Raises InputError where it is no WAV.
    """
    try:
        with soundfile.SoundFile(str(wav_path)) as stream:
            stream.seek(min(start_sample, len(stream)))
            left = len(stream) - stream.tell()
            left = left if num_samples is None else min(left, num_samples)
            while left > 0:
                block = stream.read(min(left, block_samples), dtype="float32")
                if len(block) == 0:
                    return
                left -= len(block)
                yield block
    except soundfile.LibsndfileError as error:
        raise _not_wav(wav_path, error) from error


def _write_empty(path: Path, sample_rate_hz: int) -> None:
    with wav_file(path, sample_rate_hz, 1) as stream:
        stream.comment = BLANK_MARK
    seal(path)


def _check(temporary: Path, wav_path: Path, expected: WavFacts) -> None:
    found = wav_facts(temporary)
    if found != expected:
        raise OutputError(
            f"the sound came out as {found.num_samples} samples at {found.sample_rate_hz} Hz"
            f" instead of {expected.num_samples} at {expected.sample_rate_hz} Hz",
            where=wav_path,
            remedy=f"Listen whether the recording's sound is damaged; if it is not, {REENCODE}",
        )


def _not_wav(path: Path, error: Exception) -> InputError:
    return DamagedError(f"this is not a WAV file ({error})", path=path)
