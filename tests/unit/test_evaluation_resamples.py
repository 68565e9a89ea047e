"""Figures on every resample: kept, read back, and taken together over leagues."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.evaluation.intervals import Sampled
from matchreel.evaluation.resamples import load_resamples, mean_over_leagues, save_resamples


def sampled(value, *samples, n=3):
    return Sampled(value, np.array(samples, dtype=np.float64), n)


def test_what_is_saved_is_read_back(tmp_path):
    figures = {
        "a": {"x": sampled(0.5, 0.4, 0.6), "y": sampled(np.nan, np.nan, 1.0)},
        "b": {"x": sampled(1, 1, 1)},
    }
    save_resamples(tmp_path / "one.npz", figures)
    save_resamples(tmp_path / "two.npz", figures)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    held = load_resamples(tmp_path / "one.npz")
    assert {scorer: list(own) for scorer, own in held.items()} == {"a": ["x", "y"], "b": ["x"]}
    assert (held["a"]["x"].value, held["a"]["x"].n, held["a"]["x"].samples.tolist()) == (0.5, 3, [0.4, 0.6])
    (tmp_path / "other.npz").write_bytes(b"text")
    with pytest.raises(InputError, match="not a file of resamples"):
        load_resamples(tmp_path / "other.npz")


def test_leagues_are_averaged_and_those_without_the_figure_left_out():
    draws = np.linspace(0, 1, 400)
    leagues = [sampled(0.4, *draws, n=5), None, sampled(np.nan, *draws), sampled(0.8, *draws, n=2)]
    mean = mean_over_leagues(leagues, seed=0)
    assert (mean.value, mean.n) == (pytest.approx(0.6), 7)
    assert np.isnan(mean_over_leagues([None], seed=0).value)


def test_leagues_do_not_draw_together():
    """All leagues resample games of equal names alike: unshuffled, the mean would be as wide as one league."""
    draws = np.tile([0.0, 1.0], 500)
    alone = sampled(0.5, *draws)
    mean = mean_over_leagues([alone] * 8, seed=0)
    assert alone.samples.std() == pytest.approx(0.5)
    assert mean.samples.std() == pytest.approx(0.5 / 8**0.5, rel=0.15)


def test_pairs_stay_pairs():
    draws = np.random.default_rng(0).random(300)
    leagues = [(sampled(0.5, *draws), sampled(0.3, *(draws - 0.2)))] * 3
    difference = mean_over_leagues([first.minus(second) for first, second in leagues], seed=0)
    apart = mean_over_leagues([first for first, _ in leagues], seed=0).minus(
        mean_over_leagues([second for _, second in leagues], seed=0)
    )
    assert difference.samples == pytest.approx(np.full(300, 0.2))
    assert apart.samples == pytest.approx(difference.samples)
