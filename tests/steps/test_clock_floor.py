"""The clock: every flash, click and burnt-in number is where it belongs, at any rate; at 29.97 up to minute 45."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.cut import ClipRequest, Encoding, cut_clips
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file, probe_media
from matchreel.records import Probe
from matchreel.reel.cutting import HighlightClip, cut_highlight_clips
from matchreel.reel.joining import join_reel
from matchreel.timeline import FrameGrid, Interval
from support.media import Match, Sound, clicks, flash_starts, read_number, read_shown, render_match
from support.tiers import quick_only

CLICK_SECONDS = 0.002
ENCODING = Encoding(
    crf=20, preset="ultrafast", audio_bitrate_kbps=96, height=None, rate_fps=None, fade_seconds=0.02
)
NTSC = Fraction(30000, 1001)
LATE = Sound(delay_seconds=Fraction(3))
AAC_JOINTS = Sound(overlap_samples=171)  # 21 ms more sound in every segment than there is time for
DRIFTING = Sound(stretch=Fraction(1001, 1000))  # a quarter of a second in 4 minutes
IN_MOV = Sound(codec="pcm_s16le")
MINUTES_4, MINUTES_45 = 24, 270  # segments of 10 s

CASES = {
    "25 fps, clock starts at 7.34 s, sound 3 s late": ("a.mkv", {"rate_fps": Fraction(25), "start_seconds": Fraction(734, 100), "sound": LATE}),
    "29.97 fps, overlapping sound packets": ("b.mkv", {"rate_fps": NTSC, "sound": AAC_JOINTS, "num_segments": MINUTES_45}),
    "30 fps": ("c.mov", {"rate_fps": Fraction(30), "sound": IN_MOV}),
    "50 fps": ("d.mov", {"rate_fps": Fraction(50), "sound": IN_MOV, "keyframe_frames": 250}),
    "variable rate, sound clock 1000 ppm off": ("e.mkv", {"rate_fps": Fraction(50), "durations": lambda index: (1, 2, 3, 2, 2)[index % 5], "sound": DRIFTING}),
    "open GOP": ("f.mkv", {"rate_fps": Fraction(25), "open_gop": True, "keyframe_frames": 40}),
}  # fmt: skip
QUICK = {"25 fps, clock starts at 7.34 s, sound 3 s late", "variable rate, sound clock 1000 ppm off"}


@pytest.fixture(scope="module", params=quick_only(CASES, QUICK.__contains__), ids=list(CASES))
def match(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Match]:
    name, options = CASES[request.param]
    folder = tmp_path_factory.mktemp("floor")
    yield render_match(folder / name, **{"num_segments": MINUTES_4, **options})
    (folder / name).unlink()  # a quarter of a gigabyte in all otherwise


@pytest.fixture(scope="module")
def probe(match: Match) -> Probe:
    return probe_file(match.path, game="floor", part="1")


def test_probe_knows_length_and_rate(match: Match, probe: Probe) -> None:
    assert probe.video is not None
    # Matroska does not say how long the last picture stays: at a variable rate it is a guess.
    slack = 0.05 if probe.video.is_variable_rate else 0.002
    assert probe.duration_seconds == pytest.approx(match.duration_seconds, abs=slack)
    if probe.video.is_variable_rate:
        assert "variable frame rate" in probe.problems
    else:
        assert probe.video.rate_fps == match.rate_fps


def test_pictures_on_the_grid(match: Match, probe: Probe) -> None:
    grid = FrameGrid.over(probe.duration_seconds, Fraction(5))
    batches = read_frames(
        probe=probe, grid=grid, height=36, width=64, fit="squash", ffmpeg="bundled", threads=2,
        batch_steps=1000, pixel_format="gray",
    )  # fmt: skip
    pictures = np.concatenate(list(batches))
    centres = grid.starts_seconds() + float(grid.step_seconds) / 2
    numbers = np.array([read_number(picture) for picture in pictures])
    assert (numbers == match.number_at(centres, tolerance_seconds=1e-6)).all()
    found = flash_starts(pictures, grid.starts_seconds())
    assert len(found) == len(match.event_seconds)
    assert np.abs(found - match.event_seconds).max() <= float(grid.step_seconds) / 2 + 1e-6


def test_sound_in_the_wav(match: Match, probe: Probe, tmp_path: Path) -> None:
    probe.save(tmp_path / "probe.json")
    extract_audio(
        video_path=match.path, probe_path=tmp_path / "probe.json", wav_path=tmp_path / "a.wav",
        sample_rate_hz=16000, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    blocks = read_wav(tmp_path / "a.wav", start_sample=0, num_samples=None, block_samples=1 << 20)
    samples = np.concatenate(list(blocks))
    assert len(samples) == round(probe.duration_seconds * 16000)
    found = clicks(samples, 16000)
    assert len(found) == len(match.event_seconds)
    assert np.abs(found - match.event_seconds).max() < 0.025


@pytest.fixture(scope="module")
def highlight_clips(
    match: Match, probe: Probe, tmp_path_factory: pytest.TempPathFactory
) -> list[HighlightClip]:
    """Clips at the beginning, in the middle and at the end of the part, none starting on a keyframe."""
    folder = tmp_path_factory.mktemp("clips")
    highlights = []
    for event_index, before in (
        (0, 1.013),
        (1, 2.5),
        (len(match.event_seconds) // 2, 0.777),
        (-2, 3.31),
        (-1, 2.04),
    ):
        event = float(match.event_seconds[event_index])
        row = PlannedHighlight("1", event - before, event + 1.5, event, "Goal", 1.0, {})
        highlights.append(row)
    return cut_highlight_clips(
        highlights=highlights, videos={"1": match.path}, probes={"1": probe}, clips_dir=folder,
        sounds_dir=folder, encoding=ENCODING, ffmpeg="bundled", threads=2,
    )  # fmt: skip


def test_clips_start_on_their_frame(match: Match, highlight_clips: list[HighlightClip]) -> None:
    for clip in highlight_clips:
        shown = read_shown(clip.clip_path)
        start = clip.highlight.start_seconds
        assert shown.numbers[0] == match.number_at(start, tolerance_seconds=0.001)
        assert start - 1 / 12 < clip.interval.start_seconds <= start + 0.001
        moments = clip.interval.start_seconds + np.arange(clip.num_frames) / float(clip.rate_fps)
        tolerance = 0.24 / float(clip.rate_fps)
        assert (shown.numbers == match.number_at(moments, tolerance_seconds=tolerance)).all()


def test_flash_and_click_in_clips(highlight_clips: list[HighlightClip]) -> None:
    for clip in highlight_clips:
        shown = read_shown(clip.clip_path)
        assert clip.highlight.event_seconds is not None
        expected = clip.highlight.event_seconds - clip.interval.start_seconds
        assert shown.flashes == pytest.approx([expected], abs=1 / float(clip.rate_fps))
        assert shown.clicks == pytest.approx([expected], abs=0.025)


def test_flash_and_click_in_the_reel(highlight_clips: list[HighlightClip], tmp_path: Path) -> None:
    reel = join_reel(
        clip_paths=[clip.clip_path for clip in highlight_clips],
        sound_paths=[clip.sound_path for clip in highlight_clips],
        titles=[clip.title("en") for clip in highlight_clips],
        reel_path=tmp_path / "reel.mp4", encoding=ENCODING, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    shown = read_shown(reel.reel_path)
    expected = [
        float(start) + clip.highlight.event_seconds - clip.interval.start_seconds
        for start, clip in zip(reel.starts_seconds, highlight_clips, strict=True)
    ]
    assert shown.flashes == pytest.approx(expected, abs=1 / float(reel.rate_fps))
    assert shown.clicks == pytest.approx(expected, abs=0.025)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rate_fps"), [("25.mkv", Fraction(25)), ("2997.mov", NTSC)], ids=["25 fps", "29.97 fps"]
)
def test_fifty_clips_do_not_drift(tmp_path: Path, name: str, rate_fps: Fraction) -> None:
    codec = "pcm_u8" if name.endswith("mkv") else "pcm_s16le"
    match = render_match(
        tmp_path / name, rate_fps=rate_fps, num_segments=50, sound=Sound(codec=codec), keyframe_frames=30
    )
    probe = probe_file(match.path, game="floor", part="2")
    probe_media(video_path=match.path, probe_path=tmp_path / "p.json", game="floor", part="2")
    assert Probe.load(tmp_path / "p.json") == probe
    requests = [
        ClipRequest(Interval(event - 0.31, event + 0.4), tmp_path / f"{k}.mp4", tmp_path / f"{k}.wav")
        for k, event in enumerate(match.event_seconds)
    ]
    cuts = cut_clips(
        video_path=match.path, probe=probe, requests=requests, encoding=ENCODING, ffmpeg="bundled", threads=2
    )
    reel = join_reel(
        clip_paths=[cut.clip_path for cut in cuts],
        sound_paths=[tmp_path / f"{k}.wav" for k in range(50)],
        titles=[f"Moment {k}" for k in range(50)],
        reel_path=tmp_path / "reel.mp4", encoding=ENCODING, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    shown = read_shown(reel.reel_path)
    assert len(shown.pictures) == sum(cut.num_frames for cut in cuts)
    in_clip = np.array(
        [e - cut.interval.start_seconds for e, cut in zip(match.event_seconds, cuts, strict=True)]
    )
    expected = in_clip + np.array([float(start) for start in reel.starts_seconds])
    assert np.abs(shown.clicks - expected).max() < CLICK_SECONDS
    assert np.abs(shown.flashes - expected).max() < 1 / float(rate_fps)
    assert np.abs(shown.clicks - shown.flashes).max() <= 0.025
