"""Random windows: uniform, of their own for every game and part, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.random_scores import score_random
from matchreel.records import Scores
from support.views import made_probe, saved


def scored(folder, *, seed=0, game="made", part="1", duration=2700.0):
    score_random(
        probe_path=saved(made_probe(duration), folder / "probe.json"),
        scores_path=folder / "scores.npz",
        seed=seed,
        game=game,
        part=part,
        window_seconds=15,
        stride_seconds=3,
    )
    return Scores.load(folder / "scores.npz")


def test_scores_are_uniform_shares(tmp_path):
    scores = scored(tmp_path)
    shares = 1 / (1 + np.exp(-scores.logits[:, 0]))
    assert scores.logits.shape == (896, 1) and scores.trained_on == () and scores.scorer == "random"
    assert np.histogram(shares, bins=4, range=(0, 1))[0] / 896 == pytest.approx(0.25, abs=0.05)
    assert scores.times_seconds[[0, 1, -1]].tolist() == [7.5, 10.5, 2692.5]
    assert abs(np.corrcoef(shares[:-1], shares[1:])[0, 1]) < 0.1


@pytest.mark.parametrize("changes", [{"seed": 1}, {"game": "other"}, {"part": "2"}])
def test_every_seed_game_and_part_has_draws_of_its_own(tmp_path, changes):
    first = scored(tmp_path).logits
    assert (scored(tmp_path).logits == first).all()
    assert (scored(tmp_path, **changes).logits != first).mean() > 0.9
