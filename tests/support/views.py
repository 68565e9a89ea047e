"""Small made-up pictures of a pitch, and made-up cues, scores and probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from matchreel.cues import Cues
from matchreel.records import AudioStream, Probe, Scores, VideoStream
from matchreel.timeline import FrameGrid

HEIGHT, WIDTH = 72, 128
GRASS, STAND, SHIRT = (70, 130, 40), (90, 90, 110), (200, 30, 40)
QUIET_DB = -30.0


def pitch(
    *, edge: float = 24, slope: float = 0.0, body_rows: int = 0, body_columns: int = 12, seed: int = 0
) -> np.ndarray:
    """(H, W, 3) uint8: stands above a grass edge through row `edge` at mid-width, one body on the grass.

    seed draws the noise that makes two pictures differ everywhere, as a moving camera does.
    """
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    is_grass = rows >= edge + slope * (columns - WIDTH / 2)
    picture = np.where(is_grass[..., None], GRASS, STAND).astype(np.int16)
    if body_rows:
        picture[HEIGHT - 10 - body_rows : HEIGHT - 10, 40 : 40 + body_columns] = SHIRT
    noise = np.random.default_rng(seed).integers(-12, 13, size=(HEIGHT, WIDTH, 1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def close_up(seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint8: no grass at all."""
    noise = np.random.default_rng(seed).integers(-12, 13, size=(HEIGHT, WIDTH, 1))
    return np.clip(np.array(STAND) + noise, 0, 255).astype(np.uint8)


def made_cues(
    num_steps: int = 1200,
    *,
    rate_fps: Fraction = Fraction(2),
    events: Mapping[float, str] | None = None,
    sound: bool = True,
    picture: bool = True,
    seed: int = 0,
) -> Cues:
    """Ten minutes of wide play with little noise; at each event time, the cues named in it ("lbs") speak.

    l: 5 s of loudness; s: 4 s of a steep edge before; b: 25 s without a wide view from 2 s after.
    """
    grid = FrameGrid(rate_fps, num_steps)
    draw = np.random.default_rng(seed)
    loudness = QUIET_DB + draw.normal(0, 0.5, num_steps)
    tilt = draw.normal(0, 0.01, num_steps)
    is_open = np.ones(num_steps)
    times = grid.starts_seconds()
    for at, words in (events or {}).items():
        if "l" in words:
            loudness[(times >= at) & (times < at + 5)] += 8
        if "s" in words:
            tilt[(times >= at - 4) & (times < at)] = -0.3
        if "b" in words:
            is_open[(times >= at + 2) & (times < at + 27)] = 0.0
    for start in range(60, num_steps, 157):  # short ordinary close-ups
        is_open[start : start + 6] = 0.0
    held = {"loudness_db": loudness} if sound else {}
    if picture:
        held |= {"open_share": is_open, "body_share": np.full(num_steps, 0.05), "edge_slope": tilt}
    curves = {name: np.asarray(curve, dtype=np.float32) for name, curve in held.items()}
    return Cues(curves, grid, float(grid.duration_seconds), "made", "1")


def made_scores(
    probabilities: list[float] | list[list[float]] | np.ndarray,
    *,
    window_seconds: float = 15.0,
    stride_seconds: float = 3.0,
    trained_on: tuple[str, ...] = ("other",),
    classes: tuple[str, ...] = ("Highlight",),
    scorer: str = "clip_classifier",
    duration_seconds: float | None = None,
    curves: Mapping[str, np.ndarray] | None = None,
) -> Scores:
    """Scores whose windows start at 0, stride, 2 stride, ... with these probabilities (N,) or (N, K)."""
    shares = np.asarray(probabilities, dtype=np.float64)
    shares = shares[:, None] if shares.ndim == 1 else shares
    shares = np.clip(shares, 1e-6, 1 - 1e-6)
    starts = np.arange(len(shares)) * stride_seconds
    duration = starts[-1] + window_seconds if duration_seconds is None else duration_seconds
    return Scores(
        logits=np.log(shares / (1 - shares)).astype(np.float32),
        times_seconds=starts + window_seconds / 2,
        window_seconds=window_seconds,
        stride_seconds=stride_seconds,
        classes=classes,
        scorer=scorer,
        trained_on=trained_on,
        duration_seconds=float(duration),
        event_offset_seconds=window_seconds * 2 / 3,
        curves={name: np.asarray(curve, dtype=np.float32) for name, curve in (curves or {}).items()},
    )


def made_step_scores(
    probabilities: list[float] | list[list[float]] | np.ndarray,
    *,
    step_seconds: float = 0.5,
    classes: tuple[str, ...] = ("Goal",),
    thresholds: tuple[float, ...] = (),
    trained_on: tuple[str, ...] = ("other",),
    curves: Mapping[str, np.ndarray] | None = None,
) -> Scores:
    """Scores of a spotter: a row (T,) or (T, K) of probabilities for every grid step."""
    shares = np.asarray(probabilities, dtype=np.float64)
    held = made_scores(
        shares, window_seconds=step_seconds, stride_seconds=step_seconds, trained_on=trained_on,
        classes=classes, scorer="spotter", curves=curves,
    )  # fmt: skip
    return replace(held, event_offset_seconds=step_seconds / 2, is_stepwise=True, thresholds=thresholds)


def steps_with(num_steps: int, *peaks: tuple[float, int, float], num_classes: int = 1) -> np.ndarray:
    """(T, K) shares of 0.01 with peaks (seconds, class index, height) at the step that holds them."""
    shares = np.full((num_steps, num_classes), 0.01)
    for seconds, class_index, height in peaks:
        shares[int(seconds * 2), class_index] = height
    return shares


def made_probe(
    duration_seconds: float, *, game: str = "made", part: str = "1", sound: bool = True, picture: bool = True
) -> Probe:
    """A probe of a part of this length."""
    video = VideoStream("h264", 398, 224, Fraction(1), Fraction(25), 0.0, False, False, 0)
    return Probe(
        game=game,
        part=part,
        path="made.mkv",
        container="matroska",
        container_start_seconds=0.0,
        duration_seconds=duration_seconds,
        video=video if picture else None,
        audio=AudioStream("aac", 48000, 2, 0.0) if sound else None,
        problems=(),
    )


def saved(record: Scores | Probe, path: Path) -> Path:
    """The record's file."""
    record.save(path)
    return path


def peaked(*indices, num_windows=96):
    """A 5-minute part whose best windows are these, the first the best."""
    shares = np.full(num_windows, 0.1)
    for rank, index in enumerate(indices):
        shares[index - 1 : index + 2] = 0.9 - 0.05 * rank
    return made_scores(shares)
