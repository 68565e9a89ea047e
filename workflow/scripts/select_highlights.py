"""Choose what goes into a game's reel."""

from matchreel.selection import select_highlights
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(select_highlights)
