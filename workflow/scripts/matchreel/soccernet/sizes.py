"""How big SoccerNet's files are, about: for plans and for the check of free space before a download."""

from __future__ import annotations

import shutil
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
