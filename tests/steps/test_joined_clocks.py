"""Captures joined byte by byte: a clock that starts again, and one clock for probing, decoding and cutting."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.cut import ClipRequest, Encoding, cut_clips
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.media.views import View, read_views
from matchreel.notices import Notice
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval
from support.media import clicks, read_number, read_shown
from support.odd_media import encode

TS = ("-c:a", "mp2", "-bf", "2", "-g", "20")
PROGRAM = ("-c:v", "mpeg2video", "-q:v", "2", "-g", "10", "-bf", "2", "-c:a", "mp2")
PLAIN = Encoding(
    crf=12, preset="ultrafast", audio_bitrate_kbps=128, height=None, rate_fps=None, fade_seconds=0.0
)
RATE = Fraction(25)


def joined(folder: Path, name: str, *captures: tuple[int, tuple[str, ...]]) -> Path:
    """Captures, each of so many frames and with such options, one after the other in one file."""
    suffix, out = Path(name).suffix, folder / name
    with out.open("wb") as stream:
        for index, (num_frames, options) in enumerate(captures):
            piece = encode(folder / f"piece{index}{suffix}", num_frames=num_frames, options=options)
            stream.write(piece.read_bytes())
    return out


def probed(path: Path) -> Probe:
    """What the probe says, as the next steps read it."""
    probe_path = path.with_suffix(".json")
    probe_file(path, game="game", part="1").save(probe_path)
    return Probe.load(probe_path)


def numbers_of(*lengths: int) -> list[int]:
    return [number for length in lengths for number in range(length)]


def seen(probe: Probe, *, first_step: int = 0, num_steps: int | None = None) -> list[int]:
    grid = FrameGrid.over(probe.duration_seconds, RATE)
    batches = read_frames(
        probe=probe, grid=FrameGrid(RATE, num_steps or grid.num_steps - first_step), height=36, width=64,
        fit="squash", ffmpeg="bundled", threads=1, batch_steps=16, pixel_format="gray", first_step=first_step,
    )  # fmt: skip
    return [read_number(picture) for batch in batches for picture in batch]


def heard(path: Path, probe: Probe) -> Sequence[float]:
    wav_path, rate_hz = path.with_suffix(".wav"), 16000
    probe.save(path.with_suffix(".json"))
    extract_audio(
        video_path=path, probe_path=path.with_suffix(".json"), wav_path=wav_path, sample_rate_hz=rate_hz,
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    (samples,) = read_wav(wav_path, start_sample=0, num_samples=None, block_samples=10**8)
    assert len(samples) == round(probe.duration_seconds * rate_hz)
    return [float(second) for second in clicks(samples, rate_hz)]


@pytest.mark.parametrize(
    ("name", "captures"),
    [
        ("two.ts", [(100, TS), (75, TS)]),
        ("three.ts", [(60, TS), (45, TS), (70, TS)]),
        ("overlap.ts", [(100, TS), (75, (*TS, "-output_ts_offset", "2"))]),
        ("late.ts", [(100, (*TS, "-output_ts_offset", "5000")), (75, TS)]),
        ("later.ts", [(60, (*TS, "-output_ts_offset", "60000")), (45, TS)]),
        ("disc.vob", [(100, PROGRAM), (75, PROGRAM)]),
    ],
)
def test_stretches_are_one_after_the_other(
    tmp_path: Path, name: str, captures: list[tuple[int, tuple[str, ...]]]
) -> None:
    lengths = [num_frames for num_frames, _ in captures]
    path = joined(tmp_path, name, *captures)
    probe = probed(path)
    assert probe.duration_seconds == pytest.approx(sum(lengths) / 25, abs=0.001)
    assert probe.video is not None
    assert probe.video.rate_fps == RATE
    assert not probe.video.is_variable_rate
    codes = [Notice.of_problem(probe.part, problem).code for problem in probe.problems]
    assert codes.count("probe_clock_back") == len(lengths) - 1
    assert seen(probe) == numbers_of(*lengths)
    starts = np.cumsum([0, *lengths[:-1]]) / 25
    expected = [
        start + n for start, frames in zip(starts, lengths, strict=True) for n in range(1, frames // 25)
    ]
    assert heard(path, probe) == pytest.approx(expected, abs=0.03)


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return joined(tmp_path, "two.ts", (100, TS), (75, TS))


def test_read_from_any_step_on(two: Path) -> None:
    probe, expected = probed(two), numbers_of(100, 75)
    for first, num in ((90, 20), (100, 5), (99, 1), (130, 30), (160, 15)):
        assert seen(probe, first_step=first, num_steps=num) == expected[first : first + num]


def test_views_see_the_same(two: Path) -> None:
    probe, expected = probed(two), numbers_of(100, 75)
    grid = FrameGrid.over(probe.duration_seconds, RATE)
    views = [View(grid, 36, 64, 16), View(grid, 36, 64, 16, 3)]
    found: dict[int, list[int]] = {0: [], 1: []}
    for index, batch in read_views(probe=probe, views=views, ffmpeg="bundled", threads=1):
        found[index] += [read_number(picture) for picture in batch]
    assert found == {0: expected, 1: expected[::3]}


def test_clips_before_across_and_after_a_joint(two: Path, tmp_path: Path) -> None:
    expected = numbers_of(100, 75)
    starts = (24, 70, 100, 120)
    requests = [
        ClipRequest(
            Interval(start / 25, (start + 50) / 25), tmp_path / f"{start}.mp4", tmp_path / f"{start}.wav"
        )
        for start in starts
    ]
    cuts = cut_clips(
        video_path=two, probe=probed(two), requests=requests, encoding=PLAIN, ffmpeg="bundled", threads=1
    )
    clicks_at = (1.0, 2.0, 3.0, 5.0, 6.0)
    for start, cut in zip(starts, cuts, strict=True):
        shown = read_shown(cut.clip_path)
        assert list(shown.numbers) == expected[start : start + 50]
        inside = [at - start / 25 for at in clicks_at if 0.02 < at - start / 25 < 1.98]
        assert [at for at in shown.clicks if 0.02 < at < 1.98] == pytest.approx(inside, abs=0.03)


def run_remedy(error: InputError, path: Path) -> Path:
    """Run the ffmpeg command that the error names."""
    command = shlex.split(str(error).rpartition("ffmpeg ")[2].rstrip(".)"))
    out = path.with_name("OUT.mkv")
    named = {"IN": str(path), "OUT.mkv": str(out)}
    arguments = [named.get(word, word) for word in command]
    subprocess.run([ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y", *arguments], check=True)
    return out


def test_pictures_of_two_sizes_are_refused_with_a_remedy_that_works(tmp_path: Path) -> None:
    path = joined(tmp_path, "two.ts", (100, TS), (75, (*TS, "-vf", "scale=96:54")))
    with pytest.raises(InputError, match="differ in size or shape") as refused:
        probe_file(path, game="game", part="1")
    mended = probed(run_remedy(refused.value, path))
    assert mended.duration_seconds == pytest.approx(7, abs=0.1)


@pytest.mark.parametrize("suffix", [".flv", ".mkv", ".mp4", ".avi"])
def test_a_second_file_that_would_be_left_out_is_refused(tmp_path: Path, suffix: str) -> None:
    options = ("-c:a", "mp3") if suffix in (".flv", ".avi") else ("-c:a", "aac")
    path = joined(tmp_path, f"two{suffix}", (50, options), (30, options))
    with pytest.raises(InputError, match="two files joined byte by byte") as refused:
        probe_file(path, game="game", part="1")
    commands = str(refused.value).partition("(")[2].partition(")")[0].replace("IN", path.name)
    subprocess.run(["bash", "-ec", commands], check=True, cwd=tmp_path)
    for number, num_frames in ((1, 50), (2, 30)):
        assert (tmp_path / f"{number}{suffix}").read_bytes() == (
            tmp_path / f"piece{number - 1}{suffix}"
        ).read_bytes()
        assert probed(tmp_path / f"{number}{suffix}").duration_seconds == pytest.approx(
            num_frames / 25, abs=0.05
        )
