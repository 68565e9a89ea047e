"""read_frames from any step on: the same pictures as decoding from the beginning, without doing so."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from matchreel.errors import InputError
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Probe
from matchreel.timeline import FrameGrid
from support.media import Match, read_number, render_match
from support.odd_media import encode, remux
from support.tiers import quick_only

NTSC = Fraction(30000, 1001)
VARIABLE = lambda index: (1, 2, 3, 2, 2)[index % 5]  # noqa: E731

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "25 fps": ("a.mkv", {"rate_fps": Fraction(25)}),
    "25 fps, clock starts at 1.34 s": ("a.mkv", {"rate_fps": Fraction(25), "start_seconds": Fraction(134, 100)}),
    "25 fps in MP4, clock starts at 3 s": ("a.mp4", {"rate_fps": Fraction(25), "start_seconds": Fraction(3), "sound": None}),
    "29.97 fps": ("a.mkv", {"rate_fps": NTSC}),
    "29.97 fps in MP4": ("a.mp4", {"rate_fps": NTSC, "sound": None}),
    "50 fps in MOV, few keyframes": ("a.mov", {"rate_fps": Fraction(50), "sound": None, "keyframe_frames": 500}),
    "25 fps in a transport stream": ("a.ts", {"rate_fps": Fraction(25), "sound": None, "keyframe_frames": 125}),
    "50 fps in a transport stream": ("a.ts", {"rate_fps": Fraction(50), "sound": None, "keyframe_frames": 40}),
    "variable rate": ("a.mkv", {"rate_fps": Fraction(50), "durations": VARIABLE}),
    "variable rate in MP4": ("a.mp4", {"rate_fps": Fraction(50), "durations": VARIABLE, "sound": None}),
    "open GOP": ("a.mkv", {"rate_fps": Fraction(25), "open_gop": True, "keyframe_frames": 40}),
    "open GOP in MP4": ("a.mp4", {"rate_fps": Fraction(25), "open_gop": True, "keyframe_frames": 40, "sound": None}),
    "open GOP in a transport stream": ("a.ts", {"rate_fps": Fraction(25), "open_gop": True, "keyframe_frames": 40, "sound": None}),
}  # fmt: skip
RATES = (Fraction(5), Fraction(5, 2), Fraction(25), NTSC)


def read(probe: Probe, *, rate_fps: Fraction, first_step: int, num_steps: int) -> npt.NDArray[np.uint8]:
    batches = read_frames(
        probe=probe, grid=FrameGrid(rate_fps, num_steps), height=36, width=64, fit="squash", ffmpeg="bundled",
        threads=1, batch_steps=50, pixel_format="rgb24", first_step=first_step,
    )  # fmt: skip
    return np.concatenate(list(batches))


def pieces(num_steps: int, rate_fps: Fraction) -> list[tuple[int, int]]:
    """(first step, steps): at the beginning, in the middle, on both sides of a keyframe, at the very end."""
    ten, length = round(10 * rate_fps), round(4 * rate_fps)
    firsts = [1, 2, ten, 3 * ten - 1, 3 * ten, 3 * ten + 1, num_steps // 2, num_steps - length]
    return [*((first, length) for first in firsts), (num_steps - 3, 3), (num_steps - 1, 1)]


@pytest.mark.parametrize("case", quick_only(CASES, "29.97 fps".__eq__))
def test_the_same_pictures_from_any_step_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    name, options = CASES[case]
    match: Match = render_match(tmp_path / name, num_segments=6, **options)
    probe = probe_file(match.path, game="g", part="1")
    for rate_fps in RATES:
        grid = FrameGrid.over(probe.duration_seconds, rate_fps)
        whole = read(probe, rate_fps=rate_fps, first_step=0, num_steps=grid.num_steps)
        centres = grid.starts_seconds() + float(grid.step_seconds) / 2
        numbers = match.number_at(centres, tolerance_seconds=1e-6)
        for first, count in pieces(grid.num_steps, rate_fps):
            with caplog.at_level("DEBUG", logger="matchreel.media"):
                found = read(probe, rate_fps=rate_fps, first_step=first, num_steps=count)
            assert np.array_equal(found, whole[first : first + count]), (rate_fps, first)
            if rate_fps < 25:
                assert [read_number(picture) for picture in found] == list(numbers[first : first + count])
    commands = [record.getMessage() for record in caplog.records if "rawvideo" in record.getMessage()]
    assert sum("'-ss'" in command for command in commands) > 0.5 * len(commands)
    assert "reading again" not in caplog.text


FIELDS = ("-flags", "+ildct+ilme", "-x264opts", "tff=1:keyint=30", "-vf", "setfield=tff")
ODD: dict[str, tuple[str, tuple[str, ...]]] = {
    "interlaced": ("a.mkv", FIELDS),
    "interlaced in a transport stream": ("a.ts", FIELDS),
    "MPEG-2": ("a.ts", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "15")),
    "MPEG-2, interlaced, in a program stream": ("a.mpg", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "15", "-flags", "+ildct+ilme", "-vf", "setfield=tff")),
    "AVI, which stores no times": ("a.avi", ("-c:v", "mpeg4", "-q:v", "2", "-bf", "1", "-g", "20")),
    "one keyframe": ("a.mp4", ("-g", "9999")),
    "keyframes only": ("a.mkv", ("-g", "1")),
    "H.265": ("a.mkv", ("-c:v", "libx265", "-x265-params", "keyint=30:log-level=none")),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_recordings(tmp_path: Path, case: str) -> None:
    name, options = ODD[case]
    path = encode(tmp_path / name, num_frames=250, options=options)
    probe = probe_file(path, game="g", part="1")
    grid = FrameGrid.over(probe.duration_seconds, Fraction(25))
    whole = read(probe, rate_fps=grid.rate_fps, first_step=0, num_steps=grid.num_steps)
    for first in (1, 29, 30, 31, 59, 60, 61, 100, 133, grid.num_steps - 20):
        found = read(probe, rate_fps=grid.rate_fps, first_step=first, num_steps=20)
        assert np.array_equal(found, whole[first : first + 20]), first


def test_a_container_that_cannot_seek(tmp_path: Path) -> None:
    """A Matroska file without an index, as live captures leave behind."""
    plain = encode(tmp_path / "a.mkv", num_frames=250, options=("-g", "50"))
    path = remux(plain, tmp_path / "live.mkv", "-live", "1")
    probe = probe_file(path, game="g", part="1")
    found = read(probe, rate_fps=Fraction(5), first_step=30, num_steps=10)
    assert [read_number(picture) for picture in found] == [5 * step + 2 for step in range(30, 40)]


@pytest.mark.parametrize("late_seconds", [0, 2.5, 100])
def test_set_down_too_late_it_reads_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late_seconds: float
) -> None:
    """A container that sets ffmpeg down behind the moment asked for must not shift the clock."""
    from matchreel.media import decode

    right = decode.seeking
    monkeypatch.setattr(
        decode, "seeking", lambda seconds: right(seconds and seconds + Fraction(late_seconds))
    )
    path = encode(tmp_path / "a.mp4", num_frames=500, options=("-g", "25"))
    probe = probe_file(path, game="g", part="1")
    found = read(probe, rate_fps=Fraction(5), first_step=70, num_steps=10)
    assert [read_number(picture) for picture in found] == [5 * step + 2 for step in range(70, 80)]


def test_where_the_recording_ends_early_its_last_picture_stands(tmp_path: Path) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv"), game="g", part="1")
    whole = read(probe, rate_fps=Fraction(5), first_step=0, num_steps=25)
    for first, count in ((10, 15), (19, 6), (21, 4), (24, 1)):
        found = read(probe, rate_fps=Fraction(5), first_step=first, num_steps=count)
        assert np.array_equal(found, whole[first : first + count]), first
    with pytest.raises(InputError, match="can be decoded only up to 00:04"):
        read(probe, rate_fps=Fraction(5), first_step=15, num_steps=25)


def test_damage_elsewhere_does_not_matter_and_here_the_pictures_around_it_are_right(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", num_frames=400, options=("-g", "50"))
    probe = probe_file(path, game="g", part="1")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(bytes(data))
    found = read(probe, rate_fps=Fraction(5), first_step=12, num_steps=5)
    assert [read_number(picture) for picture in found] == [5 * step + 2 for step in range(12, 17)]
    found = read(probe, rate_fps=Fraction(5), first_step=20, num_steps=55)
    right = [read_number(picture) == 5 * step + 2 for step, picture in zip(range(20, 75), found, strict=True)]
    assert all(right[:9]) and all(right[-9:]) and sum(right) > 30


def test_deinterlacing_looks_at_the_pictures_before(tmp_path: Path) -> None:
    """Patterns that move between the fields, with a keyframe at the very picture asked for."""
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-f", "lavfi", "-i"]
    command += ["color=black:s=64x48:r=50:d=4,geq=lum='16+mod(X*X*3+Y*Y*7+N*37,219)':cb=128:cr=128,interlace"]
    command += ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264opts", "tff=1:keyint=25:scenecut=0"]
    subprocess.run([*command, "-crf", "10", str(tmp_path / "a.mp4")], check=True)
    probe = probe_file(tmp_path / "a.mp4", game="g", part="1")
    assert probe.video and probe.video.is_interlaced
    whole = read(probe, rate_fps=Fraction(25), first_step=0, num_steps=100)
    for first in (24, 25, 26, 50, 75):
        found = read(probe, rate_fps=Fraction(25), first_step=first, num_steps=5)
        assert np.array_equal(found, whole[first : first + 5]), first
