"""Events that someone else found or wrote down, as candidates for a reel. See FORMAT."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchreel.edit_list import LEAST_SECONDS, PlannedHighlight, is_too_short
from matchreel.errors import InputError
from matchreel.kinds import check_text
from matchreel.labels import LABEL_CLASSES
from matchreel.moments import ACTION_AFTER_SECONDS, ACTION_BEFORE_SECONDS
from matchreel.notices import Notice
from matchreel.timeline import LONGEST_SECONDS, Interval

FORMAT = """\
FILE is JSON (a list of events, or an object that holds one as "events", "highlights", "annotations" or
"predictions") or CSV with a header line. Each event has

  label           for example Goal, Penalty, Shots on target, goal, red-card; any other counts as a Moment
  score           how sure it is, in [0, 1]; 1 where absent. Also: confidence
  part            1, 2 or full; full where absent. Also: half, or the first number of gameTime

and either a stretch of time in seconds from the part's start, which is shown whole or not at all,

  start_seconds, end_seconds, and event_seconds where its moment is known: then it may be trimmed around that

or only its moment, around which --before-seconds and --after-seconds are shown, less where time is short:

  event_seconds   also: position_seconds, seconds; SoccerNet's position (ms) or gameTime ("1 - 12:34")

Times are numbers or clocks (12:34.5). So SoccerNet's Labels-v2.json and results_spotting.json, an events.csv,
a highlights.json and a results/moments file can all be given. Events at the same time become one moment,
named after its goal or penalty, else after the most important. Other keys are ignored and named on stderr."""
_LIST_KEYS = ("events", "highlights", "annotations", "predictions")
_MOMENT_KEYS = ("event_seconds", "position_seconds", "seconds")
_TIME_KEYS = {"start_seconds", "end_seconds", "action_start_seconds", "action_end_seconds", *_MOMENT_KEYS}
_USED = {"label", "score", "confidence", "part", "half", "gameTime", "position", "visibility"} | _TIME_KEYS
# What files of ours and of SoccerNet's say besides.
_KNOWN = {
    "team",
    "id",
    "notes",
    "why",
    "clip",
    "reel_start_seconds",
    "match_half",
    "match_minute",
    "match_score",
}
# Only rows of our own highlights, plans and edits have one of these.
_OURS = {"why", "clip"}
_PARTS = ("1", "2", "full")
_LABELS = {name.lower(): row.label for row in LABEL_CLASSES for name in (row.label, row.slug)}
_GAME_TIME = re.compile(r"\s*([12])\s*-\s*(\d{1,4}:\d{1,2}(?:\.\d{1,9})?)\s*")
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2}(?:\.\d{1,9})?)")
_TIMES = "Give event_seconds, or start_seconds and end_seconds, from the start of the part"


@dataclass(frozen=True)
class GivenEvents:
    """Events as candidates, in the file's order, which may overlap; and what was ignored."""

    game: str
    scorer: str
    rows: tuple[PlannedHighlight, ...]
    notices: tuple[Notice, ...]


def read_events(path: Path, *, before_seconds: float, after_seconds: float) -> GivenEvents:
    """The events of a file as FORMAT says; InputError naming the first that cannot be used."""
    facts, raw = _raw_events(path)
    around = (before_seconds, after_seconds)
    notices = list[Notice]()
    shown = [(index, row) for index, row in enumerate(raw) if not _is_hidden(row)]
    if len(shown) < len(raw):
        notices.append(Notice("events_not_shown", {"count": len(raw) - len(shown)}))
    rows = tuple(_candidate(row, f"{path}, event {index + 1}", around) for index, row in shown)
    ignored = sorted({str(key) for _, row in shown for key in row} - _USED - _KNOWN)
    if ignored:
        notices.append(Notice("keys_ignored", {"keys": ", ".join(ignored)}))
    unnamed = sorted({row.label for row in rows} - set(_LABELS.values()) - {"Moment"})
    if unnamed:
        notices.append(Notice("labels_unknown", {"labels": ", ".join(unnamed)}))
    return GivenEvents(
        str(facts.get("game") or path.stem), str(facts.get("scorer") or "given"), rows, tuple(notices)
    )


def _raw_events(path: Path) -> tuple[Mapping[str, Any], list[Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("this is not UTF-8 text", path) from error
    if path.suffix.lower() in (".csv", ".tsv"):
        return {}, _csv_rows(text, path)
    try:
        held = json.loads(text)
        check_text(held)
    except (ValueError, RecursionError) as error:
        raise _unreadable(
            f"this is not JSON ({error})" if text.strip() else "the file is empty", path
        ) from error
    facts = held if isinstance(held, dict) else {"events": held}
    rows = next((facts[key] for key in _LIST_KEYS if isinstance(facts.get(key), list)), None)
    if rows is None:
        raise _unreadable("there is no list of events", path)
    return facts, rows


def _csv_rows(text: str, path: Path) -> list[Any]:
    lines = text.splitlines()
    if not lines:
        raise _unreadable("the file is empty", path)
    delimiter = max(",;\t", key=lines[0].count)
    try:
        names = [name.strip() for name in next(csv.reader(lines[:1], delimiter=delimiter))]
        rows = list(csv.reader(lines[1:], delimiter=delimiter))
    except csv.Error as error:
        raise _unreadable(f"this is not CSV ({error})", path) from error
    for index, cells in enumerate(rows):
        if len(cells) > len(names):
            raise _unreadable("more cells than columns", f"{path}, event {index + 1}")
    filled = (zip(names, map(str.strip, cells), strict=False) for cells in rows if any(map(str.strip, cells)))
    return [{name: cell for name, cell in cells if cell} for cells in filled]


def _unreadable(what: str, where: object) -> InputError:
    return InputError(what, where=where, remedy="Give JSON or CSV as --help shows it")


def _is_hidden(row: object) -> bool:
    return isinstance(row, dict) and row.get("visibility") == "not shown"


def _candidate(row: object, where: str, around: tuple[float, float]) -> PlannedHighlight:
    if not isinstance(row, dict):
        raise _unreadable(f"{row!r} is not an event", where)
    interval, action, moment = _times(row, where, around)
    return PlannedHighlight(
        part=_part(row, where),
        start_seconds=interval.start_seconds,
        end_seconds=interval.end_seconds,
        event_seconds=moment,
        label=_label(row, where),
        score=_score(row, where),
        why={},
        action_start_seconds=action.start_seconds,
        action_end_seconds=action.end_seconds,
    )


def _label(row: Mapping[str, Any], where: str) -> str:
    label = row.get("label")
    if not isinstance(label, str) or not label.strip():
        what = (
            "there is no label"
            if label is None or not str(label).strip()
            else f"label {label!r} is not a text"
        )
        raise InputError(what, where=where, remedy="Give each event a label, for example Goal")
    return _LABELS.get(label.strip().lower(), label.strip())


def _score(row: Mapping[str, Any], where: str) -> float:
    name = "confidence" if row.get("score") is None else "score"
    value = row.get(name)
    if value is None:
        return 1.0
    number = float(value) if _is_numeric(value) else math.nan
    if not 0 <= number <= 1:
        raise InputError(
            f"{name} {value!r} is not a number in [0, 1]",
            where=where,
            remedy="Give how sure the event is as a number with a point, from 0 to 1",
        )
    return number


def _is_numeric(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        float(value)
    except (ValueError, OverflowError):
        return False
    return True


def _part(row: Mapping[str, Any], where: str) -> str:
    match = _GAME_TIME.fullmatch(str(row.get("gameTime", "")))
    given = row.get("part", row.get("half", match[1] if match else "full"))
    if str(given) not in _PARTS:
        raise InputError(
            f"part {given!r} is unknown", where=where, remedy=f"Choose from: {', '.join(_PARTS)}"
        )
    return str(given)


def _times(
    row: Mapping[str, Any], where: str, around: tuple[float, float]
) -> tuple[Interval, Interval, float | None]:
    """What may be shown, what must be, and the moment where it is known; in whole milliseconds."""
    moment = _moment(row, where)
    ends = [row.get(key) for key in ("start_seconds", "end_seconds")]
    if ends == [None, None]:
        if moment is None:
            raise InputError("there is no time", where=where, remedy=_TIMES)
        whole = _around(moment, *around)
    elif None in ends:
        raise InputError("only one of start_seconds and end_seconds is there", where=where, remedy=_TIMES)
    else:
        start, end = (_seconds(value, where) for value in ends)
        if end <= start:
            raise InputError(f"{start:g} to {end:g} s is not a stretch of time", where=where, remedy=_TIMES)
        if is_too_short(start, end):
            what = f"{start:g} to {end:g} s is shorter than {LEAST_SECONDS} s"
            raise InputError(what, where=where, remedy="Give more of it, or only event_seconds")
        whole = Interval(start, end)
    if moment is None or whole.start_seconds <= moment <= whole.end_seconds:
        return whole, _action(row, whole, moment, where), moment
    if not _OURS & set(row):
        raise InputError(f"its moment, {moment:g} s, lies outside of it", where=where, remedy=_TIMES)
    # A person may move a clip's ends past its event: the clip is what is wanted, so none of it is trimmed.
    return whole, _action(row, whole, None, where), moment


def _action(row: Mapping[str, Any], whole: Interval, moment: float | None, where: str) -> Interval:
    given = [row.get(key) for key in ("action_start_seconds", "action_end_seconds")]
    if None not in given:
        start, end = (_seconds(value, where) for value in given)
    elif moment is None:
        return whole
    else:
        action = _around(moment, ACTION_BEFORE_SECONDS, ACTION_AFTER_SECONDS)
        start, end = action.start_seconds, action.end_seconds
    start = min(max(start, whole.start_seconds), whole.end_seconds)
    return Interval(start, min(max(end, start), whole.end_seconds))


def _around(moment: float, before: float, after: float) -> Interval:
    return Interval(round(max(0.0, moment - before), 3), round(moment + after, 3))


def _moment(row: Mapping[str, Any], where: str) -> float | None:
    for key in _MOMENT_KEYS:
        if row.get(key) is not None:
            return _seconds(row[key], where)
    if row.get("position") is not None:
        return _seconds(_thousandth(row["position"]), where)
    match = _GAME_TIME.fullmatch(str(row.get("gameTime", "")))
    return _seconds(match[2], where) if match else None


def _thousandth(value: object) -> object:
    """SoccerNet's milliseconds as seconds; what is no number stays as it is."""
    return float(value) / 1000 if _is_numeric(value) else value  # type: ignore[arg-type]


def _seconds(value: object, where: str) -> float:
    clock = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if clock:
        number = 3600.0 * int(clock[1] or 0) + 60.0 * int(clock[2]) + float(clock[3])
    else:
        number = float(value) if _is_numeric(value) else math.nan  # type: ignore[arg-type]
    if not (math.isfinite(number) and number >= 0):
        raise InputError(
            f"{value!r} is not a time from 0 on",
            where=where,
            remedy="Write seconds (75.4) or a clock (01:15.4)",
        )
    if number > LONGEST_SECONDS:
        what = f"{value!r} is later than the end of any recording ({LONGEST_SECONDS / 3600:.0f} hours)"
        raise InputError(what, where=where, remedy="Write seconds or a clock from the start of the part")
    return round(number, 3)
