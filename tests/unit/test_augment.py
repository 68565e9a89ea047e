"""Augmentation varies what it should, alike over a clip, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from matchreel.augment import (
    PictureVariation,
    clip_augment,
    feature_noise,
    modality_dropout,
    spec_augment,
)
from matchreel.randomness import generator


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def test_spec_augment_masks_bands_and_stretches_of_each_window():
    logmel = torch.ones(64, 100, 40)
    masked = spec_augment(logmel) == 0
    assert masked.shape == logmel.shape
    bands, stretches = masked.all(dim=1), masked.all(dim=2)
    assert bands.any() and stretches.any()
    assert bands.sum(1).max() <= 8 and stretches.sum(1).max() <= 10
    assert len({tuple(row.tolist()) for row in bands}) > 10  # each window its own
    assert torch.equal(masked, bands[:, None, :] | stretches[:, :, None])
    assert torch.all(logmel == 1)


@pytest.mark.parametrize("amount", [0.0, 0.5])
def test_feature_noise_has_its_size_and_half_of_it_stays(amount):
    noise = feature_noise(torch.zeros(50, 20, 30), amount)
    assert noise.std().item() == pytest.approx(amount, rel=0.05)
    assert noise.mean(dim=1).std().item() == pytest.approx(amount * (0.5 + 0.5 / 20) ** 0.5, rel=0.1)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_modality_dropout_never_hides_both(share):
    ones = torch.ones(20_000)
    video, audio = modality_dropout(ones, ones, share)
    assert (video + audio).min() >= 1
    assert 1 - video.mean().item() == pytest.approx(share / 2, abs=0.02)
    assert 1 - audio.mean().item() == pytest.approx(share / 2, abs=0.02)
    only_audio = modality_dropout(torch.zeros(100), torch.ones(100), share)
    assert only_audio[1].all() and not only_audio[0].any()


def test_a_clip_is_varied_alike_over_its_pictures():
    noise = torch.randint(0, 256, (1, 24, 40, 3), dtype=torch.uint8)
    pictures = noise.expand(5, -1, -1, -1).contiguous()
    varied = [clip_augment(pictures, generator(0, index)) for index in range(6)]
    for clip in varied:
        assert clip.shape == pictures.shape and clip.dtype == torch.uint8
        assert torch.equal(clip, clip[:1].expand_as(clip))  # no flicker
    assert not any(torch.equal(clip, pictures) for clip in varied)
    assert not torch.equal(varied[0], varied[1])


def test_the_same_draw_varies_alike_whatever_torch_has_drawn_before():
    pictures = torch.randint(0, 256, (2, 24, 40, 3), dtype=torch.uint8)
    first = clip_augment(pictures, generator(0))
    torch.rand(3)
    assert torch.equal(first, clip_augment(pictures, generator(0)))


UNCHANGED = PictureVariation(
    scale=1, top=0.3, left=0.6, is_mirrored=False, brightness=1, contrast=1, saturation=1, hue=0
)


def test_what_a_variation_does():
    ramp = torch.arange(40, dtype=torch.uint8).view(1, 1, 40, 1).expand(2, 20, 40, 3).contiguous()
    assert torch.equal(UNCHANGED.of(ramp), ramp)
    assert torch.equal(replace(UNCHANGED, is_mirrored=True).of(ramp), ramp.flip(2))
    cropped = replace(UNCHANGED, scale=0.5, left=1.0).of(ramp)[0, 10, :, 0].int()
    assert abs(int(cropped[0]) - 20) <= 1 and abs(int(cropped[-1]) - 39) <= 1
    assert replace(UNCHANGED, brightness=0.5).of(ramp).max() == 19


def test_variations_keep_to_their_ranges():
    random = generator(0)
    drawn = [PictureVariation.drawn(random) for _ in range(500)]
    assert 0.7 <= min(v.scale**2 for v in drawn) < 0.72 and 0.98 < max(v.scale for v in drawn) <= 1
    assert 0.4 < sum(v.is_mirrored for v in drawn) / 500 < 0.6
    assert min(v.contrast for v in drawn) >= 0.8 and max(v.saturation for v in drawn) <= 1.2
    assert max(abs(v.hue) for v in drawn) <= 0.02
