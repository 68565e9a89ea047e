"""Step cut_vertical: the upright reel, cropped to follow play."""

from matchreel.step import run_step
from matchreel.vertical import cut_vertical

if __name__ == "__main__":
    run_step(cut_vertical)
