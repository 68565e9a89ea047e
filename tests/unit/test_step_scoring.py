"""score_steps shares work among windows and threads: the logits are those of every window by itself, blended."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from matchreel.dataset import read_window
from matchreel.records import Features, Float32
from matchreel.spotter import Spotter, SpotterShape
from matchreel.step_scoring import MODALITIES, score_steps, window_steps
from support.shards import FRAME_DIM, NUM_MELS, PER_STEP
from support.spotter_leagues import made_features

WINDOW_SECONDS, NUM_STEPS = 4, 173


def made_spotter(temporal: str) -> Spotter:
    """Random weights and statistics that are not 0 and 1."""
    torch.manual_seed(3)
    network = Spotter(SpotterShape(FRAME_DIM, NUM_MELS, 3, 16, 2, 0.3, temporal))
    frames = torch.randn(FRAME_DIM), torch.rand(FRAME_DIM) + 0.5
    network.set_statistics(frames=frames, mels=(torch.randn(NUM_MELS), torch.rand(NUM_MELS) + 0.5))
    return network.eval()


def made_shard(missing: str | None) -> Features:
    rng = np.random.default_rng(4)
    held = {
        "frames": rng.normal(size=(NUM_STEPS, FRAME_DIM)).astype(np.float16),
        "logmel": rng.normal(-40, 12, size=(NUM_STEPS * PER_STEP, NUM_MELS)).astype(np.float16),
    }
    return made_features(NUM_STEPS, **(held | ({missing: None} if missing else {})))


def window_by_window(network: Spotter, shard: Features, modality: str) -> Float32:
    """(T, K) the plain way: forward of one window after the other, weighted by a tent."""
    num_steps = shard.grid.steps_in(WINDOW_SECONDS)
    tent = torch.tensor([min(step + 1, num_steps - step) for step in range(num_steps)])[:, None].double()
    sums, weights = torch.zeros(NUM_STEPS, 3).double(), torch.zeros(NUM_STEPS, 1).double()
    empty = torch.zeros(num_steps, FRAME_DIM), torch.zeros(num_steps * PER_STEP, NUM_MELS)
    for start in window_steps(NUM_STEPS, num_steps):
        pieces = read_window(shard, start_step=start, num_steps=num_steps)
        held = [
            none if piece is None else torch.from_numpy(piece)
            for piece, none in zip(pieces, empty, strict=True)
        ]
        seen, heard = (
            torch.tensor([float(piece is not None and modality in ("both", own))])
            for piece, own in zip(pieces, ("video", "audio"), strict=True)
        )
        with torch.inference_mode():
            logits = network(*network.standardise(held[0][None], held[1][None]), seen, heard)[0]
        sums[start : start + num_steps] += logits * tent
        weights[start : start + num_steps] += tent
    blended: Float32 = (sums / weights).float().numpy()
    return blended


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("missing", [None, "frames", "logmel"])
@pytest.mark.parametrize("temporal", ["bigru", "transformer"])
def test_the_logits_are_those_of_windows_by_themselves(
    temporal: str, missing: str | None, threads: int
) -> None:
    network, shard, before = made_spotter(temporal), made_shard(missing), torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        found = score_steps(
            network, shard, window_seconds=WINDOW_SECONDS, modalities=MODALITIES, device=torch.device("cpu")
        )
    finally:
        torch.set_num_threads(before)
    for modality in MODALITIES:
        expected = window_by_window(network, shard, modality)
        np.testing.assert_allclose(found[modality], expected, atol=1e-5)
    if missing is None:
        assert not np.allclose(found["video"], found["audio"], atol=1e-2)


def test_any_number_of_threads_gives_the_same_bits() -> None:
    network, shard, before = made_spotter("bigru"), made_shard(None), torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(
                score_steps(
                    network,
                    shard,
                    window_seconds=WINDOW_SECONDS,
                    modalities=["both"],
                    device=torch.device("cpu"),
                )["both"]
            )
    finally:
        torch.set_num_threads(before)
    assert (found[0] == found[1]).all() and (found[1] == found[2]).all()
