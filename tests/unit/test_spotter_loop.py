"""One epoch of the spotter's training: its loss, mixing and mean weights by hand, accumulated gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from matchreel.dataset import InputSizes
from matchreel.randomness import generator
from matchreel.training.spotter.loop import Joint, SpotterTrainer, focal_loss, warm_cosine
from matchreel.training.spotter.mixing import Mixing
from matchreel.training.spotter.prepare import new_spotter
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.windows import CachedSteps
from support.shards import FRAME_DIM, NUM_MELS, PER_STEP
from support.spotter_leagues import PLAIN, made_event, made_part, spotter_settings

T = 20
STARTS = [Start(0, 9 * index) for index in range(16)]
MIXED_STARTS = [Start(index % 2, 0) for index in range(16)]


def loss(logits, targets, weights=1.0, *, gamma=2.0, positive_weight=5.0):
    held = [torch.as_tensor(values, dtype=torch.float32) for values in (logits, targets)]
    weights = torch.as_tensor(weights, dtype=torch.float32).expand(held[0].shape)
    return float(focal_loss(*held, weights, gamma=gamma, positive_weight=positive_weight))


@pytest.mark.parametrize(
    ("logits", "targets", "keywords", "value"),
    [
        ([0.0], [1.0], {}, 5 * 0.5**2 * math.log(2)),
        ([0.0], [0.0], {}, 0.5**2 * math.log(2)),
        ([math.log(3)], [0.0], {}, 0.75**2 * -math.log(0.25)),
        ([math.log(3)], [1.0], {}, 5 * 0.25**2 * -math.log(0.75)),
        # Half an event, as mixing makes it: nothing where the network says just that, half the extra weight.
        ([0.0], [0.5], {}, 0.0),
        ([math.log(3)], [0.5], {}, 3 * 0.25**2 * -(math.log(0.75) + math.log(0.25)) / 2),
        ([math.log(3)], [0.0], {"gamma": 0.0}, -math.log(0.25)),
        ([math.log(3)], [1.0], {"positive_weight": 1.0}, 0.25**2 * -math.log(0.75)),
        ([0.0, 0.0], [0.0, 1.0], {"weights": [1.0, 0.0]}, 0.5**2 * math.log(2)),
    ],
)
def test_the_focal_loss_by_hand(logits, targets, keywords, value):
    assert loss(logits, targets, **keywords) == pytest.approx(value, abs=1e-6)


def test_the_focal_loss_is_a_sum():
    one = loss([[[0.3, -1.0]]], [[[1.0, 0.0]]])
    assert loss([[[0.3, -1.0]] * 4] * 3, [[[1.0, 0.0]] * 4] * 3) == pytest.approx(12 * one)


def test_mixing_by_hand():
    mixing = Mixing(torch.tensor([1, 2, 0]), torch.tensor([0.75, 0.5, 1.0]))
    values = torch.tensor([[0.0, 4.0], [8.0, 0.0], [2.0, 2.0]])
    assert mixing.of(values).tolist() == [[2.0, 3.0], [5.0, 1.0], [2.0, 2.0]]
    assert mixing.of(values[:, :, None, None]).shape == (3, 2, 1, 1)


def test_a_blend_with_an_unknown_step_has_no_weight():
    weights = torch.tensor([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 0.0, 1.0]])[:, :, None]
    mixing = Mixing(torch.tensor([1, 0, 1]), torch.tensor([0.7, 0.7, 1.0]))
    # The last window is all its own: what the other one does not know is no part of it.
    known = [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0]]
    assert mixing.weights_of(weights)[:, :, 0].tolist() == known


def test_mixing_with_unknown_steps_teaches_nothing_about_them():
    labelled, unlabelled = made_part(made_event(4.0)), made_part(made_event(4.0, visibility="not shown"))
    is_unknown = unlabelled.weights == 0
    losses = []
    for target in (0.0, 1.0):
        unlabelled.targets[is_unknown] = target
        held = trainer(mixup=0.4, batch_size=8)
        losses.append(held.train(CachedSteps([labelled, unlabelled], windows().sizes), MIXED_STARTS, 1))
    assert is_unknown.any() and losses[0] == losses[1] > 0


def test_the_larger_share_is_a_windows_own():
    random = generator(0, "mixing")
    held = [Mixing.drawn(8, 0.2, random, torch.device("cpu")) for _ in range(50)]
    # Window i holds a one at place i: its own share stays there, unless it is blended with itself.
    blended = torch.stack([mixing.of(torch.eye(8)) for mixing in held])  # (N, 8, 8)
    torch.testing.assert_close(blended.sum(dim=2), torch.ones(50, 8))
    own = blended.diagonal(dim1=1, dim2=2)
    assert own.min() >= 0.5 and (own < 0.99).float().mean() > 0.2
    still = Mixing.drawn(8, 0, random, torch.device("cpu")).of(torch.eye(8))
    assert torch.equal(still, torch.eye(8))


@pytest.mark.parametrize(
    ("step", "num_steps", "warmup_share", "factor"),
    [
        (0, 100, 0.1, 0.1),
        (4, 100, 0.1, 0.5),
        (9, 100, 0.1, 1.0),
        (10, 100, 0.1, 1.0),
        (55, 100, 0.1, 0.5),
        (99, 100, 0.1, 0.5 * (1 + math.cos(math.pi * 89 / 90))),
        (100, 100, 0.1, 0.0),
        (0, 3, 0.0, 1.0),
        (0, 4, 1.0, 0.25),
        (3, 4, 1.0, 1.0),
        (0, 1, 0.1, 1.0),
    ],
)
def test_the_step_size_rises_and_falls(step, num_steps, warmup_share, factor):
    assert warm_cosine(step, num_steps, warmup_share) == pytest.approx(factor, abs=1e-9)


def windows(**held):
    """Windows of 10 s over a noisy part of 100 s with an event every 10 s."""
    random = np.random.default_rng(0)
    events = [made_event(10 * index + 4.0, ("Goal", "Penalty")[index % 2]) for index in range(10)]
    noise = {
        "frames": random.normal(size=(200, FRAME_DIM)).astype(np.float16),
        "logmel": random.normal(size=(200 * PER_STEP, NUM_MELS)).astype(np.float16),
    }
    part = made_part(*events, **{**noise, **held})
    return CachedSteps([part], InputSizes(T, FRAME_DIM, T * PER_STEP, NUM_MELS))


def trainer(processes=None, **changes) -> SpotterTrainer:
    settings = spotter_settings(**{**PLAIN, "windows_per_epoch": len(STARTS), **changes})
    network = new_spotter(settings, frame_dim=FRAME_DIM, num_mels=NUM_MELS)
    return SpotterTrainer(network, settings, device=torch.device("cpu"), processes=processes or Processes())


def test_the_step_size_falls_over_all_epochs():
    spotter = trainer(epochs=2, warmup_share=0.0)
    first = spotter.learning_rate
    spotter.train(windows(), STARTS, 1)
    assert 0.1 * first < spotter.learning_rate < first
    spotter.train(windows(), STARTS, 2)
    assert spotter.learning_rate == pytest.approx(0.0, abs=1e-9)


def weights_of(network) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def statistics_of(network) -> torch.Tensor:
    norms = [layer for layer in network.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    return torch.cat([torch.cat([norm.running_mean, norm.running_var]) for norm in norms])


def test_the_judged_weights_are_a_running_mean():
    held = trainer(batch_size=8, ema_decay=0.8)
    after = []
    for epoch in range(4):
        held.train(windows(), STARTS[:8], epoch)
        after.append(weights_of(held.network.spotter))
    expected = after[0]
    for weights in after[1:]:
        expected = 0.8 * expected + 0.2 * weights
    torch.testing.assert_close(weights_of(held.judged), expected)
    assert (after[-1] - expected).abs().max() > 1e-3


def test_the_judged_weights_have_batch_norm_statistics_of_their_own():
    held = trainer(batch_size=8, micro_batch_size=8, ema_decay=0.8)
    for epoch in range(4):
        held.train(windows(), STARTS, epoch)
    raw = statistics_of(held.judged)
    torch.testing.assert_close(raw, statistics_of(held.network.spotter))  # until they are settled
    held.settle_norms(windows(), STARTS)
    settled = statistics_of(held.judged)

    # Seen from outside: the first norm's statistics are those of its input under the mean weights.
    seen = list[torch.Tensor]()
    first = next(layer for layer in held.judged.modules() if isinstance(layer, torch.nn.BatchNorm2d))
    first.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    held.loss_of(windows(), STARTS)
    means = torch.stack([batch.mean(dim=(0, 2, 3)) for batch in seen]).mean(dim=0)
    torch.testing.assert_close(first.running_mean, means)
    assert (settled - raw).abs().max() > 1e-3
    assert not first.training
    assert torch.equal(statistics_of(held.judged), settled)


def test_validation_is_under_the_mean_weights():
    held = trainer()
    held.train(windows(), STARTS, 1)
    before = held.loss_of(windows(), STARTS)
    with torch.no_grad():
        for weight in held.network.parameters():
            weight.zero_()
    assert held.loss_of(windows(), STARTS) == before
    with torch.no_grad():
        for weight in held.judged.parameters():
            weight.zero_()
    # Every logit is 0 now: each of 20 steps and 2 classes costs ln 2 / 4, each event step five times that.
    batch = windows().batch(STARTS, None)
    costs = 0.25 * math.log(2) * (1 + 4 * batch.targets).sum(dim=(1, 2))
    assert held.loss_of(windows(), STARTS) == pytest.approx(float(costs.mean()), rel=1e-5)
    assert math.isnan(held.loss_of(windows(), []))


def test_the_loss_of_a_window_does_not_depend_on_how_many_are_held_at_once():
    values = [trainer(micro_batch_size=size).loss_of(windows(), STARTS) for size in (1, 3, 16)]
    assert values == pytest.approx([values[0]] * 3, rel=1e-5)


@pytest.mark.parametrize("sizes", [(8, 2), (8, 3), (16, 1)])
def test_micro_batches_add_up_to_their_batch(sizes):
    # Of the picture alone: the sound's batch norms see what is held at once.
    batch_size, micro_batch_size = sizes
    keywords = {"modalities": "video", "batch_size": batch_size, "learning_rate": 0.001}
    whole = trainer(micro_batch_size=batch_size, **keywords)
    pieces = trainer(micro_batch_size=micro_batch_size, **keywords)
    start = weights_of(whole.network)
    losses = [held.train(windows(), STARTS, 1) for held in (whole, pieces)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    moved = (weights_of(whole.network) - start).norm()
    assert (weights_of(whole.network) - weights_of(pieces.network)).norm() < 0.01 * moved


@pytest.mark.parametrize(("modalities", "unused"), [("video", "logmel"), ("audio", "frames")])
def test_a_model_of_one_modality_is_judged_without_the_other(modalities, unused):
    held = trainer(modalities=modalities)
    held.train(windows(), STARTS, 1)
    shape = {"logmel": (200 * PER_STEP, NUM_MELS), "frames": (200, FRAME_DIM)}[unused]
    other = windows(**{unused: np.full(shape, 3, dtype=np.float16)})
    assert held.loss_of(other, STARTS) == held.loss_of(windows(), STARTS)
    both = trainer(modalities="both")
    assert both.loss_of(other, STARTS) != both.loss_of(windows(), STARTS)


@pytest.mark.parametrize(("modalities", "branch"), [("video", "audio"), ("audio", "video")])
def test_a_model_of_one_modality_does_not_train_the_other(modalities, branch):
    held = trainer(modalities=modalities, weight_decay=0)
    before = weights_of(getattr(held.network.spotter, branch))
    held.train(windows(), STARTS, 1)
    assert torch.equal(weights_of(getattr(held.network.spotter, branch)), before)


def test_what_a_window_lacks_is_not_blended_into_others():
    settings = spotter_settings(**PLAIN)
    network = new_spotter(settings, frame_dim=FRAME_DIM, num_mels=NUM_MELS).eval()
    network.set_statistics(
        frames=(torch.zeros(FRAME_DIM), torch.ones(FRAME_DIM)),
        mels=(torch.full((NUM_MELS,), -40.0), torch.full((NUM_MELS,), 4.0)),
    )
    parts = [windows().parts[0], windows(logmel=None).parts[0]]
    sizes = InputSizes(T, FRAME_DIM, T * PER_STEP, NUM_MELS)
    batch = CachedSteps(parts, sizes).batch([Start(0, 0), Start(1, 0)], None)
    assert batch.has_audio.tolist() == [1, 0] and batch.has_video.tolist() == [1, 1]
    mixing = Mixing(torch.tensor([1, 0]), torch.tensor([0.6, 0.6]))
    mixed = Joint(network, None)(batch, batch.has_video, batch.has_audio, (settings, mixing))
    frames, logmel = network.standardise(batch.frames, batch.logmel)
    expected = network(mixing.of(frames)[:1], 0.6 * logmel[:1], torch.ones(1), torch.ones(1))
    torch.testing.assert_close(mixed[:1], expected)


def test_unweighted_steps_teach_nothing():
    hidden = made_event(4.0, visibility="not shown")
    unlabelled, labelled = CachedSteps([made_part(hidden)], windows().sizes), trainer()
    before = labelled.loss_of(unlabelled, [Start(0, 0)])
    weights = unlabelled.parts[0].weights
    assert (weights[:20] == 0).sum() == 12
    unlabelled.parts[0].targets[weights == 0] = 1
    assert labelled.loss_of(unlabelled, [Start(0, 0)]) == before


def test_a_window_longer_than_its_part_is_filled_up_unweighted():
    short = CachedSteps([made_part(made_event(1.0), num_steps=6)], windows().sizes)
    batch = short.batch([Start(0, 0)], None)
    assert batch.frames.shape == (1, T, FRAME_DIM) and batch.targets.shape == (1, T, 2)
    assert batch.targets[0, :, 0].nonzero().flatten().tolist() == [1, 2]
    assert (batch.weights[0, :6] == 1).all() and (batch.weights[0, 6:] == 0).all()


def test_processes_share_every_window_once():
    shares = [Processes(rank, 3).share_of(list(range(8))) for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4, 7], [2, 5]]
    assert [Processes(rank, 3).share_of([7]) for rank in range(3)] == [[7], [], []]
    assert Processes().share_of([1, 2]) == [1, 2] and Processes().words == ()
    assert Processes(0, 2).words != Processes(1, 2).words


class Apart(Processes):
    """One of two processes that never meets the other."""

    def wrapped(self, network, *, may_leave_unused):
        return network

    def summed(self, value, device):
        return value


def test_a_process_without_a_share_goes_along_without_weight():
    for rank, moves in ((0, True), (1, False)):
        held = trainer(Apart(rank, 2), weight_decay=0, windows_per_epoch=1)
        before = weights_of(held.network)
        assert (held.train(windows(), STARTS[:1], 1) > 0) is moves
        assert torch.equal(weights_of(held.network), before) is not moves
