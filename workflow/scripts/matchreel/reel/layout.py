"""Where each clip stands in the reel, counted in frames; neighbours may overlap in a crossfade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from matchreel.reel_frames import fades_frames


@dataclass(frozen=True)
class Layout:
    """num_frames (N,) of the clips and fade_frames (N - 1,), how many each shares with the next one."""

    num_frames: tuple[int, ...]
    fade_frames: tuple[int, ...]
    rate_fps: Fraction

    def __post_init__(self) -> None:
        if len(self.fade_frames) != len(self.num_frames) - 1:
            raise ValueError(f"{len(self.fade_frames)} joints of {len(self.num_frames)} clips")

    @property
    def starts_frames(self) -> tuple[int, ...]:
        """(N,) the reel's frame at which each clip starts."""
        steps = [held - fade for held, fade in zip(self.num_frames, self.fade_frames, strict=False)]
        return tuple(accumulate(steps, initial=0))

    @property
    def total_frames(self) -> int:
        """Frames of the reel."""
        return sum(self.num_frames) - sum(self.fade_frames)

    def starts_seconds(self) -> tuple[Fraction, ...]:
        """(N,) the same in seconds, exact."""
        return tuple(frame / self.rate_fps for frame in self.starts_frames)

    def edges(self, index: int) -> tuple[int, int]:
        """Frames at a clip's start and end that crossfades replace."""
        fades = (0, *self.fade_frames, 0)
        return fades[index], fades[index + 1]


def planned_layout(num_frames: Sequence[int], *, fade_seconds: float, rate_fps: Fraction) -> Layout:
    """The layout with crossfades of that length, at most a third of either clip; 0: cuts."""
    fades = fades_frames(num_frames, fade_seconds=fade_seconds, rate_fps=rate_fps)
    return Layout(tuple(num_frames), fades, rate_fps)
