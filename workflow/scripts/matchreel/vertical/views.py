"""Wide views: grass across the picture with small people on it, whatever stands beside a shrunken picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from matchreel.cues.pictures import CONSTANTS, body_heights, longest_runs

Mask = npt.NDArray[np.bool_]

# SOURCE: the views' shares as excitement.wide_open_share and wide_body_share of the shipped config.
_WIDE_OPEN_SHARE, _WIDE_BODY_SHARE = 0.6, 0.2
# A column has grass from this share of its rows on, a row from this share of its columns on.
_GRASSY_COLUMN, _GRASSY_ROW = 0.2, 0.3
# ASSUME that a banner leaves the picture at least so much of each side, and stands right of it and below.
_LEAST_SIDE = 0.7


def is_wide_view(grass: Mask) -> bool:
    """Whether a picture's grass (H, W) is that of a wide view.

    Measured where there is grass at all: a banner that pushes the picture into a corner is seen in the same
    picture, not after the seconds in which the cues' live area has learnt of it.
    """
    H, W = grass.shape
    length, _ = longest_runs(grass[None])
    columns = np.flatnonzero(length[0] >= _GRASSY_COLUMN * H)
    rows = np.flatnonzero(grass.mean(axis=1) >= _GRASSY_ROW)
    if not len(rows) or len(columns) < _LEAST_SIDE * W:
        return False
    height, first, end = int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    if height < _LEAST_SIDE * H:
        height, first, end = H, 0, W
    inside = np.zeros((1, H, W), dtype=np.bool_)
    inside[0, :height, first:end] = True
    held = grass[None] & inside
    length, top = longest_runs(held)
    is_open = length >= CONSTANTS.open_share * height
    body = float(body_heights(held, inside, top, is_open, CONSTANTS)[0]) / height
    return bool(is_open.sum() >= _WIDE_OPEN_SHARE * (end - first) and body <= _WIDE_BODY_SHARE)
