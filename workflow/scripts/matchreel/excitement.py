"""score_excitement: a scorer without training, the sum of ranks of three cues over a whole part.

Loudness, the change from wide play to a long break without it, and the slope of the grass's upper edge while
the wide camera is turned to a penalty area. Ranks, because broadcasters compress loudness: what matters is
which moments stand out in this part, not by how many dB.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from matchreel.cues import Cues, wide_views
from matchreel.cues.pictures import Mask
from matchreel.errors import InputError
from matchreel.labels import MOMENT
from matchreel.records import Float64, Scores
from matchreel.timeline import FrameGrid, window_starts

log = logging.getLogger("matchreel")

# ASSUME the event lies two thirds into a window, as in the training clips (10 s before, 5 s after).
EVENT_SHARE = 2 / 3
# A cue that varies less than this over the part says nothing (still picture, digital silence).
_MIN_SPREAD = 1e-6
# ASSUME the sound of a match is louder than this in any moment that was recorded; what stays below is silence
# or what coding and dither leave of it.
SILENT_DB = -70.0


@dataclass(frozen=True)
class CueConstants:
    """How cues are smoothed and compared; see config/README.md."""

    loudness_mean_seconds: float
    break_before_seconds: float
    break_after_seconds: float
    slope_mean_seconds: float
    wide_open_share: float
    wide_body_share: float


def score_excitement(
    *,
    cues_path: Path,
    scores_path: Path,
    window_seconds: float,
    stride_seconds: float,
    loudness_mean_seconds: float,
    break_before_seconds: float,
    break_after_seconds: float,
    slope_mean_seconds: float,
    wide_open_share: float,
    wide_body_share: float,
) -> None:
    """Write records.Scores of one class "Moment": the logit of the mean rank of the cues, in (0, 1).

    curves hold each cue's own rank in (0, 1); a cue that could not be measured is not among them, and NaN in
    windows in which it could not.
    InputError where no cue says anything.
    """
    cues = Cues.load(cues_path)
    constants = CueConstants(
        loudness_mean_seconds=loudness_mean_seconds,
        break_before_seconds=break_before_seconds,
        break_after_seconds=break_after_seconds,
        slope_mean_seconds=slope_mean_seconds,
        wide_open_share=wide_open_share,
        wide_body_share=wide_body_share,
    )
    scores = excitement_scores(cues, constants, window_seconds=window_seconds, stride_seconds=stride_seconds)
    if scores is None:
        raise InputError(
            f"part {cues.part} of {cues.game} holds neither sound nor a picture that changes",
            where=cues_path,
            remedy="Give a recording with sound or picture, or delete the game",
        )
    scores.save(scores_path)


def excitement_scores(
    cues: Cues, constants: CueConstants, *, window_seconds: float, stride_seconds: float
) -> Scores | None:
    """Scores of one part from its cues; None where no cue says anything."""
    starts = window_starts(
        duration_seconds=cues.duration_seconds, window_seconds=window_seconds, stride_seconds=stride_seconds
    )
    said, measured = step_cues(cues, constants), measured_steps(cues)
    ranks = window_ranks(said, measured, cues.grid, starts, window_seconds)
    if not ranks:
        return None
    mean = _mean_of_measured(np.array(list(ranks.values())))
    return Scores(
        logits=np.log(mean / (1 - mean)).astype(np.float32)[:, None],
        times_seconds=starts + window_seconds / 2,
        window_seconds=window_seconds,
        stride_seconds=stride_seconds,
        classes=(MOMENT,),
        scorer="excitement",
        trained_on=(),
        duration_seconds=cues.duration_seconds,
        event_offset_seconds=EVENT_SHARE * window_seconds,
        curves={name: rank.astype(np.float32) for name, rank in ranks.items()},
    )


def step_cues(cues: Cues, constants: CueConstants) -> dict[str, Float64]:
    """What each cue says at each grid step, (T,) float64: loudness, break and slope, where measured."""
    grid, said = cues.grid, dict[str, Float64]()
    if cues.has_sound and float(cues.curves["loudness_db"].max()) > SILENT_DB:
        said["loudness"] = centred_mean(
            cues.curves["loudness_db"].astype(np.float64), grid.steps_in(constants.loudness_mean_seconds)
        )
    if cues.has_picture:
        is_wide = wide_views(
            cues,
            min_open_share=constants.wide_open_share,
            max_body_share=constants.wide_body_share,
        )
        said["break"] = break_strength(
            is_wide,
            num_before=grid.steps_in(constants.break_before_seconds),
            num_after=grid.steps_in(constants.break_after_seconds),
        )
        tilt = np.abs(np.nan_to_num(cues.curves["edge_slope"].astype(np.float64)))
        said["slope"] = centred_mean(tilt * (is_wide == 1), grid.steps_in(constants.slope_mean_seconds))
    return said


def measured_steps(cues: Cues) -> dict[str, Mask]:
    """(T,) bool: where each cue can be measured at all, in sound that is not silent, a picture not black."""
    measured = dict[str, Mask]()
    if cues.has_sound:
        measured["loudness"] = cues.curves["loudness_db"] > SILENT_DB
    if cues.has_picture:
        measured["break"] = measured["slope"] = ~np.isnan(cues.curves["open_share"])
    return measured


def _mean_of_measured(ranks: Float64) -> Float64:
    """(N,) mean over the cues of (C, N) ranks that are not NaN; the lowest rank where none was measured."""
    known = ~np.isnan(ranks)
    mean = np.where(known, ranks, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    lowest = 1 / (2 * ranks.shape[1] + 2)
    held: Float64 = np.where(known.any(axis=0), mean, lowest)
    return held


def centred_mean(values: Float64, num_steps: int) -> Float64:
    """(T,) mean over num_steps steps around each; at the ends over those that exist."""
    kernel = np.ones(num_steps)
    first = (num_steps - 1) // 2

    def summed(array: Float64) -> Float64:
        return np.convolve(array, kernel)[num_steps - 1 - first :][: len(array)]

    return summed(values) / summed(np.ones(len(values)))


def break_strength(is_wide: Float64, *, num_before: int, num_after: int) -> Float64:
    """(T,) share of wide views in the num_before steps before a step less that in the num_after from it on.

    is_wide is 1, 0 or NaN (black: not counted). 0 where either side has less than half of its steps.
    """
    known = ~np.isnan(is_wide)
    wide = np.where(known, is_wide, 0.0)
    sums, counts = (np.concatenate([[0.0], np.cumsum(array)]) for array in (wide, known))
    steps = np.arange(len(is_wide))
    before, after = np.maximum(steps - num_before, 0), np.minimum(steps + num_after, len(is_wide))
    num_known_before, num_known_after = counts[steps] - counts[before], counts[after] - counts[steps]
    strength = (sums[steps] - sums[before]) / np.maximum(num_known_before, 1) - (
        sums[after] - sums[steps]
    ) / np.maximum(num_known_after, 1)
    enough = (2 * num_known_before >= num_before) & (2 * num_known_after >= num_after)
    return np.where(enough, strength, 0.0)


def window_ranks(
    said: Mapping[str, Float64],
    measured: Mapping[str, Mask],
    grid: FrameGrid,
    starts: Float64,
    window_seconds: float,
) -> dict[str, Float64]:
    """Each cue's rank (N,) among the windows of its largest value in each window; silent cues left out.

    Where a cue was measured in no step of a window it has no rank there: NaN.
    """
    ranks = {}
    for name, values in said.items():
        known = window_maxima(measured[name].astype(np.float64), grid, starts, window_seconds) > 0
        if np.ptp(values) > _MIN_SPREAD and known.any():
            ranks[name] = np.full(len(starts), np.nan)
            ranks[name][known] = rank_shares(window_maxima(values, grid, starts, window_seconds)[known])
        else:
            log.info("excitement: the cue %s says nothing here and is left out", name)
    return ranks


def window_maxima(values: Float64, grid: FrameGrid, starts: Float64, window_seconds: float) -> Float64:
    """(N,) largest of the step values (T,) inside each window."""
    num_steps = min(grid.steps_in(window_seconds), grid.num_steps)
    maxima = sliding_window_view(values, num_steps).max(axis=1)
    return np.array([maxima[min(grid.nearest_step(start), len(maxima) - 1)] for start in starts])


def rank_shares(values: Float64) -> Float64:
    """(N,) ranks as shares in (0, 1): (number below + half the number equal) / N."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    up_to = np.searchsorted(ordered, values, side="right")
    return (below + up_to) / (2 * len(values))
