"""The spotter's training: both branches learn, it repeats itself, survives a kill, and says what is wrong."""

from __future__ import annotations

import csv
import time

import numpy as np
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.decoding import Decoding
from matchreel.errors import InputError
from matchreel.finding import FindingRules, sure_finds
from matchreel.records import Features
from matchreel.spotter_scores import spotter_of
from matchreel.step_scoring import score_steps, step_scores
from matchreel.training.outputs import Outputs
from matchreel.training.spotter.judge import judge
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.sampling import WindowSampler
from matchreel.training.spotter.step import train_spotter
from support.shards import outputs_in, save_shard, start_step
from support.spotter_leagues import (
    CLASSES,
    PLAIN,
    SPACING_SECONDS,
    event_steps,
    make_spotter_league,
    save_labels,
    spotter_arguments,
    spotter_settings,
)

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def leagues(tmp_path_factory):
    """informative -> league, its best model, its folder; each trained once."""
    held = {}

    def trained(informative="both"):
        if informative not in held:
            folder = tmp_path_factory.mktemp(informative)
            league = make_spotter_league(folder, informative=informative)
            train_spotter(**spotter_arguments(league, folder))
            held[informative] = league, ModelFile.load(folder / "best.safetensors"), folder
        return held[informative]

    return trained


def valid_parts(league):
    parts = load_parts(
        features_paths=league.features_paths,
        labels_paths=league.labels_paths,
        truth_paths={},
        classes=CLASSES,
        dilation_seconds=0.5,
    )
    return [part for part in parts if league.splits[part.game] == "valid"]


def tight_map(model: ModelFile, league, modalities="both") -> float:
    """Average-mAP within 1 to 5 s over the validation game, of what the model says by these modalities."""
    network = spotter_of(model, league.features_paths[0])
    return judge(network, valid_parts(league), spotter_settings(modalities=modalities), CPU).tight_map


@pytest.mark.slow
@pytest.mark.parametrize(("informative", "blind"), [("video", "audio"), ("audio", "video")])
def test_each_branch_learns_and_the_blind_one_stays_at_chance(leagues, informative, blind):
    league, model, _ = leagues(informative)
    assert tight_map(model, league) > 0.9
    assert tight_map(model, league, informative) > 0.9
    assert tight_map(model, league, blind) < 0.45


@pytest.mark.slow
def test_each_modality_alone_serves_where_both_were_learnt(leagues):
    league, model, _ = leagues()
    assert min(tight_map(model, league, name) for name in ("both", "video", "audio")) > 0.9


@pytest.mark.slow
def test_nothing_to_learn_gives_chance(leagues):
    league, model, _ = leagues("none")
    assert tight_map(model, league) < 0.45


@pytest.mark.slow
def test_shuffled_labels_give_chance(tmp_path):
    """The median of three draws: one draw of twelve moments is near the true ones now and then."""
    found = []
    for draw in (1, 2, 3):
        folder = tmp_path / str(draw)
        folder.mkdir()
        league = make_spotter_league(folder)
        random = np.random.default_rng(draw)
        for game in list(league.splits)[:-1]:
            moments = np.sort(random.uniform(0, 12 * SPACING_SECONDS, 12))
            labels = [(seconds, CLASSES[i % 2]) for i, seconds in enumerate(moments)]
            save_labels(folder, game, labels)
        train_spotter(**spotter_arguments(league, folder / "run"))
        found.append(tight_map(ModelFile.load(folder / "run/last.safetensors"), league))
    assert np.median(found) < 0.45


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes", [{"temporal": "transformer"}, {"modalities": "audio"}, {"modalities": "video"}]
)
def test_other_networks_learn_too(tmp_path, changes):
    league = make_spotter_league(tmp_path)
    train_spotter(**spotter_arguments(league, tmp_path / "run", **changes))
    model = ModelFile.load(tmp_path / "run/best.safetensors")
    assert tight_map(model, league, changes.get("modalities", "both")) > 0.9


def test_it_learns_which_event_it_is(leagues):
    # Where a class's own score is read in the other's place, nothing is right.
    league, model, _ = leagues()
    network = spotter_of(model, league.features_paths[0])
    [part] = valid_parts(league)
    logits = score_steps(network, part.shard, window_seconds=20, modalities=["both"], device=CPU)["both"]
    steps = event_steps(part.game, 12)
    own = np.array([logits[step : step + 2, index % 2].max() for index, step in enumerate(steps)])
    other = np.array([logits[step : step + 2, 1 - index % 2].max() for index, step in enumerate(steps)])
    assert (own > 0).all() and (other < 0).all()


def test_a_checkpoint_says_what_it_is(leagues):
    league, model, folder = leagues()
    assert (model.kind, model.classes) == ("spotter", CLASSES)
    assert model.trained_on == tuple(sorted(league.splits)) and model.window_seconds == 20
    assert model.feature_set["weights"] == "0123456789ab" and model.feature_set["height"] == 32
    assert model.settings["focal_gamma"] == 2 and model.shape["temporal"] == "bigru"
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 9))
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"]) / 2
    assert float(rows[-1]["valid_tight_map"]) > 0.9
    assert float(rows[-1]["learning_rate"]) < max(float(row["learning_rate"]) for row in rows)
    ranks = [float(row["valid_loose_map"]) + float(row["valid_tight_map"]) for row in rows]
    losses = [float(row["valid_loss"]) for row in rows]
    assert model.epoch == 1 + max(range(8), key=lambda index: (ranks[index], -losses[index]))
    assert ModelFile.load(folder / "last.safetensors").epoch == 8
    assert not (folder / "resume.pt").exists() and list((folder / "epochs").iterdir()) == []
    curves = (folder / "curves.svg").read_bytes()
    assert b"<svg" in curves and str(folder).encode() not in curves
    text = (folder / "best.safetensors").read_bytes()[:20_000]
    assert b"20%02d-" % (time.gmtime().tm_year % 100) not in text and str(folder).encode() not in text


def test_the_tensorboard_log_can_be_read(leagues):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    _, _, folder = leagues()
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    for tag in ("valid/loss", "valid/tight_map", "learning/rate"):
        assert [item.step for item in events.Scalars(tag)] == list(range(1, 9))


def test_thresholds_hold_the_events_and_nothing_else(leagues):
    league, _, folder = leagues()
    for name in ("best", "last"):
        model = ModelFile.load(folder / f"{name}.safetensors")
        assert len(model.thresholds) == 2 and all(0 < threshold < 1 for threshold in model.thresholds)
        [part] = valid_parts(league)
        logits = score_steps(
            spotter_of(model, folder), part.shard, window_seconds=20, modalities=["both"], device=CPU
        )["both"]
        scores = step_scores(
            logits, part.shard, classes=CLASSES, scorer="tiny", trained_on=["g0"], thresholds=model.thresholds
        )
        rules = FindingRules(0.5, None, 8, 5, Decoding("soft", 4))
        finds = sorted((find.seconds, find.class_index) for find in sure_finds(scores, rules))
        assert [index for _, index in finds] == list(part.class_indices)
        truth = [event.position_seconds for event in part.events]
        assert [seconds for seconds, _ in finds] == pytest.approx(truth, abs=3)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    league = make_spotter_league(tmp_path, num_games=3, num_events=6, replays=True)
    files = {}
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        train_spotter(**spotter_arguments(league, tmp_path / name, seed=seed, epochs=3, mine_every=1))
        outputs = outputs_in(tmp_path / name)
        keys = ("best_path", "last_path", "metrics_path", "curves_path")
        files[name] = [outputs[key].read_bytes() for key in keys]
        files[name].append(next((tmp_path / name / "tensorboard").iterdir()).read_bytes())
    assert files["a"] == files["b"]
    assert files["a"][1] != files["c"][1]


def drawn_by(tmp_path, monkeypatch, league, **changes):
    """The mined moments and the drawn windows of every epoch."""
    seen = []
    draw = WindowSampler.draw

    def recorded(self, hard, random):
        starts = draw(self, hard, random)
        seen.append((list(hard), starts))
        return starts

    monkeypatch.setattr(WindowSampler, "draw", recorded)
    train_spotter(**spotter_arguments(league, tmp_path, epochs=4, **changes))
    monkeypatch.setattr(WindowSampler, "draw", draw)
    return seen


def test_mining_changes_what_is_drawn(tmp_path, monkeypatch):
    league = make_spotter_league(tmp_path, num_games=3, num_events=6)
    mined = drawn_by(tmp_path / "a", monkeypatch, league, mine_every=2, hard_share=1.0)
    plain = drawn_by(tmp_path / "b", monkeypatch, league, mine_every=0, hard_share=1.0)
    assert [bool(hard) for hard, _ in mined] == [False, False, True, True]
    assert not any(hard for hard, _ in plain)
    assert [starts for _, starts in mined[:2]] == [starts for _, starts in plain[:2]]
    assert mined[2][1] != plain[2][1]
    hard, starts = mined[2]
    assert len(hard) <= 2 * 12  # two for each training event
    truth = [[step / 2 for step in event_steps(game, 6)] for game in ("g0", "g1")]
    for moment in hard:
        own = truth[moment.part_index]
        near = [index % 2 for index, seconds in enumerate(own) if abs(seconds - moment.seconds) <= 6]
        assert len(near) <= 1  # an event of the other class at most
    around = [
        any(m.part_index == s.part_index and 0 <= m.seconds * 2 - s.start_step < 40 for m in hard)
        for s in starts
    ]
    assert sum(around) >= 24  # half lie around events, all the rest around false alarms


def test_the_kept_weights_are_those_that_were_judged(tmp_path):
    # One epoch of six steps: with a slow mean the weights stay near the first step's.
    league = make_spotter_league(tmp_path, num_games=3, num_events=6)
    states = {}
    for name, decay in (("fast", 0.0), ("slow", 0.999)):
        arguments = spotter_arguments(league, tmp_path / name, **PLAIN, epochs=1, ema_decay=decay)
        train_spotter(**arguments)
        states[name] = ModelFile.load(tmp_path / name / "last.safetensors").state
    rows = [next(csv.DictReader((tmp_path / name / "metrics.csv").open())) for name in states]
    assert rows[0]["train_loss"] == rows[1]["train_loss"] and rows[0]["valid_loss"] != rows[1]["valid_loss"]
    for name in ("fast", "slow"):
        model = ModelFile.load(tmp_path / name / "last.safetensors")
        row = next(csv.DictReader((tmp_path / name / "metrics.csv").open()))
        assert tight_map(model, league) == pytest.approx(float(row["valid_tight_map"]), rel=1e-4)


def test_without_validation_the_last_losses_decide(tmp_path):
    league = make_spotter_league(tmp_path, num_games=2, num_events=6)
    splits = {"g0": "train", "g1": "train"}
    train_spotter(**spotter_arguments(league, tmp_path, splits=splits, epochs=3))
    rows = list(csv.DictReader((tmp_path / "metrics.csv").open()))
    best = min(rows, key=lambda row: float(row["train_loss"]))
    assert {rows[0][name] for name in ("valid_loss", "valid_loose_map", "valid_tight_map")} == {"nan"}
    model = ModelFile.load(tmp_path / "best.safetensors")
    assert model.epoch == int(best["epoch"]) and model.thresholds == (0.5, 0.5)


@pytest.mark.slow
def test_games_without_sound_without_picture_and_shorter_than_a_window_take_part(tmp_path):
    league = make_spotter_league(tmp_path, num_games=4)
    shards = [Features.load(path) for path in league.features_paths]
    save_shard(tmp_path, "g0", np.asarray(shards[0].frames), None, shards[0].grid)
    save_shard(tmp_path, "g1", None, np.asarray(shards[1].logmel), shards[1].grid)
    short = type(shards[2].grid)(shards[2].grid.rate_fps, 30)
    save_shard(tmp_path, "g2", shards[2].frames[:30], shards[2].logmel[: 30 * 8], short)
    save_labels(tmp_path, "g2", [(event_steps("g2", 1)[0] / 2, "Goal")])
    train_spotter(**spotter_arguments(league, tmp_path / "run"))
    model = ModelFile.load(tmp_path / "run/best.safetensors")
    assert min(tight_map(model, league, name) for name in ("both", "video", "audio")) > 0.7


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"features_paths": [], "labels_paths": []}, "no features to train on"),
        ({"labels_paths": []}, "0 label files for 2 parts"),
        ({"splits": {"g0": "valid", "g1": "valid"}}, "show no event of the configured classes"),
        ({"classes": ["Red card"]}, "show no event of the configured classes"),
        ({"feature_set": {"name": "tiny", "height": 999}}, "height 32, but the config has 999"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path, change, match):
    league = make_spotter_league(tmp_path, num_games=2, num_events=2)
    with pytest.raises(InputError, match=match) as caught:
        train_spotter(**spotter_arguments(league, tmp_path / "run", **change))
    assert "\n" not in str(caught.value)
    assert not Outputs.inside(tmp_path / "run").best_path.exists()


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["labels_paths", "truth_paths", "features_paths"])
def test_the_step_reports_in_one_line(tmp_path, missing):
    league = make_spotter_league(tmp_path, num_games=2, num_events=2, replays=True)
    getattr(league, missing)[1].unlink()
    step = start_step("train_spotter", spotter_arguments(league, tmp_path / "run"))
    error = step.communicate()[1]
    assert step.returncode == 2 and error.count("\n") == 1 and "Traceback" not in error
    assert "train_spotter: " in error and getattr(league, missing)[1].name in error
