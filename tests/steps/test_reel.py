"""The reel: clips of any kind joined without drift, named, with chapters, the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.errors import InputError, OutputError
from matchreel.media.cut import Encoding
from matchreel.media.probe import probe_file
from matchreel.records import Probe
from matchreel.reel.cutting import HighlightClip, clip_name, common_encoding, cut_highlight_clips
from matchreel.reel.joining import Reel, join_reel
from support.media import read_number, read_shown
from support.odd_media import encode

PLAIN = Encoding(
    crf=18, preset="ultrafast", audio_bitrate_kbps=96, height=None, rate_fps=None, fade_seconds=0.01
)
NTSC = Fraction(30000, 1001)


def highlight(part: str, start: float, end: float, label: str = "Goal") -> PlannedHighlight:
    return PlannedHighlight(part, start, end, None, label, 1.0, {})


def cut(
    folder: Path, videos: dict[str, Path], rows: list[PlannedHighlight], **change: object
) -> list[HighlightClip]:
    folder.mkdir()
    probes = {part: probe_file(path, game="game", part=part) for part, path in videos.items()}
    return cut_highlight_clips(
        highlights=rows, videos=videos, probes=probes, clips_dir=folder, sounds_dir=folder,
        encoding=replace(PLAIN, **change), ffmpeg="bundled", threads=2,  # type: ignore[arg-type]
    )  # fmt: skip


def join(clips: list[HighlightClip], reel_path: Path, titles: list[str] | None = None) -> Reel:
    return join_reel(
        clip_paths=[clip.clip_path for clip in clips],
        sound_paths=[clip.sound_path for clip in clips],
        titles=titles or [clip.title("en") for clip in clips],
        reel_path=reel_path, encoding=PLAIN, ffmpeg="bundled", threads=2,
    )  # fmt: skip


@pytest.fixture
def clips(tmp_path: Path) -> list[HighlightClip]:
    path = encode(tmp_path / "full.mp4", num_frames=300, options=("-c:a", "aac"))
    rows = [
        highlight("full", 0.6, 1.6),
        highlight("full", 4.5, 6.1, "Shots off target"),
        highlight("full", 9, 10.04),
    ]
    return cut(tmp_path / "clips", {"full": path}, rows)


def test_reel_holds_every_frame_and_sample(clips: list[HighlightClip], tmp_path: Path) -> None:
    reel = join(clips, tmp_path / "reel.mp4")
    shown = read_shown(reel.reel_path)
    expected = [*range(15, 40), *range(112, 152), *range(225, 251)]
    assert list(shown.numbers) == expected
    assert shown.seconds == pytest.approx(np.arange(len(expected)) / 25, abs=1e-6)
    assert reel.starts_seconds == (0, 1, Fraction(13, 5))
    assert reel.duration_seconds == Fraction(91, 25)
    assert shown.clicks == pytest.approx([0.4, 1.52, 2.52, 3.6], abs=0.011)


def test_container_streams_and_chapters(clips: list[HighlightClip], tmp_path: Path) -> None:
    titles = ["Goal 00:01", "a = b; #c \\ d\n", "경기 ⚽"]
    reel = join(clips, tmp_path / "reel.mp4", titles)
    with av.open(str(reel.reel_path)) as held:
        video, audio = held.streams.video[0], held.streams.audio[0]
        assert (video.codec.name, video.average_rate, audio.codec.name) == ("h264", 25, "aac")
        assert (audio.rate, audio.channels) == (48000, 2)
        chapters = held.chapters()
    assert [chapter["metadata"]["title"].strip() for chapter in chapters] == [
        title.strip() for title in titles
    ]
    starts = [float(chapter["start"] * chapter["time_base"]) for chapter in chapters]
    assert starts == pytest.approx([0, 1, 2.6])
    data = reel.reel_path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_same_bytes_again_and_nothing_of_this_machine(clips: list[HighlightClip], tmp_path: Path) -> None:
    first = join(clips, tmp_path / "a" / "reel.mp4").reel_path.read_bytes()
    assert join(clips, tmp_path / "b" / "reel.mp4").reel_path.read_bytes() == first
    assert b"Lavf" not in first
    assert str(tmp_path).encode() not in first


def test_titles_and_names(clips: list[HighlightClip]) -> None:
    assert [clip.clip_path.name for clip in clips] == [
        "01_full_00m00s_goal.mp4", "02_full_00m04s_shot-off-target.mp4", "03_full_00m09s_goal.mp4",
    ]  # fmt: skip
    assert clips[1].title("en") == "Shot off target 00:04"
    assert clip_name(7, highlight("2", 2705.2, 2710, "Moment"), num_clips=120) == "007_2_45m05s_moment.mp4"


def test_parts_of_different_kinds_become_one(tmp_path: Path) -> None:
    """Sizes, rates, shapes and sound differ; the reel has one of each, and every number is there."""
    videos = {
        "1": encode(tmp_path / "1.mkv", rate_fps=NTSC, num_frames=150, sound=False),
        "2": encode(tmp_path / "2.mp4", rate_fps=Fraction(25), num_frames=300, options=("-vf", "scale=128:96:flags=neighbor")),
    }  # fmt: skip
    made = cut(
        tmp_path / "clips", videos, [highlight("1", 1, 2), highlight("2", 2.5, 3.5), highlight("1", 3, 4)]
    )
    reel = join(made, tmp_path / "reel.mp4")
    shown = read_shown(reel.reel_path)
    assert shown.pictures.shape[1:] == (96, 128)
    assert reel.rate_fps == 25
    first = shown.pictures[0][12:84]  # 64x36 inside 128x96: 128x72 with borders
    assert read_number(first) == 30  # it appears at 1.001 s: within a millisecond
    assert read_number(shown.pictures[25]) == 62
    assert shown.clicks == pytest.approx([1.52], abs=0.002)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([(25, 2700), (50, 2800)], 50),
        ([(25, 2800), (50, 2700)], 50),
        ([(50, 2700), (50, 2700)], 50),
        ([(25, 2700), (NTSC, 900), (30, 900)], 25),
        ([(25, 2700), (50, 2700)], 50),
    ],
)
def test_common_rate(tmp_path: Path, facts: list[tuple[Fraction, float]], expected: Fraction) -> None:
    probe = probe_file(encode(tmp_path / "a.mp4"), game="game", part="1")
    probes = [with_rate(probe, Fraction(rate), seconds) for rate, seconds in facts]
    assert common_encoding(probes, PLAIN).rate_fps == expected


def with_rate(probe: Probe, rate_fps: Fraction, duration_seconds: float) -> Probe:
    assert probe.video
    return replace(probe, video=replace(probe.video, rate_fps=rate_fps), duration_seconds=duration_seconds)


def test_sound_alone(tmp_path: Path) -> None:
    path = encode(tmp_path / "full.m4a", picture=False, num_frames=200)
    made = cut(tmp_path / "clips", {"full": path}, [highlight("full", 0.5, 1.5), highlight("full", 3.5, 4.5)])
    shown = read_shown(join(made, tmp_path / "reel.mp4").reel_path)
    assert shown.clicks == pytest.approx([0.5, 1.5], abs=0.002)


def test_any_clips_are_joined(tmp_path: Path) -> None:
    """Files that were not cut here: no WAVs, other codecs, sizes, rates, one without sound."""
    paths = [
        encode(tmp_path / "a.mkv", num_frames=50, options=("-c:v", "mpeg4", "-q:v", "2")),
        encode(tmp_path / "b.mp4", rate_fps=Fraction(50), num_frames=100, sound=False),
        encode(tmp_path / "c.mp4", num_frames=50, options=("-vf", "scale=32:18,setparams=colorspace=bt709", "-c:a", "aac")),
    ]  # fmt: skip
    reel = join_reel(
        clip_paths=paths, sound_paths=None, titles=["a", "b", "c"], reel_path=tmp_path / "reel.mp4",
        encoding=PLAIN, ffmpeg="bundled", threads=2,
    )  # fmt: skip
    shown = read_shown(reel.reel_path)
    assert reel.rate_fps == 25
    assert list(shown.numbers[:100]) == [*range(50), *range(0, 100, 2)]
    assert shown.clicks == pytest.approx([1.0, 5.0], abs=0.002)


def test_clips_that_differ_only_in_colour(tmp_path: Path) -> None:
    tagged = ("-vf", "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709", "-c:a", "aac")
    videos = {
        "1": encode(tmp_path / "1.mp4", options=("-c:a", "aac")),
        "2": encode(tmp_path / "2.mp4", options=tagged),
    }
    made = cut(tmp_path / "clips", videos, [highlight("1", 1, 2), highlight("2", 2, 3)])
    shown = read_shown(join(made, tmp_path / "reel.mp4").reel_path)
    assert list(shown.numbers) == list(range(25, 75))


def test_no_clips(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no clip to join"):
        join([], tmp_path / "reel.mp4")


def test_failure_leaves_the_old_reel_and_no_scraps(clips: list[HighlightClip], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    join(clips, folder / "reel.mp4")
    before = (folder / "reel.mp4").read_bytes()
    clips[1].sound_path.write_bytes(b"")
    with pytest.raises(OutputError, match="the sound of a clip cannot be joined"):
        join(clips, folder / "reel.mp4")
    assert (folder / "reel.mp4").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["reel.mp4"]
