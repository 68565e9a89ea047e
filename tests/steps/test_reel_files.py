"""Stills and exports of a real reel: of the pictures and times that were cut."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import json5
import numpy as np
import opentimelineio as otio
import pytest
import webvtt

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.media.probe import probe_media
from matchreel.records import Probe
from matchreel.reel.cutting import clip_name
from support.media import read_number, render_match
from support.odd_media import encode
from support.reels import PLAN, cut, make_parts, write_scores

START_SECONDS = Fraction(7, 5)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A part at 30000/1001 whose container starts at 1.4 s, and highlights of it."""
    folder = tmp_path_factory.mktemp("cup final")
    match = render_match(
        folder / "full.mkv", rate_fps=Fraction(30000, 1001), num_segments=6, start_seconds=START_SECONDS
    )
    paths = {
        "video_paths": [match.path],
        "probe_paths": [folder / "full.json"],
        "kickoff_paths": [],
        "scoreboard_paths": [],
    }
    probe_media(video_path=match.path, probe_path=folder / "full.json", game="tiny", part="full")
    write_scores(folder / "full.npz", Probe.load(folder / "full.json").duration_seconds)
    rows = (
        PlannedHighlight("full", 3.0, 14.0, 5.0, "Goal", 0.9, {}),
        PlannedHighlight("full", 20.0, 30.5, None, "Moment", 0.4, {}),
        PlannedHighlight("full", 33.0, 45.0, 40.0, "Shots on target", 0.7, {}),
    )
    plan = EditList("tiny", "excitement", (), (), rows)
    told = cut({**paths, "scores_paths": [folder / "full.npz"]}, plan, folder / "tiny", facts={})
    return folder / "tiny", told, match


def test_every_export_says_the_times_of_the_cuts(made):
    folder, told, _ = made
    exports, rows = folder / "exports", told["highlights"]
    assert {path.name for path in exports.iterdir()} == {
        "timeline.otio", "timeline.edl", "timeline.fcpxml", "highlights.srt", "highlights.vtt", "chapters.txt",
        "full-proj.llc",
    }  # fmt: skip
    known = [(row["start_seconds"], row["end_seconds"]) for row in rows]
    frame = 1001 / 30000
    for name, options in (("timeline.otio", {}), ("timeline.edl", {"rate": 30000 / 1001})):
        timeline = otio.adapters.read_from_file(str(exports / name), **options)
        clips = list(timeline.video_tracks()[0])
        found = [clip.source_range for clip in clips]
        times = [(r.start_time.to_seconds(), r.end_time_exclusive().to_seconds()) for r in found]
        assert times == [pytest.approx(pair, abs=frame / 2) for pair in known]
        lies = [clip.range_in_parent().start_time.to_seconds() for clip in clips]
        assert lies == pytest.approx([row["reel_start_seconds"] for row in rows], abs=1e-5)
    url = otio.adapters.read_from_file(str(exports / "timeline.otio")).tracks[0][0].media_reference.target_url
    assert Path(otio.url_utils.filepath_from_url(url)).samefile(folder.parent / "full.mkv")
    for cues in (webvtt.read(exports / "highlights.vtt"), webvtt.from_srt(exports / "highlights.srt")):
        starts = [float(cue.start.rpartition(":")[2]) for cue in cues]
        assert starts == pytest.approx([row["reel_start_seconds"] for row in rows], abs=0.0006)
        assert [cue.text for cue in cues] == ["1. Goal ~1'", "2. Highlight ~1'", "3. Shot on target ~1'"]
    segments = json5.loads((exports / "full-proj.llc").read_text(encoding="utf-8"))["cutSegments"]
    assert [(row["start"], row["end"]) for row in segments] == [
        pytest.approx(pair, abs=1e-5) for pair in known
    ]
    assert (
        exports / "chapters.txt"
    ).read_text() == "0:00 Goal ~1'\n0:11 Highlight ~1'\n0:21 Shot on target ~1'\n"


def test_stills_show_the_moment(made):
    folder, told, match = made
    assert [path.name for path in sorted((folder / "thumbnails").iterdir())] == [
        Path(row["clip"]).with_suffix(".jpg").name for row in told["highlights"]
    ]
    for row in told["highlights"]:
        picture = cv2.imread(str(folder / "thumbnails" / Path(row["clip"]).with_suffix(".jpg").name))
        frame = np.asarray(picture, dtype=np.uint8)
        number = read_number(frame)
        numbers = match.number_at(
            np.arange(row["start_seconds"], row["end_seconds"], 1 / 30), tolerance_seconds=0.001
        )
        assert frame.shape == (36, 64, 3) and number in numbers
        if row["event_seconds"]:
            shown = row["start_seconds"] + np.flatnonzero(numbers == number) / 30 - row["event_seconds"]
            assert min(abs(shown - 1)) < 4
    sheet = cv2.imread(str(folder / "contact_sheet.jpg"))
    assert sheet.shape == (8 + 2 * (180 + 28 + 8), 8 + 2 * 328, 3)
    poster, goal = (
        cv2.imread(str(folder / name))
        for name in ("poster.jpg", f"thumbnails/{Path(told['highlights'][0]['clip']).stem}.jpg")
    )
    assert np.array_equal(poster, goal)


@pytest.mark.slow
def test_no_reel_no_files_and_only_the_exports_asked_for(tmp_path):
    paths = make_parts(tmp_path)
    cut(paths, replace(PLAN, highlights=()), tmp_path / "none")
    assert not {"exports", "thumbnails", "poster.jpg"} & {path.name for path in (tmp_path / "none").iterdir()}
    one = replace(PLAN, highlights=PLAN.highlights[:1])
    cut(paths, one, tmp_path / "one", exports=["chapters"])
    assert [path.name for path in (tmp_path / "one/exports").iterdir()] == ["chapters.txt"]
    cut(paths, one, tmp_path / "bare", exports=[])
    assert not (tmp_path / "bare/exports").exists() and (tmp_path / "bare/poster.jpg").exists()
    told = json.loads((tmp_path / "one/highlights.json").read_text(encoding="utf-8"))
    assert told["highlights"][0]["clip"] == f"clips/{clip_name(1, one.highlights[0], num_clips=1)}"


def test_sound_alone_gives_exports_and_no_stills(tmp_path):
    video = encode(tmp_path / "radio.mka", num_frames=25 * 20, picture=False)
    probe_media(video_path=video, probe_path=tmp_path / "1.json", game="tiny", part="1")
    write_scores(tmp_path / "1.npz", 20.0)
    paths = {
        "video_paths": [video],
        "probe_paths": [tmp_path / "1.json"],
        "kickoff_paths": [],
        "scoreboard_paths": [],
    }
    plan = replace(PLAN, highlights=PLAN.highlights[:1], notices=())
    cut({**paths, "scores_paths": [tmp_path / "1.npz"]}, plan, tmp_path / "tiny")
    made = {path.name for path in (tmp_path / "tiny").iterdir()}
    assert "exports" in made and not {"thumbnails", "contact_sheet.jpg", "poster.jpg"} & made
    timeline = otio.adapters.read_from_file(str(tmp_path / "tiny/exports/timeline.otio"))
    (track,) = timeline.tracks
    assert track.kind == "Audio"
    assert track[0].source_range.start_time.to_seconds() == pytest.approx(5, abs=0.04)


def reel_pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as held:
        return [frame.to_ndarray(format="gray") for frame in held.decode(video=0)]


def frames_of(track: otio.schema.Track) -> list[int | None]:
    """Of each frame of a track, the frame of its source; None in dissolves and where there is no source."""
    found: list[int | None] = []
    dissolved = set[int]()
    for child in track:
        if isinstance(child, otio.schema.Transition):
            before, after = child.in_offset.to_frames(), child.out_offset.to_frames()
            dissolved |= set(range(len(found) - before, len(found) + after))
            continue
        first, length = child.source_range.start_time.to_frames(), child.source_range.duration.to_frames()
        is_clip = isinstance(child, otio.schema.Clip)
        found += range(first, first + length) if is_clip else [None] * length
    return [None if index in dissolved else frame for index, frame in enumerate(found)]


@pytest.mark.slow
def test_a_finished_reel_is_the_same_in_the_timeline(made, tmp_path):
    """With a title card and crossfades: every frame of the reel is the one that the timeline says."""
    folder, _, match = made
    paths = {
        "video_paths": [match.path],
        "probe_paths": [folder.parent / "full.json"],
        "scores_paths": [folder.parent / "full.npz"],
        "kickoff_paths": [],
        "scoreboard_paths": [],
    }
    plan = EditList.load(folder.parent / "tiny-plan.json")
    told = cut(
        paths, plan, tmp_path / "tiny", facts={"home": "Reds", "away": "Blues"}, transition="crossfade",
        transition_seconds=0.5, title_card_seconds=2, language="ko",
    )  # fmt: skip
    exports = tmp_path / "tiny/exports"
    timeline = otio.adapters.read_from_file(str(exports / "timeline.otio"))
    track = timeline.video_tracks()[0]
    kinds = [type(child).__name__ for child in track]
    assert kinds == ["Gap", "Transition", "Clip", "Transition", "Clip", "Transition", "Clip"]
    assert timeline.duration().to_seconds() == pytest.approx(told["reel_seconds"], abs=1e-4)
    pictures, pure = reel_pictures(tmp_path / "tiny/reel.mp4"), frames_of(track)
    assert len(pictures) == timeline.duration().to_frames() == len(pure)
    rate = 30000 / 1001
    for picture, source_frame in zip(pictures, pure, strict=True):
        if source_frame is not None:
            number = match.number_at([source_frame / rate], tolerance_seconds=0.5 / rate)[0]
            assert read_number(picture) == number
    # The card (60 frames, the first dissolve among them) and two more dissolves of 15.
    assert sum(frame is None for frame in pure) == 60 + 2 * 15
    edl = otio.adapters.read_from_file(str(exports / "timeline.edl"), rate=30000 / 1001)
    clips = [clip for clip in edl.video_tracks()[0] if isinstance(clip, otio.schema.Clip)]
    card, *found = [clip.source_range.start_time.to_seconds() for clip in clips]
    assert card == 0 and clips[0].media_reference.generator_kind == "black"
    assert found == pytest.approx([row["start_seconds"] for row in told["highlights"]], abs=0.017)
    first = webvtt.read(exports / "highlights.vtt")[0]
    assert first.text == "1. 골 ~1'"
    start = told["highlights"][0]["reel_start_seconds"]
    assert start > 1.4 and float(first.start[-6:]) == pytest.approx(start, abs=0.0006)
    assert (exports / "chapters.txt").read_text(encoding="utf-8").startswith("0:00 골 ~1'\n")
