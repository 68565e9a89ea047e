"""SoccerNet's results_spotting.json (also written) and Labels-v2.json, read as its own evaluator reads them.

That evaluator takes more than our own label reader does: unknown labels, a gameTime that contradicts the
position and times beyond the end are no error to it, so they are none here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matchreel.errors import InputError
from matchreel.events import PARTS
from matchreel.labels import LABELS
from matchreel.provenance import write_json
from matchreel.records import Float64

SPOTTING_NAME = "results_spotting.json"
LABELS_NAME = "Labels-v2.json"
HALVES = ("1", "2")
# SOURCE: SoccerNet's evaluator looks at times in steps of half a second and keeps the last of several in one.
FRAMES_PER_SECOND = 2

_SPOTTING_REMEDY = 'Each prediction needs label, position in ms, half "1" or "2" and a confidence'
_AGAIN = "Make or fetch it again"
_LABELS_REMEDY = 'Each annotation needs gameTime "1 - MM:SS", label and position in ms'


@dataclass(frozen=True)
class TypedSpot:
    """A timed, typed detection: seconds from the part's start, and how sure the scorer is (more is surer)."""

    part: str
    seconds: float
    label: str
    confidence: float

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"part {self.part!r} is none of {PARTS}")


@dataclass(frozen=True)
class FileRows:
    """N rows of one file, in its order: halves (N,), seconds (N,), N labels, values (N,).

    halves: 1 or 2, and 0 for what is neither.

    values of predictions: the confidence, nan where it is null. Of events: 1.0 shown, -1.0 not shown.
    """

    halves: npt.NDArray[np.int64]
    seconds: Float64
    labels: tuple[str, ...]
    values: Float64

    def __post_init__(self) -> None:
        if not len(self.halves) == len(self.seconds) == len(self.labels) == len(self.values):
            raise ValueError("the columns differ in length")


def spotting_json(*, game: str, spots: Iterable[TypedSpot], where: Path) -> dict[str, object]:
    """What a results_spotting.json of one game (SoccerNet's path of it) holds, positions in milliseconds.

    Sorted by time; within one frame of SoccerNet's evaluator the surest stands last, as that one counts.
    Raises InputError, naming the file where it is to stand, for a part, label, time or confidence that the
    format does not know.
    """
    held = list(spots)
    for spot in held:
        _check_writable(spot, where)
    return {"UrlLocal": game, "predictions": [_row_of(spot) for spot in sorted(held, key=_order)]}


def write_spotting(path: Path, *, game: str, spots: Iterable[TypedSpot]) -> None:
    """Write results_spotting.json of one game; InputError as spotting_json says."""
    write_json(path, spotting_json(game=game, spots=spots, where=path))


def read_spotting(path: Path) -> list[TypedSpot]:
    """The spots of a results_spotting.json, in its order; rows of other halves than 1 and 2 are left out.

    Raises InputError naming the first row that cannot be read.
    """
    rows = spotting_rows(path)
    return [
        TypedSpot(str(half), float(seconds), label, float(confidence))
        for half, seconds, label, confidence in zip(
            rows.halves, rows.seconds, rows.labels, rows.values, strict=True
        )
        if str(half) in HALVES
    ]


def spotting_rows(path: Path) -> FileRows:
    """All predictions of a results_spotting.json; InputError names the first that cannot be read."""
    rows = _list_in(path, "predictions", _SPOTTING_REMEDY)

    def column(key: str, convert: Callable[[Any], Any]) -> list[Any]:
        values = map(convert, map(itemgetter(key), rows))
        return _listed(values, where=f"{path}, prediction", remedy=_SPOTTING_REMEDY)

    return FileRows(
        halves=_as_halves(column("half", int)),
        seconds=_as_seconds(column("position", int), path),
        labels=tuple(column("label", str)),
        values=np.array(column("confidence", _number), dtype=np.float64),
    )


def label_rows(path: Path) -> FileRows:
    """All annotations of a Labels-v2.json; InputError names the first that cannot be read."""
    rows = _list_in(path, "annotations", _LABELS_REMEDY)

    def column(convert: Callable[[Any], Any]) -> list[Any]:
        return _listed(map(convert, rows), where=f"{path}, annotation", remedy=_LABELS_REMEDY)

    return FileRows(
        halves=_as_halves(column(lambda row: int(row["gameTime"][0]))),
        seconds=_as_seconds(column(_label_milliseconds), path),
        labels=tuple(column(lambda row: str(row["label"]))),
        values=np.array(column(lambda row: -1.0 if row.get("visibility") == "not shown" else 1.0)),
    )


def _list_in(path: Path, key: str, remedy: str) -> list[Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not JSON ({error})", where=path, remedy=_AGAIN) from error
    rows = held.get(key) if isinstance(held, dict) else None
    if not isinstance(rows, list):
        raise InputError(f'there is no list "{key}"', where=path, remedy=remedy)
    return rows


def _listed(values: Iterator[Any], *, where: str, remedy: str) -> list[Any]:
    held: list[Any] = []
    try:
        held.extend(values)  # what came before a failure stays in the list
    except KeyError as error:
        what = f"{error.args[0]} missing"
    except (TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        what = f"this cannot be read ({error})"
    else:
        return held
    raise InputError(what, where=f"{where} {len(held) + 1}", remedy=remedy)


def _as_halves(values: Sequence[int]) -> npt.NDArray[np.int64]:
    """1 and 2 as they are; any other number, however large, as 0."""
    known = {1: 1, 2: 2}
    return np.array([known.get(value, 0) for value in values], dtype=np.int64)


def _as_seconds(milliseconds: Sequence[int], path: Path) -> Float64:
    try:
        return np.array(milliseconds, dtype=np.float64) / 1000
    except OverflowError as error:
        raise InputError(
            "a position has hundreds of digits", where=path, remedy="Write milliseconds from the half's start"
        ) from error


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _label_milliseconds(row: Any) -> int:
    """The position, or gameTime where there is none; of its minutes two digits count, as in SoccerNet's."""
    minutes, seconds = int(row["gameTime"][-5:-3]), int(row["gameTime"][-2:])
    return int(row["position"]) if "position" in row else 1000 * (60 * minutes + seconds)


def _check_writable(spot: TypedSpot, path: Path) -> None:
    problem = ""
    if spot.part not in HALVES:
        problem = f"part {spot.part} is no half"
    elif spot.label not in LABELS:
        problem = f"{spot.label} is none of SoccerNet's classes"
    elif not 0 <= spot.seconds < float("inf"):
        problem = f"{spot.seconds} s is no time from 0 on"
    elif not 0 <= spot.confidence <= 1:
        problem = f"confidence {spot.confidence} is outside [0, 1]"
    if problem:
        raise InputError(
            problem,
            where=f"{path}, {spot.label} at {spot.seconds:.3f} s",
            remedy="Convert the spots to SoccerNet's halves, classes and confidences before writing",
        )


def _milliseconds(spot: TypedSpot) -> int:
    return round(spot.seconds * 1000)


def _order(spot: TypedSpot) -> tuple[str, int, str, float, int]:
    frame = _milliseconds(spot) * FRAMES_PER_SECOND // 1000
    return (spot.part, frame, spot.label, spot.confidence, _milliseconds(spot))


def _row_of(spot: TypedSpot) -> dict[str, str]:
    milliseconds = _milliseconds(spot)
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return {
        "gameTime": f"{spot.part} - {minutes:02d}:{seconds:02d}",
        "label": spot.label,
        "position": str(milliseconds),
        "half": spot.part,
        "confidence": repr(float(spot.confidence)),
    }
