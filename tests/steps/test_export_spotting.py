"""Predictions as SoccerNet's servers take them: our own evaluator reads the zip as it reads the folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.evaluation.export import export_spotting
from matchreel.evaluation.splits import games_of
from matchreel.evaluation.spotting_files import read_spotting
from matchreel.evaluation.spotting_zip import unpacked
from support.spotting_files import annotation, write_game
from support.views import made_scores, saved

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"
CLASSES = ("Goal", "Penalty")
DECODING = {"nms": "soft", "nms_seconds": 6}


def stepwise(*seconds, num_steps=200):
    """A spotter's scores every half second: goals at these times, and all else very unlikely."""
    shares = np.full((num_steps, len(CLASSES)), 1e-6)
    for at in seconds:
        shares[round(2 * at), 0] = 0.9
    held = made_scores(shares, window_seconds=0.5, stride_seconds=0.5, classes=CLASSES)
    return replace(held, is_stepwise=True)


def exported(folder, games, scores, name="own.zip", **changes):
    export_spotting(
        **{
            "games": games, "scores_paths": scores, "zip_path": folder / name, "classes": list(CLASSES), **DECODING
        } | changes
    )  # fmt: skip
    return folder / name


@pytest.fixture(scope="module")
def whole_split(tmp_path_factory):
    """A zip of all games of SoccerNet's test split, each with a goal found in both halves, and its labels."""
    folder = tmp_path_factory.mktemp("export")
    halves = [saved(stepwise(20, 60), folder / "1.npz"), saved(stepwise(40), folder / "2.npz")]
    games = games_of(["test"])
    for game in games:
        write_game(folder, game, annotations=[annotation(1, 20_300), annotation(2, 39_900)])
    return exported(folder, {game: ["1", "2"] for game in games}, halves * len(games))


def judged(labels, predictions):
    command = [sys.executable, "-m", "matchreel.evaluation", "--labels", str(labels), "--split", "test"]
    command += ["--predictions", str(predictions), "--metric", "tight"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=SCRIPTS)


def test_our_evaluator_takes_the_zip_and_the_folder(whole_split, tmp_path):
    of_zip = judged(whole_split.parent / "labels", whole_split)
    assert of_zip.returncode == 0, of_zip.stderr
    with zipfile.ZipFile(whole_split) as held:
        assert len(held.namelist()) == 100
        held.extractall(tmp_path)
    of_folder = judged(whole_split.parent / "labels", tmp_path)
    assert of_folder.stdout == of_zip.stdout
    # Two of three finds are goals, and both goals are found: 2/3 of precision at every recall; 1 of 17 classes.
    last = of_zip.stdout.splitlines()[-1]
    assert last == f"average-mAP tight: {100 * 2 / 3 / 17:.2f}"


@pytest.mark.parametrize("content", [b"no zip", b"PK\x03\x04 torn"])
def test_a_torn_zip_is_one_clear_line(tmp_path, content):
    path = tmp_path / "torn.zip"
    path.write_bytes(content)
    done = judged(tmp_path, path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "not a zip file of predictions" in done.stderr


def bomb(path, files):
    """A zip file of a few MB whose files declare and have these numbers of zeros."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as held:
        for name, num_blocks in files:
            with held.open(name, "w") as stream:
                for _ in range(num_blocks):
                    stream.write(bytes(1_000_000))
    return path


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a/results_spotting.json", 101)], "a file in it has 101 MB, at most 100 MB are read"),
        ([(f"{n}/results_spotting.json", 0) for n in range(20_001)], "it holds 20001 files, at most 20000"),
    ],
)
def test_a_zip_that_would_fill_the_disk_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, files, words):
    path, temporary = bomb(tmp_path / "bomb.zip", files), tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(zipfile.ZipFile, "extract", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(InputError, match=words), unpacked(path):
        pass
    assert list(temporary.iterdir()) == []


def test_a_zip_of_more_than_two_gigabytes_is_refused(tmp_path):
    """21 entries of 100 MB that are the same few bytes of the file."""
    path = bomb(tmp_path / "bomb.zip", [("a/results_spotting.json", 100)])
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    count = (21).to_bytes(2, "little")
    tail = (
        content[end : end + 8]
        + count
        + count
        + ((end - start) * 21).to_bytes(4, "little")
        + content[end + 16 :]
    )
    path.write_bytes(content[:start] + content[start:end] * 21 + tail)
    with pytest.raises(InputError, match=r"it unpacks to 2.1 GB, at most 2 GB are read"), unpacked(path):
        pass


def test_the_zip_has_the_same_bytes_each_time(tmp_path):
    scores = [saved(stepwise(20), tmp_path / "1.npz")]
    one, two = (exported(tmp_path, {"game": ["1"]}, scores, name=name) for name in ("one.zip", "two.zip"))
    assert one.read_bytes() == two.read_bytes()


def test_a_scorer_without_classes_says_each_moment_for_every_class(tmp_path):
    shares = np.full(30, 1e-6)
    shares[10] = 0.75
    scores = [saved(made_scores(shares, classes=("Moment",)), tmp_path / "1.npz")]
    path = exported(tmp_path, {"league/season/game": ["1"]}, scores)
    with zipfile.ZipFile(path) as held:
        held.extractall(tmp_path)
    spots = read_spotting(tmp_path / "league/season/game/results_spotting.json")
    assert [(spot.label, spot.seconds, round(spot.confidence, 6)) for spot in spots] == [
        ("Goal", 40.0, 0.75), ("Penalty", 40.0, 0.75)
    ]  # fmt: skip


def test_a_game_without_a_find_has_an_empty_list(tmp_path):
    path = exported(tmp_path, {"game": ["1"]}, [saved(stepwise(), tmp_path / "1.npz")])
    with zipfile.ZipFile(path) as held:
        assert json.loads(held.read("game/results_spotting.json"))["predictions"] == []


def test_a_full_recording_is_refused(tmp_path):
    with pytest.raises(InputError, match="part full is no half"):
        exported(tmp_path, {"game": ["full"]}, [saved(stepwise(20), tmp_path / "1.npz")])
    assert not (tmp_path / "own.zip").exists()
