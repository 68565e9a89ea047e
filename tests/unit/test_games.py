"""games.tsv and the recordings that users drop in."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

import pytest

from matchreel.errors import MatchreelError
from matchreel.games import load_games, pattern_of, slug_of_name
from matchreel.games_table import parse_kickoff, parse_score

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "config/schemas/games.schema.yaml"
HEADER = "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds"
NET_PATH = "england_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley"


def load(folder: Path, *lines: str, header: str = HEADER, resolution: str = "224p", raw: bytes | None = None):
    table = folder / "games.tsv"
    table.write_bytes(raw if raw is not None else "\n".join([header, *lines, ""]).encode())
    return load_games(table_path=table, schema_path=SCHEMA, games_dir=folder / "games", resolution=resolution)


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / "games" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


@pytest.mark.parametrize("names", [[], ["a"], ["a", "ab", "abc-1", "abc-2", "b"], ["x-1", "x-1-2", "y.z"]])
def test_a_pattern_matches_its_names_and_no_other(names):
    pattern = re.compile(f"(?:{pattern_of(names)})$")
    others = ["", "c", "abc", "abc-", "abc-12", "x", "x-1-", "yyz"]
    assert [name for name in [*names, *others] if pattern.match(name)] == names


def test_shipped_table():
    games = load_games(
        table_path=ROOT / "config/games.tsv",
        schema_path=SCHEMA,
        games_dir=Path("no-such-folder"),
        resolution="224p",
    )
    splits = {slug: game.split for slug, game in games.items()}
    assert splits == {
        **{f"demo-train-{index}": "train" for index in range(1, 6)},
        "demo-valid-1": "valid",
        "demo-test-1": "test",
        "demo-final": "test",
    }
    assert games["demo-final"].parts == {"1": "no-such-folder/demo-final/1_224p.mkv"}
    assert {game.source for game in games.values()} == {"demo"}
    assert all(game.home and game.away for game in games.values())


def test_soccernet_row(tmp_path):
    games = load(
        tmp_path,
        f"a-b\ttest\tsoccernet\t{NET_PATH}\tChelsea\tBurnley\t2015-02-21\t1:12.5;2:3",
        resolution="720p",
    )
    game = games["a-b"]
    folder = (tmp_path / "games/a-b").as_posix()
    assert game.parts == {"1": f"{folder}/1_720p.mkv", "2": f"{folder}/2_720p.mkv"}
    assert game.labels_path == f"{folder}/Labels-v2.json"
    assert game.kickoff_seconds == {"1": 12.5, "2": 3.0}
    assert (game.soccernet_path, game.home, game.date) == (NET_PATH, "Chelsea", "2015-02-21")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("My Game\tnone\tdemo", ["line 2, column game", "'My Game'", "small letters"]),
        ("-a\tnone\tdemo", ["line 2, column game"]),
        ("\tnone\tdemo", ["line 2, column game", "empty"]),
        ("a\tdev\tdemo", ["line 2, column split", "train, valid, test or none"]),
        ("a\tnone\tyoutube", ["line 2, column source", "soccernet, local or demo"]),
        ("a\tnone\tsoccernet", ["line 2, column soccernet_path", "empty", "league/season/game"]),
        ("a\tnone\tsoccernet\t../x/y", ["column soccernet_path", "../x/y"]),
        ("a\tnone\tsoccernet\tx/../y", ["column soccernet_path"]),
        ("a\tnone\tsoccernet\tx/y/..", ["column soccernet_path"]),
        ("a\tnone\tsoccernet\t/x/y/z", ["column soccernet_path"]),
        ("a\tnone\tsoccernet\t/x/y", ["column soccernet_path"]),
        ("a\tnone\tsoccernet\tx/y/z*", ["column soccernet_path"]),
        ("a\tnone\tsoccernet\tx\\y/z/w", ["column soccernet_path"]),
        (f"a\tnone\tdemo\t{NET_PATH}", ["column soccernet_path", "nothing for others"]),
        ("a\tnone\tdemo\t\t\t\t31.05.2024", ["column date", "2024-05-31"]),
        ("a\tnone\tdemo\t\t\t\t2024-13-01", ["column date"]),
        ("a\tnone\tdemo\t\t\t\t\t12", ["column kickoff_seconds", "part:seconds"]),
        ("a\tnone\tdemo\t\t\t\t\t1:-4", ["column kickoff_seconds"]),
        ("a\tnone\tdemo\t\t\t\t\t1:4;1:5", ["column kickoff_seconds", "twice"]),
        (f"a\tnone\tdemo\t\t\t\t\t1:1{'0' * 300}", ["column kickoff_seconds", "part:seconds"]),
        ("a\tnone\tdemo\t\t\t\t\t1:123456", ["column kickoff_seconds"]),
        ("a\tnone\tdemo\t\t\t\t\t2:4", ["column kickoff_seconds", "no part 2"]),
        ("a\tnone\tdemo\t\t\t\t\t\tmore", ["line 2", "9 columns"]),
        ("a\ttest\tlocal", ["line 2, column game", "no recording", "full.mp4"]),
    ],
)
def test_wrong_cells_are_named(tmp_path, line, told):
    with pytest.raises(MatchreelError) as caught:
        load(tmp_path, line)
    message = str(caught.value)
    assert "\n" not in message
    for words in ["games.tsv", *told]:
        assert words in message


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("game\tsplit", "missing column 'source'"),
        (HEADER + "\tgoals", "unknown column 'goals'"),
        (HEADER + "\tgame", "column given twice: 'game'"),
        ("game,split,source", "unknown column 'game,split,source'"),
    ],
)
def test_wrong_headers_are_named(tmp_path, header, told):
    with pytest.raises(MatchreelError, match=re.escape(told)):
        load(tmp_path, header=header)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["a\tnone\tdemo", "", "a\ttest\tdemo"], "line 4, column game: 'a' stands in line 2 already"),
        (
            [f"a\ttrain\tsoccernet\t{NET_PATH}", f"b\ttest\tsoccernet\t{NET_PATH}"],
            "line 3, column soccernet_path",
        ),
    ],
)
def test_no_game_twice(tmp_path, lines, told):
    with pytest.raises(MatchreelError, match=re.escape(told)):
        load(tmp_path, *lines)


def test_tables_from_other_editors(tmp_path):
    raw = "\ufeff# ours\r\n\r\nsource\tgame\tsplit\r\ndemo\ta\tnone\r\n".encode()
    assert list(load(tmp_path, raw=raw)) == ["a"]
    assert load(tmp_path, raw=HEADER.encode()) == {}
    for wrong in (b"game\tsplit\tsource\nm\xfcnchen\tnone\tdemo\n", b""):
        with pytest.raises(MatchreelError, match=r"games\.tsv"):
            load(tmp_path, raw=wrong)


def test_missing_table(tmp_path):
    with pytest.raises(MatchreelError, match="no table of games"):
        load_games(table_path=tmp_path / "x.tsv", schema_path=SCHEMA, games_dir=tmp_path, resolution="224p")


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["m/full.mp4"], {"full": "full.mp4"}),
        (["m/FULL.MOV", "m/full.srt", "m/full.json", "m/notes.txt", "m/full.LRV"], {"full": "FULL.MOV"}),
        (["m/2.ts", "m/1.webm"], {"1": "1.webm", "2": "2.ts"}),
        (["m/1_224p.mkv", "m/2_224p.mkv"], {"1": "1_224p.mkv", "2": "2_224p.mkv"}),
        (["m/1_720p.mkv", "m/.1.mp4", "m/1.mp4.part", "m/1"], {"1": "1_720p.mkv"}),
    ],
)
def test_dropped_in_recordings(tmp_path, names, parts):
    put(tmp_path, *names)
    game = load(tmp_path)["m"]
    folder = (tmp_path / "games/m").as_posix()
    assert dict(game.parts) == {part: f"{folder}/{name}" for part, name in parts.items()}
    assert list(game.parts) == list(parts)
    assert (game.source, game.split, game.labels_path) == ("local", "none", None)


@pytest.mark.parametrize(
    "names", [["m/match.mp4"], ["m/Labels-v2.json"], ["loose.mp4"], [".m/full.mp4"], ["m/full.mp4.part"]]
)
def test_folders_without_a_recording_are_no_games(tmp_path, names):
    put(tmp_path, *names)
    (tmp_path / "games/empty").mkdir()
    assert load(tmp_path) == {}


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["m/1.mp4", "m/1.mkv"], "both 1.mkv and 1.mp4 could be part 1"),
        (["m/1.mp4", "m/1_224p.mkv"], "part 1"),
        (["m/full.mp4", "m/1.mp4"], "beside a recording of a half"),
        (["My Match/full.mp4"], "Rename it to my-match"),
        (["전북/full.mp4"], "Rename it to match-"),
        (["m/full.mp4", "m/Labels-v2.json", "m/events.csv"], "both Labels-v2.json and events.csv"),
    ],
)
def test_unclear_folders_are_named_and_stop_their_own_game_alone(tmp_path, names, told):
    put(tmp_path, *names, "other/full.mp4")
    games = load(tmp_path, "row\tnone\tlocal")
    slug = names[0].split("/")[0]
    assert told in games[slug].problem and "games/" in games[slug].problem
    assert not games[slug].parts and games["other"].parts and not games["other"].problem
    assert "line 2, column game: there is no recording" in games["row"].problem


def test_a_game_to_learn_from_that_cannot_be_used_stops_everything(tmp_path):
    put(tmp_path, "m/1.mp4", "m/1.mkv", "m/events.csv")
    with pytest.raises(MatchreelError, match=r"both 1\.mkv and 1\.mp4"):
        load(tmp_path, "m\ttrain\tlocal")


def test_what_lies_beside_a_recording_is_no_recording(tmp_path):
    put(tmp_path, "m/full.mp4", "m/7.pdf", "m/full.webp", "m/full.xmp", "m/1.docx", "m/full.jpeg")
    assert list(load(tmp_path)["m"].parts) == ["full"]


@pytest.mark.parametrize("labels", ["Labels-v2.json", "events.csv"])
def test_a_row_adds_facts_to_a_local_game(tmp_path, labels):
    put(tmp_path, "m/full.mp4", "z/full.mp4")
    row = "m\ttrain\tlocal\t\tReds\tBlues\t2024-05-31\tfull:95"
    with pytest.raises(MatchreelError, match="without labels cannot be in split train"):
        load(tmp_path, row)
    put(tmp_path, f"m/{labels}")
    games = load(tmp_path, row)
    assert list(games) == ["m", "z"]
    assert games["m"].labels_path == f"{(tmp_path / 'games/m').as_posix()}/{labels}"
    assert (games["m"].home, games["m"].kickoff_seconds) == ("Reds", {"full": 95.0})


def test_folders_of_rows_are_not_local(tmp_path):
    put(tmp_path, "a/1_224p.mkv", "a/full.mp4", "b/1_224p.mkv")
    games = load(tmp_path, f"a\ttest\tsoccernet\t{NET_PATH}", "b\ttest\tdemo")
    assert {slug: game.source for slug, game in games.items()} == {"a": "soccernet", "b": "demo"}


def test_a_link_whose_recording_is_gone_stays_a_game(tmp_path):
    (tmp_path / "games/m").mkdir(parents=True)
    (tmp_path / "games/m/full.mp4").symlink_to(tmp_path / "unplugged.mp4")
    assert list(load(tmp_path)["m"].parts) == ["full"]


def test_five_thousand_rows(tmp_path):
    rows = [
        f"g-{index}\ttrain\tsoccernet\tleague/2014-2015/2015-02-21 - A {index} - 1 B\tA\tB\t2015-02-21\t1:0;2:3"
        for index in range(5000)
    ]
    games = load(tmp_path, *rows)
    assert len(games) == 5000
    assert list(games)[-1] == "g-4999"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Real Madrid 2 - 1 Barça", "real-madrid-2-1-barca"),
        ("  --Ünïted__vs. København's (HD)!! ", "united-vs-kobenhavn-s-hd"),
        ("Wisła Kraków Straße", "wisla-krakow-strasse"),
        ("İSTANBUL", "istanbul"),
        ("ﬁnal ①", "final-1"),
        ("FC 서울 vs Jeonbuk", "fc-vs-jeonbuk"),
        ("a\nb'c\"d", "a-b-c-d"),
        ("x" * 300, "x" * 60),
    ],
)
def test_slugs_of_latin_names(name, slug):
    assert slug_of_name(name) == slug


@pytest.mark.parametrize("name", ["전북 현대", "東京", "🥅⚽", "2024-05-01", "", "\udcff"])
def test_slugs_of_other_names(name):
    slug = slug_of_name(name)
    assert re.fullmatch(r"match-[0-9a-f]{8}", slug)
    assert slug == slug_of_name(unicodedata.normalize("NFD", name))
    assert slug != slug_of_name(name + "가")


@pytest.mark.parametrize(
    ("score", "is_right"),
    [
        ("1:1520=999-0", True),
        ("1:1520=1000-0", False),
        (f"1:1520={'9' * 2000}-0", False),
        (f"1:{'9' * 300}=1-0", False),
        ("1:1=1-0" + ";1:1=1-0" * 300, False),
    ],
)
def test_a_score_has_at_most_three_digits_a_side(tmp_path, score, is_right):
    header = HEADER + "\tscore"
    row = f"a\tnone\tdemo\t\t\t\t\t\t{score}"
    if is_right:
        assert load(tmp_path, row, header=header)["a"].score_seconds["1"][0][1] == "999-0"
        return
    with pytest.raises(MatchreelError, match=r"column score.*at most 3 digits a side") as caught:
        load(tmp_path, row, header=header)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1200


@pytest.mark.parametrize("name", ["full.m{k}v", "1.{game}", b"full.m\xffv", "full.m v", "full.a\nb"])
def test_an_ending_that_no_path_can_have_is_one_line(tmp_path, name):
    folder = tmp_path / "games/cup"
    folder.mkdir(parents=True)
    with open(os.path.join(os.fsencode(folder), os.fsencode(name)), "wb") as stream:  # noqa: PTH123, PTH118
        stream.write(b"x")
    message = load(tmp_path)["cup"].problem
    assert "braces, blanks, or bytes that are no UTF-8" in message
    assert "\n" not in message and "Rename it to " in message and ".mkv" in message
    message.encode("utf-8")  # no half of a letter reaches the console


def test_a_second_half_that_is_added_later_joins_the_first(tmp_path):
    put(tmp_path, "cup/1.mp4")
    assert list(load(tmp_path)["cup"].parts) == ["1"]
    put(tmp_path, "cup/2.mkv")
    parts = load(tmp_path)["cup"].parts
    assert {part: Path(path).name for part, path in parts.items()} == {"1": "1.mp4", "2": "2.mkv"}


def test_score_text():
    assert parse_score("") == {}
    assert parse_score("2:300.5=1-1;1:1520=1-0;2:20=0-1") == {
        "1": ((1520.0, "1-0"),),
        "2": ((20.0, "0-1"), (300.5, "1-1")),
    }


def test_kickoff_text():
    assert parse_kickoff("") == {}
    assert parse_kickoff("2:3;1:12.5") == {"2": 3.0, "1": 12.5}
