"""Which files record which part: names, chapters of cameras, a list; and what cannot be placed is named."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from matchreel.errors import InputError
from matchreel.games import load_games
from matchreel.parts import chapters_from, recordings_in, unplaced_videos

ROOT = Path(__file__).resolve().parents[2]


def folder_of(tmp_path: Path, *names: str, parts: str | None = None) -> Path:
    folder = tmp_path / "games/m"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    if parts is not None:
        (folder / "parts").write_text(parts, encoding="utf-8")
    return folder


def found(folder: Path) -> dict[str, list[str]]:
    return {part: [path.name for path in files] for part, files in recordings_in(folder).items()}


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["1.mp4", "2.mp4"], {"1": ["1.mp4"], "2": ["2.mp4"]}),
        (["1-1.mp4", "1-2.mp4", "2.mp4"], {"1": ["1-1.mp4", "1-2.mp4"], "2": ["2.mp4"]}),
        (["1.mp4", "1-2.mp4"], {"1": ["1.mp4", "1-2.mp4"]}),
        (["full_1.mkv", "FULL_2.MKV", "full 3.mkv"], {"full": ["full_1.mkv", "FULL_2.MKV", "full 3.mkv"]}),
        ([f"full.{n}.ts" for n in range(1, 12)], {"full": [f"full.{n}.ts" for n in range(1, 12)]}),
        (["GX010042.MP4", "GX020042.MP4", "GX010042.THM", "GL010042.LRV"],
         {"full": ["GX010042.MP4", "GX020042.MP4"]}),
        (["GOPR0042.MP4", "GP010042.MP4", "GP020042.MP4"],
         {"full": ["GOPR0042.MP4", "GP010042.MP4", "GP020042.MP4"]}),
    ],
)  # fmt: skip
def test_names_say_the_order(tmp_path, names, parts):
    assert found(folder_of(tmp_path, *names)) == parts


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["1.mp4", "2.mp4", "3.mp4"], "3.mp4 cannot be placed in the match"),
        (["1.mp4", "GX010042.MP4"], "GX010042.MP4 cannot be placed"),
        (["full.mp4", "extra time.mov"], "extra time.mov cannot be placed"),
        (["1-1.mp4", "1-3.mp4"], "piece 2 of a recording is missing beside 1-1.mp4, 1-3.mp4"),
        (["full-2.mp4"], "piece 1 of a recording is missing beside full-2.mp4"),
        (["GX010042.MP4", "GX030042.MP4"], "piece 2 of a recording is missing"),
        (["1.mp4", "1-1.mp4"], "both 1-1.mp4 and 1.mp4 could be part 1"),
        (["GX010042.MP4", "GX010043.MP4"], "GX010042.MP4 and GX010043.MP4 begin two recordings"),
        (["full-1.mp4", "full-2.mp4", "1.mp4"], "full-1.mp4 is beside a recording of a half"),
    ],
)  # fmt: skip
def test_what_cannot_be_placed_is_an_error_that_names_it(tmp_path, names, told):
    with pytest.raises(InputError, match=re.escape(told)) as caught:
        recordings_in(folder_of(tmp_path, *names))
    assert "\n" not in str(caught.value) and "games/m" in str(caught.value)


def test_a_list_says_it_where_names_do_not(tmp_path):
    names = ["GX010042.MP4", "GX020042.MP4", "GX010043.MP4", "\uc804\ubc18 \ub05d.mp4"]
    text = f"# camera\n1: {names[0]}\n1:{names[1]}\n\n2\t{names[2]}\n2  {names[3]}\n"
    folder = folder_of(tmp_path, *(unicodedata.normalize("NFD", name) for name in names), parts=text)
    assert [len(files) for files in found(folder).values()] == [2, 2]
    assert found(folder)["1"] == names[:2]
    game = load_games(
        table_path=_no_games(tmp_path), schema_path=ROOT / "config/schemas/games.schema.yaml",
        games_dir=folder.parent, resolution="224p",
    )["m"]  # fmt: skip
    assert game.parts == {"1": "results/recordings/m/1.mp4", "2": "results/recordings/m/2.mp4"}
    assert game.sources("1") == tuple(f"{folder}/{name}" for name in names[:2])


def _no_games(tmp_path: Path) -> Path:
    path = tmp_path / "games.tsv"
    path.write_text("game\tsplit\tsource\n")
    return path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1: a.mp4\n3: b.mp4\n", "line 2: '3: b.mp4' names no part and file"),
        ("1: a.mp4\n1: none.mp4\n", "line 2: there is no 'none.mp4' in this folder"),
        ("1: a.mp4\n2: a.mp4\n", "line 2: a.mp4 is listed twice"),
        ("1: a.mp4\n", "b.mp4 cannot be placed in the match: parts does not list it"),
    ],
)
def test_a_wrong_list_is_named_by_its_line(tmp_path, text, told):
    folder = folder_of(tmp_path, "a.mp4", "b.mp4", parts=text)
    with pytest.raises(InputError, match=re.escape(told)):
        recordings_in(folder)


@pytest.mark.parametrize(
    ("names", "suffix"),
    [(("1.mp4", "2.ts"), "mkv"), (("1.MOV", "2.mov"), "mov"), (("1.mp4", "2.m4v"), "mp4")],
)
def test_pieces_are_joined_in_a_container_that_holds_them(tmp_path, names, suffix):
    folder = folder_of(tmp_path, *(f"full-{name}" for name in names))
    game = load_games(
        table_path=_no_games(tmp_path), schema_path=ROOT / "config/schemas/games.schema.yaml",
        games_dir=folder.parent, resolution="224p",
    )["m"]  # fmt: skip
    assert dict(game.parts) == {"full": f"results/recordings/m/full.{suffix}"}


def test_a_cameras_first_chapter_brings_the_others_along(tmp_path):
    folder = folder_of(tmp_path, "GX010042.MP4", "GX020042.MP4", "GX010043.MP4", "match.mp4")
    names = [[path.name for path in chapters_from(folder / name)] for name in (
        "GX010042.MP4", "GX020042.MP4", "GX010043.MP4", "match.mp4")]  # fmt: skip
    assert names == [["GX010042.MP4", "GX020042.MP4"], ["GX020042.MP4"], ["GX010043.MP4"], ["match.mp4"]]
    (folder / "GX040042.MP4").write_bytes(b"x")
    with pytest.raises(InputError, match="piece 3 of a recording is missing"):
        chapters_from(folder / "GX010042.MP4")


def test_videos_of_a_folder_that_is_no_game_are_named(tmp_path):
    assert unplaced_videos(folder_of(tmp_path, "match.mp4", "notes.txt")) == ["match.mp4"]
    assert unplaced_videos(tmp_path / "none") == []


@pytest.mark.parametrize("text", ["", "# 1: full.mp4\n\n"])
def test_a_list_of_nothing_is_refused_so_that_no_game_vanishes(tmp_path, text):
    (tmp_path / "full.mp4").write_bytes(b"video")
    (tmp_path / "parts").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="parts: it lists no file"):
        recordings_in(tmp_path)
