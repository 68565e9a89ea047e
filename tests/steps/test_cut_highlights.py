"""cut_highlights writes clips, reel, tables and page that agree to the frame, whole or not at all."""

import csv
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import pytest

from matchreel.errors import InputError, MatchreelError
from matchreel.notices import NOTHING_FOUND, TEXTS
from matchreel.records import Probe
from support.numbered import read_numbers
from support.reels import FACTS, HIGHLIGHTS, PLAN, SETTINGS, cut, make_parts

FILES = {"clips", "reel.mp4", "highlights.json", "highlights.csv", "index.html", "manifest.json"}
STILLS = {"thumbnails", "contact_sheet.jpg", "poster.jpg"}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return make_parts(tmp_path_factory.mktemp("a game's – parts"))


@pytest.fixture(scope="module")
def made(paths, tmp_path_factory):
    out_dir = tmp_path_factory.mktemp("highlights") / "tiny"
    return out_dir, cut(paths, PLAN, out_dir)


def digests(folder: Path) -> dict[str, str]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def test_the_folder_holds_what_users_ask_for(made):
    out_dir, told = made
    assert {path.name for path in out_dir.iterdir()} == FILES | STILLS | {"exports"}
    assert [row["clip"] for row in told["highlights"]] == [
        "clips/01_1_00m05s_goal.mp4",
        "clips/02_1_00m20s_moment.mp4",
        "clips/03_2_00m33s_shot-on-target.mp4",
    ]
    assert {path.name for path in (out_dir / "clips").iterdir()} == {
        Path(row["clip"]).name for row in told["highlights"]
    }
    assert {path.name for path in out_dir.parent.iterdir()} == {"tiny", "tiny-plan.json"}


def test_highlights_json_is_the_fixed_interface(made):
    _, told = made
    assert list(told) == ["game", "scorer", "trained_on", "reel_seconds", "warnings", "notices", "highlights"]
    assert (told["game"], told["scorer"], told["trained_on"]) == (
        "tiny",
        "demo_classifier",
        ["tiny-a", "tiny-b"],
    )
    assert told["warnings"] == ["no sound in part 2: judged by picture alone"]
    first, second, third = told["highlights"]
    assert first == {
        "part": "1",
        "start_seconds": 5.0,
        "end_seconds": 9.0,
        "event_seconds": 7.0,
        "label": "Goal",
        "score": 0.91,
        "clip": "clips/01_1_00m05s_goal.mp4",
        "reel_start_seconds": 0.0,
        "why": {"video": 0.9, "audio": 0.4},
    }
    assert (second["event_seconds"], second["label"], second["why"]) == (None, "Moment", {})
    assert (third["part"], third["start_seconds"]) == ("2", 33.0)


def test_reel_times_add_up_and_show_the_right_frames(made):
    out_dir, told = made
    reel, at = read_numbers(out_dir / "reel.mp4"), 0.0
    with av.open(str(out_dir / "reel.mp4")) as container:
        rate = float(container.streams.video[0].average_rate)
    for row, source_rate in zip(told["highlights"], (25, 25, 30), strict=True):
        assert row["reel_start_seconds"] == pytest.approx(at, abs=1e-6)
        at += row["end_seconds"] - row["start_seconds"]
        shown = reel[round(row["reel_start_seconds"] * rate)]
        assert shown == pytest.approx(row["start_seconds"] * source_rate, abs=1)
        assert read_numbers(out_dir / row["clip"])[0] == shown
    assert told["reel_seconds"] == pytest.approx(at, abs=1e-5) == pytest.approx(len(reel) / rate, abs=1e-5)


def test_the_csv_holds_the_same_rows(made):
    out_dir, told = made
    with (out_dir / "highlights.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 and list(rows[0]) == list(told["highlights"][0])
    for row, held in zip(rows, told["highlights"], strict=True):
        why = ";".join(f"{name}={value}" for name, value in held["why"].items())
        assert row == {key: "" if value is None else str(value) for key, value in held.items()} | {"why": why}


def test_the_manifest_says_how_it_was_made(made, paths):
    out_dir, _ = made
    told = json.loads((out_dir / "manifest.json").read_text(encoding="utf-8"))
    video = hashlib.sha256(paths["video_paths"][1].read_bytes()).hexdigest()
    assert told["inputs_sha256"]["video 2"] == video
    assert set(told["inputs_sha256"]) == {
        "plan",
        *(f"{kind} {p}" for kind in ("video", "probe", "scores") for p in "12"),
    }
    assert told["settings"]["crf"] == 30 and told["settings"]["facts"] == FACTS
    assert "absent" not in told["versions"].values()
    assert str(paths["video_paths"][0].parent) not in (out_dir / "manifest.json").read_text(encoding="utf-8")


def test_the_same_inputs_give_the_same_bytes_over_an_old_folder(made, paths, tmp_path):
    out_dir, _ = made
    again = tmp_path / "tiny"
    (again / "clips").mkdir(parents=True)
    (again / "clips" / "99_old.mp4").write_text("old")
    cut(paths, PLAN, again, threads=1)
    assert digests(again) == digests(out_dir)


def test_nothing_chosen_is_said_and_no_video_written(paths, tmp_path, caplog):
    told = cut(paths, replace(PLAN, highlights=()), tmp_path / "tiny")
    assert {path.name for path in (tmp_path / "tiny").iterdir()} == FILES - {"clips", "reel.mp4"}
    assert (told["highlights"], told["reel_seconds"]) == ([], 0.0)
    assert told["warnings"] == ["no sound in part 2: judged by picture alone", TEXTS[NOTHING_FOUND][0]]
    assert told["notices"][1] == {"code": NOTHING_FOUND, "values": {}}
    assert TEXTS[NOTHING_FOUND][0] in caplog.text
    assert (tmp_path / "tiny" / "highlights.csv").read_text().count("\n") == 1


def test_what_the_probe_found_is_on_the_page_in_both_languages_and_said_once(paths, tmp_path):
    probe = Probe.load(paths["probe_paths"][0])
    noted = ("no sound", "no new picture for 12.0 s at 00:20", "a fault that has no words yet")
    replace(probe, problems=noted).save(tmp_path / "1.json")
    probes = [tmp_path / "1.json", paths["probe_paths"][1]]
    told = cut(paths | {"probe_paths": probes}, replace(PLAN, highlights=()), tmp_path / "tiny")
    assert told["warnings"] == [
        "no sound in part 2: judged by picture alone",
        *(f"part 1: {problem}" for problem in noted),
        TEXTS[NOTHING_FOUND][0],
    ]
    page = (tmp_path / "tiny/index.html").read_text(encoding="utf-8")
    for code in ("probe_no_sound", "probe_gap", "probe_other"):
        assert page.count(f'data-t="notice_{code}"') == 1
    assert "part 1: no new picture for 12.0 s at 00:20</li>" in page
    assert "동안 새 화면이 없습니다" in page


@pytest.mark.parametrize(
    ("plan", "facts", "expected"),
    [
        (replace(PLAN, game="tiny-a"), {}, ["demo_classifier was trained on this very game"]),
        (
            PLAN,
            {"trained_sources": ["soccernet"]},
            ["trained on soccernet games only and is used here on a demo"],
        ),
        (PLAN, {"trained_sources": ["demo"]}, []),
        (replace(PLAN, trained_on=()), {"trained_sources": ["soccernet"]}, []),
    ],
)
def test_the_viewer_is_told_where_the_scorer_comes_from(paths, tmp_path, plan, facts, expected):
    told = cut(paths, replace(plan, highlights=HIGHLIGHTS[:1]), tmp_path / "tiny", facts={**FACTS, **facts})
    notes = told["warnings"][1:]
    assert len(notes) == len(expected)
    for note, words in zip(notes, expected, strict=True):
        assert words in note


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"part": "full"}, "highlight 2: part 'full' is none of the game's parts .1, 2."),
        ({"start_seconds": "soon"}, "this is not an edit list .start_seconds is 'soon'."),
        ({"score": None}, "this is not an edit list .score is 'None'."),
        ({"why": {"video": "much"}}, "highlight 2: a time or score is not a number"),
        ({"end_seconds": 20.0}, "highlight 2: 20.0 to 20.0 s is not a stretch of time"),
        ({"start_seconds": -1.0}, "highlight 2: -1.0 to 24.0 s is not a stretch of time"),
        ({"start_seconds": 50.0, "end_seconds": 60.0}, "highlight 2: 50.0 s lies beyond the end of part 1"),
    ],
)
def test_a_wrong_row_of_the_edit_list_is_one_line(paths, tmp_path, change, words):
    rows = (HIGHLIGHTS[0], replace(HIGHLIGHTS[1], **change))
    with pytest.raises(InputError, match=words):
        cut(paths, replace(PLAN, highlights=rows), tmp_path / "tiny")
    assert not (tmp_path / "tiny").exists()


def test_a_failure_keeps_the_old_folder_and_leaves_no_rest(paths, tmp_path):
    out_dir = tmp_path / "game" / "tiny"
    out_dir.mkdir(parents=True)
    (out_dir / "reel.mp4").write_text("old")
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(paths["video_paths"][0].read_bytes()[:20000])
    with pytest.raises(MatchreelError):
        cut({**paths, "video_paths": [torn, torn]}, PLAN, out_dir)
    assert sorted(path.name for path in out_dir.parent.rglob("*")) == ["reel.mp4", "tiny", "tiny-plan.json"]
    assert (out_dir / "reel.mp4").read_text() == "old"


def test_the_step_runs_from_the_command_line(paths, tmp_path, root):
    plan_path = tmp_path / "plan.json"
    replace(PLAN, highlights=HIGHLIGHTS[:1]).save(plan_path)
    command = [sys.executable, root / "workflow/scripts/cut_highlights.py", "--plan-path", plan_path]
    for name in ("video_paths", "probe_paths", "scores_paths"):
        command += [f"--{name.replace('_', '-')}", *paths[name]]
    command += ["--out-dir", tmp_path / "out", "--threads", "1", "--log", tmp_path / "step.log"]
    command += ["--settings", json.dumps({**SETTINGS, "height": 64, "facts": FACTS})]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "tiny: 1 highlights, 4.0 s of reel" in done.stderr
    with av.open(str(tmp_path / "out" / "reel.mp4")) as container:
        assert container.streams.video[0].codec_context.height == 64
    assert " ERROR " not in (tmp_path / "step.log").read_text()
