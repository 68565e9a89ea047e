"""Training clips of one part: cut from the recording, listed in clips.csv, written as one folder."""

from __future__ import annotations

import logging
from pathlib import Path

from matchreel.checksums import written_sealed
from matchreel.clips.policy import ClipShape, NegativePolicy, choose_clips
from matchreel.clips.table import TABLE_NAME, clip_name, clip_table, write_clip_table
from matchreel.errors import InputError
from matchreel.events import check_inside, load_events
from matchreel.media.cut import ClipRequest, Encoding, cut_clips
from matchreel.records import Probe
from matchreel.replays import load_replays

# SOURCE: the seed project's clips.
AUDIO_BITRATE_KBPS = 128

log = logging.getLogger("matchreel.clips")


def slice_clips(
    *,
    video_path: Path,
    probe_path: Path,
    labels_path: Path,
    clips_dir: Path,
    game: str,
    part: str,
    truth_path: Path | None,
    seed: int,
    classes: list[str],
    before_seconds: float,
    after_seconds: float,
    overlap: str,
    labelled_every: int,
    open_play_per_positive: float,
    replays_per_positive: float,
    crf: int,
    preset: str,
    ffmpeg: str,
    threads: int,
) -> None:
    """Cut the labelled training clips of one part into clips_dir, with clips.csv beside them.

    Clips and negatives are chosen as policy.py says; truth_path is a rendered game's truth.json, which
    knows its replays. The folder is written whole. Raises InputError where labels or recording are wrong.
    """
    probe = Probe.load(probe_path)
    events = load_events(labels_path, part=part)
    check_inside(events, duration_seconds=probe.duration_seconds, labels_path=labels_path)
    clips = choose_clips(
        events=events,
        replays=load_replays(truth_path) if truth_path else [],
        classes=classes,
        shape=_shape(probe, before_seconds=before_seconds, after_seconds=after_seconds),
        overlap=overlap,
        policy=NegativePolicy(labelled_every, open_play_per_positive, replays_per_positive),
        seed=seed,
        game=game,
        part=part,
    )
    encoding = _encoding(crf=crf, preset=preset)
    with written_sealed(clips_dir) as folder:
        requests = [
            ClipRequest(clip.interval, folder / clip_name(number, clip), None)
            for number, clip in enumerate(clips, start=1)
        ]
        cuts = cut_clips(
            video_path=video_path,
            probe=probe,
            requests=requests,
            encoding=encoding,
            ffmpeg=ffmpeg,
            threads=threads,
        )
        write_clip_table(folder / TABLE_NAME, clip_table(clips, cuts, game=game, part=part))
    num_positives = sum(clip.is_positive for clip in clips)
    log.info("%s part %s: %d training clips, %d of highlights", game, part, len(clips), num_positives)


def _encoding(*, crf: int, preset: str) -> Encoding:
    return Encoding(
        crf=crf,
        preset=preset,
        audio_bitrate_kbps=AUDIO_BITRATE_KBPS,
        height=None,
        rate_fps=None,
        fade_seconds=0.0,
    )


def _shape(probe: Probe, *, before_seconds: float, after_seconds: float) -> ClipShape:
    if probe.video is None:
        raise InputError(
            "the recording has no picture, so no training clips can be cut",
            where=probe.path,
            remedy="Put a recording with picture there, or give the game the split none",
        )
    return ClipShape(before_seconds, after_seconds, probe.duration_seconds, probe.video.rate_fps)
