"""One league of the shipped ablation, by a dry run: every variant is there, and what shares is not made twice."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from matchreel.ablation.leagues import ROOT, League, prepare_league
from matchreel.ablation.variants import load_variants, overlay
from support.dryrun import planned, snakemake
from support.tiny import GAMES, merged, tiny_config

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def league(tmp_path_factory):
    """A league's folder as the step prepares it."""
    folder = tmp_path_factory.mktemp("ablation")
    shipped = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    config = merged(shipped, tiny_config())
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    (folder / "vit_b_32.pth").write_bytes(b"weights")
    variants = load_variants(ROOT / "config/ablation.yaml")
    left_out = ("games_table", "scorers", "download", "reel", "ablation")
    held = {key: value for key, value in config.items() if key not in left_out}
    held |= overlay(variants, held, random_backbones=frozenset(["vit_b_32"]))
    made = League(0.3, 1, folder / "league", variants.judged)
    prepare_league(made, held, games_path=folder / "games.tsv", weights_paths=[folder / "vit_b_32.pth"])
    return made


def overlaid(league):
    return yaml.safe_load((league.folder / "overlay.yaml").read_text(encoding="utf-8"))


def test_each_variant_is_scored_and_only_what_differs_is_trained(league):
    jobs = planned(league.folder, league.target, config=overlaid(league))
    names = ["demo_spotter", *overlaid(league)["evaluation"]["compare"]]
    packed = {job.wildcards["model"] for job in jobs if job.rule == "pack_model"}
    assert packed == set(names)
    trained = {job.wildcards["model"] for job in jobs if job.rule in ("train_spotter", "train_model")}
    assert trained == packed - {"spotter_video", "spotter_audio"}
    sets = {job.wildcards["feature_set"] for job in jobs if job.rule == "cache_tensors"}
    assert sets == {"demo", "coarse_lite", "coarse_vit_random_weights"}
    assert "download_weights" not in {job.rule for job in jobs}
    scored = [job for job in jobs if job.rule.startswith("score_")]
    assert len(scored) == len(names) + 2  # one test game of one part, and the untrained two


def test_short_windows_are_scored_with_their_own_length(league):
    target = "results/scores/short_windows/tiny-test/1.npz"
    done = snakemake(league.folder, target, config=overlaid(league), options=["-n", "-p"])
    assert done.returncode == 0, done.stderr
    held = re.search(r"-m score_windows.*?--settings '(.*?)' --log", done.stdout + done.stderr, re.DOTALL)
    assert json.loads(held[1]) == {"window_seconds": 2.8, "stride_seconds": 0.4}
    trained = re.search(r"-m train_model.*?--settings '(.*?)' --log", done.stdout + done.stderr, re.DOTALL)
    told = json.loads(trained[1])
    assert (told["window_before_seconds"], told["window_after_seconds"]) == (1.4, 1.4)


@pytest.mark.parametrize(("random_weights", "rules"), [(True, set()), (False, {"download_weights"})])
def test_the_outer_workflow_is_one_job(tmp_path, random_weights, rules):
    (tmp_path / "games.tsv").write_text(GAMES, encoding="utf-8")
    config = tiny_config(ablation={"random_weights": random_weights})
    jobs = planned(tmp_path, "results/ablation/table.csv", config=config)
    assert {job.rule for job in jobs} == {"ablation", *rules}
