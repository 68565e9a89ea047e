"""Reading text in pictures: the one place that knows rapidocr (PP-OCR models on ONNX Runtime, one thread)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

# The recogniser sees a line at this height; smaller lines are enlarged smoothly, which it reads better.
_LINE_HEIGHT = 48
_BATCH_LINES = 6


@dataclass(frozen=True)
class Text:
    """A line of text in a picture: x, y, width, height in pixels; confidence in [0, 1]."""

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, x and y."""
        return self.x + self.width / 2, self.y + self.height / 2


class TextReader:
    """The detector and the recogniser, loaded when they are first asked for; both run on one thread."""

    def __init__(self) -> None:
        # Loaded here: reading text is this step's alone, and the import takes memory.
        from rapidocr import RapidOCR

        one_thread = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        cv2.setNumThreads(1)
        # As small as it is: by default a picture is enlarged to 736 lines, which finds no more here.
        sizes = {"Det.limit_side_len": 32, "Rec.rec_batch_num": _BATCH_LINES}
        self._engine: Any = RapidOCR(params={"Global.log_level": "error", **one_thread, **sizes})

    def find(self, picture: Picture) -> list[Text]:
        """All text in a (H, W, 3) RGB picture."""
        # All flags each time: the engine keeps those of the call before.
        found = self._engine(
            cv2.cvtColor(picture, cv2.COLOR_RGB2BGR),
            use_det=True, use_cls=False, use_rec=True, text_score=0.3,
        )  # fmt: skip
        if not found.txts:
            return []
        texts = list[Text]()
        for text, confidence, corners in zip(found.txts, found.scores, found.boxes, strict=True):
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            box = (float(left), float(top), float(right - left), float(bottom - top))
            texts.append(Text(text, *box, float(confidence)))
        return texts

    def read(self, lines: Sequence[Picture]) -> list[tuple[str, float]]:
        """(text, confidence) of each (H, W, 3) RGB picture of one line; it is not looked for within it."""
        if not lines:
            return []
        prepared = [_prepared(line) for line in lines]
        recogniser = self._engine._load_rec_model()
        found = recogniser(_recogniser_input(prepared))
        return [(text, float(confidence)) for text, confidence in zip(found.txts, found.scores, strict=True)]


def _prepared(line: Picture) -> Picture:
    height, width = line.shape[:2]
    size = (max(_LINE_HEIGHT // 2, round(width * _LINE_HEIGHT / height)), _LINE_HEIGHT)
    grown = cv2.resize(line, size, interpolation=cv2.INTER_CUBIC if height < _LINE_HEIGHT else cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(grown, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def _recogniser_input(lines: list[Picture]) -> Any:
    from rapidocr.ch_ppocr_rec import TextRecInput

    return TextRecInput(img=lines, return_word_box=False)
