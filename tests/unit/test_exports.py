"""Every export is read back by its own reader, and says the same times."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import json5
import opentimelineio as otio
import pytest
import webvtt

from matchreel.exports.captions import srt_text, webvtt_text
from matchreel.exports.chapters import chapters_text
from matchreel.exports.edl import edl_text, reel_names
from matchreel.exports.fcpxml import fcpxml_text
from matchreel.exports.losslesscut import losslesscut_texts
from matchreel.exports.otio import otio_text
from matchreel.exports.text import media_url, one_line
from matchreel.exports.timecode import timecode_rate
from support.tracks import source, track

NTSC = Fraction(30000, 1001)
RATES = (Fraction(25), NTSC, Fraction(50), Fraction(60000, 1001))
WRITERS = (otio_text, edl_text, fcpxml_text, srt_text, webvtt_text, chapters_text, losslesscut_texts)
ODD_LABEL = "Tor <b>&\"'1:0'\" --> ]]> é⚽ 골"


def read(text: str, adapter: str, **options):
    return otio.adapters.read_from_string(text, adapter, **options)


def seconds(time) -> float:
    return time.to_seconds()


def reel_times(held):
    """(start, end) of each piece in the reel, in seconds."""
    rate = held.rate_fps
    return [(float(p.reel_start_frame / rate), float(p.reel_end_frame / rate)) for p in held.pieces]


def source_times(held):
    """(start, end) of each piece in its source, in seconds."""
    return [
        (float(p.source_start_seconds), float(p.source_start_seconds + p.num_frames / held.rate_fps))
        for p in held.pieces
    ]


def clips_of(timeline, kind="Video"):
    """(source start, source end, reel start, reel end) of each clip of the first track of a kind."""
    (held, *_) = [row for row in timeline.tracks if row.kind == kind]
    found = []
    for clip in held:
        if isinstance(clip, otio.schema.Clip):
            inside, lies = clip.source_range, held.range_of_child(clip)
            ends = (
                inside.start_time,
                inside.end_time_exclusive(),
                lies.start_time,
                lies.end_time_exclusive(),
            )
            found.append(tuple(map(seconds, ends)))
    return found


def expected(held):
    return [(*inside, *lies) for inside, lies in zip(source_times(held), reel_times(held), strict=True)]


def close(rows, *, within):
    return [pytest.approx(row, abs=within) for row in rows]


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


def fraction(text: str) -> Fraction:
    assert re.fullmatch(r"\d+(/\d+)?s", text), text
    return Fraction(text[:-1])


def check_fcpxml(text: str) -> ElementTree.Element:
    """The rules that Final Cut Pro rejects files by: ids, references, attributes, order, whole frames."""
    root = ElementTree.fromstring(text)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    assert (root.tag, root.get("version")) == ("fcpxml", "1.8")
    assert [child.tag for child in root] == ["resources", "project"]
    ids = [node.get("id") for node in root.find("resources")]
    assert len(ids) == len(set(ids)) and None not in ids
    for node in root.iter():
        for name in ("ref", "format"):
            assert node.get(name) is None or node.get(name) in ids
    for asset in root.iter("asset"):
        assert asset.get("src") and (asset.get("hasVideo") or asset.get("hasAudio"))
    sequence = root.find("project/sequence")
    frame = fraction(root.find(f"resources/format[@id='{sequence.get('format')}']").get("frameDuration"))
    assert [child.tag for child in sequence] == ["spine"]
    at = Fraction(0)
    for node in sequence[0]:
        offset, length = fraction(node.get("offset")), fraction(node.get("duration"))
        assert (offset / frame).denominator == 1 and (length / frame).denominator == 1
        assert length > 0
        if node.tag != "transition":
            assert offset == at
            at += length
        order = [child.tag for child in node]
        assert order == sorted(order, key=["filter-video", "conform-rate", "marker"].index)
    assert at == fraction(sequence.get("duration"))
    return root


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


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize("num_pieces", [0, 1, 200])
def test_captions_are_read_by_webvtt(rate_fps, num_pieces, tmp_path):
    held = track(num_pieces, rate_fps=rate_fps)
    (tmp_path / "a.srt").write_text(srt_text(held), encoding="utf-8")
    (tmp_path / "a.vtt").write_text(webvtt_text(held), encoding="utf-8")
    files = [webvtt.read(tmp_path / "a.vtt")]
    files += [webvtt.from_srt(tmp_path / "a.srt")] if num_pieces else []
    for captions in files:
        assert len(captions) == num_pieces
        times = [(milliseconds(cue.start), milliseconds(cue.end)) for cue in captions]
        assert times == close(reel_times(held), within=0.0005001)
        assert [cue.text for cue in captions] == [piece.numbered_title for piece in held.pieces]


def milliseconds(text: str) -> float:
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def read_chapters(text: str) -> list[tuple[int, str]]:
    rows = [re.fullmatch(r"(?:(\d+):)?(\d+):(\d\d) (.+)", line) for line in text.splitlines()]
    assert all(rows)
    return [(int(row[1] or 0) * 3600 + int(row[2]) * 60 + int(row[3]), row[4]) for row in rows]


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
@pytest.mark.parametrize(("num_pieces", "card_frames"), [(0, 0), (1, 0), (200, 0), (200, 75)])
def test_chapters_are_what_youtube_takes(rate_fps, num_pieces, card_frames):
    held = track(num_pieces, rate_fps=rate_fps, card_frames=card_frames)
    rows = read_chapters(chapters_text(held))
    if not num_pieces:
        return
    starts = [start for start, _ in rows]
    length = held.num_frames / rate_fps
    assert starts[0] == 0
    if num_pieces > 1:
        assert all(later - start >= 10 for start, later in zip(starts, [*starts[1:], length], strict=True))
    titles = ", ".join(title for _, title in rows)
    assert titles == ", ".join(piece.title for piece in held.pieces)
    known = {int(start) for start, _ in reel_times(held)} | {0}
    assert set(starts) <= known


def test_a_short_last_highlight_joins_the_one_before():
    held = track(3, rate_fps=Fraction(25))
    short = replace(held.pieces[2], num_frames=100)
    held = replace(held, pieces=(*held.pieces[:2], short), num_frames=short.reel_end_frame)
    assert chapters_text(held).splitlines() == ["0:00 Goal 1'", "0:10 Penalty 1', Shots on target 1'"]


def test_long_highlights_are_each_a_chapter():
    held = track(4, rate_fps=Fraction(25))
    assert chapters_text(held).splitlines() == [
        "0:00 Goal 1'", "0:10 Penalty 1'", "0:20 Shots on target 1'", "0:30 Shots off target 1'",
    ]  # fmt: skip


@pytest.mark.parametrize("rate_fps", RATES, ids=str)
def test_losslesscut_projects_hold_the_parts_own_seconds(rate_fps):
    second = source("2", rate_fps, lead_seconds=0.021)
    held = track(9, rate_fps=rate_fps, sources=(source("1", rate_fps), second))
    texts = losslesscut_texts(held)
    assert list(texts) == ["1_224p-proj.llc", "2_224p-proj.llc"]
    for (name, text), part, lead in zip(texts.items(), "12", (0, 0.021), strict=True):
        project = json5.loads(text)
        pieces = [piece for piece in held.pieces if piece.source.part == part]
        assert (project["version"], project["mediaFileName"]) == (1, name.replace("-proj.llc", ".mkv"))
        for segment, piece in zip(project["cutSegments"], pieces, strict=True):
            assert segment["start"] == pytest.approx(piece.start_seconds + lead, abs=1e-6)
            assert segment["end"] == pytest.approx(piece.end_seconds + lead, abs=1e-6)
            assert segment["name"] == piece.numbered_title
            assert all(isinstance(value, str) for value in segment["tags"].values())


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


def cues(held):
    from matchreel.exports.captions import _cues

    return list(_cues(held))


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


def test_odd_names_and_titles_come_back_as_they_were():
    name = '-first half\'s "Cup" & <1>; ü.mp4'
    held = track(
        2,
        rate_fps=Fraction(25),
        sources=(source(name=name),),
        title=ODD_LABEL,
        label=one_line(f"{ODD_LABEL}\n\n2"),
    )
    assert held.pieces[0].label == ODD_LABEL + " 2"
    clip = read(otio_text(held), "otio_json").tracks[0][0]
    assert (clip.name, clip.media_reference.name) == (held.pieces[0].numbered_title, name)
    root = check_fcpxml(fcpxml_text(held))
    assert root.find("project").get("name") == ODD_LABEL
    assert root.find(".//asset-clip").get("name") == held.pieces[0].numbered_title
    timeline = read(edl_text(held), "cmx_3600", rate=25)
    assert [clip.name for clip in timeline.video_tracks()[0]] == [name, name]
    assert set(reel_names(held.sources).values()) == {"PART1"}
    (llc,) = losslesscut_texts(held).items()
    assert llc[0] == '-first half\'s "Cup" & <1>; ü-proj.llc'
    assert json5.loads(llc[1])["mediaFileName"] == name
    assert [cue for cue in srt_text(held).split("\n") if "-->" in cue] == srt_text(held).split("\n")[1::4]
    assert len(webvtt_text(held).split("-->")) == 3


def test_a_title_cannot_break_a_line_or_a_file():
    assert one_line(" a\r\n\tb\u2028c\x00d\ud800e\uffff ") == "a b c\ufffdd\ufffde\ufffd"


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


def test_two_recordings_of_one_stem_get_two_projects():
    sources = (source("1", name="match.mp4"), source("2", name="match.mkv"))
    texts = losslesscut_texts(track(2, rate_fps=Fraction(25), sources=sources))
    assert list(texts) == ["match-1-proj.llc", "match-2-proj.llc"]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__)
def test_the_same_reel_gives_the_same_text(write):
    held = track(5, rate_fps=NTSC)
    assert write(held) == write(replace(held))


def test_recordings_are_named_from_the_exports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exports = tmp_path / "results/highlights/a/exports"
    video = Path("resources/games/a/1 half #1.mp4")
    assert media_url(video, exports) == "../../../../resources/games/a/1%20half%20%231.mp4"
    assert media_url(tmp_path / video, exports) == media_url(video, exports)
    assert media_url(Path("/elsewhere/é.mp4"), exports) == "file:///elsewhere/%C3%A9.mp4"
