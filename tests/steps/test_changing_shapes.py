"""Pictures that change size or shape in mid-stream: the reel has what most of the time has, the rest borders."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchreel.media.tools import ffmpeg_path
from matchreel.media.views import View, read_views
from matchreel.records import Probe
from matchreel.timeline import FrameGrid
from support.odd_pictures import H264, captured, cut, probed, seen

PLAIN = (*H264, "-pix_fmt", "yuv420p")
FIELDS = ("-c:v", "mpeg2video", "-b:v", "3M", "-flags", "+ildct+ilme", "-vf", "setfield=tff")


def is_black(pixels: np.ndarray) -> bool:
    return bool((pixels < 20).all())


def is_red(pixels: np.ndarray) -> bool:
    return bool((pixels[..., 0] > 200).all() and (pixels[..., 1] < 60).all())


def is_green(pixels: np.ndarray) -> bool:
    return bool((pixels[..., 1] > 90).all() and (pixels[..., 0] < 60).all())


@pytest.mark.parametrize("order", ["advert first", "advert last", "advert between"])
def test_an_advert_in_another_shape_and_size(tmp_path: Path, order: str) -> None:
    advert, play = ("color=red:s=96x72:r=25", PLAIN, 2), ("color=green:s=128x72:r=25", PLAIN, 4)
    pieces, at = {
        "advert first": ([advert, play], 0), "advert last": ([play, advert], 4),
        "advert between": ([play, advert, play], 4),
    }[order]  # fmt: skip
    path = captured(tmp_path / "a.ts", pieces)
    video = probed(path).video
    assert video is not None
    assert (video.width, video.height) == (128, 72)
    pictures = seen(path)
    for step, picture in enumerate(pictures):
        if at <= step / 5 < at + 2:
            assert is_black(picture[:, :6])
            assert is_red(picture[:, 12:52])
            assert is_black(picture[:, -6:])
        else:
            assert is_green(picture)
    frames = [frame.to_ndarray(format="rgb24") for frame in cut(path, max(0, at - 0.4), at + 1)]
    assert {frame.shape for frame in frames} == {(72, 128, 3)}
    assert is_red(frames[-1][:, 24:104])
    assert is_black(frames[-1][:, :12])
    assert is_green(frames[0]) == (at > 0)
    assert len(frames) == (35 if at else 25)


def test_a_larger_picture_that_comes_later_and_lasts_longer(tmp_path: Path) -> None:
    pieces = [("color=red:s=64x36:r=25", PLAIN, 1), ("color=green:s=256x144:r=25", PLAIN, 3)]
    path = captured(tmp_path / "a.ts", pieces)
    assert {(frame.width, frame.height) for frame in cut(path, 0, 4)} == {(256, 144)}
    pictures = seen(path)
    assert is_red(pictures[2])
    assert is_green(pictures[9])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_other_containers(tmp_path: Path, suffix: str) -> None:
    pieces = [("color=red:s=96x72:r=25", PLAIN, 1), ("color=green:s=128x72:r=25", PLAIN, 3)]
    source, path = captured(tmp_path / "a.ts", pieces), tmp_path / f"b{suffix}"
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-y", "-i", str(source), "-c", "copy", str(path)]
    subprocess.run(command, check=True)
    assert (probed(path).video.width, len(probed(path).video.other_shapes)) == (128, 1)  # type: ignore[union-attr]
    pictures = seen(path)
    assert is_black(pictures[2][:, :6])
    assert is_green(pictures[9])


def test_only_the_shape_of_a_pixel_changes_between_fields(tmp_path: Path) -> None:
    """As DVB sends 4:3 and 16:9: both are stored as 720x576."""
    small, wide = ("color=red:s=180x144:r=25", (*FIELDS, "-aspect", "4:3"), 2), (*FIELDS, "-aspect", "16:9")
    path = captured(tmp_path / "a.ts", [small, ("color=green:s=180x144:r=25", wide, 4)])
    probe = probed(path)
    assert probe.video is not None
    assert probe.video.is_interlaced
    assert (probe.video.width, probe.video.sample_aspect) == (180, Fraction(64, 45))
    pictures = seen(path)
    assert is_black(pictures[4][:, :6])
    assert is_red(pictures[4][:, 12:52])
    assert is_green(pictures[15])
    views = [View(FrameGrid.over(probe.duration_seconds, Fraction(25)), 36, 64, 100, every=5)]
    batches = [batch for _, batch in read_views(probe=probe, views=views, ffmpeg="bundled", threads=1)]
    assert is_black(batches[0][4][:, :6])
    assert is_green(np.concatenate(batches)[20])
    probe.save(tmp_path / "p.json")
    assert Probe.load(tmp_path / "p.json") == probe
