"""Damage is confined: a warning with its time, the clip that shows it says so, everything else is as without it."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.camera_cuts.step import find_cuts
from matchreel.cues.step import cache_cues
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.cut import ClipRequest, CutClip, Encoding, cut_clips
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.views import View, read_views
from matchreel.records import Probe
from matchreel.reel.cutting import cut_highlight_clips
from matchreel.selection import select_highlights
from matchreel.timeline import FrameGrid, Interval
from support.media import clicks, read_number, read_shown
from support.odd_media import encode, remux
from support.plans import CHOOSING

OPTIONS = ("-c:a", "aac", "-g", "25", "-bf", "2")
PLAIN = Encoding(
    crf=12, preset="ultrafast", audio_bitrate_kbps=128, height=None, rate_fps=None, fade_seconds=0.0
)
RATE = Fraction(25)
DAMAGED = 110  # in stored order; the next keyframe is 125


def damaged(path: Path, kind: str, indices: range) -> Path:
    """The same file with 40 bytes of some packets replaced: most of their headers stays."""
    skipped = 5 if kind == "video" else 1
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        held = bytearray(path.read_bytes())
        for index in indices:
            data = bytes(packets[index])
            where = held.index(data, packets[index].pos) + skipped
            noise = np.random.default_rng(index).integers(
                0, 256, min(40, len(data) - skipped), dtype=np.uint8
            )
            held[where : where + len(noise)] = noise.tobytes()
    out = path.with_name(f"damaged_{path.name}")
    out.write_bytes(held)
    return out


def probed(path: Path) -> Probe:
    probe = probe_file(path, game="game", part="1")
    probe.save(path.with_suffix(".json"))
    return probe


def seen(probe: Probe, *, first_step: int = 0, num_steps: int | None = None) -> list[int]:
    grid = FrameGrid(RATE, num_steps or FrameGrid.over(probe.duration_seconds, RATE).num_steps - first_step)
    batches = read_frames(
        probe=probe, grid=grid, height=36, width=64, fit="squash", ffmpeg="bundled", threads=1, batch_steps=16,
        pixel_format="gray", first_step=first_step,
    )  # fmt: skip
    return [read_number(picture) for batch in batches for picture in batch]


def cut(path: Path, probe: Probe, starts: tuple[int, ...]) -> list[CutClip]:
    requests = [
        ClipRequest(
            Interval(start / 25, start / 25 + 0.8),
            path.with_name(f"{start}.mp4"),
            path.with_name(f"{start}.wav"),
        )
        for start in starts
    ]
    return cut_clips(
        video_path=path, probe=probe, requests=requests, encoding=PLAIN, ffmpeg="bundled", threads=1
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("media") / "a.mkv", num_frames=200, options=OPTIONS)


def test_pictures_around_a_damaged_one(whole: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    probe = probed(damaged(whole, "video", range(DAMAGED, DAMAGED + 1)))
    found = seen(probe)
    wrong = [index for index, number in enumerate(found) if number != index]
    assert len(found) == 200
    assert all(105 <= index < 125 for index in wrong)
    assert "game 1: note: the picture is damaged at 00:04; everything else is used as it is" in caplog.text
    for first in (20, 100, 130, 180):
        assert seen(probe, first_step=first, num_steps=20) == found[first : first + 20]


def test_views_around_it(whole: Path, caplog: pytest.LogCaptureFixture) -> None:
    probe = probed(damaged(whole, "video", range(DAMAGED, DAMAGED + 1)))
    view = View(FrameGrid.over(probe.duration_seconds, RATE), 36, 64, 16)
    batches = read_views(probe=probe, views=[view], ffmpeg="bundled", threads=1)
    found = [read_number(picture) for _, batch in batches for picture in batch]
    assert all(105 <= index < 125 for index, number in enumerate(found) if number != index)
    assert len(found) == 200
    assert "the picture is damaged at 00:04" in caplog.text


def test_only_the_clip_that_shows_it_says_so(whole: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = damaged(whole, "video", range(DAMAGED, DAMAGED + 1))
    probe = probed(path)
    before, inside, after, late = cut(path, probe, (80, 102, 126, 160))
    for clip, start in ((before, 80), (after, 126), (late, 160)):
        assert clip.damage == ()
        assert list(read_shown(clip.clip_path).numbers) == list(range(start, start + 20))
    (span,) = inside.damage
    assert span.start_seconds == pytest.approx(DAMAGED / 25, abs=0.13)
    assert span.end_seconds == pytest.approx(5.0, abs=0.01)
    assert inside.num_frames == 20
    assert caplog.text.count("shows a damaged picture at 00:04") == 1


def test_the_highlight_that_shows_it_says_so(whole: Path, tmp_path: Path) -> None:
    path = damaged(whole, "video", range(DAMAGED, DAMAGED + 1))
    rows = [PlannedHighlight("1", start, start + 0.8, None, "Goal", 0.9, {}) for start in (1.0, 4.2)]
    clips = cut_highlight_clips(
        highlights=rows, videos={"1": path}, probes={"1": probed(path)}, clips_dir=tmp_path, sounds_dir=tmp_path,
        encoding=PLAIN, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    assert [[note.code for note in clip.highlight.notes] for clip in clips] == [[], ["damaged_here"]]
    assert clips[1].highlight.notes[0].text == "the recording's picture is damaged here, from 00:04 to 00:05"


def test_what_is_damaged_is_told_with_the_reel(whole: Path, tmp_path: Path) -> None:
    """Not only in a step's log: from the step that sees all pictures it goes on to the edit list."""
    probe = probed(damaged(whole, "video", range(DAMAGED, DAMAGED + 1)))
    extract_audio(
        video_path=Path(probe.path), probe_path=Path(probe.path).with_suffix(".json"),
        wav_path=tmp_path / "1.wav", sample_rate_hz=16000, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    cache_cues(
        video_path=Path(probe.path), wav_path=tmp_path / "1.wav",
        probe_path=Path(probe.path).with_suffix(".json"), cues_path=tmp_path / "cues.safetensors",
        bursts_path=tmp_path / "bursts.safetensors", score_bug_path=None,
        strips_path=tmp_path / "strips.safetensors", grid_rate_fps=2, ffmpeg="bundled", hwaccel="none",
        threads=1,
    )  # fmt: skip
    moments = EditList("game", "excitement", (), (), ())
    moments.save(tmp_path / "moments.json")
    find_cuts(
        moments_path=tmp_path / "moments.json", video_path=Path(probe.path),
        probe_path=Path(probe.path).with_suffix(".json"), bursts_path=tmp_path / "bursts.safetensors",
        cuts_path=tmp_path / "cuts.json", snap_seconds=3, search_seconds=60, replays=1, ffmpeg="bundled",
        threads=1, gpu=0,
    )  # fmt: skip
    select_highlights(
        moments_path=tmp_path / "moments.json", probe_paths=[Path(probe.path).with_suffix(".json")],
        plan_path=tmp_path / "plan.json", **CHOOSING | {"cuts_paths": [tmp_path / "cuts.json"]},
    )  # fmt: skip
    told = EditList.load(tmp_path / "plan.json").warnings
    assert "part 1: the picture is damaged at 00:04; everything else is used as it is" in told


def test_sound_around_damaged_packets(whole: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = damaged(whole, "audio", range(186, 190))
    probe = probed(path)
    extract_audio(
        video_path=path, probe_path=path.with_suffix(".json"), wav_path=path.with_suffix(".wav"),
        sample_rate_hz=16000, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    (samples,) = read_wav(path.with_suffix(".wav"), start_sample=0, num_samples=None, block_samples=10**8)
    assert len(samples) == round(probe.duration_seconds * 16000)
    away = [at for at in clicks(samples, 16000) if abs(at - 4) > 0.2]
    assert away == pytest.approx([1, 2, 3, 5, 6, 7], abs=0.03)
    assert "the sound is damaged at 00:0" in caplog.text
    for clip, start in zip(cut(path, probe, (20, 100)), (20, 100), strict=True):
        assert list(read_shown(clip.clip_path).numbers) == list(range(start, start + 20))


def test_too_much_of_it_is_refused(whole: Path) -> None:
    probe = probed(damaged(whole, "video", range(60, 110, 3)))
    with pytest.raises(InputError, match=r"its picture is damaged for \d of 8 s \(00:02"):
        seen(probe)


@pytest.mark.parametrize(("profile", "suffix"), [("baseline", ".ts"), ("main", ".ts"), ("main", ".mkv")])
def test_another_encoder_takes_over(tmp_path: Path, profile: str, suffix: str) -> None:
    first = encode(tmp_path / "first.ts", options=OPTIONS)
    other = ("-c:a", "aac", "-profile:v", profile, "-preset", "fast", "-g", "25", "-bf", "0")
    second = encode(tmp_path / "second.ts", options=(*other, "-output_ts_offset", "4.08"))
    path = tmp_path / "both.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    if suffix == ".mkv":
        path = remux(path, tmp_path / "both.mkv")
    probe = probed(path)
    found = seen(probe)
    assert found[-95:] == list(range(5, 100))
    starts = (20, 130, 160)
    for clip, start in zip(cut(path, probe, starts), starts, strict=True):
        assert list(read_shown(clip.clip_path).numbers) == found[start : start + 20]
        assert clip.damage == ()
