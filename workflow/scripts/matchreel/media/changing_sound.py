"""Sound that changes its track or format in mid-stream, decoded and put on the part's clock piece by piece.

ffmpeg's own graph begins anew at such a change, and its clock with it. Everywhere else it is used instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from av.error import FFmpegError

from matchreel.checksums import BLANK_MARK
from matchreel.media.damage import NEAR_SECONDS, judged_damage
from matchreel.media.demux import audio_stream, open_media, packets_of
from matchreel.media.sound_tracks import mix_down, planar
from matchreel.records import Float32, Probe, SoundStretch
from matchreel.timeline import Interval, merge_intervals

# Frames of one format follow one another without a joint while their times are so near to the samples before.
_JOINT_SECONDS = 0.01
_LEAD_SECONDS = 1  # sound decoders need a moment to settle
_BLOCK_SAMPLES = 1 << 18
_ROOM_BYTES = 1 << 16


@dataclass(frozen=True)
class SoundWindow:
    """num_samples of a part's stereo sound from start_sample on, to be written as a 16-bit WAV."""

    wav_path: Path
    start_sample: int
    num_samples: int


def write_mono(
    video_path: Path, probe: Probe, wav_path: Path, *, sample_rate_hz: int
) -> tuple[Interval, ...]:
    """The whole part as mono 16-bit WAV, sample 0 at its time zero, as long as its duration.

    It has a blank mark (matchreel.checksums), which the caller seals. A warning with the times of what is
    damaged, InputError where that is too much. Returns the damaged stretches, on the part's clock.
    """
    damage = list[Interval]()
    with wav_file(wav_path, sample_rate_hz, 1) as output:
        output.comment = BLANK_MARK
        for block in read_changing_sound(video_path, probe, sample_rate_hz=sample_rate_hz, damage=damage):
            output.write(block.mean(axis=1))
    return judged_damage(video_path, probe, "sound", merge_intervals(damage, max_gap_seconds=NEAR_SECONDS))


def write_windows(
    video_path: Path,
    probe: Probe,
    windows: Sequence[SoundWindow],
    *,
    sample_rate_hz: int,
    fade_seconds: float,
) -> None:
    """Write many windows in one pass over the part, each faded in and out over fade_seconds.

    A window's file is open only while its time is read: there may be more than a process may hold open.
    """
    waiting = sorted(windows, key=lambda window: window.start_sample, reverse=True)
    first, is_open = 0, list[_OpenWindow]()
    with ExitStack() as held:

        def open_until(end: int | None) -> None:
            while waiting and (end is None or waiting[-1].start_sample < end):
                is_open.append(_OpenWindow(waiting.pop(), sample_rate_hz, fade_seconds))
                held.push(is_open[-1].stack)

        for block in read_changing_sound(video_path, probe, sample_rate_hz=sample_rate_hz):
            open_until(first + len(block))
            for window in is_open:
                window.take(block, first)
            first += len(block)
            is_open = [window for window in is_open if not window.is_done]
        open_until(None)
        for window in is_open:
            window.finish()


class _OpenWindow:
    """A window whose file is being written."""

    def __init__(self, window: SoundWindow, sample_rate_hz: int, fade_seconds: float) -> None:
        self._window, self._fade_seconds = window, fade_seconds
        self.stack = ExitStack()
        self._output = self.stack.enter_context(wav_file(window.wav_path, sample_rate_hz, 2))
        self.is_done = False

    def take(self, block: Float32, first: int) -> None:
        """Write what it shares with a block that begins at the part's sample `first`."""
        window = self._window
        start = max(window.start_sample, first)
        end = min(window.start_sample + window.num_samples, first + len(block))
        if start < end:
            samples = block[start - first : end - first]
            self._output.write(_faded(samples, start, window, self._fade_seconds, self._output))
        if window.start_sample + window.num_samples <= first + len(block):
            self.finish()

    def finish(self) -> None:
        """Fill it up with silence and close it."""
        missing = self._window.num_samples - self._output.frames
        if missing > 0:
            self._output.write(np.zeros((missing, 2), dtype=np.float32))
        self.stack.close()
        self.is_done = True


def read_changing_sound(
    video_path: Path, probe: Probe, *, sample_rate_hz: int, damage: list[Interval] | None = None
) -> Iterator[Float32]:
    """Yield (S, 2) float32 blocks that follow one another from the part's time zero to its end.

    Silence is where nothing is stored; overlapping sound is cut. One channel is put on both sides, more than
    two are mixed down. damage: takes up what cannot be decoded, on the part's clock; it is left out.
    """
    assert probe.audio
    num_samples, at = round(probe.duration_seconds * sample_rate_hz), 0
    joint = round(_JOINT_SECONDS * sample_rate_hz)
    broken = list[Interval]() if damage is None else damage
    for stretch in probe.audio.stretches:
        zero = probe.zero_seconds - stretch.later_seconds
        frames = _frames(video_path, stretch, zero, broken)
        for seconds, samples, is_new in _converted(frames, stretch, sample_rate_hz):
            start = round((seconds - zero) * sample_rate_hz)
            if is_new or abs(start - at) > joint:
                yield from _silence(min(start, num_samples) - at)
                at = max(at, min(start, num_samples))
                samples = samples[max(0, at - start) :]
            samples = samples[: num_samples - at]
            if len(samples):
                yield samples
            at += len(samples)
            if at >= num_samples:
                return
    yield from _silence(num_samples - at)


def _converted(
    frames: Iterable[Any], stretch: SoundStretch, sample_rate_hz: int
) -> Iterator[tuple[float, Float32, bool]]:
    """(seconds on the stretch's own clock, (S, 2) samples at one rate, whether a new format begins)."""
    resampler, kind, next_seconds, is_new = None, None, 0.0, True
    for frame in frames:
        seconds = float(frame.pts * frame.time_base)
        held = (frame.format.name, frame.layout.name, frame.sample_rate)
        is_new = is_new or held != kind
        if held != kind or resampler is None:
            if resampler is not None:
                for late in resampler.resample(None):
                    yield next_seconds, _stereo(late, stretch), False
            layout = "stereo" if frame.layout.nb_channels > 2 else None
            resampler, kind = av.AudioResampler("fltp", layout, sample_rate_hz), held
        next_seconds = seconds + frame.samples / frame.sample_rate
        samples = [_stereo(done, stretch) for done in resampler.resample(frame)]
        if samples:
            yield seconds, np.concatenate(samples), is_new
            is_new = False


def _frames(path: Path, stretch: SoundStretch, zero_seconds: float, damage: list[Interval]) -> Iterator[Any]:
    """Decoded frames that start inside a stretch; what cannot be decoded goes into damage."""
    with open_media(path, first_byte=stretch.first_byte) as container:
        stream: Any = audio_stream(container, stretch.track)
        mix_down(stream)
        lead = stretch.start_seconds - _LEAD_SECONDS
        is_one_clock = not stretch.first_byte and not stretch.end_byte
        if is_one_clock and lead > (container.start_time or 0) / av.time_base:
            container.seek(int(lead / stream.time_base), stream=stream)
        place = 0  # of several packets that are stored together only the first one has one
        for packet in packets_of(container, stream):
            place = packet.pos or place
            if stretch.end_byte and place >= stretch.end_byte:
                return
            if packet.pts is not None and packet.pts * stream.time_base > stretch.end_seconds:
                return
            try:
                frames = packet.decode()
            except FFmpegError:
                damage += _damaged(packet, stretch, zero_seconds)
                continue
            for frame in frames:
                if frame.pts is not None and frame.samples:
                    at = float(frame.pts * frame.time_base)
                    if stretch.start_seconds - _JOINT_SECONDS <= at < stretch.end_seconds:
                        yield frame


def _damaged(packet: Any, stretch: SoundStretch, zero_seconds: float) -> list[Interval]:
    """The time of a packet of a stretch on the part's clock."""
    if packet.pts is None:
        return []
    start = float(packet.pts * packet.time_base)
    end = start + float((packet.duration or 0) * packet.time_base)
    inside = stretch.start_seconds <= start < stretch.end_seconds and start >= zero_seconds
    return [Interval(start - zero_seconds, end - zero_seconds)] if inside else []


def _stereo(frame: Any, stretch: SoundStretch) -> Float32:
    """(S, 2) samples of a frame of one or two channels."""
    samples: Float32 = planar(frame).T
    if samples.shape[1] == 1:
        both: Float32 = np.repeat(samples, 2, axis=1)
        return both
    turned: Float32 = samples * np.array([1, -1], dtype=np.float32)
    return turned if stretch.is_inverted else samples


def _silence(num_samples: int) -> Iterator[Float32]:
    for start in range(0, num_samples, _BLOCK_SAMPLES):
        yield np.zeros((min(_BLOCK_SAMPLES, num_samples - start), 2), dtype=np.float32)


def _faded(samples: Float32, first: int, window: SoundWindow, fade_seconds: float, output: Any) -> Float32:
    """Samples of a window that begin at the part's sample `first`, with the window's fades."""
    num_fade = min(round(fade_seconds * output.samplerate), window.num_samples // 2)
    if not num_fade:
        return samples
    index = np.arange(len(samples)) + (first - window.start_sample)
    edges = np.minimum(index, window.num_samples - 1 - index) / num_fade
    faded: Float32 = (samples * np.clip(edges, 0, 1)[:, None]).astype(np.float32)
    return faded


@contextmanager
def wav_file(path: Path, sample_rate_hz: int, num_channels: int) -> Iterator[Any]:
    """A 16-bit WAV to write. OSError where the disk is full: libsndfile then says nothing, or no cause."""
    try:
        with soundfile.SoundFile(
            str(path), "w", samplerate=sample_rate_hz, channels=num_channels, subtype="PCM_16", format="WAV"
        ) as output:
            yield output
            num_bytes = 2 * num_channels * output.frames
    except soundfile.LibsndfileError:
        _ask_for_room(path)
        raise
    if path.stat().st_size < num_bytes:
        _ask_for_room(path)


def _ask_for_room(path: Path) -> None:
    """The system's own error where a file cannot grow."""
    with path.open("ab") as stream:
        stream.write(bytes(_ROOM_BYTES))
        stream.flush()
        os.fsync(stream.fileno())
