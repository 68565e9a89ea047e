"""Average-mAP over any multiset of games: counts of games add up, so resamples are a product of matrices.

Letters beside records': G games, S resamples, R tolerances, L thresholds, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matchreel.evaluation.intervals import Bootstrap, Sampled
from matchreel.evaluation.matching import SHOWN, UNSHOWN, Bools, GameMatches, Ints
from matchreel.records import Float64

# SOURCE: SoccerNet's action spotting. A spot hits within half a delta before or after the event.
DELTAS_SECONDS = {
    "loose": tuple(float(delta) for delta in range(5, 65, 5)),
    "tight": tuple(float(delta) for delta in range(1, 6)),
}
_VISIBILITY = {"visible": SHOWN, "unshown": UNSHOWN}
KINDS = ("all", *_VISIBILITY)
# SOURCE: precision is read at recall 0, 0.1 ... 1, as the best that any threshold reaches with that recall.
_NUM_RECALLS = 11
_SAMPLES_AT_ONCE = 20


@dataclass(frozen=True)
class MapRules:
    """How matches become one number.

    thresholds (L,) rising, where precision and recall are looked at; None: at each confidence that matters.
    counts_absent: a class without any event counts as 0 in the mean; otherwise it is left out.
    """

    classes: tuple[str, ...]
    deltas_seconds: tuple[float, ...]
    thresholds: Float64 | None
    counts_absent: bool


@dataclass(frozen=True)
class MapFigures:
    """Figures of one kind of event, in [0, 1]; nan for a class that is left out.

    average_map is their mean over deltas and classes; class_precisions (K,) average over the deltas;
    delta_maps (R,) average over the classes; precisions (R, K); num_events (K,).
    """

    average_map: float
    class_precisions: Float64
    delta_maps: Float64
    precisions: Float64
    num_events: Ints


@dataclass(frozen=True)
class SampledMap:
    """Average-mAP, and label -> average precision over the deltas, on all games and on every resample."""

    average_map: Sampled
    classes: Mapping[str, Sampled]


@dataclass(frozen=True)
class ClassCounts:
    """One class in G games at L rising thresholds: num_hits (G, R, L), num_spots (G, L), num_events (G,)."""

    num_hits: Float64
    num_spots: Float64
    num_events: Float64

    def precisions(self, draws: Float64) -> Float64:
        """(S, R) interpolated average precision with game g counted draws[s, g] times; nan without events."""
        blocks = [
            self._block(draws[start : start + _SAMPLES_AT_ONCE])
            for start in range(0, len(draws), _SAMPLES_AT_ONCE)
        ]
        return np.concatenate(blocks)

    def _block(self, draws: Float64) -> Float64:
        hits = np.tensordot(draws, self.num_hits, axes=(1, 0))  # (S, R, L)
        spots, events = draws @ self.num_spots, draws @ self.num_events  # (S, L), (S,)
        precision = hits / np.maximum(spots, 1)[:, None, :]
        # Recall falls as the threshold rises, so the best precision at a recall stands at the last threshold
        # that reaches it, as the best up to there.
        np.maximum.accumulate(precision, axis=2, out=precision)
        reached = np.floor(hits * (_NUM_RECALLS - 1) / np.maximum(events, 1)[:, None, None]) + 1
        np.minimum(reached, _NUM_RECALLS, out=reached)
        reached[..., :-1] -= reached[..., 1:].copy()  # how many recalls this threshold is the last to reach
        total = np.einsum("srl,srl->sr", precision, reached)
        return np.where(events[:, None] > 0, total / _NUM_RECALLS, np.nan)


class Pool:
    """The matches of G games, to be counted over any multiset of them; kind is one of KINDS throughout."""

    def __init__(self, games: Sequence[GameMatches], rules: MapRules) -> None:
        self.games, self.rules = tuple(game.game for game in games), rules
        self._num_events = {kind: np.stack([_num_events(game, kind) for game in games]) for kind in KINDS}
        self._classes = _by_class(games, num_classes=len(rules.classes))

    def counts(self, class_index: int, *, kind: str) -> ClassCounts:
        """What is counted of one class."""
        spots, thresholds = self._classes[class_index], self.rules.thresholds
        if thresholds is None:
            # Between two of these the hits stay the same, so precision is no better there.
            thresholds = np.unique(spots.confidences[spots.is_hit.any(axis=0)])
        counted = _counted(spots.nearest, kind)
        levels = np.searchsorted(thresholds, spots.confidences, side="right")
        G, R, L = len(self.games), len(self.rules.deltas_seconds), len(thresholds)
        row, hit = np.nonzero(spots.is_hit & counted)
        return ClassCounts(
            num_hits=_at_or_above(spots.game_indices[hit] * R + row, levels[hit], G * R, L).reshape(G, R, L),
            num_spots=_at_or_above(spots.game_indices[counted], levels[counted], G, L),
            num_events=self._num_events[kind][:, class_index].astype(np.float64),
        )

    def precisions(self, draws: Float64, *, kind: str) -> Float64:
        """(S, R, K) average precision with game g counted draws[s, g] times.

        A class without events there is 0 where the rules count it, otherwise nan.
        """
        held = [self.counts(k, kind=kind).precisions(draws) for k in range(len(self.rules.classes))]
        stacked = np.stack(held, axis=-1)
        return np.nan_to_num(stacked) if self.rules.counts_absent else stacked

    def figures(self, *, kind: str) -> MapFigures:
        """All figures with every game counted once."""
        precisions = self.precisions(np.ones((1, len(self.games))), kind=kind)[0]
        return MapFigures(
            average_map=float(mean_known(over_deltas(precisions))),
            class_precisions=over_deltas(precisions),
            delta_maps=mean_known(precisions),
            precisions=precisions,
            num_events=self._num_events[kind].sum(axis=0),
        )

    def sampled(self, bootstrap: Bootstrap, *, kind: str) -> SampledMap:
        """The figures with their resamples; of the bootstrap's games all must be here, and no others."""
        figures = self.figures(kind=kind)
        draws = bootstrap.draws(self.games).astype(np.float64)
        values = over_deltas(self.precisions(draws, kind=kind))  # (S, K)
        if len(self.games) < 2:
            values = np.full_like(values, np.nan)  # one game says nothing about others
        mean = Sampled(figures.average_map, mean_known(values), int(figures.num_events.sum()))
        classes = {
            label: Sampled(float(figures.class_precisions[k]), values[:, k], int(figures.num_events[k]))
            for k, label in enumerate(self.rules.classes)
        }
        return SampledMap(mean, classes)


def over_deltas(precisions: Float64) -> Float64:
    """(..., R, K) -> (..., K): the area under the curve over deltas, divided by its width."""
    if precisions.shape[-2] == 1:
        return np.asarray(precisions[..., 0, :])
    return np.asarray((precisions[..., :-1, :] + precisions[..., 1:, :]).mean(axis=-2) / 2)


def mean_known(values: Float64) -> Float64:
    """(..., K) -> (...): the mean of what is not nan; nan where all is."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(known.any(axis=-1), total / np.maximum(known.sum(axis=-1), 1), np.nan)


@dataclass(frozen=True)
class _ClassSpots:
    """The N spots of one class in all games: is_hit (R, N), the others (N,)."""

    game_indices: Ints
    confidences: Float64
    is_hit: Bools
    nearest: Ints


def _by_class(games: Sequence[GameMatches], *, num_classes: int) -> list[_ClassSpots]:
    game_indices = np.repeat(np.arange(len(games)), [len(game.confidences) for game in games])
    classes = np.concatenate([game.class_indices for game in games])
    confidences = np.concatenate([game.confidences for game in games])
    is_hit = np.concatenate([game.is_hit for game in games], axis=1)
    nearest = np.concatenate([game.nearest for game in games])
    chosen = [np.flatnonzero(classes == k) for k in range(num_classes)]
    return [_ClassSpots(game_indices[i], confidences[i], is_hit[:, i], nearest[i]) for i in chosen]


def _num_events(game: GameMatches, kind: str) -> Ints:
    by_kind = {"visible": game.num_shown, "unshown": game.num_unshown}
    return by_kind[kind] if kind in by_kind else game.num_shown + game.num_unshown


def _counted(nearest: Ints, kind: str) -> Bools:
    return nearest == _VISIBILITY[kind] if kind in _VISIBILITY else np.ones(len(nearest), dtype=np.bool_)


def _at_or_above(rows: Ints, levels: Ints, num_rows: int, num_levels: int) -> Float64:
    """(num_rows, num_levels) how many of a row are of level 1, 2 ... or more; level 0 lies below all."""
    held = np.bincount(rows * (num_levels + 1) + levels, minlength=num_rows * (num_levels + 1))
    by_level = held.reshape(num_rows, num_levels + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return by_level[:, 1:].astype(np.float64)
