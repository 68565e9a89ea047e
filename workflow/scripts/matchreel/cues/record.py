"""The cue file: one array per cue over a grid, NaN where a cue could not be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from matchreel.arrays import load_arrays, save_arrays
from matchreel.checksums import written_readable
from matchreel.errors import DamagedError
from matchreel.records import Float32, Float64
from matchreel.timeline import FrameGrid

PICTURE_CUES = ("body_share", "brightness", "cut", "edge_slope", "grass_share", "motion", "open_share")
SOUND_CUES = ("loudness_db",)


@dataclass(frozen=True)
class Cues:
    """Cues of one part, each (T,) float32; PICTURE_CUES need a picture, SOUND_CUES sound.

    loudness_db: level of the step's sound, full scale is 0. In [0, 1]: brightness; grass_share of the live
    picture; open_share of its columns where grass runs deep; body_share, the height of what stands on the
    grass, of the live height; motion; cut, the share of pixels of other colours than a step before.
    edge_slope: of the grass's upper edge, rows per column, positive where it falls to the right.
    NaN: the picture is black (all but brightness), or there is no grass edge (edge_slope).
    """

    curves: Mapping[str, Float32]
    grid: FrameGrid
    duration_seconds: float
    game: str
    part: str

    def __post_init__(self) -> None:
        for name, curve in self.curves.items():
            if curve.shape != (self.grid.num_steps,):
                raise ValueError(f"{name} {curve.shape} on a grid of {self.grid.num_steps} steps")

    @property
    def has_picture(self) -> bool:
        """Whether picture cues are there."""
        return "open_share" in self.curves

    @property
    def has_sound(self) -> bool:
        """Whether sound cues are there."""
        return "loudness_db" in self.curves

    def save(self, path: Path) -> None:
        """Write a safetensors file; the same cues give the same bytes."""
        facts = {
            "rate_fps": str(self.grid.rate_fps),
            "num_steps": str(self.grid.num_steps),
            "duration_seconds": repr(self.duration_seconds),
            "game": self.game,
            "part": self.part,
        }
        curves = {name: curve.astype(np.float32) for name, curve in self.curves.items()}
        with written_readable(path, Cues.load) as temporary:
            save_arrays(temporary, curves, facts)

    @classmethod
    def load(cls, path: Path) -> Cues:
        """Read what save wrote; InputError where it is not that."""
        arrays, facts = load_arrays(path)
        try:
            return cls(
                curves={name: np.array(array) for name, array in arrays.items()},
                grid=FrameGrid(Fraction(facts["rate_fps"]), int(facts["num_steps"])),
                duration_seconds=float(facts["duration_seconds"]),
                game=facts["game"],
                part=facts["part"],
            )
        except (KeyError, ValueError) as error:
            raise DamagedError(f"this is not a cue file ({error})", path=path) from error


def wide_views(cues: Cues, *, min_open_share: float, max_body_share: float) -> Float64:
    """(T,) float64: 1 where the picture is a wide view of play, 0 where not, NaN where it is black.

    Wide: grass runs deep in at least min_open_share of the columns, and nothing on it is taller than
    max_body_share of the picture.
    """
    open_share, body_share = cues.curves["open_share"], cues.curves["body_share"]
    is_wide = (open_share >= min_open_share) & (body_share <= max_body_share)
    return np.where(np.isnan(open_share), np.nan, is_wide.astype(np.float64))
