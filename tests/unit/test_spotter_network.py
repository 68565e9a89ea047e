"""The spotter's layers: any size, masks, gradients everywhere, statistics, sound and picture joined by time."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from matchreel.spotter import Spotter, SpotterShape

TEMPORAL = ("bigru", "transformer")
B, T, D, L, F, K = 3, 10, 6, 80, 8, 2


def network(*, temporal="bigru", hidden=16, layers=1, seed=0, dims=(D, F, K)) -> Spotter:
    torch.manual_seed(seed)
    frame_dim, num_mels, num_classes = dims
    return Spotter(SpotterShape(frame_dim, num_mels, num_classes, hidden, layers, 0.0, temporal)).eval()


def inputs(num_steps=T, frame_dim=D, num_columns=L, num_mels=F):
    torch.manual_seed(1)
    frames, logmel = torch.randn(B, num_steps, frame_dim), torch.randn(B, num_columns, num_mels)
    return frames, logmel, torch.ones(B), torch.ones(B)


@pytest.mark.parametrize("temporal", TEMPORAL)
@pytest.mark.parametrize("num_steps", [1, 2, 7, 100])
@pytest.mark.parametrize("per_step", [1, 3, 8, 40])
@pytest.mark.parametrize(("frame_dim", "num_mels", "num_classes"), [(6, 8, 2), (1, 1, 1), (20, 65, 17)])
def test_any_size_gives_a_logit_for_each_step_and_class(
    temporal, num_steps, per_step, frame_dim, num_mels, num_classes
):
    model = network(temporal=temporal, dims=(frame_dim, num_mels, num_classes))
    logits = model(*inputs(num_steps, frame_dim, num_steps * per_step, num_mels))
    assert logits.shape == (B, num_steps, num_classes) and torch.isfinite(logits).all()


@pytest.mark.parametrize("temporal", TEMPORAL)
@pytest.mark.parametrize(("hidden", "layers"), [(4, 1), (12, 2), (20, 3)])
def test_any_width_and_depth(temporal, hidden, layers):
    assert network(temporal=temporal, hidden=hidden, layers=layers)(*inputs()).shape == (B, T, K)


def test_an_unknown_temporal_model_is_our_own_mistake():
    with pytest.raises(ValueError, match="lstm"):
        network(temporal="lstm")


@pytest.mark.parametrize("temporal", TEMPORAL)
@pytest.mark.parametrize("modality", ["video", "audio"])
def test_a_hidden_modality_is_not_looked_at(temporal, modality):
    model = network(temporal=temporal)
    frames, logmel, ones, _ = inputs()
    zeros = torch.zeros(B)
    masks = {"video": (zeros, ones), "audio": (ones, zeros)}[modality]
    changed = (frames.flip(1) + 9, logmel) if modality == "video" else (frames, logmel.flip(1) + 9)
    before = model(frames, logmel, *masks)
    assert torch.equal(model(*changed, *masks), before)
    assert not torch.equal(model(*changed, ones, ones), model(frames, logmel, ones, ones))
    assert not torch.equal(model(frames, logmel, ones, ones), before)


def test_masks_are_of_each_window():
    model = network()
    frames, logmel, ones, _ = inputs()
    has_audio = torch.tensor([1.0, 0.0, 1.0])
    mixed = model(frames, logmel, ones, has_audio)
    assert torch.equal(mixed[[0, 2]], model(frames, logmel, ones, ones)[[0, 2]])
    assert torch.equal(mixed[1], model(frames, logmel, ones, torch.zeros(B))[1])


@pytest.mark.parametrize("temporal", TEMPORAL)
def test_every_step_column_and_weight_has_a_gradient(temporal):
    # Wide, so that no row of it has every unit off; in training, where every layer takes part.
    model = network(temporal=temporal, hidden=32).train()
    frames, logmel, ones, _ = inputs()
    frames.requires_grad_(True)
    logmel.requires_grad_(True)
    (model(frames, logmel, ones, ones) * torch.randn(B, T, K)).sum().backward()
    assert (frames.grad.abs().sum(2) > 0).all()
    assert (logmel.grad.abs().sum(2) > 0).all()
    for name, weight in model.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("temporal", TEMPORAL)
@pytest.mark.parametrize("modality", ["video", "audio"])
def test_every_step_sees_the_whole_window(temporal, modality):
    model = network(temporal=temporal)
    frames, logmel, ones, _ = inputs()
    before = model(frames, logmel, ones, ones)
    if modality == "video":
        frames[:, 0] += 5
    else:
        logmel[:, :8] += 5
    assert ((model(frames, logmel, ones, ones) - before).abs().amax(dim=(0, 2)) > 0).all()


def test_a_transformer_knows_the_order_of_steps():
    model = network(temporal="transformer")
    frames = torch.randn(1, 1, D).expand(1, T, D)
    logits = model(frames, torch.zeros(1, L, F), torch.ones(1), torch.zeros(1))[0].detach()
    apart = torch.cdist(logits, logits) + torch.eye(T)
    assert apart.min() > 1e-5


def neutral(temporal) -> Spotter:
    """A spotter whose steps see nothing but themselves: the temporal models pass on what they get."""
    model = network(temporal=temporal)
    model.video.temporal, model.audio.temporal = nn.Identity(), nn.Identity()
    return model


@pytest.mark.parametrize("per_step", [3, 4, 8, 40])
@pytest.mark.parametrize("step", [0, 4, 9])
def test_sound_is_joined_with_the_picture_by_time(per_step, step):
    model = neutral("bigru")
    ones = torch.ones(1)
    frames, logmel = torch.zeros(1, T, D), torch.zeros(1, T * per_step, F)
    before = model(frames, logmel, ones, ones)
    heard, seen = logmel.clone(), frames.clone()
    heard[:, step * per_step : (step + 1) * per_step] += 10
    seen[:, step] += 10
    by_sound = (model(frames, heard, ones, ones) - before).abs().sum(dim=2)[0]
    by_sight = (model(seen, logmel, ones, ones) - before).abs().sum(dim=2)[0]
    assert by_sound.argmax() == by_sight.argmax() == step
    # Convolutions reach three columns of a quarter step: no further than the next step.
    far = torch.tensor([abs(other - step) > 1 for other in range(T)])
    assert by_sound[far].max() == 0 and by_sight[torch.arange(T) != step].max() == 0


def test_a_window_of_uneven_columns_keeps_its_time():
    # 37 columns for 10 steps: a click in the middle is heard in the middle.
    model = neutral("bigru")
    ones = torch.ones(1)
    logmel = torch.zeros(1, 37, F)
    before = model(torch.zeros(1, T, D), logmel, ones, ones)
    logmel[:, 24:26] += 10  # 6.5 to 7.0 steps
    moved = (model(torch.zeros(1, T, D), logmel, ones, ones) - before).abs().sum(dim=2)[0]
    assert moved.argmax() == 6


def test_statistics_are_part_of_the_weights():
    model = network()
    mean, std = torch.arange(6.0), torch.tensor([2.0, 1, 1, 1, 1, 0])
    model.set_statistics(frames=(mean, std), mels=(torch.full((F,), -40.0), torch.full((F,), 5.0)))
    frames, logmel = model.standardise(mean.expand(2, 3, D) + 2, torch.full((2, 4, F), -30.0))
    assert torch.all(logmel == 2) and torch.isfinite(frames).all()  # also a feature that never varies
    # A picture's features have the length sqrt(D), so that bright and dark pictures weigh alike.
    torch.testing.assert_close(frames.norm(dim=2), torch.full((2, 3), D**0.5))
    torch.testing.assert_close(frames[0, 0, 0] / frames[0, 0, 1], torch.tensor(0.5))
    copy = network(seed=5)
    copy.load_state_dict(model.state_dict())
    assert torch.equal(copy.frame_mean, mean) and torch.equal(copy.mel_std, torch.full((F,), 5.0))


def test_at_first_every_class_is_said_with_one_percent():
    model = network()
    zeros = torch.zeros(B)
    frames, logmel, _, _ = inputs()
    assert float(torch.sigmoid(model(frames, logmel, zeros, zeros)).detach().mean()) == pytest.approx(
        0.01, rel=0.4
    )
