"""When play starts in a recording with a pre-match part: the first long stretch of wide views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from matchreel.checksums import read_record, write_record
from matchreel.cues import Cues, wide_views
from matchreel.errors import ConfigError, DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.records import Float64
from matchreel.timeline import LONGEST_SECONDS, FrameGrid, Interval

# ASSUME in play the wide camera is on air most of any two minutes, before it never for so long.
STRETCH_SECONDS = 120
STRETCH_SHARE = 0.6
# ASSUME in play no four minutes pass in which the wide camera has less than a fifth of every half minute.
IDLE_SECONDS = 240
IDLE_MEAN_SECONDS = 30
IDLE_SHARE = 0.2
# ASSUME an estimate that is at least so sure, after a whole stretch without play, may decide what is shown.
SURE_CONFIDENCE = 0.5
# ASSUME an estimate below this is no better than none: the page then shows minutes as approximate.
MIN_CONFIDENCE = 0.3
# ASSUME a time of games.tsv this little behind the last frame is of the last frame.
_SLACK_SECONDS = 1.0


@dataclass(frozen=True)
class Kickoff:
    """seconds from the part's start; confidence in [0, 1], 0 where no play was found (seconds is 0 then)."""

    seconds: float
    confidence: float


def estimate_kickoff(is_wide: Float64, grid: FrameGrid) -> Kickoff:
    """Where wide views start to fill STRETCH_SHARE of STRETCH_SECONDS for the first time.

    is_wide (T,) is 1, 0 or NaN (black), as cues.wide_views gives it. Of the steps in the first such stretch
    the one counts at which the share of wide views jumps most; the jump is the confidence.
    """
    wide = np.nan_to_num(is_wide)
    num_steps = min(grid.steps_in(STRETCH_SECONDS), len(wide))
    sums = np.concatenate([[0.0], np.cumsum(wide)])
    starts = np.arange(len(wide) - num_steps + 1)
    after = (sums[starts + num_steps] - sums[starts]) / num_steps
    if after.max() < STRETCH_SHARE:
        return Kickoff(0.0, 0.0)
    first = int(np.argmax(after >= STRETCH_SHARE))
    before = (sums[starts] - sums[np.maximum(starts - num_steps, 0)]) / num_steps
    jumps = (after - before)[first : first + num_steps]
    best = first + int(np.argmax(jumps))
    return Kickoff(float(grid.start_seconds(best)), float(np.clip(jumps.max(), 0.0, 1.0)))


def idle_stretches(is_wide: Float64, grid: FrameGrid) -> list[Interval]:
    """Where surely nothing is played: before the match, at half-time, after it. is_wide as above.

    Long stretches almost without wide views; none where the recording shows no play by this measure at all.
    """
    wide = np.nan_to_num(is_wide)
    if not estimate_kickoff(is_wide, grid).confidence:
        return []
    num_steps = min(grid.steps_in(IDLE_MEAN_SECONDS), len(wide))
    shares = np.convolve(wide, np.ones(num_steps) / num_steps, mode="same")
    turns = np.diff(np.concatenate([[0], shares < IDLE_SHARE, [0]]))
    firsts, ends = np.flatnonzero(turns == 1).tolist(), np.flatnonzero(turns == -1).tolist()
    found = [
        Interval(float(first / grid.rate_fps), float(end / grid.rate_fps))
        for first, end in zip(firsts, ends, strict=True)
    ]
    return [interval for interval in found if interval.duration_seconds >= IDLE_SECONDS]


def find_kickoff(
    *, cues_path: Path, kickoff_path: Path, wide_open_share: float, wide_body_share: float
) -> None:
    """Estimate one part's kick-off from its cues and write {part, seconds, confidence, idle} as JSON.

    idle: [start, end] in seconds of each of idle_stretches.
    """
    cues = Cues.load(cues_path)
    found, idle = Kickoff(0.0, 0.0), list[Interval]()
    if cues.has_picture:
        is_wide = wide_views(cues, min_open_share=wide_open_share, max_body_share=wide_body_share)
        found, idle = estimate_kickoff(is_wide, cues.grid), idle_stretches(is_wide, cues.grid)
    spans = [[span.start_seconds, span.end_seconds] for span in idle]
    write_record(kickoff_path, {"part": cues.part, **asdict(found), "idle": spans}, _estimate)


def check_in_recording(
    times_seconds: Mapping[str, Iterable[float]], durations_seconds: Mapping[str, float], *, column: str
) -> None:
    """ConfigError for the first time of a column of games.tsv (by part) that its recording does not have."""
    for part, values in times_seconds.items():
        length = durations_seconds.get(part, LONGEST_SECONDS)
        for value in values:
            if not 0 <= value <= length + _SLACK_SECONDS:
                raise ConfigError(
                    f"{part}:{value:g} is later than the end of part {part}, which lasts {length:.1f} s",
                    where=f"games.tsv, column {column}",
                    remedy="Write seconds from the start of the part",
                )


def check_kickoffs(given: Mapping[str, float], durations_seconds: Mapping[str, float]) -> None:
    """ConfigError for a kick-off of games.tsv (by part) that its recording does not have."""
    rows = {part: [seconds] for part, seconds in given.items()}
    check_in_recording(rows, durations_seconds, column="kickoff_seconds")


def known_kickoffs(given: Mapping[str, float], estimate_paths: Sequence[Path]) -> dict[str, float]:
    """Part -> kick-off in seconds: as games.tsv gives it, else the estimate where it is confident enough."""
    rows = [_estimate(path) for path in estimate_paths]
    held = {row.part: row.kickoff.seconds for row in rows if row.kickoff.confidence >= MIN_CONFIDENCE}
    return held | dict(given)


def known_idle(given: Mapping[str, float], estimate_paths: Sequence[Path]) -> dict[str, tuple[Interval, ...]]:
    """Part -> when surely nothing is played: before a known or sure kick-off, and in idle stretches."""
    held: dict[str, tuple[Interval, ...]] = {}
    held |= {part: (Interval(0.0, seconds),) for part, seconds in given.items()}
    for row in map(_estimate, estimate_paths):
        sure = row.kickoff.confidence >= SURE_CONFIDENCE and row.kickoff.seconds >= STRETCH_SECONDS
        before = (Interval(0.0, row.kickoff.seconds),) if sure else ()
        held[row.part] = (*held.get(row.part, before), *row.idle)
    return held


@dataclass(frozen=True)
class _Estimate:
    """What find_kickoff wrote of a part."""

    part: str
    kickoff: Kickoff
    idle: tuple[Interval, ...]


def _estimate(path: Path) -> _Estimate:
    try:
        row = read_record(path)
        kickoff = Kickoff(float(row["seconds"]), float(row["confidence"]))
        if not 0 <= kickoff.seconds <= LONGEST_SECONDS or not 0 <= kickoff.confidence <= 1:
            raise ValueError(f"{kickoff} is none")
        idle = tuple(Interval(float(start), float(end)) for start, end in row["idle"])
        return _Estimate(str(row["part"]), kickoff, idle)
    except UNREADABLE as error:
        raise DamagedError(f"this is not a kick-off estimate ({error})", path=path) from error
