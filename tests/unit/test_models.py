"""The clip classifier's layers, its masks and its stored statistics."""

from __future__ import annotations

import pytest
import torch
import yaml

from matchreel.models import ClipClassifier, NetworkShape

SMALL = NetworkShape(6, 8, 5, 4, 7, 0.0, "max")


def inputs(B=3, T=5, D=6, L=64, F=8):
    torch.manual_seed(1)
    return torch.randn(B, T, D), torch.randn(B, L, F), torch.ones(B), torch.ones(B)


def test_the_seed_has_the_seeds_layers(root):
    seed = yaml.safe_load((root / "config/seed.yaml").read_text(encoding="utf-8"))
    model = seed["models"]["seed"]
    feature_set = seed["feature_sets"][model["feature_set"]]
    assert feature_set["backbone"] == "resnet50_logits"  # ResNet-50 with its 1000 outputs
    keys = ("video_hidden", "audio_hidden", "hidden", "dropout", "pooling")
    network = ClipClassifier(NetworkShape(1000, feature_set["num_mels"], *(model[key] for key in keys)))
    gru, linear = network.video.summary.gru, network.video.summary.project[0]
    assert (gru.input_size, gru.hidden_size, gru.bidirectional, gru.num_layers) == (1000, 512, True, 1)
    assert (linear.in_features, linear.out_features) == (2 * 512, 512)
    gru, linear = network.audio.summary.gru, network.audio.summary.project[0]
    assert (gru.hidden_size, gru.bidirectional, linear.in_features, linear.out_features) == (
        256,
        True,
        512,
        256,
    )
    convolutions = [layer for layer in network.audio.layers if isinstance(layer, torch.nn.Conv2d)]
    assert len(convolutions) == 3 and all(layer.stride == (2, 2) for layer in convolutions)
    assert sum(isinstance(layer, torch.nn.MaxPool2d) for layer in network.audio.layers) == 3
    heads = [layer for layer in network.head if isinstance(layer, torch.nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in heads] == [(768, 768), (768, 1)]
    # 75 frames and 15 s of 300 columns each: one clip gives one logit.
    assert network.eval()(*inputs(1, 75, 1000, 4500, 64)).shape == (1,)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
@pytest.mark.parametrize("num_mels", [1, 8, 64, 80])
@pytest.mark.parametrize("num_columns", [1, 33, 240])
def test_any_input_size_gives_one_logit_each(pooling, num_mels, num_columns):
    network = ClipClassifier(NetworkShape(6, num_mels, 5, 4, 7, 0.0, pooling)).eval()
    assert network(*inputs(L=num_columns, F=num_mels)).shape == (3,)


@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_every_step_and_column_counts(pooling):
    # Wide and seeded: a row in which every unit is off would have no gradient.
    torch.manual_seed(0)
    network = ClipClassifier(NetworkShape(6, 8, 32, 32, 7, 0.0, pooling)).eval()
    frames, logmel, has_video, has_audio = inputs()
    frames.requires_grad_(True)
    logmel.requires_grad_(True)
    video, audio = network.video(frames), network.audio(logmel)
    (video.sum() + audio.sum()).backward()
    assert (frames.grad.abs().sum(2) > 0).all()
    assert (logmel.grad.abs().sum(2) > 0).float().mean() > 0.5
    assert network.joined(video, audio, has_video, has_audio).shape == (3,)


@pytest.mark.parametrize("hidden", ["video", "audio"])
def test_a_hidden_modality_is_not_looked_at(hidden):
    network = ClipClassifier(SMALL).eval()
    frames, logmel, ones, _ = inputs()
    masks = {"video": (torch.zeros(3), ones), "audio": (ones, torch.zeros(3))}[hidden]
    before = network(frames, logmel, *masks)
    changed = (frames + 9, logmel) if hidden == "video" else (frames, logmel + 9)
    assert torch.equal(network(*changed, *masks), before)
    assert not torch.equal(network(frames, logmel, ones, ones), before)


def test_statistics_are_part_of_the_weights():
    network = ClipClassifier(SMALL)
    mean, std = torch.arange(6.0), torch.tensor([2.0, 1, 1, 1, 1, 0])
    network.set_statistics(frames=(mean, std), mels=(torch.full((8,), -40.0), torch.full((8,), 5.0)))
    frames, logmel = network.standardise(mean.expand(2, 3, 6) + 2, torch.full((2, 4, 8), -30.0))
    assert torch.equal(frames[0, 0, :2], torch.tensor([1.0, 2.0])) and torch.all(logmel == 2)
    assert torch.isfinite(frames).all()  # a feature that never varies
    copy = ClipClassifier(SMALL)
    copy.load_state_dict(network.state_dict())
    assert torch.equal(copy.frame_mean, mean)
