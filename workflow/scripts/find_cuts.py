"""Find the camera cuts around a game's moments."""

from matchreel.camera_cuts.step import find_cuts
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(find_cuts)
