"""Networks of one picture size run over their own parts: the same at that size, whole at any other."""

from __future__ import annotations

import pytest
import torch

from matchreel.anysize import AnySizeMaxVit, AnySizeVit, attended, padded, positions_for
from matchreel.torch_shim import import_torchvision


def small_vit(patch_size=8, image_size=32):
    torch.manual_seed(0)
    vit = import_torchvision().models.VisionTransformer(
        image_size=image_size, patch_size=patch_size, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32
    )
    vit.heads.head = torch.nn.Identity()
    return vit.eval()


def small_maxvit(size=56):
    # Two blocks of partitions of 7: whole at multiples of 7 * 2 * 2 * 2 = 56 pixels.
    torch.manual_seed(0)
    network = import_torchvision().models.MaxVit(
        input_size=(size, size), stem_channels=8, partition_size=7, block_channels=[8, 16], block_layers=[1, 2],
        head_dim=4, stochastic_depth_prob=0.2, num_classes=12,
    )  # fmt: skip
    for name, value in network.named_parameters():
        # Its own start is so near to zero that attention and positions would hardly show.
        torch.nn.init.normal_(value, std=2.0 if name.endswith("bias_table") else 0.3)
    return network.eval()


CASES = {"vit": (small_vit, AnySizeVit, 32, 16), "maxvit": (small_maxvit, AnySizeMaxVit, 56, 12)}


def pixels(height, width, seed=1):
    return torch.randn((2, 3, height, width), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("make", "wrap", "size", "dim"), CASES.values(), ids=CASES)
@torch.inference_mode()
def test_the_same_at_its_own_size(make, wrap, size, dim):
    network = make()
    free = wrap(network)
    assert free.state_dict().keys() == network.state_dict().keys()
    torch.testing.assert_close(free(pixels(size, size)), network(pixels(size, size)), rtol=0, atol=1e-5)


@torch.inference_mode()
def test_larger_squares_are_torchvisions_own():
    # Its tensors do not depend on the size it is built for.
    built = small_maxvit(112)
    free = AnySizeMaxVit(small_maxvit(56))
    free.load_state_dict(built.state_dict())
    torch.testing.assert_close(free(pixels(112, 112)), built(pixels(112, 112)), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("make", "wrap", "size", "dim"), CASES.values(), ids=CASES)
@pytest.mark.parametrize(("height", "width"), [(56, 112), (50, 99), (99, 50), (16, 20)])
@torch.inference_mode()
def test_every_end_of_a_picture_counts(make, wrap, size, dim, height, width):
    free = wrap(make())
    picture = pixels(height, width)
    vectors = free(picture)
    assert vectors.shape == (2, dim) and torch.isfinite(vectors).all()
    for end in ("left", "right", "top", "bottom"):
        changed = picture.clone()
        side = {"left": changed[..., 0], "right": changed[..., -1], "top": changed[..., 0, :]}
        side.get(end, changed[..., -1, :]).add_(3)
        assert torch.dist(free(changed), vectors) > 1e-4, end


@pytest.mark.parametrize("kind", ["window", "grid"])
@torch.inference_mode()
def test_cells_of_a_wide_map_attend_to_these(kind):
    # Windows: neighbours of one 7 x 7 tile. Grids: cells 14 / 7 rows and 21 / 7 columns apart.
    layer = small_maxvit().blocks[0].layers[0].layers
    part = layer.window_attention if kind == "window" else layer.grid_attention
    row, column = torch.meshgrid(torch.arange(14), torch.arange(21), indexing="ij")
    tile = (row // 7, column // 7) if kind == "window" else (row % 2, column % 3)
    maps = torch.randn((1, 8, 14, 21), generator=torch.Generator().manual_seed(3))
    changed = maps.clone()
    changed[:, 0, 9, 4] += 5
    moved = (attended(part, changed, 7) - attended(part, maps, 7)).abs().amax(dim=1)[0] > 0
    assert torch.equal(moved, (tile[0] == tile[0][9, 4]) & (tile[1] == tile[1][9, 4]))


def test_positions_at_their_own_size_are_unchanged_and_else_bicubic():
    learnt = torch.randn((1, 1 + 14 * 14, 6), generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert positions_for(learnt, 14, 14) is learnt
    spread = positions_for(learnt, 14, 25)
    assert spread.shape == (1, 1 + 14 * 25, 6) and torch.equal(spread[:, 0], learnt[:, 0])
    grid = learnt[:, 1:].mT.reshape(1, 6, 14, 14)
    wanted = torch.nn.functional.interpolate(grid, size=(14, 25), mode="bicubic")
    torch.testing.assert_close(spread[:, 1:].mT.reshape(1, 6, 14, 25), wanted)
    spread.square().sum().backward()
    assert learnt.grad.abs().min() > 0


def test_padding_is_zero_right_and_below():
    picture = pixels(5, 8)
    wide = padded(picture, 4)
    assert wide.shape == (2, 3, 8, 8) and torch.equal(wide[..., :5, :], picture)
    assert not wide[..., 5:, :].any() and padded(picture, 1) is picture


@torch.inference_mode()
def test_padding_outside_the_picture_is_not_pooled():
    # 57 columns need 112: the last cells hold nothing but padding, so they must not thin the mean out.
    free = AnySizeMaxVit(small_maxvit())
    free.classifier = torch.nn.Identity()
    assert free(pixels(50, 57)).shape[-2:] == (7, 8)
