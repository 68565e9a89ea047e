"""Folded backbones: the same vectors with fewer layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from matchreel.backbones import load_backbone
from matchreel.folding import fold
from matchreel.torch_shim import import_torchvision
from support.tiers import quick_only


@pytest.fixture
def weights(tmp_path):
    """name -> a file of weights whose normalisations change what they are given."""

    def make(name):
        if name == "efficientnet_lite0":
            return None
        torch.manual_seed(0)
        network = import_torchvision().models.get_model(name, weights=None)
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                for tensor in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                    tensor.data.uniform_(0.5, 1.5)
        torch.save(network.state_dict(), path := tmp_path / "weights.pth")
        return path

    return make


def norms(network):
    return sum(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())


# Every normalisation of these goes: in a table of blocks, or beside its convolution in a Sequential.
@pytest.mark.parametrize(
    ("name", "left"),
    quick_only([
        ("efficientnet_lite0", 0), ("resnet18", 0), ("resnet50", 0), ("mobilenet_v2", 0), ("regnet_y_400mf", 0),
        ("shufflenet_v2_x0_5", 0), ("vit_b_32", 0),
    ], lambda case: case[0] in ("efficientnet_lite0", "resnet18", "shufflenet_v2_x0_5")),
)  # fmt: skip
@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 71)])
def test_a_folded_backbone_sees_the_same(weights, name, left, height, width):
    backbone, _ = load_backbone(name, weights(name))
    pictures = torch.randint(0, 256, (2, height, width, 3), dtype=torch.uint8)
    with torch.inference_mode():
        before = backbone(pictures)
        after = fold(backbone)(pictures)
    assert norms(backbone) == left
    torch.testing.assert_close(after, before, rtol=1e-4, atol=float(before.abs().max()) * 1e-5)


def test_norms_before_convolutions_stay(weights):
    backbone, _ = load_backbone("densenet121", weights("densenet121"))
    pictures = torch.randint(0, 256, (1, 64, 64, 3), dtype=torch.uint8)
    whole = norms(backbone)
    with torch.inference_mode():
        before = backbone(pictures)
        after = fold(backbone)(pictures)
    assert norms(backbone) == whole - 1  # the first one alone follows a convolution in its Sequential
    torch.testing.assert_close(after, before, rtol=1e-4, atol=float(before.abs().max()) * 1e-5)


def test_borders_of_lite_become_paddings():
    backbone, _ = load_backbone("efficientnet_lite0", None)
    borders = [layer for layer in fold(backbone).modules() if isinstance(layer, nn.ZeroPad2d)]
    assert len(borders) == 5 and all(len(set(border.padding)) == 2 for border in borders)
