"""Backbones: any torchvision classification model by name, and the one whose weights come inside a package."""

from __future__ import annotations

import pickle

import pytest
import torch
from safetensors.torch import save_file

from matchreel.backbones import (
    TENSOR_PREFIX,
    ClipEmbedder,
    backbone_digest,
    check_picture_size,
    load_backbone,
)
from matchreel.errors import ConfigError, InputError
from matchreel.torch_shim import import_torchvision


def shaken(layer):
    """Random weights where torchvision starts from zeros, or from scales so small that nothing shows."""
    for own in ("layer_scale", "weight"):
        value = getattr(layer, own, None)
        if isinstance(value, torch.nn.Parameter) and value.abs().max() < 1e-3:
            torch.nn.init.normal_(value, std=0.05)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """name -> a file of random weights as torchvision would publish it."""
    folder = tmp_path_factory.mktemp("weights")

    def make(name):
        path = folder / f"{name}.pth"
        if not path.exists():
            torch.manual_seed(0)
            quick = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
            network = import_torchvision().models.get_model(name, weights=None, **quick)
            network.apply(shaken)
            torch.save(network.state_dict(), path)
        return path

    return make


def embedded(backbone, height, width):
    pictures = torch.randint(0, 256, (2, height, width, 3), dtype=torch.uint8)
    with torch.inference_mode():
        return backbone(pictures)


@pytest.mark.parametrize(
    ("name", "height", "width", "dim"),
    [
        ("resnet18", 64, 96, 512),
        ("resnet18_logits", 64, 96, 1000),
        ("mobilenet_v3_small", 64, 64, 1024),
        ("shufflenet_v2_x0_5", 64, 64, 1024),
        ("regnet_y_400mf", 64, 64, 440),
        ("swin_t", 64, 96, 768),
        ("efficientnet_lite0", 64, 96, 1280),
        ("efficientnet_lite0", 75, 50, 1280),
    ],
)
def test_pooled_features_by_name(weights, name, height, width, dim):
    path = None if name == "efficientnet_lite0" else weights(name.removesuffix("_logits"))
    backbone, digest = load_backbone(name, path)
    vectors = embedded(backbone, height, width)
    assert vectors.shape == (2, dim) and vectors.dtype == torch.float32
    assert torch.isfinite(vectors).all() and len(digest) == 12
    assert not backbone.training and not any(item.requires_grad for item in backbone.parameters())


@pytest.mark.parametrize(("name", "least"), [("vgg11", "32x32"), ("inception_v3", "75x75")])
def test_too_small_a_picture_is_refused(name, least):
    with pytest.raises(InputError, match=f"{name} takes pictures of at least {least}, not 64x31"):
        check_picture_size(name, 64, 31)
    check_picture_size(name, 224, 398)


@pytest.mark.parametrize("name", ["vit_b_16", "maxvit_t", "swin_t", "resnet50", "efficientnet_lite0"])
def test_any_other_size_will_do(name):
    check_picture_size(name, 224, 398)
    check_picture_size(name, 16, 16)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "maxvit_t", "swin_t", "convnext_tiny"])
def test_wide_pictures_are_seen_whole(weights, name):
    backbone, _ = load_backbone(name, weights(name))
    pictures = torch.randint(0, 256, (1, 224, 398, 3), dtype=torch.uint8)
    changed = pictures.clone()
    changed[:, :, -2:] = 255 - changed[:, :, -2:]
    with torch.inference_mode():
        first, other, again = backbone(pictures), backbone(changed), backbone(pictures)
    assert first.shape == (1, 512 if name == "maxvit_t" else 768)
    assert torch.equal(first, again) and torch.dist(first, other) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit_b_16", "maxvit_t", "swin_t"])
def test_at_its_own_size_a_backbone_is_torchvisions(weights, name):
    backbone, _ = load_backbone(f"{name}_logits", weights(name))
    network = import_torchvision().models.get_model(name, weights=None).eval()
    network.load_state_dict(torch.load(weights(name), weights_only=True))
    pixels = torch.rand((1, 3, 224, 224))
    with torch.inference_mode():
        torch.testing.assert_close(backbone.network(pixels), network(pixels), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_what_torchvision_sets_with_its_weights_is_set(weights, name):
    backbone, _ = load_backbone(name, weights(name))
    assert backbone.network.transform_input
    assert embedded(backbone, 80, 96).shape == (2, 1024 if name == "googlenet" else 2048)


def test_the_package_weights_know_pictures():
    # ImageNet features differ between pictures, stay alike under a small change of light.
    backbone, _ = load_backbone("efficientnet_lite0", None)
    torch.manual_seed(0)
    smooth = torch.rand(2, 3, 4, 4)
    pictures = torch.nn.functional.interpolate(smooth, size=(96, 96), mode="bilinear").permute(0, 2, 3, 1)
    with torch.inference_mode():
        first, other = backbone((pictures * 200).to(torch.uint8))
        lighter = backbone((pictures[:1] * 208).to(torch.uint8))[0]
    assert torch.dist(first, lighter) < 0.5 * torch.dist(first, other)


class Evil:
    def __reduce__(self):
        return (print, ("code ran",))


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("resnet18", b"<html>not found</html>", "not a file of plain weights"),
        ("resnet18", pickle.dumps(Evil(), protocol=2), "not a file of plain weights"),
        ("resnet18", "other", "belong to another network"),
        ("resnet18", "list", "no table of tensors"),
    ],
    ids=["page", "code", "other", "list"],
)
def test_wrong_weights_are_one_line(tmp_path, capsys, name, content, match):
    path = tmp_path / "w.pth"
    if content == "other":
        torch.save({"weight": torch.zeros(3)}, path)
    elif content == "list":
        torch.save([torch.zeros(3)], path)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=match) as caught:
        load_backbone(name, path)
    assert "\n" not in str(caught.value) and "code ran" not in capsys.readouterr().out


def test_missing_weights_and_names(tmp_path):
    with pytest.raises(InputError, match="needs a file with its weights"):
        load_backbone("resnet18", None)
    with pytest.raises(FileNotFoundError):
        load_backbone("resnet18", tmp_path / "absent.pth")
    with pytest.raises(ConfigError, match="no torchvision classification model"):
        load_backbone("resnet1800", None)


@pytest.mark.parametrize("name", ["resnet18", pytest.param("maxvit_t", marks=pytest.mark.slow)])
def test_a_fine_tuned_backbone_comes_from_a_model_file(tmp_path, weights, name):
    original, digest = load_backbone(name, weights(name))
    state = {
        key: value + 1 if value.is_floating_point() else value for key, value in original.state_dict().items()
    }
    save_file(
        {TENSOR_PREFIX + key: value.contiguous() for key, value in state.items()},
        tmp_path / "model.safetensors",
    )
    _, tuned_digest = load_backbone(name, tmp_path / "model.safetensors")
    assert tuned_digest == backbone_digest(state) != digest
    save_file({"head.weight": torch.zeros(2)}, tmp_path / "plain.safetensors")
    with pytest.raises(InputError, match="no backbone of its own"):
        load_backbone(name, tmp_path / "plain.safetensors")


def test_gradient_checkpointing_changes_no_gradient(weights):
    backbone, _ = load_backbone("resnet18", weights("resnet18"))
    embedder = ClipEmbedder(backbone.requires_grad_(True))
    pictures = torch.randint(0, 256, (1, 20, 32, 32, 3), dtype=torch.uint8)
    embedder(pictures).square().sum().backward()
    first = backbone.network.conv1.weight
    checkpointed, first.grad = first.grad.clone(), None
    backbone(pictures[0]).square().sum().backward()
    torch.testing.assert_close(first.grad, checkpointed, rtol=1e-3, atol=1e-2)
