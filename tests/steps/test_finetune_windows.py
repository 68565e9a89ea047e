"""What a spotter sees that trains its backbone: decoded windows, varied in training only, few at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from matchreel.dataset import InputSizes
from matchreel.media.decode import read_frames
from matchreel.randomness import generator
from matchreel.records import Features, Probe
from matchreel.timeline import FrameGrid
from matchreel.training.spotter.decoded import DecodedParts, DecodedSteps
from matchreel.training.spotter.finetune import prepare_finetuning, spread
from matchreel.training.spotter.loop import SpotterTrainer
from matchreel.training.spotter.prepare import new_spotter
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.windows import CachedSteps
from support.finetuning import READER, T, parts_of, probes_of, settings_of
from support.recordings import finetuning_arguments, make_recordings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def games(tmp_path_factory):
    return make_recordings(tmp_path_factory.mktemp("recordings"))


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


def test_few_parts_are_judged_evenly_spread():
    assert spread(list(range(10)), 3) == [0, 4, 9] and spread([1, 2], 16) == [1, 2]
    assert spread([], 4) == [] and spread(list(range(5)), 1) == [0]
    assert all(len(spread(list(range(count)), 16)) == min(count, 16) for count in range(1, 60))


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
