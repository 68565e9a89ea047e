"""Every export is read back by its own reader, and says the same times."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import opentimelineio as otio
import pytest

from matchreel.exports.edl import edl_text, reel_names
from matchreel.exports.fcpxml import fcpxml_text
from matchreel.exports.otio import otio_text
from matchreel.exports.timecode import timecode_rate
from support.read_exports import (
    NTSC,
    RATES,
    check_fcpxml,
    clips_of,
    close,
    cues,
    expected,
    fraction,
    read,
    seconds,
    source_times,
)
from support.tracks import source, track


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("num_pieces", [1, 200])
def test_otio_holds_every_time_at_its_sources_rate(rate_fps, num_pieces):
    held = track(num_pieces, rate_fps=rate_fps)
    timeline = read(otio_text(held), "otio_json")
    assert timeline.name == "Reds – Blues"
    for kind in ("Video", "Audio"):
        assert clips_of(timeline, kind) == close(expected(held), within=1e-6)
    first = timeline.tracks[0][0]
    assert first.source_range.start_time == otio.opentime.RationalTime(
        held.pieces[0].source_start_frame, float(rate_fps)
    )
    assert first.media_reference.target_url == "../../1_224p.mkv"
    assert seconds(first.media_reference.available_range.duration) == pytest.approx(3000, abs=0.02)
    for clip, piece in zip(timeline.tracks[0], held.pieces, strict=True):
        moments = [seconds(marker.marked_range.start_time) for marker in clip.markers]
        known = [] if piece.event_seconds is None else [piece.event_seconds]
        assert moments == close(known, within=float(0.5 / rate_fps) + 1e-6)


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("num_pieces", [1, 200])
def test_edl_counts_in_timecode(rate_fps, num_pieces):
    held = track(num_pieces, rate_fps=rate_fps)
    text = edl_text(held)
    timeline = read(text, "cmx_3600", rate=float(rate_fps))
    assert timeline.name == "Reds – Blues"
    assert [row.name for row in timeline.tracks] == ["V", "A1", "A2"]
    assert clips_of(timeline) == close(expected(held), within=1e-6)
    dropping = rate_fps.denominator == 1001
    assert text.splitlines()[1] == f"FCM: {'DROP FRAME' if dropping else 'NON-DROP FRAME'}"
    assert bool(re.search(r"\d\d:\d\d:\d\d;\d\d", text)) == dropping
    assert {clip.metadata["cmx_3600"]["reel"] for clip in timeline.find_clips()} == {"1_224p"}


def test_drop_frame_timecode_keeps_step_with_the_clock():
    rows = edl_text(track(200, rate_fps=NTSC)).splitlines()
    last = next(row for row in rows if row[:3] == "200").split()[4]
    hours, minutes, rest, frames = map(int, re.split("[:;]", last))
    clock = 3600 * hours + 60 * minutes + rest + frames / 30
    assert clock == pytest.approx(7 + 13.37 * 199, abs=0.1)


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("num_pieces", [1, 200])
def test_fcpxml_is_read_by_the_adapter_to_its_frame(rate_fps, num_pieces):
    held = track(num_pieces, rate_fps=rate_fps)
    timeline = read(fcpxml_text(held), "fcpx_xml")
    assert timeline.name == "Reds – Blues"
    # The adapter cuts a rate down to a whole number, and times down to its frames.
    frame = 1 / int(rate_fps)
    clips = [clip.source_range for clip in timeline.find_clips()]
    for inside, (start, end) in zip(clips, source_times(held), strict=True):
        assert start - frame - 1e-6 <= seconds(inside.start_time) <= start + 1e-6
        assert seconds(inside.duration) == pytest.approx(end - start, abs=frame + 1e-6)
    assert [clip.name for clip in timeline.find_clips()] == [piece.numbered_title for piece in held.pieces]


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("num_pieces", [1, 200])
def test_fcpxml_holds_exact_fractions(rate_fps, num_pieces):
    held = track(num_pieces, rate_fps=rate_fps)
    root = check_fcpxml(fcpxml_text(held))
    found = [
        tuple(fraction(node.get(name)) for name in ("start", "offset", "duration"))
        for node in root.iter("asset-clip")
    ]
    assert found == [
        (piece.source_start_seconds, piece.reel_start_frame / rate_fps, piece.num_frames / rate_fps)
        for piece in held.pieces
    ]
    moments = [fraction(node.get("start")) for node in root.iter("marker")]
    known = [piece.event_seconds for piece in held.pieces if piece.event_seconds is not None]
    assert list(map(float, moments)) == close(known, within=float(0.5 / rate_fps) + 1e-6)


def test_two_parts_of_different_rates_lie_in_one_timeline():
    sources = (source("1", Fraction(25)), source("2", Fraction(50)))
    held = track(6, rate_fps=Fraction(50), sources=sources)
    timeline = read(otio_text(held), "otio_json")
    assert clips_of(timeline) == close(expected(held), within=1e-6)
    assert [clip.source_range.start_time.rate for clip in timeline.tracks[0]] == [25, 50] * 3
    # An EDL knows one rate: the reel's.
    assert clips_of(read(edl_text(held), "cmx_3600", rate=50)) == close(expected(held), within=1e-6)
    root = check_fcpxml(fcpxml_text(held))
    conformed = [clip.find("conform-rate") for clip in root.iter("asset-clip")]
    assert [node is not None and node.attrib for node in conformed[:2]] == [
        {"scaleEnabled": "0", "srcFrameRate": "25"},
        False,
    ]


def test_dissolves_and_a_title_card():
    held = track(3, rate_fps=Fraction(25), card_frames=75, shared_frames=13)
    timeline = read(otio_text(held), "otio_json")
    kinds = [type(child).__name__ for child in timeline.tracks[0]]
    assert kinds == ["Gap", "Transition", "Clip", "Transition", "Clip", "Transition", "Clip"]
    assert timeline.tracks[0][0].name == "Title card"
    assert seconds(timeline.duration()) == pytest.approx(held.num_frames / 25)
    # A dissolve shows both from where the next piece comes in to where the last one ends.
    for index, end in enumerate([75, *(piece.reel_end_frame for piece in held.pieces[:2])]):
        dissolve = timeline.tracks[0][2 * index + 1]
        assert (dissolve.in_offset.value, dissolve.out_offset.value) == (6, 7)
        cut = timeline.tracks[0].range_of_child_at_index(2 * index + 2).start_time.to_frames()
        assert (cut - 6, cut + 7) == (held.pieces[index].reel_start_frame, end)
        inside = source_times(held)[index][0] + 6 / 25
        assert clips_of(timeline)[index][0] == pytest.approx(inside)
    root = check_fcpxml(fcpxml_text(held))
    moments = [
        (fraction(node.get("offset")) * 25, fraction(node.get("duration")) * 25)
        for node in root.iter("transition")
    ]
    assert moments == [(piece.reel_start_frame, 13) for piece in held.pieces]
    assert root.find(".//gap").get("name") == "Title card"
    # In an EDL a dissolve stands at the beginning of what comes; the card is black.
    events = [line.split() for line in edl_text(held).splitlines() if line[:3].isdigit()]
    assert [(row[0], row[1], row[3]) for row in events] == [
        ("001", "BL", "C"), ("002", "BL", "C"), ("002", "1_224p", "D"), ("003", "1_224p", "C"),
        ("003", "1_224p", "D"), ("004", "1_224p", "C"), ("004", "1_224p", "D"),
    ]  # fmt: skip
    assert [row[4] for row in events if row[3] == "D"] == ["013"] * 3
    records = [tuple(map(frames_of, row[-2:])) for row in events if row[3] == "D" or row[0] == "001"]
    starts = [0, *(piece.reel_start_frame for piece in held.pieces), held.num_frames]
    assert records == list(pairwise(starts))
    read_back = clips_of(read(edl_text(held), "cmx_3600", rate=25))
    assert [row[0] for row in read_back][-3:] == close([s for s, _ in source_times(held)], within=1e-6)
    ends = [cue.end_ms for cue in cues(held)]
    assert ends[:2] == [cue.start_ms for cue in cues(held)][1:]


def frames_of(text: str) -> int:
    """Timecode at 25 frames a second."""
    hours, minutes, rest, frames = map(int, text.split(":"))
    return ((hours * 60 + minutes) * 60 + rest) * 25 + frames


def test_a_rate_without_timecode_is_said_in_the_nearest_one():
    assert timecode_rate(Fraction(25, 2)) == Fraction(24000, 1001)
    held = track(3, rate_fps=Fraction(100))
    assert timecode_rate(held.rate_fps) == 60
    rows = clips_of(read(edl_text(held), "cmx_3600", rate=60))
    assert rows == close(expected(held), within=1 / 60)


@pytest.mark.parametrize("has_picture", [True, False])
def test_what_a_recording_lacks_is_not_claimed(has_picture):
    lacks = {"num_channels": 0, "sample_rate_hz": 0} if has_picture else {"width": 0, "height": 0}
    held = track(2, rate_fps=Fraction(25), sources=(source(**lacks),))
    (row,) = read(otio_text(held), "otio_json").tracks
    assert row.kind == ("Video" if has_picture else "Audio")
    assert f" {'V' if has_picture else 'AA'} " in edl_text(held).splitlines()[3]
    asset = check_fcpxml(fcpxml_text(held)).find("resources/asset")
    assert (asset.get("hasVideo"), asset.get("hasAudio")) == (("1", None) if has_picture else (None, "1"))


@pytest.mark.parametrize(
    ("names", "expected_names"),
    [
        (("1.mp4", "2.mp4"), ("1", "2")),
        (("match.mp4", "Match.mkv"), ("PART1", "PART2")),
        (("second-half-of-the-final.mp4", "bl.mp4"), ("PART1", "PART2")),
        (("no-stem", ".mp4"), ("PART1", "PART2")),
    ],
)
def test_reel_names_have_eight_letters_and_are_told_apart(names, expected_names):
    sources = tuple(source(part, name=name) for part, name in zip("12", names, strict=True))
    assert tuple(reel_names(sources).values()) == expected_names
