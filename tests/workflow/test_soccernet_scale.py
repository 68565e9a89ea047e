"""All 500 games of SoccerNet in one dry run: what a researcher would start, and what training never sees."""

from __future__ import annotations

from collections import Counter

import pytest

from matchreel.evaluation.splits import games_of
from matchreel.soccernet.plan import slug_of_game
from support.dryrun import planned

pytestmark = pytest.mark.slow

HEADER = "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds\n"
TARGET = "results/evaluation/spotter/metrics.json"


def test_five_hundred_games_train_and_judge_a_spotter(tmp_path):
    rows = [
        (slug_of_game(path), split, path)
        for split in ("train", "valid", "test")
        for path in games_of([split])
    ]
    table = "".join(f"{slug}\t{split}\tsoccernet\t{path}\t\t\t\t\n" for slug, split, path in rows)
    (tmp_path / "games.tsv").write_text(HEADER + table, encoding="utf-8")
    config = {"games_table": "games.tsv", "evaluation": {"compare": []}}
    jobs = planned(tmp_path, TARGET, config=config)
    counts = Counter(job.rule for job in jobs)
    assert len(rows) == 500
    expected = {
        "download_game": 1000, "download_labels": 500, "probe_media": 1000, "extract_audio": 1000,
        "train_spotter": 1, "pack_model": 1, "score_spotter": 200, "evaluate": 1,
    }  # fmt: skip
    assert {rule: counts[rule] for rule in expected} == expected
    assert counts["cache_tensors"] == 1000
    assert "train_model" not in counts and "render_game" not in counts


def test_slugs_of_all_games_differ():
    slugs = [slug_of_game(path) for split in ("train", "valid", "test") for path in games_of([split])]
    assert len(set(slugs)) == 500
