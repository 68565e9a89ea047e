"""score_random: windows scored at random, what every scorer has to beat."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from matchreel.labels import MOMENT
from matchreel.randomness import generator
from matchreel.records import Probe, Scores
from matchreel.timeline import window_starts

_MIN_SHARE = 1e-6


def score_random(
    *,
    probe_path: Path,
    scores_path: Path,
    seed: int,
    game: str,
    part: str,
    window_seconds: float,
    stride_seconds: float,
) -> None:
    """Write records.Scores of one class "Moment": logits of uniform draws made of (seed, game, part)."""
    duration_seconds = Probe.load(probe_path).duration_seconds
    starts = window_starts(
        duration_seconds=duration_seconds, window_seconds=window_seconds, stride_seconds=stride_seconds
    )
    draws = generator(seed, game, part, "random windows").random(len(starts))
    shares = np.clip(draws, _MIN_SHARE, 1 - _MIN_SHARE)
    Scores(
        logits=np.log(shares / (1 - shares)).astype(np.float32)[:, None],
        times_seconds=starts + window_seconds / 2,
        window_seconds=window_seconds,
        stride_seconds=stride_seconds,
        classes=(MOMENT,),
        scorer="random",
        trained_on=(),
        duration_seconds=duration_seconds,
        event_offset_seconds=window_seconds / 2,
        curves={},
    ).save(scores_path)
