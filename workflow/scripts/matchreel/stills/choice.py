"""Which picture of a clip to show: sharp, lit, not in a transition, near its moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.cues.pictures import CONSTANTS, is_grass
from matchreel.records import Float64
from matchreel.timeline import Interval

Picture = npt.NDArray[np.uint8]

# ASSUME: tried on a broadcast and on rendered games; shares of 1, levels of 0 to 255.
_REACH_SECONDS = 0.4  # pictures so far before and after tell whether the view changes here
_SAME_VIEW, _OTHER_VIEW = 0.2, 0.45  # colours that differ less are one view, more are two
_DARK, _LIT, _BRIGHT, _WHITE = 16, 50, 205, 250
_FLAT_LEVEL = 25  # a picture's levels spread so much, or it is fading
_MUCH_GRASS = 0.8
_FORGOTTEN_SECONDS = 3  # how far from its moment a picture is worth half
_TITLED = 0.3  # what a picture under a title is worth
_WORST = 0.01  # so that a clip of nothing but bad pictures still has a best one
_COLOURS = (4, 4, 4)


@dataclass(frozen=True)
class PictureFacts:
    """Of each picture, (N,) float64: time, edges beyond noise, mean and spread of levels, share of grass.

    change: how far colours differ from before it to after it; motion: how far it differs from its neighbours.
    """

    seconds: Float64
    sharpness: Float64
    level: Float64
    spread: Float64
    grass: Float64
    change: Float64
    motion: Float64


def picture_facts(batches: Iterable[Picture], *, first_seconds: Fraction, rate_fps: Fraction) -> PictureFacts:
    """Measure (n, H, W, 3) RGB batches; their pictures stand at a constant rate from first_seconds on."""
    rows, colours, small = list[tuple[float, ...]](), list[Float64](), list[Float64]()
    for picture in (picture for batch in batches for picture in batch):
        gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        thumb = cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA)
        grass = float(is_grass(cv2.cvtColor(thumb, cv2.COLOR_RGB2HSV), CONSTANTS).mean())
        rows.append((sharpness(gray), float(gray.mean()), float(gray.std()), grass))
        colours.append(_histogram(thumb))
        small.append(cv2.cvtColor(thumb, cv2.COLOR_RGB2GRAY).astype(np.float64))
    edges, level, spread, share = np.array(rows).T
    return PictureFacts(
        seconds=float(first_seconds) + np.arange(len(rows)) / float(rate_fps),
        sharpness=edges,
        level=level,
        spread=spread,
        grass=share,
        change=_changes(np.array(colours), max(1, round(_REACH_SECONDS * rate_fps))),
        motion=_motion(np.array(small)),
    )


def sharpness(gray: Picture) -> float:
    """Spread of the second derivative of (H, W) levels, without what noise alone would give it."""
    edges = cv2.Laplacian(gray, cv2.CV_32F)
    # Most of a picture is flat: the median there is noise. SOURCE: 1.4826 makes it a standard deviation.
    noise = 1.4826 * float(np.median(np.abs(edges[::3, ::3])))
    return float(np.sqrt(max(0.0, float(edges.var()) - noise**2)))


def picture_quality(facts: PictureFacts, near: Interval, *, titled_seconds: float) -> Float64:
    """(N,) float64 in [0, 1]: how well each picture stands for a moment that lies in `near`.

    Before titled_seconds a title may cover it.
    """
    sharp = facts.sharpness / max(float(facts.sharpness.max()), 1e-9)
    clear = np.where(facts.seconds < titled_seconds, _TITLED, 1)
    return sharp * clear * _fitness(facts) * _nearness(facts.seconds, near)


def _fitness(facts: PictureFacts) -> Float64:
    """What does not depend on the other pictures of the clip."""
    lit = np.interp(facts.level, (_DARK, _LIT, _BRIGHT, _WHITE), (0, 1, 1, 0.1))
    calm = np.interp(facts.change, (_SAME_VIEW, _OTHER_VIEW), (1, 0))
    filled = np.interp(facts.grass, (_MUCH_GRASS, 1), (1, 0.3))
    contrast = np.minimum(facts.spread / _FLAT_LEVEL, 1)
    steady = 1 / (1 + facts.motion / _FLAT_LEVEL)
    return np.asarray(np.maximum(lit * calm * filled * contrast * steady, _WORST))


def _nearness(seconds: Float64, near: Interval) -> Float64:
    away = np.maximum(np.maximum(near.start_seconds - seconds, seconds - near.end_seconds), 0)
    return np.asarray(0.5 ** (away / _FORGOTTEN_SECONDS))


def _histogram(picture: Picture) -> Float64:
    bins = cv2.calcHist([picture], [0, 1, 2], None, _COLOURS, [0, 256] * 3)
    return np.asarray(bins.ravel() / bins.sum(), dtype=np.float64)


def _changes(colours: Float64, reach: int) -> Float64:
    """(N,) from (N, bins): how much of a histogram differs from reach before to reach after, 0 to 1."""
    index = np.arange(len(colours))
    before, after = np.maximum(index - reach, 0), np.minimum(index + reach, len(colours) - 1)
    return np.asarray(np.abs(colours[after] - colours[before]).sum(axis=1) / 2)


def _motion(pictures: Float64) -> Float64:
    """(N,) mean change of level of (N, H, W) pictures, the larger of before and after."""
    steps = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    padded = np.concatenate([[0.0], steps, [0.0]])
    return np.asarray(np.maximum(padded[:-1], padded[1:]))
