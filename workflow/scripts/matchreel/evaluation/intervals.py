"""Bootstrap intervals over games, and paired differences between scorers on the same games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matchreel.evaluation.ratios import Ratio
from matchreel.randomness import generator
from matchreel.records import Float64

# The interval that a bootstrap gives: the middle 95 %.
QUANTILES = (0.025, 0.975)


@dataclass(frozen=True)
class Figure:
    """One entry of metrics.json; nan where there was nothing to count, low and high also for one game."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Sampled:
    """A value over all games and samples (num_samples,) of it on resamples; two of them can be subtracted."""

    value: float
    samples: Float64
    n: int

    def figure(self) -> Figure:
        """The value with its interval."""
        return figure_of(self.value, self.samples, self.n)

    def minus(self, other: Sampled) -> Sampled:
        """The difference, on the same resamples of one Bootstrap."""
        return Sampled(self.value - other.value, self.samples - other.samples, self.n)


class Bootstrap:
    """Resamples of the same games for every figure, so that differences are paired."""

    def __init__(self, games: Sequence[str], *, num_samples: int, seed: int) -> None:
        self._games = list(games)
        draw = generator(seed, "bootstrap", *self._games)
        self._samples: npt.NDArray[np.int64] = draw.integers(
            0, len(self._games), size=(num_samples, len(self._games))
        )

    def draws(self, games: Sequence[str]) -> npt.NDArray[np.int64]:
        """(num_samples, len(games)) how often each resample holds each game, in the order of games."""
        if sorted(games) != sorted(self._games):
            raise ValueError("a bootstrap over other games")
        num_samples, num_games = self._samples.shape
        places = self._samples + num_games * np.arange(num_samples)[:, None]
        drawn = np.bincount(places.ravel(), minlength=num_samples * num_games)
        return drawn.reshape(num_samples, num_games)[:, [self._games.index(game) for game in games]]

    def sampled(self, ratios: Mapping[str, Ratio]) -> Sampled:
        """The ratio over all games (game -> its counts) and on every resample of them."""
        total = sum(ratios.values(), Ratio(0.0, 0.0, 0))
        return Sampled(total.value, self.resampled(ratios), total.n)

    def resampled(self, ratios: Mapping[str, Ratio]) -> Float64:
        """(num_samples,) the ratio on every resample; nan where one drew nothing to count."""
        empty = Ratio(0.0, 0.0, 0)
        held = [ratios.get(game, empty) for game in self._games]
        numerators = np.array([ratio.numerator for ratio in held])[self._samples].sum(axis=1)
        denominators = np.array([ratio.denominator for ratio in held])[self._samples].sum(axis=1)
        shares: Float64 = np.full(len(numerators), np.nan)
        if len(held) < 2:
            return shares  # one game says nothing about others
        np.divide(numerators, denominators, out=shares, where=denominators > 0)
        return shares


def figure_of(value: float, resampled: Float64, n: int) -> Figure:
    """A figure with the interval of its resamples, those that had something to count."""
    known = resampled[~np.isnan(resampled)]
    if len(known) == 0:
        return Figure(value, float("nan"), float("nan"), n)
    low, high = np.quantile(known, QUANTILES)
    return Figure(value, float(low), float(high), n)
