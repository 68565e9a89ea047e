"""finetune: true trains a spotter's backbone on decoded windows; scoring then goes by that backbone's features."""

from __future__ import annotations

import csv
import logging
import shutil
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.dataset import InputSizes
from matchreel.errors import ConfigError, InputError, MatchreelError
from matchreel.media.decode import read_frames
from matchreel.packing import pack_model
from matchreel.randomness import generator
from matchreel.records import Features, Probe, Scores
from matchreel.spotter_scores import score_spotter, spotter_of
from matchreel.timeline import FrameGrid
from matchreel.training.resume import sampled_sha256
from matchreel.training.spotter.decoded import DecodedParts, DecodedSteps, PictureReader
from matchreel.training.spotter.finetune import load_probes, prepare_finetuning, spread
from matchreel.training.spotter.judge import judge
from matchreel.training.spotter.loop import SpotterTrainer, focal_loss
from matchreel.training.spotter.parts import load_parts
from matchreel.training.spotter.prepare import covering, new_spotter
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.settings import SpotterSettings
from matchreel.training.spotter.step import train_spotter
from matchreel.training.spotter.thresholds import calibrated_thresholds
from matchreel.training.spotter.windows import CachedSteps
from support.recordings import (
    FEATURE_SET,
    cache,
    finetuning_arguments,
    make_recordings,
    record,
)
from support.shards import start_step

T = 16  # steps of a window of 8 s
READER = PictureReader(FEATURE_SET["height"], FEATURE_SET["width"], FEATURE_SET["fit"], "bundled")


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


def parts_of(games):
    return load_parts(
        features_paths=games.features_paths,
        labels_paths=games.paths("games/{game}/Labels-v2.json"), truth_paths={}, classes=["Goal"],
        dilation_seconds=0.4,
    )  # fmt: skip


def settings_of(arguments):
    held = {name: arguments[name] for name in SpotterSettings.__dataclass_fields__}
    return SpotterSettings(**{**held, "classes": ("Goal",)})


def probes_of(games):
    return load_probes(games.probe_paths, games.video_paths, games.features_paths)


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


def whole_of(games, index, part):
    probe = Probe.load(games.probe_paths[index])
    batches = read_frames(
        probe=probe, grid=part.shard.grid, height=32, width=48, fit="squash", ffmpeg="bundled", threads=1,
        batch_steps=500, pixel_format="rgb24",
    )  # fmt: skip
    return torch.from_numpy(np.concatenate(list(batches)))


@pytest.mark.parametrize("threads", [1, 4])
def test_windows_hold_the_pictures_of_their_steps(games, threads):
    parts = parts_of(games)
    sizes = InputSizes.of([part.shard for part in parts], 8)
    windows = DecodedSteps(parts, probes_of(games), sizes, READER, threads=threads)
    starts = [Start(0, 0), Start(2, 31), Start(1, 7), Start(0, 10_000), Start(2, 31)]
    batch = windows.batch(starts, None)
    assert batch.frames.shape == (5, T, 32, 48, 3) and batch.frames.dtype == torch.uint8
    cached = CachedSteps(parts, sizes).batch(starts, None)
    for name in ("logmel", "has_video", "has_audio", "targets", "weights"):
        assert torch.equal(getattr(batch, name), getattr(cached, name)), name
    wholes = [whole_of(games, index, part) for index, part in enumerate(parts)]
    for window, start in zip(batch.frames, starts, strict=True):
        first = min(start.start_step, parts[start.part_index].shard.grid.num_steps - T)
        assert torch.equal(window, wholes[start.part_index][first : first + T])


def test_pictures_are_varied_in_training_only_each_window_alike(games):
    parts = parts_of(games)
    sizes = InputSizes.of([part.shard for part in parts], 8)
    windows = DecodedSteps(parts, probes_of(games), sizes, READER, threads=2)
    starts = [Start(0, 3), Start(0, 3)]
    plain, drawn, again = (windows.batch(starts, random) for random in (None, generator(1), generator(1)))
    assert plain.varied() is plain and len(drawn.variations) == 2
    assert torch.equal(plain.frames, drawn.frames)
    varied = drawn.varied().frames
    assert torch.equal(varied, again.varied().frames) and not torch.equal(varied[0], varied[1])
    how = drawn.variations[0]
    assert torch.equal(varied[0, 5:6], how.of(drawn.frames[0, 5:6]))


def test_a_part_shorter_than_a_window_or_without_a_picture(games):
    (part, *_) = parts_of(games)
    grid = FrameGrid(part.shard.grid.rate_fps, 5)
    pieces = {"frames": part.shard.frames[:5], "logmel": part.shard.logmel[: 5 * part.shard.columns_per_step]}
    short = replace(
        part,
        shard=replace(part.shard, grid=grid, **pieces),
        targets=part.targets[:5],
        weights=part.weights[:5],
    )
    unseen = replace(part, shard=replace(part.shard, frames=None))
    sizes = InputSizes.of([part.shard], 8)
    batch = DecodedSteps([short, unseen], probes_of(games), sizes, READER, threads=1).batch(
        [Start(0, 0), Start(1, 0)], None
    )
    whole = whole_of(games, 0, part)
    assert torch.equal(batch.frames[0, :5], whole[:5])
    assert (batch.frames[0, 5:] == whole[4]).all() and (batch.weights[0, 5:] == 0).all()
    assert batch.has_video.tolist() == [1, 0] and not batch.frames[1].any()
    parts = DecodedParts(probes_of(games), READER, threads=1)
    assert parts.seen(unseen, None, torch.device("cpu")) is unseen


def test_what_is_held_at_once_is_bounded(games, monkeypatch):
    """However long the epoch: the batches ahead of need, and one in use."""
    parts = parts_of(games)
    sizes = InputSizes.of([part.shard for part in parts], 8)
    held, most, lock = 0, 0, threading.Lock()

    class Counted(CachedSteps):
        def batch(self, starts, random):
            nonlocal held, most
            with lock:
                held += len(starts)
                most = max(most, held)
            return super().batch(starts, random)

    arguments = finetuning_arguments(games, games.folder, epochs=1, windows_per_epoch=96, micro_batch_size=2)
    settings = settings_of(arguments)
    network = new_spotter(settings, frame_dim=sizes.frame_dim, num_mels=sizes.num_mels)
    trainer = SpotterTrainer(network, settings, device=torch.device("cpu"), processes=Processes(), threads=5)
    learn = trainer._augmented_loss

    def counted(batch, random):
        nonlocal held
        with lock:
            held -= len(batch.targets)
        return learn(batch, random)

    monkeypatch.setattr(trainer, "_augmented_loss", counted)
    trainer.train(Counted(parts, sizes), [Start(0, 0)] * 96, 1)
    # 5 threads make 3 batches of 2 windows; one more is ready, and one more may be begun as one is handed out.
    assert held == 0 and most <= 2 * (1 + 3 + 1)
    assert 0 <= trainer.waiting.share < 1


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


def test_few_parts_are_judged_evenly_spread():
    assert spread(list(range(10)), 3) == [0, 4, 9] and spread([1, 2], 16) == [1, 2]
    assert spread([], 4) == [] and spread(list(range(5)), 1) == [0]
    assert all(len(spread(list(range(count)), 16)) == min(count, 16) for count in range(1, 60))


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


@pytest.fixture
def prepared(games):
    """A training about to begin that may judge one part at a time."""
    arguments = finetuning_arguments(games, games.folder, judged_parts=1)
    return prepare_finetuning(
        settings_of(arguments), splits=arguments["splits"], feature_set=arguments["feature_set"],
        parts=parts_of(games), probes=probes_of(games), weights_path=games.weights_path, ffmpeg="bundled",
        threads=2, device=torch.device("cpu"), processes=Processes(),
    )  # fmt: skip


def test_mining_looks_at_a_few_training_parts_and_names_them_rightly(prepared):
    mined = {epoch: prepared.mine(epoch) for epoch in range(1, 9)}
    looked_at = {epoch: {alarm.part_index for alarm in alarms} for epoch, alarms in mined.items()}
    assert all(len(indices) == 1 for indices in looked_at.values())
    assert set.union(*looked_at.values()) == {0, 1}  # another one every time
    assert prepared.mine(1) == mined[1]
    parts = prepared.train.parts
    for alarms in mined.values():
        for alarm in alarms:
            part = parts[alarm.part_index]
            assert alarm.seconds <= part.shard.duration_seconds
            assert all(abs(alarm.seconds - seconds) > 6 for _, seconds in part.shown)


def test_before_it_learns_the_backbone_sees_what_the_shards_hold(games, prepared):
    (part,) = prepared.validate().parts
    assert part.game == "g2" and part.shard.frames.dtype == np.float16
    # The shards' backbone was folded: the last of ten bits may differ.
    held = Features.load(games.features_paths[-1]).frames
    np.testing.assert_allclose(part.shard.frames, held, rtol=2e-3, atol=1e-3)


def test_the_backbone_learns_from_varied_pictures_and_is_judged_by_plain_ones(prepared, monkeypatch):
    seen, trainer = [], prepared.trainer
    embed = trainer.network.embed.forward
    monkeypatch.setattr(
        trainer.network.embed, "forward", lambda pictures: seen.append(pictures) or embed(pictures)
    )
    starts = [Start(0, 4), Start(1, 20)]
    trainer.train(prepared.train, starts, 1)
    plain = prepared.train.batch(starts, None).frames
    (varied,) = seen
    assert varied.shape == plain.shape and varied.dtype == torch.uint8
    assert all(not torch.equal(window, own) for window, own in zip(varied, plain, strict=True))
