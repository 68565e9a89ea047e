"""find_cuts: camera cuts around the ends of a game's moments, and the replays that wipes bracket."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

from matchreel.background import read_ahead
from matchreel.camera_cuts.bursts import Bursts
from matchreel.camera_cuts.judging import Change, Judge, find_changes
from matchreel.camera_cuts.pictures import Pictures, Piece, SmallPictures
from matchreel.camera_cuts.record import CameraCuts
from matchreel.camera_cuts.replays import replays_between
from matchreel.camera_cuts.stretches import stretches_to_search, worth_searching
from matchreel.camera_cuts.wipes import WIPE_SECONDS, wipes_seconds
from matchreel.edit_list import EditList
from matchreel.media.seeking import find_entries
from matchreel.records import Float32, Probe
from matchreel.timeline import FrameGrid, Interval

log = logging.getLogger("matchreel")


def find_cuts(
    *,
    moments_path: Path,
    video_path: Path,
    probe_path: Path,
    bursts_path: Path,
    cuts_path: Path,
    snap_seconds: float,
    search_seconds: float,
    replays: int,
    ffmpeg: str,
    threads: int,
    gpu: int,
) -> None:
    """Write the camera cuts (camera_cuts.record.CameraCuts) of one part around the moments that lie in it.

    Of the game's moments only the most important count: those whose actions last search_seconds together.

    Nothing is searched, and no network loaded, without moments or picture. Only the stretches around the
    moments' ends are decoded; replays are told by the part's bursts of change (camera_cuts.bursts.Bursts).
    Raises InputError, or ToolError where decoding fails.
    """
    probe = Probe.load(probe_path)
    moments = worth_searching(EditList.load(moments_path).highlights, search_seconds=search_seconds)
    rows = [row for row in moments if row.part == probe.part]
    found, bursts = CameraCuts(probe.part), _loaded(bursts_path, probe)
    if probe.video is not None and rows:
        if not video_path.exists():
            raise FileNotFoundError(2, "no such file", str(video_path))
        grid = FrameGrid.over(probe.duration_seconds, probe.video.rate_fps)
        pictures = SmallPictures(probe, grid, ffmpeg, threads)
        stretches = stretches_to_search(
            rows, snap_seconds=snap_seconds, duration_seconds=probe.duration_seconds
        )
        changes = _changes(pictures, read_ahead(pictures.pieces(stretches)), _late_judge(threads, gpu))
        wipes = wipes_seconds(bursts) if replays else []
        found = _as_record(pictures, stretches, changes, wipes)
    log.info(
        "%s %s: %d cuts in %.0f s searched, %d replays",
        probe.game,
        probe.part,
        len(found.cuts_seconds),
        sum(stretch.duration_seconds for stretch in found.searched),
        len(found.replays),
    )
    replace(found, damage=bursts.damage).save(cuts_path)


def _late_judge(threads: int, gpu: int) -> Judge:
    """The network, loaded when there is something to judge: most of a short step's time is torch's start."""
    held = list[Judge]()

    def judge(windows: Sequence[Pictures]) -> list[Float32]:
        if not held:
            from matchreel.camera_cuts.network import change_logits, load_network
            from matchreel.torch_shim import set_up_torch

            device = set_up_torch(threads=threads, gpu=gpu, seed=0)
            held.append(partial(change_logits, load_network(device)))
        return held[0](windows)

    return judge


def _loaded(path: Path, probe: Probe) -> Bursts:
    bursts = Bursts.load(path)
    if bursts.grid:
        probe.check_duration(float(bursts.grid.duration_seconds), path)
    return bursts


def _changes(pictures: SmallPictures, pieces: Iterable[Piece], judge: Judge) -> list[Change]:
    """The changes in all pieces, counted in steps of the part's grid."""
    rate, held = pictures.grid.rate_fps, list[Change]()
    for piece in pieces:
        first = piece.first_step
        start = math.ceil(Fraction(piece.stretch.start_seconds) * rate) - 1 - first
        end = math.ceil(Fraction(piece.stretch.end_seconds) * rate) - 1 - first
        found = find_changes(piece.pictures, rate, judge, inside=(max(start, 0), max(end, 0)))
        held += [change.later_by(first) for change in found]
    return held


def _as_record(
    pictures: SmallPictures, stretches: Sequence[Interval], changes: Sequence[Change], wipes: Sequence[float]
) -> CameraCuts:
    duration, half = pictures.probe.duration_seconds, WIPE_SECONDS / 2
    wiped = [Interval(wipe, wipe).padded(half, half).clamped(duration) for wipe in wipes]
    cuts, gradual = list(wipes), list(wiped)
    moments = _shown_from(pictures, [change.last_old + 1 for change in changes])
    for change, moment in zip(changes, moments, strict=True):
        if any(wipe.contains(moment) for wipe in wiped):
            continue
        cuts.append(moment)
        if change.mixed is not None:
            start, end = (float(pictures.grid.start_seconds(step)) for step in change.mixed)
            gradual.append(Interval(start, max(end, moment)))
    return CameraCuts(
        pictures.probe.part,
        searched=tuple(stretches),
        cuts_seconds=tuple(sorted(cuts)),
        gradual=tuple(sorted(gradual)),
        replays=tuple(replays_between(wipes)),
    )


def _shown_from(pictures: SmallPictures, steps: Sequence[int]) -> list[float]:
    """When the pictures of these steps appear: on the grid, or, of a variable rate, as the container says."""
    grid, probe = pictures.grid, pictures.probe
    assert probe.video is not None
    if not probe.video.is_variable_rate or not steps:
        return [float(grid.start_seconds(step)) for step in steps]
    centres = [float(grid.start_seconds(step) + grid.step_seconds / 2) for step in steps]
    entries = find_entries(Path(probe.path), probe, centres)
    return [max(0.0, float(entry.appears_seconds)) for entry in entries]
