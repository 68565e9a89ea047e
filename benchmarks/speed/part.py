"""What a case works on: the folder's recording, its probe and the settings that inputs.py has written."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from timing import DOES_NOT_RUN  # noqa: E402

from matchreel.records import Probe  # noqa: E402
from matchreel.timeline import FrameGrid  # noqa: E402

THREADS = 2
BATCH_STEPS = 16
CLIP_SECONDS = 15.0


class Part:
    """The folder's recording, its probe and the feature set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.video = folder, folder / "part.mkv"
        self.probe = Probe.load(folder / "probe.json")
        held = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        self.settings: dict[str, Any] = held["features"]
        self.clips: dict[str, Any] = held["clips"]
        self.height, self.width = int(self.settings["height"]), int(self.settings["width"])
        self.grid = FrameGrid.over(
            self.probe.duration_seconds, Fraction(self.settings["frame_rate_fps"]).limit_denominator()
        )

    def is_wanted(self, index: int, rate_fps: float) -> int:
        """How many grid steps show picture `index` of a constant rate: those whose centre lies in it."""
        first, last = index / rate_fps, (index + 1) / rate_fps
        per_second = float(self.grid.rate_fps)
        return int(np.ceil(last * per_second - 0.5)) - int(np.ceil(first * per_second - 0.5))

    def check_count(self, held: int) -> None:
        """Exit where a decoder gave another number of pictures than the grid has."""
        if abs(held - self.grid.num_steps) > 2:
            sys.exit(f"{held} pictures instead of {self.grid.num_steps}")


def does_not_run(why: str) -> None:
    """End the case with a line that the page shows."""
    print(why)
    sys.exit(DOES_NOT_RUN)
