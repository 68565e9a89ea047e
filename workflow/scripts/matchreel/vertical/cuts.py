"""Camera cuts of a stretch, to the picture: where its colours change at once and much more than around."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from matchreel.records import Float32

_BINS = [12, 4, 4]
_LEAST_CHANGE, _TIMES_USUAL = 0.2, 3.0
_USUAL_SECONDS = 0.6


class ColourMeter:
    """Changes of colour from picture to picture of a stretch."""

    def __init__(self) -> None:
        self._last: Float32 | None = None

    def measure(self, pictures: Iterable[npt.NDArray[np.uint8]]) -> Float32:
        """(n,) float32 share of the pixels that changed colour, for (H, W, 3) RGB pictures that follow the last."""
        changes = []
        for picture in pictures:
            hsv = cv2.cvtColor(picture[::2, ::2], cv2.COLOR_RGB2HSV)
            counts = cv2.calcHist([hsv], [0, 1, 2], None, _BINS, [0, 180, 0, 256, 0, 256])
            share = np.asarray(counts, dtype=np.float32).ravel() / (hsv.shape[0] * hsv.shape[1])
            changes.append(0.0 if self._last is None else float(np.abs(share - self._last).sum() / 2))
            self._last = share
        return np.array(changes, dtype=np.float32)


def find_cuts(changes: Float32, rate_fps: float) -> npt.NDArray[np.int_]:
    """Indices of the first pictures after a cut, of (T,) changes."""
    size = 2 * max(1, round(_USUAL_SECONDS * rate_fps / 2)) + 1
    usual = median_filter(changes, size=size, mode="nearest")
    padded = np.pad(changes, 2)
    is_peak = changes >= np.max([padded[i : i + len(changes)] for i in range(5)], axis=0)
    return np.flatnonzero(is_peak & (changes >= _LEAST_CHANGE) & (changes >= _TIMES_USUAL * usual))
