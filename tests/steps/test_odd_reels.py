"""Reels of odd games: parts of two formats, 200 highlights; and the length that was planned against the one cut."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchreel.budget import Budget, reel_seconds
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.media.probe import probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Probe
from matchreel.reel.layout import planned_layout
from matchreel.reel_frames import num_frames
from matchreel.timeline import Interval
from support.reels import FACTS, PLAN, cut, make_parts, write_scores

RATES = [Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(12)]


def streams(path: Path) -> tuple[int, float, float]:
    """Number of pictures, and seconds of picture and of sound."""
    with av.open(str(path)) as held:
        video, audio = held.streams.video[0], held.streams.audio[0]
        ends = [float((stream.duration or 0) * stream.time_base) for stream in (video, audio)]
        return sum(1 for packet in held.demux(video) if packet.size), ends[0], ends[1]


def prepared(folder: Path, videos: dict[str, Path]) -> dict[str, list[Path]]:
    """Probes and scores of recordings: the path arguments of cut_highlights."""
    probes = [folder / f"{part}.json" for part in videos]
    scores = [folder / f"{part}.npz" for part in videos]
    for (part, video), probe_path, scores_path in zip(videos.items(), probes, scores, strict=True):
        probe_media(video_path=video, probe_path=probe_path, game="odd", part=part)
        write_scores(scores_path, Probe.load(probe_path).duration_seconds)
    return {
        "video_paths": list(videos.values()),
        "probe_paths": probes,
        "scores_paths": scores,
        "kickoff_paths": [],
        "scoreboard_paths": [],
    }


def record(path: Path, *, size: str, rate: str, hertz: int, channels: int) -> Path:
    """Twelve seconds that blink and beep in every second."""
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-y", "-f", "lavfi", "-i"]
    command += [f"testsrc2=s={size}:r={rate}:d=12", "-f", "lavfi", "-i"]
    command += [f"sine=f=300:beep_factor=4:d=12:sample_rate={hertz}", "-ac", str(channels), "-c:v", "libx264"]
    command += ["-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1", f"file:{path}"]
    subprocess.run(command, check=True)
    return path


@pytest.mark.slow
def test_two_parts_of_different_formats_make_one_reel(tmp_path):
    folder = tmp_path / '-it\'s "odd" 경기 ⚽'
    folder.mkdir()
    videos = {
        "1": record(folder / "1.mp4", size="640x360", rate="25", hertz=48000, channels=2),
        "2": record(folder / "2.mkv", size="398x224", rate="30000/1001", hertz=44100, channels=1),
    }
    rows = [
        PlannedHighlight("1", 1.0, 4.0, 2.0, "Goal", 0.9, {}),
        PlannedHighlight("1", 7.02, 11.9, 9.0, "Moment", 0.9, {}),
        PlannedHighlight("2", 2.0, 6.0, 4.0, "Penalty", 0.9, {}),
    ]
    plan = EditList("odd", "demo_classifier", ("x",), (), tuple(rows))
    facts = {**FACTS, "home": 'O\'Neill "FC" <script>', "away": "한양 유나이티드"}
    out = folder / "odd"
    changes = {"transition": "crossfade", "title_card_seconds": 2, "lower_third_seconds": 1, "facts": facts}
    told = cut(prepared(folder, videos), plan, out, **changes)
    pictures, picture_seconds, sound_seconds = streams(out / "reel.mp4")
    rate = float(Fraction(30000, 1001)) if told["reel_seconds"] * 25 % 1 else 25.0
    assert pictures == round(told["reel_seconds"] * rate)
    assert picture_seconds == pytest.approx(told["reel_seconds"], abs=2e-3)
    assert sound_seconds == pytest.approx(picture_seconds, abs=0.03)
    budget = Budget(60, 0.5, 2, Fraction(rate).limit_denominator(1001))
    assert told["reel_seconds"] == pytest.approx(reel_seconds(rows, budget), abs=1e-6)


def test_a_name_that_cannot_be_written_is_named_by_its_letter(tmp_path):
    paths = make_parts(tmp_path)
    with pytest.raises(InputError, match=r"FC ⚽.*SOCCER BALL \(U\+26BD\).*Write it in Latin"):
        cut(paths, PLAN, tmp_path / "tiny", title_card_seconds=2, facts={**FACTS, "away": "FC ⚽"})
    assert not (tmp_path / "tiny").exists()


@given(
    st.lists(st.tuples(st.integers(200, 20_000), st.integers(0, 5_000)), min_size=1, max_size=12),
    st.sampled_from([0.0, 0.2, 0.5, 1.0, 2.0]),
    st.sampled_from([0.0, 3.0]),
    st.sampled_from(RATES),
)
@settings(max_examples=300, deadline=None)
def test_the_reel_is_as_long_as_planned(lengths_ms, fade_seconds, card_seconds, rate):
    """With title card and crossfades, of clips of any length: plan and cut count the same frames."""
    rows, at = [], 0
    for length, gap in lengths_ms:
        rows.append(
            PlannedHighlight("1", (at + gap) / 1000, (at + gap + length) / 1000, None, "Moment", 0.5, {})
        )
        at += gap + length
    planned = reel_seconds(rows, Budget(1e6, fade_seconds, card_seconds, rate))
    card = [round(Fraction(card_seconds) * rate)] if card_seconds else []
    frames = [num_frames(Interval(row.start_seconds, row.end_seconds), rate) for row in rows]
    layout = planned_layout([*card, *frames], fade_seconds=fade_seconds, rate_fps=rate)
    assert planned == float(layout.total_frames / rate)
