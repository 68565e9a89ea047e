"""finetune: true trains a spotter's backbone on decoded windows; scoring then goes by that backbone's features."""

from __future__ import annotations

import csv
import logging
import shutil
import signal
import time

import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.dataset import InputSizes
from matchreel.errors import ConfigError, InputError, MatchreelError
from matchreel.packing import pack_model
from matchreel.records import Features, Scores
from matchreel.spotter_scores import score_spotter, spotter_of
from matchreel.training.resume import sampled_sha256
from matchreel.training.spotter.judge import judge
from matchreel.training.spotter.loop import focal_loss
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.prepare import covering
from matchreel.training.spotter.step import train_spotter
from matchreel.training.spotter.thresholds import calibrated_thresholds
from matchreel.training.spotter.windows import CachedSteps
from support.finetuning import T, settings_of
from support.recordings import (
    cache,
    finetuning_arguments,
    make_recordings,
    record,
)
from support.shards import start_step

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    return make_recordings(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def tuned(games, tmp_path_factory):
    """A finished training of 4 epochs, its last checkpoint packed."""
    folder = tmp_path_factory.mktemp("tuned")
    train_spotter(**finetuning_arguments(games, folder, epochs=4))
    pack_model(
        checkpoint_path=folder / "last.safetensors", checkpoint="last", model_name="tuned",
        model_path=folder / "model.safetensors",
    )  # fmt: skip
    return folder


def rows_of(folder):
    return [
        {key: float(value) for key, value in row.items()}
        for row in csv.DictReader((folder / "metrics.csv").open())
    ]


def test_the_backbone_learns_with_the_spotter(games, tuned):
    model = ModelFile.load(tuned / "model.safetensors")
    before = torch.load(games.weights_path, weights_only=True)
    for name in ("conv1.0.weight", "stage4.3.branch2.6.bias"):
        after = model.state[f"backbone.network.{name}"]
        assert after.shape == before[name].shape and not torch.equal(before[name], after), name
    # The statistics of batch normalisation stay ImageNet's.
    name = "stage4.3.branch2.6.running_mean"
    assert torch.equal(model.state[f"backbone.network.{name}"], before[name])
    rows = rows_of(tuned)
    losses = [row["valid_loss"] for row in rows]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.9 * losses[0]
    assert rows[-1]["train_loss"] < rows[0]["train_loss"]
    assert model.trained_on == games.games and model.feature_set["backbone"] == "shufflenet_v2_x0_5"


def test_the_backbone_learns_at_a_rate_of_its_own(games, tuned, tmp_path):
    """Frozen by a rate near 0, everything else being equal."""
    train_spotter(**finetuning_arguments(games, tmp_path, epochs=1, backbone_rate=1e-9))
    before = torch.load(games.weights_path, weights_only=True)["conv1.0.weight"]
    after = ModelFile.load(tmp_path / "last.safetensors").state["backbone.network.conv1.0.weight"]
    moved = ModelFile.load(tuned / "last.safetensors").state["backbone.network.conv1.0.weight"]
    assert (after - before).abs().max() < 1e-6 < 1e-3 < (moved - before).abs().max()


def test_the_same_bytes_whatever_the_number_of_decoding_threads(games, tuned, tmp_path, monkeypatch):
    # Torch adds up in another order with other threads of its own: those stay one.
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    train_spotter(**finetuning_arguments(games, tmp_path, epochs=4, threads=3))
    for name in ("last.safetensors", "best.safetensors", "metrics.csv"):
        assert (tmp_path / name).read_bytes() == (tuned / name).read_bytes(), name


def test_a_killed_training_goes_on_to_the_same_weights(games, tuned, tmp_path, caplog):
    arguments = finetuning_arguments(games, tmp_path / "run", epochs=4)
    step = start_step("train_spotter", arguments)
    deadline = time.monotonic() + 120
    while not (tmp_path / "run/resume.pt").exists() and step.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    step.send_signal(signal.SIGKILL)
    step.communicate()
    assert step.returncode == -9 and not (tmp_path / "run/best.safetensors").exists()
    held = (tmp_path / "run/resume.pt").read_bytes()
    with caplog.at_level("INFO"):
        train_spotter(**arguments)
    assert "goes on after epoch" in caplog.text
    for name in ("last.safetensors", "best.safetensors", "metrics.csv", "curves.svg"):
        assert (tmp_path / "run" / name).read_bytes() == (tuned / name).read_bytes(), name
    # Another recording under the same name is another training.
    (tmp_path / "run/resume.pt").write_bytes(held)
    moved = tmp_path / "g0/1.mkv"
    moved.parent.mkdir()
    data = bytearray(games.video_paths[0].read_bytes())
    data[-1] ^= 1
    moved.write_bytes(data)
    with caplog.at_level("INFO"):
        train_spotter(**{**arguments, "video_paths": [moved, *games.video_paths[1:]]})
    assert "set aside as resume.pt.stale" in caplog.text


@pytest.fixture(scope="module")
def own_features(games, tuned, tmp_path_factory):
    """The validation game's shard with the tuned backbone, as rule cache_tensors makes it."""
    path = tmp_path_factory.mktemp("own") / games.games[-1] / "1.safetensors"
    cache(games, games.games[-1], tuned / "model.safetensors", path)
    return path


def test_its_own_cached_features_are_what_validation_went_by(games, tuned, own_features):
    model = ModelFile.load(tuned / "model.safetensors")
    network = spotter_of(model, tuned / "model.safetensors")
    settings = settings_of(finetuning_arguments(games, tuned))
    (part,) = load_parts(
        features_paths=[own_features], labels_paths=games.paths("games/{game}/Labels-v2.json")[-1:],
        truth_paths={}, classes=["Goal"], dilation_seconds=settings.dilation_seconds,
    )  # fmt: skip
    judged = judge(network, [part], settings, torch.device("cpu"))
    row = rows_of(tuned)[-1]
    assert row["valid_loose_map"] == pytest.approx(judged.loose_map, rel=1e-3)
    assert row["valid_tight_map"] == pytest.approx(judged.tight_map, rel=1e-3)
    thresholds = calibrated_thresholds([part], judged.finds, settings)
    assert model.thresholds == pytest.approx(thresholds, rel=1e-3)
    starts = covering([part], T)
    batch = CachedSteps([part], InputSizes.of([part.shard], 8)).batch(starts, None)
    with torch.inference_mode():
        inputs = network.standardise(batch.frames, batch.logmel)
        logits = network(*inputs, batch.has_video, batch.has_audio)
    loss = focal_loss(
        logits, batch.targets, batch.weights, gamma=settings.focal_gamma,
        positive_weight=settings.positive_weight,
    )  # fmt: skip
    assert row["valid_loss"] == pytest.approx(float(loss) / len(starts), rel=1e-3)


def test_scoring_takes_the_tuned_backbone_and_no_other(games, tuned, own_features, tmp_path):
    arguments = {
        "model_path": tuned / "model.safetensors", "scores_path": tmp_path / "scores.npz",
        "modalities": "both", "threads": 1, "gpu": 0,
    }  # fmt: skip
    score_spotter(features_path=own_features, **arguments)
    scores = Scores.load(tmp_path / "scores.npz")
    assert scores.logits.shape == (Features.load(own_features).grid.num_steps, 1)
    with pytest.raises(InputError, match="features have weights"):
        score_spotter(features_path=games.features_paths[-1], **arguments)


def test_the_log_says_how_long_training_waited(games, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        train_spotter(**finetuning_arguments(games, tmp_path, epochs=1, windows_per_epoch=2))
        cached = {"finetune": False, "video_paths": [], "probe_paths": [], "weights_path": None}
        train_spotter(**finetuning_arguments(games, tmp_path, epochs=1, windows_per_epoch=2, **cached))
    lines = [line for line in caplog.messages if "epoch 1/1" in line]
    assert len(lines) == 2
    for line in lines:
        assert line.split(", ")[-1].startswith("waited for windows ") and line.endswith("% of the time")


@pytest.mark.parametrize("damage", ["middle", "text", "missing"])
def test_a_broken_recording_is_one_line_and_leaves_no_model(games, tmp_path, damage):
    shutil.copytree(games.folder / "games", tmp_path / "games")
    broken = tmp_path / "games/g0/1.mkv"
    data = bytearray(broken.read_bytes())
    if damage == "missing":
        broken.unlink()
    else:
        data[len(data) // 5 :] = b"text" if damage == "text" else bytes(len(data) - len(data) // 5)
        broken.write_bytes(data)
    videos = [tmp_path / path.relative_to(games.folder) for path in games.video_paths]
    arguments = finetuning_arguments(games, tmp_path / "run", video_paths=videos, threads=2)
    step = start_step("train_spotter", arguments)
    error = step.communicate()[1]
    assert step.returncode == 2 and "Traceback" not in error
    lines = [line for line in error.splitlines() if ": note: " not in line]
    assert len(lines) == 1 and "games/g0/1.mkv" in lines[0]
    assert not (tmp_path / "run/best.safetensors").exists()


def other_weights(held):
    state = torch.load(held["weights_path"], weights_only=True)
    path = held["model_dir"].with_name("other.pth")
    torch.save({**state, "conv1.0.weight": state["conv1.0.weight"] * 2}, path)
    return {"weights_path": path}


@pytest.mark.parametrize(
    ("change", "kind", "match"),
    [
        (lambda held: {"video_paths": held["video_paths"][1:]}, InputError, "2 recordings and 3 probes for 3 parts"),
        (lambda held: {"probe_paths": held["probe_paths"][::-1]}, InputError, "probe of game g2, part 1"),
        (lambda held: {"modalities": "audio"}, ConfigError, "nothing but sound"),
        (lambda held: {"weights_path": None}, InputError, "needs a file with its weights"),
        (other_weights, InputError, "the shards were made with weights"),
        (lambda held: {"feature_set": {**held["feature_set"], "height": 64}}, InputError, "has 64"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_line(games, tmp_path, change, kind, match):
    arguments = finetuning_arguments(games, tmp_path / "run")
    with pytest.raises(kind, match=match) as caught:
        train_spotter(**{**arguments, **change(arguments)})
    assert isinstance(caught.value, MatchreelError) and "\n" not in str(caught.value)


def test_a_recordings_digest_goes_by_content(tmp_path):
    first, second = tmp_path / "a.mkv", tmp_path / "b.mkv"
    record(first, flashes_seconds=[1.0], seconds=4)
    shutil.copy(first, second)
    assert sampled_sha256(first) == sampled_sha256(second)
    record(second, flashes_seconds=[1.5], seconds=4)
    assert sampled_sha256(first) != sampled_sha256(second)
    large = bytes(3_000_000)
    first.write_bytes(large)
    second.write_bytes(large + b"\0")
    assert sampled_sha256(first) != sampled_sha256(second)
    for path in (first, second):
        path.write_bytes(b"tiny")
    assert sampled_sha256(first) == sampled_sha256(second)
