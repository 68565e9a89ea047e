"""Score every window of one part with a trained model."""

from matchreel.scoring import score_windows
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(score_windows)
