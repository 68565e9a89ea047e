"""Camera cuts of a stretch, to the picture: where its colours change at once and much more than around.

The cuts of camera_cuts are not taken, because
- finding them needs torch, which this step's environment (envs/media.yaml) does not hold;
- its files tell of the ends of moments only: whole clips would have to be searched in every game, also where
  nobody asks for an upright reel;
- a crop gains little: on rendered games (seeds 101 to 103) no wide view lost the ball to a cut not found,
  and 0.2 % of their time was lost within six pictures of one.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, median_filter

from matchreel.records import Float32

_BINS = [12, 4, 4]
_LEAST_CHANGE, _TIMES_USUAL = 0.2, 3.0
_USUAL_SECONDS = 0.6
_SHORTEST_SECONDS = 0.3
# So much changes in all, each picture's share capped, while a wipe of a little more than that time passes.
_WIPE_SECONDS, _WIPE_CHANGE = 0.72, 1.2


class ColourMeter:
    """Changes of colour from picture to picture of a stretch."""

    def __init__(self) -> None:
        self._last: Float32 | None = None

    def measure(self, pictures: Iterable[npt.NDArray[np.uint8]]) -> Float32:
        """(n,) share of pixels that changed colour, of (H, W, 3) uint8 RGB pictures after the last."""
        changes = []
        for picture in pictures:
            hsv = cv2.cvtColor(picture[::2, ::2], cv2.COLOR_RGB2HSV)
            counts = cv2.calcHist([hsv], [0, 1, 2], None, _BINS, [0, 180, 0, 256, 0, 256])
            share = np.asarray(counts, dtype=np.float32).ravel() / (hsv.shape[0] * hsv.shape[1])
            changes.append(0.0 if self._last is None else float(np.abs(share - self._last).sum() / 2))
            self._last = share
        return np.array(changes, dtype=np.float32)


def find_cuts(changes: Float32, rate_fps: float) -> npt.NDArray[np.int_]:
    """Of (T,) changes, the first pictures after a cut and the middles of wipes and dissolves."""
    hard = _hard_cuts(changes, rate_fps)
    reach = max(1, round(_WIPE_SECONDS * rate_fps / 2))
    summed = np.convolve(np.minimum(changes, _LEAST_CHANGE), np.ones(2 * reach + 1), mode="same")
    # Changes are per picture: what passes in a given time is the same at every rate.
    is_wipe = (summed >= _WIPE_CHANGE) & (summed >= maximum_filter1d(summed, 4 * reach + 1))
    wipes = [at for at in np.flatnonzero(is_wipe) if not np.any(np.abs(hard - at) <= 2 * reach)]
    # Equal sums beside each other are one wipe.
    apart = [at for index, at in enumerate(wipes) if index == 0 or at - wipes[index - 1] > reach]
    return np.sort(np.concatenate([hard, np.array(apart, dtype=np.int_)]))


def _hard_cuts(changes: Float32, rate_fps: float) -> npt.NDArray[np.int_]:
    size = 2 * max(1, round(_USUAL_SECONDS * rate_fps / 2)) + 1
    usual = median_filter(changes, size=size, mode="nearest")
    # ASSUME that no take is shorter: of two cuts so close, one is a flash or a picture between two takes.
    is_peak = changes >= maximum_filter1d(changes, 2 * round(_SHORTEST_SECONDS * rate_fps) + 1)
    return np.flatnonzero(is_peak & (changes >= _LEAST_CHANGE) & (changes >= _TIMES_USUAL * usual))
