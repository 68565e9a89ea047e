"""score_spotter: every grid step of a part, wherever windows begin, whatever modality is missing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from matchreel.checkpoints import ModelFile
from matchreel.edit_list import EditList
from matchreel.errors import ConfigError, InputError
from matchreel.moments import find_moments
from matchreel.packing import pack_model
from matchreel.probability import probabilities
from matchreel.records import Features, Scores
from matchreel.scoring import score_windows
from matchreel.selection import select_highlights
from matchreel.spotter import Spotter, SpotterShape
from matchreel.spotter_scores import score_spotter, spotter_of
from matchreel.step_scoring import score_steps, window_steps
from matchreel.training.spotter.step import train_spotter
from matchreel.training.step import train_model
from support.shards import (
    FRAME_DIM,
    NUM_MELS,
    PER_STEP,
    make_league,
    save_shard,
    start_step,
    training_arguments,
)
from support.spotter_leagues import (
    CLASSES,
    event_steps,
    made_features,
    make_spotter_league,
    spotter_arguments,
)
from support.views import made_probe, saved

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A league and its packed model."""
    folder = tmp_path_factory.mktemp("trained")
    league = make_spotter_league(folder)
    train_spotter(**spotter_arguments(league, folder))
    pack_model(
        checkpoint_path=folder / "best.safetensors", checkpoint="best", model_name="mine",
        model_path=folder / "model.safetensors",
    )  # fmt: skip
    return league, folder / "model.safetensors"


def arguments(features_path, model_path, folder, modalities="both"):
    return {
        "features_path": features_path, "model_path": model_path, "scores_path": folder / "scores.npz",
        "modalities": modalities, "threads": 1, "gpu": 0,
    }  # fmt: skip


def score(features_path, model_path, folder, modalities="both") -> Scores:
    score_spotter(**arguments(features_path, model_path, folder, modalities))
    return Scores.load(folder / "scores.npz")


def test_events_score_highest_at_their_own_step(trained, tmp_path):
    league, model_path = trained
    scores = score(league.features_paths[-1], model_path, tmp_path)
    likely, steps = probabilities(scores), event_steps("g3", 12)
    for k in (0, 1):
        best = np.sort(likely[:, k].argsort()[::-1][: 2 * 6])
        own = [step for index, step in enumerate(steps) if index % 2 == k]
        # Targets lie on the steps that touch the event: the one before it and its own.
        assert np.abs(best[:, None] - np.array(own)[None]).min(axis=1).max() <= 2


def test_a_row_stands_for_the_centre_of_its_step_and_survives_its_file(trained, tmp_path):
    league, model_path = trained
    scores = score(league.features_paths[0], model_path, tmp_path)
    model = ModelFile.load(model_path)
    assert scores.logits.shape == (480, 2) and scores.logits.dtype == np.float32
    np.testing.assert_allclose(scores.times_seconds, 0.25 + 0.5 * np.arange(480))
    assert scores.is_stepwise and scores.thresholds == model.thresholds and len(scores.thresholds) == 2
    assert (scores.window_seconds, scores.stride_seconds, scores.duration_seconds) == (0.5, 0.5, 240)
    assert scores.classes == CLASSES and scores.scorer == "mine" and scores.trained_on == model.trained_on
    assert set(scores.curves) == {"video", "audio"} and scores.curves["video"].shape == (480,)


def test_scores_repeat_themselves(trained, tmp_path):
    league, model_path = trained
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        score(league.features_paths[0], model_path, tmp_path / name)
    assert (tmp_path / "a/scores.npz").read_bytes() == (tmp_path / "b/scores.npz").read_bytes()


@pytest.mark.parametrize(
    ("num_part_steps", "num_steps", "starts"),
    [
        (100, 40, [0, 20, 40, 60]),
        (101, 40, [0, 20, 40, 60, 61]),
        (119, 40, [0, 20, 40, 60, 79]),
        (40, 40, [0]),
        (41, 40, [0, 1]),
        (10, 40, [0]),
        (3, 1, [0, 1, 2]),
        (7, 3, [0, 1, 2, 3, 4]),
    ],
)
def test_windows_cover_a_part(num_part_steps, num_steps, starts):
    assert window_steps(num_part_steps, num_steps) == starts


def cropped(shard, first):
    """The part as if it had begun that many steps later."""
    return made_features(
        shard.grid.num_steps - first,
        frames=np.asarray(shard.frames[first:]),
        logmel=np.asarray(shard.logmel[first * PER_STEP :]),
    )


def test_scores_hardly_depend_on_where_windows_begin(trained):
    league, model_path = trained
    network = spotter_of(ModelFile.load(model_path), model_path)
    shard = Features.load(league.features_paths[-1])

    def shares(features, window_seconds=20):
        logits = score_steps(
            network, features, window_seconds=window_seconds, modalities=["both"], device=CPU
        )
        return torch.sigmoid(torch.from_numpy(logits["both"])).numpy()

    whole = shares(shard)
    for first in (1, 7, 10, 19):
        later = shares(cropped(shard, first))
        assert later.shape == (480 - first, 2)
        # At the very start of a part there is nothing before to look at.
        np.testing.assert_allclose(later[20:], whole[first + 20 :], atol=0.15)
    np.testing.assert_allclose(shares(shard, window_seconds=30), whole, atol=0.25)


@pytest.mark.parametrize(
    ("num_steps", "window_seconds"), [(100, 20), (101, 20), (59, 20), (33, 0.5), (40, 20), (7, 20)]
)
def test_where_steps_see_only_themselves_blending_changes_nothing(num_steps, window_seconds):
    torch.manual_seed(0)
    network = Spotter(SpotterShape(FRAME_DIM, NUM_MELS, 2, 16, 1, 0.0, "bigru")).eval()
    network.video.temporal = nn.Identity()
    shard = made_features(
        num_steps, frames=np.random.default_rng(0).normal(size=(num_steps, FRAME_DIM)).astype(np.float16)
    )
    blended = score_steps(network, shard, window_seconds=window_seconds, modalities=["video"], device=CPU)[
        "video"
    ]
    frames, logmel = network.standardise(
        torch.from_numpy(shard.frames.astype(np.float32))[None],
        torch.zeros(1, num_steps * PER_STEP, NUM_MELS),
    )
    with torch.inference_mode():
        at_once = network(frames, logmel, torch.ones(1), torch.zeros(1))[0].numpy()
    np.testing.assert_allclose(blended, at_once, atol=1e-5)


@pytest.mark.parametrize("num_steps", [1, 7, 39, 40, 41])
@pytest.mark.parametrize("missing", ["frames", "logmel", None])
def test_short_parts_and_missing_modalities(trained, tmp_path, num_steps, missing):
    _, model_path = trained
    shard = made_features(num_steps, **({missing: None} if missing else {}))
    path = save_shard(tmp_path, "short", shard.frames, shard.logmel, shard.grid)
    scores = score(path, model_path, tmp_path)
    assert scores.logits.shape == (num_steps, 2) and np.isfinite(scores.logits).all()
    assert set(scores.curves) == (set() if missing else {"video", "audio"})


@pytest.mark.parametrize(("missing", "left"), [("logmel", "video"), ("frames", "audio")])
def test_a_lost_modality_is_masked_not_zero(trained, tmp_path, missing, left):
    # Without one modality the score is what the model says by the other one of the whole part.
    league, model_path = trained
    shard = Features.load(league.features_paths[0])
    held = {"frames": np.asarray(shard.frames), "logmel": np.asarray(shard.logmel), missing: None}
    path = save_shard(tmp_path, "half", held["frames"], held["logmel"], shard.grid)
    alone = score(path, model_path, tmp_path)
    asked = score(league.features_paths[0], model_path, tmp_path, left)
    np.testing.assert_allclose(alone.logits, asked.logits, atol=1e-5)
    both = score(league.features_paths[0], model_path, tmp_path)
    np.testing.assert_allclose(both.curves[left], alone.logits.max(axis=1), atol=1e-5)
    assert asked.curves == {} and not np.allclose(both.logits, alone.logits, atol=0.1)


@pytest.mark.parametrize(("modalities", "missing"), [("audio", "logmel"), ("video", "frames")])
def test_a_part_without_the_only_modality_is_refused_in_one_line(trained, tmp_path, modalities, missing):
    _, model_path = trained
    shard = made_features(60, **{missing: None})
    path = save_shard(tmp_path, "half", shard.frames, shard.logmel, shard.grid)
    with pytest.raises(
        ConfigError, match=f"has no {modalities}, and the model may use nothing else"
    ) as caught:
        score(path, model_path, tmp_path, modalities)
    assert "\n" not in str(caught.value) and not (tmp_path / "scores.npz").exists()


def test_a_modality_that_was_never_learnt_is_refused_in_one_line(trained, tmp_path):
    league, model_path = trained
    model = ModelFile.load(model_path)
    facts = {**vars(model), "settings": {**model.settings, "modalities": "audio"}}
    deaf = tmp_path / "model.safetensors"
    ModelFile(**facts).save(deaf)
    for asked in ("both", "video"):
        with pytest.raises(ConfigError, match=f"learnt from audio alone and cannot use {asked}"):
            score(league.features_paths[0], deaf, tmp_path, asked)
    assert score(league.features_paths[0], deaf, tmp_path, "audio").logits.shape == (480, 2)


def test_another_feature_set_is_refused(trained, tmp_path):
    _, model_path = trained
    shard = made_features(60)
    for change in ({"weights": "ffff"}, {"width": 64}, {"sample_rate_hz": 48000}):
        path = save_shard(tmp_path, "other", shard.frames, None, shard.grid, **change)
        with pytest.raises(InputError, match=f"{next(iter(change))} .*, but model mine has"):
            score(path, model_path, tmp_path)


@pytest.mark.slow
def test_each_kind_of_model_has_its_own_step(trained, tmp_path):
    league, model_path = trained
    clips = make_league(tmp_path, num_games=2, num_events=2)
    train_model(**training_arguments(clips, tmp_path / "classifier", epochs=1))
    classifier = tmp_path / "classifier/best.safetensors"
    with pytest.raises(InputError, match="this model is a clip_classifier, not a spotter") as caught:
        score(clips.features_paths[0], classifier, tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="this model is a spotter, not a clip_classifier") as caught:
        score_windows(
            features_path=league.features_paths[0], model_path=model_path, scores_path=tmp_path / "scores.npz",
            window_seconds=15, stride_seconds=3, threads=1, gpu=0,
        )  # fmt: skip
    assert "\n" not in str(caught.value)
    step = start_step("score_spotter", arguments(clips.features_paths[0], classifier, tmp_path))
    error = step.communicate()[1]
    assert step.returncode == 2 and error.count("\n") == 1 and "not a spotter" in error


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layers": 10**6}, "its layers is not from 1 to 20"),
        ({"hidden": 10**9}, "its hidden is not from 1 to 2560"),
        ({"num_classes": 0}, "its num_classes is not from 1 to 170"),
        ({"layers": -1}, "its layers is not"),
        ({"layers": 1.5}, "layers is '1.5'"),
        ({"layers": "1"}, "layers is '1'"),
        ({"dropout": 2.0}, "dropout probability"),
        ({"temporal": "lstm"}, "temporal is 'lstm'"),
        ({"width": 3}, "width"),
    ],
)
def test_a_header_that_asks_for_another_network_is_one_line(trained, tmp_path, change, words):
    _, model_path = trained
    model = ModelFile.load(model_path)
    path = tmp_path / "model.safetensors"
    replace(model, shape={**model.shape, **change}).save(path)
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        spotter_of(ModelFile.load(path), path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_weights_that_do_not_fit_their_shape_are_refused(trained, tmp_path):
    league, model_path = trained
    model = ModelFile.load(model_path)
    other = tmp_path / "model.safetensors"
    ModelFile(**{**vars(model), "shape": {**model.shape, "hidden": 32}}).save(other)
    with pytest.raises(InputError, match="weights do not fit") as caught:
        score(league.features_paths[0], other, tmp_path)
    assert "\n" not in str(caught.value)


def test_scores_become_highlights_around_every_event(trained, tmp_path):
    league, model_path = trained
    scores = score(league.features_paths[-1], model_path, tmp_path)
    probe_paths = [saved(made_probe(scores.duration_seconds), tmp_path / "p.json")]
    find_moments(
        scores_paths=[tmp_path / "scores.npz"], moments_path=tmp_path / "moments.json", game="g3",
        probe_paths=probe_paths, threshold=0.5, spot_threshold="calibrated", spot_before_seconds=3, spot_after_seconds=2, nms="soft",
        nms_seconds=4, max_share=0.2, min_apart_seconds=45, merge_gap_seconds=0, pad_before_seconds=0,
        pad_after_seconds=0, cues_paths=[], scoreboard_paths=[], bursts_paths=[], wide_open_share=0.4, wide_body_share=0.3,
        loudness_mean_seconds=4, break_before_seconds=10, break_after_seconds=20, slope_mean_seconds=4,
    )  # fmt: skip
    select_highlights(
        moments_path=tmp_path / "moments.json", plan_path=tmp_path / "plan.json", probe_paths=probe_paths,
        kickoff_paths=[], kickoff_seconds={}, max_duration_seconds=300, max_share=0.2, min_apart_seconds=45,
        edits_path=None, cuts_paths=[], snap_seconds=3, replays=1,
        order="time", transition="cut", transition_seconds=0.5, title_card_seconds=0,
    )  # fmt: skip
    plan = EditList.load(tmp_path / "plan.json")
    assert plan.warnings == () and plan.trained_on == ("g0", "g1", "g2", "g3")
    assert [row.label for row in plan.highlights] == ["Goal", "Penalty"] * 6
    truth = [step / 2 for step in event_steps("g3", 12)]
    assert [row.event_seconds for row in plan.highlights] == pytest.approx(truth, abs=1.5)
    assert all(row.why.keys() == {"video", "audio"} for row in plan.highlights)
