"""The cuts file of one part: when the picture changes to another camera, and where that was looked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.timeline import Interval

# No times differ by less: they are kept to the microsecond.
_DIGITS = 6
_STRETCHES = ("searched", "gradual", "replays", "damage")


@dataclass(frozen=True)
class CameraCuts:
    """results/cuts/{scorer}/{game}/{part}.json, seconds on the part's clock, all sorted.

    searched: the stretches that were looked at; nothing is known of what lies outside. cuts_seconds: when the
    first picture of another camera appears; of a change that takes longer (wipe, fade), its middle. gradual:
    those changes, from their first mixed picture to the first picture that is whole again. replays: where
    the broadcast shows again what happened before; empty where that is not known. damage: where the
    recording's picture is damaged.
    """

    part: str
    searched: tuple[Interval, ...] = ()
    cuts_seconds: tuple[float, ...] = ()
    gradual: tuple[Interval, ...] = ()
    replays: tuple[Interval, ...] = ()
    damage: tuple[Interval, ...] = ()

    @cached_property
    def changes(self) -> tuple[Interval, ...]:
        """Every change as the time it takes: none of a hard cut."""
        sudden = (
            Interval(cut, cut)
            for cut in self.cuts_seconds
            if not any(change.contains(cut) for change in self.gradual)
        )
        return tuple(sorted((*self.gradual, *sudden)))

    def save(self, path: Path) -> None:
        """Write as readable JSON."""
        rows = {name: _pairs(getattr(self, name)) for name in _STRETCHES}
        cuts = [round(cut, _DIGITS) for cut in self.cuts_seconds]
        write_record(path, {"part": self.part, "cuts_seconds": cuts, **rows}, CameraCuts.load)

    @classmethod
    def load(cls, path: Path) -> CameraCuts:
        """Read what save wrote; InputError where it is not that."""
        try:
            raw = read_record(path)
            rows = {name: _intervals(raw.get(name, [])) for name in _STRETCHES}
            return cls(str(raw["part"]), cuts_seconds=tuple(map(float, raw["cuts_seconds"])), **rows)
        except UNREADABLE as error:
            raise DamagedError(f"this is not a file of camera cuts ({error})", path=path) from error


def _pairs(intervals: Sequence[Interval]) -> list[list[float]]:
    return [[round(held.start_seconds, _DIGITS), round(held.end_seconds, _DIGITS)] for held in intervals]


def _intervals(rows: Sequence[Sequence[float]]) -> tuple[Interval, ...]:
    return tuple(Interval(float(start), float(end)) for start, end in rows)
