"""Damaged recordings through probing, sound, pictures and cutting: success or one line, and always an end.

More of them: python -m pytest tests/faults/test_bad_media.py --cases 200
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from matchreel.errors import InputError, ToolError
from matchreel.media import stalls
from matchreel.media.audio import extract_audio
from matchreel.media.cut import Encoding, cut_clip
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file, probe_media
from matchreel.media.tools import run_ffmpeg
from matchreel.randomness import generator
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval
from support.bad_inputs import check, damaged_bytes, tried
from support.odd_media import encode, remux

pytestmark = pytest.mark.faults

SECONDS = 60
PLAIN = Encoding(
    crf=30, preset="ultrafast", audio_bitrate_kbps=64, height=None, rate_fps=None, fade_seconds=0.0
)
SUFFIXES = ("mkv", "mp4", "ts", "flv", "fragments.mp4")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One small recording in several containers."""
    folder = tmp_path_factory.mktemp("media")
    source = encode(folder / "whole.mkv", num_frames=100, options=("-c:a", "aac", "-g", "25"))
    options = {"fragments.mp4": ("-movflags", "frag_keyframe+empty_moov")}
    return {"mkv": source} | {
        suffix: remux(source, folder / f"whole.{suffix}", *options.get(suffix, ())) for suffix in SUFFIXES[1:]
    }


def whole_way(video_path: Path, folder: Path) -> None:
    """All that the workflow does with a recording."""
    probe_path = folder / "probe.json"
    probe_media(video_path=video_path, probe_path=probe_path, game="game", part="1")
    probe = Probe.load(probe_path)
    wav_path = folder / "1.wav"
    extract_audio(
        video_path=video_path, probe_path=probe_path, wav_path=wav_path, sample_rate_hz=8000, ffmpeg="bundled",
        threads=1,
    )  # fmt: skip
    if probe.video is not None:
        grid = FrameGrid.over(probe.duration_seconds, Fraction(2))
        for _ in read_frames(
            probe=probe, grid=grid, height=32, width=48, fit="squash", ffmpeg="bundled", threads=1,
            batch_steps=8, pixel_format="rgb24",
        ):  # fmt: skip
            pass
    middle = probe.duration_seconds / 2
    cut_clip(
        video_path=video_path, probe=probe, interval=Interval(middle, middle + 1), clip_path=folder / "clip.mp4",
        encoding=PLAIN, ffmpeg="bundled",
    )  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged(
    suffix: str, recordings: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    held, outcomes = recordings[suffix].read_bytes(), []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for case in range(pytestconfig.getoption("cases")):
        random = generator(5, "media", suffix, str(case))
        # A recording under the suffix of another container, now and then.
        shown = suffix if random.random() < 0.8 else SUFFIXES[int(random.integers(0, len(SUFFIXES)))]
        path = tmp_path / f"bad.{shown}"
        path.write_bytes(damaged_bytes(held, random))
        outcome = tried(partial(whole_way, path, tmp_path), out_dir=tmp_path, seconds=SECONDS)
        outcomes.append(outcome)
        assert sum(entry.stat().st_size for entry in tmp_path.iterdir()) < 100e6, (
            "a lying header fills the disk"
        )
    check(outcomes, f"damaged {suffix}")


@pytest.mark.parametrize(
    "content",
    [b"", bytes(100_000), b"#EXTM3U\nfile:/etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n"],
)
def test_no_recording_at_all(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "1.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError):
        probe_file(path, game="game", part="1")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device"])
def test_what_is_no_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "1.mkv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    outcome = tried(lambda: probe_file(path, game="game", part="1"), out_dir=tmp_path, seconds=20)
    assert outcome.kind == "refused", outcome


@pytest.fixture
def waiting_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A pipe that nobody writes into: ffmpeg waits for it as for a disk that does not answer."""
    path = tmp_path / "silent.mkv"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    monkeypatch.setattr(stalls, "STALL_SECONDS", 0.5)
    yield path
    os.close(writer)


def test_a_tool_that_does_nothing_any_more_is_ended(waiting_pipe: Path) -> None:
    arguments = ("-i", f"file:{waiting_pipe}", "-f", "null", "-")
    with pytest.raises(ToolError, match=r"reading has not gone on for 0\.5 s"):
        run_ffmpeg(arguments, ffmpeg="bundled", what="reading", where="here", timeout_seconds=None)


def test_so_is_one_whose_pictures_are_waited_for(waiting_pipe: Path, recordings: dict[str, Path]) -> None:
    probe = replace(probe_file(recordings["mkv"], game="game", part="1"), path=str(waiting_pipe))
    frames = read_frames(
        probe=probe, grid=FrameGrid(Fraction(2), 4), height=32, width=48, fit="squash", ffmpeg="bundled",
        threads=1, batch_steps=8, pixel_format="rgb24",
    )  # fmt: skip
    with pytest.raises(ToolError, match="has not gone on"):
        next(frames)
