"""Strips: results/features/strips/{game}/{part}.safetensors, the score bug cut out of the picture over time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.arrays import load_arrays, save_arrays
from matchreel.checksums import written_readable
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.scoreboard.bug import BugLayout, layout_of
from matchreel.timeline import FrameGrid

Picture = npt.NDArray[np.uint8]

RATE_FPS = Fraction(1, 2)
# A row of text is kept at most so high: recognisers look at 48 lines, and gain nothing above this.
_MAX_LINE_HEIGHT = 32
_MIN_SIDE = 8


@dataclass(frozen=True)
class Strips:
    """Pictures of each layout's box at every step of the grid, as PNG files one after the other.

    files: per layout the bytes of all its pictures (uint8), ends: per layout where each of them ends (T,)
    int64. grid: None without layouts.
    """

    game: str
    part: str
    duration_seconds: float
    layouts: tuple[BugLayout, ...] = ()
    grid: FrameGrid | None = None
    files: tuple[npt.NDArray[np.uint8], ...] = ()
    ends: tuple[npt.NDArray[np.int64], ...] = ()

    def picture(self, layout: int, step: int) -> Picture:
        """(H, W, 3) uint8 RGB; ValueError where what was kept is no picture."""
        ends = self.ends[layout]
        start = int(ends[step - 1]) if step else 0
        found = cv2.imdecode(self.files[layout][start : int(ends[step])], cv2.IMREAD_COLOR)
        if found is None:
            raise ValueError(f"picture {step} of layout {layout} is no PNG")
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), dtype=np.uint8)

    def moments(self) -> Iterator[tuple[int, float]]:
        """Each step with the seconds of its picture."""
        if self.grid:
            half = float(self.grid.step_seconds) / 2
            yield from ((step, float(start) + half) for step, start in enumerate(self.grid.starts_seconds()))

    def save(self, path: Path) -> None:
        """Write a safetensors file; the same strips give the same bytes."""
        facts = {
            "game": self.game,
            "part": self.part,
            "duration_seconds": repr(self.duration_seconds),
            "layouts": json.dumps([asdict(layout) for layout in self.layouts]),
            "rate_fps": str(self.grid.rate_fps) if self.grid else "",
            "num_steps": str(self.grid.num_steps) if self.grid else "",
        }
        arrays: dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.int64]] = {}
        for index, (files, ends) in enumerate(zip(self.files, self.ends, strict=True)):
            arrays |= {f"files_{index}": files, f"ends_{index}": ends}
        with written_readable(path, Strips.load) as temporary:
            save_arrays(temporary, arrays, facts)

    @classmethod
    def load(cls, path: Path) -> Strips:
        """Read what save wrote; DamagedError where it is not that."""
        arrays, facts = load_arrays(path)
        try:
            layouts = tuple(layout_of(**row) for row in json.loads(facts["layouts"]))
            numbers = range(len(layouts))
            grid = FrameGrid(Fraction(facts["rate_fps"]), int(facts["num_steps"])) if layouts else None
            files = tuple(arrays[f"files_{index}"] for index in numbers)
            ends = tuple(arrays[f"ends_{index}"] for index in numbers)
            for one, end in zip(files, ends, strict=True):
                _check(one, end, grid)
            return cls(
                facts["game"], facts["part"], float(facts["duration_seconds"]), layouts, grid, files, ends
            )
        except UNREADABLE as error:
            raise DamagedError(f"this is not a file of strips ({error})", path=path) from error


def _check(files: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64], grid: FrameGrid | None) -> None:
    if grid is None or ends.shape != (grid.num_steps,) or ends.dtype != np.int64 or files.dtype != np.uint8:
        raise ValueError("strips that fit no grid")
    if (np.diff(ends) <= 0).any() or ends[0] <= 0 or int(ends[-1]) != files.size:
        raise ValueError("pictures that do not follow each other")


@dataclass
class StripsInMaking:
    """Takes up one layout's pictures while they are decoded."""

    files: list[npt.NDArray[np.uint8]] = field(default_factory=list)

    def take(self, pictures: Picture) -> None:
        """(n, H, W, 3) uint8 RGB, the next n."""
        for picture in pictures:
            is_written, file = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
            assert is_written
            self.files.append(np.asarray(file, dtype=np.uint8).reshape(-1))

    def joined(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """All files one after the other, and where each ends."""
        ends = np.cumsum([file.size for file in self.files], dtype=np.int64)
        return np.concatenate(self.files), ends


def strip_size(layout: BugLayout, shown: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a layout's strip, even; shown is the picture's size in square pixels."""
    width, height = layout.box[2] * shown[0], layout.box[3] * shown[1]
    line = max(box[3] for box in layout.lines) * shown[1]
    scale = min(1.0, _MAX_LINE_HEIGHT / line)
    return max(_MIN_SIDE, 2 * round(height * scale / 2)), max(_MIN_SIDE, 2 * round(width * scale / 2))


def lines_of(strip: Picture, layout: BugLayout) -> list[Picture]:
    """The rows of text in a strip."""
    height, width = strip.shape[:2]
    x, y, box_width, box_height = layout.box
    pieces = list[Picture]()
    for left, top, wide, tall in layout.lines:
        first_row, first_column = (top - y) / box_height * height, (left - x) / box_width * width
        last_row = first_row + tall / box_height * height
        last_column = first_column + wide / box_width * width
        rows = slice(max(int(first_row), 0), max(round(last_row), int(first_row) + 2))
        columns = slice(max(int(first_column), 0), max(round(last_column), int(first_column) + 2))
        pieces.append(strip[rows, columns])
    return pieces
