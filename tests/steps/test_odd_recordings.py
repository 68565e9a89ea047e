"""Odd recordings that people have, found right from outside: they stay exact to the frame and to the click."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matchreel.media.cut import Encoding, cut_clip
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.timeline import Interval
from support.media import Shown, read_shown
from support.odd_media import encode

PLAIN = Encoding(
    crf=18, preset="ultrafast", audio_bitrate_kbps=96, height=None, rate_fps=None, fade_seconds=0.0
)


def ffmpeg(*words: object) -> None:
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y"]
    subprocess.run([*command, *map(str, words)], check=True)


def wrapped_clock(folder: Path) -> Path:
    """The clock of a transport stream has 33 bits: it starts again at 0 after 1.7 s of this one."""
    late = f"{2**33 / 90_000 - 1.7 - 1.4:.3f}"  # the muxer adds 1.4 s
    return encode(folder / "a.ts", options=("-c:a", "mp2", "-g", "25", "-output_ts_offset", late))


def edit_list(folder: Path) -> Path:
    """Cut without encoding: the file begins with pictures that its edit list hides."""
    whole = encode(folder / "whole.mp4", num_frames=150, options=("-c:a", "aac", "-g", "50"))
    ffmpeg("-ss", "1.2", "-i", whole, "-c", "copy", folder / "a.mp4")
    return folder / "a.mp4"


def without_duration(folder: Path) -> Path:
    """Written to a pipe, as a browser records: no length and no index."""
    codecs = ("-c:v", "libvpx", "-deadline", "realtime", "-b:v", "900k", "-c:a", "libopus")
    whole = encode(folder / "whole.webm", options=codecs)
    with (folder / "a.webm").open("wb") as stream:
        words = ("-i", whole, "-c", "copy", "-f", "webm", "pipe:1")
        command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", *map(str, words)]
        subprocess.run(command, stdout=stream, check=True)
    return folder / "a.webm"


def odd_size(folder: Path) -> Path:
    """853 x 479 pictures: most encoders want even sizes."""
    options = ("-c:a", "aac", "-vf", "scale=853:479:flags=neighbor", "-pix_fmt", "yuv444p")
    return encode(folder / "a.mkv", options=options)


def late_sound(folder: Path) -> Path:
    """The sound of a stream's recording begins after its picture."""
    whole = encode(folder / "whole.mkv", options=("-c:a", "aac", "-g", "25"))
    inputs = ("-i", whole, "-itsoffset", "1", "-i", whole)
    ffmpeg(*inputs, "-map", "0:v", "-map", "1:a", "-c", "copy", "-t", "4", folder / "a.flv")
    return folder / "a.flv"


def varying_rate(folder: Path) -> Path:
    """A phone's: every third picture is missing, the others keep their times."""
    options = ("-c:a", "aac", "-vf", "select=mod(n\\,3)", "-fps_mode", "passthrough")
    return encode(folder / "a.mp4", options=options)


def turned(folder: Path) -> Path:
    """A phone that was held upright."""
    ffmpeg("-display_rotation", "-90", "-i", encode(folder / "b.mp4"), "-c", "copy", folder / "a.mp4")
    return folder / "a.mp4"


def clip_of(path: Path, start: float, end: float) -> tuple[float, Shown]:
    """Where a clip of a recording really starts, and what it shows."""
    done = cut_clip(
        video_path=path, probe=probe_file(path, game="game", part="1"), interval=Interval(start, end),
        clip_path=path.with_name("clip.mp4"), encoding=PLAIN, ffmpeg="bundled",
    )  # fmt: skip
    return done.interval.start_seconds, read_shown(done.clip_path)


@pytest.mark.parametrize(
    ("make", "first_number"),
    [(wrapped_clock, 0), (edit_list, 30), (without_duration, 0), (odd_size, 0), (late_sound, 0)],
)
def test_a_clip_is_exact(tmp_path: Path, make: Callable[[Path], Path], first_number: int) -> None:
    path = make(tmp_path)
    start, shown = clip_of(path, 2.2, 3.2)
    assert start == pytest.approx(2.2, abs=0.0011)
    assert list(shown.numbers) == list(range(first_number + 55, first_number + 80))
    # A click every full second of the pictures' own time.
    on_part = shown.clicks + start + first_number / 25
    assert len(on_part) == 1 and on_part == pytest.approx(np.round(on_part), abs=0.003)


def test_pictures_at_a_varying_rate_come_at_their_times(tmp_path: Path) -> None:
    start, shown = clip_of(varying_rate(tmp_path), 2.2, 3.2)
    # The first picture is missing: the part begins with the second one, at 0.04 s of the clicks' clock.
    times = start + shown.seconds + 1 / 25
    behind = times - shown.numbers / 25
    assert behind.min() > -0.005 and behind.max() < 2 / 25 + 0.005
    clicks = shown.clicks + start + 1 / 25
    assert len(clicks) == 1 and clicks == pytest.approx(np.round(clicks), abs=0.003)


def test_a_turned_recording_is_cut_upright(tmp_path: Path) -> None:
    _, shown = clip_of(turned(tmp_path), 1.0, 2.0)
    _, height, width = read_shown(tmp_path / "b.mp4").pictures.shape
    assert shown.pictures.shape[1:] == (width, height)


def test_a_clip_that_begins_while_no_picture_comes_begins_where_it_is_asked_for(tmp_path: Path) -> None:
    """The picture stands still from 1 s to 5 s: a clip from 3.2 s on begins with it, and with the sound of 3.2 s."""
    options = (
        "-c:a",
        "aac",
        "-vf",
        "select='not(between(n,26,124))'",
        "-fps_mode",
        "passthrough",
        "-g",
        "25",
    )
    path = encode(tmp_path / "a.mkv", num_frames=175, options=options)
    start, shown = clip_of(path, 3.2, 6.2)
    assert start == pytest.approx(3.2, abs=0.0011)
    is_held = shown.seconds < 5 - 3.2 - 0.02
    assert set(shown.numbers[is_held]) == {25} and is_held.sum() == 45
    assert list(shown.numbers[~is_held]) == list(range(125, 155))
    assert shown.clicks + start == pytest.approx([4, 5, 6], abs=0.003)
