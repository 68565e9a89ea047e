"""What the screen said reaches everything that a reel is: half-time is cut out, minutes, scores and teams are right."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.media.probe import probe_media
from matchreel.reel import finish
from matchreel.reel.given_events import read_events
from matchreel.scoreboard import Half, Scoreboard, ScoreChange
from matchreel.selection import select_highlights
from support.numbered import write_numbered
from support.plans import CHOOSING
from support.reels import cut, write_scores
from support.scoreboards import saved_boards

# A recording that starts at 44:50 and ends in the 46th minute, with half-time from 16 s to 24 s.
BOARD = Scoreboard(
    "tiny",
    "full",
    40.0,
    halves=(
        Half(1, 2.0, 16.0, False, ((2.0, 2690.0),)),
        Half(2, 24.0, 40.0, True, ((24.0, 2700.0),)),
    ),
    first_score=(0, 0),
    changes=(ScoreChange(13.5, 15.0, "home", 1, 0, None, 0.9),),
    home="WES",
    away="STO",
)
MOMENTS = (
    PlannedHighlight("full", 11.0, 15.0, 13.0, "Goal", 0.9, {}),
    PlannedHighlight("full", 18.0, 22.0, 20.0, "Shots on target", 0.8, {}),
    PlannedHighlight("full", 28.0, 32.0, 30.0, "Shots off target", 0.7, {}),
)


@pytest.fixture
def recording(tmp_path: Path) -> dict[str, Any]:
    """The path arguments of both steps, without a scoreboard."""
    video = write_numbered(tmp_path / "full.mkv", rate_fps="25", num_frames=1000)
    probe_media(video_path=video, probe_path=tmp_path / "full.json", game="tiny", part="full")
    write_scores(tmp_path / "full.npz", 40.0)
    return {
        "video_paths": [video], "probe_paths": [tmp_path / "full.json"], "scores_paths": [tmp_path / "full.npz"],
        "kickoff_paths": [], "scoreboard_paths": [],
    }  # fmt: skip


def made(folder: Path, paths: dict[str, Any], board: Scoreboard | None, **changes: Any) -> dict[str, Any]:
    """Select and cut; what highlights.json says."""
    moments_path = folder / "moments.json"
    EditList("tiny", "spotter", ("other",), (), MOMENTS).save(moments_path)
    boards = saved_boards(folder, board) if board else []
    select_highlights(
        moments_path=moments_path, plan_path=folder / "plan.json",
        **CHOOSING | {"probe_paths": paths["probe_paths"], "scoreboard_paths": boards},
    )  # fmt: skip
    plan = EditList.load(folder / "plan.json")
    return cut(paths | {"scoreboard_paths": boards}, plan, folder / "out", **{"facts": {}, **changes})


def chapters_of(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [row["metadata"]["title"] for row in container.chapters()]


def test_the_screen_reaches_every_file(tmp_path: Path, recording: dict[str, Any], monkeypatch) -> None:
    drawn = list[Any]()

    def spied(draw: Any) -> Any:
        return lambda text, **size: drawn.append(text) or draw(text, **size)

    for name in ("draw_lower_third", "draw_title_card"):
        monkeypatch.setattr(finish, name, spied(getattr(finish, name)))
    told = made(tmp_path, recording, BOARD, lower_third_seconds=2, title_card_seconds=1)
    rows = [
        (row["label"], row["match_half"], row["match_minute"], row["match_score"])
        for row in told["highlights"]
    ]
    assert rows == [("Goal", 1, "45+1", "1-0"), ("Shots off target", 2, "46", "1-0")]
    assert [notice["code"] for notice in told["notices"]] == ["not_in_play"]
    out = tmp_path / "out"
    with (out / "highlights.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["match_minute"] for row in csv.DictReader(stream)] == ["45+1", "46"]
    captions = (out / "exports" / "highlights.srt").read_text(encoding="utf-8")
    assert "1. Goal 45+1'\nWES 1-0 STO\n" in captions
    assert "2. Shot off target 46'\nWES 1-0 STO\n" in captions
    assert (out / "exports" / "chapters.txt").read_text(encoding="utf-8").startswith("0:00 Goal 45+1' (1-0)")
    titles = ["Highlights", "Goal 45+1', 1st half (1-0)", "Shot off target 46', 2nd half (1-0)"]
    assert chapters_of(out / "reel.mp4") == titles
    plates = [(row.minute, row.part, row.home, row.score, row.away) for row in drawn if hasattr(row, "part")]
    assert plates == [("45+1'", "1st half", "WES", "1-0", "STO"), ("46'", "2nd half", "WES", "1-0", "STO")]
    assert [(row.home, row.away, row.below) for row in drawn if hasattr(row, "below")] == [
        ("WES", "STO", "1–0 · 2 moments")
    ]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "WES – STO · highlights</title>" in page
    assert '<td class="minute">45+1&#x27;</td>' in page and '<span class="result">1–0</span>' in page
    manifest = json.loads((out / "manifest.json").read_text())
    assert "scoreboard full" in manifest["inputs_sha256"]


def test_a_screen_without_a_score_bug_changes_nothing(tmp_path: Path, recording: dict[str, Any]) -> None:
    """Every file is the same whether nothing was read or reading was off."""
    folders = [tmp_path / name for name in ("off", "empty")]
    for folder, board in zip(folders, (None, Scoreboard("tiny", "full", 40.0)), strict=True):
        folder.mkdir()
        told = made(folder, recording, board)
        assert len(told["highlights"]) == 3 and "match_half" not in told["highlights"][0]
    for path in sorted((folders[0] / "out").rglob("*.*")):
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == (folders[1] / path.relative_to(folders[0])).read_bytes(), path.name


def test_the_table_comes_before_the_screen(tmp_path: Path, recording: dict[str, Any]) -> None:
    facts = {"home": "Westhaven", "away": "Stonebridge", "score_seconds": {"full": [[13.0, "3-3"]]}}
    told = made(tmp_path, recording, BOARD, facts=facts)
    assert [row["match_score"] for row in told["highlights"]] == ["3-3", "3-3"]
    captions = (tmp_path / "out" / "exports" / "highlights.vtt").read_text(encoding="utf-8")
    assert "Westhaven 3-3 Stonebridge" in captions


def test_names_that_no_font_can_write_cost_no_reel(tmp_path: Path, recording: dict[str, Any]) -> None:
    """Nobody wrote them here, so nobody could put them right: the picture does without, the page shows them."""
    board = replace(BOARD, home="الهلال", away="النصر")
    told = made(tmp_path, recording, board, lower_third_seconds=2, title_card_seconds=1)
    assert len(told["highlights"]) == 2
    assert "الهلال – النصر" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        made(tmp_path, recording, BOARD, lower_third_seconds=2, facts={"home": "الهلال"})


def test_what_was_read_can_be_given_back(tmp_path: Path, recording: dict[str, Any]) -> None:
    """Our own highlights.json makes a reel again: its new keys are no part of the recording, and none is unknown."""
    made(tmp_path, recording, BOARD)
    given = read_events(tmp_path / "out" / "highlights.json", before_seconds=4, after_seconds=2)
    assert [row.part for row in given.rows] == ["full", "full"] and given.notices == ()
