"""`make reel VIDEO=a.mp4 [VIDEO2=b.mp4] [GAME=slug]`: link a recording in and make its reel.

The file names come from the environment, so that spaces, quotes and emoji need no escaping on the way.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

from running import ROOT, run_targets


def main() -> None:
    """Import the recording, run its target, and say where the reel is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, required=True)
    options = parser.parse_args()
    if not os.environ.get("VIDEO"):
        sys.exit("reel: name a recording. Run `make reel VIDEO=match.mp4 [VIDEO2=second-half.mp4]`.")
    _refuse_more_videos()
    importer = [sys.executable, str(ROOT / "workflow/scripts/import_recording.py")]
    for option, name in (("--video-path", "VIDEO"), ("--second-path", "VIDEO2"), ("--game", "GAME")):
        if os.environ.get(name):
            importer.append(f"{option}={os.environ[name]}")
    imported = subprocess.run(importer, stdout=subprocess.PIPE, text=True, check=False)
    if imported.returncode:
        sys.exit(imported.returncode)
    game = imported.stdout.strip().splitlines()[-1]
    target = f"results/highlights/{game}"
    status = run_targets([target], cores=options.cores)
    if not status:
        reel = Path(target) / "reel.mp4"
        print(f"Reel:  {reel}" if reel.exists() else "Reel:  none, nothing was found; the page says why")
        print(f"Page:  {target}/index.html (open it in a browser)")
    sys.exit(status)


def _refuse_more_videos() -> None:
    """A match has two halves here: VIDEO3 would be left out."""
    more = sorted(
        name for name, value in os.environ.items() if re.fullmatch(r"VIDEO([3-9]|\d\d)", name) and value
    )
    if more:
        sys.exit(
            f"reel: {more[0]}={os.environ[more[0]]}: a match is VIDEO, or VIDEO and VIDEO2. Put pieces of a"
            " part into resources/games/<game>/ as 1-1.mp4, 1-2.mp4, ... and run snakemake"
            " results/highlights/<game>."
        )


if __name__ == "__main__":
    main()
