"""Labels are read to the millisecond, and each wrong one is one line that says where and what to do."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from matchreel.errors import InputError
from matchreel.events import Event, check_inside, load_events

SAMPLE = Path(__file__).parent.parent / "data" / "soccernet_labels_sample.json"
GOAL = {
    "gameTime": "1 - 10:22",
    "label": "Goal",
    "position": "622100",
    "team": "away",
    "visibility": "visible",
}


def labels_file(folder: Path, *rows: object) -> Path:
    path = folder / "Labels-v2.json"
    path.write_text(json.dumps({"annotations": list(rows)}), encoding="utf-8")
    return path


def events_file(folder: Path, text: str) -> Path:
    path = folder / "events.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_real_label_file_is_read_to_the_millisecond():
    first, second = load_events(SAMPLE, part="1"), load_events(SAMPLE, part="2")
    assert (len(first), len(second)) == (14, 8)
    assert first[7] == Event("1", 270.441, "Shots on target", "home", "visible", 7)
    assert first[6].visibility == "not shown"
    assert {event.part for event in second} == {"2"}
    assert [event.index for event in second] == list(range(14, 22))


@pytest.mark.parametrize("position", ["622100", 622100, 622100.0, " 622100 "])
def test_position_is_finer_than_game_time(tmp_path, position):
    (event,) = load_events(labels_file(tmp_path, GOAL | {"position": position}), part="1")
    assert asdict(event) == {
        "part": "1",
        "position_seconds": 622.1,
        "label": "Goal",
        "team": "away",
        "visibility": "visible",
        "index": 0,
    }


def test_a_cell_too_long_for_csv_is_one_line(tmp_path):
    path = events_file(tmp_path, f"part,seconds,label,team\n1,5,Goal,{'x' * 200_000}\n")
    with pytest.raises(InputError, match=r"this is not CSV .*field larger than field limit") as caught:
        load_events(path, part="1")
    assert "\n" not in str(caught.value)


def test_events_are_sorted_and_keep_their_place_in_the_file(tmp_path):
    early = GOAL | {"gameTime": "1 - 00:05", "position": "5900"}
    other_half = GOAL | {"gameTime": "2 - 00:01", "position": "1000"}
    path = labels_file(tmp_path, GOAL, other_half, early)
    assert [(e.position_seconds, e.index) for e in load_events(path, part="1")] == [(5.9, 2), (622.1, 0)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"position": "soon"}, "position 'soon' is not a number"),
        ({"position": "-5"}, "position '-5' is not a number"),
        ({"position": float("nan")}, "position nan is not a number"),
        ({"position": float("inf")}, "position inf is not a number"),
        ({"position": True}, "position True is not a number"),
        ({"position": None}, "position None is not a number"),
        ({"position": "1_000"}, "is not a number"),
        ({"position": "9" * 13}, "is not a number"),
        ({"position": "624101"}, "disagree"),
        ({"position": "619900"}, "disagree"),
        ({"gameTime": "10:22"}, "is not a half and a time"),
        ({"gameTime": "3 - 10:22"}, "is not a half and a time"),
        ({"gameTime": "1 - 10:75"}, "is not a half and a time"),
        ({"gameTime": 622}, "is not a half and a time"),
        ({"label": "Own goal"}, "label 'Own goal' is unknown"),
        ({"label": ["Goal"]}, r"label \['Goal'\] is unknown"),
        ({"team": "Brazil"}, "team 'Brazil' is unknown"),
        ({"visibility": "maybe"}, "visibility 'maybe' is unknown"),
    ],
)
def test_a_wrong_annotation_is_one_line_that_names_it(tmp_path, change, words):
    path = labels_file(tmp_path, GOAL, GOAL | change)
    with pytest.raises(InputError, match=words) as caught:
        load_events(path, part="1")
    assert str(caught.value).startswith(f"{path}, annotation 2: ")
    assert "\n" not in str(caught.value) and caught.value.remedy


def test_two_seconds_of_disagreement_are_allowed(tmp_path):
    for position in ("624000", "620000"):
        assert load_events(labels_file(tmp_path, GOAL | {"position": position}), part="1")


@pytest.mark.parametrize("key", ["gameTime", "label", "position"])
def test_a_missing_key_is_named(tmp_path, key):
    row = {name: value for name, value in GOAL.items() if name != key}
    with pytest.raises(InputError, match=f"annotation 1: {key} missing"):
        load_events(labels_file(tmp_path, row), part="1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("{", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("\xff\xfe", "this is not JSON"),
        ("[]", 'no list "annotations"'),
        ('{"annotations": {}}', 'no list "annotations"'),
        ('{"annotations": [3]}', "3 is not an annotation"),
        ("<html>404</html>", "this is not JSON"),
    ],
)
def test_a_file_that_is_no_label_file_is_one_line(tmp_path, text, words):
    path = tmp_path / "Labels-v2.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=words):
        load_events(path, part="1")


def test_labels_of_halves_do_not_fit_a_full_recording(tmp_path):
    with pytest.raises(InputError, match=r"two halves but the recording is one full file.*Split"):
        load_events(SAMPLE, part="full")
    (event,) = load_events(labels_file(tmp_path, GOAL), part="full")
    assert (event.part, event.position_seconds) == ("full", 622.1)
    full = events_file(tmp_path, "part,seconds,label\nfull,5,Goal\n")
    with pytest.raises(InputError, match="the labels are of a full recording"):
        load_events(full, part="2")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [("75.4", 75.4), ("01:15", 75.0), ("1:15.4", 75.4), ("95:00", 5700.0), ("1:02:03", 3723.0), ("0", 0.0)],
)
def test_events_csv_takes_seconds_or_minutes(tmp_path, seconds, expected):
    (event,) = load_events(events_file(tmp_path, f"part,seconds,label\n1,{seconds},Goal\n"), part="1")
    assert event == Event("1", expected, "Goal", "not applicable", "visible", 0)


@pytest.mark.parametrize(
    "text",
    [
        "part,seconds,label,team,visibility\n1,20,goal,home,not shown\n\n2,5,Shots on target,,\n",
        "\ufeffpart;seconds;label;team;visibility\r\n1;20;Goal;home;not shown\r\n2;5;shot-on-target;;\r\n",
        "Label\tSeconds\tPart\tteam\tvisibility\ngoal\t20\t1\thome\tnot shown\nshot-on-target\t0:05\t2\n",
    ],
)
def test_events_csv_as_people_and_spreadsheets_write_it(tmp_path, text):
    path = events_file(tmp_path, text)
    assert load_events(path, part="1") == [Event("1", 20.0, "Goal", "home", "not shown", 0)]
    assert load_events(path, part="2") == [Event("2", 5.0, "Shots on target", "not applicable", "visible", 1)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,soon,Goal", "'soon' is not a time"),
        ("1,-3,Goal", "'-3' is not a time"),
        ("1,nan,Goal", "'nan' is not a time"),
        ("1,01:75,Goal", "'01:75' is not a time"),
        ("1,,Goal", "'' is not a time"),
        ("3,5,Goal", "part '3' is unknown"),
        ("1,5,Own goal", "label 'Own goal' is unknown"),
        ("1,5,Goal,home,visible,more", "more cells than columns"),
    ],
)
def test_a_wrong_line_of_events_csv_is_named(tmp_path, row, words):
    path = events_file(tmp_path, f"part,seconds,label,team,visibility\n1,5,Goal\n\n{row}\n")
    with pytest.raises(InputError, match=words) as caught:
        load_events(path, part="1")
    assert str(caught.value).startswith(f"{path}, line 4: ")


@pytest.mark.parametrize("text", ["", "time,what\n1,2\n", "1,20,Goal\n"])
def test_events_csv_without_its_header_says_what_it_needs(tmp_path, text):
    with pytest.raises(InputError, match=r"part, seconds and label .* part,seconds,label"):
        load_events(events_file(tmp_path, text), part="1")


def test_events_csv_must_be_text(tmp_path):
    path = tmp_path / "events.csv"
    path.write_bytes(b"\xff\xfe\x00part")
    with pytest.raises(InputError, match="not UTF-8"):
        load_events(path, part="1")


def test_a_missing_label_file_stays_an_os_error_with_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        load_events(tmp_path / "none.json", part="1")


def test_an_event_beyond_the_end_is_one_line(tmp_path):
    path = labels_file(tmp_path, GOAL)
    events = load_events(path, part="1")
    check_inside(events, duration_seconds=621.2, labels_path=path)
    with pytest.raises(
        InputError, match=r"annotation 1: Goal of part 1 at 622\.1 s lies beyond the end .*620\.0"
    ):
        check_inside(events, duration_seconds=620.0, labels_path=path)
