"""Strips: the score bug alone, every few seconds of a part, kept as cue measuring decodes the part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.arrays import load_arrays, save_arrays
from matchreel.checksums import written_readable
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.media.filters import display_size
from matchreel.media.views import View
from matchreel.records import VideoStream
from matchreel.scoreboard.record import Layout
from matchreel.timeline import FrameGrid

Picture = npt.NDArray[np.uint8]

# A goal is seen this much later at most; reading takes 25 ms a row of text.
EVERY_SECONDS = 3
_ROW_PIXELS = 48
_BATCH_STEPS = 16
# SOURCE: measured on rendered bugs: at this quality no reading differs from that of the strip itself.
_JPEG_QUALITY = 95


@dataclass
class Strips:
    """Of each layout a strip for the middle of each step of the grid, as JPEG files."""

    game: str
    part: str
    duration_seconds: float
    layouts: tuple[Layout, ...]
    jpegs: list[list[bytes]] = field(default_factory=list)

    @property
    def grid(self) -> FrameGrid:
        """One step for each strip."""
        return strip_grid(self.duration_seconds)

    def add(self, index: int, batch: Picture) -> None:
        """Take in strips (n, H, W, 3) uint8 RGB of a layout, given by its index."""
        while len(self.jpegs) <= index:
            self.jpegs.append([])
        for picture in batch:
            _, data = cv2.imencode(
                ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            )
            self.jpegs[index].append(data.tobytes())

    def pictures(self) -> Iterator[tuple[float, list[Picture]]]:
        """(seconds of the part, the strip (H, W, 3) uint8 RGB of each layout) of each step in turn."""
        for step in range(self.grid.num_steps if self.jpegs else 0):
            seconds = float((step + Fraction(1, 2)) / self.grid.rate_fps)
            yield seconds, [_decoded(held[step]) for held in self.jpegs]

    def save(self, path: Path) -> None:
        """Write a safetensors file: the bytes of all JPEG files and where each ends."""
        files = [data for held in self.jpegs for data in held]
        facts = {
            "game": self.game,
            "part": self.part,
            "duration_seconds": repr(self.duration_seconds),
            "layouts": json.dumps([asdict(layout) for layout in self.layouts]),
        }
        arrays: dict[str, npt.NDArray[Any]] = {
            "ends": np.cumsum([len(data) for data in files], dtype=np.int64),
            "jpeg": np.frombuffer(b"".join(files), dtype=np.uint8),
        }
        with written_readable(path, Strips.load) as temporary:
            save_arrays(temporary, arrays, facts)

    @classmethod
    def load(cls, path: Path) -> Strips:
        """Read what save wrote; DamagedError where it is not that."""
        arrays, facts = load_arrays(path)
        try:
            layouts = tuple(map(Layout.of, json.loads(facts["layouts"])))
            strips = cls(facts["game"], facts["part"], float(facts["duration_seconds"]), layouts)
            ends = [0, *map(int, arrays["ends"])]
            if len(ends) - 1 != len(layouts) * strips.grid.num_steps or ends[-1] != len(arrays["jpeg"]):
                raise ValueError(f"{len(ends) - 1} strips of {len(layouts)} layouts")
            files = [arrays["jpeg"][ends[k] : ends[k + 1]].tobytes() for k in range(len(ends) - 1)]
            for k in range(len(layouts)):
                strips.jpegs.append(files[k * strips.grid.num_steps : (k + 1) * strips.grid.num_steps])
            return strips
        except UNREADABLE as error:
            raise DamagedError(f"this is not a file of strips ({error})", path=path) from error


def strip_grid(duration_seconds: float) -> FrameGrid:
    """The grid of a part's strips."""
    return FrameGrid.over(duration_seconds, Fraction(1, EVERY_SECONDS))


def strip_views(video: VideoStream, duration_seconds: float, layouts: Sequence[Layout]) -> tuple[View, ...]:
    """A view for each layout, in its own size, rows of text no higher than what the recogniser wants."""
    return tuple(_view(layout, video, duration_seconds) for layout in layouts)


def _view(layout: Layout, video: VideoStream, duration_seconds: float) -> View:
    width, height = display_size(video)
    rows = [height * row[3] for row in layout.rows]
    factor = min(1.0, _ROW_PIXELS / max(rows))
    size = [max(8, round(length * factor)) for length in (height * layout.box[3], width * layout.box[2])]
    return View(strip_grid(duration_seconds), size[0], size[1], _BATCH_STEPS, box=layout.box)


def _decoded(data: bytes) -> Picture:
    held = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR)
    if held is None:
        raise ValueError("a strip cannot be read")
    picture: npt.NDArray[np.uint8] = np.asarray(held[..., ::-1], dtype=np.uint8)
    return picture
