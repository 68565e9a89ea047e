"""When play starts in a recording with a pre-match part: the first long stretch of wide views."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from matchreel.cues import Cues, wide_views
from matchreel.errors import InputError
from matchreel.provenance import write_json
from matchreel.records import Float64
from matchreel.timeline import FrameGrid

# ASSUME in play the wide camera is on air most of any two minutes, before it never for so long.
STRETCH_SECONDS = 120
STRETCH_SHARE = 0.6
# ASSUME an estimate below this is no better than none: the page then shows minutes as approximate.
MIN_CONFIDENCE = 0.3


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


def find_kickoff(
    *, cues_path: Path, kickoff_path: Path, wide_open_share: float, wide_body_share: float
) -> None:
    """Estimate one part's kick-off from its cues and write {part, seconds, confidence} as JSON."""
    cues = Cues.load(cues_path)
    found = Kickoff(0.0, 0.0)
    if cues.has_picture:
        is_wide = wide_views(cues, min_open_share=wide_open_share, max_body_share=wide_body_share)
        found = estimate_kickoff(is_wide, cues.grid)
    write_json(kickoff_path, {"part": cues.part, **asdict(found)})


def known_kickoffs(given: Mapping[str, float], estimate_paths: Sequence[Path]) -> dict[str, float]:
    """Part -> kick-off in seconds: as games.tsv gives it, else the estimate where it is confident enough."""
    held: dict[str, float] = {}
    for path in estimate_paths:
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            if row["confidence"] >= MIN_CONFIDENCE:
                held[str(row["part"])] = float(row["seconds"])
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"this is not a kick-off estimate ({error})",
                where=path,
                remedy="Delete it and run the same command again to make it anew",
            ) from error
    return held | dict(given)
