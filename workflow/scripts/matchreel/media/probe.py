"""What a recording holds: duration, rates, start times, streams and problems, from its packets.

Headers lie; packets do not. All packets are read once without decoding, and a few pictures are decoded.
"""

from __future__ import annotations

import logging
from pathlib import Path

from matchreel.errors import InputError
from matchreel.media.colours import MAPPED
from matchreel.media.demux import PacketTimes
from matchreel.media.joints import Recording, read_recording
from matchreel.media.picture_forms import most_of
from matchreel.media.program_maps import ProgramMap, program_maps
from matchreel.media.rates import measure_rate
from matchreel.media.sound_stretches import with_stretches, with_stretches_of_joined
from matchreel.media.tools import REENCODE
from matchreel.media.watching import Watch
from matchreel.records import MAX_PART_SECONDS, AudioStream, Probe, ShapeSpan, VideoStream
from matchreel.timeline import clock_text

log = logging.getLogger("matchreel.media")

# A header that promises more than the file holds by this much means that the end is missing.
MISSING_SECONDS, MISSING_SHARE = 2.0, 0.01
GAP_SECONDS = 1.0
# ASSUME no recording of a part pauses for an hour; times that jump further are damaged.
MAX_GAP_SECONDS = 3600
# A transport stream's program maps are read where it is so small, or so much of it was not seen.
SMALL_BYTES, UNSEEN_SHARE = 1 << 26, 0.05
_NOTED_MISSING_SECONDS = 0.5
_MIN_SECONDS = 0.1


def probe_media(*, video_path: Path, probe_path: Path, game: str, part: str) -> None:
    """Probe one part's recording and write the Probe as JSON."""
    probe = probe_file(video_path, game=game, part=part)
    for problem in probe.problems:
        log.info("%s %s: note: %s", game, part, problem)
    probe.save(probe_path)


def probe_file(video_path: Path, *, game: str, part: str) -> Probe:
    """Read all packets of a recording and say what is in it; InputError where it cannot be used."""
    return probe_of(read_recording(video_path), video_path, game=game, part=part)


def probe_of(recording: Recording, video_path: Path, *, game: str, part: str) -> Probe:
    """As probe_file, of a recording whose packets were read already."""
    times = recording.times
    video = _video_facts(recording)
    audio = _audio_facts(recording)
    if video is None and audio is None:
        raise InputError(
            "there is neither picture nor sound in it", where=video_path, remedy="Give a recording of a match"
        )
    zero = (video or audio).start_seconds  # type: ignore[union-attr]
    end = (times.video if video else times.audio).end_seconds  # type: ignore[union-attr]
    duration = float(end) - zero
    if audio is not None and recording.stretches:
        audio = with_stretches_of_joined(
            audio, video_path, recording.stretches, recording.watches, times.container, duration
        )
    elif audio is not None:
        maps = _program_maps(video_path, times, recording.watch)
        audio = with_stretches(
            audio, video_path, recording.watch, maps, start_seconds=zero, end_seconds=zero + duration
        )
    _refuse_truncated(video_path, times, duration)
    problems = _problems(times, video, audio, zero=zero, duration_seconds=duration)
    return Probe(
        game=game,
        part=part,
        path=str(video_path),
        container=times.container,
        container_start_seconds=times.container_start_seconds,
        duration_seconds=round(duration, 6),
        video=video,
        audio=audio,
        problems=(*recording.problems, *problems),
        stretches=recording.stretches,
    )


def _program_maps(path: Path, times: PacketTimes, watch: Watch) -> list[ProgramMap]:
    """The maps of a transport stream, if it is small or there is more in the file than was seen."""
    size = path.stat().st_size
    is_missing = size - watch.last_byte > UNSEEN_SHARE * size or any(
        stream and times.last_end_seconds - stream.end_seconds > GAP_SECONDS
        for stream in (times.video, times.audio)
    )
    is_worth_it = is_missing or size <= SMALL_BYTES
    return program_maps(path) if times.container == "mpegts" and is_worth_it else []


def _video_facts(recording: Recording) -> VideoStream | None:
    looks, times = recording.looks, recording.times.video
    if looks is None or times is None:
        return None
    rate = measure_rate(times, is_interlaced=looks.is_interlaced)
    main = most_of(looks.spans, key=lambda form: form.shape)
    mapped = [span for span in looks.spans if span.form.colour in MAPPED]
    plain = [span for span in looks.spans if span.form.colour not in MAPPED]
    return VideoStream(
        codec=times.codec,
        width=main.width,
        height=main.height,
        sample_aspect=main.sample_aspect,
        rate_fps=rate.rate_fps,
        start_seconds=float(looks.first_seconds),
        is_variable_rate=rate.is_variable,
        is_interlaced=looks.is_interlaced,
        rotation_degrees=looks.rotation_degrees,
        other_shapes=tuple(
            ShapeSpan(span.start_seconds, span.end_seconds, *span.form.shape)
            for span in looks.spans
            if span.form.shape != main.shape
        ),
        colour=most_of(mapped or looks.spans, key=lambda form: form.colour).colour,
        sdr_spans=tuple((span.start_seconds, span.end_seconds) for span in plain) if mapped else (),
    )


def _audio_facts(recording: Recording) -> AudioStream | None:
    start, times, choice = recording.first_sound, recording.times.audio, recording.choice
    if start is None or times is None or choice is None:
        return None
    return AudioStream(
        codec=times.codec,
        sample_rate_hz=times.sample_rate_hz,
        num_channels=times.num_channels,
        start_seconds=float(start),
        track=choice.track,
        num_tracks=choice.num_tracks,
        silent_track=choice.passed_over,
        is_audible=choice.look.is_audible,
        is_inverted=choice.look.is_inverted,
    )


def _refuse_truncated(path: Path, times: PacketTimes, duration: float) -> None:
    header = times.header_seconds
    if header is not None:
        held = header - times.missing_seconds
        if times.missing_seconds > max(MISSING_SECONDS, MISSING_SHARE * header):
            raise InputError(
                f"the file is cut off: it ends at {clock_text(held)}, its header says {clock_text(header)}",
                where=path,
                remedy="Copy or download it again (to use what is there: ffmpeg -i IN -c copy OUT.mkv)",
            )
    stream = times.video or times.audio
    assert stream
    # What follows such a gap would be stored as hours of one picture and of silence.
    for at, gap in stream.gaps(MAX_GAP_SECONDS):
        raise InputError(
            f"its times jump by {clock_text(gap)} (to {clock_text(at + gap)})",
            where=path,
            remedy=f"Copy or download it again; if it plays, {REENCODE}",
        )
    if duration > MAX_PART_SECONDS:
        raise InputError(
            f"it lasts {clock_text(duration)}, more than a day",
            where=path,
            remedy="Cut out the match (ffmpeg -i IN -ss START -t LENGTH -c copy OUT.mkv)",
        )
    if duration < _MIN_SECONDS:
        raise InputError(
            f"it lasts only {max(duration, 0):.3f} s",
            where=path,
            remedy="Copy or download the recording again",
        )


def _problems(
    times: PacketTimes,
    video: VideoStream | None,
    audio: AudioStream | None,
    *,
    zero: float,
    duration_seconds: float,
) -> list[str]:
    found = list[str]()
    if times.missing_seconds > _NOTED_MISSING_SECONDS:
        found.append(f"the last {times.missing_seconds:.1f} s that the header promises are missing")
    if video is None:
        found.append("no picture")
    else:
        found += _picture_problems(video)
        assert times.video
        found += [
            f"no new picture for {gap:.1f} s at {clock_text(at - zero)}"
            for at, gap in times.video.gaps(GAP_SECONDS)
        ][:3]
    if audio is None:
        found.append("no sound")
    elif times.audio:
        late = audio.start_seconds - zero
        if abs(late) > GAP_SECONDS:
            found.append(f"sound starts {abs(late):.1f} s {'after' if late > 0 else 'before'} the picture")
        if (short := zero + duration_seconds - float(times.audio.end_seconds)) > GAP_SECONDS:
            found.append(f"sound ends {short:.1f} s before the picture")
    return found


def _picture_problems(video: VideoStream) -> list[str]:
    found = list[str]()
    if video.is_variable_rate:
        found.append("variable frame rate")
    if video.is_interlaced:
        found.append("interlaced")
    if video.sample_aspect != 1:
        found.append(f"pixels are not square ({video.sample_aspect})")
    if video.rotation_degrees:
        found.append(f"rotated by {video.rotation_degrees} degrees")
    return found
