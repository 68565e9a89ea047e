"""How big SoccerNet's files are, about: for plans and for the check of free space before a download."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# ASSUME 50 minutes a part with its added time, at these mean rates of picture and sound together. SoccerNet
# publishes no sizes per file; the figures are on the generous side.
PART_MINUTES = 50
MBIT_PER_SECOND = {"224p": 0.6, "720p": 3.0}
# ASSUME what hosts of research data give to one reader, in Mbit/s.
DOWNLOAD_MBIT_PER_SECOND = 20.0


def part_bytes(resolution: str) -> int:
    """About how many bytes one part has."""
    return round(MBIT_PER_SECOND[resolution] * 1e6 / 8 * PART_MINUTES * 60)


def free_bytes(folder: Path) -> int:
    """Free bytes where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@dataclass(frozen=True)
class Estimate:
    """What fetching num_parts takes, about; free_gigabytes is measured."""

    num_parts: int
    resolution: str
    gigabytes: float
    hours: float
    free_gigabytes: float

    def __str__(self) -> str:
        fits = "" if self.gigabytes < self.free_gigabytes else ": NOT ENOUGH"
        return (
            f"{self.num_parts} parts to fetch in {self.resolution}: about {self.gigabytes:.1f} GB and "
            f"{self.hours:.1f} hours at {DOWNLOAD_MBIT_PER_SECOND:g} Mbit/s; "
            f"{self.free_gigabytes:.1f} GB are free here{fits}"
        )


def estimate(video_paths: Sequence[Path], *, resolution: str, games_dir: Path) -> Estimate:
    """What is still to be fetched of these parts' videos; those that exist count nothing."""
    num_parts = sum(not path.exists() for path in video_paths)
    num_bytes = num_parts * part_bytes(resolution)
    return Estimate(
        num_parts=num_parts,
        resolution=resolution,
        gigabytes=num_bytes / 1e9,
        hours=num_bytes * 8 / (DOWNLOAD_MBIT_PER_SECOND * 1e6) / 3600,
        free_gigabytes=free_bytes(games_dir) / 1e9,
    )
