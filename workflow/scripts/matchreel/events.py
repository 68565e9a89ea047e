"""Labelled events of one part, from SoccerNet's Labels-v2.json or from a plain events.csv."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matchreel.errors import InputError
from matchreel.labels import LABEL_CLASSES, LABELS

PARTS = ("1", "2", "full")
TEAMS = ("home", "away", "not applicable")
VISIBILITIES = ("visible", "not shown")
# gameTime is position cut to whole seconds; further apart than this, one of the two is wrong.
MAX_DISAGREEMENT_SECONDS = 2.0
# ASSUME a label this little behind the last frame was set on the last frame.
SLACK_SECONDS = 1.0

_NUMBER = re.compile(r"\d{1,12}(\.\d+)?")
_GAME_TIME = re.compile(r"\s*(\d)\s*-\s*(\d{1,4}):(\d{1,2})\s*")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2}(?:\.\d+)?)")
_SHAPE = 'Each annotation needs gameTime "1 - MM:SS", label and position in ms, as in Labels-v2.json'
_BY_LOWER_NAME = {name.lower(): row.label for row in LABEL_CLASSES for name in (row.label, row.slug)}


@dataclass(frozen=True)
class Event:
    """A labelled moment: position in seconds from the part's start, index (from 0) in the label file.

    team is home, away or "not applicable"; visibility is visible or "not shown".
    """

    part: str
    position_seconds: float
    label: str
    team: str
    visibility: str
    index: int


def load_events(labels_path: Path, *, part: str) -> list[Event]:
    """All events of a part (1, 2 or full) in a Labels-v2.json or events.csv, sorted by position.

    The whole file is checked, whatever the part. InputError names the wrong annotation and the remedy.
    A file of two halves cannot serve the part "full": nothing in it says where the second half starts.
    ASSUME a Labels-v2.json with half 1 alone counts from the start of a full recording.
    """
    read = _csv_events if labels_path.suffix.lower() == ".csv" else _json_events
    events = list(read(labels_path))
    found = {event.part for event in events}
    _check_parts(found, labels_path, part)
    named = "1" if part == "full" and "full" not in found else part
    chosen = [replace(event, part=part) for event in events if event.part == named]
    return sorted(chosen, key=lambda event: (event.position_seconds, event.index))


def check_inside(events: list[Event], *, duration_seconds: float, labels_path: Path) -> None:
    """InputError for the first event more than SLACK_SECONDS beyond the end of its part."""
    for event in events:
        if event.position_seconds > duration_seconds + SLACK_SECONDS:
            raise InputError(
                f"{event.label} of part {event.part} at {event.position_seconds:.1f} s lies beyond the end "
                f"of the recording ({duration_seconds:.1f} s)",
                where=f"{labels_path}, annotation {event.index + 1}",
                remedy="Check that the recording is complete and belongs to these labels",
            )


def _json_events(path: Path) -> Iterator[Event]:
    for index, row in enumerate(_annotations(path)):
        where = f"{path}, annotation {index + 1}"
        if not isinstance(row, dict):
            raise InputError(f"{row!r} is not an annotation", where=where, remedy=_SHAPE)
        missing = [key for key in ("gameTime", "label", "position") if key not in row]
        if missing:
            raise InputError(f"{' and '.join(missing)} missing", where=where, remedy=_SHAPE)
        half, clock_seconds = _game_time(row["gameTime"], where)
        seconds = _milliseconds(row["position"], where) / 1000
        if not -MAX_DISAGREEMENT_SECONDS <= seconds - clock_seconds <= MAX_DISAGREEMENT_SECONDS:
            raise InputError(
                f"gameTime {row['gameTime']!r} and position {row['position']} ms disagree",
                where=where,
                remedy="Correct one of them: position is in milliseconds from the start of the half",
            )
        label = _one_of(row["label"], LABELS, "label", where)
        yield _event(row, part=half, seconds=seconds, label=label, index=index, where=where)


def _annotations(path: Path) -> list[Any]:
    try:
        held = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        what = f"this is not JSON ({error})" if path.stat().st_size else "the file is empty"
        raise InputError(what, where=path, remedy="Download or export the label file again") from error
    rows = held.get("annotations") if isinstance(held, dict) else None
    if not isinstance(rows, list):
        raise InputError('there is no list "annotations"', where=path, remedy=_SHAPE)
    return rows


def _game_time(value: object, where: str) -> tuple[str, float]:
    """The part ("1" or "2") and the seconds of the half that a gameTime says."""
    match = _GAME_TIME.fullmatch(value) if isinstance(value, str) else None
    if not match or match[1] not in ("1", "2") or int(match[3]) >= 60:
        raise InputError(
            f"gameTime {value!r} is not a half and a time",
            where=where,
            remedy='Write it as "1 - MM:SS" or "2 - MM:SS"',
        )
    return match[1], 60.0 * int(match[2]) + int(match[3])


def _milliseconds(value: object, where: str) -> float:
    text = str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise InputError(
            f"position {value!r} is not a number of milliseconds from 0 on",
            where=where,
            remedy="Write milliseconds from the start of the half, for example 133295",
        )
    return float(text)


def _csv_events(path: Path) -> Iterator[Event]:
    for index, (line, row) in enumerate(_csv_rows(path)):
        where = f"{path}, line {line}"
        part = _one_of(row["part"], PARTS, "part", where)
        label = _one_of(_BY_LOWER_NAME.get(row["label"].lower(), row["label"]), LABELS, "label", where)
        yield _event(
            row,
            part=part,
            seconds=_clock_seconds(row["seconds"], where),
            label=label,
            index=index,
            where=where,
        )


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """(line number, column -> text) of every row that is not blank."""
    remedy = "It needs a first line part,seconds,label (and team,visibility where known) and a line per event"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("this is not UTF-8 text", where=path, remedy="Save it as UTF-8 CSV") from error
    header = lines[0] if lines else ""
    delimiter = max(",;\t", key=header.count)
    names = [name.strip().lower() for name in header.split(delimiter)]
    if not {"part", "seconds", "label"} <= set(names):
        raise InputError("the columns part, seconds and label are not all there", where=path, remedy=remedy)
    try:
        rows = list(csv.reader(lines[1:], delimiter=delimiter))
    except csv.Error as error:
        raise InputError(f"this is not CSV ({error})", where=path, remedy=remedy) from error
    for number, cells in enumerate(rows, start=2):
        if len(cells) > len(names):
            raise InputError("more cells than columns", where=f"{path}, line {number}", remedy=remedy)
        if any(cell.strip() for cell in cells):
            padded = [cell.strip() for cell in cells] + [""] * (len(names) - len(cells))
            yield number, dict(zip(names, padded, strict=True))


def _clock_seconds(text: str, where: str) -> float:
    """Seconds of "75.4", "01:15.4" or "1:02:03"."""
    if _NUMBER.fullmatch(text):
        return float(text)
    match = _CLOCK.fullmatch(text)
    if match and float(match[3]) < 60 and (match[1] is None or int(match[2]) < 60):
        return 3600.0 * int(match[1] or 0) + 60.0 * int(match[2]) + float(match[3])
    raise InputError(
        f"{text!r} is not a time from 0 on",
        where=where,
        remedy="Write seconds (75.4) or minutes and seconds (01:15) from the start of the part",
    )


def _event(row: Mapping[str, Any], *, part: str, seconds: float, label: str, index: int, where: str) -> Event:
    if not math.isfinite(seconds):
        raise InputError("the time is not finite", where=where, remedy="Write the time in seconds")
    return Event(
        part=part,
        position_seconds=seconds,
        label=label,
        team=_one_of(row.get("team") or "not applicable", TEAMS, "team", where),
        visibility=_one_of(row.get("visibility") or "visible", VISIBILITIES, "visibility", where),
        index=index,
    )


def _one_of(value: object, known: tuple[str, ...], name: str, where: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise InputError(f"{name} {value!r} is unknown", where=where, remedy=f"Choose from: {', '.join(known)}")


def _check_parts(found: set[str], path: Path, part: str) -> None:
    halves = {"1", "2"}
    if part == "full" and "full" not in found and "2" in found:
        raise InputError(
            "the labels are of two halves but the recording is one full file",
            where=path,
            remedy="Split the recording into 1.mp4 and 2.mp4, or write events.csv with part full",
        )
    if part in halves and "full" in found:
        raise InputError(
            "the labels are of a full recording but the recording is in halves",
            where=path,
            remedy=f"Write part {part} and times from the start of that part in each line",
        )
