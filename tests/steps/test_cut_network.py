"""The quick layout of TransNetV2 says what its package says."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from matchreel.camera_cuts.network import CutNetwork, QuickCutNetwork, change_logits
from support.scenes import takes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packaged():
    return CutNetwork(device="cpu").eval()


@pytest.fixture(scope="module")
def windows():
    """(T, 27, 48, 3) uint8 pictures of several lengths, with cuts and a fade."""
    pictures = takes((40, 70, 60), seed=5) + takes((60, 60), seed=6, fade_pictures=12)
    small = np.stack([cv2.resize(picture, (48, 27), interpolation=cv2.INTER_AREA) for picture in pictures])
    return [small[first : first + count] for first, count in ((24, 32), (95, 40), (205, 48))]


def package_logits(network, window):
    with torch.inference_mode():
        single, every = network(torch.from_numpy(window[np.newaxis]))
    return torch.cat([single, every["many_hot"]], dim=2)[0].numpy()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.2)])
def test_its_logits_are_the_packages(packaged, windows, dtype, tolerance):
    found = change_logits(QuickCutNetwork(packaged, dtype), windows)
    expected = [package_logits(packaged, window) for window in windows]
    assert max(logits.max() for logits in expected) > 1  # there are changes
    for logits, others in zip(found, expected, strict=True):
        assert logits.dtype == np.float32
        np.testing.assert_allclose(logits, others, atol=tolerance)


def test_the_packages_network_is_left_as_it_was(packaged, windows):
    before = package_logits(packaged, windows[0])
    change_logits(QuickCutNetwork(packaged, torch.bfloat16), windows[:1])
    np.testing.assert_array_equal(package_logits(packaged, windows[0]), before)
