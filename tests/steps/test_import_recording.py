"""`make reel`'s first half: a recording is linked in under a slug, and nothing is ever overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matchreel import importing
from matchreel.errors import MatchreelError
from matchreel.games import load_games

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "config/schemas/games.schema.yaml"
TABLE = "game\tsplit\tsource\nowned\ttest\tdemo\nmine\tnone\tlocal\n"


@pytest.fixture
def place(tmp_path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/games.tsv").write_text(TABLE)
    (tmp_path / "in").mkdir()
    return tmp_path


def recording(place: Path, name: str, content: bytes = b"video") -> Path:
    path = place / "in" / name
    path.write_bytes(content)
    return path


def import_in(place: Path, video: Path, second: Path | None = None, game: str | None = None) -> str:
    return importing.import_recording(
        video_path=video,
        second_path=second,
        game=game,
        games_dir=place / "resources/games",
        table_path=place / "config/games.tsv",
        schema_path=SCHEMA,
    )


def held(place: Path) -> dict[str, bytes]:
    games = place / "resources/games"
    return {path.relative_to(games).as_posix(): path.read_bytes() for path in sorted(games.glob("*/*"))}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("My Match (1).MP4", "my-match-1/full.mp4"),
        ('-rf it\'s "quoted" $HOME;x.mkv', "rf-it-s-quoted-home-x/full.mkv"),
        ("⚽ goal 🥅.mov", "goal/full.mov"),
        ("line\nbreak.ts", "line-break/full.ts"),
        ("전북 현대.avi", "match-ed329380/full.avi"),
        ("a.b.c d", "a-b/full.video"),
        ("noend", "noend/full.video"),
        ("notes.txt", "notes/full.video"),
        ("--help", "help/full.video"),
    ],
)
def test_any_name_through_the_command(place, name, target):
    recording(place, name)
    command = [sys.executable, str(ROOT / "workflow/scripts/import_recording.py"), f"--video-path={name}"]
    done = subprocess.run(command, cwd=place / "in", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, target.split("/")[0] + "\n"), done.stderr
    linked = place / "in/resources/games" / target
    assert linked.is_symlink() and linked.readlink().is_absolute()
    assert linked.read_bytes() == b"video"
    (place / "games.tsv").write_text("game\tsplit\tsource\n")
    games = load_games(
        table_path=place / "games.tsv",
        schema_path=SCHEMA,
        games_dir=place / "in/resources/games",
        resolution="224p",
    )
    assert list(games) == [target.split("/")[0]]


def test_two_halves(place):
    first, second = recording(place, "DSC 1.mp4", b"one"), recording(place, "DSC 2.mkv", b"two")
    assert import_in(place, first, second, game="derby") == "derby"
    assert import_in(place, first, second, game="derby") == "derby"
    assert held(place) == {"derby/1.mp4": b"one", "derby/2.mkv": b"two"}
    (place / "resources/games/derby/2.mkv").unlink()
    import_in(place, first, second, game="derby")
    assert len(held(place)) == 2


def held_paths(place: Path) -> list[Path]:
    return sorted((place / "resources/games").glob("*/*"))


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("missing", "no such file"),
        ("folder", "not a file"),
        ("empty", "empty"),
        ("same twice", "both halves are the same file"),
        ("bad slug", "GAME=my-game"),
        ("owned", "demo game of this name"),
        ("other file", "another recording"),
        (
            "first half again",
            "is this recording already, as the full match, and now it is given as the first",
        ),
        ("half alone", "is this recording already, as the first half, and now it is given as the full match"),
        ("other way round", "Give VIDEO and VIDEO2 the other way round"),
        ("recording is gone", "links to a recording that is no longer there"),
    ],
)
def test_refusals_change_nothing(place, case, told):
    video, other = recording(place, "a.mp4"), recording(place, "b.mp4", b"other")
    import_in(place, video, game="taken")
    import_in(place, video, other, game="halves")
    lost = recording(place, "lost.mp4", b"lost")
    import_in(place, lost, game="lost")
    lost.unlink()
    before = {path: path.read_bytes() for path in held_paths(place) if path.exists()}
    arguments = {
        "missing": (place / "in/none.mp4", None, None),
        "folder": (place / "in", None, None),
        "empty": (recording(place, "e.mp4", b""), None, None),
        "same twice": (video, video, "two"),
        "bad slug": (video, None, "My Game"),
        "owned": (video, None, "owned"),
        "other file": (other, None, "taken"),
        "first half again": (video, other, "taken"),
        "half alone": (video, None, "halves"),
        "other way round": (other, video, "halves"),
        "recording is gone": (video, None, "lost"),
    }[case]
    with pytest.raises(MatchreelError, match=told) as caught:
        import_in(place, *arguments)
    assert "\n" not in str(caught.value)
    assert {path: path.read_bytes() for path in held_paths(place) if path.exists()} == before


def test_the_remedy_for_a_half_that_was_imported_as_the_match_helps(place):
    first, second = recording(place, "first.mkv", b"one"), recording(place, "second.mkv", b"two")
    import_in(place, first)
    with pytest.raises(MatchreelError, match=r"Rename that file to 1\.mkv and run the same command again"):
        import_in(place, first, second)
    (place / "resources/games/first/full.mkv").rename(place / "resources/games/first/1.mkv")
    assert import_in(place, first, second) == "first"
    assert held(place) == {"first/1.mkv": b"one", "first/2.mkv": b"two"}


def test_a_cameras_chapters_come_along_one_by_one(place):
    first, second = recording(place, "GX010042.MP4", b"one"), recording(place, "GX020042.MP4", b"two")
    assert import_in(place, first) == "gx010042"
    linked = {"gx010042/full-1.mp4": b"one", "gx010042/full-2.mp4": b"two"}
    assert held(place) == linked
    third = recording(place, "GX030042.MP4", b"three")
    import_in(place, first)
    assert held(place) == linked | {"gx010042/full-3.mp4": b"three"}
    with pytest.raises(
        MatchreelError, match=r"it continues GX010042\.MP4: both are chapters of one recording"
    ):
        import_in(place, first, second, game="halves")
    half = recording(place, "GX010043.MP4", b"half")
    import_in(place, first, half, game="two-halves")
    assert {name: content for name, content in held(place).items() if name.startswith("two-halves")} == {
        "two-halves/1-1.mp4": b"one", "two-halves/1-2.mp4": b"two", "two-halves/1-3.mp4": b"three",
        "two-halves/2.mp4": b"half",
    }  # fmt: skip
    assert third.exists()


def test_a_chapter_that_was_imported_alone_keeps_its_name(place):
    first = recording(place, "GX010042.MP4", b"one")
    import_in(place, first, game="m")
    recording(place, "GX020042.MP4", b"two")
    import_in(place, first, game="m")
    assert held(place) == {"m/full.mp4": b"one", "m/full-2.mp4": b"two"}


def test_a_third_video_is_refused_by_name(place):
    command = [sys.executable, str(ROOT / "workflow/commands/make_reel.py"), "--cores", "1"]
    environment = os.environ | {"VIDEO": "a.mp4", "VIDEO2": "b.mp4", "VIDEO3": "c.mp4"}
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode != 0 and done.stderr.count("\n") == 1
    assert "VIDEO3" in done.stderr and "c.mp4" in done.stderr and "resources/games/" in done.stderr


def test_a_local_row_owns_nothing(place):
    assert import_in(place, recording(place, "a.mp4"), game="mine") == "mine"


def test_copies_where_links_are_impossible(place, monkeypatch):
    def refuse(self: Path, target: object, target_is_directory: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    video = recording(place, "a.mp4")
    assert import_in(place, video) == "a"
    assert import_in(place, video) == "a"
    copied = place / "resources/games/a/full.mp4"
    assert not copied.is_symlink() and copied.read_bytes() == b"video"
    with pytest.raises(MatchreelError, match="another recording"):
        import_in(place, recording(place, "b.mp4", b"other"), game="a")


def test_the_command_says_what_is_missing(place):
    script = str(ROOT / "workflow/scripts/import_recording.py")
    done = subprocess.run([sys.executable, script], cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "make reel VIDEO=" in done.stderr
