"""Damaged files that people write: edits, events for a reel, predictions. Success or one line, never more.

More of them: python -m pytest tests/faults/test_given_files.py --cases 200
"""

from __future__ import annotations

import csv
import json
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from cut_highlights import cut_highlights
from matchreel.edit_list import EditList
from matchreel.evaluation import __main__ as evaluation_command
from matchreel.evaluation.splits import games_of
from matchreel.randomness import generator
from matchreel.records import Probe
from matchreel.reel import __main__ as reel_command
from matchreel.step import run_step
from select_highlights import select_highlights
from support.bad_inputs import check, damaged_bytes, damaged_json, damaged_table, tried
from support.finished_steps import StepJob
from support.spotting_files import annotation

pytestmark = pytest.mark.faults

SECONDS = 60
SPLIT = "valid"
TRICKS = (
    "../../escaped", "/tmp/escaped", "..", ".", "", "a/../../escaped", "C:\\escaped", "x" * 300, "a\0b", "~/escaped",
    "Goal\n../escaped", "\u202e4pm.ssapacse", "-y", "%(escaped)s", "file:///tmp/escaped", "results", "CON",
)  # fmt: skip


def called(command: ModuleType, *words: object) -> Callable[[], object]:
    """A command of the library as `python -m` runs it."""

    def action() -> None:
        sys.argv = [command.__name__, *map(str, words)]
        command.main()

    return action


def reel_of(path: Path, out: Path) -> Callable[[], object]:
    return called(reel_command, "--events", path, "--max-seconds", "30", "--out", out)


EVENTS = {
    "game": "tiny", "scorer": "hand",
    "events": [
        {"label": "Goal", "score": 0.9, "part": "1", "event_seconds": 12.5},
        {"label": "Shots on target", "confidence": 0.7, "half": 2, "position": "65000"},
        {"label": "Penalty", "part": "full", "start_seconds": 5, "end_seconds": 20, "event_seconds": "0:09.5"},
        {"label": "red-card", "gameTime": "1 - 12:34", "visibility": "visible", "team": "home"},
    ],
}  # fmt: skip


def events_csv() -> bytes:
    text = StringIO()
    table = csv.writer(text)
    table.writerow(("label", "score", "part", "start_seconds", "end_seconds", "event_seconds"))
    table.writerows(
        [("Goal", 0.9, 1, 5, 20, 9.5), ("Penalty", 0.5, 2, "1:05", "1:20", ""), ("x", 1, "full", 0, 3, 1)]
    )
    return text.getvalue().encode()


@pytest.mark.parametrize("suffix", ["json", "csv", "tsv"])
def test_events(suffix: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    held = json.dumps(EVENTS).encode() if suffix == "json" else events_csv()
    separator = "\t" if suffix == "tsv" else ","
    held = held.replace(b",", b"\t") if suffix == "tsv" else held
    outcomes = []
    for case in range(4 * pytestconfig.getoption("cases")):
        random = generator(5, "events", suffix, str(case))
        is_json = suffix == "json"
        bad = damaged_json(held, random) if is_json else damaged_table(held, random, separator=separator)
        path = tmp_path / f"events.{suffix}"
        path.write_bytes(bad)
        outcomes.append(tried(reel_of(path, tmp_path / "plan.json"), out_dir=tmp_path, seconds=SECONDS))
    check(outcomes, f"events.{suffix}")


@pytest.mark.parametrize("trick", TRICKS, ids=repr)
def test_names_in_events_are_only_words(trick: str, tmp_path: Path) -> None:
    rows = [row | {"label": trick, "id": trick, "clip": trick} for row in EVENTS["events"]]
    path, out = tmp_path / "events.json", tmp_path / "out/plan.json"
    path.write_text(json.dumps({"game": trick, "scorer": trick, "events": rows}), encoding="utf-8")
    outcome = tried(reel_of(path, out), out_dir=tmp_path, seconds=SECONDS)
    assert outcome.is_good, outcome
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(
        {"events.json", *(["out"] if out.exists() else [])}
    )


def plan_words(job: StepJob, edits_path: Path, plan_path: Path) -> list[str]:
    """The arguments of select_highlights with an edits file, and its plan elsewhere."""
    words = [str(plan_path) if word == job.outputs[0] else word for word in job.arguments]
    words[words.index("--log") + 1] = str(plan_path.with_suffix(".log"))
    at = words.index("--edits-path") + 1
    return [*words[:at], str(edits_path), *words[at:]]


@pytest.fixture
def edits(jobs: dict[str, StepJob], reference: Path) -> dict[str, object]:
    """Edits of the finished league's reel, as its page saves them."""
    job = jobs["select_highlights"]
    plan = EditList.load(reference / job.outputs[0])
    keys = ("id", "part", "start_seconds", "end_seconds", "event_seconds", "label", "score")
    rows = [
        {key: getattr(row, key) for key in keys} | {"why": dict(row.why), "notes": ["kept"]}
        for row in plan.highlights
    ]
    return {"version": 1, "game": plan.game, "highlights": rows}


def test_edits(
    edits: dict[str, object], jobs: dict[str, StepJob], reference: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    monkeypatch.chdir(reference)
    path, plan_path = tmp_path / "tiny-test.json", tmp_path / "plan.json"
    held, outcomes = json.dumps(edits).encode(), []
    for case in range(8 * pytestconfig.getoption("cases")):
        path.write_bytes(damaged_json(held, generator(5, "edits", str(case))))
        words = plan_words(jobs["select_highlights"], path, plan_path)
        step = partial(run_step, select_highlights, words)
        outcomes.append(tried(step, out_dir=tmp_path, seconds=SECONDS))
    check(outcomes, "config/edits/<game>.json")


def test_names_in_edits_reach_no_file(
    edits: dict[str, object], jobs: dict[str, StepJob], reference: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """All tricks at once, taken as far as the reel, its page and its exports."""
    monkeypatch.chdir(reference)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = edits["highlights"][0]  # type: ignore[index]
    length = Probe.load(reference / f"results/media/tiny-test/{first['part']}.json").duration_seconds
    starts = np.linspace(0, length - 1, len(TRICKS)).round(2).tolist()
    rows = [
        first | {"id": trick or "none", "notes": [trick], "why": {trick: 0.5}, "start_seconds": start,
                 "end_seconds": start + 0.4, "event_seconds": None}
        for trick, start in zip(TRICKS, starts, strict=True)
    ]  # fmt: skip
    path, plan_path = tmp_path / "tiny-test.json", tmp_path / "plan.json"
    path.write_text(json.dumps(edits | {"highlights": rows}), encoding="utf-8")
    words = plan_words(jobs["select_highlights"], path, plan_path)
    outcome = tried(partial(run_step, select_highlights, words), out_dir=tmp_path, seconds=SECONDS)
    assert outcome.kind == "fine", outcome
    job, reel = jobs["cut_highlights"], tmp_path / "tiny-test"
    replaced = {jobs["select_highlights"].outputs[0]: str(plan_path)}
    replaced |= {output: str(tmp_path / Path(output).name) for output in job.outputs}
    words = [replaced.get(word, word) for word in job.arguments]
    words[words.index("--log") + 1] = str(tmp_path / "cut.log")
    outcome = tried(partial(run_step, cut_highlights, words), out_dir=tmp_path, seconds=240)
    assert outcome.kind == "fine", outcome
    assert len(list((reel / "clips").iterdir())) == len(TRICKS)
    assert not Path("/tmp/escaped").exists()


@pytest.fixture(scope="module")
def spotted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels and predictions of SoccerNet's validation games, two events each."""
    folder = tmp_path_factory.mktemp("spotted")
    rows = [annotation(1, 1000), annotation(2, 65_000, "Penalty")]
    spots = [row | {"half": str(half), "confidence": "0.75"} for half, row in zip((1, 2), rows, strict=True)]
    for game in games_of([SPLIT]):
        for name, held in (
            ("Labels-v2", {"annotations": rows}),
            ("results_spotting", {"predictions": spots}),
        ):
            path = folder / name / game / f"{name}.json"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"UrlLocal": game} | held), encoding="utf-8")
    return folder


def judged(spotted: Path, predictions: Path, *more: object) -> Callable[[], object]:
    words = (
        "--labels",
        spotted / "Labels-v2",
        "--predictions",
        predictions,
        "--split",
        SPLIT,
        "--metric",
        "tight",
    )
    return called(evaluation_command, *words, *more)


def test_predictions(spotted: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    path = spotted / "results_spotting" / games_of([SPLIT])[7] / "results_spotting.json"
    held, outcomes = path.read_bytes(), []
    for case in range(4 * pytestconfig.getoption("cases")):
        path.write_bytes(damaged_json(held, generator(5, "predictions", str(case))))
        command = judged(spotted, spotted / "results_spotting", "--json", tmp_path / "figures.json")
        outcomes.append(tried(command, out_dir=tmp_path, seconds=SECONDS))
    path.write_bytes(held)
    check(outcomes, "results_spotting.json")


def zipped(spotted: Path, more: Sequence[tuple[zipfile.ZipInfo | str, bytes]] = ()) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as held:
        for path in sorted((spotted / "results_spotting").rglob("*.json")):
            held.write(path, path.relative_to(spotted / "results_spotting"))
        for name, content in more:
            held.writestr(name, content)
    return stream.getvalue()


def test_zip_files(
    spotted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held, outcomes, path = zipped(spotted), [], tmp_path / "predictions.zip"
    for case in range(4 * pytestconfig.getoption("cases")):
        random = generator(5, "zip", str(case))
        # The directory of a zip file lies at its end: half of the damage is done there.
        at = len(held) - 12_000 if random.random() < 0.5 else 0
        path.write_bytes(held[:at] + damaged_bytes(held[at:], random))
        outcomes.append(tried(judged(spotted, path), out_dir=tmp_path, seconds=SECONDS))
    check(outcomes, "predictions.zip")


def test_names_in_zip_files_stay_within(
    spotted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a/b/c"
    folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    link = zipfile.ZipInfo("link/results_spotting.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    tricks = [(f"{trick}/results_spotting.json", b"{}") for trick in TRICKS if "\0" not in trick]
    path = folder / "predictions.zip"
    for rows in (
        tricks,
        [tricks[0], (link, b"/etc/passwd")],
        [(tricks[0][0] + "/results_spotting.json", b"")],
    ):
        path.write_bytes(zipped(spotted, rows))
        outcome = tried(judged(spotted, path), out_dir=folder, seconds=SECONDS)
        assert outcome.is_good, (rows, outcome)
        assert [entry.name for entry in folder.iterdir()] == ["predictions.zip"], "nothing is left over"
    assert [entry.name for entry in tmp_path.rglob("*") if entry.is_file()] == ["predictions.zip"]
    assert not Path("/tmp/escaped").exists()
