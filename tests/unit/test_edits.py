"""An edits file is checked row by row, and makes the edit list that a person saw."""

import json
import math
from dataclasses import replace

import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.edits import edited, load_edits
from matchreel.errors import InputError
from matchreel.notices import Notice
from matchreel.restarts import NO_KICK_OFF

DURATIONS = {"1": 60.0, "2": 45.5}


def row(**changes):
    held = {
        "id": "1-7000",
        "part": "1",
        "start_seconds": 5.0,
        "end_seconds": 9.0,
        "event_seconds": 7.0,
        "label": "Goal",
        "score": 0.9,
        "why": {"video": 0.9},
    }
    return held | changes


def write(path, *rows, **head):
    path.write_text(
        json.dumps({"version": 1, "game": "tiny", "highlights": list(rows)} | head), encoding="utf-8"
    )
    return path


def load(path, *rows, **head):
    return load_edits(write(path / "tiny.json", *rows, **head), game="tiny", duration_seconds=DURATIONS)


def planned(part, start, end, **changes):
    return replace(PlannedHighlight(part, start, end, None, "Goal", 0.5, {}), **changes)


def test_rows_come_as_they_stand_in_their_order(tmp_path):
    rows = [
        row(
            id="hand-2-1000",
            part="2",
            score=1,
            why={},
            event_seconds=None,
            notes=["late", NO_KICK_OFF.coded()],
        ),
        row(),
    ]
    second, first = load(tmp_path, *rows).highlights
    assert (second.id, second.part, second.event_seconds, second.notes) == (
        "hand-2-1000",
        "2",
        None,
        (Notice.of("late"), NO_KICK_OFF),
    )
    assert (first.start_seconds, first.end_seconds, first.why) == (5.0, 9.0, {"video": 0.9})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"part": "3"}, "part '3' is none of the game's parts (1, 2)"),
        ({"part": None}, "part None is none"),
        ({"part": ["1"]}, "part ['1'] is none"),
        ({"start_seconds": math.nan}, "a time or score is not a number"),
        ({"end_seconds": "9"}, "a time or score is not a number"),
        ({"event_seconds": True}, "a time or score is not a number"),
        ({"score": 1.2}, "score 1.2 lies outside of 0 to 1"),
        ({"start_seconds": 9.0}, "9.0 to 9.0 s is not a stretch of time"),
        ({"start_seconds": -1.0}, "-1.0 to 9.0 s is not a stretch of time"),
        ({"end_seconds": 60.2}, "it ends at 60.2 s, the part at 60.000 s"),
        ({"start_seconds": 8.95}, "8.95 to 9.0 s is shorter than 0.2 s"),
        ({"event_seconds": 1e308}, "its moment, 1e+308 s, is not in the part, which ends at 60.000 s"),
        ({"event_seconds": -0.1}, "its moment, -0.1 s, is not in the part"),
        ({"event_seconds": 10**400}, "a time or score is not a number"),
        ({"end_seconds": 10**400}, "a time or score is not a number"),
        ({"score": 10**400}, "a time or score is not a number"),
        ({"why": {"video": 10**400}}, "reasons (why)"),
        ({"colour": "red"}, "unknown 'colour'"),
        ({"label": "Gaol"}, "unknown label 'Gaol'"),
        ({"label": ["Goal"]}, "unknown label"),
        ({"why": [1]}, "reasons (why)"),
        ({"notes": "late"}, "notes are no list"),
        ({"notes": [{"code": "late"}]}, "notes are no list of texts or notices (notice 'late' is none"),
        ({"notes": [{"code": "no_room", "values": {}}]}, "notice 'no_room' lacks 'limit'"),
        ({"id": ""}, "its id is no text"),
        ({"id": "other"}, "the id 'other' stands twice"),
    ],
)
def test_a_row_that_cannot_be_cut_is_named(tmp_path, changes, words):
    with pytest.raises(InputError) as caught:
        load(tmp_path, row(id="other"), row(**changes))
    assert words in str(caught.value) and "tiny.json, highlight 2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_row_of_the_least_length_can_be_cut(tmp_path):
    (held,) = load(tmp_path, row(start_seconds=0.8, end_seconds=1.0, event_seconds=None)).highlights
    assert held.interval.duration_seconds < 0.2  # as numbers are


def test_a_missing_key_and_a_row_that_is_none_are_named(tmp_path):
    short = row()
    del short["why"]
    for wrong, words in ((short, "'why' is missing"), ("row", "it is not a highlight")):
        with pytest.raises(InputError, match=words):
            load(tmp_path, wrong)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({"game": "other"}, "these edits are of 'other', not of 'tiny'"),
        ({"version": 2}, "version 2 of the edits file is not known"),
        ({"extra": 1}, "this is not an edits file"),
        ({"highlights": {}}, "this is not an edits file"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, head, words):
    with pytest.raises(InputError, match=words):
        load(tmp_path, row(), **head)


def test_a_torn_file_is_refused(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text('{"version": 1', encoding="utf-8")
    with pytest.raises(InputError, match="this is not an edits file"):
        load_edits(path, game="tiny", duration_seconds=DURATIONS)


@pytest.mark.parametrize("where", ["id", "notes", "why"])
def test_half_a_letter_is_refused(tmp_path, where):
    """Half of a surrogate pair is valid in JSON, and no file can be written with it."""
    value = {"id": "a\ud800", "notes": ["a\ud800"], "why": {"a\ud800": 0.5}}[where]
    path = tmp_path / "tiny.json"
    path.write_text(
        json.dumps({"version": 1, "game": "tiny", "highlights": [row(**{where: value})]}), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"this is not an edits file .*surrogates not allowed"):
        load_edits(path, game="tiny", duration_seconds=DURATIONS)


def test_an_event_outside_its_clip_is_fine(tmp_path):
    assert load(tmp_path, row(event_seconds=20.0)).highlights[0].event_seconds == 20.0


def test_more_rows_than_any_reel_has_are_refused(tmp_path):
    rows = [
        row(id=str(number), start_seconds=0.1 * number, end_seconds=0.1 * number + 1) for number in range(501)
    ]
    assert len(load(tmp_path, *rows[:500]).highlights) == 500
    with pytest.raises(InputError, match="it has 501 highlights, at most 500 can be cut"):
        load(tmp_path, *rows)


def test_each_overlap_is_said_once(tmp_path):
    alike = [row(id=str(number)) for number in range(150)]
    assert len(load(tmp_path, *alike).notices) == 149
    spans = [(0, 10), (5, 15), (8, 20), (30, 40), (32, 34), (36, 38), (19.5, 30)]
    rows = [row(id=str(at), start_seconds=at, end_seconds=end) for at, end in spans]
    said = [notice.values for notice in load(tmp_path, *rows).notices]
    assert [(held["first"], held["second"], held["seconds"]) for held in said] == [
        (1, 2, "5.0"), (2, 3, "7.0"), (3, 7, "0.5"), (4, 5, "2.0"), (4, 6, "2.0"),
    ]  # fmt: skip


def test_a_last_frame_beyond_the_part_is_cut_to_it(tmp_path):
    (held,) = load(tmp_path, row(end_seconds=60.04)).highlights
    assert held.end_seconds == 60.0


def test_seconds_shown_twice_are_a_warning(tmp_path):
    edits = load(tmp_path, row(), row(id="b", part="2"), row(id="c", start_seconds=8.5, end_seconds=12.0))
    assert [notice.text for notice in edits.notices] == ["highlights 1 and 3 overlap: 0.5 s are shown twice"]


def test_the_edited_list_holds_the_edits_and_leaves_out_the_rest(tmp_path):
    kept, dropped = planned("1", 5, 9, id="1-7000"), planned("1", 20, 30)
    more = planned("2", 1, 4)
    plan = EditList(
        "tiny",
        "s",
        ("a",),
        (Notice("no_sound", {"part": "1"}),),
        (kept, dropped),
        (more,),
        budget_seconds=30.0,
    )
    edits = load(
        tmp_path,
        row(start_seconds=4.0),
        row(id="hand-2-30000", part="2", start_seconds=28.0, end_seconds=33.0),
    )
    held = edited(plan, edits, reel_seconds=9.0)
    assert held.highlights == edits.highlights and held.is_edited
    assert held.left_out == (dropped, more)
    assert held.notices == plan.notices and held.budget_seconds == 30.0


def test_a_reel_over_its_budget_says_so(tmp_path):
    plan = EditList("tiny", "s", (), (), (), (), budget_seconds=3.0)
    (said,) = edited(plan, load(tmp_path, row()), reel_seconds=4.0).warnings
    assert said == "edited by hand and longer than asked for: 00:04 instead of 00:03"
    assert edited(plan, load(tmp_path, row()), reel_seconds=3.4).warnings == ()


def test_no_row_at_all_is_a_reel_without_highlights(tmp_path):
    plan = EditList("tiny", "s", (), (), (planned("1", 5, 9),))
    held = edited(plan, load(tmp_path), reel_seconds=0.0)
    assert held.highlights == () and len(held.left_out) == 1
