"""The score bug of a short recording, found and read by the real steps and the real recogniser."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import soundfile

from matchreel.cues import Cues, cache_cues
from matchreel.errors import DamagedError
from matchreel.media.probe import probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.scoreboard import Scoreboard, ScoreBug
from matchreel.scoreboard.bug import find_score_bug
from matchreel.scoreboard.reading import read_scoreboard
from matchreel.scoreboard.strips import EVERY_SECONDS, Strips

WIDTH, HEIGHT, RATE, SECONDS = 544, 306, 2, 60
CLOCK_AT_START, GOAL = 20 * 60 + 24, 30


def picture(second: float, grass: np.ndarray, *, has_bug: bool) -> np.ndarray:
    frame = grass.copy()
    cv2.putText(frame, "BOARD 12", (320, 100), cv2.FONT_HERSHEY_DUPLEX, 0.5, (220, 220, 60), 1, cv2.LINE_AA)
    if has_bug:
        score = "1-0" if second >= GOAL else "0-0"
        at = CLOCK_AT_START + int(second)
        text = f"WES {score} STO   {at // 60:02d}:{at % 60:02d}"
        cv2.rectangle(frame, (20, 12), (236, 36), (40, 20, 20), -1)
        cv2.putText(frame, text, (26, 30), cv2.FONT_HERSHEY_DUPLEX, 0.55, (250, 250, 250), 1, cv2.LINE_AA)
    return frame


def record(path: Path, *, has_bug: bool) -> Path:
    """Noisy grass with advertising, and perhaps a score bug whose score changes at GOAL."""
    noise = np.random.default_rng(1).integers(-4, 4, (HEIGHT, WIDTH, 1))
    grass = np.clip(np.array([60, 130, 60]) + noise, 0, 255).astype(np.uint8)
    frames = b"".join(picture(k / RATE, grass, has_bug=has_bug).tobytes() for k in range(SECONDS * RATE))
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += [
        "-s",
        f"{WIDTH}x{HEIGHT}",
        "-r",
        str(RATE),
        "-i",
        "-",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
    ]
    command += ["-crf", "23", "-g", "10", "-pix_fmt", "yuv420p", "-threads", "1", str(path)]
    subprocess.run(command, input=frames, check=True)
    return path


def steps(folder: Path, *, has_bug: bool) -> dict[str, Path]:
    """The paths of what the three steps wrote."""
    paths = {
        name: folder / name for name in ("probe.json", "bug.json", "cues", "bursts", "strips", "board.json")
    }
    video = record(folder / "full.mkv", has_bug=has_bug)
    probe_media(video_path=video, probe_path=paths["probe.json"], game="g", part="full")
    soundfile.write(folder / "none.wav", np.zeros(0), 8000, subtype="PCM_16")
    find_score_bug(
        video_path=video, probe_path=paths["probe.json"], bug_path=paths["bug.json"], ffmpeg="bundled", threads=1
    )  # fmt: skip
    cues: dict[str, Any] = {"grid_rate_fps": 2, "ffmpeg": "bundled", "hwaccel": "none", "threads": 1}
    cache_cues(
        video_path=video, wav_path=folder / "none.wav", probe_path=paths["probe.json"], bug_path=paths["bug.json"],
        cues_path=paths["cues"], bursts_path=paths["bursts"], strips_path=paths["strips"], **cues,
    )  # fmt: skip
    cache_cues(
        video_path=video, wav_path=folder / "none.wav", probe_path=paths["probe.json"],
        cues_path=folder / "alone", bursts_path=folder / "alone-bursts", **cues,
    )  # fmt: skip
    read_scoreboard(strips_path=paths["strips"], scoreboard_path=paths["board.json"])
    return paths


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return steps(tmp_path_factory.mktemp("bug"), has_bug=True)


def test_clock_score_and_teams_are_read(read: dict[str, Path]) -> None:
    (layout,) = ScoreBug.load(read["bug.json"]).layouts
    assert layout.box[0] < 0.06 and 0.3 < layout.box[0] + layout.box[2] < 0.5 and layout.box[1] < 0.06
    board = Scoreboard.load(read["board.json"])
    (half,) = board.halves
    assert (half.number, half.starts_at_kickoff, half.start_seconds) == (1, False, 0.0)
    for at in (1.0, 30.0, 59.0):
        assert half.clock_at(at) == pytest.approx(CLOCK_AT_START + at, abs=1.0)
    assert (board.home, board.away, board.first_score) == ("WES", "STO", (0, 0))
    (goal,) = board.changes
    assert (goal.side, goal.home, goal.away, goal.counts) == ("home", 1, 0, True)
    assert goal.earliest_seconds < GOAL <= goal.seconds <= goal.earliest_seconds + 2 * EVERY_SECONDS
    found = board.match_time(goal.seconds)
    assert found is not None and found.text == "21"


def test_the_cues_are_the_same_with_and_without_strips(read: dict[str, Path]) -> None:
    for name, alone in (("cues", "alone"), ("bursts", "alone-bursts")):
        assert read[name].read_bytes() == (read["cues"].parent / alone).read_bytes()
    assert Cues.load(read["cues"]).has_picture


def test_strips_come_every_few_seconds(read: dict[str, Path]) -> None:
    moments = list(Strips.load(read["strips"]).pictures())
    assert [seconds for seconds, _ in moments] == list(np.arange(1.5, SECONDS, 3))
    assert Fraction(EVERY_SECONDS) == 3 and all(len(strips) == 1 for _, strips in moments)


def test_a_damaged_file_of_strips_is_named(read: dict[str, Path], tmp_path: Path) -> None:
    content = bytearray(read["strips"].read_bytes())
    content[-50] ^= 0xFF
    (tmp_path / "strips").write_bytes(content)
    with pytest.raises(DamagedError, match="strips"):
        read_scoreboard(strips_path=tmp_path / "strips", scoreboard_path=tmp_path / "board.json")
    assert not (tmp_path / "board.json").exists()


def test_without_a_score_bug_nothing_is_said(tmp_path: Path) -> None:
    paths = steps(tmp_path, has_bug=False)
    assert ScoreBug.load(paths["bug.json"]).layouts == ()
    board = Scoreboard.load(paths["board.json"])
    assert (board.halves, board.readings, board.changes, board.home) == ((), (), (), None)


def test_a_part_without_picture_has_no_score_bug(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 8000 * 4)
    soundfile.write(tmp_path / "full.wav", sound, 8000, subtype="PCM_16")
    probe_media(video_path=tmp_path / "full.wav", probe_path=tmp_path / "p.json", game="g", part="full")
    find_score_bug(
        video_path=tmp_path / "full.wav", probe_path=tmp_path / "p.json", bug_path=tmp_path / "bug.json",
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    assert ScoreBug.load(tmp_path / "bug.json").layouts == ()
