"""ScoreBug: results/features/score_bug/{game}/{part}.json, where the score bug is and which rows it has."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE, check_kinds, is_number

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class BugLayout:
    """One place of the score bug; boxes are x, y, width, height as shares of the upright picture.

    lines: its rows of text, the nearest to the clock first, inside box. num_pictures: in how many of the
    searched pictures its clock was found.
    """

    box: Box
    clock_box: Box
    lines: tuple[Box, ...]
    num_pictures: int


@dataclass(frozen=True)
class ScoreBug:
    """The layouts of one part, that of most pictures first; none where no clock was found."""

    game: str
    part: str
    num_searched: int
    layouts: tuple[BugLayout, ...] = ()

    def save(self, path: Path) -> None:
        """Write as JSON with its checksum."""
        write_record(path, asdict(self), ScoreBug.load)

    @classmethod
    def load(cls, path: Path) -> ScoreBug:
        """Read what save wrote; DamagedError where it is not that."""
        try:
            raw = read_record(path)
            layouts = tuple(layout_of(**row) for row in raw.pop("layouts"))
            bug = cls(**raw, layouts=layouts)
            check_kinds(bug)
            return bug
        except UNREADABLE as error:
            raise DamagedError(f"this is not a score bug record ({error})", path=path) from error


def layout_of(
    box: list[float], clock_box: list[float], lines: list[list[float]], num_pictures: int
) -> BugLayout:
    """A layout from the values of a file; ValueError or TypeError where they are none."""
    if not lines:
        raise ValueError("a layout without rows")
    check_kinds(layout := BugLayout(_box(box), _box(clock_box), tuple(map(_box, lines)), num_pictures))
    return layout


def _box(values: list[float]) -> Box:
    """ValueError for what is no piece of a picture."""
    x, y, width, height = values
    is_inside = (
        all(map(is_number, values)) and x >= 0 and y >= 0 and x + width <= 1.0001 and y + height <= 1.0001
    )
    if not is_inside or width <= 0 or height <= 0:
        raise ValueError(f"{values} is no box")
    return x, y, width, height
