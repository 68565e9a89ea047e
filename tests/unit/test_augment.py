"""Augmentation varies what it should, alike over a clip, and nothing else."""

from __future__ import annotations

import pytest
import torch

from matchreel.augment import clip_augment, feature_noise, modality_dropout, spec_augment


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
    random = torch.randint(0, 256, (1, 24, 40, 3), dtype=torch.uint8)
    pictures = random.expand(5, -1, -1, -1).contiguous()
    varied = [clip_augment(pictures) for _ in range(6)]
    for clip in varied:
        assert clip.shape == pictures.shape and clip.dtype == torch.uint8
        assert torch.equal(clip, clip[:1].expand_as(clip))  # no flicker
    assert not any(torch.equal(clip, pictures) for clip in varied)
    assert not torch.equal(varied[0], varied[1])
