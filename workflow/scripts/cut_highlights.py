"""Step cut_highlights: cut the highlight clips, join the reel, and write the tables and the page."""

from matchreel.highlights import cut_highlights
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(cut_highlights)
