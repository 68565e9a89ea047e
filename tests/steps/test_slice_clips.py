"""slice_clips cuts exactly the frames that its table says, whole or not at all."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from matchreel.clips import slice_clips
from matchreel.errors import InputError, MatchreelError
from matchreel.media.probe import probe_media
from support.numbered import read_numbers, write_numbered

SETTINGS = {
    "seed": 0,
    "classes": ["Goal", "Penalty", "Shots on target", "Shots off target"],
    "before_seconds": 10,
    "after_seconds": 5,
    "overlap": "merge",
    "labelled_every": 1,
    "open_play_per_positive": 0.5,
    "replays_per_positive": 0.5,
    "crf": 30,
    "preset": "ultrafast",
    "ffmpeg": "bundled",
}
LABELS = [("Shots on target", 4.0), ("Foul", 40.02), ("Goal", 70.5), ("Goal", 72.0), ("Corner", 119.0)]


def annotation(label: str, seconds: float) -> dict[str, str]:
    clock = f"1 - {int(seconds) // 60:02d}:{int(seconds) % 60:02d}"
    return {"gameTime": clock, "label": label, "position": str(round(seconds * 1000)), "team": "home"}


def write_labels(folder: Path, rows: list[tuple[str, float]]) -> Path:
    path = folder / "Labels-v2.json"
    path.write_text(json.dumps({"annotations": [annotation(*row) for row in rows]}))
    return path


def sliced(folder: Path, video: Path, clips_dir: Path, **changes: object) -> pd.DataFrame:
    """Slice the folder's part with its labels; the table."""
    probe_path = folder / "probe.json"
    if not probe_path.exists():
        probe_media(video_path=video, probe_path=probe_path, game="tiny", part="1")
    keywords = {"truth_path": None, "threads": 2, "game": "tiny", "part": "1", **SETTINGS, **changes}
    slice_clips(
        video_path=video,
        probe_path=probe_path,
        labels_path=folder / "Labels-v2.json",
        clips_dir=clips_dir,
        **keywords,
    )
    return pd.read_csv(clips_dir / "clips.csv", dtype={"source_event": str}, keep_default_na=False)


@pytest.fixture(scope="module", params=[pytest.param("25", marks=pytest.mark.slow), "30000/1001"])
def part(request, tmp_path_factory):
    """A 120 s part at one frame rate, in a folder with an awkward name: (folder, video, rate text)."""
    folder = tmp_path_factory.mktemp("a part's – 'folder' %d")
    num_frames = 3000 if request.param == "25" else 3597
    video = write_numbered(folder / "-1_224p.mkv", rate_fps=request.param, num_frames=num_frames)
    write_labels(folder, LABELS)
    (folder / "truth.json").write_text(
        json.dumps({"replays": [{"start_seconds": 80.0, "end_seconds": 88.0}]})
    )
    return folder, video, request.param


@pytest.fixture(scope="module")
def result(part, tmp_path_factory):
    folder, video, rate = part
    clips_dir = tmp_path_factory.mktemp("clips") / "1"
    table = sliced(folder, video, clips_dir, truth_path=folder / "truth.json")
    return clips_dir, table, rate


def test_every_clip_shows_the_frames_of_its_interval(result):
    clips_dir, table, rate = result
    top, _, bottom = rate.partition("/")
    fps = float(top) / float(bottom or 1)
    assert sorted(path.name for path in clips_dir.iterdir()) == sorted([*table["clip"], "clips.csv"])
    for row in table.to_dict("records"):
        first = round(row["start_seconds"] * fps)
        assert row["start_seconds"] == pytest.approx(first / fps, abs=0.0006)  # mkv rounds to ms
        assert row["end_seconds"] - row["start_seconds"] == pytest.approx(15.0, abs=0.5 / fps)
        assert read_numbers(clips_dir / row["clip"]) == list(range(first, first + round(15 * fps)))


def test_the_table_says_what_each_clip_is(result):
    _, table, _ = result
    assert list(table.columns) == [
        "game",
        "part",
        "clip",
        "start_seconds",
        "end_seconds",
        "label",
        "is_positive",
        "kind",
        "event_seconds",
        "source_event",
    ]
    shown = table[["clip", "label", "is_positive", "kind", "event_seconds", "source_event"]].values.tolist()
    known = [row for row in shown if row[3] in ("highlight", "labelled")]
    assert known == [
        ["0001_shot-on-target.mp4", "Shots on target", 1, "highlight", "4.0", "0"],
        [known[1][0], "Foul", 0, "labelled", "40.02", "1"],
        [known[2][0], "Goal", 1, "highlight", "70.5", "2;3"],
        [known[3][0], "Corner", 0, "labelled", "119.0", "4"],
    ]
    assert [row for row in shown if row[3] == "replay"] == [[shown[-2][0], "Replay", 0, "replay", "", ""]]
    assert [row[3] for row in shown].count("open_play") == 1
    first = table.iloc[0]
    assert (first["start_seconds"], first["game"], first["part"]) == (0.0, "tiny", 1)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(part, result, tmp_path):
    folder, video, _ = part
    clips_dir, _, _ = result
    again = tmp_path / "again" / "1"
    sliced(folder, video, again, truth_path=folder / "truth.json", threads=1)
    for path in clips_dir.iterdir():
        assert (
            hashlib.sha256(path.read_bytes()).digest()
            == hashlib.sha256((again / path.name).read_bytes()).digest()
        )


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A part of 20 s, quick to cut."""
    folder = tmp_path_factory.mktemp("short")
    return folder, write_numbered(folder / "1.mkv", rate_fps="25", num_frames=500)


def test_a_part_without_events_gets_a_table_and_its_negatives(short, tmp_path):
    folder, video = short
    write_labels(folder, [])
    table = sliced(folder, video, tmp_path / "1")
    assert table["kind"].tolist() == ["open_play"]
    empty = sliced(folder, video, tmp_path / "1", open_play_per_positive=0)
    assert len(empty) == 0 and [path.name for path in (tmp_path / "1").iterdir()] == ["clips.csv"]


@pytest.mark.parametrize(
    ("rows", "changes", "words"),
    [
        ([("Goal", 30.0)], {}, "Goal of part 1 at 30.0 s lies beyond the end of the recording .20.0 s"),
        ([("Own goal", 3.0)], {}, "label 'Own goal' is unknown"),
        ([("Goal", 3.0)], {"truth_path": "Labels-v2.json"}, "not the truth of a rendered game"),
    ],
)
def test_wrong_labels_leave_what_was_there(short, tmp_path, rows, changes, words):
    folder, video = short
    write_labels(folder, rows)
    kept = tmp_path / "1" / "clips.csv"
    kept.parent.mkdir()
    kept.write_text("kept")
    changes = {key: folder / value for key, value in changes.items()}
    with pytest.raises(InputError, match=words):
        sliced(folder, video, kept.parent, **changes)
    assert [path.name for path in tmp_path.rglob("*")] == ["1", "clips.csv"] and kept.read_text() == "kept"


@pytest.mark.slow
def test_a_recording_that_ends_early_is_one_line_and_nothing_half_written(short, tmp_path):
    folder, video = short
    write_labels(folder, [("Goal", 3.0), ("Goal", 18.0)])
    sliced(folder, video, tmp_path / "whole")
    torn = tmp_path / "torn.mkv"
    torn.write_bytes(video.read_bytes()[: video.stat().st_size // 3])
    with pytest.raises(MatchreelError) as caught:
        sliced(folder, torn, tmp_path / "torn")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "torn").exists() and not list(tmp_path.glob(".*"))


@pytest.mark.slow
def test_the_step_runs_from_the_command_line(short, tmp_path, root):
    folder, video = short
    labels = write_labels(folder, [("Goal", 12.0)])
    sliced(folder, video, tmp_path / "first")
    command = [sys.executable, root / "workflow/scripts/slice_clips.py", "--game", "tiny", "--part", "1"]
    command += ["--video-path", video, "--probe-path", folder / "probe.json", "--labels-path", labels]
    command += ["--truth-path", "--clips-dir", tmp_path / "1", "--threads", "1"]
    done = subprocess.run(
        [*map(str, command), "--settings", json.dumps(SETTINGS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "tiny part 1: 1 training clips, 1 of highlights" in done.stderr
    assert (tmp_path / "1" / "clips.csv").read_bytes() == (tmp_path / "first" / "clips.csv").read_bytes()


def test_a_stopped_step_leaves_nothing(part, tmp_path, root):
    folder, video, _ = part
    command = [sys.executable, root / "workflow/scripts/slice_clips.py", "--game", "tiny", "--part", "1"]
    command += ["--video-path", video, "--probe-path", folder / "probe.json"]
    command += ["--labels-path", folder / "Labels-v2.json", "--clips-dir", tmp_path / "1", "--threads", "1"]
    slow = {**SETTINGS, "preset": "veryslow", "crf": 1}
    with subprocess.Popen(
        [*map(str, command), "--settings", json.dumps(slow)], stderr=subprocess.PIPE
    ) as step:
        while step.poll() is None and not list(tmp_path.rglob("*.mp4")):
            time.sleep(0.01)
        step.terminate()
        assert step.wait(timeout=30) == 143
    assert list(tmp_path.iterdir()) == []
