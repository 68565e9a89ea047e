"""Single cues of a rendered game, each as one value per 15 s window, and how well each alone finds events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from matchreel.labels import HIGHLIGHT_LABELS
from matchreel.timeline import window_starts

WINDOW_SECONDS, STRIDE_SECONDS = 15.0, 3.0
STEP_SECONDS = 0.2
BUG = (slice(9, 24), slice(15, 100))  # the score bug without its clock
SHRUNK_SIZE = (188, 334)


@dataclass(frozen=True)
class Curves:
    """Per-step values of one game (T,), and loudness in dB per step."""

    grass: np.ndarray  # share of grass pixels
    slope: np.ndarray  # pixels the upper edge of the grass falls per pixel across, nan without grass
    change: np.ndarray  # mean absolute difference to the step before
    bug: np.ndarray  # the same inside the score bug
    colour: np.ndarray  # (T, 3) mean blue, green, red
    loudness_db: np.ndarray
    duration_seconds: float


def measure(video_path: Path) -> Curves:
    """Decode a game once."""
    rows, bugs, before, last_bug = [], [], None, None
    with av.open(str(video_path)) as held:
        for index, frame in enumerate(held.decode(video=0)):
            if index % 5:
                continue
            image = frame.to_ndarray(format="bgr24")
            bug = image[BUG].astype(np.float32)
            small = image[::4, ::4].astype(np.float32)
            change = 0.0 if before is None else float(np.abs(small - before).mean())
            bugs.append(0.0 if last_bug is None else float(np.abs(bug - last_bug).mean()))
            rows.append((*_grass(small), change, *small.mean(axis=(0, 1))))
            before, last_bug = small, bug
    held = np.array(rows)
    sound = loudness_db(video_path, len(held))
    return Curves(
        held[:, 0], held[:, 1], held[:, 2], np.array(bugs), held[:, 3:], sound, len(held) * STEP_SECONDS
    )


def _grass(small: np.ndarray) -> tuple[float, float]:
    blue, green, red = small[..., 0], small[..., 1], small[..., 2]
    mask = (green > red + 12) & (green > blue + 12)
    share = float(mask.mean())
    if share < 0.25:
        return share, np.nan
    columns = np.flatnonzero(mask.sum(axis=0) > 8)
    tops = mask[:, columns].argmax(axis=0)
    return share, float(np.polyfit(columns, tops, 1)[0]) if len(columns) > 20 else np.nan


def loudness_db(video_path: Path, num_steps: int) -> np.ndarray:
    """(T,) dB of a two-second mean around each step."""
    with av.open(str(video_path)) as held:
        rate = held.streams.audio[0].rate
        blocks = [frame.to_ndarray().mean(axis=0) for frame in held.decode(audio=0)]
    power = np.concatenate(blocks).astype(np.float64) ** 2
    size = int(rate * STEP_SECONDS)
    power = power[: len(power) // size * size].reshape(-1, size).mean(axis=1)
    power = np.convolve(power, np.ones(10) / 10, mode="same")
    power = np.pad(power, (0, max(0, num_steps - len(power))), mode="edge")[:num_steps]
    return 10 * np.log10(np.maximum(power, 1e-10))


def window_cues(curves: Curves) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Starts (N,) of the windows and one (N,) value per cue: its mean or its peak in the window."""
    starts = window_starts(
        duration_seconds=curves.duration_seconds, window_seconds=WINDOW_SECONDS, stride_seconds=STRIDE_SECONDS
    )
    slope = np.nan_to_num(np.abs(curves.slope))
    far = np.abs(np.diff(curves.grass, prepend=curves.grass[0]))
    cut = (curves.change > 22) | (far > 0.2)
    held = {
        "loudness": curves.loudness_db,
        "cut rate": cut.astype(float),
        "grass slope": slope,
        "close-up share": (curves.grass < 0.3).astype(float),
        "score-bug change": curves.bug,
        "mean blue": curves.colour[:, 0],
        "mean green": curves.colour[:, 1],
        "mean red": curves.colour[:, 2],
        "motion": np.minimum(curves.change, 22),
    }
    size = round(WINDOW_SECONDS / STEP_SECONDS)
    cues = {}
    for name, values in held.items():
        pieces = [values[round(s / STEP_SECONDS) :][:size] for s in starts]
        cues[f"{name}, mean"] = np.array([piece.mean() for piece in pieces])
        cues[f"{name}, peak"] = np.array([np.percentile(piece, 95) for piece in pieces])
    return starts, cues


def event_seconds(labels_path: Path) -> np.ndarray:
    """Moments of the highlights."""
    rows = json.loads(labels_path.read_text(encoding="utf-8"))["annotations"]
    return np.array([int(row["position"]) / 1000 for row in rows if row["label"] in HIGHLIGHT_LABELS])


def holds_event(starts: np.ndarray, events: np.ndarray) -> np.ndarray:
    """(N,) whether a window holds a highlight."""
    inside = (events >= starts[:, None]) & (events < starts[:, None] + WINDOW_SECONDS)
    return inside.any(axis=1)


def auc(values: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve, whichever way round is better."""
    order = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
    for value in np.unique(values):
        same = values == value
        order[same] = order[same].mean()
    positive = int(truth.sum())
    area = (order[truth].sum() - positive * (positive - 1) / 2) / (positive * (len(truth) - positive))
    return float(max(area, 1 - area))


def ranked(values: np.ndarray) -> np.ndarray:
    """(N,) ranks within a game in 0..1."""
    return np.argsort(np.argsort(values, kind="stable")) / max(1, len(values) - 1)


def cue_aucs(folders: list[Path]) -> dict[str, float]:
    """Event AUC of every single cue over all windows of some games, ranked within each game."""
    pooled, truth = dict[str, list[np.ndarray]](), []
    for folder in folders:
        starts, cues = window_cues(measure(folder / "1_224p.mkv"))
        truth.append(holds_event(starts, event_seconds(folder / "Labels-v2.json")))
        for name, values in cues.items():
            pooled.setdefault(name, []).append(ranked(values))
    joined = np.concatenate(truth)
    return {name: auc(np.concatenate(values), joined) for name, values in pooled.items()}
