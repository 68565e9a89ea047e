"""The sound of a part on the video's clock: one mono 16-bit WAV per part."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from matchreel.errors import InputError, OutputError
from matchreel.media.changing_sound import write_mono
from matchreel.media.filters import moved_to_zero, num_decoded_channels, sound_stream
from matchreel.media.tools import arguments_of, media_url, run_ffmpeg
from matchreel.provenance import written_whole
from matchreel.records import Probe

log = logging.getLogger("matchreel.media")

# Samples per second by which sound may be stretched to follow its timestamps (from 0.1 s on: cut or filled).
STRETCH_SAMPLES = 1000


@dataclass(frozen=True)
class WavFacts:
    """Rate and length of a WAV; num_samples 0 means that the part has no sound."""

    sample_rate_hz: int
    num_samples: int


def extract_audio(
    *, video_path: Path, probe_path: Path, wav_path: Path, sample_rate_hz: int, ffmpeg: str, threads: int
) -> None:
    """Write the part's sound as mono 16-bit PCM: the mean of the channels, sample 0 at the part's time zero.

    Surround in Dolby and DTS formats is first mixed to stereo by its decoder. Earlier sound is dropped,
    silence stands where there is none, timestamps are followed through overlaps and gaps, and the length is
    the part's duration. A part without sound gets a valid WAV of 0 samples.
    """
    probe = Probe.load(probe_path)
    with written_whole(wav_path) as temporary:
        if probe.audio is None:
            _write_empty(temporary, sample_rate_hz)
            return
        num_samples = round(probe.duration_seconds * sample_rate_hz)
        if probe.audio.stretches:
            write_mono(video_path, probe, temporary, sample_rate_hz=sample_rate_hz)
            _check(temporary, wav_path, WavFacts(sample_rate_hz, num_samples))
            return
        sound = sound_stream(
            video_path, probe.container, probe.audio, threads=threads, vn=None, sn=None, dn=None
        )
        stream = sound_on_clock(
            mono(sound, num_decoded_channels(probe.audio)),
            zero_seconds=probe.zero_seconds,
            sample_rate_hz=sample_rate_hz,
            num_samples=num_samples,
        )
        output = stream.output(
            media_url(temporary), format="wav", acodec="pcm_s16le", fflags="+bitexact", map_metadata=-1
        )
        arguments = ("-copyts", "-xerror", *arguments_of(output))
        run_ffmpeg(
            arguments, ffmpeg=ffmpeg, what="extracting the sound", where=video_path, timeout_seconds=None
        )
        _check(temporary, wav_path, WavFacts(sample_rate_hz, num_samples))


def mono(stream: Any, num_channels: int) -> Any:
    """The mean of all channels as one."""
    if num_channels < 2:
        return stream.filter("aformat", channel_layouts="mono")
    # "<" makes the shares add up to 1.
    channels = "+".join(f"c{index}" for index in range(num_channels))
    return stream.filter("aformat", sample_fmts="fltp").filter("pan", f"mono|c0<{channels}")


def sound_on_clock(stream: Any, *, zero_seconds: float, sample_rate_hz: int, num_samples: int) -> Any:
    """Sound resampled so that sample 0 lies at zero_seconds, exactly num_samples long."""
    stream = moved_to_zero(stream, zero_seconds, sound=True).filter("atrim", start=0)
    stream = stream.filter("aresample", sample_rate_hz, **{"async": STRETCH_SAMPLES, "first_pts": 0})
    return stream.filter("apad", whole_len=num_samples).filter("atrim", end_sample=num_samples)


def wav_facts(wav_path: Path) -> WavFacts:
    """Rate and length of a WAV; InputError where it is none."""
    try:
        info = soundfile.info(str(wav_path))
    except soundfile.LibsndfileError as error:
        raise _not_wav(wav_path, error) from error
    return WavFacts(int(info.samplerate), int(info.frames))


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
    soundfile.write(str(path), np.zeros(0, dtype=np.int16), sample_rate_hz, subtype="PCM_16", format="WAV")


def _check(temporary: Path, wav_path: Path, expected: WavFacts) -> None:
    found = wav_facts(temporary)
    if found != expected:
        raise OutputError(
            f"the sound came out as {found.num_samples} samples at {found.sample_rate_hz} Hz"
            f" instead of {expected.num_samples} at {expected.sample_rate_hz} Hz",
            where=wav_path,
            remedy="Look whether the recording's sound is damaged, or convert it to MP4 and try again",
        )


def _not_wav(path: Path, error: Exception) -> InputError:
    return InputError(
        f"this is not a WAV file ({error})", where=path, remedy="Delete it and run the same command again"
    )
