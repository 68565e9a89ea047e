"""The ablation without its workflows: variants, folders, pooling, page."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from matchreel.ablation import leagues as leagues_module
from matchreel.ablation.leagues import ROOT, leagues_in, prepare_league, run_league
from matchreel.ablation.step import ablation
from matchreel.ablation.variants import load_variants, overlay, random_models
from matchreel.ablation.weights import save_random_weights
from matchreel.errors import ConfigError, ToolError
from matchreel.evaluation.intervals import Sampled
from matchreel.evaluation.resamples import save_resamples
from support.tiny import GAMES

SHIPPED = load_variants(ROOT / "config/ablation.yaml")
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
SMALL = """
judged: base
models:
  deaf: {like: base, checkpoint_of: base, modalities: video}
  other: {like: base, feature_set: eyes}
feature_sets:
  eyes: {like: plain, backbone: resnet18}
tables:
  - {title: One, rows: {base: both, deaf: picture}}
  - {title: Two, rows: {other: other eyes, base: own eyes}}
"""
SMALL_CONFIG = {
    "models": {"base": {"feature_set": "plain", "checkpoint": "best", "modalities": "both"}},
    "feature_sets": {"plain": {"backbone": "efficientnet_lite0", "height": 64}},
    "demo": {"minutes": 1, "difficulty": 0.5, "seed": 9},
    "evaluation": {"compare": [], "split": "test"},
}


@pytest.fixture
def small(tmp_path):
    (tmp_path / "ablation.yaml").write_text(SMALL, encoding="utf-8")
    return load_variants(tmp_path / "ablation.yaml")


def test_the_shipped_variants_fit_the_shipped_config():
    added = overlay(SHIPPED, CONFIG, random_backbones=frozenset())
    assert SHIPPED.judged == "demo_spotter"
    assert set(added["models"]) <= set(added["evaluation"]["compare"])
    shared = {name: own["checkpoint"] for name, own in added["models"].items() if "/" in own["checkpoint"]}
    assert set(shared.values()) == {"results/models/demo_spotter/model.safetensors"}
    assert {added["models"][name]["modalities"] for name in shared} == {"video", "audio"}
    backbones = {own["backbone"] for own in added["feature_sets"].values()}
    assert "efficientnet_lite0" in backbones and any(name.startswith("vit_") for name in backbones)
    sizes = [
        {key: own[key] for key in ("height", "width", "frame_rate_fps")}
        for own in added["feature_sets"].values()
    ]
    assert all(size == sizes[0] for size in sizes), "backbones are compared on the same pictures"


def test_a_variant_is_another_model_with_some_keys_changed(small):
    added = overlay(small, SMALL_CONFIG, random_backbones=frozenset())
    base = SMALL_CONFIG["models"]["base"]
    assert added["models"]["deaf"] == base | {
        "modalities": "video", "checkpoint": "results/models/base/model.safetensors"
    }  # fmt: skip
    assert added["models"]["other"] == base | {"feature_set": "eyes"}
    assert added["feature_sets"] == {"eyes": {"backbone": "resnet18", "height": 64}}
    assert added["evaluation"] == {"compare": ["deaf", "other"], "split": "test"}
    assert small.backbones_to_fetch() == ["resnet18"]


def test_random_weights_never_share_a_feature_sets_name(small):
    random = frozenset(["resnet18"])
    added = overlay(small, SMALL_CONFIG, random_backbones=random)
    assert list(added["feature_sets"]) == ["eyes_random_weights"]
    assert added["models"]["other"]["feature_set"] == "eyes_random_weights"
    assert random_models(small, SMALL_CONFIG, random_backbones=random) == {"other"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("judged: base", "judge: base", "needs feature_sets, judged, models, tables"),
        ("like: base, feature", "unlike: base, feature", "other is like nothing"),
        ("{other: other eyes, base: own eyes}", "{base: own eyes}", "other stands in no table"),
        ("rows: {base: both, deaf: picture}", "rows: {}", "rows in each"),
        ("tables:", "tables: [", "not a list of variants"),
    ],
)
def test_a_wrong_list_is_one_clear_line(tmp_path, old, new, words):
    path = tmp_path / "ablation.yaml"
    path.write_text(SMALL.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_variants(path)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_likeness_to_nothing_is_one_clear_line(small):
    with pytest.raises(ConfigError, match=r"eyes is like 'plain', which is not there.*Choose from: default"):
        overlay(small, SMALL_CONFIG | {"feature_sets": {"default": {}}}, random_backbones=frozenset())


@pytest.fixture
def league(tmp_path):
    (tmp_path / "games.tsv").write_text(GAMES + "mine\ttest\tlocal\t\t\t\t\t\n", encoding="utf-8")
    return leagues_in(tmp_path / "out", [0.3], [7], "base")[0]


def prepared(league, weights_paths=()):
    games_path = league.folder.parents[1] / "games.tsv"
    prepare_league(league, SMALL_CONFIG, games_path=games_path, weights_paths=weights_paths)


def test_a_league_has_the_demo_games_alone_and_its_own_seed(league):
    prepared(league)
    held = yaml.safe_load((league.folder / "overlay.yaml").read_text(encoding="utf-8"))
    assert held["demo"] == {"minutes": 1, "difficulty": 0.3, "seed": 7}
    assert held["games_table"] == "games.tsv"
    assert (league.folder / "games.tsv").read_text(encoding="utf-8") == GAMES
    assert league.folder.name == "league-0.3-7"


def test_what_is_equal_stays_untouched(league):
    prepared(league)
    before = {path: path.stat().st_mtime_ns for path in league.folder.iterdir()}
    prepared(league)
    assert before == {path: path.stat().st_mtime_ns for path in league.folder.iterdir()}


def test_weights_are_shown_not_copied(league, tmp_path):
    path = tmp_path / "resnet18.pth"
    path.write_bytes(b"weights")
    for _ in range(2):
        prepared(league, [path])
    link = league.folder / "resources/weights/resnet18.pth"
    assert link.is_symlink() and link.read_bytes() == b"weights"


def test_a_league_that_fails_says_where_to_look(league, monkeypatch):
    prepared(league)
    code = "print('one\\n\\ntwo'); raise SystemExit(3)"
    monkeypatch.setattr(leagues_module, "league_command", lambda *_, **__: [sys.executable, "-c", code])
    with pytest.raises(ToolError) as error:
        run_league(league, threads=1)
    text = str(error.value)
    assert (
        "difficulty 0.3, seed 7 failed (one / two)" in text and "snakemake.log" in text and "\n" not in text
    )


def test_random_weights_come_from_the_seed(tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        save_random_weights("squeezenet1_1", tmp_path / f"{name}.pth", seed=seed)
    a, b, c = ((tmp_path / f"{name}.pth").read_bytes() for name in "abc")
    assert a == b != c
    assert all(
        isinstance(value, torch.Tensor)
        for value in torch.load(tmp_path / "a.pth", weights_only=True).values()
    )


VALUES = {  # (difficulty, model) -> average-mAP in the leagues of both seeds
    (0.3, "base"): (0.8, 0.6), (0.3, "deaf"): (0.5, 0.3), (0.3, "other"): (0.9, 0.9),
    (0.7, "base"): (0.4, 0.2), (0.7, "deaf"): (0.3, 0.1), (0.7, "other"): (0.3, None),
}  # fmt: skip


@pytest.fixture
def ran(tmp_path, monkeypatch, caplog):
    """An ablation whose leagues are finished at once, with made-up figures."""

    def finish(league, *, threads):
        index = {1: 0, 2: 1}[league.seed]
        figures = {}
        for model in ("base", "deaf", "other"):
            value = VALUES[league.difficulty, model][index]
            samples = np.full(40, np.nan) if value is None else value + np.tile([-0.1, 0.1], 20)
            held = Sampled(np.nan if value is None else value, samples, 5)
            figures[model] = {"league_average_map_tight": held, "x_best_possible": held}
        save_resamples(league.results_path, figures)
        games = pd.DataFrame({"game": ["all", "a", "b", "a"]})
        games.to_csv(league.results_path.with_name("table.csv"), index=False)

    monkeypatch.setattr("matchreel.ablation.step.run_league", finish)
    monkeypatch.setattr("matchreel.ablation.step.save_random_weights", lambda name, path, seed: path.touch())
    (tmp_path / "ablation.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "games.tsv").write_text(GAMES, encoding="utf-8")
    (tmp_path / "out/weights").mkdir(parents=True)
    caplog.set_level("INFO")

    def run(name="one", **changes):
        ablation(
            **{
                "variants_path": tmp_path / "ablation.yaml", "games_path": tmp_path / "games.tsv",
                "weights_paths": [], "out_dir": tmp_path / "out", "table_path": tmp_path / f"{name}.csv",
                "page_path": tmp_path / f"{name}.html", "config": SMALL_CONFIG, "difficulties": [0.3, 0.7],
                "seeds": [1, 2], "random_weights": True, "seed": 0, "threads": 1,
            } | changes
        )  # fmt: skip
        table = pd.read_csv(tmp_path / f"{name}.csv", dtype={"difficulty": str}, keep_default_na=True)
        return table.set_index(["table", "model", "difficulty"]).sort_index(), (
            tmp_path / f"{name}.html"
        ).read_text("utf-8")

    return run


def test_figures_are_means_over_leagues(ran):
    table, page = ran()
    assert set(table["metric"]) == {"league_average_map_tight"}
    row = table.loc[("One", "deaf", "all")]
    assert (row["value"], row["num_leagues"], row["n"]) == (pytest.approx(0.3), 4, 20)
    assert row["above"] == pytest.approx(-0.2) and row["above_high"] == pytest.approx(-0.2)
    assert row["low"] < 0.25 and row["high"] > 0.35
    assert table.loc[("One", "base", "0.3"), "value"] == pytest.approx(0.7)
    assert table.loc[("Two", "other", "0.7"), "num_leagues"] == 1  # one league had nothing to count
    assert table.loc[("Two", "base", "all"), "above"] == pytest.approx(np.mean([-0.1, -0.3, 0.1]))
    assert "4 rendered leagues with 8 games to test on (difficulty 0.3, 0.7)" in page
    assert "−20.0" in page and "picture" in page


def test_random_weights_are_said_plainly(ran, tmp_path):
    table, page = ran()
    assert set(table.loc[("Two", "other"), "note"]) == {
        "random weights, its backbone has learnt from no picture"
    }
    assert table.loc[("Two", "base"), "note"].isna().all()
    assert page.count("random weights") >= 2
    held = yaml.safe_load((tmp_path / "out/league-0.3-1/overlay.yaml").read_text("utf-8"))
    assert held["models"]["other"]["feature_set"] == "eyes_random_weights"


def test_given_weights_are_used_and_nothing_is_said(ran, tmp_path):
    (tmp_path / "resnet18.pth").write_bytes(b"weights")
    table, page = ran(weights_paths=[tmp_path / "resnet18.pth"])
    assert table["note"].isna().all() and "random weights" not in page


def test_missing_weights_need_a_word(ran):
    with pytest.raises(ConfigError, match=r"no weights of resnet18.*random_weights to true"):
        ran(random_weights=False)


def test_progress_is_a_line_per_league_and_bytes_repeat(ran, tmp_path, caplog):
    ran("one")
    assert [line for line in caplog.messages if " of 4, league" in line] == [
        f"ablation: {i} of 4, league of difficulty {difficulty}, seed {seed}"
        for i, (difficulty, seed) in enumerate([(0.3, 1), (0.3, 2), (0.7, 1), (0.7, 2)], start=1)
    ]
    ran("two")
    for kind in ("csv", "html"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
