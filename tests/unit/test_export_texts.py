"""Captions, chapters, LosslessCut projects and odd names: read back, they say the same times and titles."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import json5
import pytest
import webvtt

from matchreel.exports.captions import srt_text, webvtt_text
from matchreel.exports.chapters import chapters_text
from matchreel.exports.edl import edl_text, reel_names
from matchreel.exports.fcpxml import fcpxml_text
from matchreel.exports.losslesscut import losslesscut_texts
from matchreel.exports.otio import otio_text
from matchreel.exports.text import media_url, one_line
from support.read_exports import (
    NTSC,
    RATES,
    check_fcpxml,
    close,
    read,
    reel_times,
)
from support.tracks import source, track

WRITERS = (otio_text, edl_text, fcpxml_text, srt_text, webvtt_text, chapters_text, losslesscut_texts)


ODD_LABEL = "Tor <b>&\"'1:0'\" --> ]]> é⚽ 골"


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
