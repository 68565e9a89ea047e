"""The reel: all clips in one file, without drift, however many there are."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from matchreel.errors import InputError, OutputError
from matchreel.media.bridges import Crossfade, crossfade_job
from matchreel.media.commands import Encoding
from matchreel.media.cut import ClipRequest, cut_clips
from matchreel.media.join import (
    ClipStreams,
    Piece,
    clip_streams,
    coded_size,
    join_pictures,
    join_sound,
    mux_reel,
    write_chapters,
)
from matchreel.media.loudness import LoudnessGoal, encode_sound
from matchreel.media.probe import probe_file
from matchreel.media.tools import run_many
from matchreel.media.verify import ClipFacts, verify_clip
from matchreel.notices import Notice
from matchreel.provenance import written_whole
from matchreel.reel.cutting import common_encoding
from matchreel.reel.layout import Layout, planned_layout
from matchreel.reel_frames import num_frames
from matchreel.timeline import Interval

log = logging.getLogger("matchreel.reel")

AS_RECORDED = LoudnessGoal(lufs=None, peak_dbtp=0.0)


@dataclass(frozen=True)
class Reel:
    """A written reel: where each clip starts in it, exactly, its length and rate, and notices."""

    reel_path: Path
    starts_seconds: tuple[Fraction, ...]
    duration_seconds: Fraction
    rate_fps: Fraction
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class ReelSound:
    """The whole sound of a reel of that layout, being written beside other work; the result is notices."""

    path: Path
    layout: Layout
    notices: Future[list[Notice]]


@dataclass(frozen=True)
class _Tools:
    encoding: Encoding
    ffmpeg: str
    threads: int


def begin_sound(
    beside: Executor,
    *,
    sound_paths: Sequence[Path],
    layout: Layout,
    scratch: Path,
    loudness: LoudnessGoal,
    encoding: Encoding,
    ffmpeg: str,
) -> ReelSound:
    """Start to join the clips' WAVs and to encode them at the goal's loudness, in a folder of its own."""
    path = scratch / "sound.m4a"
    work = beside.submit(_sound, sound_paths, layout, path, loudness, encoding.audio_bitrate_kbps, ffmpeg)
    return ReelSound(path, layout, work)


def join_reel(
    *,
    clip_paths: Sequence[Path],
    sound_paths: Sequence[Path] | None,
    titles: Sequence[str],
    reel_path: Path,
    encoding: Encoding,
    ffmpeg: str,
    threads: int,
    fade_seconds: float = 0.0,
    loudness: LoudnessGoal = AS_RECORDED,
    sound: ReelSound | None = None,
) -> Reel:
    """Join clips into one MP4 at a constant rate with 48 kHz stereo sound and one chapter a title.

    With sound_paths (WAVs as cut_highlight_clips writes them) and clips that are alike, pictures are copied
    and sound is encoded once. Otherwise clips of any size or rate, with or without sound, are first cut anew
    to one encoding. sound: what begin_sound began for the same WAVs. fade_seconds: neighbours overlap so long
    in a crossfade; only its own pictures are encoded again, and clips need keyframes where it begins and
    ends, as planned_layout says. The reel is verified; OutputError if it is not exactly as long as it should
    be.
    """
    if not clip_paths:
        raise InputError("there is no clip to join", where=reel_path, remedy="Select at least one highlight")
    tools = _Tools(encoding, ffmpeg, threads)
    reel_path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".joining.", dir=reel_path.parent) as folder:
        scratch = Path(folder)
        found = [clip_streams(path) for path in clip_paths]
        if sound_paths is None or not _are_alike([streams for streams, _ in found]):
            clip_paths, sound_paths = _unified(clip_paths, scratch, fade_seconds, tools)
            found = [clip_streams(path) for path in clip_paths]
        lengths, rate = [length for _, length in found], found[0][0].rate_fps
        layout = planned_layout(lengths, fade_seconds=fade_seconds, rate_fps=rate)
        with ThreadPoolExecutor(1) as beside:
            if sound is None or sound.layout != layout:
                sound = begin_sound(
                    beside,
                    sound_paths=sound_paths,
                    layout=layout,
                    scratch=scratch,
                    loudness=loudness,
                    encoding=encoding,
                    ffmpeg=ffmpeg,
                )
            if threads == 1:
                sound.notices.result()
            pieces = _pieces(clip_paths, layout, scratch, found[0][0], tools)
            join_pictures(pieces, scratch / "pictures.mp4", rate_fps=rate)
            reel = _reel(reel_path, layout, sound.notices.result())
        write_chapters(scratch / "chapters.txt", titles, reel.starts_seconds, reel.duration_seconds)
        _write(reel, sound.path, scratch, ffmpeg, layout.total_frames)
    log.info("joined %d clips, %.1f s", len(lengths), float(reel.duration_seconds))
    return reel


def _are_alike(streams: Sequence[ClipStreams]) -> bool:
    first = streams[0]
    return first.codec == "h264" and all(other == first for other in streams)


def _unified(
    clip_paths: Sequence[Path], scratch: Path, fade_seconds: float, tools: _Tools
) -> tuple[list[Path], list[Path]]:
    probes = [probe_file(path, game="reel", part="full") for path in clip_paths]
    unified = replace(common_encoding(probes, tools.encoding), keep_colour_tags=False)
    assert unified.rate_fps
    clips = [scratch / f"{index}.mp4" for index in range(len(clip_paths))]
    sounds = [path.with_suffix(".wav") for path in clips]
    intervals = [Interval(0.0, probe.duration_seconds) for probe in probes]
    layout = planned_layout(
        [num_frames(interval, unified.rate_fps) for interval in intervals],
        fade_seconds=fade_seconds,
        rate_fps=unified.rate_fps,
    )
    for index, (source, probe) in enumerate(zip(clip_paths, probes, strict=True)):
        head, tail = layout.edges(index)
        request = ClipRequest(
            intervals[index], clips[index], sounds[index], head_frames=head, tail_frames=tail
        )
        cut_clips(
            video_path=source,
            probe=probe,
            requests=[request],
            encoding=unified,
            ffmpeg=tools.ffmpeg,
            threads=tools.threads,
        )
    return clips, sounds


def _pieces(
    clip_paths: Sequence[Path], layout: Layout, scratch: Path, like: ClipStreams, tools: _Tools
) -> list[Piece]:
    """The clips, or what is left of them between crossfades, and those."""
    starts = [held - fade for held, fade in zip(layout.num_frames, layout.fade_frames, strict=False)]
    fades = {
        index: Crossfade(clip_paths[index], start, clip_paths[index + 1], fade, scratch / f"fade{index}.mp4")
        for index, (start, fade) in enumerate(zip(starts, layout.fade_frames, strict=False))
        if fade
    }
    jobs = [crossfade_job(fade, encoding=tools.encoding, rate_fps=layout.rate_fps) for fade in fades.values()]
    for _ in run_many(jobs, ffmpeg=tools.ffmpeg, num_at_once=tools.threads):
        pass
    pieces = []
    for index, path in enumerate(clip_paths):
        head, tail = layout.edges(index)
        pieces.append(Piece(path, head, layout.num_frames[index] - tail))
        if index in fades:
            pieces.append(_checked(fades[index], like))
    return pieces


def _checked(fade: Crossfade, like: ClipStreams) -> Piece:
    if clip_streams(fade.video_path) != (like, fade.num_frames):
        raise OutputError(
            "a crossfade came out unlike its clips",
            where=fade.head_path,
            remedy="Set reel.encoder: libx264, or reel.transition: cut",
        )
    return Piece(fade.video_path)


def _sound(
    sound_paths: Sequence[Path],
    layout: Layout,
    path: Path,
    loudness: LoudnessGoal,
    audio_bitrate_kbps: int,
    ffmpeg: str,
) -> list[Notice]:
    joined = path.with_suffix(".joined.wav")
    join_sound(
        sound_paths,
        joined,
        starts_frames=layout.starts_frames,
        num_frames=layout.num_frames,
        rate_fps=layout.rate_fps,
    )
    return encode_sound(joined, path, goal=loudness, audio_bitrate_kbps=audio_bitrate_kbps, ffmpeg=ffmpeg)


def _reel(reel_path: Path, layout: Layout, notices: Sequence[Notice]) -> Reel:
    length = layout.total_frames / layout.rate_fps
    return Reel(reel_path, layout.starts_seconds(), length, layout.rate_fps, tuple(notices))


def _write(reel: Reel, sound_path: Path, scratch: Path, ffmpeg: str, num_frames: int) -> None:
    with written_whole(reel.reel_path) as temporary:
        mux_reel(
            video_path=scratch / "pictures.mp4",
            sound_path=sound_path,
            chapters_path=scratch / "chapters.txt",
            reel_path=temporary,
            ffmpeg=ffmpeg,
            where=reel.reel_path,
        )
        width, height = coded_size(scratch / "pictures.mp4")
        expected = ClipFacts(num_frames=num_frames, rate_fps=reel.rate_fps, width=width, height=height)
        verify_clip(temporary, expected=expected, where=reel.reel_path)
