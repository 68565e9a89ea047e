"""Whether a scorer is right as often as it is sure: its finds in ten bins of confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matchreel.evaluation.intervals import Bootstrap, Sampled
from matchreel.evaluation.league import JudgedPart, as_one_class, track_of
from matchreel.evaluation.matching import SHOWN, hits_of, nearest_visibility
from matchreel.labels import MOMENT
from matchreel.records import Float64

NUM_BINS = 10
# ASSUME a find below this claims nothing. There are thousands of those, all right in saying "no": they would
# hide how far off the few are that matter.
LEAST_CONFIDENCE = 0.05


@dataclass(frozen=True)
class BinCounts:
    """Finds of any number of parts by confidence: sums of confidences, hits and finds, (NUM_BINS,) each."""

    confidence_sums: Float64
    num_hits: Float64
    num_finds: Float64

    def __add__(self, other: BinCounts) -> BinCounts:
        """The two together."""
        return BinCounts(
            self.confidence_sums + other.confidence_sums,
            self.num_hits + other.num_hits,
            self.num_finds + other.num_finds,
        )


@dataclass(frozen=True)
class Reliability:
    """Per bin (NUM_BINS,) the mean confidence, the share of hits (both nan where empty) and the finds.

    error: the expected calibration error, how far the two lie apart over all finds, with its resamples.
    """

    mean_confidences: Float64
    hit_shares: Float64
    num_finds: Float64
    error: Sampled


def bin_counts(part: JudgedPart, *, classes: Sequence[str], tolerance_seconds: float) -> BinCounts:
    """The finds of one part. An event is hit by the surest find of its class within the tolerance, by one.

    A scorer that only knows "Moment" is asked for an event of any of the classes. Finds nearest to an event
    that the broadcast does not show are left out, as they are neither right nor wrong.
    """
    names: Sequence[str] = classes
    if part.spots and all(spot.label == MOMENT for spot in part.spots):
        part, names = as_one_class(part, classes=classes, min_apart_seconds=0.0), [MOMENT]
    total = BinCounts(*np.zeros((3, NUM_BINS)))
    for index, label in enumerate(names):
        track = track_of(part, label, index)
        is_hit = hits_of(track, radii=np.array([tolerance_seconds]))[0]
        is_counted = nearest_visibility(track, without_events=SHOWN) == SHOWN
        is_counted &= track.confidences >= LEAST_CONFIDENCE
        total += _binned(track.confidences[is_counted], is_hit[is_counted].astype(np.float64))
    return total


def _binned(confidences: Float64, hits: Float64) -> BinCounts:
    bins = np.minimum((confidences * NUM_BINS).astype(np.int64), NUM_BINS - 1)

    def summed(weights: Float64) -> Float64:
        return np.bincount(bins, weights=weights, minlength=NUM_BINS).astype(np.float64)

    return BinCounts(summed(confidences), summed(hits), summed(np.ones(len(bins))))


def reliability(games: Mapping[str, BinCounts], bootstrap: Bootstrap) -> Reliability:
    """The bins of all games together; game -> its counts."""
    total = sum(games.values(), BinCounts(*np.zeros((3, NUM_BINS))))
    draws = bootstrap.draws(list(games)).astype(np.float64)  # (S, G)
    gaps = np.stack([held.confidence_sums - held.num_hits for held in games.values()])
    finds = np.stack([held.num_finds for held in games.values()])
    samples = _error(draws @ gaps, draws @ finds)
    if len(games) < 2:
        samples = np.full_like(samples, np.nan)  # one game says nothing about others
    value = _error(total.confidence_sums - total.num_hits, total.num_finds)
    return Reliability(
        mean_confidences=_share(total.confidence_sums, total.num_finds),
        hit_shares=_share(total.num_hits, total.num_finds),
        num_finds=total.num_finds,
        error=Sampled(float(value), samples, int(total.num_finds.sum())),
    )


def _error(gaps: Float64, finds: Float64) -> Float64:
    """(..., NUM_BINS) -> (...): the bins' gaps weighted by their finds; nan where nothing was found."""
    return _share(np.abs(gaps).sum(axis=-1), finds.sum(axis=-1))


def _share(numerators: Float64, denominators: Float64) -> Float64:
    known = denominators > 0
    return np.where(known, numerators / np.where(known, denominators, 1.0), np.nan)
