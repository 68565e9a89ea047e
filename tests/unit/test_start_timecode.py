"""A recording's own name and timecode in what editors read."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from matchreel.exports.edl import edl_text
from matchreel.exports.fcpxml import fcpxml_text
from matchreel.exports.losslesscut import losslesscut_texts
from matchreel.exports.otio import otio_text
from matchreel.exports.text import file_name, media_url, own_file
from matchreel.exports.timecode import frames_of, timecode
from matchreel.media.start_timecode import start_timecode
from matchreel.media.tools import ffmpeg_path
from support.read_exports import NTSC, check_fcpxml, fraction, read, seconds, source_times
from support.tracks import source, track

RATES = (Fraction(25), Fraction(50), NTSC)


def recorded(path: Path, label: str | None, *, rate: str = "25") -> Path:
    command = [
        ffmpeg_path("bundled"),
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s=64x36:r={rate}:d=0.4",
    ]
    command += ["-timecode", label] if label and path.suffix != ".mkv" else []
    command += ["-metadata", f"TIMECODE={label}"] if label and path.suffix == ".mkv" else []
    codec = ["-c:v", "mpeg2video"] if path.suffix == ".mxf" else ["-c:v", "libx264", "-preset", "ultrafast"]
    subprocess.run([*command, *codec, "-pix_fmt", "yuv420p", "-threads", "1", str(path)], check=True)
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mxf", ".mkv"])
def test_the_timecode_of_every_container_is_read(tmp_path, suffix):
    assert start_timecode(recorded(tmp_path / f"a{suffix}", "10:00:00:00")) == "10:00:00:00"


def test_a_recording_without_a_timecode_and_one_that_drops_numbers(tmp_path):
    assert start_timecode(recorded(tmp_path / "a.mp4", None)) is None
    dropping = recorded(tmp_path / "b.mov", "01:00:00;00", rate="30000/1001")
    assert start_timecode(dropping) == "01:00:00;00"
    assert start_timecode(recorded(tmp_path / "c.mkv", "noon")) is None


@pytest.mark.parametrize(
    ("label", "rate_fps", "frames"),
    [
        ("10:00:00:00", Fraction(25), 900_000),
        ("10:00:00:12", Fraction(50), 1_800_012),
        ("01:00:00:00", NTSC, 108_000),
        ("01:00:00;00", NTSC, 107_892),
        ("00:01:00;02", NTSC, 1800),
        ("00:10:00;00", 2 * NTSC, 35_964),
    ],
)
def test_frames_before_a_timecode(label, rate_fps, frames):
    assert frames_of(label, rate_fps) == frames
    assert timecode(frames, rate_fps, is_dropping=";" in label) == label


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("label", ["10:00:00:00", "23:59:30:00"])
def test_every_timeline_starts_a_source_at_its_timecode(rate_fps, label):
    held = track(5, rate_fps=rate_fps, sources=(source(rate_fps=rate_fps, start_timecode=label),))
    start = frames_of(label, rate_fps) / rate_fps
    expected = [float(start) + first for first, _end in source_times(held)]
    clips = list(read(otio_text(held), "otio_json").tracks[0])
    assert [seconds(clip.source_range.start_time) for clip in clips] == pytest.approx(expected, abs=1e-6)
    assert seconds(clips[0].media_reference.available_range.start_time) == pytest.approx(
        float(start), abs=1e-6
    )
    root = check_fcpxml(fcpxml_text(held))
    assert [fraction(node.get("start")) for node in root.iter("asset")] == [start]
    found = [fraction(node.get("start")) for node in root.iter("asset-clip")]
    assert list(map(float, found)) == pytest.approx(expected, abs=1e-6)
    rows = [line.split() for line in edl_text(held).splitlines() if line[:3].isdigit()]
    day = frames_of("24:00:00:00", rate_fps)
    for row, piece in zip(rows, held.pieces, strict=True):
        frame = (frames_of(label, rate_fps) + piece.source_start_frame) % day
        assert frames_of(row[4], rate_fps) == frame
    # The reel itself counts from 0, without numbers left out, as its source does.
    assert rows[0][6] == "00:00:00:00" and "NON-DROP FRAME" in edl_text(held)


def test_markers_count_as_their_clips_do():
    held = track(3, rate_fps=Fraction(25), sources=(source(start_timecode="10:00:00:00"),))
    root = ElementTree.fromstring(fcpxml_text(held).partition("<!DOCTYPE fcpxml>")[2])
    moments = [float(fraction(node.get("start"))) for node in root.iter("marker")]
    known = [36_000 + piece.event_seconds for piece in held.pieces if piece.event_seconds is not None]
    assert moments == pytest.approx(known, abs=0.02)


def test_a_source_of_another_rate_keeps_its_hour_in_the_edl():
    held = track(
        1, rate_fps=Fraction(25), sources=(source(rate_fps=Fraction(50), start_timecode="10:00:00:40"),)
    )
    row = next(line.split() for line in edl_text(held).splitlines() if line[:3] == "001")
    assert frames_of(row[4], Fraction(25)) == 900_020 + 7 * 25


def test_a_link_is_called_by_the_name_of_the_users_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "My Match (1).MP4"
    own.touch()
    link = Path("resources/games/my-match-1/full.mp4")
    link.parent.mkdir(parents=True)
    link.symlink_to(own)
    assert file_name(own_file(link)) == "My Match (1).MP4"
    assert media_url(own_file(link), Path("results/highlights/my-match-1/exports")).endswith(
        "My%20Match%20%281%29.MP4"
    )
    assert own_file(own) == own
    held = track(1, rate_fps=Fraction(25), sources=(source(name=file_name(own_file(link))),))
    ((name, text),) = losslesscut_texts(held).items()
    assert name == "My Match (1)-proj.llc" and json.loads(text)["mediaFileName"] == "My Match (1).MP4"
    assert "* FROM CLIP NAME: My Match (1).MP4" in edl_text(held)
