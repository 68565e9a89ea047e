"""The recogniser of texts: rapidocr, whose networks come inside its package, on one thread."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_LONGEST_SIDE = 960
# Letters lower than this are enlarged first: the networks have learnt from larger ones.
_ROW_HEIGHT = 48


@dataclass(frozen=True)
class FoundText:
    """A text on a picture: x, y, width, height as shares of it, and how sure the recogniser is, in [0, 1]."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]


class TextReader:
    """Finds and reads texts. Always on one thread, so that the same picture gives the same text."""

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR  # its networks take a second to load

        engine = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
        settings = {f"EngineConfig.onnxruntime.{key}": value for key, value in engine.items()}
        found = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Det.limit_type": "max",
                "Det.limit_side_len": _LONGEST_SIDE,
                **settings,
            }
        )
        logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
        return found

    def find(self, picture: Picture) -> list[FoundText]:
        """The texts of a picture (H, W, 3) uint8 RGB, wherever they are."""
        height, width = picture.shape[:2]
        # What is not said here stays as it was at the last call.
        held = self._engine(_as_bgr(picture), use_det=True, use_cls=False, use_rec=True)
        if held.boxes is None or held.txts is None:
            return []
        found = list[FoundText]()
        for corners, text, confidence in zip(held.boxes, held.txts, held.scores, strict=True):
            points = np.clip(np.asarray(corners, dtype=float) / (width, height), 0, 1)
            (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
            box = (float(left), float(top), float(right - left), float(bottom - top))
            found.append(FoundText(str(text), float(confidence), box))
        return found

    def read(self, rows: Sequence[Picture]) -> list[tuple[str, float]]:
        """The text of each strip (H, W, 3) uint8 RGB of one line, and how sure it is; ("", 0) for none."""
        return [self._read_row(row) for row in rows]

    def _read_row(self, row: Picture) -> tuple[str, float]:
        factor = _ROW_HEIGHT / row.shape[0]
        if factor > 1:
            size = round(row.shape[1] * factor), _ROW_HEIGHT
            row = np.asarray(cv2.resize(row, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        held = self._engine(_as_bgr(row), use_det=False, use_cls=False, use_rec=True)
        if not held.txts:
            return "", 0.0
        return str(held.txts[0]), float(held.scores[0])


def _as_bgr(picture: Picture) -> Picture:
    return np.ascontiguousarray(picture[..., ::-1])
