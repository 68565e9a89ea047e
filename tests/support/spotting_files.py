"""Label and prediction files in SoccerNet's layout, ordinary ones and such as only an evaluator must bear."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from matchreel.evaluation.soccernet_map import SOCCERNET_CLASSES
from matchreel.evaluation.spotting_files import LABELS_NAME, SPOTTING_NAME

# Confidences that are equal, at the ends, outside them, and exactly on thresholds (k / 199) or just beside.
ODD_CONFIDENCES = (
    0,
    0.0,
    -0.0,
    -0.5,
    1,
    1.0,
    1.5,
    0.5,
    0.5,
    0.5,
    100 / 199,
    np.nextafter(100 / 199, 0),
    1e-9,
)
LAST_MS = 120 * 60 * 1000


def annotation(half, milliseconds, label="Goal", visibility="visible", **other):
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    held = {
        "gameTime": f"{half} - {minutes:02d}:{seconds:02d}",
        "label": label,
        "position": str(milliseconds),
    }
    return held | ({"visibility": visibility} if visibility else {}) | other


def prediction(half, milliseconds, label="Goal", confidence="0.5", **other):
    held = {"gameTime": f"{half} - 00:00", "label": label, "position": str(milliseconds), "half": str(half)}
    return held | {"confidence": confidence} | other


def write_game(folder: Path, game: str, annotations=None, predictions=None) -> None:
    """<folder>/labels and <folder>/predictions of one game; None writes no file."""
    for kind, name, key, rows in (
        ("labels", LABELS_NAME, "annotations", annotations),
        ("predictions", SPOTTING_NAME, "predictions", predictions),
    ):
        if rows is not None:
            path = folder / kind / game / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"UrlLocal": game, key: rows}), encoding="utf-8")


def random_rows(draw: np.random.Generator, *, span_ms: int, num_events: int, num_spots: int, is_odd: bool):
    """(annotations, predictions) of one game, crowded into span_ms; odd ones in every way that is accepted."""
    labels = [*SOCCERNET_CLASSES, *(["Moment", "corner"] if is_odd else [])]
    offsets = (0, -span_ms // 20, LAST_MS - span_ms, LAST_MS) if is_odd else (0,)

    def place():
        return int(draw.integers(1, 3)), int(draw.integers(0, span_ms) + draw.choice(offsets))

    events, spots = [], []
    for _ in range(num_events):
        visibility = str(draw.choice(["visible", "visible", "not shown"])) if draw.random() < 0.9 else None
        events.append(annotation(*place(), str(draw.choice(labels)), visibility))
        if is_odd and draw.random() < 0.1:
            del events[-1]["position"]
    for _ in range(num_spots):
        confidence = draw.choice(ODD_CONFIDENCES) if is_odd else draw.random()
        spots.append(prediction(*place(), str(draw.choice(labels)), _as_written(draw, float(confidence))))
    # Some on top of events and of each other, so that there are hits at every tolerance.
    for row in events[: num_events // 2]:
        jitter = int(draw.normal() * 2000)
        near = prediction(row["gameTime"][0], int(row.get("position", 0)) + jitter, row["label"])
        spots.append(near | {"confidence": _as_written(draw, float(draw.choice(ODD_CONFIDENCES)))})
    order = draw.permutation(len(spots))
    return events, [spots[i] for i in order]


def _as_written(draw: np.random.Generator, confidence: float):
    return repr(confidence) if draw.random() < 0.7 else confidence
