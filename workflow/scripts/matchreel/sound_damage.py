"""The record of one part's damaged sound: who decodes all of it knows where, and the reel's page tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.kinds import UNREADABLE
from matchreel.timeline import Interval

# No times differ by less: they are kept to the microsecond.
_DIGITS = 6


@dataclass(frozen=True)
class SoundDamage:
    """results/media/{game}/{part}.damage.json. sound: where it cannot be decoded, on the part's clock.

    It is beside the probe, not beside the sound: prune removes that, and select_highlights reads this one.
    """

    part: str
    sound: tuple[Interval, ...] = ()

    def save(self, path: Path) -> None:
        """Write as readable JSON."""
        rows = [[round(row.start_seconds, _DIGITS), round(row.end_seconds, _DIGITS)] for row in self.sound]
        write_record(path, {"part": self.part, "sound": rows}, SoundDamage.load)

    @classmethod
    def load(cls, path: Path) -> SoundDamage:
        """Read what save wrote; InputError where it is not that."""
        try:
            raw = read_record(path)
            sound = tuple(Interval(float(start), float(end)) for start, end in raw["sound"])
            return cls(str(raw["part"]), sound)
        except UNREADABLE as error:
            raise DamagedError(f"this is not a record of damaged sound ({error})", path=path) from error
