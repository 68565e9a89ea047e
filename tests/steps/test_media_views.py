"""read_views: the pictures that read_frames gives, for several sizes and rates in one decode."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchreel.errors import InputError, ToolError
from matchreel.media import stalls
from matchreel.media.decode import read_frames
from matchreel.media.hardware import Hwaccel
from matchreel.media.probe import probe_file
from matchreel.media.views import View, read_views
from matchreel.records import Probe
from matchreel.timeline import FrameGrid
from support.odd_media import encode

NTSC = Fraction(30000, 1001)


def views_of(probe: Probe, *, slow: Fraction = Fraction(2), every: int = 1) -> list[View]:
    """One slow and large, one at the recording's own rate and small."""
    assert probe.video
    own = FrameGrid.over(probe.duration_seconds, probe.video.rate_fps)
    return [View(FrameGrid.over(probe.duration_seconds, slow), 36, 64, 7), View(own, 18, 32, 20, every)]


def read(probe: Probe, views: list[View], **options: object) -> list[np.ndarray]:
    """All pictures of each view."""
    held: list[list[np.ndarray]] = [[] for _ in views]
    chosen = {"ffmpeg": "bundled", "threads": 1} | options
    for index, batch in read_views(probe=probe, views=views, **chosen):  # type: ignore[arg-type]
        assert 0 < len(batch) <= views[index].batch_steps
        held[index].append(batch)
    return [np.concatenate(batches) for batches in held]


def alone(probe: Probe, view: View) -> np.ndarray:
    """The same of read_frames."""
    batches = read_frames(
        probe=probe, grid=view.grid, height=view.height, width=view.width, fit="squash", ffmpeg="bundled",
        threads=1, batch_steps=16, pixel_format="rgb24",
    )  # fmt: skip
    return np.concatenate(list(batches))[:: view.every]


@pytest.mark.parametrize(
    ("rate", "every", "options"),
    [
        (Fraction(25), 1, ()),
        (NTSC, 1, ("-output_ts_offset", "1.4")),
        (Fraction(30), 2, ()),
        (Fraction(50), 2, ("-bf", "2")),
        (Fraction(25), 1, ("-flags", "+ildct+ilme", "-x264opts", "tff=1", "-vf", "setfield=tff")),
    ],
    ids=["25", "29.97, not from zero", "30, thinned", "50, thinned", "interlaced"],
)
def test_the_same_pictures_as_read_alone(
    tmp_path: Path, rate: Fraction, every: int, options: tuple[str, ...]
) -> None:
    path = encode(tmp_path / "a.mkv", rate_fps=rate, num_frames=123, options=options)
    probe = probe_file(path, game="game", part="1")
    views = views_of(probe, every=every)
    for view, pictures in zip(views, read(probe, views), strict=True):
        assert len(pictures) == view.num_pictures
        assert (pictures == alone(probe, view)).all()


def test_where_the_recording_ends_early_its_last_picture_stands_and_one_line_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv", num_frames=100), game="game", part="1")
    views = [View(FrameGrid(Fraction(2), 11), 18, 32, 4), View(FrameGrid(Fraction(25), 130), 18, 32, 20)]
    with caplog.at_level(logging.WARNING):
        slow, fast = read(probe, views)
    assert len(slow) == 11 and len(fast) == 130
    assert (fast[99:] == fast[99]).all() and (fast[98] != fast[99]).any()
    assert len([line for line in caplog.messages if "the last picture stands" in line]) == 1


def test_much_shorter_than_its_grid_is_an_error(tmp_path: Path) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv", num_frames=100), game="game", part="1")
    with pytest.raises(InputError, match="can be decoded only up to 00:04"):
        read(probe, [View(FrameGrid(Fraction(5), 40), 18, 32, 4)])


def test_much_damage_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", num_frames=400, options=("-g", "50"))
    probe, data = probe_file(path, game="game", part="1"), bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"its picture is damaged for 2 of 16 s \(00:10\)"):
        read(probe, views_of(probe))


def test_no_picture(tmp_path: Path) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv", picture=False), game="game", part="1")
    with pytest.raises(InputError, match="no picture"):
        read(probe, [View(FrameGrid(Fraction(5), 40), 18, 32, 4)])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists open files")
@pytest.mark.parametrize("is_there", [True, False], ids=["left early", "no ffmpeg"])
def test_no_child_and_no_open_file_stays(tmp_path: Path, is_there: bool) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv", num_frames=400), game="game", part="1")
    before = open_files()
    pictures = read_views(
        probe=probe, views=views_of(probe), ffmpeg="bundled" if is_there else "/none", threads=1
    )
    if is_there:
        next(pictures)
        pictures.close()  # type: ignore[attr-defined]
    else:
        with pytest.raises(ToolError, match="no program"):
            next(pictures)
    assert open_files() == before


def test_an_ffmpeg_that_does_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stalls, "STALL_SECONDS", 0.3)
    probe = probe_file(encode(tmp_path / "a.mkv", num_frames=50), game="game", part="1")
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    idle.chmod(0o755)
    with pytest.raises(ToolError, match="has not gone on"):
        read(probe, views_of(probe), ffmpeg=str(idle))


@pytest.mark.parametrize("hwaccel", ["auto", "d3d11va"])
def test_where_no_chip_decodes_the_processor_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, hwaccel: Hwaccel
) -> None:
    """d3d11va is for another system, and auto finds what there is: the pictures are the same."""
    probe = probe_file(encode(tmp_path / "it's a - % match.mkv", num_frames=60), game="game", part="1")
    views = views_of(probe)
    for ours, own in zip(read(probe, views, hwaccel=hwaccel), read(probe, views), strict=True):
        assert (ours == own).all()
    said = [line for line in caplog.messages if "hwaccel d3d11va does not work here" in line]
    assert len(said) == (hwaccel == "d3d11va")
