"""Wipes in a row become replays: what lies between two that belong together."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.camera_cuts import wipes
from matchreel.camera_cuts.bursts import CONSTANTS as BURST
from matchreel.camera_cuts.bursts import BurstMeter
from matchreel.camera_cuts.replays import replays_between
from matchreel.camera_cuts.wipes import CONSTANTS, wipe_steps
from matchreel.timeline import FrameGrid


@pytest.mark.parametrize(
    ("wipes", "expected"),
    [
        ([], []),
        ([10], []),
        ([10, 18], [(10, 18)]),
        ([10, 18, 60, 72], [(10, 18), (60, 72)]),
        ([10, 50, 76, 83], [(10, 50), (76, 83)]),  # a long replay, play between two
        ([100, 105, 111, 114], [(100, 105), (105, 111), (111, 114)]),  # replays in a row
        ([10, 18, 47, 130, 138], [(10, 18), (130, 138)]),  # one wipe was missed
        ([10, 11], []),  # too short to show anything
        ([10, 80], []),  # too long
    ],
)
def test_stretches_between_wipes(wipes, expected):
    assert [(held.start_seconds, held.end_seconds) for held in replays_between(wipes)] == expected


def broadcast(num_wipes, *, seed, gap=200):
    """(n, 27, 48, 3) quiet views, each followed by a graphic that sweeps across within 20 pictures."""
    rng = np.random.default_rng(seed)
    logo = rng.integers(0, 256, (27, 60, 3), dtype=np.uint8)
    pictures, middles = [], []
    for _ in range(num_wipes):
        # Views last differently long, so that no rhythm helps.
        for length in (gap + int(rng.integers(0, 40)),):
            view = np.full((27, 48, 3), rng.integers(0, 256, 3), dtype=np.uint8)
            pictures += [view] * length
        middles.append(len(pictures) + 10)
        for at in range(20):
            shown, left = pictures[-1 - at].copy(), round(-60 + (at + 0.5) * (48 + 60) / 20)
            first, last = max(left, 0), min(left + 60, 48)
            shown[:, first:last] = logo[:, first - left : last - left]
            pictures.append(shown)
    return np.stack([*pictures, *[pictures[-1]] * 60]), middles


@pytest.mark.parametrize(("num_wipes", "is_enough"), [(8, True), (4, False)])
@pytest.mark.parametrize("batch", [64, 700])
def test_a_graphic_that_comes_back_is_a_wipe(num_wipes, is_enough, batch):
    pictures, middles = broadcast(num_wipes, seed=1)
    meter = BurstMeter(BURST)
    for start in range(0, len(pictures), batch):
        meter.feed(pictures[start : start + batch])
    grid = FrameGrid(25, len(pictures))
    assert wipe_steps(meter.finish(), grid, CONSTANTS) == pytest.approx(middles if is_enough else [], abs=4)


def test_cuts_and_noise_that_never_repeat_are_no_wipes():
    rng = np.random.default_rng(2)
    meter = BurstMeter(BURST)
    for _ in range(12):
        view = np.broadcast_to(rng.integers(0, 256, (1, 27, 48, 3), dtype=np.uint8), (150, 27, 48, 3))
        meter.feed(view)
        meter.feed(rng.integers(0, 256, (15, 27, 48, 3), dtype=np.uint8))
    assert wipe_steps(meter.finish(), FrameGrid(25, 1980), CONSTANTS) == []


def test_of_a_long_recording_a_part_of_the_bursts_tells_the_graphic(monkeypatch):
    monkeypatch.setattr(wipes, "_MOST_COMPARED", 10)
    pictures, middles = broadcast(24, seed=3, gap=80)
    meter = BurstMeter(BURST)
    for start in range(0, len(pictures), 500):
        meter.feed(pictures[start : start + 500])
    assert wipe_steps(meter.finish(), FrameGrid(25, len(pictures)), CONSTANTS) == pytest.approx(
        middles, abs=4
    )
