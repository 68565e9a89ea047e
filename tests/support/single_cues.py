"""Single cues of a synthetic game, each as one value per 15 s window, and how well each alone finds events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from matchreel.labels import HIGHLIGHT_LABELS
from matchreel.timeline import window_starts

WINDOW_SECONDS, STRIDE_SECONDS = 15.0, 3.0
RATE_FPS = 2.5
BUG = (slice(9, 24), slice(15, 100))  # the score bug without its clock
CUT_CHANGE = 22.0
LOUDNESS_MEAN_SECONDS = 2.0


@dataclass(frozen=True)
class Curves:
    """Values of one game every 1 / RATE_FPS seconds, (T,) each.

    grass: share of grass pixels; slope: pixels that its upper edge falls per pixel, nan without grass;
    change: mean absolute difference to the step before; bug: the same inside the score bug;
    colour (T, 3): mean blue, green, red; loudness_db.
    """

    grass: np.ndarray
    slope: np.ndarray
    change: np.ndarray
    bug: np.ndarray
    colour: np.ndarray
    loudness_db: np.ndarray


def curves_of(pictures: Iterable[np.ndarray], samples: np.ndarray, rate_hz: int) -> Curves:
    """Measure BGR pictures at RATE_FPS and mono samples."""
    rows, before, last_bug = [], None, None
    for picture in pictures:
        small, bug = picture[::4, ::4].astype(np.float32), picture[BUG].astype(np.float32)
        change = 0.0 if before is None else np.abs(small - before).mean()
        turned = 0.0 if last_bug is None else np.abs(bug - last_bug).mean()
        rows.append((*_grass(small), change, turned, *small.mean(axis=(0, 1))))
        before, last_bug = small, bug
    held = np.array(rows, dtype=float)
    return Curves(*held[:, :4].T, held[:, 4:], _loudness_db(samples, rate_hz, len(held)))


def measure(video_path: Path) -> Curves:
    """The same of an encoded game."""
    with av.open(str(video_path)) as held:
        rate = held.streams.audio[0].rate
        blocks = [frame.to_ndarray().mean(axis=0) for frame in held.decode(audio=0)]
    return curves_of(decoded(video_path), np.concatenate(blocks), rate)


def decoded(video_path: Path) -> Iterator[np.ndarray]:
    """BGR pictures at RATE_FPS, from the middle of each step."""
    step = round(25 / RATE_FPS)
    with av.open(str(video_path)) as held:
        for index, frame in enumerate(held.decode(video=0)):
            if index % step == step // 2:
                yield frame.to_ndarray(format="bgr24")


def _grass(small: np.ndarray) -> tuple[float, float]:
    blue, green, red = small[..., 0], small[..., 1], small[..., 2]
    mask = (green > red + 12) & (green > blue + 12)
    columns = np.flatnonzero(mask.sum(axis=0) > 8)
    if mask.mean() < 0.25 or len(columns) < 20:
        return float(mask.mean()), np.nan
    return float(mask.mean()), float(np.polyfit(columns, mask[:, columns].argmax(axis=0), 1)[0])


def _loudness_db(samples: np.ndarray, rate_hz: int, num_steps: int) -> np.ndarray:
    size = int(rate_hz / RATE_FPS)
    power = samples.astype(np.float64) ** 2
    power = np.pad(power, (0, max(0, num_steps * size - len(power))), mode="edge")[: num_steps * size]
    power = power.reshape(num_steps, size).mean(axis=1)
    width = round(LOUDNESS_MEAN_SECONDS * RATE_FPS)
    return 10 * np.log10(np.convolve(power, np.ones(width) / width, mode="same") + 1e-10)


def window_cues(curves: Curves) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Starts (N,) of the windows and one (N,) value per cue: its mean and its 95th percentile there."""
    duration = len(curves.grass) / RATE_FPS
    starts = window_starts(
        duration_seconds=duration, window_seconds=WINDOW_SECONDS, stride_seconds=STRIDE_SECONDS
    )
    jump = np.abs(np.diff(curves.grass, prepend=curves.grass[0]))
    held = {
        "loudness": curves.loudness_db,
        "cut rate": ((curves.change > CUT_CHANGE) | (jump > 0.2)).astype(float),
        "grass slope": np.nan_to_num(np.abs(curves.slope)),
        "close-up share": (curves.grass < 0.3).astype(float),
        "score-bug change": curves.bug,
        "mean colour (blue)": curves.colour[:, 0],
        "mean colour (green)": curves.colour[:, 1],
        "mean colour (red)": curves.colour[:, 2],
        "motion": np.minimum(curves.change, CUT_CHANGE),
    }
    size, cues = round(WINDOW_SECONDS * RATE_FPS), {}
    for name, values in held.items():
        pieces = [values[round(start * RATE_FPS) :][:size] for start in starts]
        cues[f"{name}, mean"] = np.array([piece.mean() for piece in pieces])
        cues[f"{name}, peak"] = np.array([np.percentile(piece, 95) for piece in pieces])
    return starts, cues


def event_seconds(labels_path: Path) -> np.ndarray:
    """Moments of the highlights in a label file."""
    rows = json.loads(labels_path.read_text(encoding="utf-8"))["annotations"]
    return np.array([int(row["position"]) / 1000 for row in rows if row["label"] in HIGHLIGHT_LABELS])


def holds_event(starts: np.ndarray, events: np.ndarray) -> np.ndarray:
    """(N,) whether a window holds a highlight."""
    return ((events >= starts[:, None]) & (events < starts[:, None] + WINDOW_SECONDS)).any(axis=1)


def auc(values: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve, whichever way round is better; ties count half."""
    ahead = np.sign(values[truth][:, None] - values[~truth]).mean()
    return float(0.5 + abs(ahead) / 2)


def ranked(values: np.ndarray) -> np.ndarray:
    """(N,) ranks within a game in 0..1, equal for ties."""
    return (values[:, None] > values).mean(axis=1) + (values[:, None] == values).mean(axis=1) / 2


def cue_aucs(games: list[tuple[Curves, np.ndarray]]) -> dict[str, float]:
    """Event AUC of every single cue over the windows of some games (curves, event seconds), ranked by game."""
    pooled, truth = dict[str, list[np.ndarray]](), []
    for curves, events in games:
        starts, cues = window_cues(curves)
        truth.append(holds_event(starts, events))
        for name, values in cues.items():
            pooled.setdefault(name, []).append(ranked(values))
    joined = np.concatenate(truth)
    return {name: auc(np.concatenate(values), joined) for name, values in pooled.items()}
