"""SoccerNet's files read and written, and the command that judges them: what is wrong is one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.evaluation.__main__ import main
from matchreel.evaluation.soccernet_map import soccernet_average_map
from matchreel.evaluation.splits import SPLITS, games_of
from matchreel.evaluation.spotting_files import TypedSpot, read_spotting, spotting_rows, write_spotting
from matchreel.labels import MOMENT
from support.spotting_files import annotation, prediction, write_game

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"


def spot(seconds, confidence=0.5, label="Goal", part="1"):
    return TypedSpot(part, seconds, label, confidence)


def test_a_frame_ends_on_the_half_second(tmp_path):
    write_spotting(tmp_path / "a.json", game="league/season/game", spots=[spot(0.5, 0.2), spot(0.4, 0.9)])
    assert [one.seconds for one in read_spotting(tmp_path / "a.json")] == [0.4, 0.5]


def test_spots_are_written_in_order_the_surest_of_a_frame_last(tmp_path):
    spots = [spot(61.2, 0.9), spot(61.4, 0.3), spot(5, 1), spot(59.9996, 0, "Corner", part="2")]
    write_spotting(tmp_path / "a.json", game="league/season/game", spots=spots)
    held = json.loads((tmp_path / "a.json").read_text())
    assert held["UrlLocal"] == "league/season/game"
    assert held["predictions"][1] == {
        "gameTime": "1 - 01:01", "label": "Goal", "position": "61400", "half": "1", "confidence": "0.3"
    }  # fmt: skip
    assert held["predictions"][3]["gameTime"] == "2 - 01:00"
    assert read_spotting(tmp_path / "a.json") == [
        spots[2],
        spots[1],
        spots[0],
        spot(60.0, 0, "Corner", part="2"),
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (spot(5, 1.01), "outside"),
        (spot(5, -0.01), "outside"),
        (spot(5, float("nan")), "outside"),
        (spot(-1), "no time"),
        (spot(float("inf")), "no time"),
        (spot(5, label=MOMENT), "none of SoccerNet's classes"),
        (spot(5, part="full"), "no half"),
    ],
)
def test_what_the_format_does_not_know_is_refused(tmp_path, wrong, message):
    with pytest.raises(InputError, match=message):
        write_spotting(tmp_path / "a.json", game="g", spots=[spot(5), wrong])
    assert not list(tmp_path.iterdir())


def test_a_missing_confidence_is_no_number(tmp_path):
    write_game(tmp_path, "g", predictions=[prediction(1, 5_000, confidence=None), prediction(3, 5_000)])
    rows = spotting_rows(tmp_path / "predictions/g/results_spotting.json")
    assert np.isnan(rows.values[0]) and rows.halves.tolist() == [1, 0]
    assert len(read_spotting(tmp_path / "predictions/g/results_spotting.json")) == 1
    with pytest.raises(ValueError, match="part"):
        spot(5, part="3")


def test_the_splits():
    assert [len(games_of([split])) for split in SPLITS] == [300, 100, 100, 50]
    assert len(games_of([*SPLITS, "test"])) == 550


@pytest.fixture(scope="module")
def challenge(tmp_path_factory):
    """The 50 games of the challenge with a goal each, found in every second game."""
    folder = tmp_path_factory.mktemp("challenge")
    for index, game in enumerate(games_of(["challenge"])):
        found = [prediction(1, 10_000 if index % 2 else 50_000, confidence="0.9")]
        write_game(folder, game, [annotation(1, 10_000)], found)
    return folder


def run(monkeypatch, capsys, folder, *more, labels="labels", predictions="predictions"):
    """(exit status, lines of stdout, lines of stderr) of the command."""
    command = ["evaluation", "--labels", str(folder / labels), "--predictions", str(folder / predictions)]
    monkeypatch.setattr(sys, "argv", [*command, "--split", "challenge", "--metric", "tight", *more])
    status = 0
    try:
        main()
    except SystemExit as error:
        status = error.code
    said = capsys.readouterr()
    return status, said.out.splitlines(), said.err.splitlines()


def test_the_command_prints_a_table_and_last_the_average(monkeypatch, capsys, tmp_path, challenge):
    more = ["--json", str(tmp_path / "all.json"), "--bootstrap", "50"]
    status, out, err = run(monkeypatch, capsys, challenge, *more)
    assert (status, err) == (0, [])
    # One of 17 classes: half of the goals, half of the spots: six of eleven recalls at precision 0.5.
    average = 0.5 * 6 / 11 / 17
    assert out[-1] == f"average-mAP tight: {100 * average:.2f}" == "average-mAP tight: 1.60"
    assert out[-2].startswith("95 % interval over games: ") and out[-2].endswith(" (50 resamples)")
    assert out[-3].split() == ["average-mAP", "50", "1.60", "1.60", "0.00"]
    assert next(line for line in out if line.startswith("Goal")).split() == [
        "Goal",
        "50",
        "27.27",
        "27.27",
        "-",
    ]
    held = json.loads((tmp_path / "all.json").read_text())
    assert held["all"]["average_map"] == pytest.approx(average)
    assert held["all"]["per_class"]["Goal"] == pytest.approx(3 / 11)
    assert held["visible"]["num_events"]["Goal"] == 50 and held["unshown"]["average_map"] == 0
    assert [row["delta_seconds"] for row in held["all"]["per_delta"]] == [1, 2, 3, 4, 5]
    assert held["all"]["per_delta"][0]["per_class"]["Goal"] == pytest.approx(3 / 11)
    assert held["interval"]["low"] < average < held["interval"]["high"]


def test_the_command_as_users_start_it(challenge):
    command = [sys.executable, "-m", "matchreel.evaluation", "--labels", str(challenge / "labels")]
    command += ["--predictions", str(challenge / "predictions"), "--split", "challenge", "--metric", "loose"]
    done = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "average-mAP loose: 1.60"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--split", "tests"], "invalid choice"),
        (["--metric", "medium"], "invalid choice"),
        (["--split", "test"], "100 of 100 games have no Labels-v2.json, the first is england_epl/"),
        (["--split", "challenge", "train"], "300 of 350 games have no Labels-v2.json"),
        (["--bootstrap", "x"], "invalid int value"),
    ],
)
def test_wrong_options_are_one_line(monkeypatch, capsys, challenge, more, message):
    status, out, err = run(monkeypatch, capsys, challenge, *more)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith("evaluation: ") and message in err[0]


def test_a_place_that_cannot_be_written_is_one_line(monkeypatch, capsys, tmp_path, challenge):
    (tmp_path / "file").write_text("")
    status, out, err = run(monkeypatch, capsys, challenge, "--json", str(tmp_path / "file/all.json"))
    assert (status, out, len(err)) == (2, [], 1) and str(tmp_path / "file") in err[0]


def test_missing_folders_and_games_are_one_line(monkeypatch, capsys, challenge):
    status, out, err = run(monkeypatch, capsys, challenge, labels="none")
    assert (status, out, len(err)) == (2, [], 1) and "there is no such folder" in err[0]
    path = challenge / "predictions" / games_of(["challenge"])[7] / "results_spotting.json"
    text = path.read_text()
    path.unlink()
    status, out, err = run(monkeypatch, capsys, challenge)
    path.write_text(text)
    assert (status, out, len(err)) == (2, [], 1)
    assert "1 of 50 games have no results_spotting.json" in err[0] and games_of(["challenge"])[7] in err[0]
    assert "an empty list" in err[0]


GOOD = {"label": "Goal", "half": "1", "position": "5000", "confidence": "0.5"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not JSON"),
        ("{", "this is not JSON"),
        ("[1]", 'there is no list "predictions"'),
        ('{"predictions": {}}', 'there is no list "predictions"'),
        pytest.param("[" * 100_000, "this is not JSON", id="too deep"),
        ([GOOD, "x"], "prediction 2: this cannot be read"),
        ([GOOD, {**GOOD, "position": "soon"}], "prediction 2: this cannot be read"),
        ([GOOD, GOOD, {**GOOD, "confidence": "high"}], "prediction 3: this cannot be read"),
        ([{**GOOD, "confidence": [1]}], "prediction 1: this cannot be read"),
        ([{**GOOD, "position": float("nan")}], "prediction 1: this cannot be read"),
        ([{**GOOD, "half": None}], "prediction 1: this cannot be read"),
        (
            [GOOD, {key: GOOD[key] for key in ("label", "half", "position")}],
            "prediction 2: confidence missing",
        ),
        ([{**GOOD, "position": -8_000_000}], "lies before the start"),
        ([{**GOOD, "position": -(10**40)}], "lies before the start"),
        pytest.param([{**GOOD, "position": 10**400}], "hundreds of digits", id="hundreds of digits"),
    ],
)
def test_bad_predictions_are_one_line(tmp_path, text, message):
    write_game(tmp_path, "g", [annotation(1, 5_000)], [])
    path = tmp_path / "predictions/g/results_spotting.json"
    path.write_text(text if isinstance(text, str) else json.dumps({"predictions": text}))
    with pytest.raises(InputError) as error:
        soccernet_average_map(
            labels_dir=tmp_path / "labels", predictions_dir=path.parents[1], games=["g"], metric="tight"
        )
    assert message in str(error.value) and str(path) in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"label": "Goal"}], "annotation 1: gameTime missing"),
        ([annotation(1, 5_000), {"gameTime": "1", "label": "Goal"}], "annotation 2: this cannot be read"),
        ([{"gameTime": "", "label": "Goal"}], "annotation 1: this cannot be read"),
        ([{"gameTime": "1 - 00:05"}], "annotation 1: label missing"),
        ([annotation(1, 5_000) | {"position": "5.5"}], "annotation 1: this cannot be read"),
        ([["gameTime"]], "annotation 1: this cannot be read"),
        ([None], "annotation 1: this cannot be read"),
    ],
)
def test_bad_labels_are_one_line(tmp_path, rows, message):
    write_game(tmp_path, "g", rows, [])
    with pytest.raises(InputError) as error:
        soccernet_average_map(
            labels_dir=tmp_path / "labels",
            predictions_dir=tmp_path / "predictions",
            games=["g"],
            metric="tight",
        )
    assert message in str(error.value)


def test_a_bad_file_ends_the_command_with_one_line(monkeypatch, capsys, challenge):
    path = challenge / "labels" / games_of(["challenge"])[3] / "Labels-v2.json"
    text = path.read_text()
    path.write_bytes(b"\xff\xfe\x00")
    status, out, err = run(monkeypatch, capsys, challenge)
    path.write_text(text)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith("evaluation: ") and "this is not JSON" in err[0]
