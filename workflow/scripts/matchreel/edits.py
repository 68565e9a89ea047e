"""config/edits/{game}.json: a reel as a person put it together on its page, whatever is scored later.

{"version": 1, "game": slug, "highlights": [{"id", "part", "start_seconds", "end_seconds", "event_seconds",
"label", "score", "why", "notes"?}, ...]}: the whole reel in its order. A moment added by hand has the id
"hand-<part>-<milliseconds>", no reasons, and the score 1: a person is sure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matchreel.edit_list import LEAST_SECONDS, EditList, PlannedHighlight, is_too_short
from matchreel.errors import InputError
from matchreel.kinds import check_text, is_number
from matchreel.labels import ALL_LABELS
from matchreel.notices import Notice
from matchreel.timeline import clock_text

VERSION = 1
_HEAD = {"version", "game", "highlights"}
_REQUIRED = {"id", "part", "start_seconds", "end_seconds", "event_seconds", "label", "score", "why"}
_OPTIONAL = {"notes"}
# More than any reel has: the page saves a few dozen.
_MOST_ROWS = 500
# A clip ends with a whole frame, which may reach this far beyond the part's end.
_END_SLACK_SECONDS = 0.1


@dataclass(frozen=True)
class Edits:
    """A game's reel by hand: its highlights in their order, and what to tell the viewer."""

    game: str
    highlights: tuple[PlannedHighlight, ...]
    notices: tuple[Notice, ...]


def load_edits(path: Path, *, game: str, duration_seconds: Mapping[str, float]) -> Edits:
    """Read and check an edits file; duration_seconds is the length of each of the game's parts.

    InputError names the first row that cannot be cut. Rows that show the same seconds twice are a warning,
    one for each row that shows what another does.
    """
    raw = _read(path, game)
    rows = list[PlannedHighlight]()
    for number, row in enumerate(raw["highlights"], start=1):
        problem = _problem(row, duration_seconds, {held.id for held in rows})
        if problem:
            raise InputError(
                problem, where=f"{path}, highlight {number}", remedy="Correct or remove this row"
            )
        rows.append(_planned(row, duration_seconds[row["part"]]))
    return Edits(game, tuple(rows), tuple(_shown_twice(rows)))


def edited(plan: EditList, edits: Edits, *, reel_seconds: float) -> EditList:
    """The edit list with the highlights of the edits; what the plan holds beside them is left out.

    The budget stays for the page to count against. A longer reel is a person's decision, and a warning;
    reel_seconds is how long it is with its transitions.
    """
    taken = {row.id for row in edits.highlights}
    left_out = tuple(row for row in (*plan.highlights, *plan.left_out) if row.id not in taken)
    notices = (*plan.notices, *edits.notices, *_over_budget(plan.budget_seconds, reel_seconds))
    return replace(plan, highlights=edits.highlights, left_out=left_out, notices=notices, is_edited=True)


def _read(path: Path, game: str) -> dict[str, Any]:
    remedy = "Save it again from the reel's page, or remove it to have the reel chosen by scores"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        check_text(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not an edits file ({error})", where=path, remedy=remedy) from error
    problem = None
    if not isinstance(raw, dict) or set(raw) != _HEAD or not isinstance(raw["highlights"], list):
        problem = f"this is not an edits file (it must hold {', '.join(sorted(_HEAD))})"
    elif raw["version"] != VERSION:
        problem = f"version {raw['version']!r} of the edits file is not known, only {VERSION}"
    elif raw["game"] != game:
        problem = f"these edits are of {raw['game']!r}, not of {game!r}"
    elif len(raw["highlights"]) > _MOST_ROWS:
        problem = f"it has {len(raw['highlights'])} highlights, at most {_MOST_ROWS} can be cut"
    if problem:
        raise InputError(problem, where=path, remedy=remedy)
    return dict(raw)


def _problem(row: object, duration_seconds: Mapping[str, float], ids: set[str]) -> str | None:
    if not isinstance(row, dict):
        return "it is not a highlight"
    if missing := _REQUIRED - set(row):
        return f"{min(missing)!r} is missing"
    if unknown := set(row) - _REQUIRED - _OPTIONAL:
        return f"unknown {min(unknown)!r}"
    return _wrong_words(row, duration_seconds, ids) or _wrong_times(row, duration_seconds[row["part"]])


def _wrong_words(row: Mapping[str, Any], parts: Mapping[str, float], ids: set[str]) -> str | None:
    notes = row.get("notes", [])
    if not isinstance(row["id"], str) or not row["id"]:
        return "its id is no text"
    if row["id"] in ids:
        return f"the id {row['id']!r} stands twice"
    if not isinstance(row["part"], str) or row["part"] not in parts:
        return f"part {row['part']!r} is none of the game's parts ({', '.join(parts)})"
    if row["label"] not in ALL_LABELS:
        return f"unknown label {row['label']!r}"
    try:
        list(map(Notice.of, notes if isinstance(notes, list) else [notes, None]))
    except ValueError as error:
        return f"its notes are no list of texts or notices ({error})"
    return None


def _wrong_times(row: Mapping[str, Any], duration_seconds: float) -> str | None:
    start, end, event = (row[f"{name}_seconds"] for name in ("start", "end", "event"))
    if not isinstance(row["why"], dict) or not all(map(is_number, row["why"].values())):
        return "its reasons (why) are no numbers by name"
    if not all(map(is_number, [start, end, row["score"], *([] if event is None else [event])])):
        return "a time or score is not a number"
    if not 0 <= row["score"] <= 1:
        return f"its score {row['score']} lies outside of 0 to 1"
    if not 0 <= start < end:
        return f"{start} to {end} s is not a stretch of time"
    if is_too_short(start, end):
        return f"{start} to {end} s is shorter than {LEAST_SECONDS} s"
    if end > duration_seconds + _END_SLACK_SECONDS or start >= duration_seconds:
        return f"it ends at {end} s, the part at {duration_seconds:.3f} s"
    if event is not None and not 0 <= event <= duration_seconds + _END_SLACK_SECONDS:
        return f"its moment, {event} s, is not in the part, which ends at {duration_seconds:.3f} s"
    return None


def _planned(row: Mapping[str, Any], duration_seconds: float) -> PlannedHighlight:
    end_seconds = min(row["end_seconds"], duration_seconds)
    return PlannedHighlight(
        **{**row, "end_seconds": end_seconds, "notes": tuple(map(Notice.of, row.get("notes", ())))}
    )


def _shown_twice(rows: Sequence[PlannedHighlight]) -> list[Notice]:
    """A notice for each row that begins inside another one: with the one that lasts longest by then."""
    said, last = list[tuple[int, int, float]](), dict[str, tuple[int, PlannedHighlight]]()
    numbered = sorted(enumerate(rows, start=1), key=lambda held: (held[1].interval, held[0]))
    for number, row in numbered:
        before = last.get(row.part)
        if before and before[1].interval.overlaps(row.interval):
            seconds = before[1].interval.overlap_seconds(row.interval)
            said.append((min(number, before[0]), max(number, before[0]), seconds))
        if before is None or row.end_seconds > before[1].end_seconds:
            last[row.part] = (number, row)
    return [
        Notice("shown_twice", {"first": first, "second": second, "seconds": f"{seconds:.1f}"})
        for first, second, seconds in sorted(said)
    ]


def _over_budget(budget_seconds: float | None, reel_seconds: float) -> list[Notice]:
    if budget_seconds is None or round(reel_seconds) <= round(budget_seconds):
        return []
    lengths = {"length": clock_text(round(reel_seconds)), "limit": clock_text(round(budget_seconds))}
    return [Notice("edit_over_limit", lengths)]
