"""python -m matchreel.reel: anyone's events in, an edit list out, or one line that says what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from matchreel.edit_list import EditList
from matchreel.errors import InputError
from matchreel.highlight_tables import write_tables
from matchreel.page import Highlight, PageFacts
from matchreel.reel import __main__ as command
from matchreel.reel.given_events import read_events

SAMPLE = Path(__file__).resolve().parents[1] / "data/soccernet_labels_sample.json"
GOAL = {"label": "Goal", "event_seconds": 100}


def run(folder, events, *options, name="events.json"):
    """The command in a process of its own, and the edit list where it wrote one."""
    path, out = folder / name, folder / "plan.json"
    path.write_text(events if isinstance(events, str) else json.dumps(events), encoding="utf-8")
    words = ["--events", str(path), "--out", str(out), *(options or ("--max-seconds", "60"))]
    done = subprocess.run(
        [sys.executable, "-m", "matchreel.reel", *words], capture_output=True, text=True, check=False
    )
    return done, EditList.load(out) if out.exists() else None


def rows_of(folder, events, name="events.json"):
    path = folder / name
    path.write_text(events if isinstance(events, str) else json.dumps(events), encoding="utf-8")
    return read_events(path, before_seconds=8, after_seconds=5)


def test_events_become_an_edit_list(tmp_path):
    events = [
        {"label": "Shots on target", "event_seconds": 20, "score": 0.9, "part": 1},
        {"label": "goal", "start_seconds": 100, "end_seconds": 120, "part": "2", "score": 0.4},
        {"label": "Penalty", "position_seconds": "12:30", "half": "1"},
        {"label": "Shots off target", "event_seconds": 300, "score": 0.9, "part": 1},
    ]
    done, plan = run(tmp_path, events, "--max-seconds", "38")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.splitlines()[-1] == "reel: 4 moments, 38.0 s of 38 s"
    assert [(row.part, row.label, row.event_seconds) for row in plan.highlights] == [
        ("1", "Shots on target", 20), ("1", "Shots off target", 300), ("1", "Penalty", 750), ("2", "Goal", None),
    ]  # fmt: skip
    assert (plan.highlights[3].start_seconds, plan.highlights[3].end_seconds) == (100, 120)
    assert (plan.game, plan.scorer, plan.budget_seconds) == ("events", "given", 38)
    done, plan = run(tmp_path, events, "--max-seconds", "32", "--order", "importance")
    assert [row.label for row in plan.highlights] == ["Goal", "Penalty", "Shots on target"]
    assert [row.label for row in plan.left_out] == ["Shots off target"]
    assert done.stdout == "reel: 3 moments, 32.0 s of 32 s\n"


def test_goals_over_the_budget_are_said(tmp_path):
    stretches = [
        {"label": "Goal", "start_seconds": 100 * number, "end_seconds": 100 * number + 25}
        for number in (1, 2, 3)
    ]
    done, plan = run(
        tmp_path, [*stretches, {"label": "Penalty", "event_seconds": 9}], "--max-seconds", "short"
    )
    assert done.returncode == 0 and done.stdout == "reel: 3 moments, 75.0 s of 60 s\n"
    assert "the goals alone last 75.0 s even at their shortest: 15.0 s more than the 60 s" in done.stderr
    assert plan.warnings and len(plan.left_out) == 1


def test_the_same_file_gives_the_same_bytes(tmp_path):
    events = [{"label": "Moment", "event_seconds": 50 * number, "score": 0.5} for number in range(20)]
    run(tmp_path, events)
    first = (tmp_path / "plan.json").read_bytes()
    run(tmp_path, events[::-1])
    assert (tmp_path / "plan.json").read_bytes() == first


def test_soccernets_own_files_are_read(tmp_path):
    shown = rows_of(tmp_path, SAMPLE.read_text(encoding="utf-8"))
    assert shown.rows and {row.part for row in shown.rows} <= {"1", "2"}
    spotted = {
        "UrlLocal": "a",
        "predictions": [
            {
                "gameTime": "2 - 10:05",
                "label": "Goal",
                "position": "605320",
                "half": "2",
                "confidence": "0.75",
            }
        ],
    }
    (row,) = rows_of(tmp_path, spotted).rows
    assert (row.part, row.event_seconds, row.score) == ("2", 605.32, 0.75)
    assert (row.start_seconds, row.end_seconds, row.action.start_seconds) == (597.32, 610.32, 601.32)
    (row,) = rows_of(tmp_path, [{"label": "Goal", "gameTime": "1 - 00:03", "confidence": None}]).rows
    assert (row.part, row.event_seconds, row.start_seconds, row.score) == ("1", 3, 0, 1)


def test_what_the_recording_does_not_show_is_left_out_and_other_keys_are_named(tmp_path):
    held = rows_of(tmp_path, [GOAL | {"visibility": "not shown"}, GOAL | {"mood": 1, "label": "Nutmeg"}])
    assert [row.label for row in held.rows] == ["Nutmeg"]
    assert tuple(notice.text for notice in held.notices) == (
        "1 events left out: the recording does not show them",
        "ignored: mood",
        "no known label, so worth a Moment: Nutmeg",
    )


@pytest.mark.parametrize("name", ["events.csv", "events.tsv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv(tmp_path, name, delimiter):
    text = "part,seconds,label,score\n1,01:15.5,Goal,0.5\n\n2,30,red-card,\n".replace(",", delimiter)
    rows = rows_of(tmp_path, text, name=name).rows
    assert [(row.part, row.event_seconds, row.label, row.score) for row in rows] == [
        ("1", 75.5, "Goal", 0.5), ("2", 30, "Red card", 1.0),
    ]  # fmt: skip


def test_a_plan_of_ours_can_be_shortened(tmp_path):
    events = [{"label": "Goal", "event_seconds": 100 * number, "part": "1"} for number in range(1, 4)]
    _, plan = run(tmp_path, events, "--max-seconds", "60")
    again, shorter = run(
        tmp_path, (tmp_path / "plan.json").read_text(encoding="utf-8"), "--max-seconds", "20"
    )
    assert again.returncode == 0 and again.stderr == ""
    assert [row.id for row in shorter.highlights] == [row.id for row in plan.highlights]
    assert again.stdout == "reel: 3 moments, 20.0 s of 20 s\n"


@pytest.mark.parametrize("name", ["highlights.json", "highlights.csv"])
def test_our_own_highlights_are_read_where_an_event_is_outside_its_clip(tmp_path, name):
    """As a page saves them after a person has moved a clip's ends past its event."""
    rows = (
        Highlight("1", 10.0, 16.0, 20.0, "Goal", 1.0, "clips/01.mp4", 0.0, {}),
        Highlight("1", 40.0, 50.0, 44.0, "Goal", 1.0, "clips/02.mp4", 6.0, {}),
    )
    page = PageFacts("tiny", "", "", "", "hand", (), 16.0, (), rows, ())
    write_tables(page, tmp_path)
    done, plan = run(tmp_path, (tmp_path / name).read_text(encoding="utf-8"), name=f"given-{name}")
    assert done.returncode == 0, done.stderr
    first, second = plan.highlights
    assert (first.start_seconds, first.end_seconds, first.event_seconds) == (10, 16, 20)
    assert first.action == first.interval and second.action.contains(44)


WRONG = [
    ('[{"event_seconds": 5}]', ["event 1", "there is no label"]),
    ('[{"label": " ", "event_seconds": 5}]', ["event 1", "there is no label"]),
    ('[{"label": 3, "event_seconds": 5}]', ["label 3 is not a text"]),
    ('[{"label": "Goal"}]', ["there is no time", "event_seconds"]),
    ('[{"label": "Goal", "event_seconds": NaN}]', ["nan is not a time"]),
    ('[{"label": "Goal", "event_seconds": Infinity}]', ["inf is not a time"]),
    ('[{"label": "Goal", "event_seconds": -1}]', ["-1 is not a time"]),
    ('[{"label": "Goal", "event_seconds": "soon"}]', ["'soon' is not a time"]),
    ('[{"label": "Goal", "start_seconds": 9, "end_seconds": 9}]', ["9 to 9 s is not a stretch"]),
    ('[{"label": "Goal", "start_seconds": 9, "end_seconds": 9.05}]', ["9 to 9.05 s is shorter than 0.2 s"]),
    ('[{"label": "Goal", "start_seconds": 9}]', ["only one of start_seconds and end_seconds"]),
    ('[{"label": "Goal", "start_seconds": 1, "end_seconds": 3, "event_seconds": 5}]', ["lies outside"]),
    ('[{"label": "Goal", "event_seconds": 5, "score": 1.5}]', ["score 1.5", "[0, 1]"]),
    ('[{"label": "Goal", "event_seconds": 5, "score": NaN}]', ["score nan"]),
    ('[{"label": "Goal", "event_seconds": 5, "confidence": "0,9"}]', ["confidence '0,9'", "with a point"]),
    ('[{"label": "Goal", "event_seconds": 5, "confidence": "high"}]', ["confidence 'high'", "[0, 1]"]),
    ('[{"label": "Goal", "event_seconds": 5, "confidence": true}]', ["confidence True"]),
    ('[{"label": "Goal", "event_seconds": 5, "confidence": ""}]', ["confidence ''"]),
    ('[{"label": "Goal", "event_seconds": 1e308}]', ["1e+308 is later than the end of any recording"]),
    ('[{"label": "Goal", "event_seconds": 1%s}]' % ("0" * 400), ["is not a time"]),
    ('[{"label": "Goal", "event_seconds": "%s:00:00"}]' % ("9" * 400), ["is not a time"]),
    ('[{"label": "Goal", "event_seconds": "100:00:00"}]', ["'100:00:00' is later", "24 hours"]),
    ('[{"label": "Goal", "position": 1%s}]' % ("0" * 400), ["is not a time"]),
    ('[{"label": "Goal", "position": "99999999999"}]', ["is later than the end"]),
    ('[{"label": "Goal", "start_seconds": 5, "end_seconds": 1e300}]', ["1e+300 is later"]),
    ('[{"label": "Goal \\ud800", "event_seconds": 5}]', ["not JSON", "surrogates not allowed"]),
    ('[{"label": "Goal", "event_seconds": 5, "part": 3}]', ["part 3 is unknown", "1, 2, full"]),
    ('[{"label": "Goal", "event_seconds": 5}, 7]', ["event 2", "7 is not an event"]),
    ('{"goals": []}', ["there is no list of events"]),
    ("{", ["not JSON"]),
    ("", ["the file is empty"]),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[text[:60] for text, _ in WRONG])
def test_wrong_events_are_named_in_one_line(tmp_path, text, words):
    with pytest.raises(InputError) as error:
        rows_of(tmp_path, text)
    assert "\n" not in str(error.value) and str(error.value).count(". ") == 1  # what is wrong, what to do
    for word in words:
        assert word in str(error.value)


def test_a_cell_too_long_for_csv_is_one_line(tmp_path):
    text = f"label,seconds,note\nGoal,5,{'x' * 200_000}\n"
    with pytest.raises(InputError, match=r"this is not CSV .*field larger than field limit"):
        rows_of(tmp_path, text, name="events.csv")


@pytest.mark.parametrize(
    ("events", "options", "word"),
    [
        ([{"event_seconds": 5}], ("--max-seconds", "60"), "there is no label"),
        ([GOAL], ("--max-seconds", "0"), "longer than 0 s"),
        ([GOAL], ("--max-seconds", "nan"), "'nan' is not a number of seconds"),
        ([GOAL], ("--max-seconds", "60", "--order", "size"), "invalid choice"),
    ],
)
def test_a_failure_is_one_line_and_leaves_nothing(tmp_path, events, options, word):
    done, plan = run(tmp_path, events, *options)
    assert done.returncode == 2 and done.stdout == "" and plan is None
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("reel: ") and word in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.json"]


def test_no_event_is_an_empty_reel(tmp_path):
    done, plan = run(tmp_path, [])
    assert (
        done.returncode == 0 and done.stdout == "reel: 0 moments, 0.0 s of 60 s\n" and plan.highlights == ()
    )


def test_help_tells_the_format(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["reel", "--help"])
    with pytest.raises(SystemExit):
        command.main()
    assert "position_seconds" in capsys.readouterr().out
