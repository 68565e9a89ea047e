"""`--batch all=i/n`: thousands of games are planned in pieces, which together are the whole plan."""

from __future__ import annotations

from collections import Counter

import pytest

from support.dryrun import Plan, planned_many, snakemake

pytestmark = pytest.mark.slow

CONFIG = {"games_table": "games.tsv"}
NUM_GAMES, NUM_BATCHES = 7, 3


@pytest.fixture
def folder(tmp_path):
    """Seven games of two halves, which three batches cannot share evenly."""
    for index in range(1, NUM_GAMES + 1):
        game = tmp_path / f"league/resources/games/game-{index}"
        game.mkdir(parents=True)
        for part in ("1", "2"):
            (game / f"{part}.mp4").write_bytes(b"x")
    (tmp_path / "league/games.tsv").write_text("game\tsplit\tsource\n", encoding="utf-8")
    return tmp_path / "league"


def batch(index):
    return Plan(("all",), CONFIG, options=("--batch", f"all={index}/{NUM_BATCHES}"))


def test_all_batches_together_are_the_whole_plan(folder, tmp_path):
    whole, *first = planned_many(folder, [Plan(("all",), CONFIG), batch(1), batch(2)], scratch=tmp_path)
    done = [job.output[0] for jobs in first for job in jobs if job.rule == "cut_highlights"]
    assert len(done) == 5
    refused = snakemake(folder, "all", config=CONFIG, options=["-n", *batch(3).options])
    assert refused.returncode and "not all previous batches have been completed" in refused.stdout
    for path in done:
        (folder / path).mkdir(parents=True)
    (last,) = planned_many(folder, [batch(3)], scratch=tmp_path)
    # Each job once: no two batches plan the same work. `all` itself makes nothing.
    made = Counter(job.name for jobs in (*first, last) for job in jobs if job.output)
    assert made == Counter(job.name for job in whole if job.output)
    assert len(made) == 19 * NUM_GAMES
