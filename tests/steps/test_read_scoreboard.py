"""A recording with a drawn score bug through the real steps: found, cut out in the one decode, read, fitted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from matchreel.cues import cache_cues
from matchreel.errors import DamagedError
from matchreel.media.probe import probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.scoreboard import Scoreboard, find_step
from matchreel.scoreboard.bug import ScoreBug
from matchreel.scoreboard.find_step import find_score_bug
from matchreel.scoreboard.read_step import read_scoreboard
from matchreel.scoreboard.strips import Strips
from support.drawn_bugs import Shown, background, draw

WIDTH, HEIGHT, RATE, SECONDS = 320, 180, 2, 64
START, GOAL = 600, 41  # seconds of the match clock at the beginning; when the score changes


def shown(seconds):
    return Shown("RIV", "HAR", (0, int(seconds >= GOAL)), START + seconds)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """match.mkv with a score bug, plain.mkv without one, and sound."""
    folder = tmp_path_factory.mktemp("scoreboard")
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "pipe:0"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "8", "-pix_fmt", "yuv420p"]
    bare = [background(step / RATE, WIDTH, HEIGHT) for step in range(RATE * SECONDS)]
    with_bug = [
        draw(picture, "dash", shown(step / RATE), size=12, at=(20, 14)) for step, picture in enumerate(bare)
    ]
    for name, pictures in (("match", with_bug), ("plain", bare)):
        command = [ffmpeg_path("bundled"), "-loglevel", "error", *raw, *coded, str(folder / f"{name}.mkv")]
        subprocess.run(command, input=b"".join(map(bytes, pictures)), check=True)
    soundfile.write(folder / "radio.wav", np.random.default_rng(0).uniform(-0.1, 0.1, 8000 * 60), 8000)
    soundfile.write(folder / "none.wav", np.zeros(0), 8000, subtype="PCM_16")
    return folder


def run(video_path, folder, *, wav_path, read=True):
    """The steps one after the other; the scoreboard, and the cues' bytes."""
    paths = {name: folder / f"{name}.json" for name in ("probe", "bug", "board")}
    probe_media(video_path=video_path, probe_path=paths["probe"], game="tiny", part="1")
    if read:
        find_score_bug(
            video_path=video_path,
            probe_path=paths["probe"],
            score_bug_path=paths["bug"],
            ffmpeg="bundled",
            threads=1,
        )
    cache_cues(
        video_path=video_path, wav_path=wav_path, probe_path=paths["probe"],
        cues_path=folder / "cues.safetensors", bursts_path=folder / "bursts.safetensors",
        score_bug_path=paths["bug"] if read else None, strips_path=folder / "strips.safetensors",
        grid_rate_fps=2, ffmpeg="bundled", hwaccel="none", threads=1,
    )  # fmt: skip
    read_scoreboard(strips_path=folder / "strips.safetensors", scoreboard_path=paths["board"])
    return Scoreboard.load(paths["board"]), (folder / "cues.safetensors").read_bytes()


def test_the_score_bug_is_read_and_the_cues_are_the_same(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(find_step, "_NUM_PICTURES", 6)
    board, cues = run(folder / "match.mkv", tmp_path, wav_path=folder / "none.wav")
    assert board.first_score == (0, 0) and (board.home, board.away) == ("RIV", "HAR")
    (goal,) = board.changes
    assert (goal.side, goal.home, goal.away, goal.counts) == ("away", 0, 1, True)
    assert goal.earliest_seconds < GOAL <= goal.seconds <= GOAL + 3
    (half,) = board.halves
    assert half.number == 1 and not half.starts_at_kickoff
    assert all(abs(half.clock_at(at) - START - at) <= 1 for at in range(0, SECONDS, 5))
    assert board.match_time(GOAL).text == "11" and board.unread == ()
    (layout,) = ScoreBug.load(tmp_path / "bug.json").layouts
    assert layout.num_pictures == 6 and Strips.load(tmp_path / "strips.safetensors").layouts == (layout,)
    # The same twice, and the cues are those of a decode without strips.
    first = (tmp_path / "board.json").read_bytes()
    read_scoreboard(strips_path=tmp_path / "strips.safetensors", scoreboard_path=tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == first
    assert run(folder / "match.mkv", tmp_path, wav_path=folder / "none.wav", read=False)[1] == cues


def test_without_a_score_bug_nothing_is_read_and_one_line_says_so(folder, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(find_step, "_NUM_PICTURES", 3)
    with caplog.at_level("INFO", logger="matchreel"):
        board, _ = run(folder / "plain.mkv", tmp_path, wav_path=folder / "none.wav")
    assert board == Scoreboard("tiny", "1", float(SECONDS))
    said = [record.message for record in caplog.records if "no match clock" in record.message]
    assert len(said) == 1 and "tiny 1" in said[0]


def test_a_part_without_picture_has_an_empty_scoreboard(folder, tmp_path):
    board, _ = run(folder / "radio.wav", tmp_path, wav_path=folder / "radio.wav")
    assert board == Scoreboard("tiny", "1", 60.0)


def test_damaged_strips_are_told_by_name(folder, tmp_path):
    path = tmp_path / "strips.safetensors"
    Strips("tiny", "1", 9.0).save(path)
    held = path.read_bytes()
    path.write_bytes(held.replace(b"tiny", b"tiNy"))
    with pytest.raises(DamagedError, match="its checksum differs"):
        read_scoreboard(strips_path=path, scoreboard_path=tmp_path / "board.json")
    assert not Path(tmp_path / "board.json").exists()
