"""Training: both branches learn, it repeats itself, survives a kill, and says what is wrong in one line."""

from __future__ import annotations

import csv
import json
import os
import signal
import time

import numpy as np
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.clip_windows import CachedWindows, WindowRules, read_clips
from matchreel.dataset import InputSizes, load_shards
from matchreel.errors import InputError
from matchreel.scoring import classifier_of
from matchreel.training.loop import area_under_curve
from matchreel.training.reports import EpochRow
from matchreel.training.run import is_better
from matchreel.training.step import train_model
from support.shards import make_league, outputs_in, start_step, stopped_early, training_arguments


@pytest.fixture(scope="module")
def leagues(tmp_path_factory):
    """informative -> league, its trained best model; each trained once."""
    held = {}

    def trained(informative="both"):
        if informative not in held:
            folder = tmp_path_factory.mktemp(informative)
            league = make_league(folder, informative=informative)
            train_model(**training_arguments(league, folder))
            held[informative] = league, ModelFile.load(folder / "best.safetensors"), folder
        return held[informative]

    return trained


def auc_of(model: ModelFile, league, *, video=1.0, audio=1.0, late_steps=0) -> float:
    """Over the validation game's clips, with a modality hidden or the sound moved."""
    shards = load_shards(league.features_paths)
    rows = [row for row in read_clips(league.clips_paths) if league.splits[row.game] == "valid"]
    windows = CachedWindows(rows, shards, InputSizes.of(list(shards.values()), 15), WindowRules(10, 15, 0, 0))
    batch = windows.batch(range(len(rows)), None)
    network = classifier_of(model, league.features_paths[0])
    frames, logmel = network.standardise(batch.frames, batch.logmel)
    logmel = logmel.roll(late_steps * logmel.shape[1] // frames.shape[1], dims=1)
    with torch.inference_mode():
        logits = network(frames, logmel, batch.has_video * video, batch.has_audio * audio)
    return area_under_curve(logits.numpy(), batch.labels.numpy())


@pytest.mark.parametrize(("informative", "seeing"), [("video", "video"), ("audio", "audio")])
def test_each_branch_learns_and_the_blind_one_stays_at_chance(leagues, informative, seeing):
    league, model, _ = leagues(informative)
    blind = {"video": 0.0} if seeing == "video" else {"audio": 0.0}
    assert auc_of(model, league) > 0.9
    assert 0.25 < auc_of(model, league, **blind) < 0.75


@pytest.mark.slow
def test_nothing_to_learn_gives_chance(leagues):
    league, model, _ = leagues("none")
    assert 0.25 < auc_of(model, league) < 0.75


@pytest.mark.slow
def test_shuffled_labels_give_chance(tmp_path):
    league = make_league(tmp_path)
    random = np.random.default_rng(1)
    for path in league.clips_paths[:-1]:
        header, *lines = path.read_text().splitlines()
        rows = [line.split(",") for line in lines]
        labels = random.permutation([row[6] for row in rows])
        shuffled = [",".join([*row[:6], label, *row[7:]]) for row, label in zip(rows, labels, strict=True)]
        path.write_text("\n".join([header, *shuffled]) + "\n")
    train_model(**training_arguments(league, tmp_path))
    assert 0.2 < auc_of(ModelFile.load(tmp_path / "last.safetensors"), league) < 0.8


@pytest.mark.slow
def test_sound_that_comes_two_seconds_late_costs(tmp_path):
    # Negatives are positives whose sound comes 2 s late: only the sound's place in the window tells.
    timely, late = (
        make_league(tmp_path / "a", num_games=4),
        make_league(tmp_path / "b", num_games=4, late_audio_steps=4),
    )
    for ours, theirs, table in zip(timely.features_paths, late.features_paths, late.clips_paths, strict=True):
        theirs.rename(ours.with_name("2.safetensors"))
        text = table.read_text().replace(",1,", ",2,", 1)
        rows = [line.split(",") for line in text.splitlines()]
        kept = [[row[0], "2", *row[2:6], "0", *row[7:]] for row in rows[1:] if row[6] == "1"]
        own = timely.clips_paths[timely.features_paths.index(ours)]
        positives = [
            line for line in own.read_text().splitlines() if ",highlight," in line or line.startswith("game")
        ]
        own.write_text("\n".join([*positives, *(",".join(row) for row in kept)]) + "\n")
    paths = [
        path.with_name(name) for path in timely.features_paths for name in ("1.safetensors", "2.safetensors")
    ]
    league = type(timely)(paths, timely.clips_paths, timely.splits)
    train_model(**training_arguments(league, tmp_path, pooling="last", jitter_seconds=0, epochs=14))
    model = ModelFile.load(tmp_path / "best.safetensors")
    assert auc_of(model, league) > 0.9
    assert auc_of(model, league, late_steps=4) < 0.65


def test_a_checkpoint_says_what_it_is(leagues):
    league, model, folder = leagues()
    assert model.trained_on == tuple(sorted(league.splits)) and model.classes == ("Moment",)
    assert model.feature_set["weights"] == "0123456789ab" and model.feature_set["height"] == 32
    assert model.window_seconds == 15 and model.settings["epochs"] == 8
    assert model.versions["torch"] == torch.__version__.split("+")[0] or "+" in model.versions["torch"]
    held = (folder / "best.safetensors").read_bytes()
    # What the file says of itself; the weights behind it hold any two letters sooner or later.
    text = held[: 8 + int.from_bytes(held[:8], "little")]
    for word in (
        b"20%02d" % (time.gmtime().tm_year % 100),
        os.uname().nodename.encode(),
        str(folder).encode(),
    ):
        assert word not in text
    rows = list(csv.DictReader((folder / "metrics.csv").open()))
    assert [int(row["epoch"]) for row in rows] == list(range(1, 9))
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    best = max(rows, key=lambda row: (float(row["valid_auc"]), -float(row["valid_loss"])))
    assert model.epoch == int(best["epoch"])
    assert ModelFile.load(folder / "last.safetensors").epoch == 8
    assert not (folder / "resume.pt").exists() and list((folder / "epochs").iterdir()) == []
    assert b"<svg" in (folder / "curves.svg").read_bytes()


def test_the_tensorboard_log_can_be_read(leagues):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    _, _, folder = leagues()
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert [item.step for item in events.Scalars("valid/loss")] == list(range(1, 9))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path):
    league = make_league(tmp_path, num_games=3)
    files = {}
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        train_model(**training_arguments(league, tmp_path / name, seed=seed, epochs=3, free_per_positive=1))
        outputs = outputs_in(tmp_path / name)
        files[name] = [
            outputs[key].read_bytes() for key in ("best_path", "last_path", "metrics_path", "curves_path")
        ]
        files[name].append(next((tmp_path / name / "tensorboard").iterdir()).read_bytes())
    assert files["a"] == files["b"]
    assert files["a"][1] != files["c"][1]


LONG = {"epochs": 12, "keep": "all", "hidden": 16}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    league = make_league(folder, num_games=3, num_events=6)
    train_model(**training_arguments(league, folder / "run", **LONG))
    return league, folder / "run"


@pytest.mark.slow
@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path, undisturbed, caplog, how, status):
    league, whole = undisturbed
    arguments = training_arguments(league, tmp_path, **LONG)
    assert stopped_early("train_model", arguments, arguments["resume_path"], how) == status
    assert arguments["resume_path"].exists() and not arguments["best_path"].exists()
    with caplog.at_level("INFO"):
        train_model(**arguments)
    assert "goes on after epoch" in caplog.text
    files = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.is_file()]
    assert len(files) == 12 + 5
    for name in files:
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.slow
def test_another_training_never_resumes(tmp_path, caplog):
    league = make_league(tmp_path, num_games=3, num_events=6)
    arguments = training_arguments(league, tmp_path / "run", **LONG)
    stopped_early("train_model", arguments, arguments["resume_path"], signal.SIGKILL)
    held = arguments["resume_path"].read_bytes()
    for change in (
        {"code": "abd"},
        {"epochs": 1},
        {"splits": {**league.splits, "g0": "valid"}},
        "input",
        "torn",
    ):
        arguments["resume_path"].write_bytes(held if change != "torn" else held[: len(held) // 2])
        if change == "input":
            path = league.clips_paths[0]
            path.write_text(path.read_text().replace("Goal", "Penalty"))
        changes = change if isinstance(change, dict) else {}
        caplog.clear()
        with caplog.at_level("INFO"):
            train_model(**{**arguments, **changes})
        assert "set aside as resume.pt.stale" in caplog.text and "goes on" not in caplog.text
        assert arguments["resume_path"].with_name("resume.pt.stale").exists()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"features_paths": []}, "no features to train on"),
        ({"clips_paths": []}, "hold no positive clip"),
        ({"splits": {"g0": "valid", "g1": "valid"}}, "hold no positive clip"),
        ({"feature_set": {"name": "tiny", "height": 999}}, "height 32, but the config has 999"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path, change, match):
    league = make_league(tmp_path, num_games=2, num_events=2)
    with pytest.raises(InputError, match=match) as caught:
        train_model(**training_arguments(league, tmp_path / "run", **change))
    assert "\n" not in str(caught.value) and not (tmp_path / "run/best.safetensors").exists()


@pytest.mark.slow
def test_the_step_reports_in_one_line(tmp_path):
    league = make_league(tmp_path, num_games=2, num_events=2)
    arguments = training_arguments(league, tmp_path / "run", splits={"g0": "valid"})
    step = start_step("train_model", arguments)
    error = step.communicate()[1]
    assert step.returncode == 2 and error.count("\n") == 1 and "Traceback" not in error
    assert json.dumps("train_model")[1:-1] in error


def test_without_validation_the_last_losses_decide(tmp_path):
    league = make_league(tmp_path, num_games=2, num_events=4)
    train_model(**training_arguments(league, tmp_path, splits={"g0": "train", "g1": "train"}, epochs=3))
    rows = list(csv.DictReader((tmp_path / "metrics.csv").open()))
    best = min(rows, key=lambda row: float(row["train_loss"]))
    assert rows[0]["valid_loss"] == "nan"
    assert ModelFile.load(tmp_path / "best.safetensors").epoch == int(best["epoch"])


def epoch_row(valid_auc, valid_loss, train_loss=1.0):
    return EpochRow(1, 0.1, train_loss, valid_loss, 0.5, 0.5, 0.5, valid_auc)


@pytest.mark.parametrize(
    ("row", "best", "better"),
    [
        (epoch_row(0.9, 2.0), epoch_row(0.8, 1.0), True),
        (epoch_row(0.8, 0.9), epoch_row(0.8, 1.0), True),
        (epoch_row(0.8, 1.0), epoch_row(0.8, 1.0), False),
        (epoch_row(float("nan"), 0.9), epoch_row(float("nan"), 1.0), True),
        (epoch_row(float("nan"), float("nan"), 0.7), epoch_row(float("nan"), float("nan"), 0.8), True),
    ],
)
def test_which_epoch_is_best(row, best, better):
    assert is_better(row, best) is better


def test_area_under_curve():
    assert area_under_curve(np.float32([1, 2, 3, 3]), np.float32([0, 0, 1, 0])) == pytest.approx(2.5 / 3)
    assert np.isnan(area_under_curve(np.float32([1]), np.float32([1])))
