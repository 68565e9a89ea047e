"""check_labels from files to its report: a row per part, one warning per shifted game, no label touched."""

from __future__ import annotations

import csv
import json
import logging

import numpy as np
import pytest

from matchreel.alignment import Alignment, TooFew
from matchreel.cues import Cues
from matchreel.errors import InputError
from matchreel.excitement import CueConstants
from matchreel.label_check import check_labels, cued_part, label_check
from support.shifted import DURATION_SECONDS, made_part
from support.views import made_cues

SETTINGS = {
    "seed": 0,
    "max_label_shift_seconds": 3,
    "loudness_mean_seconds": 1,
    "break_before_seconds": 10,
    "break_after_seconds": 20,
    "slope_mean_seconds": 1,
    "wide_open_share": 0.6,
    "wide_body_share": 0.2,
}


def annotation(label, seconds, visibility="visible"):
    clock = f"1 - {int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    position = str(round(1000 * seconds))
    return {"label": label, "gameTime": clock, "position": position, "team": "home", "visibility": visibility}


@pytest.fixture
def league(tmp_path):
    """Write four games of which the first has labels 6 s late; returns the arguments of check_labels."""

    def write(late_seconds=(6.0, 0.0, 0.0, 0.0), kept=None, hidden=0):
        cues_paths, labels_paths = [], []
        for index, late in enumerate(late_seconds):
            made = made_part(f"game-{index}", 3, late_seconds=late)
            curves = {"loudness_db": made.ranks[0].astype(np.float32)}
            cues_paths.append(tmp_path / f"cues/{made.game}.safetensors")
            Cues(curves, made.grid, DURATION_SECONDS, made.game, "1").save(cues_paths[-1])
            rows = [annotation(*event) for event in zip(made.labels, made.positions_seconds, strict=True)]
            rows = rows[: kept if index == 0 else None]
            rows += [annotation("Goal", 30 + 25 * number, "not shown") for number in range(hidden)]
            labels_paths.append(tmp_path / f"{made.game}.json")
            labels_paths[-1].write_text(json.dumps({"annotations": rows}), encoding="utf-8")
        return {"cues_paths": cues_paths, "labels_paths": labels_paths, "table_path": tmp_path / "out/t.csv"}

    return write


def rows_of(arguments):
    check_labels(**arguments, **SETTINGS)
    with arguments["table_path"].open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_row_per_part_and_a_warning_for_the_shifted_game(league, caplog):
    arguments = league()
    before = [path.read_bytes() for path in arguments["labels_paths"]]
    with caplog.at_level(logging.WARNING, logger="matchreel"):
        rows = rows_of(arguments)
    assert list(rows[0]) == [
        "game", "part", "num_events", "offset_seconds", "confidence", "shifted", "note",
    ]  # fmt: skip
    assert [(row["game"], row["shifted"]) for row in rows] == [
        ("game-0", "1"), ("game-1", "0"), ("game-2", "0"), ("game-3", "0"),
    ]  # fmt: skip
    assert float(rows[0]["offset_seconds"]) == pytest.approx(6, abs=2)
    assert rows[0]["note"] == f"labels lie about {float(rows[0]['offset_seconds']):.1f} s too late"
    assert float(rows[0]["confidence"]) >= 0.99 and {row["note"] for row in rows[1:]} == {"labels fit"}
    (message,) = [record.getMessage() for record in caplog.records]
    for words in ("game-0.json of game-0", "part 1", "s too late", "recording", "games.tsv"):
        assert words in message
    assert [path.read_bytes() for path in arguments["labels_paths"]] == before


def test_three_events_say_nothing_and_hidden_ones_do_not_count(league, caplog):
    rows = rows_of(league(kept=3, hidden=20))
    assert (rows[0]["num_events"], rows[0]["offset_seconds"], rows[0]["shifted"]) == ("3", "", "0")
    assert rows[0]["note"] == "too few events to say: 6 are needed, 10 s apart"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_two_games_are_too_few_to_compare(league):
    rows = rows_of(league(late_seconds=(6.0, 0.0)))
    assert {(row["shifted"], row["confidence"]) for row in rows} == {("0", "")}
    assert all(row["note"].startswith("nothing to compare with: 3 games are needed") for row in rows)


def test_the_same_bytes_twice(league):
    arguments = league()
    rows_of(arguments)
    first = arguments["table_path"].read_bytes()
    rows_of(arguments)
    assert arguments["table_path"].read_bytes() == first


def test_labels_of_another_recording_are_refused(league):
    arguments = league()
    arguments["labels_paths"][1].write_text(json.dumps({"annotations": [annotation("Goal", 2600)]}))
    with pytest.raises(InputError, match="beyond the end"):
        rows_of(arguments)
    assert not arguments["table_path"].exists()


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (Alignment(6.0, 0.0005, 2.0, 24), (24, 6.0, 0.9995, 1, "labels lie about 6.0 s too late")),
        (Alignment(-4.5, 0.01, 0.5, 9), (9, -4.5, 0.99, 1, "labels lie about 4.5 s too early")),
        (Alignment(-0.0, 0.0005, -3.0, 24), (24, 0.0, 0.9995, 0, "labels fit")),
        (
            Alignment(3.5, 0.001, 0.4, 24),
            (24, 3.5, 0.999, 0, "unclear: 3.5 s too late fits hardly better than an allowed shift"),
        ),
        (
            Alignment(20.0, 0.02, 1.5, 24),
            (24, 20.0, 0.98, 0, "unclear: the best place fits no better than random ones"),
        ),
        (
            Alignment(1.0, 0.02, -0.5, 24),
            (24, 1.0, 0.98, 0, "no sign of a shift, but too little to be sure"),
        ),
        (TooFew(3, True), (3, None, None, 0, "too few events to say: 6 are needed, 10 s apart")),
    ],
)
def test_a_row_in_plain_words(held, expected):
    row = label_check(made_part("g", 0), held)
    assert (row.num_events, row.offset_seconds, row.confidence, row.shifted, row.note) == expected
    assert not str(row.offset_seconds).startswith("-0.0")


def test_a_part_without_sound_is_judged_by_its_picture(tmp_path):
    path = tmp_path / "labels.json"
    rows = [annotation("Goal", 100), annotation("Corner", 200, "not shown")]
    path.write_text(json.dumps({"annotations": rows}), encoding="utf-8")
    constants = CueConstants(
        **{key: value for key, value in SETTINGS.items() if key in CueConstants.__annotations__}
    )
    part = cued_part(made_cues(events={100.0: "lbs"}, sound=False), path, constants)
    assert (part.game, part.part, part.labels, part.positions_seconds) == ("made", "1", ("Goal",), (100.0,))
    assert not part.ranks[0].any() and np.ptp(part.ranks[1]) > 0.5 and np.ptp(part.ranks[2]) > 0.5
    assert np.abs(part.ranks.mean(axis=1)).max() < 1e-9  # as likely above as below 0, like what is unknown
