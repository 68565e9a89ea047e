"""Cues of small pictures: grass, wide views, the grass's upper edge, motion, camera cuts.

Nothing here knows where a broadcaster puts score bugs or banners: `LiveArea` finds the part of the screen
that lives, grass is taken where it is, and the edge's slope does not depend on the picture's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.records import Float32

Pictures = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int16]

_HISTOGRAM = (12, 4, 4)


@dataclass(frozen=True)
class PictureConstants:
    """What the measures take for granted; hues are OpenCV's half degrees, levels 0 to 255, the rest shares.

    grass: green to yellowish green, neither grey nor nearly black. black_level: a picture whose brightest
    hundredth stays below it is black. open_share: a column is open where grass runs without a break over
    this share of the live height. edge_share: a slope needs this share of the live columns.
    body_columns: what fewer columns show is no body. edge_reach: so far a hidden edge is bridged.
    change_level: a pixel has changed if its grey level differs by more. live_share: a row or column lives
    if this share of its pixels has changed of late. forget_share: what is forgotten of that at each step.
    min_side: the live area is never taken for smaller than this share of a side.
    """

    min_hue: float
    max_hue: float
    min_saturation: float
    min_value: float
    black_level: float
    open_share: float
    edge_share: float
    body_columns: float
    edge_reach: float
    change_level: float
    live_share: float
    forget_share: float
    min_side: float


CONSTANTS = PictureConstants(
    min_hue=28,
    max_hue=88,
    min_saturation=45,
    min_value=35,
    black_level=24,
    open_share=0.3,
    edge_share=0.5,
    body_columns=0.04,
    edge_reach=0.1,
    change_level=8,
    live_share=0.1,
    forget_share=0.1,
    min_side=0.5,
)
# Changes that happened on average in fewer of the last steps do not count: one flash is not life.
_ACTIVE_OF_FORGET_SHARE = 0.2


@dataclass(frozen=True)
class PictureCues:
    """Cues of n pictures, each (n,) float32; see cues.record.Cues."""

    body_share: Float32
    brightness: Float32
    cut: Float32
    edge_slope: Float32
    grass_share: Float32
    motion: Float32
    open_share: Float32


def is_grass(hsv: Pictures, constants: PictureConstants) -> Mask:
    """(..., H, W) bool from (..., H, W, 3) OpenCV HSV."""
    hue, saturation, value = hsv[..., 0], hsv[..., 1], hsv[..., 2]
    green = (hue >= constants.min_hue) & (hue <= constants.max_hue)
    return green & (saturation >= constants.min_saturation) & (value >= constants.min_value)


def longest_runs(grass: Mask) -> tuple[Rows, Rows]:
    """Of every column of (n, H, W): length (n, W) of its longest run of grass, and the run's first row."""
    n, H, W = grass.shape
    run, best, end = (np.zeros((n, W), dtype=np.int16) for _ in range(3))
    longer, steps = np.empty((n, W), dtype=np.bool_), grass.astype(np.int16)
    for row in range(H):
        run += 1
        run *= steps[:, row]
        np.greater(run, best, out=longer)
        np.maximum(best, run, out=best)
        np.copyto(end, np.int16(row + 1), where=longer)
    return best, end - best


def slopes(tops: Rows, is_open: Mask, min_columns: npt.NDArray[np.float64]) -> Float32:
    """(n,) float32 least-squares slope of (n, W) edges over open columns; NaN where too few are open."""
    W = tops.shape[1]
    weights = is_open.astype(np.float64)
    count = weights.sum(axis=1)
    safe = np.maximum(count, 1)
    x = np.arange(W, dtype=np.float64) - ((weights @ np.arange(W)) / safe)[:, None]
    y = tops - ((weights * tops).sum(axis=1) / safe)[:, None]
    spread = (weights * x * x).sum(axis=1)
    slope = (weights * x * y).sum(axis=1) / np.maximum(spread, 1e-9)
    return np.where(count >= min_columns, slope, np.nan).astype(np.float32)


class LiveArea:
    """Which rows and columns of the screen show the picture, learnt from what changes.

    Borders and still banners around a shrunken picture fall away within a few seconds.
    """

    def __init__(self, height: int, width: int, constants: PictureConstants) -> None:
        self._activity = np.ones((height, width), dtype=np.float32)
        self._constants = constants

    def update(self, changed: Mask) -> tuple[slice, slice]:
        """Take in which pixels (H, W) changed; return the live rows and columns."""
        forget_share = self._constants.forget_share
        self._activity *= 1 - forget_share
        self._activity += forget_share * changed
        active = self._activity > _ACTIVE_OF_FORGET_SHARE * forget_share
        return self._span(active.mean(axis=1)), self._span(active.mean(axis=0))

    def _span(self, shares: npt.NDArray[np.float64]) -> slice:
        """From the first to the last live line; everything where that is too little to be the picture."""
        live = np.flatnonzero(shares >= self._constants.live_share)
        if len(live) == 0 or live[-1] + 1 - live[0] < self._constants.min_side * len(shares):
            return slice(0, len(shares))
        return slice(int(live[0]), int(live[-1]) + 1)


class PictureMeter:
    """Measures batches of one part in order; what it remembers is the last picture and the live area."""

    def __init__(self, height: int, width: int, constants: PictureConstants) -> None:
        self._constants = constants
        self._live = LiveArea(height, width, constants)
        self._last_grey: Pictures | None = None
        self._last_histogram: Float32 | None = None

    def measure(self, pictures: Pictures) -> PictureCues:
        """Cues of (n, H, W, 3) uint8 RGB pictures that follow the last batch."""
        n, H, W, _ = pictures.shape
        tall = pictures.reshape(n * H, W, 3)
        hsv = cv2.cvtColor(tall, cv2.COLOR_RGB2HSV).reshape(n, H, W, 3).astype(np.uint8, copy=False)
        grey = cv2.cvtColor(tall, cv2.COLOR_RGB2GRAY).reshape(n, H, W).astype(np.uint8, copy=False)
        black = np.percentile(grey.reshape(n, -1), 99, axis=1) < self._constants.black_level
        motion, areas = self._changes(grey)
        inside = np.zeros((n, H, W), dtype=bool)
        for index, (rows, columns) in enumerate(areas):
            inside[index, rows, columns] = True
        views = _views(is_grass(hsv, self._constants) & inside, inside, areas, self._constants)
        cut = self._cuts(hsv)
        for values in (motion, cut, *vars(views).values()):
            values[black] = np.nan
        brightness = grey.reshape(n, -1).mean(axis=1).astype(np.float32) / 255
        return PictureCues(
            views.body_share, brightness, cut, views.edge_slope, views.grass_share, motion, views.open_share
        )

    def _changes(self, grey: Pictures) -> tuple[Float32, list[tuple[slice, slice]]]:
        """Mean change (n,) of grey levels from picture to picture in [0, 1], and the live areas."""
        motion, areas = np.zeros(len(grey), dtype=np.float32), []
        for index, picture in enumerate(grey):
            last = picture if self._last_grey is None else self._last_grey
            difference = cv2.absdiff(picture, last)
            rows, columns = self._live.update(difference > self._constants.change_level)
            motion[index] = difference[rows, columns].mean() / 255
            areas.append((rows, columns))
            self._last_grey = picture
        return motion, areas

    def _cuts(self, hsv: Pictures) -> Float32:
        """(n,) share of the pixels that changed colour from picture to picture: 1 is another scene."""
        cut = np.zeros(len(hsv), dtype=np.float32)
        for index, picture in enumerate(hsv):
            counts = cv2.calcHist([picture], [0, 1, 2], None, list(_HISTOGRAM), [0, 180, 0, 256, 0, 256])
            histogram = np.asarray(counts, dtype=np.float32).ravel() / picture[..., 0].size
            if self._last_histogram is not None:
                cut[index] = np.abs(histogram - self._last_histogram).sum() / 2
            self._last_histogram = histogram
        return cut


@dataclass(frozen=True)
class _Views:
    """What grass tells of n pictures, each (n,) float32."""

    body_share: Float32
    edge_slope: Float32
    grass_share: Float32
    open_share: Float32


def _views(
    grass: Mask, inside: Mask, areas: list[tuple[slice, slice]], constants: PictureConstants
) -> _Views:
    """Views of grass masks (n, H, W); inside (n, H, W) is where the live areas are."""
    heights = np.array([rows.stop - rows.start for rows, _ in areas])
    widths = np.array([columns.stop - columns.start for _, columns in areas])
    length, top = longest_runs(grass)
    is_open = length >= constants.open_share * heights[:, None]
    return _Views(
        body_share=(body_heights(grass, inside, top, is_open, constants) / heights).astype(np.float32),
        edge_slope=slopes(top, is_open, constants.edge_share * widths),
        grass_share=(grass.sum(axis=(1, 2)) / (heights * widths)).astype(np.float32),
        open_share=(is_open.sum(axis=1) / widths).astype(np.float32),
    )


def body_heights(grass: Mask, inside: Mask, top: Rows, is_open: Mask, constants: PictureConstants) -> Rows:
    """(n,) rows of the tallest thing that stands on the grass: small players in a wide view, large ones else.

    It counts below the grass's upper edge; where a body hides it, the edge of the columns nearby counts.
    What covers fewer columns than body_columns (a goal post) does not.
    """
    _, H, W = grass.shape
    reach = 2 * round(constants.edge_reach * W) + 1
    edge = np.where(is_open, top, H).astype(np.float32)
    edge = cv2.erode(edge, np.ones((1, reach), dtype=np.uint8)).astype(np.int16)
    below = np.arange(H)[None, :, None] >= edge[:, None, :]
    holes, _ = longest_runs(below & inside & ~grass)
    return np.sort(holes, axis=1)[:, -max(1, round(constants.body_columns * W))]
