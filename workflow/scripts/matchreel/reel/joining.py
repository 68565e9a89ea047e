"""The reel: all clips in one file, without drift, however many there are."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from matchreel.errors import InputError
from matchreel.media.commands import Encoding
from matchreel.media.cut import ClipRequest, cut_clips
from matchreel.media.join import (
    ClipStreams,
    clip_streams,
    coded_size,
    join_pictures,
    join_sound,
    mux_reel,
    write_chapters,
)
from matchreel.media.probe import probe_file
from matchreel.media.verify import ClipFacts, verify_clip
from matchreel.provenance import written_whole
from matchreel.reel.cutting import common_encoding
from matchreel.timeline import Interval

log = logging.getLogger("matchreel.reel")


@dataclass(frozen=True)
class Reel:
    """A written reel: where each clip starts in it, exactly, and its length and rate."""

    reel_path: Path
    starts_seconds: tuple[Fraction, ...]
    duration_seconds: Fraction
    rate_fps: Fraction


def join_reel(
    *,
    clip_paths: Sequence[Path],
    sound_paths: Sequence[Path] | None,
    titles: Sequence[str],
    reel_path: Path,
    encoding: Encoding,
    ffmpeg: str,
    threads: int,
) -> Reel:
    """Join clips into one MP4 at a constant rate with 48 kHz stereo sound and one chapter a title.

    With sound_paths (WAVs as cut_highlight_clips writes them) and clips that are alike, pictures are copied
    and sound is encoded once. Otherwise clips of any size or rate, with or without sound, are first cut anew
    to one encoding. The reel is verified; OutputError if it is not exactly as long as its clips.
    """
    if not clip_paths:
        raise InputError("there is no clip to join", where=reel_path, remedy="Select at least one highlight")
    reel_path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".joining.", dir=reel_path.parent) as folder:
        scratch = Path(folder)
        found = [clip_streams(path) for path in clip_paths]
        if sound_paths is None or not _are_alike([streams for streams, _ in found]):
            clip_paths, sound_paths = _unified(clip_paths, scratch, encoding, ffmpeg, threads)
            found = [clip_streams(path) for path in clip_paths]
        lengths, rate = [num_frames for _, num_frames in found], found[0][0].rate_fps
        join_pictures(clip_paths, scratch / "pictures.mp4", rate_fps=rate)
        join_sound(sound_paths, scratch / "sound.wav", num_frames=lengths, rate_fps=rate)
        reel = _reel(reel_path, lengths, rate)
        write_chapters(scratch / "chapters.txt", titles, reel.starts_seconds, reel.duration_seconds)
        _write(reel, scratch, encoding, ffmpeg, sum(lengths))
    log.info("joined %d clips, %.1f s", len(lengths), float(reel.duration_seconds))
    return reel


def _are_alike(streams: Sequence[ClipStreams]) -> bool:
    first = streams[0]
    return first.codec == "h264" and first.has_sound and all(other == first for other in streams)


def _unified(
    clip_paths: Sequence[Path], scratch: Path, encoding: Encoding, ffmpeg: str, threads: int
) -> tuple[list[Path], list[Path]]:
    probes = [probe_file(path, game="reel", part="full") for path in clip_paths]
    unified = replace(common_encoding(probes, encoding), keep_colour_tags=False)
    clips = [scratch / f"{index}.mp4" for index in range(len(clip_paths))]
    sounds = [path.with_suffix(".wav") for path in clips]
    for source, probe, clip, sound in zip(clip_paths, probes, clips, sounds, strict=True):
        request = ClipRequest(Interval(0.0, probe.duration_seconds), clip, sound)
        cut_clips(
            video_path=source,
            probe=probe,
            requests=[request],
            encoding=unified,
            ffmpeg=ffmpeg,
            threads=threads,
        )
    return clips, sounds


def _reel(reel_path: Path, lengths: Sequence[int], rate_fps: Fraction) -> Reel:
    bounds = [Fraction(0), *(end / rate_fps for end in accumulate(lengths))]
    return Reel(reel_path, tuple(bounds[:-1]), bounds[-1], rate_fps)


def _write(reel: Reel, scratch: Path, encoding: Encoding, ffmpeg: str, num_frames: int) -> None:
    with written_whole(reel.reel_path) as temporary:
        mux_reel(
            video_path=scratch / "pictures.mp4",
            wav_path=scratch / "sound.wav",
            chapters_path=scratch / "chapters.txt",
            reel_path=temporary,
            audio_bitrate_kbps=encoding.audio_bitrate_kbps,
            ffmpeg=ffmpeg,
            where=reel.reel_path,
        )
        expected = _expected(scratch / "pictures.mp4", reel, num_frames)
        verify_clip(temporary, expected=expected, where=reel.reel_path)


def _expected(pictures_path: Path, reel: Reel, num_frames: int) -> ClipFacts:
    width, height = coded_size(pictures_path)
    return ClipFacts(num_frames=num_frames, rate_fps=reel.rate_fps, width=width, height=height)
