"""Choosing SoccerNet games: rows for games.tsv, and what they take, before anything is downloaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from matchreel.errors import MatchreelError
from matchreel.games import load_games
from matchreel.soccernet.plan import Plan, plan_downloads, slug_of_game
from matchreel.soccernet.sizes import part_bytes

pytest.importorskip("SoccerNet", reason="the soccernet extra is not installed")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "config/schemas/games.schema.yaml"
GAME = "england_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley"
TABLE = "# ours\ngame\tsplit\tsource\taway\thome\tsoccernet_path\nours\tnone\tdemo\n"


def plan(folder: Path, *, splits=(), games=(), resolution="224p", table: str = TABLE) -> Plan:
    path = folder / "games.tsv"
    if not path.exists():
        path.write_text(table)
    return plan_downloads(
        splits=splits,
        soccernet_paths=games,
        table_path=path,
        schema_path=SCHEMA,
        games_dir=folder / "games",
        resolution=resolution,
    )


def load(folder: Path):
    return load_games(
        table_path=folder / "games.tsv", schema_path=SCHEMA, games_dir=folder / "games", resolution="224p"
    )


@pytest.mark.parametrize(
    ("splits", "num_games"),
    [(["train"], 300), (["valid", "test"], 200), (["challenge"], 50), (["train", "valid", "test"], 500)],
)
def test_whole_splits(tmp_path, splits, num_games):
    made = plan(tmp_path, splits=splits)
    assert (made.num_games, made.num_new_rows) == (num_games, num_games)
    assert made.estimate.gigabytes == pytest.approx(num_games * 2 * part_bytes("224p") / 1e9)
    assert made.estimate.hours == pytest.approx(made.estimate.gigabytes * 8e3 / 20 / 3600)
    games = load(tmp_path)
    assert len(games) == num_games + 1
    expected = {"none" if split == "challenge" else split for split in splits}
    assert {game.split for game in games.values() if game.source == "soccernet"} == expected


def test_all_four_splits_though_soccernet_lists_a_game_in_two_of_them(tmp_path):
    made = plan(tmp_path, splits=["train", "valid", "test", "challenge"])
    assert (made.num_games, made.num_new_rows) == (550, 550)
    games = load(tmp_path)
    twins = {slug: game.soccernet_path for slug, game in games.items() if "2016-12-11-paris-sg" in slug}
    assert set(twins) == {"2016-12-11-paris-sg-nice", "2016-12-11-paris-sg-nice-18-00"}
    assert "11 - 22-45" in twins["2016-12-11-paris-sg-nice"]
    assert "11 - 18-00" in twins["2016-12-11-paris-sg-nice-18-00"]
    assert plan(tmp_path, splits=["train", "valid", "test", "challenge"]).num_new_rows == 0
    assert len(load(tmp_path)) == 551


def test_the_other_of_the_two_can_be_chosen_first(tmp_path):
    assert plan(tmp_path, splits=["challenge"]).num_new_rows == 50
    assert plan(tmp_path, splits=["train"]).num_new_rows == 300
    assert "2016-12-11-paris-sg-nice-22-45" in load(tmp_path)


def test_one_game_and_again(tmp_path):
    assert plan(tmp_path, games=[GAME]).num_new_rows == 1
    text = (tmp_path / "games.tsv").read_text()
    assert (
        text
        == TABLE.rstrip("\n") + f"\n2015-02-21-chelsea-burnley\ttrain\tsoccernet\tBurnley\tChelsea\t{GAME}\n"
    )
    first = tmp_path / "games/2015-02-21-chelsea-burnley/1_224p.mkv"
    first.parent.mkdir(parents=True)
    first.write_bytes(b"here already")
    again = plan(tmp_path, games=[GAME])
    assert (again.num_games, again.num_new_rows) == (1, 0)
    assert again.estimate.gigabytes == pytest.approx(part_bytes("224p") / 1e9)
    assert (tmp_path / "games.tsv").read_text() == text


def test_the_user_s_own_rows_stay(tmp_path):
    table = f"game\tsplit\tsource\tsoccernet_path\nmy-name\ttest\tsoccernet\t{GAME}\n"
    assert plan(tmp_path, games=[GAME], table=table).num_new_rows == 0
    assert (tmp_path / "games.tsv").read_text() == table


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"splits": ["dev"]}, "unknown split 'dev'"),
        ({"games": ["a/b/c"]}, "no game 'a/b/c'"),
        ({}, "no game was chosen"),
        ({"splits": ["test"], "resolution": "HQ"}, "unknown resolution"),
        ({"games": [GAME], "table": "game\tsplit\tsource\n"}, "missing column 'soccernet_path'"),
        (
            {"games": [GAME], "table": TABLE + "2015-02-21-chelsea-burnley\tnone\tdemo\n"},
            "'2015-02-21-chelsea-burnley'",
        ),
    ],
)
def test_refusals_leave_the_table_alone(tmp_path, arguments, told):
    with pytest.raises(MatchreelError, match=told):
        plan(tmp_path, **arguments)
    assert (tmp_path / "games.tsv").read_text() == arguments.get("table", TABLE)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        (GAME, "2015-02-21-chelsea-burnley"),
        ("a/b/2016-10-01 - 21-15 FC Köln 3 - 0 Bayer 04", "2016-10-01-fc-koln-bayer-04"),
        ("a/b/another form", "another-form"),
    ],
)
def test_slugs_hold_no_score(path, slug):
    assert slug_of_game(path) == slug


def test_the_command_prints_the_plan(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/games.tsv").write_text(TABLE)
    command = [sys.executable, str(ROOT / "workflow/scripts/plan_downloads.py"), "--splits", "test"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert (
        first.startswith("100 games, 200 parts to fetch in 224p: about 45.0 GB and 5.0 hours")
        and "free here" in first
    )
    assert second.startswith("100 rows added")
    assert not (tmp_path / "resources").exists()
