"""pack_model and score_windows: one portable file, and every window of a part scored from cached features."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.errors import ConfigError, InputError
from matchreel.packing import pack_model
from matchreel.records import Features, Scores
from matchreel.scoring import classifier_of, score_windows
from matchreel.timeline import FrameGrid
from matchreel.training.step import train_model
from support.shards import FRAME_DIM, NUM_MELS, PER_STEP, make_league, save_shard, training_arguments


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    league = make_league(folder)
    train_model(**training_arguments(league, folder, keep="all", epochs=6, modality_dropout=0.4))
    return league, folder


def pack(path, choice, folder):
    model_path = folder / "packed" / "model.safetensors"
    pack_model(checkpoint_path=path, checkpoint=choice, model_name="mine", model_path=model_path)
    return model_path


@pytest.mark.parametrize(
    ("choice", "name", "epoch"),
    [("last", "last.safetensors", 6), ("epoch:2", "epochs", 2), ("epoch:06", "epochs", 6)],
)
def test_the_chosen_checkpoint_is_packed(trained, tmp_path, choice, name, epoch):
    _, folder = trained
    model = ModelFile.load(pack(folder / name, choice, tmp_path))
    assert (model.epoch, model.model_name) == (epoch, "mine")
    assert model.trained_on == ("g0", "g1", "g2", "g3") and model.window_before_seconds == 10


def test_a_file_trained_elsewhere_is_packed_and_packing_again_changes_nothing(trained, tmp_path):
    _, folder = trained
    elsewhere = tmp_path / "some model.safetensors"
    elsewhere.write_bytes((folder / "best.safetensors").read_bytes())
    packed = pack(elsewhere, str(elsewhere), tmp_path)
    content = packed.read_bytes()
    assert pack(packed, str(packed), tmp_path).read_bytes() == content


class Evil:
    def __reduce__(self):
        return (print, ("code ran",))


@pytest.mark.parametrize("kind", ["pickle", "torch", "text", "empty", "shard", "cut", "directory"])
def test_other_files_are_refused_in_one_line(trained, tmp_path, capsys, kind):
    league, folder = trained
    path = tmp_path / "model.safetensors"
    whole = (folder / "best.safetensors").read_bytes()
    if kind == "torch":
        torch.save({"state": Evil()}, path)
    elif kind == "directory":
        path.mkdir()
    else:
        contents = {
            "pickle": pickle.dumps(Evil()), "text": b"hello", "empty": b"", "cut": whole[: len(whole) // 2],
            "shard": league.features_paths[0].read_bytes(),
        }  # fmt: skip
        path.write_bytes(contents[kind])
    with pytest.raises((InputError, FileNotFoundError)) as caught:
        pack(path, str(path), tmp_path)
    assert "\n" not in str(caught.value) and "code ran" not in capsys.readouterr().out
    assert not (tmp_path / "packed/model.safetensors").exists()


def test_an_epoch_that_was_not_kept_is_named(trained, tmp_path):
    _, folder = trained
    with pytest.raises(ConfigError, match="Choose one of: 1, 2, 3, 4, 5, 6"):
        pack(folder / "epochs", "epoch:7", tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(ConfigError, match="no epoch was kept"):
        pack(tmp_path / "none", "epoch:1", tmp_path)
    with pytest.raises(InputError, match="no folder of epochs"):
        pack(tmp_path / "absent", "epoch:1", tmp_path)


def score(features_path, folder, tmp_path, *, window=15.0, stride=3.0):
    path = tmp_path / "scores" / f"{features_path.parent.name}.npz"
    score_windows(
        features_path=features_path, model_path=folder / "best.safetensors", scores_path=path,
        window_seconds=window, stride_seconds=stride, threads=1, gpu=0,
    )  # fmt: skip
    return Scores.load(path)


def test_windows_with_an_event_score_highest_at_its_place(trained, tmp_path):
    league, folder = trained
    scores = score(league.features_paths[-1], folder, tmp_path)
    assert scores.scorer == "tiny" and scores.classes == ("Moment",) and scores.trained_on
    assert scores.event_offset_seconds == 10 and set(scores.curves) == {"video", "audio"}
    starts = scores.times_seconds - 7.5
    np.testing.assert_allclose(starts[:4], [0, 3, 6, 9])
    assert starts[-1] == 12 * 40 - 15
    events = 40 * np.arange(12) + 11.0
    holds = ((events >= starts[:, None]) & (events < starts[:, None] + 14)).any(axis=1)
    far = (np.abs(events - (starts[:, None] + 7.5)) > 9).all(axis=1)
    assert scores.logits[holds, 0].mean() > scores.logits[far, 0].mean() + 3
    for name in ("video", "audio"):
        assert scores.curves[name][holds].mean() > scores.curves[name][far].mean()


def test_scores_repeat_themselves(trained, tmp_path):
    league, folder = trained
    for name in ("a", "b"):
        score(league.features_paths[0], folder, tmp_path / name)
    assert (tmp_path / "a/scores/g0.npz").read_bytes() == (tmp_path / "b/scores/g0.npz").read_bytes()


@pytest.mark.parametrize(("duration_seconds", "num_windows"), [(5, 1), (15, 1), (17, 2), (21, 3)])
@pytest.mark.parametrize("missing", ["frames", "logmel", None])
def test_short_parts_and_missing_modalities(trained, tmp_path, duration_seconds, num_windows, missing):
    _, folder = trained
    grid = FrameGrid.over(duration_seconds, Fraction(2))
    held = {
        "frames": np.zeros((grid.num_steps, FRAME_DIM)),
        "logmel": np.zeros((grid.num_steps * PER_STEP, NUM_MELS)),
    }
    if missing:
        held[missing] = None
    scores = score(save_shard(tmp_path, "short", held["frames"], held["logmel"], grid), folder, tmp_path)
    assert scores.logits.shape == (num_windows, 1) and np.isfinite(scores.logits).all()
    assert set(scores.curves) == (set() if missing else {"video", "audio"})


def test_a_lost_modality_is_masked_not_zero(trained, tmp_path):
    # Without sound the score is what the model's own picture-only curve says.
    league, folder = trained
    shard = Features.load(league.features_paths[0])
    silent = save_shard(tmp_path, "silent", np.asarray(shard.frames), None, shard.grid)
    both, alone = score(league.features_paths[0], folder, tmp_path), score(silent, folder, tmp_path)
    np.testing.assert_allclose(alone.logits[:, 0], both.curves["video"], atol=1e-5)


@pytest.mark.parametrize("change", [{"video_hidden": 5121}, {"audio_hidden": 0}, {"num_mels": 10**9}])
def test_a_header_that_asks_for_too_much_is_one_line(trained, tmp_path, change):
    _, folder = trained
    model, path = ModelFile.load(folder / "best.safetensors"), tmp_path / "model.safetensors"
    replace(model, shape={**model.shape, **change}).save(path)
    with pytest.raises(InputError, match=f"its {next(iter(change))} is not from 1 to"):
        classifier_of(ModelFile.load(path), path)


def test_another_feature_set_is_refused(trained, tmp_path):
    _, folder = trained
    grid = FrameGrid.over(20, Fraction(2))
    for change in ({"weights": "ffff"}, {"width": 64}, {"sample_rate_hz": 48000}):
        shard = save_shard(tmp_path, "other", np.zeros((40, FRAME_DIM)), None, grid, **change)
        with pytest.raises(InputError, match=f"{next(iter(change))} .*, but model tiny has"):
            score(shard, folder, tmp_path)
    assert not (tmp_path / "scores").exists()
